"""Crawls many sources in one process, each with its own spider and run.

Refuses to let one source's crash stop another, and to run twice in one process: a reactor starts once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Mapping, Sequence

from scrapy.crawler import AsyncCrawlerProcess
from scrapy.settings import Settings as ScrapySettings

from config.settings import Settings
from config.source import Source
from crawlers import settings as project
from crawlers.loader import spider_class
from crawlers.logs import hush
from crawlers.names import Resolve
from crawlers.session import SESSION_KEY, forget, open_session, register
from crawlers.summary import CrawlSummary
from storage.errors import StorageError

log = logging.getLogger(__name__)

# Sources at a time: beyond it memory grows, and politeness, not width, is what a crawl waits for.
SOURCES_AT_ONCE = 32


def crawl(
    sources: Sequence[Source],
    settings: Settings,
    store_url: str | None = None,
    limit: int | None = None,
    *,
    started: dt.datetime | None = None,
    resolve: Resolve | None = None,
) -> list[CrawlSummary]:
    """Crawl the sources and return what each did, in their order; a source that could not even start is missing.

    `limit` caps each source's articles. Blocks until done; SIGINT ends it in good order, a second one at once.
    Raises CrawlRefused without a contact, StorageError when there is no usable store to begin with. A store that
    fails on the way ends the runs as failed, with the error in `CrawlSummary.storage_error`.
    """
    begun = started if started is not None else dt.datetime.now(dt.UTC)
    session = open_session(settings, started=begun, store_url=store_url, limit=limit, resolve=resolve)
    key = register(session)
    try:
        _run(sources, key, session.summaries)
    finally:
        forget(key)
        session.close()
    return [session.summaries[source.id] for source in sources if source.id in session.summaries]


class _Process(AsyncCrawlerProcess):
    """Starts the next source when one has ended, until somebody asks it to stop."""

    def __init__(self, settings: ScrapySettings, sources: Sequence[Source]) -> None:
        super().__init__(settings)
        self._waiting = list(sources)
        self.storage_error: StorageError | None = None

    def begin_next(self, _: object = None) -> None:
        """Start one more source, if any waits."""
        if self._waiting:
            task = self.crawl(spider_class(self._waiting.pop(0)))
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Scrapy's end on SIGINT or SIGTERM: what waits does not begin."""
        self._waiting.clear()
        await super().stop()

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, StorageError):
            self.storage_error = error
            self._waiting.clear()
        elif error is not None:
            log.error("crawl.crashed error=%s", type(error).__name__, exc_info=error)
        self.begin_next()


def _run(sources: Sequence[Source], key: str, summaries: Mapping[str, CrawlSummary]) -> None:
    values = ScrapySettings()
    values.setmodule(project, priority="project")
    values.set(SESSION_KEY, key, priority="cmdline")
    # The application decides where logs go and how loud they are; Scrapy would set both anew.
    values.set("LOG_ENABLED", False, priority="cmdline")
    values.set("LOG_INSTALL_ROOT_HANDLER", False, priority="cmdline")
    process = _Process(values, sources)
    hush(summaries)
    for _ in range(min(SOURCES_AT_ONCE, len(sources))):
        process.begin_next()
    if sources:
        process.start()
    if process.storage_error is not None:
        raise process.storage_error
