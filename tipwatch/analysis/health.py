"""Is a source still giving what it used to give? Alarms and lasting changes from its daily volumes.

Refuses to judge a day that nobody polled, and a source too small or too new to have a habit.

Three questions, each with its own sentence. *Silent*: no poll has worked for days. *Empty or outside its band*:
polls work, but the mean of the last 7 days left [mean - 1.5 SD, mean + 2 SD] of the 28 days before (Media Cloud's
practice), or nothing new came at all. *Changed for good*: change points of weekly means. Seven-day means hold one
of each weekday, so a thin weekend raises nothing. SD is that of days, so the band sees collapses and floods; a
halving is found by the change points. Measured false alarms and power stand in docs/estimates.md.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tipwatch.errors import CommandError, ExitCode

RECENT, BASE = 7, 28  # days
LEAST_RECENT, LEAST_BASE = 4, 14  # of them polled
LEAST_MEAN = 0.5  # entries a day over the base: below it a band says nothing
LOW_SD, HIGH_SD = 1.5, 2.0
EMPTY_DAYS, EMPTY_EXPECTED = (
    7,
    10.0,
)  # polled days without an entry, and entries that would have been usual in them
WEEK, LEAST_WEEK_DAYS, LEAST_SEGMENT = 7, 4, 4  # days; polled days that a weekly mean needs; weeks
PENALTY = 3.0  # times noise variance times log(weeks)
LEAST_RATIO = 1.3  # a lasting change smaller than this (or its inverse) is no news to anyone

Floats = NDArray[np.float64]


class HealthKind(StrEnum):
    """What is wrong; words of `tipwatch.report.content.Alarm`. An empty feed is `low`, with its own sentence."""

    LOW = "low"
    HIGH = "high"
    SILENT = "silent"


@dataclass(frozen=True, kw_only=True, slots=True)
class HealthAlarm:
    """What was wrong from `day` until `until` (both included); `until` is None while it is still so."""

    kind: HealthKind
    day: dt.date
    until: dt.date | None
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangePoint:
    """From `day` on the volume is another: means are entries a polled day; `ratio` None where it was 0 before."""

    day: dt.date
    before: float
    after: float
    ratio: float | None
    sentence: str


def alarms(first: dt.date, entries: Sequence[int | None], *, silent_after: int = 7) -> tuple[HealthAlarm, ...]:
    """All alarms of a series by day: `entries[i]` on `first + i` days, None where no poll worked.

    `silent_after` days without a poll that worked are a silence; days before the first poll are none. Open alarms,
    those with `until` None, are the state on the last day.
    """
    values = np.array([np.nan if n is None else float(n) for n in entries])
    polled = np.flatnonzero(~np.isnan(values))
    if len(polled) == 0:
        return ()
    empty = list(_empty(first, values, polled))
    found = [*_silent(first, values, polled, silent_after), *empty]
    gaps = [(alarm.day, alarm.until) for alarm in empty]
    found.extend(alarm for alarm in _outside(first, values) if not _during(alarm, gaps))
    return tuple(sorted(found, key=lambda alarm: (alarm.day, alarm.kind)))


def change_points(first: dt.date, entries: Sequence[int | None]) -> tuple[ChangePoint, ...]:
    """Lasting changes of volume, the oldest first: PELT (Killick et al. 2012) on weekly means, then to the day.

    Weekly means are put on the scale 2 sqrt(x + 3/8) (Anscombe 1948), where counts have one variance. The noise is
    1.4826 * MAD of the differences of neighbouring weeks / sqrt(2), which a few steps do not move, and at least
    that of Poisson counts, sqrt(1/7). Penalty: 3 * noise^2 * log(weeks); 2 is BIC with a change's place as a
    parameter (Yao 1988), 3 because counts of news are overdispersed. Segments have 4 weeks at least; changes of
    less than a factor of 1.3 are left out, and so are sources that never gave half an entry a day.
    CommandError where `ruptures` is missing.
    """
    try:
        import ruptures
    except ImportError as error:
        raise CommandError(
            "Change points need the library `ruptures`, which is not installed.",
            "Install it with: pip install 'tipwatch[report]'",
            ExitCode.ENVIRONMENT,
        ) from error
    values = np.array([np.nan if n is None else float(n) for n in entries])
    starts, means = _weeks(values)
    if len(means) < 2 * LEAST_SEGMENT or np.quantile(means, 0.75) < LEAST_MEAN:
        return ()
    scaled = 2 * np.sqrt(means + 3 / 8)
    steps = np.diff(scaled)
    noise = max(math.sqrt(1 / WEEK), 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / math.sqrt(2))
    # The linear kernel's cost is the sum of squares about a segment's mean, as Pelt("l2") has it, but in C.
    fitted = ruptures.KernelCPD(kernel="linear", min_size=LEAST_SEGMENT).fit(scaled)
    ends = fitted.predict(pen=PENALTY * noise**2 * math.log(len(means)))
    bounds = [0, *(int(starts[end]) for end in ends[:-1]), len(values)]
    return tuple(_changes(first, values, bounds))


def _weeks(values: Floats) -> tuple[NDArray[np.int64], Floats]:
    """Index of the first day, and mean of the polled days, of each whole week that was polled on enough days."""
    n = len(values) // WEEK
    weeks = values[: n * WEEK].reshape(n, WEEK)
    enough = (~np.isnan(weeks)).sum(axis=1) >= LEAST_WEEK_DAYS
    means = np.nanmean(weeks[enough], axis=1) if enough.any() else np.empty(0)
    return np.arange(n, dtype=np.int64)[enough] * WEEK, means


def _changes(first: dt.date, values: Floats, bounds: list[int]) -> Iterator[ChangePoint]:
    for left, split, right in zip(bounds, bounds[1:], bounds[2:], strict=False):
        before, after = float(np.nanmean(values[left:split])), float(np.nanmean(values[split:right]))
        at = _to_the_day(values, max(left + WEEK, split - 10), min(right - WEEK, split + 10), before, after)
        before, after = float(np.nanmean(values[left:at])), float(np.nanmean(values[at:right]))
        ratio = after / before if before > 0 else None
        if ratio is not None and 1 / LEAST_RATIO < ratio < LEAST_RATIO:
            continue
        day = first + dt.timedelta(days=at)
        how = "nothing came before" if ratio is None else f"{ratio:.2g} times as many"
        yield ChangePoint(
            day=day,
            before=before,
            after=after,
            ratio=ratio,
            sentence=f"From {day} on about {after:.3g} new entries a day instead of {before:.3g}: {how}.",
        )


def _to_the_day(values: Floats, low: int, high: int, before: float, after: float) -> int:
    """The most likely first day of the new mean, in [low, high], for Poisson counts with the two means."""
    a, b = max(before, 0.05), max(after, 0.05)
    # Each day that is moved from after to before changes the log-likelihood by this much.
    gain = np.nan_to_num(values[low:high] * math.log(a / b) - (a - b), nan=0.0)
    return low + int(np.argmax(np.concatenate([[0.0], np.cumsum(gain)])))


def _silent(first: dt.date, values: Floats, polled: NDArray[np.int64], silent_after: int) -> Iterator[HealthAlarm]:
    edges = [*polled.tolist(), len(values)]
    for last, following in itertools.pairwise(edges):
        missing = following - last - 1
        if missing < silent_after:
            continue
        start, still = last + 1, following == len(values)
        end = None if still else first + dt.timedelta(days=following - 1)
        day = first + dt.timedelta(days=start)
        how_long = f"for {missing} days, and still none" if still else f"for {missing} days, until {end}"
        yield HealthAlarm(
            kind=HealthKind.SILENT,
            day=day,
            until=end,
            sentence=f"No poll worked from {day} on, {how_long}: what it published then, we do not know.",
        )


def _empty(first: dt.date, values: Floats, polled: NDArray[np.int64]) -> Iterator[HealthAlarm]:
    """Runs of polled days without one entry that the four weeks before make unlikely."""
    volume = values[polled]
    busy = np.flatnonzero(volume > 0)
    edges = [*busy.tolist(), len(volume)]
    for last, following in itertools.pairwise(edges):
        days = following - last - 1
        base = volume[max(0, last + 1 - BASE) : last + 1]
        usual = float(base.mean())
        if days < EMPTY_DAYS or len(base) < LEAST_BASE or usual * days < EMPTY_EXPECTED:
            continue
        still = following == len(volume)
        day = first + dt.timedelta(days=int(polled[last + 1]))
        end = None if still else first + dt.timedelta(days=int(polled[following - 1]))
        yield HealthAlarm(
            kind=HealthKind.LOW,
            day=day,
            until=end,
            sentence=(
                f"Polls work, but not one new entry since {day}: {days} polled days"
                f"{'' if still else f', until {end}'}, where {usual:.3g} a day were usual."
                " The feed is probably dead."
            ),
        )


def _outside(first: dt.date, values: Floats) -> Iterator[HealthAlarm]:
    """Stretches in which the mean of 7 days is outside the band of the 28 before; pauses to 7 days are joined."""
    n = len(values)
    if n < RECENT + BASE:
        return
    seen = ~np.isnan(values)
    filled = np.where(seen, values, 0.0)
    days, total, squares = (np.concatenate([[0.0], np.cumsum(x)]) for x in (seen, filled, filled**2))
    end = np.arange(RECENT + BASE, n + 1)
    split, start = end - RECENT, end - RECENT - BASE
    recent_days, base_days = days[end] - days[split], days[split] - days[start]
    recent = (total[end] - total[split]) / np.maximum(recent_days, 1)
    mean = (total[split] - total[start]) / np.maximum(base_days, 1)
    variance = (squares[split] - squares[start] - base_days * mean**2) / np.maximum(base_days - 1, 1)
    # Counts vary at least as Poisson ones do: a run of equal days must not make the next one an alarm.
    sd = np.sqrt(np.maximum(variance, mean))
    enough = (recent_days >= LEAST_RECENT) & (base_days >= LEAST_BASE) & (mean >= LEAST_MEAN)
    for kind, outside in (
        (HealthKind.LOW, enough & (recent < mean - LOW_SD * sd)),
        (HealthKind.HIGH, enough & (recent > mean + HIGH_SD * sd)),
    ):
        for begin, last in _stretches(np.flatnonzero(outside)):
            day = first + dt.timedelta(days=int(end[begin]) - 1)
            until = None if end[last] == n else first + dt.timedelta(days=int(end[last]) - 1)
            word = "fewer" if kind is HealthKind.LOW else "more"
            yield HealthAlarm(
                kind=kind,
                day=day,
                until=until,
                sentence=(
                    f"{recent[begin]:.3g} new entries a day in the week to {day}, {word} than usual:"
                    f" {mean[begin]:.3g} a day in the four weeks before."
                ),
            )


def _stretches(hits: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    if len(hits) == 0:
        return
    cuts = np.flatnonzero(np.diff(hits) > RECENT)
    yield from zip(hits[np.r_[0, cuts + 1]].tolist(), hits[np.r_[cuts, len(hits) - 1]].tolist(), strict=True)


def _during(alarm: HealthAlarm, gaps: Sequence[tuple[dt.date, dt.date | None]]) -> bool:
    """Whether a low mean is only the shadow of an empty feed that is named already."""
    return alarm.kind is HealthKind.LOW and any(day <= alarm.day <= (until or dt.date.max) for day, until in gaps)
