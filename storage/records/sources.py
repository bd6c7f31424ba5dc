"""Records of sources: what the catalogue says of them, and what a check found when it knocked.

Refuses to mix the two: the catalogue's word has a status history, a check is a measurement with its time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.source import (
    Access,
    Audience,
    Level,
    Ownership,
    Permission,
    PublisherKind,
    Restrictions,
    Source,
    SourceState,
)


class RobotsAnswer(StrEnum):
    """What robots.txt said to us about the source's discovery addresses."""

    ALLOWED = "allowed"
    DISALLOWED = "disallowed"
    ABSENT = "absent"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceFacts:
    """What coverage must know of a catalogue entry.

    `country` is where it is published, `countries` what it covers. `restrictions` has the keys crawling, ai,
    source and date, each only where it was said. `audience` ("12000 copies a day, 2024: <who said so>") is today's
    catalogue's word alone: the database does not keep it. `discovery_digest` is None where nobody took one.
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
    kind: PublisherKind = PublisherKind.UNKNOWN
    ownership: Ownership = Ownership.UNKNOWN
    access: Access = Access.UNKNOWN
    restrictions: Mapping[str, str] = field(default_factory=dict)
    audience: str | None = None
    discovery_digest: str | None = None

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
            kind=source.publisher.kind,
            ownership=source.publisher.ownership,
            access=source.access,
            restrictions=_said(source.restrictions),
            audience=_stated(source.audience),
            discovery_digest=source.discovery_digest,
        )


def _said(restrictions: Restrictions) -> dict[str, str]:
    uses = {"crawling": restrictions.crawling, "ai": restrictions.ai}
    said = {name: use.value for name, use in uses.items() if use is not Permission.UNKNOWN}
    where = {} if restrictions.source is None else {"source": restrictions.source}
    when = {} if restrictions.date is None else {"date": restrictions.date.isoformat()}
    return said | where | when


def _stated(audience: Audience | None) -> str | None:
    return None if audience is None else f"{audience.value} {audience.unit}, {audience.year}: {audience.source}"


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
