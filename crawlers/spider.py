"""The one spider: polls a source's feeds, sitemaps and listings, then fetches what the frontier leases to it.

Refuses to read: bytes go through the gate to the archive, and nothing here knows what they say.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import scrapy
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response
from scrapy.settings import BaseSettings
from twisted.python.failure import Failure

from config.source import Listing, Source
from crawlers.addresses import AddressRefused, is_web_url, split_web_url
from crawlers.discovery.entries import Unreadable
from crawlers.discovery.traps import TrapWatch
from crawlers.documents import Reading, read_document
from crawlers.failures import Verdict, judge_exception, judge_status, retry_at
from crawlers.robots import MAX_REDIRECTS, REDIRECTS
from crawlers.session import CrawlSession, session_of
from crawlers.summary import CrawlSummary
from crawlers.turns import HostBusy, asked_pause
from crawlers.walk import Walk
from extraction.addresses import canonical_url
from extraction.model import DropReason
from storage.errors import StorageError
from storage.frontier import Found, Lease, LinkKind
from storage.records import FailureClass, FetchedPage, Poll, RunKind

if TYPE_CHECKING:
    from crawlers.scheduler import FrontierScheduler

log = logging.getLogger(__name__)

_HTMLISH = re.compile(
    rb"^\s*(?:text/html|application/xhtml\+xml|text/plain|application/octet-stream)?\s*(?:;|$)", re.IGNORECASE
)
_THREAD_FROM = 256 * 1024  # bytes: feedparser reads about 2 MB/s, and the reactor must not wait for it
# Failures in a row after which a host is left alone for this run; a dead one would cost a time-out for each URL.
_PATIENCE = 5
_RETRIED_AT_ONCE = frozenset({FailureClass.CONNECTION, FailureClass.TIMEOUT})
_HOST_IS_DOWN = frozenset(
    {
        FailureClass.DNS,
        FailureClass.CONNECTION,
        FailureClass.TLS,
        FailureClass.TIMEOUT,
        FailureClass.ROBOTS_UNREACHABLE,
        FailureClass.HTTP_5XX,
        FailureClass.HTTP_429,
    }
)


class SourceSpider(scrapy.Spider):
    """One source's spider; the loader makes a subclass per catalogue entry that only sets `name` and `source`."""

    source: Source

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session: CrawlSession
        self.scheduler: FrontierScheduler
        self.summary: CrawlSummary
        self._walks = [Walk(discovery) for discovery in self.source.discover]
        self._traps = TrapWatch()
        self._failures_in_row: Counter[str] = Counter()
        self._include = tuple(re.compile(pattern) for pattern in self.source.include)
        self._exclude = tuple(re.compile(pattern) for pattern in self.source.exclude)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> SourceSpider:
        """Scrapy's constructor; what depends on the source and the installation is set here."""
        spider: SourceSpider = super().from_crawler(crawler, *args, **kwargs)
        spider.session = session_of(crawler)
        settings: BaseSettings = crawler.settings
        limits = spider.session.settings
        values = {
            "DOWNLOAD_DELAY": spider.delay,
            "AUTOTHROTTLE_ENABLED": spider.delay > 0,
            "AUTOTHROTTLE_START_DELAY": spider.delay,
            "AUTOTHROTTLE_MAX_DELAY": max(60.0, spider.delay),
            "DOWNLOAD_TIMEOUT": limits.request_timeout,
            "DOWNLOAD_MAXSIZE": limits.max_body_bytes,
            "DNS_TIMEOUT": limits.request_timeout,
            "USER_AGENT": spider.session.agent,
        }
        for name, value in values.items():
            settings.set(name, value, priority="spider")
        return spider

    @property
    def delay(self) -> float:
        """Seconds between two requests to one host: the installation's floor or the source's wish."""
        return max(self.session.settings.delay, self.source.politeness.delay)

    @property
    def budget(self) -> int:
        """Articles that this run may ask for."""
        pages = self.source.politeness.pages_per_run
        return pages if self.session.limit is None else min(pages, self.session.limit)

    @property
    def is_discovering(self) -> bool:
        """True while a poll is open."""
        return any(walk.open > 0 for walk in self._walks)

    def begin(self) -> None:
        """The run starts."""
        now = self.session.now()
        run_id = self.session.store.runs.start(RunKind.CRAWL, self.source.id, self.session.worker, now)
        self.summary = CrawlSummary(source_id=self.source.id, run_id=run_id)
        self.session.summaries[self.source.id] = self.summary

    async def start(self) -> AsyncIterator[Request]:
        """Polls first; articles come from the frontier through the scheduler."""
        for walk in self._walks:
            yield self._document_request(walk, walk.discovery.url, 0, conditional=True)

    def closed(self, reason: str) -> None:
        """The run ends."""
        outcome = self.summary.conclude(reason)
        try:
            self.summary.pending = self.session.store.frontier.pending(self.source.id)
            self.session.store.runs.finish(
                self.summary.run_id, outcome, self.session.now(), self.summary.counts(), self.summary.detail
            )
        except StorageError as error:
            self.summary.storage_error = error
            self.summary.detail = str(error)
            outcome = self.summary.conclude(reason)
        log.info("crawl.done source=%s outcome=%s %s", self.source.id, outcome, self.summary.fields())
        if self.session.ends_with_spider:
            self.session.close()

    # Discovery

    def _document_request(self, walk: Walk, url: str, level: int, *, conditional: bool = False) -> Request:
        headers = self._headers("application/rss+xml,application/atom+xml,application/xml;q=0.9,*/*;q=0.7")
        if conditional and not isinstance(walk.discovery, Listing):
            last = self.session.store.polls.last(self.source.id, walk.discovery.url)
            if last is not None and last.etag is not None:
                walk.etag = headers["If-None-Match"] = last.etag
            if last is not None and last.last_modified is not None:
                walk.last_modified = headers["If-Modified-Since"] = last.last_modified
        return self._request(
            url, headers, self.parse_document, self.failed_document, {"walk": walk, "level": level, "hops": 0}
        )

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
            content_type=_header(response, b"Content-Type"),
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
            walk.etag = _header(response, b"ETag") if is_whole else None
            walk.last_modified = _header(response, b"Last-Modified") if is_whole else None
        level = meta["level"] + 1
        return [
            self._document_request(walk, url, level)
            for url in document.following
            if walk.admit_document(url, level, self.session.settings.max_depth)
        ]

    def _redirected_document(self, response: Response, walk: Walk) -> list[Request]:
        target = _target(response)
        if target is None or response.meta["hops"] >= MAX_REDIRECTS:
            walk.failure = walk.failure or FailureClass.REDIRECTS
            return []
        split_web_url(target)
        walk.open += 1
        meta = {**_own_meta(response.meta), "hops": response.meta["hops"] + 1}
        return [response.request.replace(url=target, meta=meta)]

    def failed_document(self, failure: Failure) -> Iterator[Request]:
        """A document of a poll could not be fetched; a broken connection is tried once more at once."""
        request: Request = failure.request
        walk: Walk = request.meta["walk"]
        try:
            if isinstance(failure.value, HostBusy):
                walk.put_off = True
                return
            verdict = self._judge(failure)
            if verdict.failure in _RETRIED_AT_ONCE and not walk.retried:
                walk.retried = True
                walk.open += 1
                yield request.replace(meta=_own_meta(request.meta))
            else:
                walk.failure = walk.failure or verdict.failure
        except StorageError as error:
            self._stop(error)
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
            self._stop(error)
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

    # Articles

    def article_request(self, lease: Lease) -> Request | None:
        """The request for a lease, or None when its URL cannot be asked for: then the lease has failed."""
        try:
            split_web_url(lease.url)
            return self._request(
                lease.url,
                self._headers("text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"),
                self.parse_article,
                self.failed_article,
                {"lease": lease, "hops": lease.hops},
            )
        except (AddressRefused, ValueError):
            self._failed(lease, Verdict(failure=FailureClass.OTHER, for_good=True))
            return None

    def parse_article(self, response: Response) -> Iterator[Request]:
        """A page: through the gate, then kept or dropped together with its lease."""
        lease: Lease = response.meta["lease"]
        self.summary.fetched += 1
        try:
            if response.status in REDIRECTS:
                yield from self._redirected_article(response, lease)
                return
            verdict = judge_status(response.status)
            if verdict is not None:
                self._failed(lease, verdict, asked_pause(response, self.session.now()))
                self._note_trouble(lease.host, verdict)
            else:
                self._failures_in_row[lease.host] = 0
                self._admit(response, lease)
        except StorageError as error:
            self._stop(error)

    def _admit(self, response: Response, lease: Lease) -> None:
        now = self.session.now()
        content_type = response.headers.get(b"Content-Type", b"")
        if not _HTMLISH.match(content_type):
            self._drop(lease, DropReason.NOT_HTML)
            return
        decision = self.session.gate.admit(response.body, content_type.decode("latin-1") or None)
        if not decision.keep:
            self._drop(lease, decision.reason or DropReason.NO_GATE_WORD)
            return
        page = FetchedPage(
            source_id=self.source.id,
            url=lease.url,
            final_url=response.url,
            canonical_url=lease.canonical_url,
            status=response.status,
            headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, values in response.headers.items()
                for value in values
            ],
            body=response.body,
            fetched_at=now,
            feed_title=lease.title,
            feed_date=lease.date,
            gate_words=decision.words,
        )
        kept = self.session.store.pages.keep(page, lease, self.summary.run_id, now)
        self.summary.kept += kept.is_new
        log.debug("gate.keep source=%s new=%s", self.source.id, kept.is_new)

    def _drop(self, lease: Lease, reason: DropReason) -> None:
        self.session.store.pages.drop(self.source.id, reason, lease, self.summary.run_id, self.session.now())
        self.summary.dropped[reason.value] += 1
        log.debug("gate.drop source=%s reason=%s", self.source.id, reason)

    def _redirected_article(self, response: Response, lease: Lease) -> Iterator[Request]:
        """The same address in other words is followed; another address goes through the frontier like any link."""
        hops = response.meta["hops"] + 1
        target = _target(response)
        if target is None or hops > MAX_REDIRECTS:
            self._failed(lease, Verdict(failure=FailureClass.REDIRECTS, for_good=target is None))
            return
        if not is_web_url(target):
            self._failed(lease, Verdict(failure=FailureClass.PRIVATE_ADDRESS, for_good=True))
            return
        canonical = canonical_url(target)
        if canonical == lease.canonical_url:
            yield response.request.replace(url=target, meta={**_own_meta(response.meta), "hops": hops})
            return
        found = Found(
            url=target,
            canonical_url=canonical,
            kind=LinkKind.REDIRECT,
            depth=lease.depth,
            title=lease.title,
            date=lease.date,
        )
        self.session.store.frontier.redirect(lease, found, self.summary.run_id, self.session.now())
        self.scheduler.more()

    def failed_article(self, failure: Failure) -> None:
        """A page could not be fetched."""
        lease: Lease = failure.request.meta["lease"]
        error = failure.value
        try:
            if isinstance(error, HostBusy):
                self.scheduler.close_host(lease.host)
                self.session.store.frontier.release([lease], self.session.now())
                self.summary.put_off += 1
                return
            verdict = self._judge(failure)
            self._failed(lease, verdict)
            self._note_trouble(lease.host, verdict)
        except StorageError as storage_error:
            self._stop(storage_error)

    def _note_trouble(self, host: str, verdict: Verdict) -> None:
        """After some failures in a row of the kind that a whole host has, leave it alone for this run."""
        if verdict.failure not in _HOST_IS_DOWN:
            return
        self._failures_in_row[host] += 1
        if self._failures_in_row[host] == _PATIENCE:
            log.warning("host.down source=%s failure=%s", self.source.id, verdict.failure)
            self.scheduler.close_host(host)

    def _failed(self, lease: Lease, verdict: Verdict, pause: float | None = None) -> None:
        now = self.session.now()
        again = retry_at(verdict, lease.attempts + 1, now)
        if again is not None and pause is not None:
            again = max(again, now + _seconds(pause))
        self.session.store.frontier.fail(lease, verdict.failure, now, again)
        self.summary.failed[verdict.failure.value] += 1
        log.debug("fetch.failed source=%s failure=%s again=%s", self.source.id, verdict.failure, again is not None)

    # Common

    def _request(
        self, url: str, headers: dict[str, str], callback: Any, errback: Any, meta: dict[str, Any]
    ) -> Request:
        return Request(
            url, callback=callback, errback=errback, headers=headers, meta={**meta, "tipwatch_delay": self.delay}
        )

    def _headers(self, accept: str) -> dict[str, str]:
        languages = ",".join((*self.source.languages, "*;q=0.3"))
        return {"User-Agent": self.session.agent, "Accept": accept, "Accept-Language": languages}

    def _judge(self, failure: Failure) -> Verdict:
        error = failure.value
        if isinstance(error, StorageError):
            raise error
        verdict = judge_exception(error)
        if verdict is None:
            log.error("crawl.bug source=%s error=%s", self.source.id, type(error).__name__, exc_info=error)
            self.summary.bugs += 1
            return Verdict(failure=FailureClass.OTHER)
        return verdict

    def stop_for(self, error: StorageError) -> None:
        """Without a store there is no crawl: nothing more is asked for, what is leased comes back later."""
        self.summary.detail = str(error)
        self.summary.storage_error = error
        self.scheduler.stop()
        log.error("crawl.stopped source=%s error=%s", self.source.id, type(error).__name__)

    def _stop(self, error: StorageError) -> None:
        self.stop_for(error)
        raise CloseSpider("storage") from error


def _header(response: Response, name: bytes) -> str | None:
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1").strip() or None


def _target(response: Response) -> str | None:
    """Where a redirect points to, without its fragment."""
    location = response.headers.get(b"Location")
    if location is None:
        return None
    try:
        return urljoin(response.url, location.decode("utf-8", "replace").strip()).partition("#")[0]
    except ValueError:
        return None


def _own_meta(meta: dict[str, Any]) -> dict[str, Any]:
    """A request's meta without what Scrapy wrote into it on its way."""
    return {name: meta[name] for name in ("walk", "level", "lease", "hops", "tipwatch_delay") if name in meta}


def _seconds(seconds: float) -> dt.timedelta:
    return dt.timedelta(seconds=seconds)
