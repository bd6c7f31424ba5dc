"""The one spider: a source's run, from its polls to the end of its budget.

Refuses Python per source: what differs between sources stands in their YAML.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import scrapy
from scrapy.crawler import Crawler
from scrapy.http import Request
from scrapy.settings import BaseSettings

from config.source import Source
from crawlers.articles import Articles
from crawlers.polling import Polling
from crawlers.session import CrawlSession, session_of
from crawlers.summary import CrawlSummary
from storage.errors import StorageError
from storage.frontier import Lease
from storage.records import RunKind

if TYPE_CHECKING:
    from crawlers.scheduler import FrontierScheduler

log = logging.getLogger(__name__)


class SourceSpider(scrapy.Spider):
    """One source's spider; the loader makes a subclass per catalogue entry that only sets `name` and `source`."""

    source: Source

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session: CrawlSession
        self.scheduler: FrontierScheduler
        self.summary: CrawlSummary
        self._polling = Polling(self)
        self._articles = Articles(self)

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
        return self._polling.is_open

    def begin(self) -> None:
        """The run starts."""
        now = self.session.now()
        run_id = self.session.store.runs.start(RunKind.CRAWL, self.source.id, self.session.worker, now)
        self.summary = CrawlSummary(source_id=self.source.id, run_id=run_id)
        self.session.summaries[self.source.id] = self.summary

    async def start(self) -> AsyncIterator[Request]:
        """Polls first; articles come from the frontier through the scheduler."""
        for request in self._polling.requests():
            yield request

    def article_request(self, lease: Lease) -> Request | None:
        """The request for a lease, or None when its URL cannot be asked for: then the lease has failed."""
        return self._articles.request_for(lease)

    def stop_for(self, error: StorageError) -> None:
        """Without a store there is no crawl: nothing more is asked for, what is leased comes back later."""
        self.summary.detail = str(error)
        self.summary.storage_error = error
        self.scheduler.stop()
        log.error("crawl.stopped source=%s error=%s", self.source.id, type(error).__name__)

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
