"""How much of what the press reported do we see: cases by overlap of sources, persons beside official figures.

Refuses an estimate without its assumptions, and to call the ratio to an official figure a detection rate.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from config import codes
from config.reference import ReferenceFigure
from extraction.model import Stage
from extraction.model.terms import PERPETRATOR_STAGES
from storage.records.series import AccusedMention, SourceDays
from tipwatch.analysis.capture import (
    ASSUMPTIONS,
    Captures,
    CaseEstimate,
    Method,
    TwoSamples,
    estimate_cases,
    estimate_two_groups,
)
from tipwatch.analysis.cases import ASSUMPTION, ReportedCase
from tipwatch.analysis.trend import observed_to_official
from tipwatch.report.content import Estimate, OfficialComparison

OFFICIAL = {"prosecuted": "prosecuted", "convicted": "convicted"}
"""Indicators that persons can stand beside, and the word for them."""

METHODS = {
    Method.CHAO: "overlap of sources (Chao)",
    Method.CHAO_EQUAL: "overlap of sources, taken as equal (Chao)",
    Method.CHAPMAN: "two languages' press (Chapman)",
}
ASSUMED = f"{ASSUMPTIONS} {ASSUMPTION}"
"""What every estimate rests on; shown once beside them."""

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


def estimates(
    cases: Sequence[ReportedCase],
    watched: Mapping[int, Collection[str]],
    languages: Mapping[str, str],
) -> tuple[Estimate, ...]:
    """One a year in which anybody was watched, and a second one from two languages' press where there are two.

    `watched` are the publishers by year, `languages` the language that each publisher writes. Papers of different
    languages have different newsrooms, readers and agencies: the most independent two groups that we can name.
    """
    made = []
    for year, publishers in sorted(watched.items()):
        reported = [one.publishers & set(publishers) for one in cases if one.year == year]
        made.append(_estimate(year, estimate_cases(Captures.of(reported, sources=len(publishers)))))
        pair = _two_languages(publishers, languages)
        if pair is not None:
            made.append(_by_language(year, reported, languages, pair))
    return tuple(made)


def _two_languages(publishers: Collection[str], languages: Mapping[str, str]) -> tuple[str, str] | None:
    """The two languages that most publishers write, or None."""
    most = Counter(sorted(languages[one] for one in publishers if one in languages)).most_common(2)
    return (most[0][0], most[1][0]) if len(most) == 2 else None


def _by_language(
    year: int, reported: Sequence[Collection[str]], languages: Mapping[str, str], pair: tuple[str, str]
) -> Estimate:
    seen = [{languages[one] for one in publishers if one in languages} for publishers in reported]
    first, second = pair
    both = sum(first in found and second in found for found in seen)
    samples = TwoSamples(
        first=sum(first in found for found in seen), second=sum(second in found for found in seen), both=both
    )
    made = _estimate(year, estimate_two_groups(samples))
    names = [codes.languages().get(one, one) for one in pair]
    return replace(made, sentence=f"The press in {names[0]} beside that in {names[1]}. {made.sentence}")


def _estimate(year: int, found: CaseEstimate) -> Estimate:
    return Estimate(
        year=year,
        method=METHODS[found.method],
        observed=found.observed,
        once=found.once,
        twice=found.twice,
        sources=found.sources,
        estimate=found.estimate,
        low=found.low,
        high=found.high,
        sentence=found.sentence.removesuffix(ASSUMPTIONS).strip(),
    )


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
