"""The frozen panel, and what the polls alone tell: since when a source is watched, and when it fell silent.

Refuses to choose a panel by what its sources reported: only by whether we could see it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

from storage.records.series import CoverageEvent, EventKind, SourceDays

LEAST_WATCHED = 0.90
"""Share of the span's days with a poll that worked: a source below it saw another press than one above."""

EDGE = dt.timedelta(days=7)
"""A source counts as watched from the first day when its first poll came within a week of it."""

SILENCE = 14
"""Days without a poll that worked, or without one new entry, after which a source is called silent: public
holidays and a weekly paper's rhythm stay below it."""

BENDING = frozenset({EventKind.SELECTORS_CHANGED, EventKind.SOURCE_STATE, EventKind.SOURCE_LEFT})
"""A source that was itself changed inside the span is not watched in the same way throughout."""


def panel(
    days: Sequence[SourceDays], span: tuple[dt.date, dt.date], changed: Collection[str] = ()
) -> tuple[str, ...]:
    """Sources watched throughout the span (first and last day), but for those in `changed`, by id."""
    begin, end = span
    length = (end - begin).days + 1
    found: list[str] = []
    for one in days:
        inside = _inside(one, span)
        watched = [day for day, n in inside if n is not None]
        heard = [day for day, n in inside if n]
        if (
            one.source_id not in changed
            and len(watched) >= LEAST_WATCHED * length
            and watched[0] <= begin + EDGE
            and heard
            and heard[-1] > end - dt.timedelta(days=2 * SILENCE)
        ):
            found.append(one.source_id)
    return tuple(found)


def measured_events(
    days: Sequence[SourceDays], home: Mapping[str, str], span: tuple[dt.date, dt.date]
) -> list[CoverageEvent]:
    """Sources that began after the span did, fell silent (polls failed, or brought nothing) or came back."""
    begin, end = span
    events: list[CoverageEvent] = []
    for one in days:
        countries = (home[one.source_id],) if one.source_id in home else ()

        def event(kind: EventKind, day: dt.date, detail: str, source: str = one.source_id) -> CoverageEvent:
            return CoverageEvent(day=day, kind=kind, detail=detail, source_id=source, countries=countries)  # noqa: B023

        if begin + EDGE < one.first <= end and not one.earlier:
            events.append(
                event(EventKind.SOURCE_ADDED, one.first, f"{one.source_id} is watched since {one.first}.")
            )
        if begin + dt.timedelta(days=SILENCE) <= one.first <= end and one.earlier:
            silent = (one.first - begin).days
            events.append(
                event(
                    EventKind.SOURCE_BACK,
                    one.first,
                    f"{one.source_id} is back after {silent} silent days or more.",
                )
            )
        heard = [day for day, n in _inside(one, span) if n]
        for before, after in pairwise(heard):
            gap = (after - before).days - 1
            if gap >= SILENCE:
                quiet = before + dt.timedelta(days=1)
                why = _why(one, quiet, after)
                events += [
                    event(EventKind.SOURCE_SILENT, quiet, f"{one.source_id} gave nothing from {quiet} on: {why}."),
                    event(EventKind.SOURCE_BACK, after, f"{one.source_id} is back after {gap} silent days."),
                ]
        if heard and (end - heard[-1]).days >= SILENCE:
            quiet = heard[-1] + dt.timedelta(days=1)
            why = _why(one, quiet, end)
            events.append(
                event(EventKind.SOURCE_SILENT, quiet, f"{one.source_id} is silent since {quiet}: {why}.")
            )
    return sorted(events, key=lambda one: (one.day, one.source_id or "", one.kind))


def _inside(one: SourceDays, span: tuple[dt.date, dt.date]) -> list[tuple[dt.date, int | None]]:
    begin, end = span
    skipped = max(0, (begin - one.first).days)
    kept = max(0, (end - one.first).days + 1)
    return [
        (one.first + dt.timedelta(days=n), entries) for n, entries in enumerate(one.entries[:kept]) if n >= skipped
    ]


def _why(one: SourceDays, first: dt.date, last: dt.date) -> str:
    """Whether polls failed or brought nothing new."""
    quiet = [n for _, n in _inside(one, (first, last))]
    if not quiet:
        return "nobody polled it"
    failed = sum(n is None for n in quiet)
    return "no poll worked" if failed > len(quiet) / 2 else "polls worked and brought nothing new"
