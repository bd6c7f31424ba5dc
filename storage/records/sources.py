"""Records of sources: what the catalogue says of them, and what a check found when it knocked.

Refuses to mix the two: the catalogue's word has a status history, a check is a measurement with its time.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from config.source import Level, Source, SourceState


class RobotsAnswer(StrEnum):
    """What robots.txt said to us about the source's discovery addresses."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFacts:
    """What coverage must know of a catalogue entry.

    `country` is where it is published, `countries` what it covers.
    """

    id: str
    title: str
    country: str
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    level: Level
    publisher: str
    official: bool
    state: SourceState
    state_reason: str
    state_date: dt.date
    expected_min_month: int
    expected_max_month: int

    @classmethod
    def of(cls, source: Source) -> SourceFacts:
        """The facts of a catalogue entry."""
        return cls(
            id=source.id,
            title=source.title,
            country=source.country,
            countries=source.countries,
            languages=source.languages,
            level=source.level,
            publisher=source.publisher.name,
            official=source.publisher.official,
            state=source.status.state,
            state_reason=source.status.reason,
            state_date=source.status.date,
            expected_min_month=source.expected.min_month,
            expected_max_month=source.expected.max_month,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class StatusChange:
    """One line of a source's status history; `recorded` is when the database first saw it."""

    source_id: str
    state: SourceState
    reason: str
    date: dt.date
    recorded: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceCheck:
    """What `tipwatch source check` found at one discovery address; `error` is a sentence for people."""

    source_id: str
    url: str
    at: dt.datetime
    reached: bool
    status: int | None = None
    robots: RobotsAnswer | None = None
    entries: int | None = None
    newest: dt.datetime | None = None
    error: str | None = None
