"""How things stand: what ran, what is due, what waits, and what is broken.

Refuses alarm for daily life: a failed page is counted elsewhere; broken is what a person must mend.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from config.settings import Settings
from config.source import Source
from crawlers.identity import is_dead
from extraction.version import EXTRACTOR_VERSION
from storage.records import RunKind, RunOutcome, RunRecord
from storage.store import Store
from tipwatch.jobs.run import is_stale
from tipwatch.jobs.schedule import crawls_by_source, due, failures_in_a_row
from tipwatch.jobs.scheduler import next_due, recent_crawls

FAILURES_ALLOWED = 3
"""Failed crawls in a row after which a source is called broken: one may be the network, three are the site."""

LEAST_FREE = 512 * 1024**2
COUNT_AT_MOST = 10_000
LATE = dt.timedelta(hours=2)
"""A feed or delivery that is overdue for so long waits for nobody's crawl any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LastRun:
    """The newest run of a kind, of one source where it has one. `outcome` is None while it runs."""

    kind: str
    source: str | None
    started: dt.datetime
    outcome: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedStatus:
    """A feed of the settings, or a target of one. `stale` persons stand in it and may be named no more."""

    feed: str
    target: str | None
    version: str | None
    written: dt.datetime | None
    persons: int | None
    stale: int
    last_run: dt.datetime | None
    outcome: str | None
    detail: str | None
    due: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """How things stand. `broken` are sentences, empty when nobody need look. Backlogs count to `COUNT_AT_MOST`."""

    at: dt.datetime
    runs: tuple[LastRun, ...]
    sources: int
    watched_last_day: int
    failed_last_time: tuple[str, ...]
    never_crawled: int
    due: int
    next_due: dt.datetime | None
    being_crawled: Mapping[str, str]
    urls_pending: int
    pages_waiting: int
    articles_waiting: int
    to_resolve: int
    to_review: Mapping[str, int]
    quarantined: Mapping[str, int]
    data_dir: str
    database_bytes: int | None
    archive_bytes: int
    free_bytes: int
    extractor_version: str
    feeds: tuple[FeedStatus, ...]
    broken: tuple[str, ...]


def look(store: Store, sources: Sequence[Source], settings: Settings, now: dt.datetime) -> Status:
    """Look at everything; changes nothing."""
    crawls = recent_crawls(store, now)
    known = {source.id for source in sources}
    last = {name: run for name, run in store.runs.last_by_source(RunKind.CRAWL).items() if name in known}
    due_now = due(sources, crawls, now)
    latest = [found[0] for kind in RunKind if (found := store.runs.history(kind=kind, limit=1))]
    feeds = _feeds(store, settings, now)
    pages, articles = store.gauges.backlog(EXTRACTOR_VERSION, COUNT_AT_MOST)
    quarantined = store.gauges.quarantined()
    free = shutil.disk_usage(_existing(settings.data_dir)).free
    return Status(
        at=now,
        runs=tuple(
            LastRun(
                kind=run.kind.value,
                source=run.source_id,
                started=run.started,
                outcome=_word(run.outcome),
                counts=run.counts,
            )
            for run in latest
        ),
        sources=len(sources),
        watched_last_day=sum(
            run.outcome in {RunOutcome.DONE, RunOutcome.PARTIAL} and run.started > now - dt.timedelta(days=1)
            for run in last.values()
        ),
        failed_last_time=tuple(
            name for name, run in sorted(last.items()) if run.outcome in {RunOutcome.FAILED, RunOutcome.REFUSED}
        ),
        never_crawled=sum(entry.since is None for entry in due_now),
        due=len(due_now),
        next_due=next_due(store, sources, now),
        being_crawled={
            source_id: worker
            for source_id, worker in store.runs.claims(now).items()
            if source_id in known and not is_dead(worker)
        },
        urls_pending=sum(run.counts.get("pending", 0) for run in last.values()),
        pages_waiting=pages,
        articles_waiting=articles,
        to_resolve=store.resolution.waiting(),
        to_review={reason.value: n for reason, n in store.reviews.waiting(settings.min_score).items() if n},
        quarantined={
            reason.value: n for reason, n in sorted(quarantined.items(), key=lambda one: (-one[1], one[0]))
        },
        data_dir=str(settings.data_dir),
        database_bytes=_database_bytes(settings.database_url),
        archive_bytes=sum(file.stat().st_size for file in settings.archive_dir.glob("*.warc.gz")),
        free_bytes=free,
        extractor_version=EXTRACTOR_VERSION,
        feeds=feeds,
        broken=(
            *_failing(sources, crawls),
            *_ended_badly(latest, {one.feed for one in feeds}),
            *_feeds_wrong(feeds, now),
            *_left_behind(store, now),
            *([f"only {free // 1024**2} MB are free where the data lies"] if free < LEAST_FREE else []),
        ),
    )


def _failing(sources: Sequence[Source], crawls: Sequence[RunRecord]) -> list[str]:
    known = {source.id for source in sources}
    found: list[str] = []
    for source_id, runs in sorted(crawls_by_source(crawls).items()):
        failures = failures_in_a_row(runs)
        if failures >= FAILURES_ALLOWED and source_id in known:
            last = max(runs, key=lambda run: run.run_id)
            found.append(f"{source_id}: the last {failures} crawls failed ({last.detail or 'no reason given'})")
    return found


def _ended_badly(latest: Sequence[RunRecord], feeds: Collection[str]) -> list[str]:
    """Feeds of the settings are told of one by one elsewhere."""
    return [
        f"{run.kind.value}: the last run {run.outcome.value} ({run.detail or 'no reason given'})"
        for run in latest
        if run.kind not in {RunKind.CRAWL, RunKind.DELIVER}
        and run.outcome in {RunOutcome.FAILED, RunOutcome.REFUSED}
        and not (run.kind is RunKind.FEED and run.source_id in feeds)
    ]


def _feeds(store: Store, settings: Settings, now: dt.datetime) -> tuple[FeedStatus, ...]:
    if not settings.feeds:
        return ()  # and nothing of the feed is imported
    from tipwatch.jobs.scheduled_feeds import ScheduledFeeds

    found: list[FeedStatus] = []
    for state in ScheduledFeeds(store, settings.feeds, lambda: now).states():
        found.append(
            FeedStatus(
                feed=state.plan.name, target=None, version=state.version, written=state.written,
                persons=state.persons, stale=state.stale, due=state.due, **_last(state.last),
            )
        )  # fmt: skip
        found += [
            FeedStatus(
                feed=state.plan.name, target=target.shown, version=target.version, written=target.brought,
                persons=None, stale=0, due=target.due, **_last(target.last),
            )
            for target in state.targets
        ]  # fmt: skip
    return tuple(found)


def _last(run: RunRecord | None) -> dict[str, Any]:
    return {
        "last_run": None if run is None else run.started,
        "outcome": None if run is None else _word(run.outcome),
        "detail": None if run is None else run.detail,
    }


def _feeds_wrong(feeds: Sequence[FeedStatus], now: dt.datetime) -> list[str]:
    """What failed and was not made good since; what waits for its next hour is daily life."""
    found = []
    for one in feeds:
        name = f"feed {one.feed}" if one.target is None else f"feed {one.feed} to {one.target}"
        failed = one.outcome in {"failed", "refused"}
        if failed and (one.written is None or one.last_run is None or one.last_run >= one.written):
            found.append(f"{name}: the last run {one.outcome} ({one.detail or 'no reason given'})")
        late = one.due is not None and one.due < now - LATE and (one.target is not None or one.written is not None)
        if late and not failed:
            found.append(f"{name}: was due at {one.due:%Y-%m-%d %H:%M}; does `tipwatch schedule` run?")
        if one.stale and failed:
            found.append(f"{name}: still names {one.stale} who may be named no more")
    return found


def _left_behind(store: Store, now: dt.datetime) -> list[str]:
    runs = store.runs.history(since=now - dt.timedelta(days=7), limit=1000)
    stale = sum(is_stale(run, now) for run in runs)
    return [f"{stale} runs ended without a word; the next crawl or extract takes up their work"] if stale else []


def _word(outcome: RunOutcome | None) -> str | None:
    return None if outcome is None else outcome.value


def _existing(path: Path) -> Path:
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path


def _database_bytes(url: str) -> int | None:
    """Size of an SQLite file; None for a server."""
    scheme, _, name = url.partition(":///")
    path = Path(name)
    return path.stat().st_size if scheme.startswith("sqlite") and name and path.is_file() else None
