"""Who may come in: keys, their scopes, and how often a client may ask.

Refuses keys in the address, which end in logs, and guessing: wrong keys are counted by address, in memory only.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import math
import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from storage.records.clients import ApiClient, ClientScope
from storage.store import Store
from tipwatch.api.problems import Kind, Problem
from tipwatch.api.visit import Visit

WRONG_KEYS = RateLimitItemPerMinute(10)
"""Wrong keys of one address a minute; a right key is taken all the same, for others share the address."""
AT_ONCE = 8
"""Requests of one client that are answered at the same time: slow downloads must not hold every place."""
FORM = re.compile(r"tw_[A-Za-z0-9_-]{8,200}")
"""A key as `store.clients` makes them; what is none is not asked for in the database."""

BEARER = HTTPBearer(
    bearerFormat="tw_…", scheme_name="key", auto_error=False,
    description="A key of `tipwatch client add`. Send it in the header only, never in the address.",
)  # fmt: skip
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]


class Door:
    """Lets in by key, scope and rate. Rates are counted in this process: with N workers each counts for itself."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], dt.datetime],
        limiter: MovingWindowRateLimiter,
        *,
        proxies: int = 0,
        workers: int = 1,
    ) -> None:
        self._store, self._clock, self._limiter = store, clock, limiter
        self._proxies, self._workers = proxies, workers
        self._inside: Counter[str] = Counter()
        self._lock = threading.Lock()

    def admit(self, request: Request, given: HTTPAuthorizationCredentials | None, scope: ClientScope) -> ApiClient:
        """The client of a request's key. Raises Problem: 401, 403, 429."""
        client = self._known(request, given)
        visit = Visit.of(request)
        visit.client = client.name
        self._count(client, visit)
        self._enter(client.name, visit)
        if scope not in client.scopes:
            raise Problem(
                status=403, kind=Kind.NO_SCOPE, title="The key does not open this",
                detail=f"This needs the scope '{scope.value}', which your key does not have.",
                remedy=f"Ask whoever runs this server for it: tipwatch client change NAME --scope {scope.value}",
            )  # fmt: skip
        return client

    def _enter(self, client: str, visit: Visit) -> None:
        """Take a place until the answer is out."""
        with self._lock:
            if self._inside[client] >= AT_ONCE:
                raise too_many(f"You have {AT_ONCE} requests open at once.", 1)
            self._inside[client] += 1
        visit.left = lambda: self._leave(client)

    def _leave(self, client: str) -> None:
        with self._lock:
            self._inside[client] -= 1

    def _known(self, request: Request, given: HTTPAuthorizationCredentials | None) -> ApiClient:
        if given is None:
            raise Problem(
                status=401, kind=Kind.NO_KEY, title="A key is needed", detail="The request has no key.",
                remedy="Send `Authorization: Bearer tw_…`; `tipwatch client add` makes a key.",
                headers={"WWW-Authenticate": 'Bearer realm="tipwatch"'},
            )  # fmt: skip
        found = None
        if FORM.fullmatch(given.credentials) is not None:
            found = self._store.clients.of_key(given.credentials, self._clock())
        if found is not None:
            return found
        place = address(request, self._proxies)
        if not self._limiter.hit(WRONG_KEYS, "wrong", place):
            raise too_many("Too many wrong keys came from your address.", self._wait(WRONG_KEYS, "wrong", place))
        raise Problem(
            status=401, kind=Kind.WRONG_KEY, title="The key is not valid",
            detail="The key is wrong, expired, renewed or disabled.",
            remedy="Ask whoever runs this server: `tipwatch client renew NAME` gives a new one.",
            headers={"WWW-Authenticate": 'Bearer realm="tipwatch", error="invalid_token"'},
        )  # fmt: skip

    def _count(self, client: ApiClient, visit: Visit) -> None:
        most = max(1, client.per_minute // self._workers)
        rate = RateLimitItemPerMinute(most)
        passed = self._limiter.hit(rate, "client", client.name)
        stats = self._limiter.get_window_stats(rate, "client", client.name)
        wait = self._wait(rate, "client", client.name)
        visit.headers = {
            "RateLimit-Limit": str(most),
            "RateLimit-Remaining": str(max(0, stats.remaining)),
            "RateLimit-Reset": str(wait),
        }
        if not passed:
            raise too_many(f"Your key may ask {most} times a minute.", wait)

    def _wait(self, rate: RateLimitItem, *of: str) -> int:
        """Whole seconds until the oldest request no longer counts; at least one."""
        return max(1, math.ceil(self._limiter.get_window_stats(rate, *of).reset_time - time.time()))


def address(request: Request, proxies: int) -> str:
    """Where a request comes from: of IPv6 the network of 64 bits, since one customer has as many addresses.

    `proxies` servers of ours stand in front, each adding the address that it was asked from to X-Forwarded-For.
    """
    found = request.client.host if request.client is not None else ""
    if proxies:
        told = [part.strip() for line in request.headers.getlist("x-forwarded-for") for part in line.split(",")]
        found = told[-proxies] if len(told) >= proxies else found
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return "unknown"
    if parsed.version == 4:
        return str(parsed)
    mapped = parsed.ipv4_mapped
    return str(mapped) if mapped is not None else str(ipaddress.ip_network(f"{parsed}/64", strict=False))


def too_many(detail: str, wait: int) -> Problem:
    """The refusal of a client's limit; `wait` in seconds."""
    return Problem(
        status=429, kind=Kind.TOO_MANY, title="Too many requests", detail=detail,
        remedy=f"Wait {wait} s, and ask less often.", headers={"Retry-After": str(wait)},
    )  # fmt: skip
