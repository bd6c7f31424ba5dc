"""Lines sorted on the disk: as many as there are, in constant memory.

Refuses to leave names behind: its files have no name in any folder, and are gone with the process.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO

ROOM = 32 << 20
"""Bytes of lines held in memory before they are written out as a sorted run."""
OVERHEAD = 50
"""Bytes that Python needs beside those of a short line."""


class Sorted:
    """Takes lines (with their ends) in any order and gives them back in the order of their bytes.

    >>> with Sorted(Path("/tmp")) as found:
    ...     found.add(b"b\\n"); found.add(b"a\\n"); list(found)
    [b'a\\n', b'b\\n']
    """

    def __init__(self, folder: Path, room: int = ROOM) -> None:
        self._folder, self._room = folder, room
        self._held: list[bytes] = []
        self._size = 0
        self._runs: list[IO[bytes]] = []
        self._files = ExitStack()

    def add(self, line: bytes) -> None:
        """One more line."""
        self._held.append(line)
        self._size += len(line) + OVERHEAD
        if self._size >= self._room:
            self._spill()

    def __iter__(self) -> Iterator[bytes]:
        self._held.sort()
        for run in self._runs:
            run.seek(0)
        return heapq.merge(self._held, *self._runs) if self._runs else iter(self._held)

    def _spill(self) -> None:
        self._held.sort()
        run = self._files.enter_context(tempfile.TemporaryFile(dir=self._folder))  # noqa: SIM115 - closed with the rest
        run.writelines(self._held)
        self._runs.append(run)
        self._held.clear()
        self._size = 0

    def __enter__(self) -> Sorted:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.clear()
        self._files.close()
