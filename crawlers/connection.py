"""Connections that are pinned to the address that was checked.

Refuses a second look-up between the check and the connection: that gap is what DNS rebinding needs.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from scrapy.core.downloader.handlers.http11 import (
    HTTP11DownloadHandler,
    _LenientHTTP11ClientFactory,
    _LenientHTTP11ClientProtocol,
    _LenientHTTPClientParser,
    _ScrapyAgent,
)
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.utils._download_handlers import wrap_twisted_exceptions
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
from twisted.internet.error import ConnectError, DNSLookupError
from twisted.internet.interfaces import IStreamClientEndpoint
from twisted.web.client import Agent
from twisted.web.iweb import IAgentEndpointFactory
from zope.interface import implementer

from crawlers.addresses import checked_addresses, split_web_url
from crawlers.failures import FetchRefused
from crawlers.names import Resolve
from crawlers.session import CrawlSession, session_of
from crawlers.turns import asked_pause
from storage.frontier import host_of
from storage.records import FailureClass

_ADDRESSES_TRIED = 3
# Twisted bounds a header line but not their number; browsers stop at 256 KiB.
_HEADER_BYTES = 256 * 1024


@implementer(IStreamClientEndpoint)
class CheckedEndpoint:
    """Looks a name up, refuses closed addresses, connects to exactly what it checked."""

    def __init__(
        self, reactor: Any, host: str, port: int, *, timeout: float, resolve: Resolve, allowed: Collection[str]
    ) -> None:
        self._reactor = reactor
        self._host = host
        self._port = port
        self._timeout = timeout
        self._resolve = resolve
        self._allowed = allowed

    def connect(self, protocol_factory: Any) -> Deferred[Any]:
        """IStreamClientEndpoint. Fails with AddressRefused before any packet is sent."""
        return Deferred.fromCoroutine(self._connect(protocol_factory))

    async def _connect(self, protocol_factory: Any) -> Any:
        resolved = await self._resolve(self._host, self._port)
        addresses = checked_addresses(self._host, self._port, resolved, self._allowed)
        last: ConnectError | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            kind = TCP4ClientEndpoint if address.version == 4 else TCP6ClientEndpoint
            try:
                return await kind(self._reactor, str(address), self._port, self._timeout).connect(protocol_factory)
            except ConnectError as error:
                last = error
        raise last if last is not None else DNSLookupError(f"no address for {self._host}")


@implementer(IAgentEndpointFactory)
class _CheckedEndpoints:
    def __init__(self, reactor: Any, contexts: Any, timeout: float, session: CrawlSession) -> None:
        self._reactor = reactor
        self._contexts = contexts
        self._timeout = timeout
        self._session = session

    def endpointForURI(self, uri: Any) -> Any:  # noqa: N802 - Twisted's name
        parts = split_web_url(uri.toBytes().decode("ascii"))
        host = parts.hostname or ""
        endpoint = CheckedEndpoint(
            self._reactor,
            host,
            uri.port,
            timeout=self._timeout,
            resolve=self._session.resolve,
            allowed=self._session.settings.allow_private,
        )
        if parts.scheme == "http":
            return endpoint
        return wrapClientTLS(self._contexts.creatorForNetloc(host.encode("ascii"), uri.port), endpoint)


class _BoundedParser(_LenientHTTPClientParser):
    """Scrapy's parser of responses, with an end to their headers."""

    _tipwatch_bytes = 0

    def lineReceived(self, line: bytes) -> None:  # noqa: N802 - Twisted's name
        self._tipwatch_bytes += len(line)
        if self._tipwatch_bytes > _HEADER_BYTES:
            raise FetchRefused(FailureClass.TOO_LARGE, for_good=True)
        super().lineReceived(line)


class _BoundedProtocol(_LenientHTTP11ClientProtocol):
    def request(self, request: Any) -> Deferred[Any]:
        answer = super().request(request)
        self._parser.__class__ = _BoundedParser  # as Scrapy does it: Twisted hardcodes the class
        return answer


class _BoundedFactory(_LenientHTTP11ClientFactory):
    def buildProtocol(self, addr: Any) -> _BoundedProtocol:  # noqa: N802 - Twisted's name
        return _BoundedProtocol(self._quiescentCallback)


class _CheckedAgent(_ScrapyAgent):
    """Scrapy's agent with our endpoints; proxies of any kind are not for us."""

    tipwatch_session: CrawlSession

    def _get_agent(self, request: Request, timeout: float) -> Agent:
        from twisted.internet import reactor

        endpoints = _CheckedEndpoints(reactor, self._contextFactory, timeout, self.tipwatch_session)
        return Agent.usingEndpointFactory(reactor, endpoints, pool=self._pool)


class CheckedDownloadHandler(HTTP11DownloadHandler):
    """Scrapy's HTTP/1.1 handler, one request a host at a time, to checked addresses only."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._pool._factory = _BoundedFactory
        self._session = session_of(crawler)
        self._turns = self._session.turns

    async def download_request(self, request: Request) -> Response:
        """Waits for the host's turn, then fetches. The total time-out counts from when the turn has come."""
        split_web_url(request.url)
        agent = _CheckedAgent(
            contextFactory=self._contextFactory,
            pool=self._pool,
            maxsize=self._default_maxsize,
            fail_on_dataloss=self._fail_on_dataloss,
            crawler=self._crawler,
        )
        agent.tipwatch_session = self._session
        delay = request.meta.get("tipwatch_delay", self._session.settings.delay)
        async with self._turns.turn(host_of(request.url), delay) as turn:
            with wrap_twisted_exceptions():
                response: Response = await maybe_deferred_to_future(agent.download_request(request))
            turn.pause = asked_pause(response, self._session.now())
            return response
