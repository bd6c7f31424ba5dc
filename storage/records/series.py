"""Records of time: months of counts, what broke them, and what was read differently by another version.

Refuses a series without its breaks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class EventKind(StrEnum):
    """What changed in how we look; each may bend a series without any change in the world.

    Changes of the catalogue and of the reader are recorded when they happen; the beginning, the silence, the
    return and the changed volume of a source are measured from its polls.
    """

    SOURCE_ADDED = "source_added"  # its first poll that worked: before that day it does not count
    SOURCE_LEFT = "source_left"  # no longer in the catalogue
    SOURCE_STATE = "source_state"  # paused, retired, active again
    SELECTORS_CHANGED = "selectors_changed"  # discovery addresses, selectors, include or exclude
    LEXICON_CHANGED = "lexicon_changed"
    READER_CHANGED = "reader_changed"  # rules or trained weights
    SOURCE_SILENT = "source_silent"  # no poll has worked since
    SOURCE_BACK = "source_back"
    VOLUME_CHANGED = "volume_changed"  # a change point of the number of entries


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageEvent:
    """One dated change. `countries` whose series it may bend; empty means all of them. `detail` is a sentence."""

    day: dt.date
    kind: EventKind
    detail: str
    source_id: str | None = None
    countries: tuple[str, ...] = ()
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MonthCounts:
    """What the sources of a group gave in one month (`month` is its first day, UTC), every text counted once.

    `stories` are distinct texts kept, `read` those that a reader has read, `on_topic` report a case,
    `with_accused` of those name somebody, `named` are persons by story. `days_watched` are source-days with a poll
    that worked, `entries` new entries that discovery saw. `versions` counts the stories read by reader version.
    """

    month: dt.date
    sources_watched: int = 0
    days_watched: int = 0
    entries: int = 0
    stories: int = 0
    read: int = 0
    unread_language: int = 0  # of those, in a language that the reader does not read
    on_topic: int = 0
    with_accused: int = 0
    named: int = 0
    versions: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingChange:
    """Stories of one source and month (of their first fetch here) that one version read after another.

    World and sources are the same in both: what differs between `before` and `after` is the reader alone.
    """

    source_id: str
    month: dt.date
    from_version: str
    to_version: str
    stories: int
    on_topic_before: int
    on_topic_after: int
    named_before: int
    named_after: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceDays:
    """Volume of one source by day: `entries[i]` new entries on `first + i` days, None when no poll worked.

    `earlier`: it was watched before the period, too.
    """

    source_id: str
    first: dt.date
    entries: tuple[int | None, ...]
    earlier: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class AccusedMention:
    """One accused in one story of one source, for counting who reported the same case. Never logged, never shown.

    `copy_group` is the text's id, or that of the first of its near-equal texts: nine papers with one agency story
    are one report. `case_id` is None for what was not resolved yet; then only `key` tells.
    """

    key: str  # a digest of the normalised name: equal names, equal keys
    copy_group: str
    source_id: str
    day: dt.date  # first fetched
    country: str | None  # of prosecution
    stage: str
    case_id: str | None = None
    person_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MatrixCell:
    """Persons accused by story: origin (nationality, None where not said) by country of reporting and stage."""

    origin: str | None
    country: str
    stage: str
    persons: int
    stories: int
