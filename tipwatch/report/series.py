"""One country's months with all that bends them: full series, frozen panel, as it was read then, and the breaks.

Refuses a trend of the full series where a break lies inside it: it is flagged, and the panel stands beside it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from storage.periods import last_day
from storage.records.coverage import ZeroReason
from storage.records.series import CoverageEvent, EventKind, MonthCounts, ReadingChange
from tipwatch.analysis.trend import yearly_trend
from tipwatch.report.content import Series, SeriesPoint, Trend

REREAD = frozenset({EventKind.READER_CHANGED, EventKind.LEXICON_CHANGED})


def series(
    country: str,
    full: Sequence[MonthCounts],
    frozen: Sequence[MonthCounts],
    *,
    panel: Collection[str],
    events: Sequence[CoverageEvent],
    changes: Sequence[ReadingChange],
    edges: tuple[dt.date, dt.date] | None,
) -> Series:
    """The months of one country, in order. `changes` are those of its sources; trends count stories on topic."""
    told = any(one.stories for one in full)  # what was never there cannot be bent
    bending = tuple(
        one
        for one in events
        if told and edges is not None and edges[0] < one.day <= edges[1] and _bends(one, country)
    )
    by_panel = {one.month: one for one in frozen}
    then = _as_read_then(changes)
    whole_months = {one.month for one in full if _is_whole(one.month, edges)}
    then = {month: change for month, change in then.items() if month in whole_months}
    points = tuple(_point(one, by_panel.get(one.month), then, bending) for one in full)
    whole = [one for one in points if one.month in whole_months]
    full_trend = _trend([one.on_topic for one in whole])
    panel_trend = _trend([one.panel_on_topic for one in whole]) if panel else _no_panel()
    versions = sorted({version for one in full for version in one.versions})
    return Series(
        points=points,
        events=bending,
        panel=tuple(panel),
        full_trend=full_trend,
        panel_trend=panel_trend,
        flagged=bool(bending) or len(versions) > 1,
        sentence=_sentence(bending, versions, len(panel)),
    )


def _bends(event: CoverageEvent, country: str) -> bool:
    return not event.countries or country in event.countries


def _point(
    one: MonthCounts,
    frozen: MonthCounts | None,
    then: Mapping[dt.date, tuple[int, int]],
    events: Sequence[CoverageEvent],
) -> SeriesPoint:
    found = then.get(one.month)
    return SeriesPoint(
        month=one.month,
        sources_watched=one.sources_watched,
        stories=one.stories,
        on_topic=one.on_topic,
        named=one.named,
        on_topic_then=None if found is None else one.on_topic - found[0],
        named_then=None if found is None else one.named - found[1],
        panel_stories=0 if frozen is None else frozen.stories,
        panel_on_topic=0 if frozen is None else frozen.on_topic,
        panel_named=0 if frozen is None else frozen.named,
        breaks=tuple(n for n, event in enumerate(events) if event.day.replace(day=1) == one.month),
        why_none=_why_none(one),
    )


def _why_none(one: MonthCounts) -> str | None:
    """The first obstacle between that month's sources and a named accused."""
    for is_it, reason in (
        (one.named > 0, None),
        (one.sources_watched == 0 and one.stories == 0, ZeroReason.SOURCE_DOWN),
        (one.stories == 0, ZeroReason.NOTHING_ON_TOPIC),
        (one.read == 0, ZeroReason.NOT_YET_EXTRACTED),
        (one.on_topic == 0 and one.unread_language > 0, ZeroReason.LANGUAGE_NOT_READ),
        (one.on_topic == 0, ZeroReason.NOTHING_ON_TOPIC),
    ):
        if is_it:
            return None if reason is None else reason.value
    return ZeroReason.NOBODY_NAMED.value


def _as_read_then(changes: Sequence[ReadingChange]) -> dict[dt.date, tuple[int, int]]:
    """What later versions added to stories on topic and to persons, by month."""
    found: dict[dt.date, list[int]] = defaultdict(lambda: [0, 0])
    for one in changes:
        found[one.month][0] += one.on_topic_after - one.on_topic_before
        found[one.month][1] += one.named_after - one.named_before
    return {month: (on_topic, named) for month, (on_topic, named) in found.items()}


def _is_whole(month: dt.date, edges: tuple[dt.date, dt.date] | None) -> bool:
    """Whether the span holds all of a month: half a month looks like a fall."""
    return edges is None or (edges[0] <= month and last_day(month) <= edges[1])


def _trend(counts: Sequence[int]) -> Trend:
    found = yearly_trend(counts)
    return Trend(ratio=found.ratio, low=found.low, high=found.high, sentence=found.sentence)


def _no_panel() -> Trend:
    return Trend(ratio=None, low=None, high=None, sentence="No source was watched throughout: there is no panel.")


def _sentence(events: Sequence[CoverageEvent], versions: Sequence[str], panel: int) -> str:
    """What a reader must know before he reads a rise or a fall."""
    told = []
    if events:
        many = (
            "One change in how we look lies" if len(events) == 1 else f"{len(events)} changes in how we look lie"
        )
        told.append(f"{many} inside this series: do not read it as a trend.")
    if any(one.kind in REREAD for one in events) and len(versions) == 1:
        told.append(
            f"Every story shown was read by one version ({versions[0]}), so the reader's change is not in it."
        )
    if len(versions) > 1:
        told.append(
            f"Stories were read by different versions ({', '.join(versions)}): run `tipwatch extract` to re-read "
            "the archive with one."
        )
    held = "1 source" if panel == 1 else f"{panel} sources"
    told.append(f"The frozen panel holds {held}." if panel else "No source was watched throughout.")
    return " ".join(told)
