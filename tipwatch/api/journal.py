"""The access log: who asked for which of our entities and files, when, with which answer; written in batches.

Refuses addresses of computers and what was searched for, and to let a flood of refusals fill the database.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from limits import RateLimitItemPerMinute
from limits.strategies import MovingWindowRateLimiter

from storage.errors import StorageError
from storage.records.clients import Access

log = logging.getLogger(__name__)

FLUSH_EVERY = 5.0
"""Seconds; so much is lost when the process is killed."""
BATCH = 500
MOST = 20_000
"""Accesses held while the database does not take them (about 5 MB); then the oldest go, and the log says so."""
REFUSALS = RateLimitItemPerMinute(60)
"""Noted a minute: of a client's requests those that were too many, and of all requests those without a key."""


class Journal:
    """Takes accesses from any thread at once; a thread of its own writes them."""

    def __init__(
        self,
        write: Callable[[Sequence[Access]], object],
        limiter: MovingWindowRateLimiter,
        every: float = FLUSH_EVERY,
    ) -> None:
        self._write, self._limiter, self._every = write, limiter, every
        self._waiting: deque[Access] = deque()
        self._lock = threading.Lock()  # of the writing
        self._lost = 0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to write."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, name="tipwatch-journal", daemon=True)
        self._thread.start()

    def note(self, access: Access) -> None:
        """Take one access; returns at once."""
        is_refused = access.client is None or access.status == 429
        if is_refused and not self._limiter.hit(REFUSALS, "noted", access.client or ""):
            return
        self._waiting.append(access)
        while len(self._waiting) > MOST:
            self._waiting.popleft()
            self._lost += 1

    def flush(self) -> None:
        """Write what waits. What the database does not take waits on."""
        with self._lock:
            while self._waiting:
                some = [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]
                try:
                    self._write(some)
                except StorageError as error:
                    self._waiting.extendleft(reversed(some))
                    log.warning("api.journal kind=%s waiting=%d", type(error).__name__, len(self._waiting))
                    return
            if self._lost:
                log.error("api.journal.lost accesses=%d", self._lost)
                self._lost = 0

    def stop(self) -> None:
        """Write what waits, and end."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=60)
        self.flush()

    def _run(self) -> None:
        while not self._ended.wait(self._every):
            self.flush()
