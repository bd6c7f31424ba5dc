"""Places of those who search at the same time: some in all, a part of them for one client.

Refuses to let anybody wait for one: whoever waits holds a thread, and others with it.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from tipwatch.api.door import too_many
from tipwatch.api.problems import Kind, Problem

IN_ALL = 8
"""Searches at once: they compute, and more of them would only make each slower."""
OF_ONE = 2
"""Searches of one client at once: one client must not take all places."""


class Places:
    """Counted in this process. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._taken: Counter[str] = Counter()

    @contextmanager
    def taken(self, client: str) -> Iterator[None]:
        """Hold a place for a block. Raises Problem: 429 when the client has its part already, 503 when all are."""
        with self._lock:
            if self._taken[client] >= OF_ONE:
                raise too_many(f"You have {OF_ONE} searches running at once.", 1)
            if self._taken.total() >= IN_ALL:
                raise Problem(
                    status=503, kind=Kind.BUSY, title="Too many searches at once",
                    detail="As many names as this server can compare at once are being searched for.",
                    remedy="Try again in a second.", headers={"Retry-After": "1"},
                )  # fmt: skip
            self._taken[client] += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken[client] -= 1
                self._taken += Counter()  # whoever has none is forgotten
