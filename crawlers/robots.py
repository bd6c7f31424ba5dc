"""robots.txt as RFC 9309 has it: 4xx allows, 5xx and silence disallow, five redirects, 500 KiB, one day.

Refuses a request before the host's robots.txt has answered for it, feeds and sitemaps included.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from time import monotonic
from urllib.parse import urljoin

from protego import Protego
from scrapy.crawler import Crawler
from scrapy.http import Request, Response

from crawlers.addresses import AddressRefused, split_web_url
from crawlers.failures import FetchRefused, judge_exception
from crawlers.identity import PRODUCT
from crawlers.session import session_of
from storage.records import FailureClass

log = logging.getLogger(__name__)

PARSED_BYTES = 500 * 1024  # RFC 9309, 2.5: at least 500 kibibytes must be parsed
MAX_REDIRECTS = 5  # RFC 9309, 2.3.1.2
_KEPT = 24 * 3600.0  # RFC 9309, 2.4: no longer than 24 hours
_KEPT_UNREACHABLE = 600.0
_LONGEST_DELAY = 3600.0
# Of these a request to the page itself would die too: they are the truer reason than "no robots.txt".
_SAME_FATE = frozenset({FailureClass.DNS, FailureClass.CONNECTION, FailureClass.TLS, FailureClass.PRIVATE_ADDRESS})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


@dataclass(frozen=True, kw_only=True, slots=True)
class RobotsRules:
    """One authority's answer. `refusal`: why nothing may be fetched at all. `absent`: there was no robots.txt."""

    rules: Protego | None = None
    refusal: FailureClass | None = None
    absent: bool = False
    expires: float = 0.0  # monotonic seconds

    def may_fetch(self, url: str) -> bool:
        """What the rules say for our product token."""
        return self.rules is None or bool(self.rules.can_fetch(url, PRODUCT))

    @property
    def delay(self) -> float:
        """Crawl-delay in seconds, 0 when none is stated."""
        stated = None if self.rules is None else self.rules.crawl_delay(PRODUCT)
        return 0.0 if stated is None else min(max(float(stated), 0.0), _LONGEST_DELAY)


class RobotsAnswers:
    """Answers by authority, each asked for once however many spiders wait for it."""

    def __init__(self) -> None:
        self._known: dict[str, RobotsRules] = {}
        self._asking: dict[str, asyncio.Lock] = {}

    async def of(self, authority: str, ask: Callable[[str], Awaitable[RobotsRules]]) -> RobotsRules:
        """The answer of `scheme://host:port`; `ask` fetches it when none is known or the known one is too old."""
        known = self._fresh(authority)
        if known is not None:
            return known
        async with self._asking.setdefault(authority, asyncio.Lock()):
            known = self._fresh(authority)
            if known is None:
                known = self._known[authority] = await ask(authority)
            return known

    def _fresh(self, authority: str) -> RobotsRules | None:
        known = self._known.get(authority)
        return known if known is not None and known.expires > monotonic() else None


def rules_of(response: Response) -> RobotsRules:
    """What a final (not redirecting) response to a request for robots.txt means."""
    if 200 <= response.status < 300:
        expires = monotonic() + _KEPT
        return RobotsRules(rules=Protego.parse(_text(response.body)), expires=expires)
    if 400 <= response.status < 500 and response.status != 429:
        return RobotsRules(absent=True, expires=monotonic() + _KEPT)
    # 5xx by the RFC; 429 is a server that asks for less, not one that has no robots.txt.
    return unreachable(FailureClass.ROBOTS_UNREACHABLE)


def unreachable(failure: FailureClass) -> RobotsRules:
    """Complete disallow, to be asked again soon."""
    return RobotsRules(refusal=failure, expires=monotonic() + _KEPT_UNREACHABLE)


def _text(body: bytes) -> str:
    if len(body) > PARSED_BYTES:
        body = body[:PARSED_BYTES].rpartition(b"\n")[0]
    return body.decode("utf-8-sig", "replace")


class RobotsMiddleware:
    """Asks robots.txt before every request and redirect, and takes its crawl-delay as a lower bound."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._session = session_of(crawler)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> RobotsMiddleware:
        """Scrapy's constructor."""
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raises FetchRefused when the request may not be sent."""
        if request.meta.get("tipwatch_robots", False):
            return
        parts = split_web_url(request.url)
        answer = await self._session.robots.of(f"{parts.scheme}://{parts.netloc.lower()}", self._ask)
        if answer.refusal is not None:
            raise FetchRefused(answer.refusal, for_good=answer.refusal is FailureClass.PRIVATE_ADDRESS)
        if not answer.may_fetch(request.url):
            raise FetchRefused(FailureClass.ROBOTS_DISALLOWED)
        delay = answer.delay
        if delay > request.meta.get("tipwatch_delay", 0.0):
            request.meta["tipwatch_delay"] = delay

    async def _ask(self, authority: str) -> RobotsRules:
        url = f"{authority}/robots.txt"
        for hop in range(MAX_REDIRECTS + 1):
            meta = {"tipwatch_robots": True, "tipwatch_delay": self._session.settings.delay}
            headers = {"User-Agent": self._session.agent, "Accept": "text/plain,*/*;q=0.5"}
            try:
                response = await self._crawler.engine.download_async(Request(url, meta=meta, headers=headers))
            except Exception as error:
                verdict = judge_exception(error)
                if verdict is None:
                    raise
                same_fate = hop == 0 and verdict.failure in _SAME_FATE
                return unreachable(verdict.failure if same_fate else FailureClass.ROBOTS_UNREACHABLE)
            location = response.headers.get(b"Location")
            if response.status not in REDIRECTS or location is None:
                return rules_of(response)
            url = urljoin(url, location.decode("utf-8", "replace").strip())
            try:
                split_web_url(url)
            except AddressRefused:
                return unreachable(FailureClass.ROBOTS_UNREACHABLE)
        # RFC 9309, 2.3.1.2: not reached within five redirects counts as unavailable.
        log.info("robots.redirects authority=%s", authority)
        return RobotsRules(absent=True, expires=monotonic() + _KEPT)
