"""How much of what the press reported do we see: cases by overlap of sources, persons beside official figures.

Refuses an estimate without its assumptions, and to call the ratio to an official figure a detection rate.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from config.reference import ReferenceFigure
from extraction.model import Stage
from extraction.model.terms import PERPETRATOR_STAGES
from storage.records.series import AccusedMention, SourceDays
from tipwatch.analysis.capture import Captures, estimate_cases
from tipwatch.analysis.cases import ASSUMPTION, ReportedCase
from tipwatch.analysis.trend import observed_to_official
from tipwatch.report.content import Estimate, OfficialComparison

OFFICIAL = {"prosecuted": "prosecuted", "convicted": "convicted"}
"""Indicators that persons can stand beside, and the word for them."""

CAVEAT = (
    "Newspapers name some of those charged, over several years; authorities count by their own law, in their own "
    "year. The ratio says how far the two differ, and is not a rate of detection."
)


def publishers_by_year(
    days: Sequence[SourceDays], home: Mapping[str, str], publisher: Mapping[str, str]
) -> dict[tuple[str, int], set[str]]:
    """Publishers with at least one poll that worked, by country and year."""
    found: dict[tuple[str, int], set[str]] = defaultdict(set)
    for one in days:
        if one.source_id not in home:
            continue
        for n, entries in enumerate(one.entries):
            if entries is not None:
                year = (one.first + dt.timedelta(days=n)).year
                found[home[one.source_id], year].add(publisher[one.source_id])
    return dict(found)


def estimates(cases: Sequence[ReportedCase], watched: Mapping[int, Collection[str]]) -> tuple[Estimate, ...]:
    """One a year in which anybody was watched. `watched` are the publishers by year."""
    made = []
    for year, publishers in sorted(watched.items()):
        reported = [one.publishers & set(publishers) for one in cases if one.year == year]
        found = estimate_cases(Captures.of(reported, sources=len(publishers)))
        made.append(
            Estimate(
                year=year,
                method=found.method.value,
                observed=found.observed,
                once=found.once,
                twice=found.twice,
                sources=found.sources,
                estimate=found.estimate,
                low=found.low,
                high=found.high,
                sentence=found.sentence if found.estimate is None else f"{found.sentence} {ASSUMPTION}",
            )
        )
    return tuple(made)


def persons_by_year(
    mentions: Sequence[AccusedMention], charged: Collection[Stage]
) -> dict[tuple[str, int, str], int]:
    """Distinct names by country of prosecution, year and indicator: charged or further, and convicted."""
    wanted = {"prosecuted": {one.value for one in charged}, "convicted": {one.value for one in PERPETRATOR_STAGES}}
    names: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for one in mentions:
        for indicator, stages in wanted.items():
            if one.country is not None and one.stage in stages:
                names[one.country, one.day.year, indicator].add(one.key)
    return {key: len(found) for key, found in names.items()}


def comparisons(
    country: str,
    years: Sequence[int],
    persons: Mapping[tuple[str, int, str], int],
    figures: Sequence[ReferenceFigure],
) -> tuple[OfficialComparison, ...]:
    """Our persons beside the official figures of the same years."""
    made = []
    for figure in figures:
        if figure.country != country or figure.indicator not in OFFICIAL or figure.year not in years:
            continue
        observed = persons.get((country, figure.year, figure.indicator), 0)
        ratio = None if not figure.value else observed_to_official(observed, figure.value)
        word = OFFICIAL[figure.indicator]
        made.append(
            OfficialComparison(
                year=figure.year,
                indicator=figure.indicator,
                observed=observed,
                official=figure.value,
                official_text=figure.text,
                ratio=None if ratio is None else ratio.ratio,
                low=None if ratio is None else ratio.low,
                high=None if ratio is None else ratio.high,
                source=figure.source,
                sentence=(
                    f"In {figure.year} our sources named {observed} persons {word} there; the official figure is "
                    f"{figure.text}. {CAVEAT}"
                ),
            )
        )
    return tuple(made)
