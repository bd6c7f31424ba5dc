"""Child processes in which hostile items are handled, each item under a clock and a memory limit.

Refuses trust: an item that hangs, eats memory, raises or kills its process costs that item only.
"""

from __future__ import annotations

import contextlib
import logging
import multiprocessing as mp
import os
import pickle
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, TypeVar

from config.faults import ConfigErrors
from tipwatch.errors import CommandError, ExitCode

Tool = Callable[[Any], Any]
Tools = Mapping[str, Tool]
"""What a cell can do, by name. A factory (`"module:function"`) builds it inside the child, once."""

RECYCLE_AFTER = 500
"""Tasks after which a child is replaced: lxml's and spaCy's caches grow (100 to 275 MB in 192 pages, 2026-11)."""

START_SECONDS = 120.0  # imports and a model from a cold disk; measured 2-4 s on a warm one (2026-11)
_STOPPED = frozenset({-signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP})
Tag = TypeVar("Tag")


class Fault(StrEnum):
    """How an item failed."""

    RAISED = "raised"
    TOO_DEEP = "too_deep"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    DIED = "died"


@dataclass(frozen=True, kw_only=True, slots=True)
class Task(Generic[Tag]):
    """One item for one tool; `tag` stays with the parent and comes back with the answer."""

    tool: str
    item: Any
    seconds: float
    tag: Tag


@dataclass(frozen=True, kw_only=True, slots=True)
class Done:
    """What the tool returned."""

    value: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Failed:
    """Why there is no value. `detail` is an error's class and place, not its message: it may quote the story."""

    fault: Fault
    detail: str


Answer = Done | Failed


def is_out_of_memory(answer: Answer) -> bool:
    """True when an item was too much for its child."""
    return isinstance(answer, Failed) and answer.fault is Fault.OUT_OF_MEMORY


class Cells:
    """`count` children over one factory; a context manager. Started with the first task, replaced when lost.

    `headroom` bounds, in bytes, how far an item may grow a child's address space beyond what its tools took.
    """

    def __init__(self, factory: str, *, count: int = 1, headroom: int = 600 * 1024**2) -> None:
        self._factory = factory
        self._count = max(1, count)
        self._headroom = headroom
        self._idle: list[_Cell] = []
        self._busy: dict[Connection, tuple[_Cell, Task[Any], float]] = {}

    def __enter__(self) -> Cells:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the children that these cells started."""
        for cell in [*self._idle, *(cell for cell, _, _ in self._busy.values())]:
            cell.kill()
        self._idle.clear()
        self._busy.clear()

    def run(self, tasks: Iterable[Task[Tag] | None]) -> Iterator[tuple[Task[Tag], Answer]]:
        """Answers in the order of completion; `None` among the tasks as in `tipwatch.executors.Executor`.

        A child gets its next task before the answer to its last is yielded, so the caller's saving overlaps the
        child's work. At most `count` tasks are in memory."""
        left = iter(tasks)
        self._fill(left)
        while self._busy:
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
        soonest = min(deadline for _, _, deadline in self._busy.values())
        ready = wait(list(self._busy), timeout=max(0.0, soonest - time.monotonic()))
        answers: list[tuple[Task[Any], Answer]] = []
        for connection in list(self._busy):
            cell, task, deadline = self._busy[connection]
            if connection in ready or connection.poll():
                answer = cell.receive()
            elif time.monotonic() >= deadline:
                answer = Failed(fault=Fault.TIMED_OUT, detail=f"over {task.seconds:g} s")
                cell.kill()
            else:
                continue
            del self._busy[connection]
            cell.served += 1
            if is_out_of_memory(answer) and cell.served > 1:
                self._start(_Cell(self._factory, self._headroom), task)  # was it the page, or those before it?
                continue
            if cell.alive and cell.served < RECYCLE_AFTER:
                self._idle.append(cell)
            else:
                cell.kill()
            answers.append((task, answer))
        return answers

    def _start(self, cell: _Cell, task: Task[Any]) -> None:
        cell.connection.send((task.tool, task.item))
        self._busy[cell.connection] = (cell, task, time.monotonic() + task.seconds)


class _Cell:
    """One child and its pipe."""

    def __init__(self, factory: str, headroom: int) -> None:
        context = _context()
        self.connection, theirs = context.Pipe()
        self._process: BaseProcess = context.Process(
            target=serve, args=(theirs, factory, headroom), name="tipwatch-cell", daemon=True
        )
        self._process.start()
        theirs.close()
        self.alive = True
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
        """The child's answer, or how it died."""
        try:
            answer, goes_on = self.connection.recv()
        except (EOFError, OSError):
            self._process.join(5)
            code = self._process.exitcode
            self.kill()
            if code in _STOPPED:  # by systemd, with everyone of its group: the item is not to blame
                raise KeyboardInterrupt from None
            fault = Fault.OUT_OF_MEMORY if code == -signal.SIGKILL else Fault.DIED
            return Failed(fault=fault, detail=f"the worker ended with code {code}")
        if not goes_on:
            self.kill()
        known: Answer = answer
        return known

    def kill(self) -> None:
        """End the child, whatever it does."""
        self.alive = False
        self.connection.close()
        if self._process.is_alive():
            self._process.kill()
        self._process.join(5)


def _context() -> Any:
    """A fork server that has the heavy imports done: a lost child is replaced in the time of a model's loading.

    One thread of linear algebra a child: `--workers` is how to use more cores.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    context = mp.get_context("forkserver")
    context.set_forkserver_preload(["tipwatch.jobs.preload"])
    return context


def serve(connection: Connection, factory: str, headroom: int) -> None:
    """The child's loop: one request, one answer; ends with its parent. A MemoryError ends it too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.disable(logging.CRITICAL)  # libraries log what they read, which may be a name
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone
        try:
            module, _, function = factory.partition(":")
            tools: Tools = getattr(import_module(module), function)()
        except ConfigErrors as error:
            connection.send(error.errors)
            return
        except Exception as error:
            connection.send(f"{type(error).__name__}: {error}")
            return
        _bound_memory(headroom)
        connection.send(True)
        while True:
            tool, item = connection.recv()
            reply, goes_on = _attempt(tools[tool], item)
            del item
            connection.send_bytes(reply)
            if not goes_on:
                return


def _attempt(tool: Tool, item: Any) -> tuple[bytes, bool]:
    """The pickled answer, and whether this process is still good for another item."""
    goes_on = True
    try:
        return pickle.dumps((Done(value=tool(item)), goes_on)), goes_on
    except MemoryError:
        goes_on = False
        failed = Failed(fault=Fault.OUT_OF_MEMORY, detail="over the worker's memory limit")
    except RecursionError:
        failed = Failed(fault=Fault.TOO_DEEP, detail="nested deeper than the interpreter's stack")
    except Exception as error:
        failed = Failed(fault=Fault.RAISED, detail=place_of(error))
    return pickle.dumps((failed, goes_on)), goes_on


def place_of(error: BaseException) -> str:
    """`ValueError at dates.py:41 in published_date`: enough to find the fault, without the story's words."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    last = frames[-1]
    return f"{type(error).__name__} at {os.path.basename(last.filename)}:{last.lineno} in {last.name}"


def _bound_memory(headroom: int) -> None:
    """Linux counts address space, so the bound is what stands now plus the headroom; elsewhere there is none."""
    if not sys.platform.startswith("linux"):
        return
    with open("/proc/self/statm", encoding="ascii") as statm:
        now = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = now + headroom
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
