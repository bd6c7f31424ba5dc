"""Politeness: one request a host at a time, over all sources and processes, with a pause between two.

Refuses haste: a clock that jumps, a crash or a second crawler never shortens a pause.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from time import monotonic

from scrapy.http import Response

from storage.hosts import MAX_PAUSE, HostSlots

# With long delays a host is given back to the database after every request. With a delay below a second (demo,
# tests, benchmark) that would be most of the work: there a host is kept for up to two seconds.
_KEPT = 2.0
_ASK_AGAIN = 0.25  # seconds between two questions for a host that another process holds
_SLACK = 15.0
LONGEST_WAIT = 120.0  # seconds that a request waits for its host's turn; beyond it the URL goes back


class HostBusy(Exception):  # noqa: N818 - it is a state, not a mistake
    """The host asked for a long pause, or another crawler keeps it. `seconds` until asking again makes sense."""

    def __init__(self, host: str, seconds: float) -> None:
        super().__init__(f"{host} is not to be asked for {seconds:.0f} s")
        self.host = host
        self.seconds = seconds


@dataclass(slots=True)
class Turn:
    """One request's right to a host. `pause`: seconds that the server asked for (Retry-After), if any."""

    host: str
    pause: float | None = None


@dataclass(slots=True)
class _Host:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    next_at: float = 0.0  # monotonic: immune to a clock that is set
    owned_since: float | None = None
    left: dt.datetime | None = None  # what this process told the others when it last gave the host back
    idle_timer: asyncio.TimerHandle | None = None


class Turns:
    """The process's hosts. Requests wait in line here; processes wait for each other in the database."""

    def __init__(self, slots: HostSlots, worker: str, now: Callable[[], dt.datetime], timeout: float) -> None:
        self._slots = slots
        self._worker = worker
        self._now = now
        self._timeout = timeout
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def turn(self, host: str, delay: float) -> AsyncIterator[Turn]:
        """Wait until `host` may be asked. Raises HostBusy when that is further away than LONGEST_WAIT."""
        state = self._hosts.setdefault(host, _Host())
        async with state.lock:
            await self._own(host, state, delay)
            wait = state.next_at - monotonic()
            if wait > max(LONGEST_WAIT, delay):
                raise HostBusy(host, wait)
            if wait > 0:
                await asyncio.sleep(wait)
            turn = Turn(host)
            try:
                yield turn
            finally:
                pause = delay if turn.pause is None else max(delay, turn.pause)
                state.next_at = monotonic() + pause
                self._settle(host, state, pause)

    def close(self) -> None:
        """Give every host back."""
        for host, state in self._hosts.items():
            self._give_back(host, state)

    async def _own(self, host: str, state: _Host, delay: float) -> None:
        if state.idle_timer is not None:
            state.idle_timer.cancel()
            state.idle_timer = None
        if state.owned_since is not None:
            return
        # The pause is waited out before asking for the host again, so that another process gets its turn in it.
        rest = state.next_at - monotonic()
        if 0 < rest <= max(LONGEST_WAIT, delay):
            await asyncio.sleep(rest)
        hold = dt.timedelta(seconds=self._timeout + max(delay, _KEPT) + _SLACK)
        asked_since = monotonic()
        while True:
            taken, wait = self._slots.claim(
                host, self._worker, self._now(), hold, dt.timedelta(seconds=delay), left=state.left
            )
            if taken:
                break
            waited = monotonic() - asked_since
            if waited > LONGEST_WAIT or wait.total_seconds() > LONGEST_WAIT:
                raise HostBusy(host, max(wait.total_seconds(), LONGEST_WAIT))
            await asyncio.sleep(max(min(wait.total_seconds(), 5.0), _ASK_AGAIN))
        state.owned_since = monotonic()
        state.next_at = max(state.next_at, monotonic() + wait.total_seconds())
        if wait.total_seconds() > max(LONGEST_WAIT, delay):
            self._give_back(host, state)
            raise HostBusy(host, wait.total_seconds())

    def _settle(self, host: str, state: _Host, pause: float) -> None:
        kept = monotonic() - (state.owned_since or 0.0)
        if pause >= 1.0 or kept >= _KEPT:
            self._give_back(host, state)
        else:
            loop = asyncio.get_running_loop()
            state.idle_timer = loop.call_later(max(_KEPT - kept, 0.05), self._give_back, host, state)

    def _give_back(self, host: str, state: _Host) -> None:
        if state.idle_timer is not None:
            state.idle_timer.cancel()
            state.idle_timer = None
        if state.owned_since is None:
            return
        state.owned_since = None
        now = self._now()
        rest = max(0.0, state.next_at - monotonic())
        state.left = now + dt.timedelta(seconds=rest)
        self._slots.release(host, self._worker, now, state.left)


def asked_pause(response: Response, now: dt.datetime) -> float | None:
    """Seconds that a 429 or 503 asks us to stay away (RFC 9110, 10.2.3), a minute if it does not say."""
    if response.status not in {429, 503}:
        return None
    raw = response.headers.get(b"Retry-After")
    text = raw.decode("latin-1").strip() if raw is not None else ""
    seconds = 60.0
    if text.isascii() and text.isdigit():  # not ²
        seconds = float(text[:9])
    elif text:
        try:
            seconds = (parsedate_to_datetime(text) - now).total_seconds()
        except (ValueError, TypeError, OverflowError):
            seconds = 60.0
    return min(max(seconds, 0.0), MAX_PAUSE.total_seconds())
