"""The feed that is served: one version with its search, exchanged whole when a newer one lies in the folder.

Refuses to make a client wait for a new version: the old one answers until the new one is ready.
"""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tipwatch.feed.search import Search
from tipwatch.feed.snapshot import Snapshot, Snapshots

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at the folder."""
HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A version of the feed and the search over its names. Files stay open as long as somebody holds it."""

    snapshot: Snapshot
    search: Search

    @property
    def version(self) -> str:
        """Fourteen digits."""
        return self.snapshot.version


class Shelf:
    """Holds the newest version; a thread of its own looks for the next. Raises FeedError where there is no feed.

    `ready` is called with each version before anybody is answered from it, `hourly` soon after the start and then
    every hour.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ready: Callable[[Snapshot], object],
        hourly: Callable[[Snapshot], object],
        every: float = LOOK_EVERY,
    ) -> None:
        self._ready, self._hourly = ready, hourly
        self._held: Held | None = None
        self._made: Held | None = None  # ready, but not yet answered from
        self._every = every
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self._snapshots = Snapshots(folder, ready=self._make, every=0.0)
        self.look()

    def start(self) -> None:
        """Begin to look for newer versions."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._watch, name="tipwatch-shelf", daemon=True)
        self._thread.start()

    def current(self) -> Held:
        """The newest version that is ready."""
        assert self._held is not None  # noqa: S101 - there is one from the start
        return self._held

    def look(self) -> None:
        """Look once for a newer version, and make it ready."""
        self._snapshots.current()
        self._held = self._made

    def stop(self) -> None:
        """End the looking."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(timeout=60)

    def _make(self, snapshot: Snapshot) -> None:
        self._ready(snapshot)
        self._made = Held(snapshot=snapshot, search=Search(snapshot))

    def _watch(self) -> None:
        last = -math.inf
        while not self._ended.wait(self._every):
            try:
                self.look()
                if time.monotonic() - last >= HOUR:
                    self._hourly(self.current().snapshot)
                    last = time.monotonic()
            except Exception as error:  # the version before goes on; the next look may succeed
                log.error("api.shelf kind=%s", type(error).__name__)  # noqa: TRY400 - a message may hold a name
