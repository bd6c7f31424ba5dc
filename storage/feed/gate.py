"""Says which cases and records of a person may be published: pure, over what stands of every record.

Refuses whoever is cleared or in doubt, what no human has seen unless asked for, and a stage that rests on less.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from extraction.model import Stage
from storage.resolution import timeline


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """What a feed lists. `min_score` is the least score of a record that no human has looked at."""

    stages: frozenset[Stage]
    include_unreviewed: bool
    min_score: float


class Told(NamedTuple):
    """One record of a person as the gate sees it; withheld and irrelevant ones are not given to it."""

    mention_id: str
    case_id: str
    stage: Stage
    stage_date: str | None
    published: str | None
    first_seen: dt.datetime
    score: float
    reviewed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Passed:
    """A case that may be published, with the stage that its listed records tell."""

    case_id: str
    stage: Stage
    stage_date: str | None
    records: tuple[str, ...]  # mention ids
    reviewed: bool  # a human has seen a record that puts the person on the list


def passed(told: Iterable[Told], standing_cases: Mapping[str, bool], gate: Gate) -> tuple[Passed, ...]:
    """The cases of one person that may be published, by id.

    `standing_cases` says of each case whether the person stood accused in it when it was last resolved. Told anew
    here over every record, since a human may have spoken after that: both must agree that nobody was cleared.
    The stage is then that of the records which may be shown alone: a reviewed charge beside a conviction that
    nobody has looked at is a charge.
    """
    by_case: dict[str, list[Told]] = defaultdict(list)
    for one in told:
        if standing_cases.get(one.case_id, False):
            by_case[one.case_id].append(one)
    found = [_passed(case_id, by_case[case_id], gate) for case_id in sorted(by_case)]
    return tuple(one for one in found if one is not None)


def _passed(case_id: str, told: list[Told], gate: Gate) -> Passed | None:
    stands = timeline.standing([_entry(one) for one in told])
    if stands.cleared or stands.doubtful:
        return None
    shown = [
        one
        for one in told
        if one.mention_id not in stands.overruled
        and not one.stage.is_cleared
        and (one.reviewed or (gate.include_unreviewed and one.score >= gate.min_score))
    ]
    if not shown:
        return None
    of_shown = stands if len(shown) == len(told) else timeline.standing([_entry(one) for one in shown])
    if of_shown.stage not in gate.stages:
        return None
    return Passed(
        case_id=case_id,
        stage=of_shown.stage,
        stage_date=of_shown.stage_date,
        records=tuple(sorted(one.mention_id for one in shown)),
        reviewed=any(one.reviewed and one.stage in gate.stages for one in shown),
    )


def _entry(one: Told) -> timeline.Entry:
    return timeline.Entry(
        stage=one.stage, stage_date=one.stage_date, published=one.published, first_seen=one.first_seen,
        mention_id=one.mention_id,
    )  # fmt: skip
