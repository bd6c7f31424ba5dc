"""How much memory the children of this process have taken at most, whatever became of them.

Refuses other systems than Linux: the kernel's own high-water mark is read from /proc.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType

INTERVAL = 0.1  # seconds; the mark only grows, so what is missed is a child's last moment


class Watching:
    """A context manager; `peak_mb` is the largest resident size of any descendant process, in MB."""

    def __init__(self) -> None:
        self.peak_mb = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            for process in descendants(os.getpid()):
                self.peak_mb = max(self.peak_mb, high_water(process))

    def __enter__(self) -> Watching:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._done.set()
        self._thread.join(5)


def descendants(process: int) -> list[int]:
    """Ids of the processes that descend from one, found by their parents' ids."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            except OSError:  # it has ended
                continue
            parents[int(entry.name)] = int(words[1])
    found, front = [], {process}
    while front := {child for child, parent in parents.items() if parent in front}:
        found += front
    return found


def high_water(process: int) -> int:
    """A process's largest resident size so far in MB; 0 when it has ended."""
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    marks = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(marks[0]) // 1024 if marks else 0
