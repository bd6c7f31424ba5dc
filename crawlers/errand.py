"""What polling and fetching share: their spider's session and source, how requests are made and failures judged.

Refuses state of its own: what a run has done stands in the summary, what is left to do in the frontier.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from scrapy.exceptions import CloseSpider
from scrapy.http import Request, Response
from twisted.python.failure import Failure

from config.source import Source
from crawlers.failures import Verdict, judge_exception
from crawlers.scheduler import FrontierScheduler
from crawlers.session import CrawlSession
from crawlers.summary import CrawlSummary
from storage.errors import StorageError
from storage.records import FailureClass

if TYPE_CHECKING:
    from crawlers.spider import SourceSpider

log = logging.getLogger(__name__)


class Errand:
    """A part of a spider's work."""

    def __init__(self, spider: SourceSpider) -> None:
        self._spider = spider

    @property
    def source(self) -> Source:
        """The catalogue's entry."""
        return self._spider.source

    @property
    def session(self) -> CrawlSession:
        """What all spiders of the process share."""
        return self._spider.session

    @property
    def summary(self) -> CrawlSummary:
        """The run's counts."""
        return self._spider.summary

    @property
    def scheduler(self) -> FrontierScheduler:
        """The spider's scheduler."""
        return self._spider.scheduler

    def request(self, url: str, accept: str, callback: Any, errback: Any, **meta: Any) -> Request:
        """A request as ours are: with our name, the source's languages and delay."""
        headers = {
            "User-Agent": self.session.agent,
            "Accept": accept,
            "Accept-Language": ",".join((*self.source.languages, "*;q=0.3")),
        }
        meta["tipwatch_delay"] = self._spider.delay
        return Request(url, callback=callback, errback=errback, headers=headers, meta=meta)

    def judge(self, failure: Failure) -> Verdict:
        """The class of a failed download. Raises the StorageError that it may be."""
        error = failure.value
        if isinstance(error, StorageError):
            raise error
        return judge_exception(error) or self.bug(error)

    def bug(self, error: BaseException) -> Verdict:
        """Something that we did not foresee: logged with its traceback, counted, and the run goes on."""
        log.error("crawl.bug source=%s error=%s", self.source.id, type(error).__name__, exc_info=error)
        self.summary.bugs += 1
        return Verdict(failure=FailureClass.OTHER)

    def stop(self, error: StorageError) -> None:
        """Without a store there is no crawl. Raises Scrapy's CloseSpider."""
        self._spider.stop_for(error)
        raise CloseSpider("storage") from error


def header(response: Response, name: bytes) -> str | None:
    """A header's value, None when absent or empty."""
    value = response.headers.get(name)
    return None if value is None else value.decode("latin-1").strip() or None


def redirect_target(response: Response) -> str | None:
    """Where a redirect points to, without its fragment."""
    location = response.headers.get(b"Location")
    if location is None:
        return None
    try:
        return urljoin(response.url, location.decode("utf-8", "replace").strip()).partition("#")[0]
    except ValueError:
        return None


def own_meta(meta: dict[str, Any]) -> dict[str, Any]:
    """A request's meta without what Scrapy wrote into it on its way."""
    return {name: meta[name] for name in ("walk", "level", "lease", "hops", "tipwatch_delay") if name in meta}
