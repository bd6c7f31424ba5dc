"""Why persons left a feed: whom a takedown, an acquittal or a human took off it since the last one was written.

Refuses to excuse what was merely lost: an id whose records are not found any more, or that went into another one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.database import Database
from storage.organisations import is_organisation
from storage.records.people import CLEARED_ANEW, LOOK_ALIKE, REJECTED, TAKEN_DOWN, Verdict
from storage.stale import chunks
from storage.tables.facts import AccusedRow
from storage.tables.people import FormerPersonRow, MentionRow, PartyRow, PersonRow, TakedownRow

HELD_BACK = (TAKEN_DOWN, REJECTED, LOOK_ALIKE, CLEARED_ANEW)


class Withdrawals:
    """Persons that left on purpose. A feed asks for them when it lost much at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def excused(self, ids: Collection[str], since: dt.datetime) -> set[str]:
        """Of these ids of persons ("p-…") that a feed of `since` had, those that left it on purpose.

        That is: taken down, or held back for likeness to who was; cleared or in doubt in a case, resolved since
        then; rejected or corrected by a human since then, also where nothing is left of the person. Of an id that
        went into another person, what is true of that one: whoever is acquitted may have been joined just before.
        Of organisations ("o-…") those that were taken down since then.
        """
        found: set[str] = set()
        with self._database.read() as session:
            for some in chunks(ids):
                led = _led(session, some)
                left = _withdrawn(session, set(led.values()), since)
                found |= {one for one, person in led.items() if person in left}
                found |= _erased(session, [one for one in some if one not in led], since)
                found |= _taken(session, [one for one in some if is_organisation(one)], since)
        return found


def _led(session: Session, ids: list[str]) -> dict[str, str]:
    """The person of now by each id that leads to one."""
    former = select(FormerPersonRow.id, FormerPersonRow.person_id).where(
        FormerPersonRow.id.in_(ids), FormerPersonRow.person_id.is_not(None)
    )
    found = {one: str(person) for one, person in session.execute(former)}
    return found | {one: one for one in session.scalars(select(PersonRow.id).where(PersonRow.id.in_(ids)))}


def _withdrawn(session: Session, persons: set[str], since: dt.datetime) -> set[str]:
    """Of these persons, who was taken down, cleared, or spoken of by a human since then."""
    found: set[str] = set()
    for some in chunks(persons):
        changed = select(PersonRow.id).where(PersonRow.id.in_(some), PersonRow.changed_at >= since)
        ended = select(PartyRow.person_id).where(or_(PartyRow.cleared.is_(True), PartyRow.doubtful.is_(True)))
        found |= set(session.scalars(changed.where(PersonRow.taken_down.is_(True))))
        found |= set(session.scalars(changed.where(PersonRow.id.in_(ended.where(PartyRow.person_id.in_(some))))))
        judged = select(MentionRow.person_id).where(
            MentionRow.person_id.in_(some), MentionRow.reviewed_at >= since,
            MentionRow.verdict.in_((Verdict.REJECTED, Verdict.CORRECTED)),
        )  # fmt: skip
        found |= {str(one) for one in session.scalars(judged)}
        held = (
            select(MentionRow.person_id)
            .join(AccusedRow, AccusedRow.mention_id == MentionRow.id)
            .where(MentionRow.person_id.in_(some), AccusedRow.withheld.in_(HELD_BACK))
        )
        found |= set(session.scalars(changed.where(PersonRow.id.in_(held))))
    return found


def _erased(session: Session, ids: list[str], since: dt.datetime) -> set[str]:
    """Of ids that lead nowhere, those whose own record a human rejected, or that is held back."""
    found: set[str] = set()
    mentions = {one.removeprefix("p-"): one for one in ids}
    for some in chunks(mentions):
        judged = select(MentionRow.id).where(
            MentionRow.id.in_(some), MentionRow.verdict == Verdict.REJECTED, MentionRow.reviewed_at >= since
        )
        held = select(AccusedRow.mention_id).where(
            AccusedRow.mention_id.in_(some), AccusedRow.withheld.in_(HELD_BACK)
        )
        found |= {mentions[str(one)] for one in (*session.scalars(judged), *session.scalars(held))}
    return found


def _taken(session: Session, ids: list[str], since: dt.datetime) -> set[str]:
    """Of organisations' ids those that were taken down since then, and still are."""
    query = select(TakedownRow.person_id).where(
        TakedownRow.person_id.in_(ids), TakedownRow.lifted_at.is_(None), TakedownRow.at >= since
    )
    return set(session.scalars(query)) if ids else set()
