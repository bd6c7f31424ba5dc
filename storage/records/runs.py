"""Records of what ran and of every look at a feed, sitemap or listing.

Refuses free-text outcomes: how a run ended and why a poll failed are closed lists.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class RunKind(StrEnum):
    """What a run does."""

    CRAWL = "crawl"
    INGEST = "ingest"
    EXTRACT = "extract"
    RESOLVE = "resolve"
    EXPORT = "export"
    FEED = "feed"
    DELIVER = "deliver"
    CHECK = "check"
    SCHEDULE = "schedule"


class RunOutcome(StrEnum):
    """How a run ended. `partial`: something was done, something failed. A run without an outcome still runs."""

    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"
    REFUSED = "refused"
    INTERRUPTED = "interrupted"


class FailureClass(StrEnum):
    """Why a request or a poll failed; counted per source and day."""

    DNS = "dns"
    CONNECTION = "connection"
    TLS = "tls"
    TIMEOUT = "timeout"
    HTTP_4XX = "http_4xx"
    HTTP_429 = "http_429"
    HTTP_5XX = "http_5xx"
    ROBOTS_DISALLOWED = "robots_disallowed"
    ROBOTS_UNREACHABLE = "robots_unreachable"
    PRIVATE_ADDRESS = "private_address"
    REDIRECTS = "redirects"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"  # not the feed, sitemap or listing that the catalogue promises
    OTHER = "other"


class PollKind(StrEnum):
    """What was polled."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"


@dataclass(frozen=True, kw_only=True, slots=True)
class RunRecord:
    """One run. `outcome` and `finished` are None while it runs (or since it was killed: see `heartbeat`)."""

    run_id: int
    kind: RunKind
    source_id: str | None
    worker: str
    started: dt.datetime
    heartbeat: dt.datetime
    finished: dt.datetime | None
    outcome: RunOutcome | None
    counts: Mapping[str, int]
    detail: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Poll:
    """One look at a feed, sitemap or listing.

    `entries` and `new` are counts; `oldest` and `newest` the dates of its entries where stated. `overlapped` is
    False when no entry was known from the window before (stories were missed), None when nothing can be said
    (first poll, failed poll, not modified). `etag` and `last_modified` are for the next conditional GET.
    """

    source_id: str
    url: str
    at: dt.datetime
    kind: PollKind
    ok: bool
    run_id: int | None = None
    failure: FailureClass | None = None
    status: int | None = None
    entries: int = 0
    new: int = 0
    oldest: dt.datetime | None = None
    newest: dt.datetime | None = None
    overlapped: bool | None = None
    not_modified: bool = False
    etag: str | None = None
    last_modified: str | None = None
