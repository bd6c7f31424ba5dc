"""Coverage by country as a table for people: the sheet that goes with every export.

Refuses a number without its neighbour: every zero of the funnel stands beside the reason for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from babel import Locale

from storage.records.coverage import CountryCoverage, LanguageReach

HEADER = (
    "country", "country_name", "named_accused", "why_none_named", "prosecuted_here", "sources",
    "sources_watched", "sources_by_state", "sources_by_level", "sources_by_language", "days_watched",
    "first_day", "last_day", "polls", "polls_ok", "polls_ok_share", "polls_failed", "entries",
    "window_gaps", "pages_fetched", "pages_failed", "pages_dropped", "pages_kept", "extracted",
    "quarantined", "articles", "unread", "unread_language", "on_topic", "stories_with_accused",
    "waiting_review", "withheld",
    "first_published", "last_published", "zeros", "sources_expected", "watched_by_level", "watched_by_language",
    "sources_by_kind", "watched_by_kind", "subnational_watched", "languages", "source_days_expected",
    "source_days_watched", "uptime", "stories_missed", "largest_source", "largest_source_share", "hhi", "copies",
    "syndication_rate", "lag_days", "lag_median", "stages", "domestic", "foreign", "about", "versions",
)  # fmt: skip
"""Columns of coverage.csv. `zeros` gives the reason for each zero of the funnel, `why_none_named` the last one."""


def sheet_row(one: CountryCoverage) -> list[object]:
    """One country as values in the order of `HEADER`."""
    share = one.counts.polls_ok_share
    own: dict[str, object] = {
        "country": one.country,
        "country_name": Locale("en").territories.get(one.country.upper(), one.country),
        "why_none_named": one.zeros.get("named_accused"),
        "prosecuted_here": one.prosecuted_here,
        "sources": one.sources,
        "sources_watched": one.sources_watched,
        "sources_by_state": one.sources_by_state,
        "sources_by_level": one.sources_by_level,
        "sources_by_language": one.sources_by_language,
        "sources_expected": one.sources_expected,
        "watched_by_level": one.watched_by_level,
        "watched_by_language": one.watched_by_language,
        "sources_by_kind": one.sources_by_kind,
        "watched_by_kind": one.watched_by_kind,
        "subnational_watched": one.subnational_watched,
        "languages": {of.language: _spoken(of) for of in one.languages},
        "source_days_expected": one.source_days_expected,
        "source_days_watched": one.source_days_watched,
        "uptime": _digits(one.uptime),
        "largest_source": one.largest_source,
        "largest_source_share": _digits(one.largest_source_share),
        "hhi": _digits(one.hhi),
        "syndication_rate": _digits(one.counts.syndication_rate),
        "domestic": one.domestic,
        "foreign": one.foreign,
        "polls_ok_share": _digits(share),
        "zeros": {measure: reason.value for measure, reason in one.zeros.items()},
    }
    return [own[name] if name in own else getattr(one.counts, name) for name in HEADER]


def _spoken(one: LanguageReach) -> str:
    """ "41%, 3 watched, read": share of the people, sources watched, whether our reader reads it."""
    share = "?" if one.share is None else f"{one.share:.0%}"
    return f"{share}, {one.watched} watched, {'read' if one.is_read else 'not read'}"


def _digits(share: float | None) -> str | None:
    return None if share is None else f"{share:.3f}"


def sheet_rows(coverage: Sequence[CountryCoverage]) -> list[list[object]]:
    """All countries, by code."""
    return [sheet_row(one) for one in sorted(coverage, key=lambda one: one.country)]
