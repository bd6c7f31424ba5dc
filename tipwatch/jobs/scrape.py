"""One scrape: the database's state, then the measures, each fault told as a figure and not as an error.

Refuses to make a database, to wait long, and to be asked more often than it pays.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from config.source import Source
from storage.errors import StorageError
from storage.schema import SchemaState
from storage.store import Store
from tipwatch.jobs.measures import measure, review_queue
from tipwatch.jobs.run import Clock
from tipwatch.metrics import exposition

if TYPE_CHECKING:
    from tipwatch.jobs.scheduled_feeds import ScheduledFeeds

KEPT_SECONDS = 10.0
"""An answer is given again for so long: whoever scrapes cannot make work for the database."""


QUEUE_KEPT_SECONDS = 300.0
"""The review's queue is counted so often: humans are slow, and of a million stories it takes 0.6 s (2026-11)."""


class Scraper:
    """Measures over one store; remembers what spares questions. Safe for threads: they wait for one another."""

    def __init__(self, settings: Settings, sources: Callable[[], list[Source]], clock: Clock) -> None:
        self._settings, self._sources, self._clock = settings, sources, clock
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._scheduled: ScheduledFeeds | None = None
        self._last: tuple[float, bytes, bool] | None = None
        self._queue: tuple[float, dict[str, int]] | None = None

    def scrape(self) -> tuple[bytes, bool]:
        """The text, and whether the database could be asked. At most every `KEPT_SECONDS` anew."""
        with self._lock:
            last = self._last
            if last is None or time.monotonic() - last[0] > KEPT_SECONDS:
                text, is_up = self._measured()
                self._last = last = (time.monotonic(), text, is_up)
            return last[1], last[2]

    def close(self) -> None:
        """Give the store back."""
        with self._lock:
            if self._store is not None:
                self._store.close()
                self._store = None

    def _measured(self) -> tuple[bytes, bool]:
        began = time.monotonic()
        state: SchemaState | None = None
        try:
            state = schema_state(self._settings)
            if state is not SchemaState.CURRENT:
                return exposition(None, state, time.monotonic() - began), False
            if self._store is None:
                self._store = Store.open(self._settings.database_url, self._settings.archive_dir)
            store = self._store
            found = measure(
                store, self._sources(), self._settings, self._clock(),
                feeds=self._feeds(store), queue=lambda: self._waiting(store),
            )  # fmt: skip
        except (StorageError, OSError):  # the latter: a file of the archive went while it was looked at
            return exposition(None, None, time.monotonic() - began), False
        return exposition(found, state, time.monotonic() - began), True

    def _waiting(self, store: Store) -> dict[str, int]:
        """What waits for a human, counted anew every `QUEUE_KEPT_SECONDS`."""
        if self._queue is None or time.monotonic() - self._queue[0] > QUEUE_KEPT_SECONDS:
            self._queue = (time.monotonic(), review_queue(store, self._settings))
        return self._queue[1]

    def _feeds(self, store: Store) -> ScheduledFeeds | None:
        """None where the settings name none: nothing of the feed is imported then."""
        if self._settings.feeds and self._scheduled is None:
            from tipwatch.jobs.scheduled_feeds import ScheduledFeeds

            self._scheduled = ScheduledFeeds(store, self._settings.feeds, self._clock)
        return self._scheduled


def schema_state(settings: Settings) -> SchemaState:
    """What the database is to this version. A SQLite file that is not there is empty, and is not made."""
    scheme, _, name = settings.database_url.partition(":///")
    if scheme.startswith("sqlite") and not Path(name).exists():
        return SchemaState.EMPTY
    return Store.check(settings.database_url)
