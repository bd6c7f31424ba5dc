"""Makes the report: what the store knows, set beside what it cannot know.

Refuses a country without its coverage, and a cell of victims' attributes that is too small.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config import codes
from extraction.model import Stage
from storage.records.coverage import CountryCoverage
from storage.records.exports import ExportStage
from storage.records.series import EventKind
from storage.zeros import stage_zero
from tipwatch.analysis.cases import reported_cases
from tipwatch.analysis.health import HealthKind, alarms
from tipwatch.coverage_record import CONTEXT
from tipwatch.report.content import Alarm, CountryPage, Report, Series, SourcedFigure
from tipwatch.report.estimates import comparisons, estimates, persons_by_year, watched_years
from tipwatch.report.facts import stories_read
from tipwatch.report.overview import Overview
from tipwatch.report.series import series
from tipwatch.report.sources import source_cards
from tipwatch.report.words import reason

CAVEATS = (
    "Counts follow the press and our reach, not crime: newspapers name people once they are charged or convicted, "
    "and a country with a thriving press leads every naive ranking.",
    "Never compare two countries without their coverage: law, policing, population and press differ, and so do "
    "the sources that we watch.",
    "A rise may be a new source. Breaks are marked; the frozen panel counts only sources watched throughout.",
    "A person is counted once a story, so one case in five papers is five; only the estimates and the comparison "
    "with official figures join what the resolution joined (before it ran: equal full names).",
    "Persons whose score is too low for an export's list wait for review: they are counted here.",
    "The machine errs: each figure of the reader's accuracy lies beside every export (accuracy.json).",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportOrder:
    """What to report: persons at `stage` or further; victims' cells below `min_cell` are suppressed."""

    made_at: dt.datetime
    reader_version: str
    stage: ExportStage = ExportStage.CHARGED
    min_cell: int = 11


def assemble(overview: Overview, order: ReportOrder) -> Report:
    """The whole report of a span."""
    cases = reported_cases(overview.mentions, overview.home, overview.publisher)
    watched = watched_years(overview.days, overview.home, overview.publisher)
    persons = persons_by_year(overview.mentions, ExportStage.CHARGED.stages)
    cards = source_cards(overview, cases)
    stages = [one.value for one in Stage if one in order.stage.stages]
    pages = []
    for coverage in overview.countries:
        country = coverage.country
        years = watched.get(country, {})
        unnamed = coverage.zeros.get("named_accused")
        pages.append(
            CountryPage(
                country=country,
                name=codes.countries().get(country, country),
                coverage=coverage,
                persons=_persons(coverage, stages),
                why_none=_why_none(coverage, stages),
                figures=_figures(overview, country),
                rates=_rates(overview, coverage, stages),
                series=country_series(overview, country),
                estimates=estimates(
                    cases.get(country, ()), years, overview.language, None if unnamed is None else reason(unnamed)
                ),
                official=comparisons(country, years, persons, overview.figures),
                sources=tuple(cards.get(country, ())),
                victims_origin=suppressed(overview.victims_origin.get(country, {}), order.min_cell),
            )
        )
    origins = {one.origin for one in overview.matrix if one.origin is not None}
    named = {one.country for one in overview.countries} | origins
    named |= {code for page in pages for code in page.victims_origin}
    return Report(
        made_at=order.made_at,
        since=overview.span[0] or (None if overview.edges is None else overview.edges[0]),
        until=overview.span[1] or (None if overview.edges is None else overview.edges[1]),
        stage=order.stage.value,
        stages=tuple(one.value for one in Stage),
        reader_version=order.reader_version,
        min_cell=order.min_cell,
        countries=tuple(pages),
        matrix=tuple(overview.matrix),
        events=tuple(overview.events),
        alarms=tuple(source_alarms(overview)),
        country_names={code: codes.countries().get(code, code) for code in sorted(named)},
        caveats=(*CAVEATS, *_unpolled(overview)),
    )


def _unpolled(overview: Overview) -> list[str]:
    """The end of the span in which nobody polled: our absence must not read as silence of the press."""
    until = overview.span[1]
    if overview.edges is None:
        return ["Nothing was polled in this span: every zero here is ours."]
    if until is not None and until > overview.edges[1]:
        return [f"Nothing at all was polled after {overview.edges[1]}: what lies behind that day, we do not know."]
    return []


def country_series(overview: Overview, country: str) -> Series:
    """Months of one country, with its breaks and its panel."""
    return series(
        country,
        overview.months.get(country, ()),
        overview.panel_months.get(country, ()),
        panel=[one for one in overview.panel if overview.home.get(one) == country],
        events=overview.events,
        changes=[one for one in overview.reading_changes if overview.home.get(one.source_id) == country],
        edges=overview.edges,
    )


def source_alarms(overview: Overview) -> list[Alarm]:
    """Sources that need a look now: open alarms, and lasting changes of volume, the newest first."""
    found: list[Alarm] = []
    for one in overview.days:
        facts = overview.by_id.get(one.source_id)
        title = one.source_id if facts is None else facts.title
        found += [
            Alarm(
                source_id=one.source_id, title=title, kind=alarm.kind.value, day=alarm.day, sentence=alarm.sentence
            )
            for alarm in alarms(one.first, one.entries)
            if alarm.until is None or alarm.kind is HealthKind.SILENT
        ]
    for source in overview.sources:
        counts = source.counts
        if counts.polls > 0 and counts.polls_ok == 0 and overview.edges is not None:
            classes = ", ".join(f"{n} {name}" for name, n in counts.polls_failed.items())
            found.append(
                Alarm(
                    source_id=source.source_id, title=source.title, kind="silent", day=overview.edges[0],
                    sentence=f"None of its {counts.polls} polls in the whole span worked ({classes}).",
                )
            )  # fmt: skip
    found += [
        Alarm(
            source_id=event.source_id, title=overview.by_id[event.source_id].title, kind="change_point",
            day=event.day, sentence=event.detail,
        )
        for event in overview.events
        if event.kind is EventKind.VOLUME_CHANGED and event.source_id is not None
        and event.source_id in overview.by_id
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.source_id), reverse=True)


def _persons(coverage: CountryCoverage, stages: Sequence[str]) -> int:
    return sum(coverage.counts.stages.get(stage, 0) for stage in stages)


def _why_none(coverage: CountryCoverage, stages: Sequence[str]) -> str | None:
    reason = stage_zero(coverage.counts, coverage.zeros, stages)
    return None if reason is None else reason.value


def _figures(overview: Overview, country: str) -> tuple[SourcedFigure, ...]:
    found = [overview.figure(indicator, country) for indicator in CONTEXT]
    return tuple(
        SourcedFigure(indicator=one.indicator, year=one.year, value=one.value, text=one.text, source=one.source)
        for one in found
        if one is not None
    )


def _rates(overview: Overview, coverage: CountryCoverage, stages: Sequence[str]) -> dict[str, float | None]:
    """Persons by what they may be divided by; None where that is unknown or nothing."""
    persons = _persons(coverage, stages)
    people = overview.figure("population", coverage.country)
    by = {
        "per_million_people": None if people is None or people.value is None else people.value / 1_000_000,
        "per_source": float(coverage.sources_watched),
        "per_1000_stories": stories_read(coverage) / 1000,
    }
    return {name: None if not n else persons / n for name, n in by.items()}


def suppressed(counts: Mapping[str, int], min_cell: int) -> dict[str, int | None]:
    """CTDC's practice: a cell of victims' attributes below `min_cell` is not shown."""
    return {code: n if n >= min_cell else None for code, n in counts.items() if n > 0}
