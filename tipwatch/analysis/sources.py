"""What can be said of one source: the five factors by which due diligence judges it, and what we measured of it.

Refuses a grade: each factor is a sentence with its figures, and what nobody said or measured stays unknown.

The factors are those of the Wolfsberg Group, Negative News Screening FAQs (2022), on what makes a good source:
media type, content, geopolitical context, redundancy, editorial coherence (read second hand, in a reprint of
the list). The FAQs also ask for what nobody measures here: whether a medium is neutral, whether a text is
opinion, whether its quotations, figures and footnotes are right, whether errors were corrected.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, pstdev

from config.source import Access, Ownership, PublisherKind
from storage.records.coverage import CoverageCounts, SourceCoverage
from storage.records.sources import SourceFacts
from tipwatch.report.content import SourceCard, WolfsbergProfile

LEAST = 5
"""Cases, or stories about a known country, below which nothing is said of their shares."""
MOST = 0.5
"""A source reports most on a country when more than this share of its stories is about it."""
LEAST_MONTHS = 6
BACKFILL_DAYS = 7  # a feed shows the stories of some days: older ones were brought in
LEAST_DAYS = 14
"""Whole months for a variation, days watched for a volume a week: fewer say more of chance than of the source."""

UNKNOWN = "unknown"
EDITED = frozenset({PublisherKind.NEWSPAPER, PublisherKind.BROADCASTER, PublisherKind.AGENCY})


@dataclass(frozen=True, kw_only=True, slots=True)
class PressFreedom:
    """A figure of the country of publication in [0, 100], higher is freer; `index` names whose ("RSF")."""

    score: float
    year: int
    rank: int | None = None
    index: str = "RSF"


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceMeasures:
    """What is measured of one source beside its coverage; all of it may be missing.

    `cases` are distinct cases that it reported, `corroborated` of them were reported by an independent source too.
    `about`: stories by the country that they are about, "" where that is unclear; None: as in the coverage's
    counts. `entries_by_month`: new entries of each whole month watched, in order. `peers_naming`: the median
    share of stories on topic that name an accused among sources of the same country, in [0, 1].
    """

    about: Mapping[str, int] | None = None
    cases: int = 0
    corroborated: int = 0
    entries_by_month: Sequence[int] = ()
    press_freedom: PressFreedom | None = None
    peers_naming: float | None = None


def reports_most_on(about: Mapping[str, int]) -> tuple[str, float] | None:
    """The country that more than half of its stories are about, and that share; None: too few, or no such country.

    GDELT places an outlet in the country that it mentions most ("Mapping The Media: A Geographic Lookup Of GDELT's
    Sources 2015-2021") and leaves out outlets with few mentions or without a clear first. Stories whose country is
    unclear are left out of both sides of the share.

    >>> reports_most_on({"np": 8, "in": 2, "": 40})
    ('np', 0.8)
    """
    clear = {country: n for country, n in about.items() if country}
    total = sum(clear.values())
    if total < LEAST:
        return None
    country, n = max(clear.items(), key=lambda one: one[1])
    return (country, n / total) if n / total > MOST else None


def profile(facts: SourceFacts, counts: CoverageCounts, measures: SourceMeasures) -> WolfsbergProfile:
    """The five factors, each a short text."""
    return WolfsbergProfile(
        media_type=media_type(facts),
        content=content(facts),
        geopolitical_context=geopolitical_context(facts, measures.press_freedom),
        redundancy=redundancy(measures.corroborated, measures.cases),
        editorial_coherence=editorial_coherence(counts, measures),
    )


def source_card(facts: SourceFacts, coverage: SourceCoverage, measures: SourceMeasures) -> SourceCard:
    """Everything about one source that the report shows; `facts` and `coverage` are of the same source."""
    counts = coverage.counts
    most = reports_most_on(counts.about if measures.about is None else measures.about)
    return SourceCard(
        coverage=coverage,
        publisher=facts.publisher,
        ownership=words(facts.ownership),
        access=words(facts.access),
        restrictions=restrictions(facts),
        audience=facts.audience,
        stories_a_week=stories_a_week(counts),
        reports_most_on=None if most is None else most[0],
        reports_most_share=None if most is None else most[1],
        monitored_from=coverage.watched_from,
        monitored_to=coverage.watched_to,
        backfilled_from=backfilled_from(counts, coverage.watched_from),
        profile=profile(facts, counts, measures),
    )


def media_type(facts: SourceFacts) -> str:
    """Kind, ownership and reach as the catalogue states them, and the size that somebody stated."""
    kind = "official publisher" if facts.official else words(facts.kind)
    known = UNKNOWN not in (kind, facts.level)
    first = f"{facts.level} {kind}" if known else f"kind {kind}, reach {facts.level}"
    size = "" if facts.audience is None else f"; {facts.audience}"
    return f"{first}, ownership {words(facts.ownership)}{size}"


def content(facts: SourceFacts) -> str:
    """Editorial oversight, as far as kind and ownership can tell; nobody has read the outlet's editorial rules."""
    if facts.official or facts.kind is PublisherKind.GOVERNMENT:
        return "an authority's own account: no independent editor"
    match facts.kind:
        case PublisherKind.NGO:
            return "an organisation with a cause: editorial oversight unknown"
        case kind if kind in EDITED and facts.ownership is Ownership.STATE:
            return f"edited, as is usual for this medium ({kind}); the state owns it, so not independent of it"
        case kind if kind in EDITED:
            return f"edited, as is usual for this medium ({kind}); its rules were not read"
        case _:
            return "editorial oversight unknown"


def geopolitical_context(facts: SourceFacts, figure: PressFreedom | None) -> str:
    """Press freedom where it is published, which is not always where it reports on."""
    if figure is None:
        return f"unknown: no press-freedom figure for {facts.country}"
    rank = "" if figure.rank is None else f", rank {figure.rank}"
    return f"press freedom {figure.score:.1f} of 100 ({figure.index} {figure.year}){rank}"


def redundancy(corroborated: int, cases: int) -> str:
    """How many of its cases an independent source reported too. Raises ValueError for more than all."""
    if not 0 <= corroborated <= cases:
        raise ValueError(f"{corroborated} of {cases} cases")
    if cases < LEAST:
        return f"too few to say ({_n(cases, 'case')})"
    return f"{corroborated} of its publisher's {cases} cases also reported by an independent one"


def editorial_coherence(counts: CoverageCounts, measures: SourceMeasures) -> str:
    """Whether its stories carry details that can be checked, and whether it publishes steadily.

    The FAQs look for relevant details (dates, numbers, names, places) and for cited sources. Of these we measure
    two: stories on topic that name an accused, and stories that state their date; both as our reader found
    them, so the truth is rather higher. Where law or press code hide names, few are given: `peers_naming` shows
    what is usual there. Steadiness is the standard deviation of the whole months' entries as a share of their
    mean. Not measured: quotations, figures, footnotes, corrections, truth.
    """
    parts = []
    if counts.on_topic >= LEAST:
        usual = "" if measures.peers_naming is None else f" (median of its country {measures.peers_naming:.0%})"
        parts.append(f"{counts.stories_with_accused} of {counts.on_topic} stories on topic name an accused{usual}")
    else:
        parts.append(f"too few to say ({_n(counts.on_topic, 'story', 'stories')} on topic)")
    if counts.copies >= LEAST:
        dated = sum(counts.lag_days.values())
        parts.append(f"{dated} of {counts.copies} stories state their date")
    months = measures.entries_by_month
    if len(months) >= LEAST_MONTHS and fmean(months) > 0:
        parts.append(f"volume varies by {pstdev(months) / fmean(months):.0%} between {len(months)} months")
    return "; ".join(parts)


def restrictions(facts: SourceFacts) -> str:
    """What the publisher says of crawling and of use by AI, with where and when it was read."""
    said = [
        f"{use} {facts.restrictions[key]}"
        for key, use in (("crawling", "crawling"), ("ai", "use by AI"))
        if key in facts.restrictions
    ]
    read = [facts.restrictions[key] for key in ("source", "date") if key in facts.restrictions]
    if not said:
        return UNKNOWN
    return ", ".join(said) + (f" ({', '.join(read)})" if read else "")


def stories_a_week(counts: CoverageCounts) -> float | None:
    """New entries that discovery saw in seven days watched; None below `LEAST_DAYS`. Windows missed lower it."""
    return None if counts.days_watched < LEAST_DAYS else 7 * counts.new_entries / counts.days_watched


def backfilled_from(counts: CoverageCounts, watched_from: dt.date | None) -> str | None:
    """The earliest stated date of a story when it is older than our watching, as exact as it was stated.

    Pages that were brought in by a file, with no poll at all, are all back-fill.
    """
    first = counts.first_published
    if first is None or watched_from is None:
        return first
    since = watched_from - dt.timedelta(days=BACKFILL_DAYS)
    return first if first < since.isoformat()[: len(first)] else None


def words(value: Access | Ownership | PublisherKind) -> str:
    """A closed list's word for people: "public service"."""
    return value.value.replace("_", " ")


def _n(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
