"""Ray's executor: as the local one for every fault, and through the loss of its actors."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.cluster.processes import seats
from tipwatch.errors import CommandError, ExitCode
from tipwatch.executors import ExecutorKind, executor
from tipwatch.jobs.cell import Answer, Done, Failed, Fault, Task

FACTORY = "tests.app.faulty_tools:build"


@pytest.fixture(scope="module", autouse=True)
def ray_ends() -> Iterator[None]:
    """Nothing of Ray outlives the module."""
    if find_spec("ray") is None:
        pytest.skip("the extra cluster is not installed")
    yield
    if "ray" in sys.modules:
        sys.modules["ray"].shutdown()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_fault_costs_its_item_only() -> None:
    faults = {
        "raise": Fault.RAISED,
        "recurse": Fault.TOO_DEEP,
        "die": Fault.DIED,
        "hog": Fault.OUT_OF_MEMORY,
        "sleep": Fault.TIMED_OUT,
    }
    items = ["a", *faults, "b", "c"]
    found: dict[str, Answer] = {}
    with executor(ExecutorKind.RAY, FACTORY, workers=2) as workers:
        for task, answer in workers.run(
            Task(tool="misbehave", item=item, seconds=5.0, tag=item) for item in items
        ):
            found[task.tag] = answer
    assert {item: found.pop(item) for item in "abc"} == {item: Done(value=item) for item in "abc"}
    assert {item: one.fault for item, one in found.items() if isinstance(one, Failed)} == faults
    assert all("Jane" not in str(one) for one in found.values())


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_an_actor_that_is_killed_costs_nothing() -> None:
    """Every task once, although an actor is killed after every hundredth answer; some tasks wait for answers."""
    waiting = list(range(300))
    later = list(range(300, 400))
    found: list[int] = []

    def tasks() -> Iterator[Task[int] | None]:
        while waiting or later:
            if waiting:
                item = waiting.pop()
            elif len(found) < 300:
                yield None
                continue
            else:
                item = later.pop()
            yield Task(tool="double", item=item, seconds=5.0, tag=item)

    with executor(ExecutorKind.RAY, FACTORY, workers=2) as workers:
        for task, answer in workers.run(tasks()):
            assert answer == Done(value=2 * task.tag)
            found.append(task.tag)
            if len(found) % 100 == 0:
                os.kill(seats(os.getpid())[0], signal.SIGKILL)
    assert sorted(found) == list(range(400))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_workers_that_cannot_start_say_so() -> None:
    task = Task(tool="double", item=1, seconds=5.0, tag=1)
    with (
        executor(ExecutorKind.RAY, "tests.app.faulty_tools:broken") as workers,
        pytest.raises(CommandError) as caught,
    ):
        list(workers.run([task]))
    assert caught.value.code is ExitCode.ENVIRONMENT
    assert "no model here" in caught.value.what


def test_without_ray_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An installation without the extra: one clear sentence."""
    monkeypatch.setitem(sys.modules, "ray", None)
    task = Task(tool="double", item=1, seconds=5.0, tag=1)
    with executor(ExecutorKind.RAY, FACTORY) as workers, pytest.raises(CommandError) as caught:
        list(workers.run([task]))
    assert "EXTRAS=cluster" in str(caught.value.remedy)
