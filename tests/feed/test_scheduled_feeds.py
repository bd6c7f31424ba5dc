"""Feeds of the settings on a real database: hours, withdrawals, refusals, deliveries, two schedulers at once.

Refuses real names: everybody here is made up.
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
from pathlib import Path
from threading import Event

import pytest

from config.feeds import DeliveryPlan, FeedPlan
from config.settings import Settings
from extraction.model import CaseReport, Stage
from storage.records import RunKind, RunOutcome
from storage.store import Store
from tests.feed.test_feed_clearing import PEOPLE
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, tell
from tipwatch.feed.files import read_index
from tipwatch.jobs.scheduled_feeds import ScheduledFeeds, Tended
from tipwatch.jobs.scheduler import turn, turn_of_feeds
from tipwatch.jobs.status import look

pytest.importorskip("followthemoney")

OTHER = "Ilmari Kvetoslav Sampaio"
MINUTE = dt.timedelta(minutes=1)
HOUR = dt.timedelta(hours=1)


class Desk:
    """A store with two persons who are sentenced, a feed of them, and a clock that is set by hand."""

    def __init__(self, store: Store, folder: Path, **changes: object) -> None:
        self.store, self.now = store, NOW  # noon
        self.folder, self.taker = folder / "feed", folder / "taker"
        made: dict[str, object] = {"name": "convicted", "directory": self.folder, "include_unreviewed": True}
        self.plan = FeedPlan(**{**made, **changes})  # type: ignore[arg-type]
        self.feeds = ScheduledFeeds(store, [self.plan], lambda: self.now)
        people: list[tuple[str, Stage, int | None]] = [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 33)]
        self.rare, self.other = tell(store, people, "2025-05-20", source="in_herald", words="Mirpur one")

    def tend(self, after: dt.timedelta = dt.timedelta()) -> Tended | None:
        self.now += after
        done = self.feeds.tend([], Event())
        return done[0] if done else None

    def version(self) -> str:
        index = read_index(self.folder)
        assert index is not None
        return str(index["version"])

    def broken(self) -> list[str]:
        settings = Settings(data_dir=self.folder.parent, feeds=(self.plan,))
        return [one for one in look(self.store, [], settings, self.now).broken if "feed" in one]


def holds(folder: Path, name: str) -> bool:
    return any(name.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_once_a_day_at_its_hour(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    first = desk.tend()
    assert first is not None
    assert first.result is not None
    assert (first.result.targets, first.problems) == (2, [])
    assert desk.tend(17 * HOUR) is None
    assert desk.feeds.next_due() == NOW.replace(hour=6) + dt.timedelta(days=1)
    assert desk.tend(HOUR) is not None
    assert desk.tend(MINUTE) is None
    assert desk.broken() == []
    assert [run.source_id for run in store.runs.history(kind=RunKind.FEED)] == ["convicted"] * 2


def test_an_acquittal_that_was_read_does_not_wait_for_the_hour(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    desk.tend()
    tell(store, [(RARE, Stage.ACQUITTED, 41)], "2025-09-01", source="in_herald", words="Mirpur two")
    desk.now += 6 * MINUTE
    done = turn_of_feeds(store, list, lambda: desk.now, stop=Event(), feeds=desk.feeds)
    assert [one.result.changes["DEL"] > 0 for one in done.feeds if one.result is not None] == [True]
    assert not holds(desk.folder, RARE.split()[-1])
    assert holds(desk.folder, OTHER.rsplit(maxsplit=1)[-1])
    assert desk.tend(MINUTE) is None


def test_a_takedown_does_not_wait_and_one_after_the_other_leave_five_minutes(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    desk.tend()
    store.takedowns.take_down(f"p-{desk.rare}", "letter 17", "mira", desk.now + MINUTE)
    assert desk.tend(2 * MINUTE) is None
    (state,) = desk.feeds.states()
    assert (state.stale, state.due) == (1, NOW + 5 * MINUTE)
    assert desk.tend(3 * MINUTE) is not None
    assert not holds(desk.folder, RARE.split()[-1])
    assert desk.feeds.states()[0].stale == 0


def test_whoever_is_merely_lost_waits_an_hour(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    desk.tend()
    story = store.reviews.record(desk.rare).summary.article_id
    empty = CaseReport(
        article_id=story, relevant=True, relevance_score=0.9, extractor_version="text-1.read-900", accused=()
    )
    assert store.articles.save_report(empty, desk.now + MINUTE)
    store.resolution.resolve(desk.now + MINUTE)
    assert desk.tend(30 * MINUTE) is None
    done = desk.tend(30 * MINUTE)
    assert done is not None
    assert done.result is not None
    assert done.result.targets == 0
    assert desk.tend(2 * HOUR) is None, "what is written is what would be written: no feed follows itself"


def test_a_refused_feed_is_said_retried_and_stays(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path, min_persons=2)
    desk.tend()
    version = desk.version()
    store.takedowns.take_down(f"p-{desk.rare}", "letter 17", "mira", desk.now + MINUTE)
    strict = FeedPlan(name="convicted", directory=desk.folder, include_unreviewed=True, min_persons=3)
    desk.plan, desk.feeds = strict, ScheduledFeeds(store, [strict], lambda: desk.now)
    refused = desk.tend(6 * MINUTE)
    assert refused is not None
    assert "fewer than the 3 asserted" in refused.problems[0]
    assert "still names 1 who may be named no more" in refused.problems[1]
    assert desk.version() == version
    said = desk.broken()
    assert "feed convicted: the last run refused" in said[0]
    assert said[1] == "feed convicted: still names 1 who may be named no more"
    assert desk.tend(4 * MINUTE) is None
    again = desk.tend(MINUTE)
    assert again is not None
    assert "fewer than the 3" in again.problems[0]
    assert desk.tend(9 * MINUTE) is None
    assert [run.outcome for run in store.runs.history(kind=RunKind.FEED)] == [
        RunOutcome.REFUSED, RunOutcome.REFUSED, RunOutcome.DONE,
    ]  # fmt: skip


def test_a_folder_that_is_not_ours_is_said_and_the_other_feed_is_written(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("mine")
    wrong = FeedPlan(name="wrong", directory=tmp_path / "notes")
    feeds = ScheduledFeeds(store, [wrong, desk.plan], lambda: NOW)
    one, two = feeds.tend([], Event())
    assert "not a feed's (mine.txt)" in one.problems[0]
    assert two.result is not None
    assert two.result.targets == 2
    assert feeds.tend([], Event()) == []


def test_what_was_written_is_delivered_once_and_again_after_a_failure(store: Store, tmp_path: Path) -> None:
    targets = tuple(DeliveryPlan(to=f"file://{tmp_path}/{name}") for name in ("taker", "blocked"))
    (tmp_path / "blocked").write_text("a file where a folder is to be")
    desk = Desk(store, tmp_path, deliver=targets)
    first = desk.tend()
    assert first is not None
    assert first.delivered == [str(tmp_path / "taker")]
    assert "Feed convicted to file:///" in first.problems[0]
    assert json.loads((desk.taker / "index.json").read_text())["version"] == desk.version()
    assert "blocked: the last run failed" in desk.broken()[0]
    assert desk.tend(2 * MINUTE) is None
    (tmp_path / "blocked").unlink()
    again = desk.tend(4 * MINUTE)
    assert again is not None
    assert (again.result, again.delivered, again.problems) == (None, [str(tmp_path / "blocked")], [])
    assert desk.tend(MINUTE) is None
    assert desk.broken() == []
    assert {one.version for one in desk.feeds.states()[0].targets} == {desk.version()}


def test_who_was_taken_down_leaves_the_takers_folder_too(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path, deliver=(DeliveryPlan(to=f"file://{tmp_path}/taker"),))
    desk.tend()
    assert holds(desk.taker, RARE.split()[-1])
    store.takedowns.take_down(f"p-{desk.rare}", "letter 17", "mira", desk.now + MINUTE)
    done = desk.tend(6 * MINUTE)
    assert done is not None
    assert done.delivered == [str(desk.taker)]
    assert not holds(desk.taker, RARE.split()[-1])


def test_a_feed_that_names_who_was_withdrawn_is_delivered_to_nobody(store: Store, tmp_path: Path) -> None:
    """The new one is refused: what lies there must not reach a taker who does not have it yet."""
    desk = Desk(store, tmp_path)
    desk.tend()
    store.takedowns.take_down(f"p-{desk.rare}", "letter 17", "mira", desk.now + MINUTE)
    to = DeliveryPlan(to=f"file://{tmp_path}/taker")
    plan = FeedPlan(name="convicted", directory=desk.folder, include_unreviewed=True, min_persons=9, deliver=(to,))
    feeds = ScheduledFeeds(store, [plan], lambda: NOW + HOUR)
    (done,) = feeds.tend([], Event())
    assert "is delivered no more" in done.problems[1]
    assert not desk.taker.exists()
    assert feeds.tend([], Event()) == []


def test_two_schedulers_write_a_feed_once(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    assert store.runs.claim_source("feed:convicted", "another", desk.now, HOUR)
    assert desk.tend() is None
    store.runs.release_source("feed:convicted", "another")
    assert desk.tend() is not None
    assert store.runs.claims(desk.now) == {}


def test_another_gate_is_written_anew_and_a_folder_that_is_gone_too(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    desk.tend()
    reviewed = FeedPlan(name="convicted", directory=desk.folder)
    (done,) = ScheduledFeeds(store, [reviewed], lambda: NOW + MINUTE).tend([], Event())
    assert done.result is not None
    assert done.result.targets == 0
    shutil.rmtree(desk.folder)
    assert desk.tend(MINUTE) is not None


def test_thirty_of_forty_are_taken_down_and_go_out_at_once(store: Store, tmp_path: Path) -> None:
    desk = Desk(store, tmp_path)
    ids = tell(store, [(name, Stage.SENTENCED, 30) for name in PEOPLE], "2025-02-10", words="Lonpur")
    desk.tend()
    for n, one in enumerate(ids[:30]):
        store.takedowns.take_down(f"p-{one}", f"letter {n}", "mira", desk.now + MINUTE)
    done = desk.tend(10 * MINUTE)
    assert done is not None
    assert done.result is not None
    assert (done.result.targets, done.problems) == (12, [])
    assert "30 of them acquitted, taken down" in done.result.warnings[0]


def test_a_turn_tends_the_feeds_and_tells_of_problems(store: Store, tmp_path: Path) -> None:
    good = FeedPlan(name="good", directory=tmp_path / "feed")
    strict = FeedPlan(name="strict", directory=tmp_path / "strict", min_persons=1)
    settings = Settings(data_dir=tmp_path, feeds=(good, strict))
    feeds = ScheduledFeeds(store, settings.feeds, lambda: NOW)
    stop = Event()
    stop.set()
    assert turn(store, list, settings, lambda: NOW, stop=stop, feeds=feeds).feeds == []
    done = turn(store, list, settings, lambda: NOW, stop=Event(), feeds=feeds)
    assert [(one.name, one.result is None) for one in done.feeds] == [("good", False), ("strict", True)]
    assert done.problems == done.feeds[1].problems
    assert "fewer than the 1 asserted" in done.problems[0]
