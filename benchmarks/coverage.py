"""`tipwatch coverage` and `tipwatch report` on a million source-days and stories, beside a bare SQL scan.

Refuses the warm interpreter: each figure is a whole command in its own process, start-up and all.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from benchmarks.history import DATABASE, SOURCES, write_history

ROOT = Path(__file__).resolve().parent.parent
SEED = 5
ROUNDS = 3
MOST_MB = 500
GOALS: Mapping[str, float] = {"coverage": 2.0, "coverage --format json": 2.0, "report": 30.0}
"""Seconds, of issue 5."""
PEAK = """
import atexit, sys, time
def tell():
    sys.stdout.flush()
    lines = open("/proc/self/status").read().splitlines()
    peak = next(line for line in lines if line.startswith("VmHWM"))
    print(*peak.split()[:2], time.process_time(), file=sys.stderr)
atexit.register(tell)
"""
"""Linux's high-water mark of this process alone; `ru_maxrss` would begin with the parent's."""
COMMAND = PEAK + "from tipwatch.cli import main\nmain()\n"
REFRESH = PEAK + (
    "from pathlib import Path\nfrom storage.store import Store\n"
    "with Store.open(sys.argv[1], Path(sys.argv[2])) as store:\n    print(store.coverage.refresh())\n"
)
SCAN = PEAK + (
    "import sqlite3\nconnection = sqlite3.connect(sys.argv[1])\n"
    "for query in sys.argv[2:]:\n    print(len(connection.execute(query).fetchall()))\n"
)
QUERIES = (
    "SELECT c.country, substr(c.fetched_at, 1, 7), count(DISTINCT c.article_id), count(a.n) FROM article_copy c"
    " JOIN report r ON r.article_id = c.article_id LEFT JOIN accused a ON a.article_id = c.article_id"
    " WHERE r.relevant GROUP BY 1, 2",
    "SELECT source_id, measure, reason, sum(n) FROM coverage_day GROUP BY 1, 2, 3",
)
"""What an analyst would write: stories and persons by country and month, and the sums of each source's days."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One command: seconds and CPU-seconds (medians of the rounds), peak memory in MB. `code` is its exit code.

    On a busy machine `cpu` says more than `seconds`.
    """

    name: str
    seconds: float
    cpu: float
    megabytes: float
    code: int
    said: str


def measure(folder: Path, rounds: int = ROUNDS) -> list[Figure]:
    """The refresh, each command and the scan on the history in `folder`, in that order."""
    database = folder / DATABASE
    env = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
    env |= {
        "TIPWATCH_DATABASE_URL": f"sqlite:///{database}",
        "TIPWATCH_SOURCES_DIR": str(folder / SOURCES),
        "TIPWATCH_DATA_DIR": str(folder),
    }
    _mark_stale(database)
    page = folder / "report.html"
    return [
        _run("refresh", env, REFRESH, [env["TIPWATCH_DATABASE_URL"], str(folder / "archive")], rounds=1),
        _run("coverage", env, COMMAND, ["coverage"], rounds=rounds),
        _run("coverage --format json", env, COMMAND, ["coverage", "--format", "json"], rounds=rounds),
        _run("report", env, COMMAND, ["report", "--output", str(page)], rounds=rounds),
        _run("scan", env, SCAN, [str(database), *QUERIES], rounds=rounds),
    ]


def coverage() -> Mapping[str, object]:
    """For `benchmarks.speed`: seconds of `tipwatch coverage` and of the scan."""
    return _row("coverage")


def report() -> Mapping[str, object]:
    """For `benchmarks.speed`: seconds of `tipwatch report` and of the scan."""
    return _row("report")


@cache
def _measured() -> Mapping[str, Figure]:
    with _history(None, 1.0) as folder:
        return {one.name: one for one in measure(folder)}


def _row(name: str) -> Mapping[str, object]:
    figures = _measured()
    ours, scan = figures[name], figures["scan"]
    if ours.code != 0:
        raise RuntimeError(f"tipwatch {name} ended with {ours.code}: {ours.said}")
    return {
        "ours": ours.seconds,
        "peer": scan.seconds,
        "ratio": ours.seconds / scan.seconds,
        "peak": f"{ours.megabytes:.0f} MB",
        "first use after a million changes": f"{figures['refresh'].seconds:.0f} s more",
    }


def _run(name: str, env: Mapping[str, str], code: str, arguments: Sequence[str], *, rounds: int) -> Figure:
    """Once to warm the disk's cache unless it is asked for once, then the median of `rounds`."""
    seconds, cpu, peaks = [], [], []
    for _ in range(rounds if rounds == 1 else rounds + 1):
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=ROOT,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )
        seconds.append(time.perf_counter() - start)
        *told, last = done.stderr.strip().splitlines()
        _, kilobytes, processed = last.split()
        peaks.append(int(kilobytes) / 1000)
        cpu.append(float(processed))
        if done.returncode != 0:
            break
    failed = done.returncode != 0
    return Figure(
        name=name,
        seconds=statistics.median(seconds[-rounds:]),
        cpu=statistics.median(cpu[-rounds:]),
        megabytes=max(peaks),
        code=done.returncode,
        said=" ".join(told[-3:]) if failed else _said(done.stdout),
    )


def _said(text: str) -> str:
    return f"{len(json.loads(text))} countries" if text.startswith("[") else text.strip().splitlines()[-1]


def _mark_stale(database: Path) -> None:
    """All months again, where an earlier use has counted them."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT OR IGNORE INTO stale_month SELECT source_id, month FROM source_month")


@contextmanager
def _history(folder: Path | None, scale: float) -> Iterator[Path]:
    """A history in `folder`, written where there is none; None: in a folder that goes at the end."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) if folder is None else folder
        if not (place / DATABASE).exists():
            write_history(place, seed=SEED, scale=scale)
        yield place


def main() -> int:
    """Print the figures beside their goals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?", help="keeps the history for the next time")
    parser.add_argument("--scale", type=float, default=1.0, help="1.0: a million source-days and stories")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    asked = parser.parse_args()
    with _history(asked.directory, asked.scale) as folder:
        figures = measure(folder, asked.rounds)
    scan = figures[-1]
    for one in figures:
        goal = f", goal < {GOALS[one.name]:g} s and < {MOST_MB} MB" if one.name in GOALS else ""
        ratio = f", {one.seconds / scan.seconds:.2f} of the scan" if one is not scan else ""
        end = f"; exit {one.code}: {one.said}"
        print(
            f"{one.name}: {one.seconds:.2f} s ({one.cpu:.2f} CPU-s){ratio}, peak {one.megabytes:.0f} MB{goal}{end}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
