"""Records of coverage: how well we looked, per source and per country.

Refuses a bare zero: every zero among the counts carries the reason why it is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from config.source import Level, SourceState


class Measure(StrEnum):
    """What is counted per source and day as it happens. Later steps are counted from the tables themselves."""

    POLL_OK = "poll_ok"
    POLL_FAILED = "poll_failed"  # reason: a FailureClass
    ENTRIES = "entries"
    NEW_ENTRIES = "new_entries"
    WINDOW_GAP = "window_gap"
    FETCHED = "fetched"
    FETCH_FAILED = "fetch_failed"  # reason: a FailureClass
    DROPPED = "dropped"  # reason: a DropReason
    KEPT = "kept"


class ZeroReason(StrEnum):
    """Why a count is zero, the first that holds, from the door inwards."""

    NO_SOURCE = "no_source"
    SOURCE_PAUSED = "source_paused"
    NOT_YET_WATCHED = "not_yet_watched"
    SOURCE_DOWN = "source_down"
    NOTHING_NEW = "nothing_new"
    NOT_YET_FETCHED = "not_yet_fetched"
    NOTHING_ON_TOPIC = "nothing_on_topic"
    NOT_YET_EXTRACTED = "not_yet_extracted"
    UNREADABLE = "unreadable"
    LANGUAGE_NOT_READ = "language_not_read"
    NOBODY_NAMED = "nobody_named"


@dataclass(frozen=True, kw_only=True, slots=True)
class DayCount:
    """One stored count. `reason` is "" where the measure has none."""

    source_id: str
    day: dt.date
    measure: Measure
    reason: str
    n: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CoverageCounts:
    """Sums over sources and a period. Days and polls first, then the funnel, each step a part of the one before.

    `days_watched` counts days on which at least one poll worked; `polls_ok` of `polls` worked; `window_gaps` are
    polls whose window did not reach back to the one before: stories were missed. `pages_fetched` =
    `pages_kept` + sum(`pages_dropped`) + pages in flight. `extracted` of the kept pages gave a text;
    `quarantined` did not. `articles` are distinct texts; `unread_language` of them are in a language that is not
    read yet and claim nothing; `on_topic` were read and report a case; `named_accused` are persons by article.
    `waiting_review` of those have a score below the least that an export lists (`min_score`).
    `withheld` are accused who are not stored: minors, names that are a victim's too, stages without evidence.
    """

    days_watched: int = 0
    polls: int = 0
    polls_ok: int = 0
    polls_failed: Mapping[str, int] = field(default_factory=dict)
    entries: int = 0
    new_entries: int = 0
    window_gaps: int = 0
    pages_fetched: int = 0
    pages_failed: Mapping[str, int] = field(default_factory=dict)
    pages_dropped: Mapping[str, int] = field(default_factory=dict)
    pages_kept: int = 0
    extracted: int = 0
    quarantined: int = 0
    articles: int = 0
    unread: int = 0  # not read yet, in any language
    unread_language: int = 0
    on_topic: int = 0
    stories_with_accused: int = 0
    named_accused: int = 0
    waiting_review: int = 0
    withheld: int = 0
    first_day: dt.date | None = None  # first and last day with a poll that worked or a page kept
    last_day: dt.date | None = None
    first_published: str | None = None  # first and last stated date of an article, possibly partial
    last_published: str | None = None

    @property
    def polls_ok_share(self) -> float | None:
        """Share of polls that worked, in [0, 1]; None when nobody polled."""
        return None if self.polls == 0 else self.polls_ok / self.polls


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceCoverage:
    """How well one source was watched. `zeros` maps every measure of `counts` that is 0 to its reason."""

    source_id: str
    title: str
    country: str | None
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    level: Level
    state: SourceState
    counts: CoverageCounts
    zeros: Mapping[str, ZeroReason]


@dataclass(frozen=True, kw_only=True, slots=True)
class CountryCoverage:
    """How well one country was watched, through every source that covers it.

    A source that covers several countries counts in each, so sums over countries exceed the totals.
    `prosecuted_here` are accused, from any source, whose prosecution was read to be in this country.
    """

    country: str
    sources: int
    sources_by_state: Mapping[str, int]
    sources_by_level: Mapping[str, int]
    sources_by_language: Mapping[str, int]
    sources_watched: int  # with at least one poll that worked in the period
    counts: CoverageCounts
    prosecuted_here: int
    zeros: Mapping[str, ZeroReason]
