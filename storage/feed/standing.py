"""Who of some ids is in the feed now, and by what: for whoever serves a feed that was written before.

Refuses to be another gate: persons and organisations are told as the feed tells them, and only then cut short.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.feed.gate import Gate
from storage.feed.listing import listed
from storage.feed.organisations import organisations
from storage.organisations import PREFIX
from storage.records.feed import Listed
from storage.stale import chunks
from storage.tables.people import AuditRow, FormerPersonRow, JudgementRow, MentionRow, PersonRow
from storage.tables.runs import RunRow

CHUNK = 250
"""Ids asked for at once: bounds memory."""


def standing(session: Session, ids: Collection[str], gate: Gate) -> dict[str, Listed]:
    """By each of these ids that is listed now what the feed would say of it."""
    asked = set(ids)
    groups = {one for one in asked if one.startswith(PREFIX)}
    found: dict[str, Listed] = {}
    for some in chunks(asked - groups, CHUNK):
        now = _now(session, some)
        people: dict[str, list[str]] = defaultdict(list)
        for one, person_id in now.items():
            people[person_id].append(one)
        for person in listed(session, sorted(people), gate):
            told = Listed(
                id=person.id,
                names=frozenset({person.name, *person.aliases}),
                cases={case.id: case.stage for case in person.cases},
                articles=frozenset(record.article_id for record in person.records),
            )
            found |= dict.fromkeys(people[person.id], told)
    if groups:
        for group in organisations(session, gate):
            if group.id in groups:
                stories = frozenset(record.article_id for record in group.records)
                found[group.id] = Listed(id=group.id, names=frozenset({group.name}), cases={}, articles=stories)
    return found


def moment(session: Session) -> str:
    """A token of what was done so far. Each question is answered from an index, whatever the tables hold.

    The log has every human's deed and every pruning; a reading leaves mentions that are not resolved, or a run; a
    resolution takes them away and marks the persons that it changed.
    """
    asked = (
        select(func.max(AuditRow.id)), select(func.count()).where(MentionRow.unresolved.is_(True)),
        select(func.max(PersonRow.changed_at)), select(func.max(JudgementRow.id)), select(func.max(RunRow.id)),
        select(func.max(FormerPersonRow.id)),
    )  # fmt: skip
    return "/".join(str(session.scalar(one)) for one in asked)


def _now(session: Session, ids: list[str]) -> dict[str, str]:
    """Where each id leads: a person's to itself, a former one to its person, a record's to whom it belongs."""
    mentions = select(MentionRow.id, MentionRow.person_id).where(
        MentionRow.id.in_(ids), MentionRow.person_id.is_not(None)
    )
    former = select(FormerPersonRow.id, FormerPersonRow.person_id).where(
        FormerPersonRow.id.in_(ids), FormerPersonRow.person_id.is_not(None)
    )
    found = {one: str(person) for one, person in session.execute(mentions)}
    found |= {one: str(person) for one, person in session.execute(former)}
    return found | {one: one for one in session.scalars(select(PersonRow.id).where(PersonRow.id.in_(ids)))}
