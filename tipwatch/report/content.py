"""What the report says, before it is a page: plain frozen records, all of them serialisable to JSON.

Refuses presentation: no HTML, no colours, no script.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from storage.records.coverage import CountryCoverage, SourceCoverage
from storage.records.series import CoverageEvent, MatrixCell


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcedFigure:
    """A figure that is not ours: value (or its text, such as "<5"), year and where it was read."""

    indicator: str
    year: int
    value: float | None
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesPoint:
    """One month of one country. `breaks` index into the series' events.

    `named` and `on_topic` are as the archive reads today; `on_topic_then` as it was read when it came in, None
    where no change was recorded (then it is the same), or where the span cuts the month. `panel_*` count only
    sources watched throughout.
    """

    month: dt.date
    sources_watched: int
    stories: int
    on_topic: int
    named: int
    on_topic_then: int | None
    named_then: int | None
    panel_stories: int
    panel_on_topic: int
    panel_named: int
    breaks: tuple[int, ...] = ()
    why_none: str | None = None  # the reason where `named` is 0; see `storage.records.ZeroReason`


@dataclass(frozen=True, kw_only=True, slots=True)
class Trend:
    """Yearly change of a monthly count as a ratio with its 95 % interval (1.0 is flat); None: too few to say."""

    ratio: float | None
    low: float | None
    high: float | None
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Series:
    """Months of one country with all that bends them. `panel` are the sources watched throughout."""

    points: tuple[SeriesPoint, ...]
    events: tuple[CoverageEvent, ...]
    panel: tuple[str, ...]
    full_trend: Trend
    panel_trend: Trend
    flagged: bool  # a break lies inside the series: do not read the full series as a trend
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Estimate:
    """Cases of one country and year: `observed` distinct ones, and how many the press we watch probably reported.

    `estimate` is None when the cases are too few to say, and `sentence` says so. What all of them assume stands
    once, in `tipwatch.report.estimates.ASSUMED`.
    """

    year: int
    method: str
    observed: int
    once: int
    twice: int
    sources: int
    estimate: float | None
    low: float | None
    high: float | None
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialComparison:
    """Persons that we saw beside an official figure of the same year, and their ratio with its 95 % interval."""

    year: int
    indicator: str
    observed: int
    official: float | None
    official_text: str
    ratio: float | None
    low: float | None
    high: float | None
    source: str
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Alarm:
    """A source whose volume left its band, or changed for good. `kind`: low, high, silent, change_point."""

    source_id: str
    title: str
    kind: str
    day: dt.date
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class WolfsbergProfile:
    """The five factors of the Wolfsberg Group's Negative News Screening FAQ (2022), each a value and why."""

    media_type: str
    content: str
    geopolitical_context: str
    redundancy: str
    editorial_coherence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceCard:
    """One source: its facts, how it was watched, what it reports on."""

    coverage: SourceCoverage
    publisher: str
    ownership: str
    access: str
    restrictions: str
    audience: str | None  # how large it is, as somebody stated it
    stories_a_week: float | None
    reports_most_on: str | None  # ISO code, measured; None: too few stories to say
    reports_most_share: float | None
    monitored_from: dt.date | None
    monitored_to: dt.date | None
    backfilled_from: str | None  # earliest stated date of a story that is older than our watching
    profile: WolfsbergProfile


@dataclass(frozen=True, kw_only=True, slots=True)
class CountryPage:
    """Everything about one country. `rates` are of `named` at the asked stage: by what it is divided -> value."""

    country: str
    name: str
    coverage: CountryCoverage
    persons: int  # at the asked stage or further, by story, in sources published in this country
    why_none: str | None
    figures: tuple[SourcedFigure, ...]
    rates: Mapping[str, float | None]  # per_million_people, per_source, per_1000_stories
    series: Series
    estimates: tuple[Estimate, ...]
    official: tuple[OfficialComparison, ...]
    sources: tuple[SourceCard, ...]
    victims_origin: Mapping[str, int | None]  # None: suppressed, more than 0 and fewer than `min_cell`


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The whole report. `empty` maps "origin country" pairs of the matrix that are zero to nothing: the reason is
    the country's (`CountryPage.why_none`), or `nobody_of_this_origin` where others were named.
    """

    made_at: dt.datetime
    since: dt.date | None
    until: dt.date | None
    stage: str
    stages: tuple[str, ...]  # stages shown, in the order of proceedings
    reader_version: str
    min_cell: int
    countries: tuple[CountryPage, ...]
    matrix: tuple[MatrixCell, ...]
    events: tuple[CoverageEvent, ...]
    alarms: tuple[Alarm, ...]
    country_names: Mapping[str, str]
    caveats: tuple[str, ...]
