"""Turns at hosts: in line within a process, through the database between processes, whatever the clock does."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
import time
from pathlib import Path

import pytest

from crawlers.turns import HostBusy, Turns
from storage.store import Store

pytestmark = pytest.mark.slow  # real crawls in real processes; left out of `make check`

NOW = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)


class Clock:
    """A wall clock that somebody sets."""

    def __init__(self) -> None:
        self.offset = dt.timedelta(0)
        self._began = time.monotonic()

    def __call__(self) -> dt.datetime:
        return NOW + self.offset + dt.timedelta(seconds=time.monotonic() - self._began)


@pytest.mark.parametrize("delay", [0.2, 1.0])  # below a second a host is kept, from there on it is given back
@pytest.mark.parametrize("jump", [dt.timedelta(0), dt.timedelta(days=1), -dt.timedelta(days=1)])
def test_a_clock_that_jumps_makes_no_burst_and_sticks_nothing(
    tmp_path: Path, delay: float, jump: dt.timedelta
) -> None:
    async def crawl(store: Store) -> list[float]:
        clock = Clock()
        turns = Turns(store.frontier.hosts, "one", clock, timeout=1.0)
        times = []
        for _ in range(4):
            async with turns.turn("n.example", delay):
                times.append(time.monotonic())
            clock.offset += jump
        turns.close()
        return times

    with Store.open(f"sqlite:///{tmp_path}/t.db", tmp_path / "archive") as store:
        times = asyncio.run(crawl(store))
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= delay * 0.99
    assert max(gaps) < 2 * delay + 1.0


@pytest.mark.parametrize("lag", [0.0, 0.7, -0.7], ids=["one clock", "b lags", "a lags"])
def test_two_processes_take_turns(tmp_path: Path, lag: float) -> None:
    """Each process as a set of turns of its own over one database: nobody is starved, the delay holds for both.

    With a `lag` in seconds the pauses that one announces are over in the other's eyes before they are.
    """
    began: list[tuple[float, str]] = []
    busy = 0

    async def one(turns: Turns, name: str, times: int) -> None:
        nonlocal busy
        for _ in range(times):
            async with turns.turn("n.example", 1.0):
                busy += 1
                assert busy == 1
                began.append((time.monotonic(), name))
                await asyncio.sleep(0.05)
                busy -= 1

    async def both(store: Store) -> None:
        clocks = {"a": Clock(), "b": Clock()}
        clocks["b"].offset = -dt.timedelta(seconds=lag)
        await asyncio.gather(
            *(one(Turns(store.frontier.hosts, name, clock, 1.0), name, 3) for name, clock in clocks.items())
        )

    with Store.open(f"sqlite:///{tmp_path}/t.db", tmp_path / "archive") as store:
        asyncio.run(both(store))
    assert len(began) == 6
    gaps = [later[0] - earlier[0] for earlier, later in itertools.pairwise(began)]
    assert min(gaps) >= 1.0
    assert {name for _, name in began[:3]} == {"a", "b"}, "both had a turn before either was done"


def test_a_long_pause_is_not_waited_for_and_is_kept(tmp_path: Path) -> None:
    async def ask(turns: Turns) -> None:
        async with turns.turn("n.example", 0.0) as turn:
            turn.pause = 900.0
        turns.close()

    async def again(turns: Turns) -> None:
        async with turns.turn("n.example", 0.0):
            raise AssertionError("nobody may ask")

    with Store.open(f"sqlite:///{tmp_path}/t.db", tmp_path / "archive") as store:
        clock = Clock()
        asyncio.run(ask(Turns(store.frontier.hosts, "one", clock, timeout=1.0)))
        with pytest.raises(HostBusy) as busy:
            asyncio.run(again(Turns(store.frontier.hosts, "two", clock, timeout=1.0)))
        assert 890 < busy.value.seconds <= 900
        clock.offset = dt.timedelta(seconds=901)
        with pytest.raises(AssertionError, match="nobody"):
            asyncio.run(again(Turns(store.frontier.hosts, "two", clock, timeout=1.0)))
