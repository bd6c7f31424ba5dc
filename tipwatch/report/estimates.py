"""How much of what the press reported do we see: cases by overlap of sources, persons beside official figures.

Refuses an estimate without its assumptions, and to call the ratio to an official figure a detection rate.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

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
from tipwatch.analysis.panel import EDGE
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


@dataclass(frozen=True, kw_only=True, slots=True)
class WatchedYear:
    """Who was watched in a country in a year: publishers with a poll that worked, first and last such day."""

    publishers: frozenset[str]
    first: dt.date
    last: dt.date

    @property
    def part(self) -> str | None:
        """The watched part in words; None for a whole year, give or take a week at each end."""
        year = self.first.year
        whole = self.first <= dt.date(year, 1, 1) + EDGE and self.last >= dt.date(year, 12, 31) - EDGE
        return None if whole else f"{self.first} to {self.last}"


def watched_years(
    days: Sequence[SourceDays], home: Mapping[str, str], publisher: Mapping[str, str]
) -> dict[str, dict[int, WatchedYear]]:
    """By country and year."""
    publishers: dict[tuple[str, int], set[str]] = defaultdict(set)
    first: dict[tuple[str, int], dt.date] = {}
    last: dict[tuple[str, int], dt.date] = {}
    for one in days:
        if one.source_id not in home:
            continue
        for n, entries in enumerate(one.entries):
            if entries is not None:
                day = one.first + dt.timedelta(days=n)
                key = (home[one.source_id], day.year)
                publishers[key].add(publisher[one.source_id])
                first[key] = min(day, first.get(key, day))
                last[key] = max(day, last.get(key, day))
    found: dict[str, dict[int, WatchedYear]] = defaultdict(dict)
    for (country, year), those in sorted(publishers.items()):
        key = (country, year)
        found[country][year] = WatchedYear(publishers=frozenset(those), first=first[key], last=last[key])
    return dict(found)


def estimates(
    cases: Sequence[ReportedCase],
    watched: Mapping[int, WatchedYear],
    languages: Mapping[str, str],
    why_none: str | None = None,
) -> tuple[Estimate, ...]:
    """One a year in which anybody was watched, and a second one from two languages' press where there are two.

    `languages` is the language that each publisher writes. Papers of different languages have different newsrooms,
    readers and agencies: the most independent two groups that we can name. `why_none` is the reason why nobody was
    named in the country, in words; it stands in the place of "no case".
    """
    made = []
    for year, seen in sorted(watched.items()):
        publishers = seen.publishers
        reported = [one.publishers & set(publishers) for one in cases if one.year == year]
        found = _estimate(year, estimate_cases(Captures.of(reported, sources=len(publishers))))
        if not reported and why_none is not None:
            found = replace(found, sentence=f"Nothing can be said: {why_none}.")
        elif seen.part is not None:
            found = replace(found, sentence=f"Only {seen.part} was watched. {found.sentence}")
        made.append(found)
        if not reported:
            continue
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
    """Distinct persons by country of prosecution, year and indicator: charged or further, and convicted.

    Whoever was not resolved yet counts by the full name.
    """
    wanted = {"prosecuted": {one.value for one in charged}, "convicted": {one.value for one in PERPETRATOR_STAGES}}
    names: dict[tuple[str, int, str], set[str]] = defaultdict(set)
    for one in mentions:
        for indicator, stages in wanted.items():
            if one.country is not None and one.stage in stages:
                names[one.country, one.day.year, indicator].add(one.person_id or one.key)
    return {key: len(found) for key, found in names.items()}


def comparisons(
    country: str,
    watched: Mapping[int, WatchedYear],
    persons: Mapping[tuple[str, int, str], int],
    figures: Sequence[ReferenceFigure],
) -> tuple[OfficialComparison, ...]:
    """Our persons beside the official figures of the same years; no ratio where a year was watched in part.

    Persons count once, whichever country's sources named them.
    """
    years = {*watched, *(year for code, year, _ in persons if code == country)}
    made = []
    for figure in figures:
        if figure.country != country or figure.indicator not in OFFICIAL or figure.year not in years:
            continue
        observed = persons.get((country, figure.year, figure.indicator), 0)
        seen = watched.get(figure.year)
        part = "No source of the country was watched then. " if seen is None else ""
        if seen is not None and seen.part is not None:
            part = f"Only {seen.part} was watched there, so no ratio is given. "
        ratio = observed_to_official(observed, figure.value) if figure.value and not part else None
        many = "1 person" if observed == 1 else f"{observed} persons"
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
                    f"In {figure.year} our sources named {many} {OFFICIAL[figure.indicator]} there; "
                    f"the official figure is {figure.text}. {part}{CAVEAT}"
                ),
            )
        )
    return tuple(made)
