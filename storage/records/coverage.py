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
    NOT_POLLED = "not_polled"  # watched before, but nobody polled in the period
    SOURCE_DOWN = "source_down"
    NOTHING_NEW = "nothing_new"
    NOT_YET_FETCHED = "not_yet_fetched"
    NOTHING_ON_TOPIC = "nothing_on_topic"
    NOT_YET_EXTRACTED = "not_yet_extracted"
    UNREADABLE = "unreadable"
    LANGUAGE_NOT_READ = "language_not_read"
    NOBODY_NAMED = "nobody_named"
    BELOW_STAGE = "below_stage"  # accused were named, none as far as the stage asked for


LAGS = ("0", "1", "2", "3-7", "8-30", "31-365", "366+")
"""Classes of days from the stated date of a story to our fetch; the last two are back-fill, not watching."""


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
    copies: int = (
        0  # addresses that hold those texts: an agency's story in nine papers is one article, nine copies
    )
    stories_missed: int = 0  # estimated, in the window gaps; see `storage.gaps`
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
    lag_days: Mapping[str, int] = field(default_factory=dict)  # copies by days from stated date to fetch, see LAGS
    stages: Mapping[str, int] = field(default_factory=dict)  # named accused by stage
    about: Mapping[str, int] = field(default_factory=dict)  # stories on topic by country of prosecution
    versions: Mapping[str, int] = field(default_factory=dict)  # stories read, by version of the reader

    @property
    def syndication_rate(self) -> float | None:
        """Share of copies that repeat a text word for word, in [0, 1]; None without a story."""
        return None if self.copies == 0 else 1 - self.articles / self.copies

    @property
    def lag_median(self) -> str | None:
        """The class of days (`LAGS`) that holds the median lag from publication to us; None: no date stated."""
        total, passed = sum(self.lag_days.values()), 0
        for name in LAGS:
            passed += self.lag_days.get(name, 0)
            if total and 2 * passed >= total:
                return name
        return None

    @property
    def polls_ok_share(self) -> float | None:
        """Share of polls that worked, in [0, 1]; None when nobody polled."""
        return None if self.polls == 0 else self.polls_ok / self.polls


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceCoverage:
    """How well one source was watched. `zeros` maps every measure of `counts` that is 0 to its reason.

    `watched_from` and `watched_to`: the first and last day of the period with a poll that worked.
    """

    source_id: str
    title: str
    country: str | None
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    level: Level
    state: SourceState
    counts: CoverageCounts
    zeros: Mapping[str, ZeroReason]
    watched_from: dt.date | None = None
    watched_to: dt.date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageReach:
    """One language of a country: who speaks it, who of our sources writes it, and whether it is read.

    `share` of the population that can use it, in [0, 1], as Unicode CLDR states it (people use several: shares add
    up to more than 1); None where CLDR says nothing.
    """

    language: str
    share: float | None
    official: bool
    sources: int
    watched: int
    is_read: bool


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
    sources_by_kind: Mapping[str, int] = field(default_factory=dict)
    sources_expected: int = 0  # neither paused nor retired, or polled in the period
    watched_by_level: Mapping[str, int] = field(default_factory=dict)
    watched_by_language: Mapping[str, int] = field(default_factory=dict)
    watched_by_kind: Mapping[str, int] = field(default_factory=dict)
    source_days_expected: int = 0  # of each expected source, from its first poll that worked in the period on
    source_days_watched: int = 0
    largest_source: str | None = None  # by copies kept
    largest_source_share: float | None = None
    hhi: float | None = None  # Herfindahl-Hirschman index of copies by source, in (0, 1]; 1 is a single source
    domestic: int = 0  # stories on topic of sources published here, prosecuted here
    foreign: int = 0  # the same, prosecuted elsewhere
    languages: tuple[LanguageReach, ...] = ()

    @property
    def uptime(self) -> float | None:
        """Share of the expected source-days on which a poll worked, in [0, 1]; None when none was expected."""
        return None if self.source_days_expected == 0 else self.source_days_watched / self.source_days_expected

    @property
    def subnational_watched(self) -> int:
        """Watched sources that report on less than the country: local and regional ones."""
        return self.watched_by_level.get(Level.LOCAL, 0) + self.watched_by_level.get(Level.REGIONAL, 0)
