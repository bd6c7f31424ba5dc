"""Tables and laws of `due`: which sources are crawled when."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import (
    Feed,
    Level,
    Ownership,
    Politeness,
    Publisher,
    PublisherKind,
    Source,
    SourceState,
    Status,
    Volume,
)
from storage.records import RunKind, RunOutcome, RunRecord
from tipwatch.jobs.schedule import MAX_WAIT, RESUME_AFTER, due, due_at, export_due, wait

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def a_source(name: str = "in_daily", state: SourceState = SourceState.ACTIVE, interval: int = 60) -> Source:
    return Source(
        id=name,
        country=name[:2],
        title="The Daily",
        homepage=f"https://{name}.example/",
        publisher=Publisher(
            name="Daily Ltd", kind=PublisherKind.NEWSPAPER, ownership=Ownership.PRIVATE, official=False
        ),
        countries=(name[:2],),
        languages=("en",),
        level=Level.LOCAL,
        discover=(Feed(url=f"https://{name}.example/feed"),),
        politeness=Politeness(delay=5.0, pages_per_run=50),
        expected=Volume(min_month=1, max_month=100),
        status=Status(state=state, reason="seeded", date=dt.date(2026, 1, 1)),
        interval_minutes=interval,
    )


def a_run(
    run_id: int,
    ago: float,
    outcome: RunOutcome | None = RunOutcome.DONE,
    *,
    source: str = "in_daily",
    kind: RunKind = RunKind.CRAWL,
) -> RunRecord:
    """A crawl that started `ago` minutes before now, and sent its last sign of life a minute later."""
    started = NOW - ago * MINUTE
    beat = started + MINUTE
    return RunRecord(
        run_id=run_id,
        kind=kind,
        source_id=source,
        worker="w",
        started=started,
        heartbeat=beat,
        finished=None if outcome is None else beat,
        outcome=outcome,
        counts={},
        detail=None,
    )


DONE, PARTIAL, FAILED, CUT = RunOutcome.DONE, RunOutcome.PARTIAL, RunOutcome.FAILED, RunOutcome.INTERRUPTED

TABLE = [
    ("never ran", [], True),
    ("ran just now", [a_run(1, 1)], False),
    ("one minute short of its interval", [a_run(1, 59)], False),
    ("interval and the largest jitter passed", [a_run(1, 67)], True),
    ("partial counts as a crawl", [a_run(1, 30, PARTIAL)], False),
    ("an older run does not matter", [a_run(1, 500), a_run(2, 10)], False),
    ("the last run is the one with the highest id", [a_run(2, 10), a_run(1, 500)], False),
    ("one failure doubles the interval", [a_run(1, 100, FAILED)], False),
    ("one failure, two intervals later", [a_run(1, 127, FAILED)], True),
    ("two failures wait four intervals", [a_run(1, 400, FAILED), a_run(2, 200, FAILED)], False),
    ("two failures, four intervals later", [a_run(1, 400, FAILED), a_run(2, 247, FAILED)], True),
    ("a success forgives", [a_run(1, 900, FAILED), a_run(2, 500, FAILED), a_run(3, 67)], True),
    ("twenty failures still try once a day", [a_run(i, 3000 - i, FAILED) for i in range(20)], True),
    ("a run by another source", [a_run(1, 1, source="in_other")], True),
    ("a run of another kind", [a_run(1, 1, kind=RunKind.CHECK)], True),
    ("cut short a moment ago", [a_run(1, 4, CUT)], False),
    ("cut short, resumed after five minutes", [a_run(1, 6.5, CUT)], True),
    ("still running and alive", [a_run(1, 3, None)], False),
    (
        "a cut between failures is no success",
        [a_run(1, 300, FAILED), a_run(2, 250, CUT), a_run(3, 200, FAILED)],
        False,
    ),
    ("half an hour in the future counts as now", [a_run(1, -30)], False),
    ("a day in the future is a clock's error", [a_run(1, -1440)], True),
    ("a clock's error does not hide the run before", [a_run(1, 20), a_run(2, -1440)], False),
]


@pytest.mark.parametrize(("runs", "expected"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE])
def test_due(runs: list[RunRecord], expected: bool) -> None:
    assert bool(due([a_source()], runs, NOW)) is expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (SourceState.ACTIVE, True),
        (SourceState.UNVERIFIED, True),
        (SourceState.PAUSED, False),
        (SourceState.RETIRED, False),
    ],
)
@pytest.mark.parametrize("runs", [[], [a_run(1, 9999)], [a_run(1, 9999, FAILED)]])
def test_paused_and_retired_never(state: SourceState, expected: bool, runs: list[RunRecord]) -> None:
    assert bool(due([a_source(state=state)], runs, NOW)) is expected


def test_order_is_never_ran_then_longest_overdue() -> None:
    sources = [a_source("in_c"), a_source("in_b"), a_source("in_a"), a_source("in_d")]
    runs = [a_run(1, 200, source="in_a"), a_run(2, 900, source="in_b"), a_run(3, 1, source="in_d")]
    assert [entry.source.id for entry in due(sources, runs, NOW)] == ["in_c", "in_b", "in_a"]


outcomes = st.one_of(st.none(), st.sampled_from(list(RunOutcome)))
histories = st.lists(st.tuples(st.floats(-3000, 6000), outcomes), max_size=12).map(
    lambda rows: [a_run(i, ago, outcome) for i, (ago, outcome) in enumerate(rows)]
)
intervals = st.integers(5, 3000)


@given(runs=histories, interval=intervals, data=st.data())
def test_order_of_history_does_not_matter(runs: list[RunRecord], interval: int, data: st.DataObject) -> None:
    sources = [a_source(interval=interval), a_source("in_other")]
    shuffled = data.draw(st.permutations(runs))
    assert due(sources, runs, NOW) == due(list(reversed(sources)), shuffled, NOW)


@given(runs=histories, interval=intervals)
def test_never_before_the_interval_of_a_crawl_that_ended_by_itself(runs: list[RunRecord], interval: int) -> None:
    source = a_source(interval=interval)
    ended = [run for run in runs if run.outcome not in {None, CUT} and run.started <= NOW]
    last = max(runs, key=lambda run: run.run_id, default=None)
    if due([source], runs, NOW) and last is not None and last in ended:
        assert last.started + interval * MINUTE <= NOW


@given(runs=histories, interval=intervals)
def test_never_silent_for_long(runs: list[RunRecord], interval: int) -> None:
    """Whatever happened, and whatever the clock said, a source is due again within a bounded time."""
    source = a_source(interval=interval)
    moment = due_at(source, runs, NOW)
    bound = max(MAX_WAIT, interval * MINUTE) + interval * MINUTE * 1.1
    assert moment is None or moment <= NOW + max(bound, RESUME_AFTER)


@given(interval=intervals, failures=st.integers(0, 100))
def test_back_off_grows_and_is_capped(interval: int, failures: int) -> None:
    source = a_source(interval=interval)
    assert wait(source, failures) <= wait(source, failures + 1)
    assert (
        interval * MINUTE <= wait(source, failures) <= max(MAX_WAIT, interval * MINUTE) + interval * MINUTE * 0.1
    )


@given(runs=histories, later=st.integers(0, 10_000))
def test_once_due_it_stays_due(runs: list[RunRecord], later: int) -> None:
    believable = [run for run in runs if run.started <= NOW]
    if due([a_source()], believable, NOW):
        assert due([a_source()], believable, NOW + later * MINUTE)


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, True),
        (NOW - dt.timedelta(hours=1), False),  # written at 11:00, after today's 06:00
        (NOW - dt.timedelta(hours=7), True),  # written at 05:00
        (NOW - dt.timedelta(hours=30), True),
        (NOW + dt.timedelta(days=1), False),  # a clock that jumped counts as now
    ],
)
def test_export_once_a_day(last: dt.datetime | None, expected: bool) -> None:
    assert export_due(last, dt.time(6, 0), NOW) is expected


def test_export_before_its_moment_waits_for_it() -> None:
    assert not export_due(NOW - dt.timedelta(hours=10), dt.time(18, 0), NOW)
