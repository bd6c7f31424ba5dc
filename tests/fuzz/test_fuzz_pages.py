"""Laws of a page that anybody may have written: an article or a quarantine, the same each time, in bounded time.

Refuses names out of what no reader sees, and a page lost by a fault of ours (EXTRACTOR_ERROR).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.addresses import canonical_url
from extraction.model import Article, PageHints, Quarantine, QuarantineReason
from extraction.text import article_id, extract_article
from tests.fuzz.bounds import bounded, sealed
from tests.fuzz.effort import effort
from tests.fuzz.mutation import mutated, pumped
from tests.fuzz.pages import HIDDEN, HIDING_SHEET, TOKENS, encoded, nested, tree
from tests.fuzz.samples import served

pytestmark = pytest.mark.fuzz

FETCHED = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
NAME = "Hollenquist"
STORY = [
    f"<p>A court in the harbour town heard part {n} of a trial of two brothers for trafficking.</p>"
    for n in range(8)
]
HEADS = ("", "<style>.a{</style>", "<style>/*</style>", "<style>@media print{.xq7{display:block}}</style>")
_PARTIAL = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@pytest.fixture(scope="module", autouse=True)
def warm() -> None:
    extract_article("".join(STORY).encode(), hints(None))


def hints(content_type: str | None, **given: str) -> PageHints:
    return PageHints(
        url="https://news.example/2024/05/a?id=1", fetched_at=FETCHED, content_type=content_type,
        source_languages=("en",), **given,
    )  # fmt: skip


def lines(text: str) -> Iterator[str]:
    return iter(text.split("\n"))


def attack(
    body: bytes, content_type: str | None = None, *, seconds: float = 5.0, **given: str
) -> Article | Quarantine:
    """Extract `body` within bounds; the laws of what comes out are checked."""
    asked = hints(content_type, **given)
    with bounded(seconds, 400), sealed():
        found = extract_article(body, asked)
    if isinstance(found, Quarantine):
        assert found.reason is not QuarantineReason.EXTRACTOR_ERROR, found.detail
        assert found.url == asked.url
        assert len(found.detail) < 100
        return found
    assert found.text == unicodedata.normalize("NFC", found.text)
    assert all(line and line == " ".join(line.split()) for line in lines(found.text))
    assert len(found.text) <= 3 * len(body) + 300
    assert found.id == article_id(found.text)
    assert found.title is None or (found.text.startswith(found.title) and len(found.title) <= 300)
    if found.published is not None:
        assert _PARTIAL.fullmatch(found.published)
        assert found.published <= (FETCHED + dt.timedelta(days=1)).date().isoformat()
    assert found.canonical_url == canonical_url(found.canonical_url or "")
    assert found.canonical_url.startswith("https://news.example/")
    assert found.language is None or re.fullmatch("[a-z]{2}", found.language)
    for text in (found.text, found.title or "", found.author or "", found.canonical_url or ""):
        text.encode("utf-8")  # rows are UTF-8, and PostgreSQL takes no NUL
        assert "\0" not in text
    return found


@effort(40, 1_500)
@given(body=mutated(served()["page"], TOKENS))
def test_a_real_page_made_wrong(body: bytes) -> None:
    once = attack(body)
    assert extract_article(body, hints(None)) == once


@effort(40, 1_500)
@given(page=encoded)
def test_a_page_of_the_grammar_in_any_charset(page: tuple[bytes, str | None]) -> None:
    attack(*page)


@effort(15, 150)
@given(before=tree, deep=nested)
def test_a_deep_page(before: str, deep: str) -> None:
    attack((before + deep + "".join(STORY)).encode("utf-8", "replace"))


@effort(12, 300)
@given(pump=pumped(TOKENS, length=60_000), at=st.integers(0, 8))
def test_a_pumped_page(pump: bytes, at: int) -> None:
    story = [line.encode() for line in STORY]
    attack(b"<html><body><h1>Two jailed in harbour case</h1>" + b"".join([*story[:at], pump, *story[at:]]))


@effort(60, 2_000)
@given(
    head=st.sampled_from(HEADS),
    around=st.tuples(tree, tree),
    how=st.lists(st.sampled_from(HIDDEN), min_size=1, max_size=4),
    at=st.integers(0, 8),
)
def test_no_name_comes_out_of_hidden_text(head: str, around: tuple[str, str], how: list[str], at: int) -> None:
    planted = "".join(form.format(f"Otto {NAME} was sentenced for trafficking.") for form in how)
    body = [*STORY[:at], around[0], planted, around[1], *STORY[at:]]
    page = f"<html><head>{head}{HIDING_SHEET}</head><body><h1>Two jailed</h1>{''.join(body)}"
    found = attack(page.encode("utf-8", "replace"))
    if isinstance(found, Article):
        assert NAME not in found.text


@effort(60, 3_000)
@given(date=st.text(max_size=80) | st.from_regex(r"\d{1,5}[-/. ]\d{1,5}[-/. T]\d{1,5}.{0,20}", fullmatch=True))
def test_a_date_that_anybody_stated(date: str) -> None:
    page = f"<meta property='article:published_time' content='{date}'><time datetime='{date}'>{date}</time>"
    attack((page + "".join(STORY)).encode("utf-8", "replace"), feed_date=date, feed_title=date)
