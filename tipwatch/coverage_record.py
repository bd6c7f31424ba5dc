"""Coverage as JSON: the record of one country or source, and the JSON Schema that documents it.

Refuses a field without a description: the schema is made from the same list as the record.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Any

from config.reference import ReferenceFigure
from config.source import Level, SourceState
from extraction.model import DropReason, Stage
from storage.records.coverage import (
    LAGS,
    CountryCoverage,
    CoverageCounts,
    LanguageReach,
    SourceCoverage,
    ZeroReason,
)
from storage.records.runs import FailureClass
from storage.references import latest
from storage.zeros import FUNNEL

SCHEMA = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


CONTEXT = ("population", "newspapers", "press_freedom_score", "press_freedom_rank")
"""Reference figures that a count of a country must stand beside."""


def context(country: str, figures: Sequence[ReferenceFigure]) -> list[dict[str, Any]]:
    """The newest figure of each indicator of `CONTEXT`; those that nobody knows are left out."""
    found = [latest(figures, indicator, country) for indicator in CONTEXT]
    return [
        {"indicator": one.indicator, "year": one.year, "value": one.value, "text": one.text, "source": one.source}
        for one in found
        if one is not None
    ]


def as_record(one: CountryCoverage | SourceCoverage) -> dict[str, Any]:
    """Plain values, in the order of the schema; shares have three digits. A country's `context` is not in it."""
    fields = COUNTRY if isinstance(one, CountryCoverage) else SOURCE
    record = {name: _plain(getattr(one, name)) for name in fields}
    record["counts"] = {name: _plain(getattr(one.counts, name)) for name in COUNTS}
    return record


def schema(of: type[CountryCoverage | SourceCoverage]) -> Schema:
    """JSON Schema (draft 2020-12) of `tipwatch coverage --format json`: a list of these records."""
    fields, title = (COUNTRY, "countries") if of is CountryCoverage else (SOURCE, "sources")
    if of is CountryCoverage:
        fields = {**fields, "context": _CONTEXT}
    return {
        "$schema": SCHEMA,
        "title": f"tipwatch coverage by {'country' if of is CountryCoverage else 'source'}",
        "description": (
            f"How well the press was watched: a list of {title}. No count stands alone: `zeros` gives the reason "
            "for each zero. Days are UTC, shares lie in [0, 1], null means that nothing can be said."
        ),
        "type": "array",
        "items": _object({**fields, "counts": _object(COUNTS, "Sums over the period.")}),
    }


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, LanguageReach):
        return {item.name: _plain(getattr(value, item.name)) for item in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value


def _object(properties: Mapping[str, Schema], description: str = "") -> Schema:
    told = {"description": description} if description else {}
    return {
        **told, "type": "object", "additionalProperties": False,
        "required": list(properties), "properties": dict(properties),
    }  # fmt: skip


def _count(description: str) -> Schema:
    return {"description": description, "type": "integer", "minimum": 0}


def _share(description: str) -> Schema:
    return {"description": description, "type": ["number", "null"], "minimum": 0, "maximum": 1}


def _text(description: str) -> Schema:
    return {"description": description, "type": ["string", "null"]}


def _day(description: str) -> Schema:
    return {"description": description, "type": ["string", "null"], "format": "date"}


def _tally(description: str, keys: list[str] | None = None) -> Schema:
    """Counts by a word; `keys` are the words that may be there."""
    named = {} if keys is None else {"propertyNames": {"enum": keys}}
    return {
        "description": description, "type": "object", **named,
        "additionalProperties": {"type": "integer", "minimum": 0},
    }  # fmt: skip


COUNTS: Mapping[str, Schema] = {
    "days_watched": _count("Days on which at least one poll of any of the sources worked."),
    "polls": _count("Looks at a feed, sitemap or listing."),
    "polls_ok": _count("Of these, how many worked."),
    "polls_ok_share": _share("polls_ok / polls."),
    "polls_failed": _tally("Polls that failed, by class.", [one.value for one in FailureClass]),
    "entries": _count("Entries seen in all polls, repeats included."),
    "new_entries": _count("Entries not seen before."),
    "window_gaps": _count("Polls whose window did not reach back to the one before: stories were missed."),
    "stories_missed": _count("Stories that the gaps probably cost: usual rate x unseen time, less what was seen."),
    "pages_fetched": _count("Pages fetched."),
    "pages_failed": _tally("Fetches that failed, by class.", [one.value for one in FailureClass]),
    "pages_dropped": _tally("Pages fetched and not kept, by reason.", [one.value for one in DropReason]),
    "pages_kept": _count("Pages archived because they may be on topic."),
    "extracted": _count("Kept pages that gave a text."),
    "quarantined": _count("Kept pages that could not be read."),
    "articles": _count("Distinct texts; one that stands at several addresses counts once."),
    "copies": _count("Addresses that hold those texts."),
    "syndication_rate": _share("Share of copies that repeat another word for word: 1 - articles / copies."),
    "lag_days": _tally("Copies by days from their stated date to our fetch.", list(LAGS)),
    "lag_median": _text("The class of days that holds the median lag."),
    "unread": _count("Texts that no reader has tried yet."),
    "unread_language": _count("Texts in a language that is not read: they claim nothing."),
    "on_topic": _count("Texts read that report a case."),
    "about": _tally("Texts on topic by country of prosecution (ISO 3166-1 alpha-2)."),
    "stories_with_accused": _count("Of these, how many name an accused."),
    "named_accused": _count("Persons by text; nobody is joined across texts."),
    "stages": _tally("Those persons by stage.", [one.value for one in Stage]),
    "versions": _tally("Texts read, by version of the reader: more than one version makes a break."),
    "waiting_review": _count("Persons whose score is too low for the list."),
    "withheld": _count("Accused not stored: minors, names that are a victim's too, stages without evidence."),
    "first_day": _day("First day with a poll that worked or a page kept."),
    "last_day": _day("The last one."),
    "first_published": _text("Earliest stated date of a text, possibly partial."),
    "last_published": _text("Latest one."),
}  # fmt: skip

_ZEROS: Schema = {
    "description": "For every measure of the funnel that is 0, why.",
    "type": "object",
    "propertyNames": {"enum": list(FUNNEL)},
    "additionalProperties": {"enum": [one.value for one in ZeroReason]},
}
_LEVELS, _STATES = [one.value for one in Level], [one.value for one in SourceState]

_LANGUAGE = _object(
    {
        "language": {"description": "ISO 639-1, else 639-3.", "type": "string"},
        "share": _share("Share of the population that can use it (Unicode CLDR); people use several."),
        "official": {"description": "Official in the country or a part of it.", "type": "boolean"},
        "sources": _count("Our sources that write it."),
        "watched": _count("Of these, watched in the period."),
        "is_read": {"description": "Whether our reader reads it.", "type": "boolean"},
    }
)

COUNTRY: Mapping[str, Schema] = {
    "country": {"description": "ISO 3166-1 alpha-2, lower case.", "type": "string", "pattern": "^[a-z]{2}$"},
    "sources": _count("Sources of the catalogue that cover the country; those that left it count as retired."),
    "sources_expected": _count("Of these, neither paused nor retired today, or polled in the period."),
    "sources_watched": _count("Of these, with at least one poll that worked."),
    "sources_by_state": _tally("Sources by the catalogue's state.", _STATES),
    "sources_by_level": _tally("Sources by reach.", _LEVELS),
    "watched_by_level": _tally("Watched sources by reach.", _LEVELS),
    "subnational_watched": _count("Watched sources that report on less than the country."),
    "sources_by_language": _tally("Sources by language."),
    "watched_by_language": _tally("Watched sources by language."),
    "sources_by_kind": _tally("Sources by medium."),
    "watched_by_kind": _tally("Watched sources by medium."),
    "languages": {
        "description": "Languages of the country against those that we watch and read.",
        "type": "array",
        "items": _LANGUAGE,
    },
    "source_days_expected": _count(
        "Days from each expected source's first poll, working or not, to the period's end."
    ),
    "source_days_watched": _count("Of these, with a poll that worked."),
    "uptime": _share("source_days_watched / source_days_expected."),
    "largest_source": _text("The source with most copies."),
    "largest_source_share": _share("Its share of all copies."),
    "hhi": _share("Herfindahl-Hirschman index of copies by source; 1 is a single source."),
    "domestic": _count("Stories on topic of sources published here, prosecuted here."),
    "foreign": _count("The same, prosecuted elsewhere."),
    "prosecuted_here": _count("Accused, from any source, whose prosecution was read to be here."),
    "zeros": _ZEROS,
}

_CONTEXT: Schema = {
    "description": "Figures that are not ours, the newest of each; a missing one is not known. See reference.md.",
    "type": "array",
    "items": _object(
        {
            "indicator": {"description": "What it counts.", "enum": list(CONTEXT)},
            "year": {"description": "Of which year.", "type": "integer"},
            "value": {
                "description": "The number; null where only a text was printed.",
                "type": ["number", "null"],
            },
            "text": {"description": "As printed.", "type": "string"},
            "source": {"description": "Who says so.", "type": "string"},
        }
    ),
}

SOURCE: Mapping[str, Schema] = {
    "source_id": {"description": "Id in the catalogue.", "type": "string"},
    "title": {"description": "The outlet's name.", "type": "string"},
    "country": _text("Country of publication."),
    "countries": {"description": "Countries covered.", "type": "array", "items": {"type": "string"}},
    "languages": {"description": "Languages written.", "type": "array", "items": {"type": "string"}},
    "level": {"description": "Reach.", "enum": _LEVELS},
    "state": {"description": "The catalogue's state.", "enum": _STATES},
    "watched_from": _day("First day of the period with a poll that worked."),
    "watched_to": _day("The last one."),
    "zeros": _ZEROS,
}


def documents() -> dict[str, str]:
    """The schema files of `docs/`, by name."""
    return {
        f"coverage-{name}.schema.json": json.dumps(schema(of), indent=2, ensure_ascii=False) + "\n"
        for name, of in (("country", CountryCoverage), ("source", SourceCoverage))
    }


_DESCRIBED = {item.name for item in dataclasses.fields(CoverageCounts)} - COUNTS.keys()
if _DESCRIBED:
    raise AssertionError(f"counts without a description: {sorted(_DESCRIBED)}")
