"""One document of a poll, read by the strategy of its discovery.

Refuses I/O: bytes in, entries and addresses out, so that it can run in a thread and in a test.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from config.source import Discovery, Feed, Listing, Sitemap
from crawlers.discovery.entries import Entry
from crawlers.discovery.feeds import read_feed
from crawlers.discovery.listings import read_listing
from crawlers.discovery.markup import unpacked
from crawlers.discovery.sitemaps import read_sitemap
from extraction.charset import decode


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """What a document is read from. `now` ages its entries, `limit` bounds it in bytes once unpacked."""

    body: bytes
    url: str
    content_type: str | None
    now: dt.datetime
    limit: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """`entries` found, and addresses of the documents that belong to the same poll."""

    entries: tuple[Entry, ...]
    following: tuple[str, ...] = ()


def read_document(reading: Reading, discovery: Discovery, include: Sequence[str]) -> Document:
    """Raises Unreadable when the bytes are not what the discovery promises."""
    match discovery:
        case Feed():
            body = unpacked(reading.body, reading.limit)
            return Document(entries=read_feed(body, reading.url, reading.content_type, reading.now))
        case Sitemap():
            body = unpacked(reading.body, reading.limit)
            page = read_sitemap(body, reading.now, dt.timedelta(days=discovery.max_age_days), discovery.follow)
            return Document(entries=page.entries, following=page.children)
        case Listing():
            text = decode(reading.body, reading.content_type)
            listing = read_listing(text, reading.url, discovery, include)
            following = () if listing.next_page is None else (listing.next_page,)
            return Document(entries=listing.entries, following=following)
        case unknown:
            assert_never(unknown)
