"""What a source may say of access, restrictions and size: with its evidence, or not at all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.catalogue import load_catalogue
from config.faults import ConfigErrors
from config.source import Access, Audience, Feed, Listing, Permission, Restrictions, Sitemap, Source
from storage.records.sources import SourceFacts

PLAIN = """\
title: The Daily Example
homepage: https://daily.example/
publisher: {name: Example Press, kind: newspaper, ownership: private, official: false}
countries: [in]
languages: [en]
level: local
discover:
  - feed: https://daily.example/rss
politeness: {delay: 5, pages_per_run: 100}
expected: {min: 10, max: 400}
status: {state: unverified, reason: written for a test, date: 2026-11-22}
"""
FACTS = """\
access: metered
restrictions:
  crawling: allowed
  ai: forbidden
  source: https://daily.example/terms
  date: 2026-11-20
audience:
  value: 12000
  unit: copies a day
  year: 2024
  source: Example Press Council, yearbook 2025
"""
GOOD = PLAIN + FACTS

# what is replaced, by what, line, key, words of the problem, words of the remedy
FAULTS = [
    ("access:", "acces:", 12, "acces", "unknown key", "did you mean access"),
    ("access: metered", "access: paywal", 12, "access", "allowed", "did you mean paywall"),
    ("access: metered", "access: true", 12, "access", "allowed", "open, registration, metered, paywall, unknown"),
    ("crawling:", "crawlers:", 14, "restrictions.crawlers", "unknown key", "did you mean crawling"),
    ("ai: forbidden", "ai: forbiden", 15, "restrictions.ai", "allowed", "did you mean forbidden"),
    (
        "  source: https://daily.example/terms\n",
        "",
        13,
        "restrictions.source",
        "said of crawling and ai",
        "the page",
    ),
    ("  date: 2026-11-20\n", "", 13, "restrictions.date", "said of crawling and ai", "YYYY-MM-DD"),
    ("https://daily.example/terms", "the terms", 16, "restrictions.source", "no address may", "encode"),
    ("2026-11-20", "last week", 17, "restrictions.date", "date", "YYYY-MM-DD"),
    ("value: 12000", "value: 0", 19, "audience.value", "greater than or equal to 1", "whole number"),
    ("value: 12000", 'value: "12,000"', 19, "audience.value", "integer", "whole number"),
    ("  unit: copies a day\n", "", 18, "audience.unit", "missing", "copies a day"),
    ("year: 2024", "year: 24", 21, "audience.year", "1900", "as in 2025"),
    ("  source: Example Press Council, yearbook 2025\n", "", 18, "audience.source", "missing", "who stated it"),
    ("audience:\n", "audience: large\nx:\n", 18, "audience", 'it is "large"', "value, unit, year and source"),
]


def load(folder: Path, text: str) -> Source:
    path = folder / "in" / "daily.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return load_catalogue(folder).sources["in_daily"]


def test_what_is_said_is_read(tmp_path: Path) -> None:
    source = load(tmp_path, GOOD)
    assert source.access is Access.METERED
    assert source.restrictions == Restrictions(
        crawling=Permission.ALLOWED,
        ai=Permission.FORBIDDEN,
        source="https://daily.example/terms",
        date=dt.date(2026, 11, 20),
    )
    assert source.audience == Audience(
        value=12000, unit="copies a day", year=2024, source="Example Press Council, yearbook 2025"
    )
    facts = SourceFacts.of(source)
    assert facts.restrictions == {
        "crawling": "allowed", "ai": "forbidden", "source": "https://daily.example/terms", "date": "2026-11-20",
    }  # fmt: skip
    assert facts.audience == "12000 copies a day, 2024: Example Press Council, yearbook 2025"


@pytest.mark.parametrize(
    "said", ["", "access: unknown\n", "restrictions: {}\n", "restrictions: {crawling: unknown, ai: unknown}\n"]
)
def test_what_is_not_said_is_unknown(tmp_path: Path, said: str) -> None:
    source = load(tmp_path, PLAIN + said)
    assert (source.access, source.restrictions, source.audience) == (Access.UNKNOWN, Restrictions(), None)
    facts = SourceFacts.of(source)
    assert (facts.restrictions, facts.audience) == ({}, None)


@pytest.mark.parametrize(("old", "new", "line", "key", "problem", "remedy"), FAULTS)
def test_fault(tmp_path: Path, old: str, new: str, line: int, key: str, problem: str, remedy: str) -> None:
    assert GOOD.count(old) >= 1
    at = GOOD.rindex(old)
    with pytest.raises(ConfigErrors) as caught:
        load(tmp_path, GOOD[:at] + new + GOOD[at + len(old) :])
    found = [error for error in caught.value.errors if error.key == key]
    assert len(found) == 1, caught.value
    assert found[0].file == str(tmp_path / "in" / "daily.yml")
    assert found[0].line == line
    assert problem in found[0].problem
    assert remedy in found[0].remedy


def test_two_missing_proofs_are_two_faults(tmp_path: Path) -> None:
    with pytest.raises(ConfigErrors) as caught:
        load(tmp_path, PLAIN + "restrictions: {crawling: forbidden}\n")
    assert {error.key for error in caught.value.errors} == {"restrictions.source", "restrictions.date"}


def test_nothing_is_invented_for_the_shipped_sources() -> None:
    """Whoever fills one in has read it: every restriction has its page and day, every size its year and source."""
    for source in load_catalogue().sources.values():
        said = {source.restrictions.crawling, source.restrictions.ai} - {Permission.UNKNOWN}
        assert not said or (source.restrictions.source and source.restrictions.date), source.id


LISTING = Listing(url="https://daily.example/court", item="article.teaser", title="h2")
CHANGES: list[tuple[str, Callable[[Source], Source]]] = [
    ("an address", lambda one: replace(one, discover=(Feed(url="https://daily.example/atom"),))),
    ("one address more", lambda one: replace(one, discover=(*one.discover, Sitemap(url="https://d.example/s")))),
    ("the kind of an address", lambda one: replace(one, discover=(Sitemap(url=one.discover[0].url),))),
    ("an include", lambda one: replace(one, include=("/news/",))),
    ("an exclude", lambda one: replace(one, exclude=("/news/",))),
    ("a list", lambda one: replace(one, discover=(LISTING,))),
    ("a selector", lambda one: replace(one, discover=(replace(LISTING, item="li.teaser"),))),
    ("an optional selector", lambda one: replace(one, discover=(replace(LISTING, date="time"),))),
    ("the age of entries", lambda one: replace(one, discover=(Sitemap(url=one.discover[0].url, max_age_days=9),))),
]


def test_whatever_discovers_or_filters_changes_the_digest(tmp_path: Path) -> None:
    source = load(tmp_path, PLAIN)
    digests = [source.discovery_digest, *(change(source).discovery_digest for _, change in CHANGES)]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests)


def test_what_discovers_nothing_leaves_the_digest(tmp_path: Path) -> None:
    said, unsaid = load(tmp_path, GOOD), load(tmp_path, PLAIN)
    other = replace(
        unsaid, title="Another", countries=("in", "np"), interval_minutes=5, notes="x", access=Access.OPEN
    )
    assert said.discovery_digest == unsaid.discovery_digest == other.discovery_digest


PARTS = (Feed(url="https://a.example/1"), Sitemap(url="https://a.example/2", follow="news"), LISTING)
PATTERNS = ("/a/", "/b/", "/c/")
ORDERED = replace(
    next(iter(load_catalogue().sources.values())), discover=PARTS, include=PATTERNS, exclude=PATTERNS
)


@settings(max_examples=50, deadline=None)
@given(parts=st.permutations(PARTS), include=st.permutations(PATTERNS), exclude=st.permutations(PATTERNS))
def test_order_means_nothing(
    parts: list[Feed | Sitemap | Listing], include: list[str], exclude: list[str]
) -> None:
    other = replace(ORDERED, discover=tuple(parts), include=tuple(include), exclude=tuple(exclude))
    assert other.discovery_digest == ORDERED.discovery_digest
