"""Patience with a database: a server that comes back is waited for, one that stays away is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from storage.errors import DatabaseUnreachable, DiskFull
from storage.records import RunKind
from storage.store import Store
from tipwatch.jobs.patience import patient

NOW = dt.datetime(2026, 11, 23, tzinfo=dt.UTC)
AWAY = DatabaseUnreachable("away", "wait")


class Clock:
    """Time that passes by sleeping only."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class FlakyRuns:
    """A part of the store that is away for so many calls; the rest is the real one."""

    def __init__(self, real: object, error: Exception, times: int) -> None:
        self._real, self._error, self.left = real, error, times

    def start(self, *args: object) -> int:
        self.left -= 1
        if self.left >= 0:
            raise self._error
        return self._real.start(*args)  # type: ignore[attr-defined,no-any-return]


FlakyRuns.__module__ = "storage.runs"


@pytest.fixture
def opened(sqlite_url: str, tmp_path: Path) -> Store:
    return Store.open(sqlite_url, tmp_path / "archive")


def test_a_database_that_comes_back_is_waited_for(opened: Store) -> None:
    clock = Clock()
    with opened as store:
        store.runs = FlakyRuns(store.runs, AWAY, 5)  # type: ignore[assignment]
        run = patient(store, 300.0, sleep=clock.sleep, clock=clock).runs.start(RunKind.EXTRACT, None, "me", NOW)
        assert store.runs.left == -1  # type: ignore[attr-defined]
        assert run > 0
        assert 0 < clock.now < 30


@pytest.mark.parametrize(("error", "least", "most"), [(AWAY, 300, 306), (DiskFull("full", "free some"), 0, 0)])
def test_patience_ends_and_is_for_absence_only(opened: Store, error: Exception, least: float, most: float) -> None:
    clock = Clock()
    with opened as store:
        store.runs = FlakyRuns(store.runs, error, 10_000)  # type: ignore[assignment]
        with pytest.raises(type(error)):
            patient(store, 300.0, sleep=clock.sleep, clock=clock).runs.start(RunKind.EXTRACT, None, "me", NOW)
    assert least <= clock.now <= most


def test_a_file_is_not_waited_for(opened: Store) -> None:
    with opened as store:
        assert patient(store, 0.0) is store
