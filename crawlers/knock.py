"""One polite request each to a few addresses, by the crawl's own rules: robots, delay, closed addresses, sizes.

Refuses to follow links: whoever knocks looks at the door, not through the house.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import scrapy
from scrapy.crawler import AsyncCrawlerProcess, Crawler
from scrapy.http import Request, Response
from scrapy.settings import Settings as ScrapySettings
from twisted.python.failure import Failure

from config.settings import Settings
from crawlers import settings as project
from crawlers.addresses import AddressRefused, split_web_url
from crawlers.failures import judge_exception, judge_status
from crawlers.logs import hush
from crawlers.names import Resolve
from crawlers.robots import MAX_REDIRECTS, REDIRECTS, RobotsRules
from crawlers.session import SESSION_KEY, CrawlSession, forget, open_session, register, session_of
from crawlers.turns import HostBusy
from storage.records import FailureClass, RobotsAnswer

_AT_ONCE = 32  # hosts at a time; each still gets one request at a time
_ACCEPT = "application/rss+xml,application/atom+xml,application/xml;q=0.9,text/html;q=0.8,*/*;q=0.7"


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """An address to knock at, with the pause that its host is owed, in seconds."""

    url: str
    delay: float
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """What came back. `failure` None: a 2xx with `body` (decompressed, at most the settings' size).

    `sitemaps` are those that robots.txt names.
    """

    target: Target
    at: dt.datetime
    final_url: str
    status: int | None = None
    content_type: str | None = None
    body: bytes = b""
    failure: FailureClass | None = None
    robots: RobotsAnswer | None = None
    sitemaps: tuple[str, ...] = ()


OnAnswer = Callable[[Answer, CrawlSession], None]


def knock(
    targets: Sequence[Target],
    settings: Settings,
    on_answer: OnAnswer,
    *,
    started: dt.datetime,
    store_url: str | None = None,
    resolve: Resolve | None = None,
) -> None:
    """Ask each target once; `on_answer` is called once for each, as answers come.

    Blocks, and may run once a process (a reactor starts once). Raises CrawlRefused without a contact, StorageError
    without a usable store, and whatever `on_answer` raised first (then nothing more is asked).
    """
    session = open_session(settings, started=started, store_url=store_url, resolve=resolve)
    key = register(session)
    errors: list[Exception] = []
    values = ScrapySettings()
    values.setmodule(project, priority="project")
    ours = {
        SESSION_KEY: key,
        "SCHEDULER": "scrapy.core.scheduler.Scheduler",
        "CONCURRENT_REQUESTS": _AT_ONCE,
        "DOWNLOAD_DELAY": 0,  # the turns at hosts keep the pause, per host
        "DOWNLOAD_TIMEOUT": settings.request_timeout,
        "DOWNLOAD_MAXSIZE": settings.max_body_bytes,
        "DNS_TIMEOUT": settings.request_timeout,
        "USER_AGENT": session.agent,
        "LOG_ENABLED": False,
        "LOG_INSTALL_ROOT_HANDLER": False,
    }
    for name, value in ours.items():
        values.set(name, value, priority="cmdline")
    try:
        process = AsyncCrawlerProcess(values)
        hush()
        process.crawl(_Knocker, targets=targets, on_answer=on_answer, errors=errors)
        process.start()
    finally:
        forget(key)
        session.close()
    if errors:
        raise errors[0]


class _Knocker(scrapy.Spider):
    """Asks, follows redirects of the same question, and hands answers over."""

    name = "knock"

    def __init__(
        self, targets: Sequence[Target], on_answer: OnAnswer, errors: list[Exception], **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self._targets = targets
        self._on_answer = on_answer
        self._errors = errors
        self._session: CrawlSession

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> _Knocker:
        """Scrapy's constructor."""
        spider: _Knocker = super().from_crawler(crawler, *args, **kwargs)
        spider._session = session_of(crawler)
        return spider

    async def start(self) -> AsyncIterator[Request]:
        """One request a target."""
        for target in self._targets:
            request = None if self._errors else self._request(target)
            if request is not None:
                yield request

    def _request(self, target: Target) -> Request | None:
        try:
            split_web_url(target.url)
            return Request(
                target.url,
                callback=self.answered,
                errback=self.failed,
                dont_filter=True,
                headers={
                    "User-Agent": self._session.agent,
                    "Accept": _ACCEPT,
                    "Accept-Language": ",".join((*target.languages, "*;q=0.3")),
                },
                meta={"target": target, "hops": 0, "tipwatch_delay": target.delay},
            )
        except (AddressRefused, ValueError):
            self._hand_over(target, target.url, failure=FailureClass.PRIVATE_ADDRESS)
            return None

    async def answered(self, response: Response) -> AsyncIterator[Request]:
        """An answer, or a hop on the way to it."""
        target: Target = response.meta["target"]
        if response.status in REDIRECTS:
            request = self._hop(response, target)
            if request is not None:
                yield request
            return
        verdict = judge_status(response.status)
        rules = await self._rules(response.url)
        content_type = response.headers.get(b"Content-Type")
        self._hand_over(
            target,
            response.url,
            status=response.status,
            content_type=None if content_type is None else content_type.decode("latin-1"),
            body=response.body,
            failure=None if verdict is None else verdict.failure,
            robots=RobotsAnswer.ABSENT if rules is not None and rules.absent else RobotsAnswer.ALLOWED,
            sitemaps=() if rules is None or rules.rules is None else tuple(rules.rules.sitemaps),
        )

    def _hop(self, response: Response, target: Target) -> Request | None:
        location = response.headers.get(b"Location")
        if location is None or response.meta["hops"] >= MAX_REDIRECTS:
            self._hand_over(target, response.url, status=response.status, failure=FailureClass.REDIRECTS)
            return None
        meta = {"target": target, "hops": response.meta["hops"] + 1, "tipwatch_delay": target.delay}
        try:
            url = urljoin(response.url, location.decode("utf-8", "replace").strip()).partition("#")[0]
            split_web_url(url)
            request: Request = response.request.replace(url=url, meta=meta)
        except (AddressRefused, ValueError):
            self._hand_over(target, response.url, status=response.status, failure=FailureClass.PRIVATE_ADDRESS)
            return None
        return request

    def failed(self, failure: Failure) -> Iterator[Request]:
        """No answer."""
        request: Request = failure.request
        target: Target = request.meta["target"]
        verdict = judge_exception(failure.value)
        if isinstance(failure.value, HostBusy):
            kind = FailureClass.HTTP_429
        elif verdict is not None:
            kind = verdict.failure
        else:
            self._errors.append(failure.value)
            return iter(())
        robots = {
            FailureClass.ROBOTS_DISALLOWED: RobotsAnswer.DISALLOWED,
            FailureClass.ROBOTS_UNREACHABLE: RobotsAnswer.UNREACHABLE,
        }.get(kind)
        self._hand_over(target, request.url, failure=kind, robots=robots)
        return iter(())

    async def _rules(self, url: str) -> RobotsRules | None:
        parts = split_web_url(url)

        async def unasked(authority: str) -> RobotsRules:
            return RobotsRules()

        return await self._session.robots.of(f"{parts.scheme}://{parts.netloc.lower()}", unasked)

    def _hand_over(self, target: Target, final_url: str, **fields: Any) -> None:
        answer = Answer(target=target, at=self._session.now(), final_url=final_url, **fields)
        try:
            self._on_answer(answer, self._session)
        except Exception as error:  # raised again by `knock`, outside the reactor
            self._errors.append(error)
