"""Polls of a source's feeds, sitemaps and listings: which documents, which links, what it says of coverage.

Refuses to lose a link: links are in the frontier before the poll that found them is on record.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from scrapy.http import Request, Response
from twisted.python.failure import Failure

from config.source import Listing
from crawlers.addresses import AddressRefused, split_web_url
from crawlers.discovery.entries import Unreadable
from crawlers.discovery.traps import TrapWatch
from crawlers.documents import Reading, read_document
from crawlers.errand import Errand, header, own_meta, redirect_target
from crawlers.failures import judge_status
from crawlers.robots import MAX_REDIRECTS, REDIRECTS
from crawlers.turns import HostBusy
from crawlers.walk import Walk
from extraction.addresses import canonical_url
from storage.errors import StorageError
from storage.frontier import Found
from storage.records import FailureClass, Poll

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)

_FEEDS_FIRST = "application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.7"
_THREAD_FROM = 256 * 1024  # bytes: feedparser reads about 2 MB/s, and the reactor must not wait for it
_RETRIED_AT_ONCE = frozenset({FailureClass.CONNECTION, FailureClass.TIMEOUT})


class Polling(Errand):
    """All polls of one run, one `Walk` each."""

    def __init__(self, spider: SourceSpider) -> None:
        super().__init__(spider)
        self._walks = [Walk(discovery) for discovery in self.source.discover]
        self._traps = TrapWatch()
        self._include = tuple(re.compile(pattern) for pattern in self.source.include)
        self._exclude = tuple(re.compile(pattern) for pattern in self.source.exclude)

    @property
    def is_open(self) -> bool:
        """True while a poll is open."""
        return any(walk.open > 0 for walk in self._walks)

    def requests(self) -> Iterator[Request]:
        """The first document of each poll."""
        for walk in self._walks:
            yield self._document_request(walk, walk.discovery.url, 0, conditional=True)

    def _document_request(self, walk: Walk, url: str, level: int, *, conditional: bool = False) -> Request:
        request = self.request(
            url, _FEEDS_FIRST, self.parse_document, self.failed_document, walk=walk, level=level, hops=0
        )
        if conditional and not isinstance(walk.discovery, Listing):
            last = self.session.store.polls.last(self.source.id, walk.discovery.url)
            if last is not None and last.etag is not None:
                walk.etag = request.headers["If-None-Match"] = last.etag
            if last is not None and last.last_modified is not None:
                walk.last_modified = request.headers["If-Modified-Since"] = last.last_modified
        return request

    async def parse_document(self, response: Response) -> AsyncIterator[Request]:
        """A document of a poll: entries to the walk, more documents to ask for."""
        walk: Walk = response.meta["walk"]
        following: list[Request] = []
        try:
            following = await self._read_document(response, walk)
        except (Unreadable, AddressRefused) as error:
            log.info("poll.unreadable source=%s kind=%s reason=%s", self.source.id, walk.kind, error.reason)
            walk.failure = walk.failure or FailureClass.UNREADABLE
        finally:
            walk.open -= 1
            if walk.open == 0:
                self._conclude(walk)
        for request in following:
            yield request

    async def _read_document(self, response: Response, walk: Walk) -> list[Request]:
        meta = response.meta
        is_first = meta["level"] == 0
        if is_first:
            walk.status = response.status
        if response.status in REDIRECTS:
            return self._redirected_document(response, walk)
        verdict = judge_status(response.status)
        if verdict is not None:
            walk.failure = walk.failure or verdict.failure
            return []
        if response.status == 304:
            walk.ok = walk.not_modified = True
            return []
        reading = Reading(
            body=response.body,
            url=response.url,
            content_type=header(response, b"Content-Type"),
            now=self.session.now(),
            limit=self.session.settings.max_body_bytes,
        )
        arguments = (reading, walk.discovery, self.source.include)
        if len(response.body) >= _THREAD_FROM:
            document = await asyncio.to_thread(read_document, *arguments)
        else:
            document = read_document(*arguments)
        walk.ok = True
        walk.add(document.entries)
        if is_first:
            # An index may stay as it is while its sitemaps change: no conditional GET for those.
            is_whole = not document.following
            walk.etag = header(response, b"ETag") if is_whole else None
            walk.last_modified = header(response, b"Last-Modified") if is_whole else None
        level = meta["level"] + 1
        return [
            self._document_request(walk, url, level)
            for url in document.following
            if walk.admit_document(url, level, self.session.settings.max_depth)
        ]

    def _redirected_document(self, response: Response, walk: Walk) -> list[Request]:
        target = redirect_target(response)
        if target is None or response.meta["hops"] >= MAX_REDIRECTS:
            walk.failure = walk.failure or FailureClass.REDIRECTS
            return []
        split_web_url(target)
        walk.open += 1
        meta = {**own_meta(response.meta), "hops": response.meta["hops"] + 1}
        return [response.request.replace(url=target, meta=meta)]

    def failed_document(self, failure: Failure) -> Iterator[Request]:
        """A document of a poll could not be fetched; a broken connection is tried once more at once."""
        request: Request = failure.request
        walk: Walk = request.meta["walk"]
        try:
            if isinstance(failure.value, HostBusy):
                walk.put_off = True
                return
            verdict = self.judge(failure)
            if verdict.failure in _RETRIED_AT_ONCE and not walk.retried:
                walk.retried = True
                walk.open += 1
                yield request.replace(meta=own_meta(request.meta))
            else:
                walk.failure = walk.failure or verdict.failure
        except StorageError as error:
            self.stop(error)
        finally:
            walk.open -= 1
            if walk.open == 0:
                self._conclude(walk)

    def _conclude(self, walk: Walk) -> None:
        """Links to the frontier first, then the window, then the poll: a crash in between loses nothing."""
        if self.summary.storage_error is not None:
            return
        if walk.put_off and not walk.ok:
            # Nobody was asked: that is no poll. The answer that told us to stay away was recorded when it came.
            self.summary.put_off += 1
            log.info("poll.put_off source=%s kind=%s", self.source.id, walk.kind)
            return
        now = self.session.now()
        if not walk.ok and walk.failure is None:
            walk.failure = FailureClass.OTHER
        found = self._found(walk)
        window = list(dict.fromkeys(one.canonical_url for one in found))
        overlapped: bool | None = None
        new = 0
        try:
            new = self._add(walk, found, now)
            if walk.not_modified:
                overlapped = True
            elif walk.ok and window:
                overlapped = self.session.store.polls.overlaps(self.source.id, walk.discovery.url, window)
                self.session.store.polls.remember_window(self.source.id, walk.discovery.url, window)
            oldest, newest = walk.span()
            self.session.store.polls.record(
                Poll(
                    source_id=self.source.id,
                    url=walk.discovery.url,
                    at=now,
                    kind=walk.kind,
                    ok=walk.ok,
                    run_id=self.summary.run_id,
                    failure=walk.failure,
                    status=walk.status,
                    entries=len(walk.entries),
                    new=new,
                    oldest=oldest,
                    newest=newest,
                    overlapped=overlapped,
                    not_modified=walk.not_modified,
                    etag=walk.etag,
                    last_modified=walk.last_modified,
                )
            )
        except StorageError as error:
            self.stop(error)
        self.summary.polled(walk.ok, walk.failure, len(walk.entries), new, is_gap=overlapped is False)
        log.info(
            "poll.done source=%s kind=%s ok=%s failure=%s status=%s entries=%d new=%d overlapped=%s unchanged=%s",
            self.source.id, walk.kind, walk.ok, walk.failure, walk.status, len(walk.entries), new, overlapped,
            walk.not_modified,
        )  # fmt: skip

    def _add(self, walk: Walk, found: list[Found], now: dt.datetime) -> int:
        """New links to the frontier, up to the trap's limit of each pattern; the rest has its turn later."""
        known = self.session.store.frontier.seen(one.canonical_url for one in found)
        unknown = [one for one in found if one.canonical_url not in known]
        admitted = [one for one in unknown if self._traps.admits(one.url)]
        if len(admitted) < len(unknown):
            self.summary.trapped += len(unknown) - len(admitted)
            walk.etag = walk.last_modified = None  # the rest must be shown to us again
            log.warning("discover.trap source=%s skipped=%d", self.source.id, len(unknown) - len(admitted))
        if not admitted:
            return 0
        self.scheduler.more()
        return self.session.store.frontier.add(self.source.id, self.summary.run_id, admitted, now)

    def _found(self, walk: Walk) -> list[Found]:
        return [
            Found(
                url=entry.url,
                canonical_url=canonical_url(entry.url),
                kind=walk.link_kind,
                title=entry.title,
                date=entry.date,
            )
            for entry in walk.entries.values()
            if self._is_wanted(entry.url)
        ]

    def _is_wanted(self, url: str) -> bool:
        if self._include and not any(pattern.search(url) for pattern in self._include):
            return False
        return not any(pattern.search(url) for pattern in self._exclude)
