"""Tells which stage of a person's proceedings stands now, from all stories of one case.

Refuses to choose between conviction and acquittal whose order is not known: the person counts as cleared.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from extraction.model import Stage
from extraction.model.terms import STAGE_ORDER

CLEARED_ORDER: Final = (Stage.DISMISSED, Stage.ACQUITTED, Stage.OVERTURNED)
"""Of two ends on one day the later here is shown."""
RANK: Final = {stage: rank for rank, stage in enumerate((*STAGE_ORDER, *CLEARED_ORDER))}
PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?![0-9]).*)?)?", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one story says of a person: `stage_date` is an ISO date, possibly partial, as is `published`."""

    stage: Stage
    stage_date: str | None = None
    published: str | None = None
    first_seen: dt.datetime
    mention_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """The stage that stands. `cleared`: the person must not be listed as accused or convicted.

    `doubtful`: a human must say in which order conviction and acquittal came. `overruled` are the mentions whose
    stage was taken back; one that a further stage merely passed (charged, then sentenced) is not among them.
    """

    stage: Stage
    stage_date: str | None
    cleared: bool
    doubtful: bool
    overruled: frozenset[str]


class Line(NamedTuple):
    """A line of a timeline: a stage, its date (else that of the first story), whether it stands, who says so."""

    date: str | None
    stage: Stage
    stands: bool
    mention_ids: tuple[str, ...]


def span(partial: str | None) -> tuple[dt.date, dt.date] | None:
    """First and last day of a possibly partial ISO date or time; None where it is no date ("2024-13").

    >>> span("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    found = PARTIAL.fullmatch(partial or "")
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        if year is not None and month is not None:
            last = calendar.monthrange(year, month)[1]
            return dt.date(year, month, day or 1), dt.date(year, month, last if day is None else day)
        return dt.date(year or 0, 1, 1), dt.date(year or 0, 12, 31)
    except ValueError:  # calendar.IllegalMonthError is one too
        return None


@dataclass(frozen=True, slots=True)
class _Dated:
    """An entry and the days between which its stage was reached; `first` is None where only the story is dated."""

    entry: Entry
    first: dt.date | None
    last: dt.date
    told: bool  # a date stands in the text or on the page; False where we only know when we read it

    def surely_after(self, other: _Dated) -> bool:
        """True when the stage itself is dated, and after anything that the other can mean."""
        return self.first is not None and self.first > other.last

    def clears(self, other: _Dated) -> bool:
        """True when this end came after the other's stage: dated so, or first reported after it."""
        return self.surely_after(other) or (self.first is None and self.told and self.last > other.last)


def _dated(entry: Entry) -> _Dated:
    stage, story = span(entry.stage_date), span(entry.published)
    if stage is None:
        return _Dated(entry, None, entry.first_seen.date() if story is None else story[1], story is not None)
    first, last = stage
    if story is not None and first <= story[1] < last:
        last = story[1]  # "in May", told on the 10th: by the 10th
    return _Dated(entry, first, last, True)


def standing(entries: Sequence[Entry]) -> Standing:
    """The stage that stands for one person in one case. Order of `entries` does not matter.

    1. Nobody was ever cleared: the furthest stage stands, whenever it was told. "Charged" in 2025 beside
       "sentenced" in 2024 is a recall.
    2. Acquitted, dismissed, overturned: takes back every stage that it came after. It came after a stage when its
       own date is later than anything that the stage's date can mean; where its own date is not told, when its
       story was published after that. (Sentenced 2024-03, acquittal in a story of 2025-01-09: cleared.)
    3. A stage stands again when its own date is later than every acquittal (retrial, the prosecution's appeal, a
       new charge): acquitted 2023-02-01, convicted 2024-06-30. The date of its story alone is not enough: a story
       of 2024 that says "convicted" may recall 2022.
    4. What is neither (both on one day; 2024 and 2024-05; a conviction without a date in a later story) is not
       known. A conviction of that kind makes the person `doubtful`, and cleared until a human decides; a lesser
       stage of that kind is taken for a recall. Where a lesser stage surely stands again (charged anew after the
       acquittal, and then "convicted" without a date), that one is shown, and is doubtful; where a conviction
       surely stands again, nothing is in doubt.
    5. The stage's date is the fullest that a story gives for it, of these the most frequent, then the earliest.

    Raises ValueError without entries.
    """
    if not entries:
        raise ValueError("standing entries=0: a person in a case has at least one mention")
    dated = [_dated(entry) for entry in entries]
    ends = [one for one in dated if one.entry.stage.is_cleared]
    steps = [one for one in dated if not one.entry.stage.is_cleared]
    if not ends:
        return _of(dated, cleared=False, doubtful=False, overruled=())
    again = [one for one in steps if all(one.surely_after(end) for end in ends)]
    furthest = max((one.entry.stage for one in again), key=RANK.__getitem__, default=None)
    unknown = [one for one in steps if one not in again and not any(end.clears(one) for end in ends)]
    recalls = [
        one
        for one in unknown
        if furthest is not None and (furthest.is_perpetrator or RANK[one.entry.stage] <= RANK[furthest])
    ]
    lost = [one for one in steps if one not in again and one not in recalls]
    doubtful = any(one.entry.stage.is_perpetrator and one not in recalls for one in unknown)
    if again:
        return _of(again, cleared=False, doubtful=doubtful, overruled=[*ends, *lost])
    latest = max((end.last for end in ends if end.told), default=None)
    last = [end for end in ends if end.last == latest and end.told] or ends
    return _of(last, cleared=True, doubtful=doubtful, overruled=lost)


def _of(stands: Sequence[_Dated], *, cleared: bool, doubtful: bool, overruled: Iterable[_Dated]) -> Standing:
    stage = max((one.entry.stage for one in stands), key=RANK.__getitem__)
    dates = [one.entry.stage_date for one in stands if one.entry.stage is stage]
    return Standing(
        stage=stage,
        stage_date=_best([date for date in dates if date is not None and span(date) is not None]),
        cleared=cleared,
        doubtful=doubtful,
        overruled=frozenset(one.entry.mention_id for one in overruled),
    )


def _best(dates: Collection[str]) -> str | None:
    counts = Counter(date[:10] for date in dates)
    return min(counts, key=lambda date: (-len(date), -counts[date], date), default=None)


def timeline(entries: Sequence[Entry]) -> tuple[Line, ...]:
    """The stages by date, for show. Order of `entries` does not matter.

    A partial date joins the one line of its stage that it can mean ("2024-05" joins 2024-05-14), a story without
    the stage's date the one line of its stage that is not after the story. A line stands while none of its
    mentions is overruled.
    """
    if not entries:
        return ()
    overruled = standing(entries).overruled
    by_stage: dict[Stage, dict[str | None, list[Entry]]] = defaultdict(dict)
    for entry in sorted(entries, key=_fullest_first):
        _place(by_stage[entry.stage], entry)
    lines = []
    for stage, dates in by_stage.items():
        for date, told in dates.items():
            ids = tuple(sorted({entry.mention_id for entry in told}))
            lines.append(Line(date, stage, overruled.isdisjoint(ids), ids))
    return tuple(sorted(lines, key=lambda line: (line.date is None, line.date or "", RANK[line.stage])))


def _fullest_first(entry: Entry) -> tuple[bool, int, str, str, str]:
    date = entry.stage_date if span(entry.stage_date) else None
    return date is None, -len(date or ""), date or "", entry.published or "9", entry.mention_id


def _place(lines: dict[str | None, list[Entry]], entry: Entry) -> None:
    own, story = span(entry.stage_date), span(entry.published)
    date = (entry.stage_date or "")[:10] if own else None
    fitting: list[str | None] = []
    for other in lines:
        there = span(other)
        if other == date or there is None:
            continue
        earlier = own is None and (story is None or there[0] <= story[1])
        if earlier or (own is not None and own[0] <= there[0] and there[1] <= own[1]):
            fitting.append(other)
    if date is None and story is not None:
        date = (entry.published or "")[:10]
    lines.setdefault(fitting[0] if len(fitting) == 1 and date not in lines else date, []).append(entry)
