"""Source health: what raises an alarm, what does not, and how often chance alone does."""

from __future__ import annotations

import datetime as dt
import math
import sys

import numpy as np
import pytest
import ruptures

from benchmarks.health import FIRST, step, volumes
from tipwatch.analysis.health import HealthAlarm, HealthKind, alarms, change_points
from tipwatch.errors import CommandError, ExitCode

WEEK: list[int | None] = [10, 12, 9, 11, 10, 5, 3]


def day(n: int) -> dt.date:
    return FIRST + dt.timedelta(days=n)


def brief(found: tuple[HealthAlarm, ...]) -> list[tuple[str, dt.date, dt.date | None]]:
    return [(alarm.kind.value, alarm.day, alarm.until) for alarm in found]


@pytest.mark.parametrize(
    ("name", "entries", "expected"),
    [
        ("nothing watched", [], []),
        ("never polled", [None] * 60, []),
        ("weekday rhythm", WEEK * 12, []),
        ("not yet watched is not silence", [None] * 60 + WEEK * 6, []),
        ("equal days", [5] * 100, []),
        ("too small to have a habit", [0, 0, 0, 0, 1, 0, 0] * 20, []),
        ("too new", WEEK * 2 + [0] * 3, []),
        ("polls fail", WEEK * 8 + [None] * 20, [("silent", day(56), None)]),
        ("polls fail for a while", WEEK * 8 + [None] * 9 + WEEK * 4, [("silent", day(56), day(64))]),
        ("six days are no silence", WEEK * 8 + [None] * 6 + WEEK * 4, []),
        ("dead feed", WEEK * 8 + [0] * 20, [("low", day(56), None)]),
        ("empty for a while", WEEK * 8 + [0] * 10, [("low", day(56), None)]),
        ("flood", WEEK * 8 + [60] * 7, [("high", day(56), None)]),
    ],
)
def test_alarms(name: str, entries: list[int | None], expected: list[tuple[str, dt.date, dt.date | None]]) -> None:
    assert brief(alarms(FIRST, entries)) == expected, name


def test_an_empty_feed_and_a_silence_have_each_their_sentence_with_the_day() -> None:
    (dead,) = alarms(FIRST, WEEK * 8 + [0] * 20)
    assert "Polls work, but not one new entry since 2024-02-26: 20 polled days" in dead.sentence
    assert "probably dead" in dead.sentence
    (silent,) = alarms(FIRST, WEEK * 8 + [None] * 20)
    assert "No poll worked from 2024-02-26 on, for 20 days, and still none" in silent.sentence
    (earlier,) = alarms(FIRST, WEEK * 8 + [None] * 3 + WEEK, silent_after=3)
    assert earlier.kind is HealthKind.SILENT


def test_days_nobody_polled_are_not_zeros() -> None:
    # Polled on weekdays only: 60 % of the days tell, none of the others counts as empty.
    entries = [None if i % 7 >= 5 else 10 for i in range(140)]
    assert alarms(FIRST, entries) == ()
    assert change_points(FIRST, entries) == ()


def test_a_dead_feed_is_a_change_point_of_its_day() -> None:
    (change,) = change_points(FIRST, WEEK * 30 + [0] * 60)
    assert change.day == day(210)
    assert (change.before, change.after, change.ratio) == (pytest.approx(60 / 7), 0, 0)
    assert f"From {day(210)} on about 0 new entries a day instead of 8.57" in change.sentence


def test_a_source_that_starts_late_has_no_ratio() -> None:
    (change,) = change_points(FIRST, [0] * 100 + WEEK * 20)
    assert change.day == day(100)
    assert change.ratio is None
    assert "nothing came before" in change.sentence


@pytest.mark.parametrize("entries", [[], [None] * 400, WEEK * 5, WEEK * 60, [0] * 400, [1] + [0] * 400])
def test_no_change_points_without_a_change(entries: list[int | None]) -> None:
    assert change_points(FIRST, entries) == ()


@pytest.mark.parametrize("spread", [math.inf, 5.0])
def test_chance_alone_raises_few_alarms_and_halvings_are_found(spread: float) -> None:
    rng = np.random.default_rng(7)
    flat = [volumes(rng, 20, 730, spread) for _ in range(40)]
    assert sum(len(change_points(FIRST, days)) for days in flat) / 80 <= 0.05  # a source and year
    assert sum(len(alarms(FIRST, days)) for days in flat) / 80 <= 0.15
    for factor in (0.5, 2.0):
        changed = [change_points(FIRST, volumes(rng, step(20, factor, 400, 730), 730, spread)) for _ in range(40)]
        near = [any(abs((found.day - day(400)).days) <= 14 for found in changes) for changes in changed]
        assert sum(near) >= 38


def test_the_fast_cost_is_the_cost_of_pelt_l2() -> None:
    values = np.random.default_rng(3).normal(np.repeat([0, 2, 1], 12))
    slow = ruptures.Pelt(model="l2", min_size=4, jump=1).fit(values).predict(pen=6.0)
    assert ruptures.KernelCPD(kernel="linear", min_size=4).fit(values).predict(pen=6.0) == slow


def test_without_ruptures_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ruptures", None)
    with pytest.raises(CommandError) as raised:
        change_points(FIRST, WEEK * 20)
    assert "tipwatch[report]" in (raised.value.remedy or "")
    assert raised.value.code is ExitCode.ENVIRONMENT
