"""kill -9 and full disks: what was acknowledged stays, nothing is torn, and the next run goes on."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extraction.model import Stage
from storage.errors import DiskFull
from storage.store import Store
from tests.storage.samples import NOW, V1, article, page, report

ROOT = Path(__file__).resolve().parents[2]
KILLS = 100

WRITER = """
import os, sys
from pathlib import Path
from storage.store import Store
from tests.storage.samples import NOW, V1, article, page, report

def write(start):
    with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
        for n in range(start, 10**6):
            kept = store.pages.keep(page(n), None, None, NOW)
            store.articles.save(article(n), kept.page_id, V1, NOW)
            store.articles.save_report(report(n), NOW)
            os.write(1, b"%d\\n" % n)

for line in sys.stdin:  # each number begins a writer from there, in a process of its own
    child = os.fork()
    if child == 0:
        write(int(line))
    os.write(1, b"pid %d\\n" % child)
    os.waitpid(child, 0)
    os.write(1, b"ended\\n")
"""
"""A process with the imports done forks the writers: a hundred of them cost what ten interpreters cost."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_kill_while_writing(
    sqlite_url: str, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """100 kills at random moments; a writer prints a number when it was told that all of it is stored."""
    record_property("row", "kill -9 while writing, 100 times")
    pick = random.Random(20261122)
    archive = tmp_path / "archive"
    acknowledged: set[int] = set()
    start = 0
    command = [sys.executable, "-c", WRITER, sqlite_url, str(archive)]
    kills = 0
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        for _ in range(KILLS):
            parent.stdin.write(f"{start}\n")
            writer, numbers = None, 0
            while writer is None or numbers == 0:  # a number may come before the parent's word
                line = parent.stdout.readline()
                if line.startswith("pid "):
                    writer = int(line.split()[1])
                else:
                    acknowledged.add(int(line))
                    numbers += 1
            time.sleep(pick.uniform(0, 0.15))
            os.kill(writer, signal.SIGKILL)
            while (line := parent.stdout.readline()) != "ended\n":
                acknowledged.add(int(line))
            kills += 1
            start = max(acknowledged) + 1
        parent.stdin.close()
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        pages = connection.execute("SELECT count(*), count(DISTINCT address_key) FROM page").fetchone()
    record_property("figure", f"{kills} kills, {len(acknowledged)} stories acknowledged, {pages[0]} stored")
    with Store.open(sqlite_url, archive) as store:
        refs = store.pages.unextracted("text-9.read-9", 10**6)
        assert pages == (len(refs), len(refs))
        for ref in refs:
            assert store.pages.read(ref) == page(int(ref.url.rpartition("/")[2])).body
        named = {row.name for row in store.exports.rows(Stage)}
    assert acknowledged <= {int(ref.url.rpartition("/")[2]) for ref in refs}
    assert {f"Ravi Testman{n}" for n in acknowledged} <= named
    assert len(refs) - len(acknowledged) <= KILLS  # at most what was in flight


@pytest.fixture
def small_disk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A file system of 3 MiB, or of as many as the test says."""
    size = getattr(request, "param", 3)
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("cannot mount a tmpfs here (needs root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_tears_nothing_and_goes_on(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    url = f"sqlite:///{small_disk / 'x.db'}"
    with Store.open(url, small_disk / "archive") as store:
        kept: list[int] = []
        ballast.write_bytes(b"\0" * 1_000_000)

        def fill() -> None:
            for n in range(10_000):
                stored = store.pages.keep(page(n, body=os.urandom(20_000)), None, None, NOW)
                store.articles.save(article(n), stored.page_id, V1, NOW)
                store.articles.save_report(report(n), NOW)
                kept.append(n)

        with pytest.raises(DiskFull, match="No space left") as caught:
            fill()
        assert "Free some space" in caught.value.remedy
        assert kept
        ballast.unlink()
        more = len(kept) + 1
        stored = store.pages.keep(page(more), None, None, NOW)
        store.articles.save(article(more), stored.page_id, V1, NOW)
        refs = store.pages.unextracted("text-9.read-9", 10**6)
        assert len([store.pages.read(ref) for ref in refs]) >= len(kept) + 1
    with sqlite3.connect(small_disk / "x.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_database_that_is_full_says_so(small_disk: Path, tmp_path: Path) -> None:
    """The archive is elsewhere, so that it is the database that fills up."""
    with Store.open(f"sqlite:///{small_disk / 'x.db'}", tmp_path / "archive") as store:
        everything = [(article(n), None) for n in range(20_000)]
        with pytest.raises(DiskFull, match="database"):
            store.articles.save_many(everything, V1, NOW)
        assert store.articles.unread(V1, 10**6)
    assert shutil.disk_usage(small_disk).total < 4_000_000
