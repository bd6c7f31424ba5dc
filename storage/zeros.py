"""Why a count is zero: the first obstacle on the way from the door to a named accused.

Refuses to let silence read as absence: every zero of the funnel gets exactly one reason.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from extraction.model import DropReason
from storage.records.coverage import CoverageCounts, ZeroReason

FUNNEL = (
    "days_watched",
    "pages_fetched",
    "pages_kept",
    "extracted",
    "articles",
    "on_topic",
    "stories_with_accused",
    "named_accused",
)
"""The measures whose zero needs a reason, in the order in which one depends on the other."""

DAMAGED = frozenset({DropReason.NOT_HTML.value, DropReason.EMPTY.value, DropReason.TOO_LARGE.value})


def zero_reasons(
    counts: CoverageCounts, *, sources: int, crawlable: int, earlier: bool = False
) -> Mapping[str, ZeroReason]:
    """The reason for every measure of `FUNNEL` that is 0.

    `sources` is the number of sources, `crawlable` of them are neither paused nor retired; `earlier`: one of them
    was watched before the period.
    """
    reasons: dict[str, ZeroReason] = {}
    for measure in FUNNEL:
        if getattr(counts, measure) == 0:
            reason = _reason(measure, counts, sources, crawlable)
            is_late = earlier and reason is ZeroReason.NOT_YET_WATCHED
            reasons[measure] = ZeroReason.NOT_POLLED if is_late else reason
    return reasons


def stage_zero(
    counts: CoverageCounts, zeros: Mapping[str, ZeroReason], stages: Collection[str]
) -> ZeroReason | None:
    """Why nobody at one of these stages was named; None when somebody was."""
    if sum(counts.stages.get(stage, 0) for stage in stages) > 0:
        return None
    return zeros.get("named_accused", ZeroReason.BELOW_STAGE)


def _reason(measure: str, counts: CoverageCounts, sources: int, crawlable: int) -> ZeroReason:
    if measure == "days_watched" or counts.pages_fetched + counts.pages_kept == 0:
        return _unwatched(counts, sources, crawlable)
    if counts.pages_kept == 0:
        return _unkept(counts.pages_dropped)
    if counts.extracted == 0 or counts.articles == 0:
        unreadable = counts.quarantined >= counts.pages_kept
        return ZeroReason.UNREADABLE if unreadable else ZeroReason.NOT_YET_EXTRACTED
    if counts.on_topic == 0:
        if counts.unread_language > 0:
            return ZeroReason.LANGUAGE_NOT_READ
        return ZeroReason.NOT_YET_EXTRACTED if counts.unread > 0 else ZeroReason.NOTHING_ON_TOPIC
    return ZeroReason.NOBODY_NAMED


def _unwatched(counts: CoverageCounts, sources: int, crawlable: int) -> ZeroReason:
    if counts.polls == 0:
        if sources == 0:
            return ZeroReason.NO_SOURCE
        return ZeroReason.NOT_YET_WATCHED if crawlable > 0 else ZeroReason.SOURCE_PAUSED
    if counts.polls_ok == 0 or sum(counts.pages_failed.values()) > 0:
        return ZeroReason.SOURCE_DOWN
    return ZeroReason.NOTHING_NEW if counts.new_entries == 0 else ZeroReason.NOT_YET_FETCHED


def _unkept(dropped: Mapping[str, int]) -> ZeroReason:
    reasons = {reason for reason, n in dropped.items() if n > 0}
    if reasons and reasons <= DAMAGED:
        return ZeroReason.UNREADABLE
    if reasons == {DropReason.DUPLICATE.value}:
        return ZeroReason.NOTHING_NEW
    return ZeroReason.NOTHING_ON_TOPIC
