"""What every executor offers, the two kinds there are, and how one is made.

Refuses to import an engine that nobody asked for: Ray takes 2 s and is an extra.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self, TypeVar, assert_never

from tipwatch.jobs.cell import Answer, Cells, Task

Tag = TypeVar("Tag")

HEADROOM = 600 * 1024**2
"""Bytes by which an item may grow its worker (docs/reliability.md: a hostile page stays below 600 MB)."""


class ExecutorKind(StrEnum):
    """`--executor`: processes on this machine, or Ray."""

    LOCAL = "local"
    RAY = "ray"


class Executor(Protocol):
    """Workers over one factory of tools; a context manager. They start with the first task.

    `run` draws tasks lazily (at most two a worker are on their way) and answers in the order of completion,
    each task once. The source of tasks may depend on answers: a `None` from it means "nothing now", and it is
    asked again after the next answer was dealt with; the run ends when it is exhausted, or says `None` while
    nothing is on its way. A task whose worker was lost is given to another worker, so a tool must not mind
    being called twice with one item; only a task that costs several workers fails, as `Fault.DIED`.
    Raises CommandError or ConfigErrors when workers cannot start.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None: ...

    def run(self, tasks: Iterable[Task[Tag] | None]) -> Iterator[tuple[Task[Tag], Answer]]:
        """Every task with its answer."""
        ...


def executor(
    kind: ExecutorKind, factory: str, *, workers: int = 1, headroom: int = HEADROOM, address: str | None = None
) -> Executor:
    """An executor of this kind; `factory` (`"module:function"`) builds the tools once in each worker.

    `headroom`: bytes that an item may grow a worker by. `address`: a Ray cluster's; without one, Ray starts on
    this machine. Raises CommandError when the engine is not installed or cannot be reached.
    """
    match kind:
        case ExecutorKind.LOCAL:
            return Cells(factory, count=workers, headroom=headroom)
        case ExecutorKind.RAY:
            from tipwatch.executors.ray import RayExecutor

            return RayExecutor(factory, workers=workers, headroom=headroom, address=address)
        case _:
            assert_never(kind)
