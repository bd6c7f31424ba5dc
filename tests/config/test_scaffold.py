"""A new source's YAML reads back as what was meant, whatever the words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalogue import freeze_source
from config.document import parse_document
from config.faults import ConfigErrors
from config.scaffold import SourceDraft, check_source, draft_path, render_source, write_source
from config.source import Feed, Level, Listing, Ownership, PublisherKind, SourceState

TODAY = dt.date(2026, 11, 22)


def draft(**changes: object) -> SourceDraft:
    given: dict[str, object] = {
        "country": "no",
        "name": "daily",
        "title": "Daily",
        "homepage": "https://daily.example/",
        "publisher": "Daily",
        "kind": PublisherKind.NEWSPAPER,
        "ownership": Ownership.UNKNOWN,
        "official": False,
        "languages": ("no",),
        "level": Level.LOCAL,
        "discover": (Feed(url="https://daily.example/rss"),),
        "reason": "for a test",
    } | changes
    return SourceDraft(**given)  # type: ignore[arg-type]


# One line of visible signs, as the schema wants a title; YAML's own signs among them.
TITLES = st.text(
    st.characters(blacklist_categories=("Cc", "Cs", "Cf", "Zl", "Zp", "Co", "Cn"))
    | st.sampled_from(":#-{}[]&*!|>'\"%@`,? "),
    min_size=1,
    max_size=60,
).filter(lambda text: text.strip() == text and text != "")


@settings(max_examples=300, deadline=None)
@given(title=TITLES, reason=TITLES)
def test_any_title_reads_back(title: str, reason: str) -> None:
    path = Path("sources/no/daily.yml")
    text = render_source(draft(title=title, publisher=title, reason=reason), TODAY)
    made = freeze_source(parse_document(text, str(path)), path)
    assert (made.title, made.publisher.name, made.status.reason) == (title, title, reason)
    assert (made.status.state, made.status.date) == (SourceState.UNVERIFIED, TODAY)
    assert (made.country, made.languages) == ("no", ("no",))


@pytest.mark.parametrize(
    "word",
    [
        "no",
        "Yes",
        "ON",
        "null",
        "~",
        "true",
        "12",
        "1_0",
        "012",
        "1:30",
        "2026-11-22",
        "1e3",
        ".5",
        "=",
        "<<",
        "- a",
    ],
)
def test_words_that_yaml_would_guess(word: str) -> None:
    path = Path("sources/no/daily.yml")
    text = render_source(draft(title=word), TODAY)
    assert freeze_source(parse_document(text, str(path)), path).title == word


def test_a_listing_reads_back() -> None:
    listing = Listing(url="https://daily.example/a", item="article > h2, .x", link="a[rel='x']::attr(href)")
    path = Path("sources/no/daily.yml")
    text = render_source(draft(discover=(listing,)), TODAY)
    (made,) = freeze_source(parse_document(text, str(path)), path).discover
    assert made == listing


def test_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = draft_path(draft(), tmp_path)
    text = render_source(draft(), TODAY)
    assert check_source(text, path, tmp_path).id == "no_daily"
    write_source(text, path)
    with pytest.raises(ConfigErrors, match="exists"):
        write_source("other", path)
    assert path.read_text("utf-8") == text
    assert [file.name for file in path.parent.iterdir()] == ["daily.yml"]
    with pytest.raises(ConfigErrors, match="is already in"):
        check_source(text, path.with_name("second.yml"), tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"country": "NO"}, "lower case"),
        ({"country": "uk"}, "did you mean gb"),
        ({"name": "a/../../b"}, "no file name"),
        ({"name": ""}, "no file name"),
        ({"name": "a" * 91}, "no file name"),
    ],
)
def test_no_path_for(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigErrors, match=words):
        draft_path(draft(**changes), tmp_path)
