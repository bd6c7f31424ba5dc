"""Slices of WARC files: however a file is cut into them, and wherever it is killed, the rows are the same."""

from __future__ import annotations

import os
import pickle
import random
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from config.gate_lexicons import load_gate_lexicons
from extraction.relevance import Gate
from extraction.version import EXTRACTOR_VERSION
from storage.errors import DatabaseUnreachable
from storage.records import RunKind, RunOutcome
from storage.store import Store
from tests.app.outlet import CHARGED, SPORT, page
from tests.app.warcs import Tape
from tipwatch.jobs.hosts import Hosts
from tipwatch.jobs.ingest import Here, IngestSummary, ingest_files
from tipwatch.jobs.patience import patient
from tipwatch.jobs.run import wall_clock
from tipwatch.jobs.sift import Slice, sift
from tipwatch.jobs.task import Answer, Failed, Fault, Task
from tipwatch.jobs.warc import DamagedError

pytestmark = pytest.mark.filterwarnings("ignore:.*Unclosed file:ResourceWarning")  # warcio's writer leaves them

GATE = Gate([load_gate_lexicons()["en"]])
HOSTS = Hosts([])
STORY = page("Man charged with human trafficking in Rivertown", CHARGED)
CUP = page("Rovers win the cup", SPORT)
LIMIT = 10_000_000


def tape(path: Path, stories: int = 3) -> Path:
    made = Tape(path).info()
    for number in range(stories):
        made.response(f"https://daily.example/{number}", STORY.replace(b"Quince", b"Quince%d" % number))
        made.response(f"https://daily.example/cup{number}", CUP, date=f"2024-05-0{1 + number % 5}T10:00:00Z")
        made.response(f"https://daily.example/moved{number}", b"", status="301 Moved")
    made.response("https://daily.example/0", STORY.replace(b"Quince", b"Quince0"))
    return made.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(tmp_path, "x") as opened:
        yield opened


def open_store(folder: Path, name: str) -> Store:
    return Store.open(f"sqlite:///{folder / name}.db", folder / f"{name}-archive")


def take(store: Store | None, *files: Path, workers: Any = None, records: int = 4_000) -> list[IngestSummary]:
    return ingest_files(
        store, files, wall_clock, workers or Here(GATE, HOSTS), max_body=LIMIT, slice_records=records
    )


def rows(store: Store) -> tuple[object, ...]:
    """What an ingest leaves, without ids, times of writing and places in the archive."""
    refs = store.pages.unextracted(EXTRACTOR_VERSION, 1000)
    pages = sorted((ref.source_id, ref.url, ref.fetched_at, ref.pointer.digest) for ref in refs)
    counts = sorted(
        (one.source_id, one.day, one.measure.value, one.reason, one.n) for one in store.coverage.by_day()
    )
    assert all(store.pages.read(ref) for ref in refs)
    return tuple(pages), tuple(counts)


def a_slice(file: Path, **changes: Any) -> Slice:
    return Slice(**{"file": str(file), "offset": 0, "max_body": LIMIT, "now": wall_clock()} | changes)


def test_a_slice_and_its_answer_travel(tmp_path: Path) -> None:
    file = tape(tmp_path / "a.warc.gz")
    part = a_slice(file, records=5)
    answer = sift(pickle.loads(pickle.dumps(part)), GATE, HOSTS)
    assert pickle.loads(pickle.dumps(answer)) == answer
    assert answer == sift(part, GATE, HOSTS)
    assert answer.records == 5
    assert answer.next_offset is not None
    assert CUP not in pickle.dumps(answer)
    assert [one.url for one in answer.kept] == ["https://daily.example/0", "https://daily.example/1"]
    rest = sift(a_slice(file, offset=answer.next_offset), GATE, HOSTS)
    assert rest.next_offset is None
    assert answer.records + rest.records == 11


@pytest.mark.parametrize("records", [1, 2, 3, 10, 11, 12])
def test_however_it_is_cut_the_rows_are_the_same(tmp_path: Path, records: int) -> None:
    file = tape(tmp_path / "a.warc.gz")
    with open_store(tmp_path, "whole") as whole, open_store(tmp_path, "parts") as parts:
        (one,), (other,) = take(whole, file), take(parts, file, records=records)
        assert one == other
        assert (one.records, one.pages, one.kept, one.known, one.dropped) == (11, 7, 3, 1, 3)
        assert rows(whole) == rows(parts)
    assert take(None, file, records=records)[0].kept == 4  # a dry run does not know what we have


def test_several_files_go_side_by_side_and_one_that_is_there_twice_once(store: Store, tmp_path: Path) -> None:
    first, second = tape(tmp_path / "a.warc.gz"), tape(tmp_path / "b.warc.gz", 5)
    again = tmp_path / "c.warc.gz"
    again.write_bytes(first.read_bytes())
    a, b, c = take(store, first, second, again, records=2)
    assert (a.kept + b.kept, c.seen_before) == (5, True)
    assert all(one.seen_before for one in take(store, again, second))
    (run,) = store.runs.history(kind=RunKind.INGEST)
    assert (run.outcome, run.counts["records"], run.counts["kept"]) == (RunOutcome.DONE, 28, 5)


def test_a_damaged_file_does_not_keep_the_others_waiting(store: Store, tmp_path: Path) -> None:
    bad, good = tape(tmp_path / "bad.warc.gz"), tape(tmp_path / "good.warc.gz", 5)
    bad.write_bytes(bad.read_bytes()[:-100])
    for _ in range(2):
        with pytest.raises(DamagedError, match=r"bad\.warc\.gz, byte"):
            take(store, bad, good, records=2)
    assert len(store.pages.unextracted(EXTRACTOR_VERSION, 100)) == 5
    first, second = store.runs.history(kind=RunKind.INGEST)
    assert {first.outcome, second.outcome} == {RunOutcome.FAILED}


def killed(folder: Path, file: Path, dies: Callable[[Store], None]) -> None:
    """Ingest in a child that kills itself where `dies` has arranged it."""
    child = os.fork()
    if child == 0:
        try:
            with open_store(folder, "killed") as store:
                dies(store)
                take(store, file, records=1)
        finally:
            os._exit(7)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)
    assert os.WTERMSIG(status) == signal.SIGKILL


def dying(owner: Any, name: str, turn: int, *, after: bool) -> None:
    """Before or after its `turn`-th call, `owner.name` kills the process."""
    deed, calls = getattr(owner, name), 0

    def deadly(*args: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == turn and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        value = deed(*args, **named)
        if calls == turn:
            os.kill(os.getpid(), signal.SIGKILL)
        return value

    setattr(owner, name, deadly)


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_killed_at_random_points_the_rows_are_those_of_an_undisturbed_run(tmp_path: Path) -> None:
    file = tape(tmp_path / "a.warc.gz", 5)
    dice = random.Random(8)
    for _ in range(6):
        place = dice.choice(["take", "transact", "append"])
        turn, after = dice.randint(1, 2), dice.random() < 0.5

        def dies(store: Store, place: str = place, turn: int = turn, after: bool = after) -> None:
            owner = {"take": store.ingests, "transact": store.ingests._database, "append": store.archive}[place]
            dying(owner, place, turn, after=after)

        with open_store(tmp_path, "killed") as store:
            left = sum(1 for _ in store.pages.unextracted(EXTRACTOR_VERSION, 100))
        if left < 3:
            killed(tmp_path, file, dies)
    with open_store(tmp_path, "killed") as disturbed, open_store(tmp_path, "calm") as calm:
        (one,), (other,) = take(disturbed, file, records=1), take(calm, file)
        assert rows(disturbed) == rows(calm)
        assert one.was_begun
        assert (one.records, one.kept, one.known, one.dropped) == (other.records, other.kept, 1, other.dropped)


class Deadly(Here):
    """Workers that lose their lives over one record."""

    def __init__(self, offset: int) -> None:
        super().__init__(GATE, HOSTS)
        self.offset = offset
        self.lost = 0

    def run(self, tasks: Iterable[Task[Any] | None]) -> Iterator[tuple[Task[Any], Answer]]:
        for task in tasks:
            assert task is not None
            ((_, answer),) = super().run([task])
            end = answer.value.next_offset  # type: ignore[union-attr]
            if (
                task.item.offset <= self.offset
                and (end is None or end > self.offset)
                and not task.item.passes_first
            ):
                self.lost += 1
                yield task, Failed(fault=Fault.DIED, detail="")
            else:
                yield task, answer


def test_a_record_that_kills_workers_is_stepped_over(store: Store, tmp_path: Path) -> None:
    file = tmp_path / "a.warc.gz"
    made = Tape(file)
    for number in range(40):
        made.response(f"https://daily.example/{number}", STORY.replace(b"Quince", b"Quince%d" % number))
    made.close()
    workers = Deadly(made.offsets[20])
    (one,) = take(store, file, workers=workers, records=40)
    assert (one.records, one.kept, dict(one.passed_over)) == (40, 39, {"undecodable": 1})
    assert workers.lost <= 4


def test_a_database_that_goes_away_is_waited_for_and_nothing_counts_twice(store: Store, tmp_path: Path) -> None:
    deed, calls, waits = store.ingests.take, 0, []

    def flickering(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        value = deed(*args) if calls % 2 else None  # the first time it is written, but the answer is lost
        if calls % 3 != 0:
            raise DatabaseUnreachable("The database does not answer.", "Wait.")
        return deed(*args) if value is None else value

    store.ingests.take = flickering  # type: ignore[method-assign]
    file = tape(tmp_path / "a.warc.gz")
    (one,) = take(patient(store, 60, sleep=waits.append), file, records=4)
    assert (one.records, one.pages, one.kept, one.known, one.dropped) == (11, 7, 3, 1, 3)
    assert waits
    with open_store(tmp_path, "calm") as calm:
        take(calm, file)
        assert rows(store) == rows(calm)


def test_a_slice_is_taken_once(store: Store, tmp_path: Path) -> None:
    file = tape(tmp_path / "a.warc.gz")
    seen: list[tuple[Any, ...]] = []
    deed = store.ingests.take
    store.ingests.take = lambda *args: (seen.append(args), deed(*args))[1]  # type: ignore[method-assign,func-returns-value]
    take(store, file, records=4)
    before = rows(store)
    assert len(seen) == 3
    last = store.ingests.progress(seen[0][0].digest)
    for args in seen:
        assert deed(*args) == last
    assert rows(store) == before
