"""Tells which stage of a person's proceedings stands now, from all stories of one case.

Refuses to choose between conviction and acquittal whose order is not known: the person counts as cleared.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from extraction.model import Stage
from extraction.model.terms import STAGE_ORDER

CLEARED_ORDER: Final = (Stage.DISMISSED, Stage.ACQUITTED, Stage.OVERTURNED)
"""Of two ends on one day the later here is shown."""
RANK: Final = {stage: rank for rank, stage in enumerate((*STAGE_ORDER, *CLEARED_ORDER))}
ANEW: Final = dt.timedelta(days=180)
"""A story that accuses without a date, this long after an end without guilt, is no mere recall: a human looks."""
PARTIAL: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?![0-9]).*)?)?", re.DOTALL)


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """What one story says of a person: `stage_date` is an ISO date, possibly partial, as is `published`.

    `held`: an end that the machine reads where a human accepted an accusation, and has not looked again.
    `dated_by_human`: `stage_date` is a human's correction.
    """

    stage: Stage
    stage_date: str | None = None
    published: str | None = None
    first_seen: dt.datetime
    mention_id: str
    held: bool = False
    dated_by_human: bool = False


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


def stated(entry: Entry) -> str | None:
    """The stage's date as far as it can be true: a story cannot tell a day after its own.

    None for one that is no date, or lies after the story (after we first saw it, where its day is not known). What
    a human wrote is taken as it is.
    """
    own = span(entry.stage_date)
    if own is None or entry.dated_by_human:
        return None if own is None else entry.stage_date
    story = span(entry.published)
    told = entry.first_seen.date() if story is None else story[1]
    return entry.stage_date if own[0] <= told else None


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
    stage, story = span(stated(entry)), span(entry.published)
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
       The same story more than `ANEW` after every end is doubtful too: it may tell of a new case.
    5. What the machine reads as an end where a human accepted an accusation (`held`) clears, and is doubtful.
    6. A stage's date that is later than its own story is none (`stated`).
    7. The stage's date is the fullest that a story gives for it, of these the most frequent, then the earliest.

    Raises ValueError without entries.
    """
    if not entries:
        raise ValueError("standing entries=0: a person in a case has at least one mention")
    found = _standing([_dated(entry) for entry in entries])
    if not found.cleared or found.doubtful or not any(entry.held for entry in entries):
        return found
    sure = [_dated(entry) for entry in entries if not entry.held]
    without = _standing(sure) if sure else None
    return replace(found, doubtful=without is None or not without.cleared or without.doubtful)


def _standing(dated: Sequence[_Dated]) -> Standing:
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
    if latest is not None:
        doubtful |= any(one.first is None and one.told and one.last - latest > ANEW for one in unknown)
    return _of(last, cleared=True, doubtful=doubtful, overruled=lost)


def _of(stands: Sequence[_Dated], *, cleared: bool, doubtful: bool, overruled: Iterable[_Dated]) -> Standing:
    stage = max((one.entry.stage for one in stands), key=RANK.__getitem__)
    dates = [stated(one.entry) for one in stands if one.entry.stage is stage]
    return Standing(
        stage=stage,
        stage_date=_best([date for date in dates if date is not None]),
        cleared=cleared,
        doubtful=doubtful,
        overruled=frozenset(one.entry.mention_id for one in overruled),
    )


def standings(proceedings: Mapping[str, Sequence[Entry]]) -> dict[str, Standing]:
    """What stands in each proceeding of one person, by the same keys; none of them may be empty.

    An end clears backwards: one that is told in another proceeding, in another country too, may mean every earlier
    one that stands and that it would clear there. Which of them is not known, so all are doubtful, with the one
    that it is told in where that has an accusation; they count as cleared until a human decides. A human decides
    by writing the date of an accusation that came after all that is told of the earlier proceeding: the end is
    then of the later one.
    """
    own = {key: [_dated(entry) for entry in entries] for key, entries in proceedings.items()}
    found = {key: standing(entries) for key, entries in proceedings.items()}
    doubted: dict[str, Standing] = {}
    for key, entries in sorted(proceedings.items()):
        if found[key].cleared:
            continue
        others = [(other, end) for other in own if other != key for end in _meant(own[other], own[key])]
        if not others:
            continue
        told = standing([*entries, *(end.entry for _, end in others)])
        if told.cleared or told.doubtful:
            ids = {entry.mention_id for entry in entries}
            doubted[key] = replace(told, doubtful=True, overruled=told.overruled & ids)
            for other in {other for other, _ in others}:
                if found[other].cleared and any(not one.entry.stage.is_cleared for one in own[other]):
                    doubted.setdefault(other, replace(found[other], doubtful=True))
    return found | doubted


def _meant(later: Sequence[_Dated], earlier: Sequence[_Dated]) -> list[_Dated]:
    """The ends told in one proceeding that may be the end of another, which began before them."""
    accused = [one for one in earlier if not one.entry.stage.is_cleared]
    began = min(one.first or one.last for one in accused)
    after = max(one.last for one in accused)
    known = [
        one
        for one in later
        if one.entry.dated_by_human and not one.entry.stage.is_cleared and one.first and one.first > after
    ]
    return [
        one
        for one in later
        if one.entry.stage.is_cleared
        and (not one.told or began <= one.last)
        and not any(one.clears(new) for new in known)
    ]


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
    date = stated(entry)
    return date is None, -len(date or ""), date or "", entry.published or "9", entry.mention_id


def _place(lines: dict[str | None, list[Entry]], entry: Entry) -> None:
    dated = stated(entry)
    own, story = span(dated), span(entry.published)
    date = None if dated is None else dated[:10]
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
