"""Crawls as forks of one process that has the imports done: twenty of them cost what two interpreters cost.

Refuses threads and reactors before the fork: each crawl begins with modules alone, and dies alone by `kill -9`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from tests.crawl.newsroom import CHILD, Newsroom

_PARENT = """
import config.catalogue, config.settings, crawlers.run, crawlers.loader, crawlers.spider, extraction.relevance
import storage.store
import json, os, sys
for line in sys.stdin:
    given = json.loads(line)
    child = os.fork()
    if child == 0:
        log = os.open(given["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.update(given["env"])
        os.chdir(given["folder"])
        sys.argv = ["-c", given["result"], "", ""]
        exec(given["program"])
        sys.stdout.flush()
        os._exit(0)
    os.write(1, b"%d\\n" % child)
    _, status = os.waitpid(child, 0)
    os.write(1, b"%d\\n" % os.waitstatus_to_exitcode(status))
"""


@dataclass
class Fork:
    """A crawl that runs; one at a time."""

    pid: int
    parent: subprocess.Popen[str]

    def alive(self) -> bool:
        """True until it has ended; a dead one stays a zombie until `wait`, which the parent is quick about."""
        try:
            state = Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return False
        return state != "Z"

    def kill(self) -> None:
        """`kill -9`, and wait until it is gone."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self) -> int:
        """The exit code."""
        assert self.parent.stdout is not None
        return int(self.parent.stdout.readline())


class Forks:
    """A context manager; `start` begins the newsroom's crawl in a fork."""

    def __init__(self, room: Newsroom) -> None:
        self._room = room
        self._parent = subprocess.Popen(
            [sys.executable, "-c", room.prelude + _PARENT],
            cwd=room.folder, env=room.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            bufsize=1,
        )  # fmt: skip

    def start(self, result: str = "result.json") -> Fork:
        """A crawl of every source."""
        folder = self._room.folder
        given = {
            "log": str(folder / f"{result}.log"), "env": self._room.environment, "folder": str(folder),
            "result": str(folder / result), "program": CHILD,
        }  # fmt: skip
        assert self._parent.stdin is not None
        assert self._parent.stdout is not None
        self._parent.stdin.write(json.dumps(given) + "\n")
        return Fork(int(self._parent.stdout.readline()), self._parent)

    def crawl(self) -> dict[str, dict[str, object]]:
        """Crawl to the end; summaries by source id."""
        assert self.start().wait() == 0, self._room.log()[-4000:]
        found = json.loads((self._room.folder / "result.json").read_text(encoding="utf-8"))
        return {one["source_id"]: one for one in found["sources"]}

    def __enter__(self) -> Forks:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self._parent.kill()
        self._parent.wait()
