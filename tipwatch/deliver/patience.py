"""How often and how long we try again: exponential back-off with jitter, time and chance passed in.

Refuses to try again what cannot change by waiting: only `UnreachedError` is retried.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tipwatch.errors import CommandError, ExitCode

log = logging.getLogger(__name__)

T = TypeVar("T")


class UnreachedError(Exception):
    """The other side did not answer, or said to come back; `what` is a clause without a secret in it."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@dataclass(frozen=True, kw_only=True)
class Patience:
    """Tries in all; seconds before the second, doubled each time up to `most`; each shortened by chance.

    `jitter` 0.5 waits between half and all of it, so that senders that failed together do not come back together.
    `chance` gives a number in [0, 1).
    """

    sleep: Callable[[float], None]
    chance: Callable[[], float]
    tries: int = 5
    first: float = 1.0
    most: float = 60.0
    jitter: float = 0.5

    def pause(self, failed: int) -> float:
        """Seconds to wait after so many failures (from 1)."""
        full = min(self.most, self.first * 2.0 ** min(failed - 1, 32))
        return full * (1 - self.jitter * self.chance())

    def persist(
        self,
        what: str,
        action: Callable[[], T],
        recover: Callable[[], None] | None = None,
        remedy: str | None = None,
    ) -> T:
        """The action's result. `recover` runs before each further try, and is itself a part of that try.

        Raises CommandError when the last try failed.
        """
        failed = 0
        while True:
            try:
                if failed and recover is not None:
                    recover()
                return action()
            except UnreachedError as error:
                failed += 1
                log.info("deliver.try_failed what=%s failed=%d of=%d why=%s", what, failed, self.tries, error.what)
                if failed >= self.tries:
                    raise CommandError(
                        f"{what}: {error.what} ({failed} tries).",
                        remedy or "Run the same command again later; the target still has what it had.",
                        ExitCode.ENVIRONMENT,
                    ) from error
                self.sleep(self.pause(failed))
