"""When a feed is to be written and delivered: tables of hours, haste and failures; and laws over any history."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records import RunKind, RunOutcome, RunRecord
from tipwatch.jobs.schedule import LONGEST_FEED_RETRY, Haste, delivered, delivery_due_at, feed_due_at

DAY = dt.datetime(2026, 3, 10, tzinfo=dt.UTC)
SIX = dt.time(6, 0)
DONE, FAILED, REFUSED, CUT = RunOutcome.DONE, RunOutcome.FAILED, RunOutcome.REFUSED, RunOutcome.INTERRUPTED


def at(clock: str, day: int = 0) -> dt.datetime:
    hours, minutes = map(int, clock.split(":"))
    return DAY + dt.timedelta(days=day, hours=hours, minutes=minutes)


def runs(*told: tuple[dt.datetime, RunOutcome | None], detail: str | None = None) -> list[RunRecord]:
    return [
        RunRecord(
            run_id=n, kind=RunKind.FEED, source_id="convicted", worker="w", started=started, heartbeat=started,
            finished=None, outcome=outcome, counts={}, detail=detail,
        )
        for n, (started, outcome) in enumerate(told, start=1)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "history", "haste", "expected"),
    [
        (at("06:00"), [], Haste.NONE, at("06:00", 1)),
        (at("06:03"), [], Haste.NONE, at("06:00", 1)),
        (at("05:59"), [], Haste.NONE, at("06:00")),
        (at("06:03", -3), [], Haste.NONE, at("06:00", -2)),  # nobody ran for days
        (at("09:00", 5), [], Haste.NONE, at("06:00", 1)),  # a clock that went back: as if written now
        (at("06:03"), [], Haste.WITHDRAWN, at("06:08")),
        (at("06:03"), [], Haste.CHANGED, at("07:03")),
        (at("05:57"), [], Haste.CHANGED, at("06:00")),
        (at("06:03"), [(at("06:02"), FAILED)], Haste.NONE, at("06:00", 1)),  # made good since
        (at("06:03", -1), [(at("06:00"), FAILED)], Haste.NONE, at("06:05")),
        (at("06:03", -1), [(at("06:00"), FAILED), (at("06:05"), REFUSED)], Haste.NONE, at("06:15")),
        (at("06:03", -1), [(at("06:00"), REFUSED)] * 20, Haste.NONE, at("12:00")),
        (at("06:03", -1), [(at("06:00"), FAILED)], Haste.WITHDRAWN, at("06:05")),  # a full disk stays full
        (at("06:03", -1), [(at("06:00"), CUT)], Haste.NONE, at("06:00")),
        (at("06:03", -1), [(at("06:00"), FAILED), (at("06:05"), CUT)], Haste.NONE, at("06:10")),
    ],
)
def test_when_a_feed_is_due(
    written: dt.datetime, history: list[tuple[dt.datetime, RunOutcome]], haste: Haste, expected: dt.datetime
) -> None:
    assert feed_due_at(SIX, written, runs(*history), at("12:30"), haste) == expected


def test_a_feed_that_is_not_there_is_due_at_once_and_after_a_failure_later() -> None:
    assert feed_due_at(SIX, None, [], at("12:30")) < DAY
    assert feed_due_at(SIX, None, runs((at("12:20"), FAILED)), at("12:30")) == at("12:25")


def test_a_version_goes_to_a_target_once() -> None:
    there = runs((at("06:05"), DONE), detail=delivered("20260310060300"))
    assert delivery_due_at("20260310060300", at("06:03"), there, at("12:00")) is None
    assert delivery_due_at("20260310070000", at("07:00"), there, at("12:00")) == at("07:00")
    assert delivery_due_at("20260310070000", at("07:00"), [], at("12:00")) == at("07:00")
    failed = runs((at("07:01"), FAILED), (at("07:06"), FAILED))
    assert delivery_due_at("20260310070000", at("07:00"), failed, at("12:00")) == at("07:16")
    assert delivery_due_at("20260310080000", at("08:00"), failed, at("12:00")) == at("08:00")  # new, so at once


MOMENTS = st.datetimes(dt.datetime(2026, 1, 1), dt.datetime(2026, 12, 31), timezones=st.just(dt.UTC))
ENDS = st.sampled_from([*RunOutcome, None])


@given(
    now=MOMENTS, written=st.none() | MOMENTS, moment=st.times().map(lambda one: one.replace(tzinfo=None)),
    told=st.lists(st.tuples(MOMENTS, ENDS), max_size=30), haste=st.sampled_from(Haste),
)  # fmt: skip
def test_whatever_happened_a_feed_is_due_within_a_day_and_haste_never_delays(
    now: dt.datetime,
    written: dt.datetime | None,
    moment: dt.time,
    told: list[tuple[dt.datetime, RunOutcome | None]],
    haste: Haste,
) -> None:
    history = runs(*told)
    found = feed_due_at(moment, written, history, now, haste)
    assert found <= now + max(dt.timedelta(days=1), LONGEST_FEED_RETRY)
    assert found <= feed_due_at(moment, written, history, now)
