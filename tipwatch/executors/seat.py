"""What a Ray actor is for us: a seat on some machine, with one cell in it.

Refuses to let an error of ours travel as an exception: what Ray would print of it may quote a story.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from config.faults import ConfigErrors
from tipwatch.errors import CommandError, ExitCode
from tipwatch.events import LogSetup, continue_log
from tipwatch.jobs.cell import RECYCLE_AFTER, Answer, Cells, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class SeatPlan:
    """How a seat is furnished; the fields are those of `Cells`."""

    factory: str
    headroom: int
    recycle: int = RECYCLE_AFTER
    grace: float = 0.0
    log: LogSetup = field(default_factory=LogSetup)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unusable:
    """A seat whose cell cannot start: the error, for the driver to raise."""

    error: CommandError | ConfigErrors

    def __reduce__(self) -> tuple[Any, ...]:
        """Both errors have constructors that pickle does not guess."""
        if isinstance(self.error, ConfigErrors):
            return _unusable, (self.error.errors,)
        return _unusable, ((self.error.what, self.error.remedy, int(self.error.code)),)


def _unusable(parts: tuple[Any, ...]) -> Unusable:
    if len(parts) == 3 and isinstance(parts[0], str):
        return Unusable(error=CommandError(parts[0], parts[1], ExitCode(parts[2])))
    return Unusable(error=ConfigErrors(parts))


@dataclass(frozen=True, kw_only=True, slots=True)
class Stopped:
    """The machine of this seat is being shut down: the item has to go elsewhere."""


class Seat:
    """The actor's class. `work` takes one item at a time; `ask_to_end` may come meanwhile, in another thread."""

    def __init__(self, plan: SeatPlan) -> None:
        continue_log(plan.log)
        os.environ["OMP_NUM_THREADS"] = "1"  # Ray has ideas of its own; more workers are how to use more cores
        self._cells = Cells(plan.factory, count=1, headroom=plan.headroom, recycle=plan.recycle, grace=plan.grace)

    def ready(self) -> int | Unusable:
        """Start the cell; the process id of this seat."""
        try:
            self._cells.warm()
        except (CommandError, ConfigErrors) as error:
            return Unusable(error=error)
        return os.getpid()

    def work(self, tool: str, item: Any, seconds: float) -> Answer | Unusable | Stopped:
        """One item's answer."""
        task = Task(tool=tool, item=item, seconds=seconds, tag=None)
        running: Iterator[tuple[Task[None], Answer]] = self._cells.run([task])
        try:
            answers = [answer for _, answer in running]
        except (CommandError, ConfigErrors) as error:
            return Unusable(error=error)
        except KeyboardInterrupt:
            return Stopped()
        return answers[0]

    def ask_to_end(self) -> None:
        """End what is going on in good order."""
        self._cells.ask_to_end()
