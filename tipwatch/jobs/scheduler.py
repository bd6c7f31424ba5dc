"""The loop around `due`: crawl what is due, read it, write lists and feeds, sleep until the next is due.

Refuses state of its own: everything is in the database, so it can be killed and started again, here or elsewhere.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from config.settings import Settings
from config.source import Source
from storage.errors import ExportRefused
from storage.records import ExportFormat, ExportStage, RunKind, RunOutcome, RunRecord
from storage.store import Store
from tipwatch.errors import CommandError, ExitCode
from tipwatch.jobs.crawl import CrawlResult, crawl
from tipwatch.jobs.export import ExportOrder, export
from tipwatch.jobs.extract import ExtractSummary, Limits, extract
from tipwatch.jobs.resolve import resolve
from tipwatch.jobs.run import Clock, close_stale
from tipwatch.jobs.schedule import FAILURES_THAT_COUNT, DueSource, crawls_by_source, due, due_at, export_due

if TYPE_CHECKING:
    from tipwatch.jobs.scheduled_feeds import ScheduledFeeds, Tended

log = logging.getLogger(__name__)

SOURCES_A_BATCH = 128
"""Four times what a crawl works on at once, so that a slow source keeps few others waiting; then it is read."""

SHORTEST_SLEEP = dt.timedelta(seconds=5)
LONGEST_SLEEP = dt.timedelta(minutes=5)
"""Even when nothing is due for hours: the catalogue or the clock may have changed."""
LONGEST_SLEEP_OF_FEEDS = dt.timedelta(minutes=1)
"""A takedown comes at any time, and looking costs a few questions to the database."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DailyExport:
    """Where and when (UTC) the loop writes its export."""

    directory: Path
    at: dt.time = dt.time(6, 0)
    stage: ExportStage = ExportStage.CHARGED
    format: ExportFormat = ExportFormat.CSV
    min_score: float = 0.0


@dataclass(kw_only=True, slots=True)
class Round:
    """What one turn of the loop did. `problems` are sentences for people."""

    due: tuple[DueSource, ...] = ()
    crawled: CrawlResult | None = None
    extracted: ExtractSummary | None = None
    exported: Path | None = None
    feeds: list[Tended] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def turn(
    store: Store,
    sources: Callable[[], Sequence[Source]],
    settings: Settings,
    clock: Clock,
    *,
    stop: Event,
    daily: DailyExport | None = None,
    feeds: ScheduledFeeds | None = None,
    limits: Limits | None = None,
) -> Round:
    """Once: close what dead workers left, crawl a batch of what is due, extract, resolve, export if it is time.

    Feeds are looked at first, too: a takedown does not wait for the crawl. `stop` is looked at between the steps:
    each step is finished, the next is not begun.
    """
    now = clock()
    close_stale(store, now)
    listed = list(sources())
    early = [] if feeds is None else feeds.tend(listed, stop)
    found = due(listed, recent_crawls(store, now), now)
    done = Round(due=found, feeds=early)
    batch = [entry.source for entry in found if entry.source.id not in store.runs.claims(now)][:SOURCES_A_BATCH]
    if batch and not stop.is_set():
        log.info("schedule.crawl sources=%d due=%d", len(batch), len(found))
        done.crawled = crawl(store, batch, settings, clock, still_wanted=still_due(store, clock))
        broken = next((one.failure for one in done.crawled.reports if one.failure is not None), None)
        if broken is not None:
            raise CommandError(broken[0], broken[1], ExitCode.ENVIRONMENT)
    if not stop.is_set() and (store.pages.unextracted(_version(), 1) or store.articles.unread(_version(), 1)):
        done.extracted = extract(store, clock, limits=limits)
    if not stop.is_set() and store.resolution.waiting():
        resolve(store, clock)
    if daily is not None and not stop.is_set() and export_due(last_export(store), daily.at, clock()):
        order = ExportOrder(
            directory=daily.directory, stage=daily.stage, format=daily.format, min_score=daily.min_score
        )
        try:
            done.exported = export(store, listed, order, clock).directory
        except ExportRefused as error:
            done.problems.append(f"{error.what} {error.remedy}")
    if feeds is not None:
        done.feeds += feeds.tend(listed, stop)
    done.problems += [problem for one in done.feeds for problem in one.problems]
    return done


def turn_of_feeds(
    store: Store, sources: Callable[[], Sequence[Source]], clock: Clock, *, stop: Event, feeds: ScheduledFeeds
) -> Round:
    """Once, without a crawl: what another scheduler has read is resolved, and feeds are written and delivered."""
    close_stale(store, clock())
    if store.resolution.waiting() and not stop.is_set():
        resolve(store, clock)
    tended = feeds.tend(list(sources()), stop)
    return Round(feeds=tended, problems=[problem for one in tended for problem in one.problems])


def run_forever(
    one_turn: Callable[[], Round],
    next_due: Callable[[], dt.datetime | None],
    clock: Clock,
    stop: Event,
    longest: dt.timedelta = LONGEST_SLEEP,
) -> None:
    """Turn after turn until `stop` is set; sleeps while nothing is due, no longer than `longest`."""
    while not stop.is_set():
        done = one_turn()
        if len(done.due) > SOURCES_A_BATCH and done.crawled is not None and done.crawled.reports:
            continue
        stop.wait(sleep_seconds(next_due(), clock(), longest))


def sleep_seconds(moment: dt.datetime | None, now: dt.datetime, longest: dt.timedelta = LONGEST_SLEEP) -> float:
    """Until the next source or feed is due, within bounds."""
    left = longest if moment is None else moment - now
    return min(max(left, SHORTEST_SLEEP), longest).total_seconds()


def still_due(store: Store, clock: Clock) -> Callable[[Sequence[Source]], Sequence[Source]]:
    """Those that are due by what the database says now."""

    def asked(sources: Sequence[Source]) -> Sequence[Source]:
        now = clock()
        return [entry.source for entry in due(sources, recent_crawls(store, now), now)]

    return asked


def next_due(store: Store, sources: Sequence[Source], now: dt.datetime) -> dt.datetime | None:
    """When the next source is due; None when none ever is."""
    runs = crawls_by_source(recent_crawls(store, now))
    held = store.runs.claims(now)
    moments = [due_at(one, runs.get(one.id, ()), now) for one in sources if one.id not in held]
    return min((moment for moment in moments if moment is not None), default=None)


def recent_crawls(store: Store, now: dt.datetime) -> list[RunRecord]:
    """As much history as `due` can use: the last crawl of each source, and the failures before it."""
    last = store.runs.last_by_source(RunKind.CRAWL)
    runs = {run.run_id: run for run in last.values()}
    for source_id, run in last.items():
        if run.outcome not in {RunOutcome.DONE, RunOutcome.PARTIAL} or run.started > now:
            limit = 2 * FAILURES_THAT_COUNT
            before = store.runs.history(kind=RunKind.CRAWL, source_id=source_id, limit=limit)
            runs |= {one.run_id: one for one in before}
    return list(runs.values())


def last_export(store: Store) -> dt.datetime | None:
    """When an export was last written, or refused: then it is not tried again until tomorrow."""
    runs = store.runs.history(kind=RunKind.EXPORT, limit=50)
    return next((run.started for run in runs if run.outcome in {RunOutcome.DONE, RunOutcome.REFUSED}), None)


def _version() -> str:
    from extraction.version import EXTRACTOR_VERSION

    return EXTRACTOR_VERSION
