"""The scheduler on a real database: two at once, restarts, signals, exports; never one source by two."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from threading import Event

import pytest

from config.catalogue import load_catalogue
from config.settings import Settings, load_settings
from storage.records import RunKind, RunOutcome
from storage.store import Store
from tests.app.outlet import ROOT, Installation, Outlet
from tipwatch.jobs.crawl import LEASE, crawl
from tipwatch.jobs.run import DEAD_AFTER, close_stale, wall_clock
from tipwatch.jobs.scheduler import DailyExport, next_due, sleep_seconds, still_due, turn
from tipwatch.jobs.status import look

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    return Installation(tmp_path)


def settings_of(desk: Installation) -> Settings:
    return load_settings({name: value for name, value in desk.env.items() if name.startswith("TIPWATCH_")})


def opened(desk: Installation) -> Store:
    return Store.open(desk.database_url, desk.archive)


@pytest.mark.slow
def test_two_at_once_never_crawl_the_same_source_twice(desk: Installation) -> None:
    with Outlet() as one, Outlet() as two, Outlet() as three:
        outlets = [one, two, three]
        for outlet, name in zip(outlets, ["ant", "bee", "cat"], strict=True):
            desk.watch(outlet, name)
        desk.run("db", "upgrade")
        schedulers = [desk.start("schedule", "--once") for _ in range(2)]
        outputs = [process.communicate(timeout=90) for process in schedulers]
        assert [process.returncode for process in schedulers] == [0, 0], outputs
        for outlet in outlets:
            asked = Counter(outlet.asked)
            assert asked["/news/charged"] == 1
            assert sum(n for path, n in asked.items() if path.startswith("/feed/")) == 1
    with opened(desk) as store:
        crawls = Counter(run.source_id for run in store.runs.history(kind=RunKind.CRAWL))
        assert crawls == {"in_ant": 1, "in_bee": 1, "in_cat": 1}
        assert store.runs.claims(wall_clock()) == {}
        assert sum(one.counts.named_accused for one in store.coverage.by_source()) >= 1


def test_a_held_source_is_left_to_its_worker(desk: Installation) -> None:
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        sources = list(load_catalogue(desk.sources).sources.values())
        with opened(desk) as store:
            assert store.runs.claim_source("in_daily", "another worker", wall_clock(), LEASE)
            result = crawl(store, sources, settings_of(desk), wall_clock)
            assert (result.reports, result.held) == ((), ("in_daily",))
            done = turn(store, lambda: sources, settings_of(desk), wall_clock, stop=Event())
            assert done.crawled is None
            assert next_due(store, sources, wall_clock()) is None
            later = wall_clock() + LEASE
            assert store.runs.claim_source("in_daily", "third worker", later, LEASE)
    assert outlet.asked == []


def test_a_dead_workers_source_is_taken_at_once(desk: Installation) -> None:
    """`kill -9`, then `tipwatch crawl` again: it crawls, and does not wait for the lease to run out."""
    with Outlet() as outlet, opened(desk) as store:
        desk.watch(outlet, "daily")
        sources = list(load_catalogue(desk.sources).sources.values())
        claim = (
            "import datetime as dt, sys; "
            "from crawlers.identity import worker_name; from storage.store import Store; "
            "store = Store.open(sys.argv[1], __import__('pathlib').Path(sys.argv[2])); "
            "now = dt.datetime.now(dt.UTC); "
            "assert store.runs.claim_source('in_daily', worker_name(), now, dt.timedelta(minutes=5))"
        )
        subprocess.run(
            [sys.executable, "-c", claim, desk.database_url, str(desk.archive)], check=True, cwd=ROOT, timeout=60
        )
        assert list(store.runs.claims(wall_clock())) == ["in_daily"]
        assert look(store, sources, settings_of(desk), wall_clock()).being_crawled == {}
        close_stale(store, wall_clock())
        result = crawl(store, sources, settings_of(desk), wall_clock)
        assert (len(result.reports), result.held) == (1, ())
        assert store.runs.claims(wall_clock()) == {}


@pytest.mark.slow
def test_a_source_that_another_has_just_crawled_is_not_crawled_again(desk: Installation) -> None:
    """Between the look at what is due and the claim another scheduler may have done the work."""
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        sources = list(load_catalogue(desk.sources).sources.values())
        with opened(desk) as store:
            assert len(crawl(store, sources, settings_of(desk), wall_clock).reports) == 1
            asked = len(outlet.asked)
            late = crawl(store, sources, settings_of(desk), wall_clock, still_wanted=still_due(store, wall_clock))
            assert (late.reports, late.held, len(outlet.asked)) == ((), (), asked)
            assert store.runs.claims(wall_clock()) == {}


def test_stop_is_obeyed_between_the_steps(desk: Installation) -> None:
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        sources = list(load_catalogue(desk.sources).sources.values())
        stop = Event()
        stop.set()
        with opened(desk) as store:
            done = turn(store, lambda: sources, settings_of(desk), wall_clock, stop=stop)
    assert (len(done.due), done.crawled, done.extracted, outlet.asked) == (1, None, None, [])


def test_the_daily_export_is_written_once_and_a_refusal_waits_for_tomorrow(desk: Installation) -> None:
    sources = list(load_catalogue(desk.sources).sources.values())
    daily = DailyExport(directory=desk.folder / "out", at=dt.time(6, 0))
    with opened(desk) as store:

        def at(now: dt.datetime) -> Path | None:
            return turn(store, lambda: sources, settings_of(desk), lambda: now, stop=Event(), daily=daily).exported

        assert at(NOW) == daily.directory
        assert at(NOW + dt.timedelta(hours=1)) is None
        assert at(NOW + dt.timedelta(hours=17)) is None
        assert at(NOW + dt.timedelta(hours=18)) == daily.directory
    assert (daily.directory / "coverage.csv").is_file()


def test_runs_of_dead_workers_are_closed(desk: Installation) -> None:
    with opened(desk) as store:
        dead = store.runs.start(RunKind.CRAWL, "in_daily", "elsewhere/1/1", NOW - 2 * DEAD_AFTER)
        alive = store.runs.start(RunKind.CRAWL, "in_other", "elsewhere/2/2", NOW - 2 * DEAD_AFTER)
        store.runs.heartbeat(alive, NOW - dt.timedelta(minutes=1))
        assert close_stale(store, NOW) == 1
        by_id = {run.run_id: run for run in store.runs.history()}
    assert by_id[dead].outcome is RunOutcome.INTERRUPTED
    assert by_id[alive].outcome is None


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (None, 300),
        (NOW, 5),
        (NOW - dt.timedelta(days=1), 5),
        (NOW + dt.timedelta(seconds=40), 40),
        (NOW + dt.timedelta(days=1), 300),
    ],
)
def test_sleep(moment: dt.datetime | None, seconds: float) -> None:
    assert sleep_seconds(moment, NOW) == seconds


def test_status_names_the_failing_source_and_only_that(desk: Installation) -> None:
    desk.watch(None, "good")
    (desk.sources / "in" / "bad.yml").write_text(
        (desk.sources / "in" / "good.yml").read_text(encoding="utf-8").replace(":9/", ":10/"), encoding="utf-8"
    )
    sources = list(load_catalogue(desk.sources).sources.values())
    with opened(desk) as store:
        for number in range(3):
            for name, outcome in (("in_bad", RunOutcome.FAILED), ("in_good", RunOutcome.DONE)):
                run = store.runs.start(RunKind.CRAWL, name, "w", NOW + number * dt.timedelta(minutes=1))
                store.runs.finish(run, outcome, NOW + number * dt.timedelta(minutes=2), {}, "dns 1")
            found = look(store, sources, settings_of(desk), NOW + dt.timedelta(minutes=9))
            assert [problem.partition(":")[0] for problem in found.broken] == (["in_bad"] if number == 2 else [])
            assert found.failed_last_time == ("in_bad",), "seen at a glance from the first time on"
    printed = desk.run("status").stdout.decode()
    assert "1 (in_bad) failed last time" in printed
    shown = desk.run("status", "--format", "json")
    assert shown.returncode == 1
    assert "in_bad: the last 3 crawls failed (dns 1)" in json.loads(shown.stdout)["broken"]


@pytest.mark.slow
def test_sigterm_finishes_the_batch(desk: Installation) -> None:
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        outlet.hold()
        process = desk.start("schedule")
        _wait_until_asked(outlet)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        outlet.let_go()
        output, errors = process.communicate(timeout=90)
    assert process.returncode == 0, errors.decode()
    assert b"2 pages, 1 kept" in output
    assert b"Stopped." in output
    with opened(desk) as store:
        (run,) = store.runs.history(kind=RunKind.CRAWL)
        assert run.outcome is RunOutcome.DONE
        assert store.runs.claims(wall_clock()) == {}


@pytest.mark.slow
def test_killed_and_started_again_it_goes_on(desk: Installation) -> None:
    with Outlet() as outlet:
        desk.watch(outlet, "daily")
        outlet.hold()
        process = desk.start("schedule")
        _wait_until_asked(outlet)
        os.kill(process.pid, signal.SIGKILL)
        outlet.let_go()
        process.communicate()
        time.sleep(3)  # the crawl's own process ends with its parent
        with opened(desk) as store:
            store.runs.claim_source("in_daily", "nobody", wall_clock() + dt.timedelta(days=2), LEASE)
            store.runs.release_source("in_daily", "nobody")
        done = desk.run("crawl")
        assert done.returncode == 0, done.stderr.decode()
        asked = Counter(outlet.asked)
    assert asked["/news/charged"] <= 2
    with opened(desk) as store:
        outcomes = [run.outcome for run in store.runs.history(kind=RunKind.CRAWL)]
        assert outcomes[0] is RunOutcome.DONE
        assert set(outcomes[1:]) <= {RunOutcome.INTERRUPTED}
        counts = {one.source_id: one.counts for one in store.coverage.by_source()}["in_daily"]
        assert (counts.pages_kept, counts.pages_fetched) == (1, 2)


def _wait_until_asked(outlet: Outlet) -> None:
    until = time.monotonic() + 40
    while not outlet.asked and time.monotonic() < until:
        time.sleep(0.05)
    assert outlet.asked
