"""Work spread over a Ray cluster: one actor a worker, one cell in each.

Refuses to hold any truth: what an actor did and could not tell is done again by another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, TypeVar

from tipwatch.jobs.cell import Answer, Task

Tag = TypeVar("Tag")


class RayExecutor:
    """An `Executor` over Ray's actors."""

    def __init__(self, factory: str, *, workers: int, headroom: int, address: str | None) -> None:
        raise NotImplementedError(factory, workers, headroom, address)

    def __enter__(self) -> RayExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        return None

    def run(self, tasks: Iterable[Task[Tag] | None]) -> Iterator[tuple[Task[Tag], Answer]]:
        """Every task with its answer."""
        raise NotImplementedError(Any)
