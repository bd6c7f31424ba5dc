"""What the store knows of a span, gathered once: the sources, their days, months, events and mentions.

Refuses judgement: what it means is said in `tipwatch.report.assemble`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from config.reference import ReferenceFigure, load_reference
from storage.records.coverage import CountryCoverage, SourceCoverage
from storage.records.series import (
    AccusedMention,
    CoverageEvent,
    EventKind,
    MatrixCell,
    MonthCounts,
    ReadingChange,
    SourceDays,
)
from storage.records.sources import SourceCheck, SourceFacts
from storage.references import latest, merged
from storage.store import Store
from tipwatch.analysis.health import change_points
from tipwatch.analysis.panel import BENDING, measured_events, panel

Span = tuple[dt.date | None, dt.date | None]


@dataclass(frozen=True, kw_only=True)
class Overview:
    """Everything is read lazily and once. Countries are those of publication: who reports, not who is covered."""

    store: Store
    facts: Sequence[SourceFacts]
    span: Span = (None, None)
    read_languages: Sequence[str] = ()
    min_score: float = 0.0

    @cached_property
    def by_id(self) -> Mapping[str, SourceFacts]:
        """Sources of today's catalogue and those that left it."""
        return self.store.coverage.sources(self.facts)

    @cached_property
    def home(self) -> Mapping[str, str]:
        """Country of publication by source."""
        return {one.id: one.country for one in self.by_id.values()}

    @cached_property
    def publisher(self) -> Mapping[str, str]:
        """Publisher by source, folded: sources of one publisher are not independent of each other."""
        return {one.id: " ".join(one.publisher.casefold().split()) for one in self.by_id.values()}

    @cached_property
    def language(self) -> Mapping[str, str]:
        """The language that each publisher writes; those that write several are left out."""
        found: dict[str, set[str]] = {}
        for one in self.by_id.values():
            found.setdefault(self.publisher[one.id], set()).update(one.languages)
        return {publisher: next(iter(spoken)) for publisher, spoken in found.items() if len(spoken) == 1}

    @cached_property
    def countries(self) -> list[CountryCoverage]:
        """Coverage by country of publication, and of those where we have no source but know of a prosecution."""
        since, until = self.span
        return self.store.coverage.by_country(
            countries=self.store.series.prosecuting_countries(),
            since=since, until=until, catalogue_facts=self.facts, min_score=self.min_score, published=True,
            read_languages=self.read_languages,
        )  # fmt: skip

    @cached_property
    def sources(self) -> list[SourceCoverage]:
        """Coverage by source."""
        since, until = self.span
        return self.store.coverage.by_source(
            since=since, until=until, catalogue_facts=self.facts, min_score=self.min_score
        )

    @cached_property
    def days(self) -> list[SourceDays]:
        """New entries by source and day."""
        return self.store.series.days(self.span)

    @cached_property
    def edges(self) -> tuple[dt.date, dt.date] | None:
        """First and last day of the span on which anything was polled. None: nothing was.

        What lies beyond is our own absence: no source is silent there.
        """
        if not self.days:
            return None
        since, until = self.span
        first = min(one.first for one in self.days)
        last = max(one.first + dt.timedelta(days=len(one.entries) - 1) for one in self.days)
        begin = first if since is None else max(since, first)
        end = last if until is None else min(until, last)
        return (begin, end) if begin <= end else None

    @cached_property
    def events(self) -> list[CoverageEvent]:
        """What changed in how we look, recorded and measured, by day."""
        found = self.store.events.between(*self.span)
        if self.edges is not None:
            found = [*found, *measured_events(self.days, self.home, self.edges), *self._volume_changes(found)]
        return sorted(found, key=lambda one: (one.day, one.kind, one.source_id or ""))

    @cached_property
    def panel(self) -> tuple[str, ...]:
        """Sources that were watched, in the same way, throughout the span."""
        changed = {one.source_id for one in self.events if one.kind in BENDING and one.source_id is not None}
        return () if self.edges is None else panel(self.days, self.edges, changed)

    @cached_property
    def months(self) -> dict[str, list[MonthCounts]]:
        """Full series by country."""
        return self.store.series.months([*self.home.items()], self.span)

    @cached_property
    def panel_months(self) -> dict[str, list[MonthCounts]]:
        """The same by the frozen panel alone."""
        return self.store.series.months(
            [(one, self.home[one]) for one in self.panel if one in self.home], self.span
        )

    @cached_property
    def reading_changes(self) -> list[ReadingChange]:
        """What re-reading changed."""
        return self.store.series.reading_changes(self.span)

    @cached_property
    def mentions(self) -> list[AccusedMention]:
        """Accused by story and source, without names."""
        return self.store.series.mentions(self.span)

    @cached_property
    def matrix(self) -> list[MatrixCell]:
        """Origin of the accused by country of publication and stage."""
        return self.store.series.matrix([*self.home.items()], self.span)

    @cached_property
    def victims_origin(self) -> dict[str, dict[str, int]]:
        """Stories by country and the victims' country of origin."""
        return self.store.series.victims_origin([*self.home.items()], self.span)

    @cached_property
    def checks(self) -> Mapping[str, list[SourceCheck]]:
        """What `tipwatch source check` found last at each address, by source."""
        return self.store.checks.last_by_source()

    @cached_property
    def figures(self) -> tuple[ReferenceFigure, ...]:
        """Shipped figures, and the user's own in their place."""
        return merged(load_reference(), self.store.references.figures())

    def figure(self, indicator: str, country: str) -> ReferenceFigure | None:
        """The figure of the span's last year or the nearest before it; where there is none, the newest."""
        year = None if self.edges is None else self.edges[1].year
        return latest(self.figures, indicator, country, year) or latest(self.figures, indicator, country)

    def _volume_changes(self, recorded: Sequence[CoverageEvent]) -> list[CoverageEvent]:
        """Lasting changes of a source's volume; its beginning and its end are told by other events."""
        found = []
        for one in self.days:
            for change in change_points(one.first, one.entries):
                if change.ratio is None or change.after < 0.1:
                    continue
                told = any(
                    abs((event.day - change.day).days) <= 14
                    for event in recorded
                    if event.source_id == one.source_id and event.kind is EventKind.SELECTORS_CHANGED
                )
                why = " Its selectors changed then." if told else ""
                country = self.home.get(one.source_id)
                found.append(
                    CoverageEvent(
                        day=change.day, kind=EventKind.VOLUME_CHANGED, source_id=one.source_id,
                        countries=() if country is None else (country,),
                        detail=f"{one.source_id}: {change.sentence}{why}",
                        before=f"{change.before:.1f}", after=f"{change.after:.1f}",
                    )
                )  # fmt: skip
        return found
