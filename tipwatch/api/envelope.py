"""What holds for every request: bounds on what is read, headers of every answer, the access log, and no traceback.

Refuses addresses that no client of ours needs, and to say more of a fault than that it happened.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from asyncio import timeout
from collections.abc import Callable

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from storage.records.clients import Access
from tipwatch.api import problems
from tipwatch.api.journal import Journal
from tipwatch.api.problems import Kind, Problem
from tipwatch.api.shelf import Shelf
from tipwatch.api.visit import KEY, Visit

log = logging.getLogger(__name__)

LONGEST = 4096
"""Bytes of an address with its query. The longest name has 160 signs, 1,920 bytes when escaped."""
MOST_HEADERS = 64
STALLED = 60
"""Seconds after which a client that takes no byte of its answer is left alone: it holds a place."""
WITHOUT_KEY = frozenset({"/healthz", "/v1/openapi.json"})
"""Not in the access log: they name nobody and tell nothing of anybody."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Envelope:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, shelf: Shelf, journal: Journal, clock: Callable[[], dt.datetime]) -> None:
        self._app, self._shelf, self._journal, self._clock = app, shelf, journal, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        visit = Visit(held=self._shelf.current(), head=scope["method"] == "HEAD")
        inner = {**scope, KEY: visit, "method": "GET"} if visit.head else {**scope, KEY: visit}
        answer = _Answer(send, visit)
        at, began = self._clock(), time.monotonic()
        try:
            await self._answer(inner, receive, answer)
        finally:
            visit.leave()
            if scope["path"] not in WITHOUT_KEY:
                took = max(0, round((time.monotonic() - began) * 1000))
                self._journal.note(
                    Access(
                        at=at, client=visit.client, route=problems.route_of(inner), status=answer.status or 500,
                        subject=visit.subject, bytes=answer.size, ms=took,
                    )
                )  # fmt: skip

    async def _answer(self, scope: Scope, receive: Receive, answer: _Answer) -> None:
        refusal = _refusal(scope)
        try:
            if refusal is None:
                await self._app(scope, receive, answer)
            else:
                await refusal.answer()(scope, receive, answer)
        except (OSError, ClientDisconnect) as error:
            if answer.status:  # the client went away, or takes nothing any more; what was sent so far is noted
                log.debug("api.gone route=%s", problems.route_of(scope))
            else:
                await problems.fault(error, problems.route_of(scope)).answer()(scope, receive, answer)
        except Exception as error:  # its message may hold a name
            if not answer.ended:  # else it was answered and told, and is only passed on
                document = problems.fault(error, problems.route_of(scope))
                if not answer.status:
                    await document.answer()(scope, receive, answer)


class _Answer:
    """Sends an answer on with our headers, and measures it."""

    def __init__(self, send: Send, visit: Visit) -> None:
        self._send, self._visit = send, visit
        self.status = 0
        self.size = 0
        self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            headers["X-Feed-Version"] = self._visit.held.version
            for name, value in (*HEADERS.items(), *self._visit.headers.items()):
                headers[name] = value
            headers.setdefault("Cache-Control", "private, no-store")
        elif self._visit.head:
            message = {**message, "body": b""}
        async with timeout(STALLED):
            await self._send(message)
        if message["type"] == "http.response.body":
            self.size += len(message.get("body", b""))
            self.ended = not message.get("more_body", False)


def _refusal(scope: Scope) -> Problem | None:
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    if len(raw) + len(scope["query_string"]) > LONGEST:
        return Problem(
            status=414, kind=Kind.TOO_LONG, title="The address is too long",
            detail=f"An address with its query has at most {LONGEST} bytes here.",
            remedy="Shorten the query: a name has at most 160 letters.",
        )  # fmt: skip
    if len(scope["headers"]) > MOST_HEADERS:
        return Problem(
            status=431, kind=Kind.TOO_LONG, title="Too many headers",
            detail=f"A request has at most {MOST_HEADERS} headers here.", remedy="Send fewer.",
        )  # fmt: skip
    return None
