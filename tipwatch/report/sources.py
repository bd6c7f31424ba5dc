"""What is measured of each source for its card: who else reports its cases, its months, its press freedom.

Refuses a judgement of its own; see `tipwatch.analysis.sources`.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import median

from storage.periods import last_day
from storage.records.coverage import SourceCoverage
from storage.records.series import SourceDays
from storage.records.sources import SourceCheck
from storage.references import latest
from tipwatch.analysis.cases import ReportedCase
from tipwatch.analysis.sources import LEAST, PressFreedom, SourceMeasures, source_card
from tipwatch.report.content import SourceCard
from tipwatch.report.overview import Overview


def source_cards(overview: Overview, cases: Mapping[str, Sequence[ReportedCase]]) -> dict[str, list[SourceCard]]:
    """Cards by country of publication."""
    shared = corroboration(cases)
    naming = _naming(overview.sources)
    months = {one.source_id: _whole_months(one) for one in overview.days}
    cards: dict[str, list[SourceCard]] = defaultdict(list)
    for one in overview.sources:
        facts = overview.by_id.get(one.source_id)
        if facts is None:
            continue
        corroborated, every = shared.get((facts.country, overview.publisher[one.source_id]), (0, 0))
        measures = SourceMeasures(
            cases=every,
            corroborated=corroborated,
            entries_by_month=months.get(one.source_id, ()),
            press_freedom=_press_freedom(overview, facts.country),
            peers_naming=naming.get(facts.country),
        )
        card = source_card(facts, one, measures)
        robots = _robots(overview.checks.get(one.source_id, ()))
        cards[facts.country].append(
            card if robots is None else replace(card, restrictions=f"{robots}; {card.restrictions}")
        )
    return cards


def _robots(checks: Sequence[SourceCheck]) -> str | None:
    """What robots.txt said when `tipwatch source check` asked last: a measurement, not the catalogue's word."""
    asked = [one for one in checks if one.robots is not None]
    if not asked:
        return None
    newest = max(asked, key=lambda one: one.at)
    return None if newest.robots is None else f"robots.txt {newest.robots.value} on {newest.at.date()}"


def corroboration(cases: Mapping[str, Sequence[ReportedCase]]) -> dict[tuple[str, str], tuple[int, int]]:
    """By country and publisher: cases that another publisher reported too, and all of its cases."""
    found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for country, reported in cases.items():
        for case in reported:
            for publisher in case.publishers:
                found[country, publisher][0] += len(case.publishers) > 1
                found[country, publisher][1] += 1
    return {key: (shared, every) for key, (shared, every) in found.items()}


def _press_freedom(overview: Overview, country: str) -> PressFreedom | None:
    score = overview.figure("press_freedom_score", country)
    if score is None or score.value is None:
        return None
    rank = latest(overview.figures, "press_freedom_rank", country, score.year)
    same_year = rank is not None and rank.year == score.year and rank.value is not None
    return PressFreedom(
        score=score.value, year=score.year, rank=int(rank.value) if same_year and rank and rank.value else None
    )


def _naming(sources: Sequence[SourceCoverage]) -> dict[str, float]:
    """Median share of stories on topic that name an accused, by country, over sources with enough of them."""
    shares: dict[str, list[float]] = defaultdict(list)
    for one in sources:
        if one.country is not None and one.counts.on_topic >= LEAST:
            shares[one.country].append(one.counts.stories_with_accused / one.counts.on_topic)
    return {country: median(found) for country, found in shares.items() if len(found) > 1}


def _whole_months(one: SourceDays) -> list[int]:
    """New entries of each whole month that was watched every other day at least."""
    entries: Counter[dt.date] = Counter()
    polled: Counter[dt.date] = Counter()
    for n, new in enumerate(one.entries):
        month = (one.first + dt.timedelta(days=n)).replace(day=1)
        if new is not None:
            entries[month] += new
            polled[month] += 1
    end = one.first + dt.timedelta(days=len(one.entries) - 1)
    return [
        entries[month]
        for month in sorted(polled)
        if one.first <= month and last_day(month) <= end and polled[month] * 2 >= last_day(month).day
    ]
