# ruff: noqa: E501 - tables of hostile text
"""Laws of what a poll reads: entries with web addresses, or Unreadable; bounded, and nothing reached outside.

Refuses any other error: it would end the poll of a source without a word in its coverage.
"""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import Feed, Listing, Sitemap
from crawlers.addresses import is_web_url
from crawlers.discovery.entries import Unreadable
from crawlers.discovery.traps import pattern_of
from crawlers.documents import Document, Reading, read_document
from extraction.addresses import canonical_url
from extraction.dates import parse_date
from tests.fuzz import documents
from tests.fuzz.bounds import bounded, sealed
from tests.fuzz.effort import effort
from tests.fuzz.mutation import mutated, pumped
from tests.fuzz.pages import encoded as page
from tests.fuzz.samples import BASE, NOW, served

pytestmark = [pytest.mark.fuzz, pytest.mark.filterwarnings("ignore:.*:DeprecationWarning")]

FEED = Feed(url=f"{BASE}/feed")
SITEMAP = Sitemap(url=f"{BASE}/sitemap.xml", max_age_days=7, follow="news|archive")
LISTING = Listing(
    url=f"{BASE}/news", item="li, article, .teaser", link="a::attr(href)", title="h2, a", date="time::attr(datetime)",
    next_page="a::attr(href)",
)  # fmt: skip


LIMIT = 2 * 1024 * 1024
TYPES = (
    None,
    "text/xml",
    "application/rss+xml; charset=utf-16",
    "text/html; charset=hex",
    "x; charset=\x00",
    ";;;",
)


def attack(
    body: bytes, discovery: Feed | Sitemap | Listing, content_type: str | None, seconds: float = 5.0
) -> Document | None:
    """Read `body` within bounds; None where it is Unreadable, else the laws of an entry hold."""
    reading = Reading(body=body, url=f"{BASE}/x/index", content_type=content_type, now=NOW, limit=LIMIT)
    with bounded(seconds, 400), sealed():
        try:
            found = read_document(reading, discovery, ())
        except Unreadable as verdict:
            reason = verdict.reason
            found = None
    if found is None:
        assert re.fullmatch("[A-Za-z ]{4,30}", reason)
        return None
    assert len(found.entries) <= 50_000
    assert len({entry.url for entry in found.entries}) == len(found.entries)
    for entry in found.entries:
        assert is_web_url(entry.url)
        assert entry.title is None or (0 < len(entry.title) <= 500 and "\n" not in entry.title)
        assert entry.when is None or (entry.when.tzinfo is not None and entry.when <= NOW + dt.timedelta(hours=26))
        pattern_of(entry.url)
        known = canonical_url(entry.url)
        assert known == canonical_url(known)
        if entry.date is not None:
            dated = parse_date(entry.date, latest=NOW.date())
            assert dated is None or dated <= NOW.date().isoformat()
        for text in (entry.url, entry.title or "", entry.date or ""):
            text.encode("utf-8")  # rows are UTF-8
            assert "\0" not in text  # PostgreSQL refuses it
    assert all(is_web_url(url) for url in found.following)
    return found


@pytest.mark.parametrize("discovery", [FEED, SITEMAP, LISTING], ids=["feed", "sitemap", "listing"])
@effort(60, 1_500)
@given(body=documents.encoded, content_type=st.sampled_from(TYPES))
def test_a_document_of_the_grammar(
    discovery: Feed | Sitemap | Listing, body: bytes, content_type: str | None
) -> None:
    attack(body, discovery, content_type)


@pytest.mark.parametrize(
    ("kind", "discovery"),
    [("feed", FEED), ("sitemap", SITEMAP), ("listing", LISTING)],
    ids=["feed", "sitemap", "listing"],
)
@effort(40, 1_500)
@given(data=st.data(), content_type=st.sampled_from(TYPES))
def test_a_real_document_made_wrong(
    kind: str, discovery: Feed | Sitemap | Listing, data: st.DataObject, content_type: str | None
) -> None:
    attack(data.draw(mutated(served()[kind], documents.TOKENS)), discovery, content_type)


@pytest.mark.parametrize("discovery", [FEED, SITEMAP, LISTING], ids=["feed", "sitemap", "listing"])
@effort(6, 150)
@given(pump=pumped(documents.TOKENS, length=40_000), place=st.integers(0, 2))
def test_a_pumped_document(discovery: Feed | Sitemap | Listing, pump: bytes, place: int) -> None:
    shell = (
        (b"<rss version='2.0'><channel><item><title>", b"</title><link>/a</link></item></channel></rss>"),
        (b"<urlset><url><loc>https://news.example/a</loc></url>", b"</urlset>"),
        (b"<ul><li><a href=/a>", b"</a></li></ul>"),
    )[place]
    attack(shell[0] + pump + shell[1], discovery, None, seconds=8.0)


@effort(30, 1_000)
@given(given_page=page)
def test_a_page_where_a_document_was_promised(given_page: tuple[bytes, str | None]) -> None:
    for discovery in (FEED, SITEMAP, LISTING):
        attack(given_page[0], discovery, given_page[1])
