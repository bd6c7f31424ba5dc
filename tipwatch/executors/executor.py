"""What every executor offers, the two kinds there are, and how one is made.

Refuses to import an engine that nobody asked for: Ray takes 2 s and is an extra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, assert_never

if TYPE_CHECKING:
    from tipwatch.jobs.task import Answer, Task

Tag = TypeVar("Tag")

HEADROOM = 600 * 1024**2
"""Bytes by which an item may grow its worker (docs/reliability.md: a hostile page stays below 600 MB)."""


GRACE_SECONDS = 60.0
"""For a long item after Ctrl-C: what is in flight may take a time-out."""


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
    `idle` is called about once a second while answers are waited for.
    Raises CommandError or ConfigErrors when workers cannot start.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None: ...

    def run(
        self, tasks: Iterable[Task[Tag] | None], idle: Callable[[], None] = ...
    ) -> Iterator[tuple[Task[Tag], Answer]]:
        """Every task with its answer."""
        ...


def executor(
    kind: ExecutorKind,
    factory: str,
    *,
    workers: int = 1,
    headroom: int = HEADROOM,
    address: str | None = None,
    is_long: bool = False,
) -> Executor:
    """An executor of this kind; `factory` (`"module:function"`) builds the tools once in each worker.

    `headroom`: bytes that an item may grow a worker by. `address`: a Ray cluster's; without one, Ray starts on
    this machine. `is_long`: an item is a job of its own, such as the crawl of a shard: a fresh child for each,
    and `GRACE_SECONDS` for it to end in good order when the executor closes.
    Raises CommandError when the engine is not installed or cannot be reached.
    """
    from tipwatch.jobs.cell import RECYCLE_AFTER, Cells

    recycle, grace = (1, GRACE_SECONDS) if is_long else (RECYCLE_AFTER, 0.0)
    match kind:
        case ExecutorKind.LOCAL:
            return Cells(factory, count=workers, headroom=headroom, recycle=recycle, grace=grace)
        case ExecutorKind.RAY:
            from tipwatch.executors.ray import RayExecutor
            from tipwatch.executors.seat import SeatPlan

            seat = SeatPlan(factory=factory, headroom=headroom, recycle=recycle, grace=grace)
            return RayExecutor(seat, workers=workers, address=address)
        case _:
            assert_never(kind)
