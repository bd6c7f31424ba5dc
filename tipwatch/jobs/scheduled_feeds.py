"""Feeds of the settings: each written at its hour, or soon once somebody was withdrawn, and brought to targets.

Refuses silence about what failed, two writers of one feed, and to deliver what still names somebody withdrawn.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TypeVar

from config.feeds import DeliveryPlan, FeedPlan
from config.source import Source
from crawlers.identity import worker_name
from storage.records import RunKind, RunOutcome, RunRecord
from storage.records.feed import FeedStage
from storage.store import Store
from tipwatch.deliver.address import read_address
from tipwatch.errors import CommandError, explain
from tipwatch.feed.assertions import Limits
from tipwatch.feed.dataset import person_key
from tipwatch.feed.files import read_index
from tipwatch.feed.snapshot import Snapshot
from tipwatch.feed.withdrawals import MARGIN, PREFIX, Withdrawals, groups, written
from tipwatch.feed.write import FeedResult
from tipwatch.jobs.deliver import DeliveryOrder, bring, prepare, tell
from tipwatch.jobs.feed import FeedOrder, feed
from tipwatch.jobs.run import Clock, running
from tipwatch.jobs.schedule import Haste, delivered, delivery_due_at, feed_due_at

log = logging.getLogger(__name__)

T = TypeVar("T")

LEASE = dt.timedelta(hours=1)
"""For which a feed is held; renewed before each delivery. A dead worker's is given back at once."""

HISTORY = 20
"""Runs looked at: after nine failures the pause no longer grows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TargetState:
    """How a target stands. `due` is None when it has the version that lies in the folder.

    `version` is what was brought there last, at `brought`.
    """

    plan: DeliveryPlan
    shown: str
    version: str | None
    brought: dt.datetime | None
    last: RunRecord | None
    due: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedState:
    """How a feed stands. `stale` are targets whom the written feed names and the database would not, or not so."""

    plan: FeedPlan
    version: str | None
    written: dt.datetime | None
    persons: int | None
    stale: int
    haste: Haste
    last: RunRecord | None
    due: dt.datetime
    targets: tuple[TargetState, ...]


@dataclass(kw_only=True, slots=True)
class Tended:
    """What was done about a feed. `delivered` are places as they may be shown, `problems` sentences."""

    name: str
    result: FeedResult | None = None
    delivered: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(kw_only=True, slots=True)
class _Known:
    snapshot: Snapshot
    moment: str
    stale: frozenset[str]


class ScheduledFeeds:
    """The feeds of an installation. What it remembers spares questions to the database, and may be forgotten."""

    def __init__(self, store: Store, plans: Sequence[FeedPlan], clock: Clock) -> None:
        self._store, self._plans, self._clock = store, plans, clock
        self._known: dict[Path, _Known] = {}

    def states(self) -> list[FeedState]:
        """How each feed stands; changes nothing."""
        return [self._state(plan) for plan in self._plans]

    def next_due(self) -> dt.datetime | None:
        """When the next of all feeds and deliveries is due; None when there is no feed."""
        return min((moment for state in self.states() for moment in _moments(state)), default=None)

    def tend(self, sources: Sequence[Source], stop: Event) -> list[Tended]:
        """Write and deliver what is due. `stop` is looked at between the steps. Raises nothing of a single feed's.

        `sources` is the whole catalogue, for the coverage of a feed.
        """
        done = []
        for plan in self._plans:
            if not stop.is_set() and any(moment <= self._clock() for moment in _moments(self._state(plan))):
                tended = self._tend(plan, sources, stop)
                done += [] if tended is None else [tended]
        return done

    def _tend(self, plan: FeedPlan, sources: Sequence[Source], stop: Event) -> Tended | None:
        claim, worker = f"feed:{plan.name}", worker_name()
        if not self._store.runs.claim_source(claim, worker, self._clock(), LEASE):
            return None
        done = Tended(name=plan.name)
        try:
            state = self._state(plan)  # another worker may have done it just before
            if state.due <= self._clock():
                done.result = self._safely(done, "", lambda: feed(self._store, sources, _order(plan), self._clock))
                state = self._state(plan)
            if state.stale:
                done.problems += [_withheld(state)] if done.problems else []
                return done
            for target in state.targets:
                if stop.is_set() or target.due is None or target.due > self._clock():
                    continue
                self._store.runs.claim_source(claim, worker, self._clock(), LEASE)
                place = self._safely(done, f" to {target.shown}", lambda to=target.plan: self._bring(plan, to))  # type: ignore[misc]
                done.delivered += [] if place is None else [place]
        finally:
            self._store.runs.release_source(claim, worker)
        return done

    def _bring(self, plan: FeedPlan, target: DeliveryPlan) -> str:
        with running(self._store, RunKind.DELIVER, self._clock, _run_name(plan, target)) as run:
            prepared = prepare(
                DeliveryOrder(
                    folder=plan.directory, to=target.to, key=target.key, identity=target.identity,
                    known_hosts=target.known_hosts, endpoint=target.endpoint, webhook=target.webhook,
                    webhook_secret=target.webhook_secret, tries=target.tries, timeout=target.timeout,
                )
            )  # fmt: skip
            made, shown = bring(prepared, self._clock)
            tell(prepared, self._clock)
            run.counts.update(files=len(made.send), bytes=made.bytes, removed=len(made.remove))
            run.detail = delivered(prepared.version or "")
            return shown

    def _safely(self, done: Tended, what: str, work: Callable[[], T]) -> T | None:
        """What the work gives; None, and a sentence, when it failed: a feed's fault must not end the crawl."""
        try:
            return work()
        except Exception as error:  # a run says so, too; KeyboardInterrupt is none
            known = explain(error)
            said = [f"a fault of tipwatch ({type(error).__name__})."] if known is None else known.lines
            done.problems.append(f"Feed {done.name}{what}: {' '.join(one.strip() for one in said)}")
            log.warning("feed.failed feed=%s error=%s", done.name, type(error).__name__)
            return None

    def _state(self, plan: FeedPlan) -> FeedState:
        now, runs = self._clock(), self._store.runs
        index = read_index(plan.directory)
        if index is not None and index["gate"] != _gate(plan):
            index = None  # another list than is wanted: it is written anew
        at = None if index is None else dt.datetime.fromisoformat(index["updated_at"]).replace(tzinfo=dt.UTC)
        stale = frozenset[str]() if index is None else self._stale(plan.directory, index["version"])
        haste = self._haste(stale, at)
        tried = runs.history(kind=RunKind.FEED, source_id=plan.name, limit=HISTORY)
        targets = []
        for target in plan.deliver:
            brought = runs.history(kind=RunKind.DELIVER, source_id=_run_name(plan, target), limit=HISTORY)
            due = None
            if index is not None and at is not None:
                due = delivery_due_at(index["version"], at, brought, now)
            done = next((run for run in brought if run.outcome is RunOutcome.DONE), None)
            targets.append(
                TargetState(
                    plan=target, shown=_shown(target), last=brought[0] if brought else None, due=due,
                    version=None if done is None else (done.detail or "").removeprefix(delivered("")),
                    brought=None if done is None else done.started,
                )
            )  # fmt: skip
        return FeedState(
            plan=plan, version=None if index is None else index["version"], written=at,
            persons=None if index is None else index["target_count"], stale=len(stale), haste=haste,
            last=tried[0] if tried else None, due=feed_due_at(plan.at, at, tried, now, haste),
            targets=tuple(targets),
        )  # fmt: skip

    def _haste(self, stale: frozenset[str], at: dt.datetime | None) -> Haste:
        if not stale or at is None:
            return Haste.NONE
        persons = [one.removeprefix(PREFIX) for one in stale]
        return Haste.WITHDRAWN if self._store.withdrawals.excused(persons, at - MARGIN) else Haste.CHANGED

    def _stale(self, directory: Path, version: str) -> frozenset[str]:
        """Targets of the written feed that it could not name so today: of whoever changed since."""
        known, moment = self._known.get(directory), self._store.feed.moment()
        if known is not None and (known.snapshot.version, known.moment) == (version, moment):
            return known.stale
        if known is not None and known.snapshot.version == version:
            snapshot = known.snapshot
        else:
            try:
                snapshot = Snapshot.open(directory)
            except CommandError:
                return frozenset()  # no whole feed: writing it says so
        since = min(written(snapshot), self._clock())  # a clock may have been set back
        changed = self._store.feed.changed_since(since - MARGIN)
        suspects = {one for one in map(person_key, changed) if snapshot.entity(one) is not None}
        suspects.update(groups(snapshot))
        standing = Withdrawals(self._store, self._clock).standing(snapshot, suspects) if suspects else {}
        stale = frozenset(suspects - standing.keys())
        self._known[directory] = _Known(snapshot=snapshot, moment=moment, stale=stale)
        return stale


def _order(plan: FeedPlan) -> FeedOrder:
    return FeedOrder(
        directory=plan.directory, stage=FeedStage(plan.stage.value), include_unreviewed=plan.include_unreviewed,
        min_score=plan.min_score, base_url=plan.base_url, name=plan.name,
        limits=Limits(
            min_targets=plan.min_persons, max_targets=plan.max_persons, min_countries=plan.min_countries
        ),
    )  # fmt: skip


def _gate(plan: FeedPlan) -> dict[str, object]:
    """As the index of a feed has it."""
    return {
        "stage": plan.stage.value, "include_unreviewed": plan.include_unreviewed, "min_score": plan.min_score,
    }  # fmt: skip


def _moments(state: FeedState) -> list[dt.datetime]:
    """When something is due. Nothing is delivered while the feed names somebody who was withdrawn."""
    waiting = [] if state.stale else [target.due for target in state.targets if target.due is not None]
    return [state.due, *waiting]


def _run_name(plan: FeedPlan, target: DeliveryPlan) -> str:
    return f"{plan.name}:{target.id}"


def _shown(target: DeliveryPlan) -> str:
    try:
        return read_address(target.to).shown
    except CommandError:
        return "a target that cannot be read"


def _withheld(state: FeedState) -> str:
    return (
        f"Feed {state.plan.name}: the one of {state.written:%Y-%m-%d %H:%M} still names {state.stale} who may be "
        "named no more, and is delivered no more. `tipwatch export … --force` overrules an assertion."
    )
