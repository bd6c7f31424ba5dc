"""Series, events, alarms and estimates as lines for a terminal, a spreadsheet or a program.

Refuses a line without its breaks or its assumptions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tipwatch.analysis.cases import reported_cases
from tipwatch.report.assemble import country_series, source_alarms
from tipwatch.report.estimates import ASSUMED, estimates, watched_years
from tipwatch.report.overview import Overview
from tipwatch.report.sources import source_cards
from tipwatch.report.words import reason
from tipwatch.tables import Row


def months(overview: Overview, country: str | None) -> Iterator[Row]:
    """A line a country and month: the full series, the frozen panel, as it was read then, and the breaks."""
    for code in sorted(overview.months):
        if country not in {None, code}:
            continue
        found = country_series(overview, code)
        for one in found.points:
            yield {
                "country": code,
                "month": one.month.strftime("%Y-%m"),
                "sources_watched": one.sources_watched,
                "stories": one.stories,
                "on_topic": one.on_topic,
                "named": one.named,
                "why_none": one.why_none,
                "on_topic_then": one.on_topic_then,
                "named_then": one.named_then,
                "panel_sources": len(found.panel),
                "panel_on_topic": one.panel_on_topic,
                "panel_named": one.panel_named,
                "breaks": " ".join(found.events[n].detail for n in one.breaks) or None,
            }


def events(overview: Overview, country: str | None) -> Iterator[Row]:
    """A line an event."""
    for one in overview.events:
        if country is None or not one.countries or country in one.countries:
            yield {
                "day": one.day.isoformat(),
                "event": one.kind.value,
                "source": one.source_id,
                "countries": " ".join(one.countries) or "all",
                "detail": one.detail,
            }


def alarms(overview: Overview, country: str | None) -> Iterator[Row]:
    """A line an alarm."""
    for one in source_alarms(overview):
        if country in {None, overview.home.get(one.source_id)}:
            yield {
                "source": one.source_id,
                "alarm": one.kind,
                "since": one.day.isoformat(),
                "detail": one.sentence,
            }


def yearly_estimates(overview: Overview, country: str | None) -> Iterator[Row]:
    """A line a country and year."""
    cases = reported_cases(overview.mentions, overview.home, overview.publisher)
    watched = watched_years(overview.days, overview.home, overview.publisher)
    zeros = {one.country: one.zeros.get("named_accused") for one in overview.countries}
    for code in sorted(watched):
        if country not in {None, code}:
            continue
        why = zeros.get(code)
        said = None if why is None else reason(why)
        for one in estimates(cases.get(code, ()), watched[code], overview.language, said):
            yield {
                "country": code,
                "year": one.year,
                "method": one.method,
                "sources": one.sources,
                "cases": one.observed,
                "by_one": one.once,
                "by_two": one.twice,
                "estimate": None if one.estimate is None else round(one.estimate, 1),
                "low": None if one.low is None else round(one.low, 1),
                "high": None if one.high is None else round(one.high, 1),
                "says": f"{one.sentence} {ASSUMED}",
            }


def profiles(overview: Overview, country: str | None) -> Iterator[Row]:
    """A line a source: its facts, what it reports on, and the five factors of the Wolfsberg Group."""
    cases = reported_cases(overview.mentions, overview.home, overview.publisher)
    for code, cards in sorted(source_cards(overview, cases).items()):
        if country not in {None, code}:
            continue
        for one in cards:
            yield {
                "source": one.coverage.source_id,
                "country": code,
                "publisher": one.publisher,
                "ownership": one.ownership,
                "access": one.access,
                "restrictions": one.restrictions,
                "audience": one.audience,
                "stories_a_week": None if one.stories_a_week is None else round(one.stories_a_week, 1),
                "reports_most_on": one.reports_most_on,
                "reports_most_share": None if one.reports_most_share is None else round(one.reports_most_share, 3),
                "watched_from": None if one.monitored_from is None else one.monitored_from.isoformat(),
                "watched_to": None if one.monitored_to is None else one.monitored_to.isoformat(),
                "backfilled_from": one.backfilled_from,
                "media_type": one.profile.media_type,
                "content": one.profile.content,
                "geopolitical_context": one.profile.geopolitical_context,
                "redundancy": one.profile.redundancy,
                "editorial_coherence": one.profile.editorial_coherence,
            }


LINES: Mapping[str, Callable[[Overview, str | None], Iterator[Row]]] = {
    "month": months,
    "event": events,
    "alarm": alarms,
    "estimate": yearly_estimates,
    "profile": profiles,
}
"""By what `tipwatch coverage --by` asks for."""
