"""A store that waits for its database: a server that restarts costs a long job minutes, not its life.

Refuses to wait for what waiting cannot mend: a SQLite file, a full disk, another schema.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from config.settings import Settings
from storage.errors import DatabaseUnreachable
from storage.store import Store

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 300.0
"""A restart of PostgreSQL takes seconds, one with recovery after a crash a minute or two."""

_FIRST, _LONGEST = 0.25, 5.0  # seconds between two attempts


def patience(settings: Settings, seconds: float = PATIENCE_SECONDS) -> float:
    """How long to wait for this installation's database, in seconds: not at all for a file."""
    return 0.0 if settings.database_url.startswith("sqlite") else seconds


def patient(
    store: Store,
    seconds: float,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Store:
    """The same store; a call that finds no database is made again for up to `seconds`, then its error stands.

    Right for calls that are one transaction each and bear repetition, as the store's are: a commit whose
    acknowledgement was lost is made a second time. What yields rows lazily is not waited for.
    """
    return store if seconds <= 0 else cast(Store, _Patient(store, _waiting(seconds, sleep, clock)))


Deed = Callable[..., Any]


def _waiting(seconds: float, sleep: Callable[[float], None], clock: Callable[[], float]) -> Callable[[Deed], Deed]:
    def waiting(deed: Deed) -> Deed:
        @wraps(deed)
        def until_it_answers(*args: Any, **named: Any) -> Any:
            since: float | None = None
            pause = _FIRST
            while True:
                try:
                    value = deed(*args, **named)
                except DatabaseUnreachable:
                    now = clock()
                    if since is None:
                        since = now
                        log.warning("database.away patience_seconds=%g", seconds)
                    if now - since >= seconds:
                        raise
                    sleep(pause)
                    pause = min(2 * pause, _LONGEST)
                    continue
                if since is not None:
                    log.warning("database.back after_seconds=%.1f", clock() - since)
                return value

        return until_it_answers

    return waiting


class _Patient:
    """The store, or one of its parts, seen through patience."""

    def __init__(self, inner: Any, waiting: Callable[[Deed], Deed]) -> None:
        self._inner = inner
        self._waiting = waiting

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._inner, name)
        if callable(value):
            return self._waiting(value)
        if type(value).__module__.partition(".")[0] == "storage":
            return _Patient(value, self._waiting)
        return value
