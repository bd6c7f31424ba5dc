"""Child processes in which hostile items are handled, each item under a clock and a memory limit.

Refuses trust: an item that hangs, eats memory, raises or kills its process costs that item only.
"""

from __future__ import annotations

import contextlib
import multiprocessing as mp
import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, TypeVar

from config.faults import ConfigErrors
from tipwatch.errors import CommandError, ExitCode
from tipwatch.jobs.cell_child import place_of, serve
from tipwatch.jobs.task import Answer, Done, Failed, Fault, Task, Tool, Tools, is_out_of_memory

__all__ = [
    "Answer", "Cells", "Done", "Failed", "Fault", "Task", "Tool", "Tools", "is_out_of_memory", "place_of", "serve",
]  # fmt: skip

RECYCLE_AFTER = 500
"""Tasks after which a child is replaced: lxml's and spaCy's caches grow (100 to 275 MB in 192 pages, 2026-11)."""

START_SECONDS = 300.0
"""Imports and a model: 2-4 s on a warm, quiet machine, 186 s with 17 others on its two cores (2026-11)."""

LIGHT = frozenset({"tipwatch.jobs.sift:sift_tools", "tipwatch.jobs.shards:shard_tools"})
"""Factories that need neither spaCy nor trafilatura."""

IDLE_SECONDS = 1.0
_STOPPED = frozenset({-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})
Tag = TypeVar("Tag")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Work:
    """What a busy child does, until when (monotonic), and whether another child has tried it before."""

    cell: _Cell
    task: Task[Any]
    deadline: float
    is_second: bool


class Cells:
    """`count` children over one factory; a context manager. Started with the first task, replaced when lost.

    `headroom` bounds, in bytes, how far an item may grow a child's address space beyond what its tools took. After
    `recycle` tasks a child is replaced. Children that are busy when the cells close get `grace` seconds to end by
    SIGTERM, and are killed then.
    """

    def __init__(
        self,
        factory: str,
        *,
        count: int = 1,
        headroom: int = 600 * 1024**2,
        recycle: int = RECYCLE_AFTER,
        grace: float = 0.0,
    ) -> None:
        self._factory = factory
        self._count = max(1, count)
        self._headroom = headroom
        self._recycle = recycle
        self._grace = grace
        self._idle: list[_Cell] = []
        self._busy: dict[Connection, _Work] = {}

    def __enter__(self) -> Cells:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children that these cells started."""
        self.ask_to_end()
        until = time.monotonic() + self._grace
        for work in self._busy.values():
            work.cell.join(max(0.0, until - time.monotonic()))
        for cell in [*self._idle, *(work.cell for work in self._busy.values())]:
            cell.kill()
        self._idle.clear()
        self._busy.clear()

    def ask_to_end(self) -> None:
        """SIGTERM to the busy children, if they have a grace. Safe from another thread than the one that runs."""
        if self._grace > 0:
            for work in list(self._busy.values()):
                work.cell.terminate()

    def warm(self) -> None:
        """Start one child now, so that the first task need not wait. Raises CommandError or ConfigErrors."""
        if not self._idle and not self._busy:
            self._idle.append(_Cell(self._factory, self._headroom))

    def run(
        self, tasks: Iterable[Task[Tag] | None], idle: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[Task[Tag], Answer]]:
        """Answers in the order of completion; `None` and `idle` as in `tipwatch.executors.Executor`.

        A child gets its next task before the answer to its last is yielded, so the caller's saving overlaps the
        child's work. At most `count` tasks are in memory."""
        left = iter(tasks)
        self._fill(left)
        while self._busy:
            idle()
            for task, answer in self._collect():
                self._fill(left)
                yield task, answer
            self._fill(left)  # the answers may have made new tasks

    def _fill(self, left: Iterator[Task[Any] | None]) -> None:
        while len(self._busy) < self._count:
            task = next(left, None)
            if task is None:
                return
            while self._idle:
                cell = self._idle.pop()
                try:
                    self._start(cell, task)
                    break
                except (BrokenPipeError, ConnectionResetError):  # it has died while idle
                    cell.kill()
            else:
                self._start(_Cell(self._factory, self._headroom), task)

    def _collect(self) -> list[tuple[Task[Any], Answer]]:
        soonest = min(work.deadline for work in self._busy.values())
        ready = wait(list(self._busy), timeout=min(IDLE_SECONDS, max(0.0, soonest - time.monotonic())))
        answers: list[tuple[Task[Any], Answer]] = []
        for connection in list(self._busy):
            work = self._busy[connection]
            cell, task = work.cell, work.task
            if connection in ready or connection.poll():
                answer = cell.receive()
            elif time.monotonic() >= work.deadline:
                answer = Failed(fault=Fault.TIMED_OUT, detail=f"over {task.seconds:g} s")
                cell.kill()
            else:
                continue
            del self._busy[connection]
            cell.served += 1
            # Was it the item, those before it, or somebody who killed the child? A fresh child tells.
            is_doubtful = cell.was_lost or (is_out_of_memory(answer) and cell.served > 1)
            if is_doubtful and not work.is_second:
                self._start(_Cell(self._factory, self._headroom), task, is_second=True)
                continue
            if cell.alive and cell.served < self._recycle:
                self._idle.append(cell)
            else:
                cell.kill()
            answers.append((task, answer))
        return answers

    def _start(self, cell: _Cell, task: Task[Any], *, is_second: bool = False) -> None:
        cell.connection.send((task.tool, task.item))
        deadline = time.monotonic() + task.seconds
        self._busy[cell.connection] = _Work(cell=cell, task=task, deadline=deadline, is_second=is_second)


class _Cell:
    """One child and its pipe."""

    def __init__(self, factory: str, headroom: int) -> None:
        context = _context(factory)
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=serve, args=(theirs, factory, headroom), name="tipwatch-cell", daemon=True
        )
        self._process.start()
        theirs.close()
        self.alive = True
        self.was_lost = False
        self.served = 0
        detail = "it did not start in time"
        if self.connection.poll(START_SECONDS):
            try:
                hello = self.connection.recv()
            except EOFError:
                hello = "it died while starting"
            if hello is True:
                return
            if isinstance(hello, tuple):
                self.kill()
                raise ConfigErrors(hello)
            detail = str(hello)
        self.kill()
        raise CommandError(
            f"The worker process for {factory} cannot run: {detail.rstrip('.')}.",
            "Is the installation complete (make setup), and is there 1 GB of free memory?",
            ExitCode.ENVIRONMENT,
        )

    def receive(self) -> Answer:
        """The child's answer, or how it died (then `was_lost`)."""
        try:
            answer, goes_on = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(5)
            code = self._process.exitcode
            self.kill()
            if code in _STOPPED:  # by systemd, with everyone of its group: the item is not to blame
                raise KeyboardInterrupt from None
            self.was_lost = True
            fault = Fault.OUT_OF_MEMORY if code == -signal.SIGKILL else Fault.DIED
            return Failed(fault=fault, detail=f"the worker ended with code {code}")
        if not goes_on:
            self.kill()
        known: Answer = answer
        return known

    def terminate(self) -> None:
        """Ask the child to end."""
        with contextlib.suppress(ValueError, OSError):
            self._process.terminate()

    def join(self, seconds: float) -> None:
        """Wait for its end, for so long; a child that has ended its task ends when the pipe closes."""
        deadline = time.monotonic() + seconds
        while self._process.is_alive() and time.monotonic() < deadline and not self.connection.poll(0.1):
            pass

    def kill(self) -> None:
        """End the child, whatever it does."""
        self.alive = False
        self.connection.close()
        if self._process.is_alive():
            self._process.kill()
        self._process.join(5)


def _context(factory: str) -> Any:
    """A fork server that has the heavy imports done: a lost child is replaced in the time of a model's loading.

    One thread of linear algebra a child: `--workers` is how to use more cores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    context = mp.get_context("forkserver")
    if factory not in LIGHT:
        context.set_forkserver_preload(["tipwatch.jobs.preload"])
    return context
