"""Commands as processes, and the processes under them, for tests that kill some.

Refuses to guess: a process is known by its ancestors in /proc, and only descendants of ours are touched.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def command(*arguments: str, env: Mapping[str, str], folder: Path, log: str = "log") -> subprocess.Popen[bytes]:
    """`tipwatch ARGUMENTS` begun, its words appended to `folder / log`."""
    with (folder / log).open("ab") as stream:
        return subprocess.Popen(
            [sys.executable, "-m", "tipwatch", *arguments],
            cwd=folder, env=dict(env), stdout=stream, stderr=stream,
        )  # fmt: skip


def descendants(pid: int) -> dict[int, str]:
    """Every living process under `pid`, with its command line."""
    parents: dict[int, int] = {}
    lines: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if stat[0] not in {"Z", "X"}:
                parents[int(entry.name)] = int(stat[1])
                lines[int(entry.name)] = line.strip()
    found: dict[int, str] = {}
    level = {pid}
    while level:
        level = {child for child, parent in parents.items() if parent in level} - found.keys()
        found.update((child, lines[child]) for child in level)
    return found


def seats(pid: int) -> list[int]:
    """The actors of a command's own Ray, by age."""
    return sorted(child for child, line in descendants(pid).items() if line.startswith("ray::Seat"))


def cells(pid: int) -> list[int]:
    """The children in which items are handled: those of fork servers."""
    under = descendants(pid)
    servers = [child for child, line in under.items() if "multiprocessing.forkserver" in line]
    return sorted(child for server in servers for child in descendants(server))


def kill_one(pid: int, choose: Callable[[int], list[int]], pick: Callable[[list[int]], int]) -> int | None:
    """`kill -9` of one of them; its id, or None when there is none."""
    found = choose(pid)
    if not found:
        return None
    victim = pick(found)
    try:
        os.kill(victim, signal.SIGKILL)
    except ProcessLookupError:
        return None
    return victim
