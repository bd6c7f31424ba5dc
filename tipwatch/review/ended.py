"""Sessions that were left: their cookies are worth nothing, also after a restart and in another process.

Refuses to forget one while its cookie could still be used. The file has no names: numbers of sessions, and when
they ended.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import os
from pathlib import Path

from tipwatch.review.secret import guarded

FILE = "review.ended"


class Ended:
    """The numbers of sessions that were left, in a file beside the secret: a line each, "seconds number".

    Raises CommandError at the start when the file is not this user's alone.
    """

    def __init__(self, data_dir: Path, now: dt.datetime, lives: dt.timedelta) -> None:
        self._path = data_dir / FILE
        self._seen: tuple[int, int, int] | None = None
        self._numbers: frozenset[str] = frozenset()
        oldest = (now - lives).timestamp()
        with os.fdopen(guarded(self._path, os.O_RDWR | os.O_CREAT), "r+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            lines = file.readlines()
            young = [line for line in lines if _second(line) >= oldest]
            if young != lines:
                file.seek(0)
                file.truncate()
                file.writelines(young)

    def holds(self, number: object) -> bool:
        """True for a session that was left, here or in another process."""
        try:
            held = self._path.stat()
        except FileNotFoundError:  # removed while we run: what we know still holds
            return number in self._numbers
        seen = (held.st_ino, held.st_size, held.st_mtime_ns)
        if seen != self._seen:
            with os.fdopen(guarded(self._path, os.O_RDONLY), "r", encoding="ascii") as file:
                fcntl.flock(file, fcntl.LOCK_SH)
                self._numbers |= {line.split()[-1] for line in file if line.strip()}
            self._seen = seen
        return number in self._numbers

    def add(self, number: str, now: dt.datetime) -> None:
        """A session was left. Raises OSError where that cannot be kept."""
        with os.fdopen(guarded(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT), "a", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(f"{now.timestamp():.0f} {number}\n")


def _second(line: str) -> float:
    try:
        return float(line.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return 0.0
