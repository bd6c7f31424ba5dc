"""Which sources, exports and feeds are due: pure functions of what is wanted, what ran, and now.

Refuses clocks and chance: the same arguments give the same answer, and jitter comes from a source's name.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from config.source import Source, SourceState
from storage.records import RunKind, RunOutcome, RunRecord

MAX_WAIT = dt.timedelta(hours=24)
"""A failing source is tried at least once a day (or at its own interval, if that is longer)."""

RESUME_AFTER = dt.timedelta(minutes=5)
"""A crawl that was cut short is taken up again after this time: its frontier still holds what was found."""

JITTER = 0.1
"""Up to this share of the interval is added, by source, so that sources of one interval drift apart."""

FAILURES_THAT_COUNT = 8
"""2^8 intervals exceed `MAX_WAIT` for every interval over six minutes; more history changes nothing."""

FEED_RETRY = dt.timedelta(minutes=5)
LONGEST_FEED_RETRY = dt.timedelta(hours=6)
"""After a feed or delivery that failed or was refused; doubled for each further one, up to the longest."""

WITHDRAWN_AFTER = dt.timedelta(minutes=5)
"""From one feed to the next where a court, a takedown or a human took somebody off it: files keep 30 versions, and
an hour of reviewing must not use them up. The API withdraws without this delay."""

CHANGED_AFTER = dt.timedelta(hours=1)
"""The same where a person is merely not found any more, or went into another one."""

_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)
_NEVER_CRAWLED = frozenset({SourceState.PAUSED, SourceState.RETIRED})
_FAILURES = frozenset({RunOutcome.FAILED, RunOutcome.REFUSED})


@dataclass(frozen=True, kw_only=True, slots=True)
class DueSource:
    """A source whose time has come. `since` is when it became due, None when it never ran.

    `failures` counts the failed crawls since the last one that worked.
    """

    source: Source
    since: dt.datetime | None
    failures: int


def due(sources: Iterable[Source], runs: Iterable[RunRecord], now: dt.datetime) -> tuple[DueSource, ...]:
    """The sources to crawl now, those that never ran first, then the longest overdue.

    - `active` and `unverified` sources only.
    - Never before `interval_minutes` after the start of the last crawl that ended by itself.
    - After n failed crawls in a row the interval is doubled n times, up to `MAX_WAIT`.
    - A crawl that still runs, or was cut short, is taken up `RESUME_AFTER` its last sign of life: while its
      worker lives the lease on the source keeps everyone else away.
    - A run that claims to have started in the future counts as now when it is within one interval, and is not
      believed when it is later than that: a clock that jumped must not silence a source.

    `runs` may come in any order and hold runs of other kinds; ids, which only grow, tell which was last.
    """
    by_source = crawls_by_source(runs)
    found: list[DueSource] = []
    for source in sources:
        moment = due_at(source, by_source.get(source.id, ()), now)
        if moment is None and source.status.state in _NEVER_CRAWLED:
            continue
        if moment is None or moment <= now:
            failures = failures_in_a_row(by_source.get(source.id, ()))
            found.append(DueSource(source=source, since=moment, failures=failures))
    return tuple(sorted(found, key=_most_overdue_first))


def due_at(source: Source, runs: Sequence[RunRecord], now: dt.datetime) -> dt.datetime | None:
    """When a source is due next, given its own crawls; None when it never ran or never will."""
    if source.status.state in _NEVER_CRAWLED:
        return None
    crawls = sorted(runs, key=lambda run: run.run_id)
    interval = dt.timedelta(minutes=source.interval_minutes)
    while crawls and crawls[-1].started > now + interval:
        crawls.pop()
    if not crawls:
        return None
    last = crawls[-1]
    if last.outcome is None or last.outcome is RunOutcome.INTERRUPTED:
        return min(max(last.started, last.heartbeat), now) + min(RESUME_AFTER, interval)
    return min(last.started, now) + wait(source, failures_in_a_row(crawls))


def wait(source: Source, failures: int) -> dt.timedelta:
    """From the start of a crawl to the next: the interval, doubled for each failure in a row, and jitter."""
    interval = dt.timedelta(minutes=source.interval_minutes)
    longest = max(interval, MAX_WAIT)
    backed_off = min(interval * 2 ** min(failures, FAILURES_THAT_COUNT), longest)
    return backed_off + interval * (JITTER * _share(source.id))


def failures_in_a_row(runs: Sequence[RunRecord]) -> int:
    """Failed crawls since the last one that worked; those cut short say nothing about the source."""
    count = 0
    for run in sorted(runs, key=lambda run: run.run_id, reverse=True):
        if run.outcome is None or run.outcome is RunOutcome.INTERRUPTED:
            continue
        if run.outcome not in _FAILURES:
            break
        count += 1
    return count


def crawls_by_source(runs: Iterable[RunRecord]) -> Mapping[str, Sequence[RunRecord]]:
    """The crawls among `runs`, by source."""
    found: defaultdict[str, list[RunRecord]] = defaultdict(list)
    for run in runs:
        if run.kind is RunKind.CRAWL and run.source_id is not None:
            found[run.source_id].append(run)
    return found


def export_due(last: dt.datetime | None, moment: dt.time, now: dt.datetime) -> bool:
    """True when today's `moment` (UTC) has passed and no export was written since it."""
    today = dt.datetime.combine(now.date(), moment, tzinfo=dt.UTC)
    latest = today if today <= now else today - dt.timedelta(days=1)
    return last is None or min(last, now) < latest


class Haste(Enum):
    """Whether the feed that was written names somebody whom it would not name now, and why."""

    NONE = None
    CHANGED = CHANGED_AFTER
    WITHDRAWN = WITHDRAWN_AFTER


def feed_due_at(
    moment: dt.time,
    written: dt.datetime | None,
    runs: Iterable[RunRecord],
    now: dt.datetime,
    haste: Haste = Haste.NONE,
) -> dt.datetime:
    """When a feed is to be written next, long ago where there is none yet. `runs` are those of this feed.

    At the first `moment` (UTC) after it was `written`, or sooner in `haste`; after failures since then not before
    the pause that they ask for.
    """
    last = None if written is None else min(written, now)
    due_then = _BEGINNING if last is None else _next_moment(moment, last)
    if last is not None and haste.value is not None:
        due_then = min(due_then, last + haste.value)
    return max(due_then, _after_failures(runs, last, now))


def delivery_due_at(
    version: str, written: dt.datetime, runs: Iterable[RunRecord], now: dt.datetime
) -> dt.datetime | None:
    """When a version is to be brought to a target; None when it is there. `runs` are those of this target."""
    runs = list(runs)
    if any(run.outcome is RunOutcome.DONE and run.detail == delivered(version) for run in runs):
        return None
    return max(min(written, now), _after_failures(runs, min(written, now), now))


def delivered(version: str) -> str:
    """What the run of a delivery says when it is done."""
    return f"version {version}"


def _next_moment(moment: dt.time, last: dt.datetime) -> dt.datetime:
    that_day = dt.datetime.combine(last.astimezone(dt.UTC).date(), moment, tzinfo=dt.UTC)
    return that_day if that_day > last else that_day + dt.timedelta(days=1)


def _after_failures(runs: Iterable[RunRecord], since: dt.datetime | None, now: dt.datetime) -> dt.datetime:
    """The end of the pause after the runs since then that failed, were refused or cut short."""
    found = sorted((run for run in runs if since is None or run.started >= since), key=lambda run: run.run_id)
    failed = 0
    for run in reversed(found):
        if run.outcome in {RunOutcome.DONE, None}:
            break
        failed += run.outcome is not RunOutcome.INTERRUPTED
    if not failed:
        return _BEGINNING
    pause = min(FEED_RETRY * 2 ** min(failed - 1, FAILURES_THAT_COUNT), LONGEST_FEED_RETRY)
    return min(found[-1].started, now) + pause


def _most_overdue_first(entry: DueSource) -> tuple[bool, dt.datetime, str]:
    return (entry.since is not None, entry.since or dt.datetime.min.replace(tzinfo=dt.UTC), entry.source.id)


def _share(name: str) -> float:
    """A number in [0, 1) that belongs to a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4]) / 2**32
