"""Scrapy's log lines made fit for us: events with fields.

Refuses URLs and texts in logs: an article's address often spells out somebody's name.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from scrapy import Spider
from scrapy.http import Request, Response
from scrapy.logformatter import LogFormatter
from twisted.python.failure import Failure

from crawlers.summary import CrawlSummary

# These warn with the whole URL; the same facts are counted and logged by class.
_TALKATIVE = (
    "scrapy.core.downloader.handlers.http11",
    "scrapy.downloadermiddlewares.httpcompression",
    "scrapy.core.scraper",
)


class QuietFormatter(LogFormatter):
    """No line per page (the database counts them), no URL in an error."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> None:
        return None

    def spider_error(self, failure: Failure, request: Request, response: Any, spider: Spider) -> dict[str, Any]:
        """A bug of ours, with its traceback."""
        return {
            "level": logging.ERROR,
            "msg": "crawl.bug source=%(source)s error=%(error)s",
            "args": {"source": spider.name, "error": failure.type.__name__},
        }

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> dict[str, Any]:
        """A failure that no errback took."""
        return {
            "level": logging.WARNING,
            "msg": "crawl.failed source=%(source)s error=%(error)s",
            "args": {"source": spider.name, "error": failure.type.__name__},
        }


class RunsOfSources(logging.Filter):
    """Hangs on every record what each source's crawl is, so that a line that names a source can name its run."""

    def __init__(self, summaries: Mapping[str, CrawlSummary]) -> None:
        super().__init__()
        self.summaries = summaries

    def filter(self, record: logging.LogRecord) -> bool:
        """Lets all pass."""
        record.runs = self.summaries
        return True


def hush(summaries: Mapping[str, CrawlSummary] = MappingProxyType({})) -> None:
    """Silence the loggers that would print URLs, and Scrapy's own reports of a spider's start and end.

    `summaries` are the runs of now, by source.
    """
    for handler in logging.getLogger().handlers:
        handler.addFilter(RunsOfSources(summaries))
    logging.getLogger("scrapy").setLevel(logging.WARNING)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.ERROR)
