"""Scrapy's scheduler over our frontier: discovery from memory, articles leased from the database in batches.

Refuses queues of its own for articles: what a killed process had in hand comes back with its lease.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import deque
from typing import TYPE_CHECKING

from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler
from scrapy.http import Request

from crawlers.session import CrawlSession, session_of
from storage.errors import StorageError
from storage.frontier import Lease

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)

_BATCH = 16
_BATCH_FAST = 50  # with a delay under a second (demo, tests, benchmark) the database would be asked too often
_SHORTEST_LEASE = dt.timedelta(minutes=10)


class FrontierScheduler(BaseScheduler):
    """Discovery goes first, so that the newest stories share the run's budget."""

    def __init__(self, session: CrawlSession) -> None:
        self._session = session
        self._requests: deque[Request] = deque()
        self._leases: deque[Lease] = deque()
        self._leased = 0
        self._exhausted = False
        self._stopped = False
        self._closed_hosts: set[str] = set()
        self._spider: SourceSpider

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> FrontierScheduler:
        """Scrapy's constructor."""
        return cls(session_of(crawler))

    def open(self, spider: SourceSpider) -> None:
        """Scrapy opens the spider: from here on it has a run."""
        self._spider = spider
        spider.scheduler = self
        spider.begin()

    def close(self, reason: str) -> None:
        """Give back what was leased and not asked for."""
        self._give_back(list(self._leases))
        self._leases.clear()

    def enqueue_request(self, request: Request) -> bool:
        """Discovery and redirects, in their order."""
        self._requests.append(request)
        return True

    def has_pending_requests(self) -> bool:
        """True until the frontier had nothing (more) for us."""
        return bool(self._requests) or not (self._exhausted or self._stopped)

    def next_request(self) -> Request | None:
        """A request, or None when there is none now."""
        if self._requests:
            return self._requests.popleft()
        if self._stopped or self._spider.is_discovering:
            return None
        try:
            return self._next_article()
        except StorageError as error:
            self._spider.stop_for(error)
            return None

    def _next_article(self) -> Request | None:
        while True:
            lease = self._next_lease()
            if lease is None:
                return None
            if lease.host in self._closed_hosts or lease.host in self._session.full_hosts():
                self._leased -= 1
                self._give_back([lease])
                continue
            request = self._spider.article_request(lease)
            if request is not None:
                self._session.host_pages[lease.host] += 1
                return request

    def more(self) -> None:
        """Something was added to the frontier: ask it again."""
        self._exhausted = False

    def close_host(self, host: str) -> None:
        """Ask a host no more in this run."""
        self._closed_hosts.add(host)

    def stop(self) -> None:
        """Lease nothing more."""
        self._stopped = True

    def _next_lease(self) -> Lease | None:
        now = self._session.now()
        if not self._leases:
            if self._exhausted:
                return None
            self._fill(now)
        if not self._leases:
            self._exhausted = True
            return None
        lease = self._leases.popleft()
        if lease.until - now < dt.timedelta(seconds=2 * self._session.settings.request_timeout):
            self._session.store.frontier.renew([lease], now, self._lease_time)
        return lease

    def _fill(self, now: dt.datetime) -> None:
        room = self._spider.budget - self._leased
        if room <= 0:
            return
        self._session.store.runs.heartbeat(self._spider.summary.run_id, now)
        batch = _BATCH if self._spider.delay >= 1.0 else _BATCH_FAST
        leases = self._session.store.frontier.lease(
            self._spider.source.id,
            self._session.worker,
            now,
            min(room, batch),
            self._lease_time,
            exclude_hosts=self._closed_hosts | self._session.full_hosts(),
        )
        self._leased += len(leases)
        self._leases.extend(leases)

    @property
    def _lease_time(self) -> dt.timedelta:
        one = self._spider.delay + self._session.settings.request_timeout
        return max(_SHORTEST_LEASE, dt.timedelta(seconds=2 * _BATCH * one))

    def _give_back(self, leases: list[Lease]) -> None:
        try:
            self._session.store.frontier.release(leases, self._session.now())
        except StorageError as error:
            # They come back by themselves: this process ends, and a dead worker's leases are taken over.
            log.warning("frontier.release_failed urls=%d error=%s", len(leases), type(error).__name__)
