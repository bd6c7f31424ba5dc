"""Cells: whatever one item does, the others get their answers."""

from __future__ import annotations

import multiprocessing as mp
import time
from collections.abc import Iterator

import pytest

from tipwatch.errors import CommandError, ExitCode
from tipwatch.jobs.cell import Answer, Cells, Done, Failed, Fault, Task, serve

FACTORY = "tests.app.faulty_tools:build"


def answers(items: list[str], *, count: int = 1, seconds: float = 5.0) -> dict[str, Answer]:
    tasks = [Task(tool="misbehave", item=item, seconds=seconds, tag=item) for item in items]
    with Cells(FACTORY, count=count) as cells:
        return {task.tag: answer for task, answer in cells.run(tasks)}


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ("hog", Fault.OUT_OF_MEMORY),
        ("raise", Fault.RAISED),
        ("recurse", Fault.TOO_DEEP),
        ("die", Fault.DIED),
        ("killed", Fault.OUT_OF_MEMORY),
        ("exit", Fault.DIED),
        ("unpicklable", Fault.RAISED),
    ],
)
def test_a_fault_costs_its_item_only(item: str, fault: Fault) -> None:
    found = answers(["a", item, "b"])
    assert found["a"] == Done(value="a")
    assert found["b"] == Done(value="b")
    failed = found[item]
    assert isinstance(failed, Failed)
    assert failed.fault is fault
    assert "Jane" not in failed.detail


def test_a_cell_whose_parent_is_gone_ends_quietly(capfd: pytest.CaptureFixture[str]) -> None:
    """`kill -9` of `extract` while the model loads: no traceback follows it to the terminal."""
    ours, theirs = mp.Pipe()
    child = mp.get_context("spawn").Process(target=serve, args=(theirs, FACTORY, 1 << 30))
    child.start()
    theirs.close()
    ours.close()
    child.join(30)
    assert child.exitcode == 0
    assert capfd.readouterr().err == ""


def test_a_sleeper_is_cut_at_its_time() -> None:
    started = time.monotonic()
    found = answers(["a", "sleep", "b", "c"], seconds=0.5)
    assert time.monotonic() - started < 15
    sleeper = found.pop("sleep")
    assert isinstance(sleeper, Failed)
    assert sleeper.fault is Fault.TIMED_OUT
    assert found == {name: Done(value=name) for name in "abc"}


def test_two_cells_answer_everything_once() -> None:
    tasks = [Task(tool="double", item=i, seconds=5.0, tag=i) for i in range(200)]
    with Cells(FACTORY, count=2) as cells:
        found = [(task.tag, answer) for task, answer in cells.run(tasks)]
    assert sorted(tag for tag, _ in found) == list(range(200))
    assert all(answer == Done(value=tag * 2) for tag, answer in found)


def test_tasks_are_drawn_as_needed() -> None:
    """Constant memory: never more than one task ahead of the answers for each cell."""
    drawn = 0

    def tasks() -> Iterator[Task[int]]:
        nonlocal drawn
        for i in range(50):
            drawn += 1
            yield Task(tool="double", item=i, seconds=5.0, tag=i)

    with Cells(FACTORY) as cells:
        for done, _ in enumerate(cells.run(tasks()), start=1):
            assert drawn <= done + 1


def test_cells_that_cannot_start_say_so() -> None:
    task = Task(tool="double", item=1, seconds=5.0, tag=1)
    with Cells("tests.app.faulty_tools:broken") as cells, pytest.raises(CommandError) as caught:
        list(cells.run([task]))
    assert caught.value.code is ExitCode.ENVIRONMENT
    assert "no model here" in caught.value.what


def test_no_cell_is_started_for_nothing() -> None:
    with Cells("no.such:factory") as cells:
        assert list(cells.run([])) == []


@pytest.mark.parametrize("count", [1, 3])
def test_a_task_may_depend_on_the_answers_so_far(count: int) -> None:
    """Two chains, each of whose links is known by the answer to the one before; `None` is "nothing now"."""
    waiting = [1, 1000]
    found: list[int] = []

    def tasks() -> Iterator[Task[int] | None]:
        while True:
            if not waiting:
                yield None
                continue
            item = waiting.pop()
            yield Task(tool="double", item=item, seconds=5.0, tag=item)

    with Cells(FACTORY, count=count) as cells:
        for task, answer in cells.run(tasks()):
            assert answer == Done(value=task.tag * 2)
            found.append(task.tag)
            if len(found) < 20:
                waiting.append(task.tag * 2)
    chains = {start * 2**link for start in (1, 1000) for link in range(25)}
    assert 20 <= len(found) <= 20 + count
    assert len(set(found)) == len(found)
    assert chains.issuperset(found)
