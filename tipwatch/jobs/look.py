"""What would tipwatch make of this address? A feed, a sitemap, a list of stories or a story, and what it reads.

Refuses to keep anything: a look writes no page, no article and no name.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urljoin

from config.gate_lexicons import load_gate_lexicons
from config.source import Feed, Listing, Sitemap
from crawlers.discovery.entries import Entry, Unreadable
from crawlers.documents import Document, Reading, read_document
from crawlers.knock import Answer
from extraction.charset import decode
from extraction.model import Article, CaseReport, DropReason, PageHints, Quarantine
from extraction.relevance import Gate, GateDecision

# Teasers as most sites mark them up; the first that finds enough stories is proposed.
_ITEMS = ("article", "h2, h3", ".views-row", "li")
_ENOUGH = 5
_STORY_WORDS = 80
_NO_PAGE = frozenset({DropReason.NOT_HTML, DropReason.EMPTY, DropReason.TOO_LARGE})
_EVERYTHING = 36_500  # days: a look shows old entries too


class LookKind(StrEnum):
    """What stands at the address."""

    FEED = "feed"
    SITEMAP = "sitemap"
    INDEX = "sitemap index"
    LISTING = "listing"
    ARTICLE = "article"
    NOTHING = "nothing that we know"


@dataclass(frozen=True, kw_only=True, slots=True)
class Look:
    """What was seen. `entries` of a feed, sitemap or listing; `item` is the selector that found a listing's.

    `article` or `quarantine` and `gate` for a page; `report` when its language can be read. `feeds` are those that
    the page declares, `sitemaps` those that robots.txt names.
    """

    kind: LookKind
    entries: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()
    item: str | None = None
    gate: GateDecision | None = None
    article: Article | None = None
    quarantine: Quarantine | None = None
    report: CaseReport | None = None
    feeds: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()


def look(answer: Answer, limit: int) -> Look:
    """`answer` (of a knock, with a body) as each of our readers sees it; `limit` bounds an unpacked document."""
    reading = Reading(
        body=answer.body, url=answer.final_url, content_type=answer.content_type, now=answer.at, limit=limit
    )
    for kind, discovery in (
        (LookKind.FEED, Feed(url=answer.final_url)),
        (LookKind.SITEMAP, Sitemap(url=answer.final_url, max_age_days=_EVERYTHING)),
    ):
        document = _read(reading, discovery)
        if document is not None and document.following:
            return Look(kind=LookKind.INDEX, children=document.following, sitemaps=answer.sitemaps)
        if document is not None:
            return Look(kind=kind, entries=document.entries, sitemaps=answer.sitemaps)
    return _page(answer, reading)


def _read(reading: Reading, discovery: Feed | Sitemap | Listing) -> Document | None:
    try:
        return read_document(reading, discovery, ())
    except Unreadable:
        return None


def _page(answer: Answer, reading: Reading) -> Look:
    from parsel import Selector

    from extraction.text import extract_article

    gate = Gate(list(load_gate_lexicons().values())).admit(answer.body, answer.content_type)
    if gate.reason in _NO_PAGE:
        return Look(kind=LookKind.NOTHING, gate=gate, sitemaps=answer.sitemaps)
    text = decode(answer.body, answer.content_type)
    selector = Selector(text=text[:3_000_000] or "<html/>", type="html")
    feeds = tuple(
        urljoin(answer.final_url, link.strip())
        for link in selector.css(
            "link[rel~=alternate][type*=rss]::attr(href), link[rel~=alternate][type*=atom]::attr(href)"
        ).getall()
    )
    declared = (selector.css("meta[property='og:type']::attr(content)").get() or "").lower() == "article"
    declared = declared or "NewsArticle" in " ".join(selector.css("script[type*=ld]::text").getall())
    item, entries = _teasers(reading)
    found = extract_article(answer.body, _hints(answer))
    article = found if isinstance(found, Article) else None
    is_long = article is not None and len(article.text.split()) >= _STORY_WORDS
    if declared or (is_long and len(entries) < 3 * _ENOUGH):
        kind = LookKind.ARTICLE
    elif len(entries) >= _ENOUGH:
        kind = LookKind.LISTING
    else:
        kind = LookKind.ARTICLE if is_long else LookKind.NOTHING
    is_story = kind is LookKind.ARTICLE
    return Look(
        kind=kind,
        entries=() if is_story else entries,
        item=None if is_story else item,
        gate=gate,
        article=article,
        quarantine=found if isinstance(found, Quarantine) else None,
        report=_report(article) if is_story and article is not None else None,
        feeds=tuple(dict.fromkeys(feeds)),
        sitemaps=answer.sitemaps,
    )


def _teasers(reading: Reading) -> tuple[str | None, tuple[Entry, ...]]:
    best: tuple[str | None, tuple[Entry, ...]] = (None, ())
    for item in _ITEMS:
        document = _read(reading, Listing(url=reading.url, item=item, title="*"))
        if document is None:
            continue
        if len(document.entries) >= _ENOUGH:
            return item, document.entries
        if len(document.entries) > len(best[1]):
            best = (item, document.entries)
    return best


def _hints(answer: Answer) -> PageHints:
    return PageHints(url=answer.final_url, fetched_at=answer.at, content_type=answer.content_type)


def _report(article: Article) -> CaseReport | None:
    from config.reading_lexicons import load_reading_lexicons
    from extraction.reader import Reader

    report: CaseReport = Reader(load_reading_lexicons(), load_gate_lexicons()).read(article)
    return report
