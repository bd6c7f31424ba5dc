"""How things stand, as numbers for a monitor that asks every minute.

Refuses what takes long and what names anybody: sentences are `tipwatch status`' and `tipwatch health`'s.
"""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from config.settings import Settings
from config.source import Source
from extraction.version import EXTRACTOR_VERSION
from storage.records import RunKind
from storage.records.gauges import AccessTally, LastRuns, RunTally
from storage.store import Store
from tipwatch.jobs.schedule import crawls_by_source, due, failures_in_a_row
from tipwatch.jobs.scheduler import recent_crawls

if TYPE_CHECKING:
    from tipwatch.jobs.scheduled_feeds import FeedState, ScheduledFeeds

DAY = dt.timedelta(days=1)
RECENT = dt.timedelta(minutes=5)
"""Of the API's requests."""
OVERDUE = dt.timedelta(hours=2)
"""Due for so long, a source waits for a scheduler that does not run, or that has too much to do."""
COUNT_AT_MOST = 10_000
"""Of a backlog: beyond it, more is the same alarm."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceMeasures:
    """Sources by how they stand. `failures` are failed crawls in a row, of those that failed last time."""

    watched: int
    due: int
    overdue: int
    never_crawled: int
    held: int
    failures: Mapping[str, int]
    gaps: int
    pending: int


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedMeasures:
    """A feed of the settings. `late` seconds since it, or a delivery of it, was due; 0 when nothing is."""

    feed: str
    persons: int
    written: dt.datetime | None
    stale: int
    late: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Measures:
    """Everything that a scrape gets. Sizes in bytes; `database_bytes` None for a server."""

    at: dt.datetime
    reader: str
    runs: Sequence[RunTally]
    last_runs: Sequence[LastRuns]
    sources: SourceMeasures
    pages_waiting: int
    articles_waiting: int
    to_resolve: int
    quarantined: Mapping[str, int]
    to_review: Mapping[str, int]
    exported: int | None
    feeds: Sequence[FeedMeasures]
    accesses: Sequence[AccessTally]
    free_bytes: int
    database_bytes: int | None
    archive_bytes: int


def measure(
    store: Store,
    sources: Sequence[Source],
    settings: Settings,
    now: dt.datetime,
    *,
    feeds: ScheduledFeeds | None = None,
    queue: Callable[[], Mapping[str, int]] | None = None,
) -> Measures:
    """Look at everything; changes nothing. `queue` gives what waits for a human, where it is remembered.

    Raises StorageError.
    """
    pages, articles = store.gauges.backlog(EXTRACTOR_VERSION, COUNT_AT_MOST)
    last_export = store.runs.history(kind=RunKind.EXPORT, limit=1)
    return Measures(
        at=now,
        reader=EXTRACTOR_VERSION,
        runs=store.gauges.runs(now - DAY),
        last_runs=store.gauges.last_runs(),
        sources=_sources(store, sources, now),
        pages_waiting=pages,
        articles_waiting=articles,
        to_resolve=store.resolution.waiting(),
        quarantined={reason.value: n for reason, n in store.gauges.quarantined().items()},
        to_review=review_queue(store, settings) if queue is None else queue(),
        exported=last_export[0].counts.get("rows") if last_export else None,
        feeds=[] if feeds is None else [_feed(state, now) for state in feeds.states()],
        accesses=store.gauges.accesses(now - RECENT),
        free_bytes=shutil.disk_usage(nearest(settings.data_dir)).free,
        database_bytes=database_bytes(settings.database_url),
        archive_bytes=sum(file.stat().st_size for file in settings.archive_dir.glob("*.warc.gz")),
    )


def review_queue(store: Store, settings: Settings) -> dict[str, int]:
    """What waits for a human, by reason: the dearest question of all."""
    return {reason.value: n for reason, n in store.reviews.waiting(settings.min_score).items()}


def _sources(store: Store, sources: Sequence[Source], now: dt.datetime) -> SourceMeasures:
    crawls = recent_crawls(store, now)
    known = {source.id for source in sources}
    waiting = due(sources, crawls, now)
    by_source = {name: runs for name, runs in crawls_by_source(crawls).items() if name in known}
    failures = {name: failures_in_a_row(runs) for name, runs in sorted(by_source.items())}
    last = [max(runs, key=lambda run: run.run_id) for runs in by_source.values()]
    return SourceMeasures(
        watched=len(sources),
        due=len(waiting),
        overdue=sum(one.since is not None and one.since < now - OVERDUE for one in waiting),
        never_crawled=sum(one.since is None for one in waiting),
        held=len(known & store.runs.claims(now).keys()),
        failures={name: n for name, n in failures.items() if n},
        gaps=sum(run.counts.get("gaps", 0) for run in last),
        pending=sum(run.counts.get("pending", 0) for run in last),
    )


def _feed(state: FeedState, now: dt.datetime) -> FeedMeasures:
    dues = [state.due, *(target.due for target in state.targets if target.due is not None)]
    return FeedMeasures(
        feed=state.plan.name, persons=state.persons or 0, written=state.written, stale=state.stale,
        late=max(0.0, *((now - one).total_seconds() for one in dues)),
    )  # fmt: skip


def nearest(path: Path) -> Path:
    """The folder itself, or the nearest above it that is there."""
    path = path.resolve()
    while not path.exists():
        path = path.parent
    return path


def database_bytes(url: str) -> int | None:
    """Size of an SQLite file with its log; None for a server, or where there is no file yet."""
    scheme, _, name = url.partition(":///")
    path = Path(name)
    if not scheme.startswith("sqlite") or not name or not path.is_file():
        return None
    log = path.with_name(f"{path.name}-wal")
    return path.stat().st_size + (log.stat().st_size if log.is_file() else 0)
