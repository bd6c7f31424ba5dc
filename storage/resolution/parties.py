"""Which stage stands for each person in each case, and whom a likely namesake's acquittal puts in doubt.

Refuses to let an accusation of a low score that no human has seen speak beside others; an end counts whatever its
score. Refuses to list as convicted whoever may be a person that was cleared, until a human has said who is who.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from extraction.model import Stage
from extraction.model.terms import SURE
from storage.records.people import MACHINE, JudgementVerdict
from storage.resolution import timeline
from storage.resolution.cases import CaseGroup
from storage.resolution.loading import Standing, standing_mentions
from storage.stale import chunks
from storage.tables.people import JudgementRow, MentionRow, PartyRow

LIKELY: Final = 0.9
"""Score of a pair from which one's acquittal puts the other's conviction in doubt. Ours, set by thought: an
initial for the given name reaches it where age, country and paper agree ("O. Testman", 0.92), a surname alone does
not (0.54). From `comparison.SAME` on two are one anyway."""

Row = dict[str, Any]
"""A row of `PartyRow`."""


def entry(one: Standing) -> timeline.Entry:
    """A mention as the timeline hears it."""
    return timeline.Entry(
        stage=one.mention.stage, stage_date=one.stage_date, published=one.published,
        first_seen=one.mention.first_seen, mention_id=one.mention.id, held=one.held,
        dated_by_human=one.dated_by_human,
    )  # fmt: skip


def heard(told: Sequence[Standing]) -> list[timeline.Entry]:
    """What counts of one person's mentions in one case: never nothing.

    Accusations below `extraction.model.terms.SURE` that no human accepted count only where there is nothing else.
    """
    sure = [one for one in told if one.mention.stage.is_cleared or one.reviewed or one.score >= SURE]
    return [entry(one) for one in sure or told]


def parties(found: Iterable[CaseGroup], told: Mapping[str, Standing]) -> list[Row]:
    """The rows of the parties of these cases, which hold all cases of their persons."""
    entries = {
        person_id: {case_id: heard(some) for case_id, some in by_case.items()}
        for person_id, by_case in _by_person(found, told).items()
    }
    return [
        {
            "case_id": case_id, "person_id": person_id, "stage": stands.stage, "stage_date": stands.stage_date,
            "cleared": stands.cleared, "doubtful": stands.doubtful,
        }
        for person_id, by_case in sorted(entries.items())
        for case_id, stands in sorted(timeline.standings(by_case).items())
    ]  # fmt: skip


def doubt(
    session: Session, rows: Sequence[Row], found: Collection[CaseGroup], told: Mapping[str, Standing]
) -> None:
    """Mark as doubtful who is convicted, and likely one with somebody of the same country who was cleared.

    The other's end has to be one that would clear this person, or put it in doubt, if they were one.
    """
    guilty = [row for row in rows if _is_listed(row)]
    mine = _by_person(found, told)
    ids = {one.mention.id: row["person_id"] for row in guilty for one in mine[row["person_id"]][row["case_id"]]}
    pairs = {(ids[one], other) for one, other in _likely(session, ids)}
    persons = _persons(session, {other for _, other in pairs})
    alike = {(one, persons[other]) for one, other in pairs if other in persons and persons[other] != one}
    alike -= _judged(session, {one for one, _ in alike})
    others = _mentions_of(session, {other for _, other in alike}, told)
    countries = {case.id: case.country for case in found}
    for row in guilty:
        country = countries[row["case_id"]]
        own = heard(mine[row["person_id"]][row["case_id"]])
        for one, other in sorted(alike):
            if one != row["person_id"]:
                continue
            theirs = [entry(said) for said in others[other] if country is None or said.country in (None, country)]
            if theirs and timeline.standing(theirs).cleared:
                together = timeline.standing([*own, *(said for said in theirs if said.stage.is_cleared)])
                row["doubtful"] |= together.cleared or together.doubtful


def beyond(session: Session, cleared: Collection[str], mention_ids: Collection[str]) -> set[str]:
    """Persons who may be one with these who are, or were, cleared, and whose conviction to tell anew.

    `mention_ids` are those among which to look for the cleared persons' own.
    """
    if not cleared:
        return set()
    own = {one for one, person in _persons(session, mention_ids).items() if person in cleared}
    persons = set(_persons(session, {other for _, other in _likely(session, own)}).values())
    found: set[str] = set()
    for some in chunks(persons - set(cleared)):
        query = select(PartyRow.person_id, PartyRow.stage).where(
            PartyRow.person_id.in_(some), PartyRow.cleared.is_(False)
        )
        found |= {person for person, stage in session.execute(query) if stage.is_perpetrator}
    return found


def _is_listed(row: Row) -> bool:
    return Stage(row["stage"]).is_perpetrator and not row["cleared"] and not row["doubtful"]


def _by_person(found: Iterable[CaseGroup], told: Mapping[str, Standing]) -> dict[str, dict[str, list[Standing]]]:
    """Mentions by person and case; what belongs to no person is left out."""
    said: dict[str, dict[str, list[Standing]]] = defaultdict(lambda: defaultdict(list))
    for case in found:
        for mention_id in case.mention_ids:
            person_id = told[mention_id].person_id
            if person_id is not None:
                said[person_id][case.id].append(told[mention_id])
    return said


def _likely(session: Session, mention_ids: Collection[str]) -> set[tuple[str, str]]:
    """Pairs of one of these and another that the machine holds for one person, if not surely; both ways."""
    found: set[tuple[str, str]] = set()
    unsure = and_(
        JudgementRow.verdict == JudgementVerdict.UNSURE, JudgementRow.by == MACHINE,
        JudgementRow.undone_at.is_(None), JudgementRow.score >= LIKELY,
    )  # fmt: skip
    for some in chunks(mention_ids):
        ends = select(JudgementRow.left, JudgementRow.right)
        found |= {
            (left, right) for left, right in session.execute(ends.where(JudgementRow.left.in_(some), unsure))
        }
        found |= {
            (right, left) for left, right in session.execute(ends.where(JudgementRow.right.in_(some), unsure))
        }
    return found


def _persons(session: Session, mention_ids: Collection[str]) -> dict[str, str]:
    """The person of each of these mentions that has one."""
    found: dict[str, str] = {}
    for some in chunks(mention_ids):
        query = select(MentionRow.id, MentionRow.person_id).where(
            MentionRow.id.in_(some), MentionRow.person_id.is_not(None)
        )
        found |= {mention: str(person) for mention, person in session.execute(query)}
    return found


def _judged(session: Session, person_ids: Collection[str]) -> set[tuple[str, str]]:
    """Pairs of these persons and others between whose mentions a human's word stands."""
    own: dict[str, str] = {}
    for some in chunks(person_ids):
        query = select(MentionRow.id, MentionRow.person_id).where(MentionRow.person_id.in_(some))
        own |= {mention: str(person) for mention, person in session.execute(query)}
    pairs: set[tuple[str, str]] = set()
    for some in chunks(own):
        touching = or_(JudgementRow.left.in_(some), JudgementRow.right.in_(some))
        query = select(JudgementRow.left, JudgementRow.right).where(
            touching, JudgementRow.by != MACHINE, JudgementRow.undone_at.is_(None)
        )
        for left, right in session.execute(query):
            pairs |= {(left, right), (right, left)}
    persons = _persons(session, {other for _, other in pairs})
    return {(own[one], persons[other]) for one, other in pairs if one in own and other in persons}


def _mentions_of(
    session: Session, person_ids: Collection[str], told: Mapping[str, Standing]
) -> dict[str, list[Standing]]:
    """What stands of these persons, each with nothing where nothing does."""
    ids: set[str] = set()
    for some in chunks(person_ids):
        ids |= set(session.scalars(select(MentionRow.id).where(MentionRow.person_id.in_(some))))
    known = {one: told[one] for one in ids & told.keys()} | standing_mentions(session, ids - told.keys())
    found: dict[str, list[Standing]] = {one: [] for one in person_ids}
    for _, said in sorted(known.items()):
        if said.person_id in found:
            found[said.person_id].append(said)
    return found
