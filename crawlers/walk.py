"""One poll of one feed, sitemap or listing, over all the documents that it takes.

Refuses to call half a look a whole one: what could not be read is in the poll's record.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import assert_never

from config.source import Discovery, Feed, Listing, Sitemap
from crawlers.discovery.entries import Entry
from storage.frontier import LinkKind
from storage.records import FailureClass, PollKind

MAX_DOCUMENTS = 50  # of one sitemap index or listing in one poll


@dataclass(slots=True)
class Walk:
    """`open` counts documents asked for and not yet answered; at 0 the poll is over."""

    discovery: Discovery
    open: int = 1
    asked: int = 1
    entries: dict[str, Entry] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    ok: bool = False
    not_modified: bool = False
    failure: FailureClass | None = None
    status: int | None = None
    etag: str | None = None
    last_modified: str | None = None
    retried: bool = False
    put_off: bool = False  # the host was not to be asked at all

    def __post_init__(self) -> None:
        self.seen.add(self.discovery.url)

    @property
    def kind(self) -> PollKind:
        """The poll's kind."""
        match self.discovery:
            case Feed():
                return PollKind.FEED
            case Sitemap():
                return PollKind.SITEMAP
            case Listing():
                return PollKind.LISTING
            case unknown:
                assert_never(unknown)

    @property
    def link_kind(self) -> LinkKind:
        """The kind of the links found."""
        return LinkKind(self.kind.value)

    def admit_document(self, url: str, level: int, max_depth: int) -> bool:
        """True when one more document may be asked for; then it counts as asked and open.

        `max_depth` bounds indexes within indexes; a listing is bounded by its `max_pages`.
        """
        is_listing = isinstance(self.discovery, Listing)
        limit = self.discovery.max_pages if isinstance(self.discovery, Listing) else MAX_DOCUMENTS
        if url in self.seen or self.asked >= limit or (level > max_depth and not is_listing):
            return False
        self.seen.add(url)
        self.asked += 1
        self.open += 1
        return True

    def add(self, entries: tuple[Entry, ...]) -> None:
        """Take a document's entries; the first word on a URL counts."""
        for entry in entries:
            self.entries.setdefault(entry.url, entry)

    def span(self) -> tuple[dt.datetime | None, dt.datetime | None]:
        """The oldest and newest stated time of the entries."""
        times = sorted(entry.when for entry in self.entries.values() if entry.when is not None)
        return (times[0], times[-1]) if times else (None, None)
