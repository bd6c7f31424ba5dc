"""Work spread over a Ray cluster: one actor a worker, one cell in each.

Refuses to hold any truth: what an actor did and could not tell is done again by another.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, TypeVar

from tipwatch.errors import CommandError, ExitCode
from tipwatch.events import log_setup
from tipwatch.executors.cluster import connect
from tipwatch.executors.seat import Seat, SeatPlan, Stopped, Unusable
from tipwatch.jobs.cell import IDLE_SECONDS, START_SECONDS, Answer, Failed, Fault, Task

log = logging.getLogger(__name__)
Tag = TypeVar("Tag")

MOST_LOSSES = 5
"""Seats that one item may cost before it is blamed. An item that is deadly dies in its cell, and the seat lives;
so a lost seat speaks against a machine first, and an innocent item must outlive a bad night."""

SEATED_SECONDS = 1.5 * START_SECONDS
"""For the first seat to be ready: imports and a model; a cluster that grows by itself takes minutes."""

FALSE_STARTS = 5
"""Seats in a row that are lost before they said a word: then something is wrong with the cluster."""


@dataclass(kw_only=True)
class _Given:
    """A task on its way, and how many seats it has cost."""

    task: Task[Any]
    losses: int = 0
    reference: Any = None


@dataclass(kw_only=True, eq=False)
class _Seated:
    """One actor. `greeting` is there until it has said that it is ready; `given[0]` is what it works on."""

    actor: Any
    greeting: Any
    given: deque[_Given] = field(default_factory=deque)
    since: float = 0.0


class RayExecutor:
    """An `Executor` over Ray's actors. `ray` is started or joined with the first task, and left at the process's
    end: two executors of one command share it."""

    def __init__(self, plan: SeatPlan, *, workers: int, address: str | None) -> None:
        self._plan = replace(plan, log=log_setup())
        self._workers = max(1, workers)
        self._address = address
        self._ray: Any = None
        self._seats: list[_Seated] = []
        self._again: deque[_Given] = deque()
        self._false_starts = 0
        self._began = 0.0

    def __enter__(self) -> RayExecutor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the actors that this executor started; busy ones after the grace of the plan."""
        if self._plan.grace > 0:
            self._let_end()
        for seat in self._seats:
            with contextlib.suppress(Exception):  # it may be gone, with Ray itself
                self._ray.kill(seat.actor)
        self._seats.clear()
        self._again.clear()

    def run(
        self, tasks: Iterable[Task[Tag] | None], idle: Callable[[], None] = lambda: None
    ) -> Iterator[tuple[Task[Tag], Answer]]:
        """Every task with its answer. Two tasks a seat are on their way, so that none waits for our saving."""
        left = iter(tasks)
        self._fill(left)
        while any(seat.given for seat in self._seats) or self._again:
            idle()
            for task, answer in self._collect():
                self._fill(left)
                yield task, answer
            self._fill(left)

    def _fill(self, left: Iterator[Task[Any] | None]) -> None:
        """Give every free place a task; the first task brings the seats."""
        while True:
            seat = self._free_seat() if self._seats else None
            if self._seats and seat is None:
                return
            if self._again:
                given = self._again.popleft()
            else:
                task = next(left, None)
                if task is None:
                    return
                given = _Given(task=task)
            if seat is None:
                self._again.append(given)
                self._begin()
                return
            self._give(seat, given)

    def _begin(self) -> None:
        self._ray = connect(self._address, self._workers)
        self._began = time.monotonic()
        while len(self._seats) < self._workers:
            self._seats.append(self._seat())

    def _seat(self) -> _Seated:
        threads = 2 if self._plan.grace > 0 else 1  # the second hears `ask_to_end` while the first works
        # On our own machine we count workers ourselves: two executors of one command share a Ray.
        options = {
            "num_cpus": 0 if self._address is None else 1,
            "max_restarts": 0,
            "max_concurrency": threads,
            "scheduling_strategy": "SPREAD",
        }
        actor = self._ray.remote(Seat).options(**options).remote(self._plan)
        return _Seated(actor=actor, greeting=actor.ready.remote())

    def _free_seat(self) -> _Seated | None:
        """The seat with the least to do. None gets a second task while another starts or has none."""
        ready = [seat for seat in self._seats if seat.greeting is None]
        deep = 2 if len(ready) == len(self._seats) and self._plan.grace == 0 else 1
        free = [seat for seat in ready if len(seat.given) < deep]
        return min(free, key=lambda seat: len(seat.given), default=None)

    def _give(self, seat: _Seated, given: _Given) -> None:
        if not seat.given:
            seat.since = time.monotonic()
        task = given.task
        given.reference = seat.actor.work.remote(task.tool, task.item, task.seconds)
        seat.given.append(given)

    def _collect(self) -> list[tuple[Task[Any], Answer]]:
        awaited = [
            one
            for seat in self._seats
            for one in (
                [seat.greeting] if seat.greeting is not None else [given.reference for given in seat.given]
            )
        ]
        done, _ = self._ray.wait(awaited, num_returns=1, timeout=IDLE_SECONDS)
        if done:
            done, _ = self._ray.wait(awaited, num_returns=len(awaited), timeout=0)
        ready = set(done)
        answers: list[tuple[Task[Any], Answer]] = []
        for seat in list(self._seats):
            if seat.greeting is not None:
                if seat.greeting in ready:
                    self._greeted(seat)
                continue
            while seat.given and seat.given[0].reference in ready:
                value = self._value(seat.given[0].reference)
                if value is None:
                    answers.extend(self._lost(seat))
                    break
                answers.append((seat.given.popleft().task, value))
                seat.since = time.monotonic()
            if seat.given and time.monotonic() - seat.since > self._patience(seat.given[0].task):
                answers.extend(self._lost(seat))
        self._check_start()
        return answers

    def _greeted(self, seat: _Seated) -> None:
        if self._value(seat.greeting) is None:
            self._false_starts += 1
            self._lost(seat)
            return
        seat.greeting = None
        self._false_starts = 0

    def _value(self, reference: Any) -> Any:
        """What a seat said; None when the seat is lost. Raises what made it unusable."""
        errors = self._ray.exceptions
        try:
            value = self._ray.get(reference)
        except errors.RayTaskError as error:
            raise RuntimeError(f"a seat of the cluster failed: {type(error.cause).__name__}") from None
        except errors.RayError as error:
            log.debug("executor.lost error=%s", type(error).__name__)
            return None
        if isinstance(value, Unusable):
            raise value.error
        return None if isinstance(value, Stopped) else value

    def _lost(self, seat: _Seated) -> list[tuple[Task[Any], Answer]]:
        """Replace a seat; what it was given goes to others, in front. Only what it worked on may be to blame."""
        self._seats.remove(seat)
        with contextlib.suppress(Exception):  # it is gone already, mostly
            self._ray.kill(seat.actor)
        failed: list[tuple[Task[Any], Answer]] = []
        log.warning("executor.lost_worker tasks=%d", len(seat.given))
        for number, given in enumerate(seat.given):
            given.losses += number == 0
            if given.losses > MOST_LOSSES:
                detail = f"{given.losses} workers of the cluster were lost over it"
                failed.append((given.task, Failed(fault=Fault.DIED, detail=detail)))
            else:
                self._again.append(given)
        self._seats.append(self._seat())
        return failed

    def _patience(self, task: Task[Any]) -> float:
        """Seconds until a silent seat is taken for lost: the item may be tried twice, and a cell started twice."""
        return 2 * (task.seconds + START_SECONDS)

    def _check_start(self) -> None:
        if self._false_starts > FALSE_STARTS:
            raise CommandError(
                f"{self._false_starts} workers of the Ray cluster ended while they started.",
                "Has every machine the same tipwatch, Python and Ray, and 1 GB of free memory a worker?",
                ExitCode.ENVIRONMENT,
            )
        if all(seat.greeting is not None for seat in self._seats) and self._began > 0:
            if time.monotonic() - self._began > SEATED_SECONDS:
                raise CommandError(
                    f"No worker of the Ray cluster was ready within {SEATED_SECONDS:g} s.",
                    "Each worker needs a CPU: `ray status` shows what is free and what waits.",
                    ExitCode.ENVIRONMENT,
                )
        else:
            self._began = time.monotonic()

    def _let_end(self) -> None:
        """Ask busy seats to end what they do, and wait; what they then say is not heard."""
        busy = [seat for seat in self._seats if seat.given]
        with contextlib.suppress(Exception):  # a seat that is gone need not be asked
            for seat in busy:
                seat.actor.ask_to_end.remote()
            references = [given.reference for seat in busy for given in seat.given]
            if references:
                self._ray.wait(references, num_returns=len(references), timeout=self._plan.grace)
