"""Which records a takedown hides: those of the person, and those of others of equal name until a human has looked.

Refuses to decide who is who: a human's word that two are not one frees a record at once.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import Text, cast, or_, select, update
from sqlalchemy.orm import Session

from storage.forgotten import close_forms
from storage.look_alikes import concerned_by, look_alikes, names_of, read_again
from storage.places import countries_of
from storage.records.people import LOOK_ALIKE, MACHINE, REJECTED, TAKEN_DOWN, JudgementVerdict, Verdict
from storage.resolution import names
from storage.stale import chunks, mark, months_of_stories
from storage.tables.facts import AccusedRow
from storage.tables.people import JudgementRow, MentionRow, PersonRow, TakedownRow

_SEEN = (Verdict.ACCEPTED, Verdict.CORRECTED)


class Held(Protocol):
    """What is asked of a mention: `MentionRow`, or anything with the same attributes. The rest is looked up."""

    id: Any
    article_id: Any
    digests: Any


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """Why a mention is held back. `exact`: it is the person; else of equal name, and a human should look at it."""

    takedown_id: int
    exact: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A takedown that was not lifted. `persons`: whoever has one of its mentions now, or one that joined."""

    id: int
    by: str
    at: dt.datetime
    mentions: frozenset[str]
    digests: frozenset[str]
    countries: frozenset[str]
    persons: frozenset[str]
    others: frozenset[str]  # mentions, and persons of mentions, of which a human said that they are not the one
    joined: frozenset[str] = frozenset()  # mentions that came to the person later, and are hidden for good


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What is asked of a stored mention beside its digests; all None for one that is not stored yet."""

    person: str | None = None
    first_seen: dt.datetime | None = None
    verdict: Verdict | None = None
    reviewed_at: dt.datetime | None = None
    close: frozenset[str] = frozenset()


_NOBODY = _Known()


def withheld(
    session: Session,
    mentions: Iterable[Held],
    countries: Mapping[str, Collection[str]] | None = None,
) -> dict[str, str]:
    """Of these mentions those to hide: "taken_down", or "look_alike" where the name is like one that was rejected.

    `countries` of each article are read from its rows where they are not given: call it after they are written.
    """
    given = list(mentions)
    found = dict.fromkeys(look_alikes(session, [one.id for one in given]), LOOK_ALIKE)
    return found | dict.fromkeys(matches(session, given, countries), TAKEN_DOWN)


def matches(
    session: Session,
    mentions: Iterable[Held],
    countries: Mapping[str, Collection[str]] | None = None,
) -> dict[str, Match]:
    """As `withheld`, with the takedown, and whether it is the person or only one of equal name."""
    downs = standing(session)
    given = list(mentions)
    if not downs or not given:
        return {}
    digests = frozenset[str]().union(*(down.digests for down in downs))
    known = _known(session, [one.id for one in given])
    alike = [one for one in given if not digests.isdisjoint({*one.digests, *known.get(one.id, _NOBODY).close})]
    places = countries if countries is not None else countries_of(session, [one.article_id for one in alike])
    found: dict[str, Match] = {}
    for one in given:
        row = known.get(one.id, _NOBODY)
        hit = [Match(takedown_id=down.id, exact=True) for down in downs if _is_it(down, one.id, row.person)]
        hit += [
            Match(takedown_id=down.id, exact=False)
            for down in downs
            if _is_alike(down, one, row, frozenset(places.get(one.article_id, ())))
        ]
        if hit:
            found[one.id] = hit[0]
    return found


def of_mentions(
    session: Session, mentions: Sequence[MentionRow], forms: Collection[str], by: str, now: dt.datetime
) -> Standing:
    """A takedown of these mentions before it is stored. `forms` are all forms of the name.

    Single words ("Raju") are no ground to hold anybody else back, where the name has a longer form.
    """
    long = [form for form in forms if len(names.fold(form).split()) > 1]
    digests = {names.digest(form) for form in long or forms}
    if by == MACHINE:  # nobody is left to join a shorter form to
        digests = digests.union(*(close_forms(form, asked=False) for form in long))
    if not digests:
        digests = {digest for row in mentions for digest in row.digests}
    countries = countries_of(session, [row.article_id for row in mentions])
    ids = frozenset(row.id for row in mentions)
    persons = frozenset(row.person_id for row in mentions if row.person_id is not None)
    return Standing(
        id=0, by=by, at=now, mentions=ids, digests=frozenset(digests), persons=persons,
        countries=frozenset(code for codes in countries.values() for code in codes),
        others=_others(session, {0: ids}, {0: persons})[0],
    )  # fmt: skip


def standing(session: Session) -> list[Standing]:
    """Every takedown that was not lifted, the oldest first."""
    rows = session.scalars(
        select(TakedownRow).where(TakedownRow.lifted_at.is_(None)).order_by(TakedownRow.id)
    ).all()
    if not rows:
        return []
    mentions = {row.id: frozenset(row.mention_ids) for row in rows}
    joined = {row.id: frozenset(row.joined_ids) for row in rows}
    persons_of = _persons(session, [one for ids in (*mentions.values(), *joined.values()) for one in ids])
    persons = {
        key: frozenset(persons_of[one] for one in ids if one in persons_of) for key, ids in mentions.items()
    }
    others = _others(session, mentions, persons)
    for key, ids in joined.items():
        came = {persons_of[one] for one in ids - others[key] if one in persons_of}
        persons[key] |= came - others[key]
    return [
        Standing(
            id=row.id, by=row.by, at=row.at, mentions=mentions[row.id], digests=frozenset(row.digests),
            countries=frozenset(row.countries), persons=persons[row.id], others=others[row.id],
            joined=joined[row.id] - others[row.id],
        )
        for row in rows
    ]  # fmt: skip


def _others(
    session: Session, mentions: Mapping[int, frozenset[str]], persons: Mapping[int, frozenset[str]]
) -> dict[int, frozenset[str]]:
    """By takedown: mentions, and persons, that a human told apart from it."""
    of_person: dict[str, set[str]] = defaultdict(set)
    for chunk in chunks({one for ids in persons.values() for one in ids}):
        query = select(MentionRow.id, MentionRow.person_id).where(MentionRow.person_id.in_(chunk))
        for mention, person in session.execute(query):
            of_person[str(person)].add(mention)
    own = {key: set(ids).union(*(of_person[one] for one in persons[key])) for key, ids in mentions.items()}
    told: dict[str, set[str]] = defaultdict(set)
    for chunk in chunks(one for ids in own.values() for one in ids):
        query = select(JudgementRow.left, JudgementRow.right).where(
            JudgementRow.verdict == JudgementVerdict.DIFFERENT, JudgementRow.by != MACHINE,
            JudgementRow.undone_at.is_(None),
            or_(JudgementRow.left.in_(chunk), JudgementRow.right.in_(chunk)),
        )  # fmt: skip
        for left, right in session.execute(query):
            told[left].add(right)
            told[right].add(left)
    person_of = _persons(session, {one for ids in told.values() for one in ids})
    found: dict[int, frozenset[str]] = {}
    for key, ids in mentions.items():
        apart = {one for mention in own[key] for other in told[mention] for one in (mention, other)} - ids
        found[key] = frozenset(apart | ({person_of[one] for one in apart & person_of.keys()} - persons[key]))
    return found


def _is_it(down: Standing, mention: str, person: str | None) -> bool:
    if mention in down.mentions or (person is not None and person in down.persons):
        return True
    return mention in down.joined and person not in down.others


def _is_alike(down: Standing, one: Held, row: _Known, countries: frozenset[str]) -> bool:
    """An equal name in a shared country, or where one is not known.

    Not held back is who a human told apart, or accepted since (the queue says why it was held); nor, where no
    human took the person down but retention did, who stood beside that person already.
    """
    if down.digests.isdisjoint({*one.digests, *row.close}) or one.id in down.others or row.person in down.others:
        return False
    if row.verdict in _SEEN and row.reviewed_at is not None and row.reviewed_at >= down.at:
        return False
    if down.by == MACHINE and row.first_seen is not None and row.first_seen <= down.at:
        return False
    return not countries or not down.countries or not countries.isdisjoint(down.countries)


def equal(session: Session, one: Standing) -> set[str]:
    """Mentions that this takedown holds back by their name alone. A scan: digests have no index."""
    digests = cast(MentionRow.digests, Text)
    found: set[str] = set()
    for chunk in chunks(one.digests, 50):
        query = select(MentionRow).where(or_(*(digests.like(f"%{digest}%") for digest in chunk)))
        query = query.where(MentionRow.name.is_not(None))
        rows = session.scalars(query).all()
        places = countries_of(session, [row.article_id for row in rows])
        known = _known(session, [row.id for row in rows])
        found |= {row.id for row in rows if _is_alike(one, row, known[row.id], frozenset(places[row.article_id]))}
    return found


def enforce(session: Session, now: dt.datetime, concerned: Collection[str] = ()) -> int:
    """Bring records and persons to what the takedowns say; returns how many records changed.

    Call it after persons changed (a resolution, a merge, a split): who came to a person that was taken down is
    hidden, who left it is not. `concerned` are further mentions to look at.
    """
    downs = standing(session)
    hidden_now = select(AccusedRow.mention_id).where(
        AccusedRow.withheld.in_((TAKEN_DOWN, LOOK_ALIKE)), AccusedRow.mention_id.is_not(None)
    )
    ids = set(concerned) | {str(one) for one in session.scalars(hidden_now)}
    people = {person for down in downs for person in down.persons}
    for chunk in chunks(people):
        ids |= set(session.scalars(select(MentionRow.id).where(MentionRow.person_id.in_(chunk))))
    ids = ids.union(*(down.mentions | down.joined for down in downs))
    rows = [
        row for chunk in chunks(ids) for row in session.scalars(select(MentionRow).where(MentionRow.id.in_(chunk)))
    ]
    _join(session, downs, rows)
    hidden = withheld(session, rows)
    changed = [row for row in rows if _set(session, row, hidden.get(row.id))]
    mark(session, months_of_stories(session, {row.article_id for row in changed}))
    for chunk in chunks(row.person_id for row in changed if row.person_id is not None):
        session.execute(update(PersonRow).where(PersonRow.id.in_(chunk)).values(changed_at=now))
    _flag(session, people, now)
    return len(changed)


def hold_back(session: Session, row: MentionRow, now: dt.datetime) -> set[str]:
    """Hide whoever looks like this record, whose name had to go just now; copies of its text are read again.

    Returns the records that are to be resolved again.
    """
    also, near = concerned_by(session, row)
    read_again(session, near)
    enforce(session, now, also)
    query = select(MentionRow.id).where(MentionRow.unresolved.is_(True))
    return {one for chunk in chunks(also) for one in session.scalars(query.where(MentionRow.id.in_(chunk)))}


def _join(session: Session, downs: Collection[Standing], rows: Collection[MentionRow]) -> None:
    """Who is hidden as the person by now stays hidden: also when the first record goes, or persons change."""
    for down in downs:
        new = [
            row for row in rows
            if down.by != MACHINE and row.person_id in down.persons and row.name is not None
            and row.id not in down.mentions | down.joined | down.others and row.verdict is not Verdict.REJECTED
        ]  # fmt: skip
        taken = session.get(TakedownRow, down.id) if new else None
        if taken is None:
            continue
        forms = {form for row in new for form in names_of(row) if len(names.fold(form).split()) > 1}
        taken.joined_ids = sorted({*taken.joined_ids, *(row.id for row in new)})
        taken.digests = sorted({*taken.digests, *map(names.digest, forms)})
        places = countries_of(session, [row.article_id for row in new])
        if taken.countries:
            taken.countries = sorted({*taken.countries, *(code for codes in places.values() for code in codes)})
    session.flush()


def _set(session: Session, row: MentionRow, hide: str | None) -> bool:
    """Hide or show a mention's record; False when it was so already, or the machine does not find it now."""
    wanted = REJECTED if row.verdict is Verdict.REJECTED else hide
    statement = (
        update(AccusedRow)
        .where(AccusedRow.mention_id == row.id, AccusedRow.withheld.is_distinct_from(wanted))
        .where(or_(AccusedRow.withheld.is_(None), AccusedRow.withheld.in_((TAKEN_DOWN, REJECTED, LOOK_ALIKE))))
        .values(withheld=wanted)
        .returning(AccusedRow.n)
    )
    changed = bool(session.execute(statement, execution_options={"synchronize_session": False}).all())
    if changed and row.name is not None:
        row.unresolved = True
    return changed


def _flag(session: Session, people: Collection[str], now: dt.datetime) -> None:
    flagged = set(session.scalars(select(PersonRow.id).where(PersonRow.taken_down.is_(True))))
    for is_down, ids in ((True, set(people) - flagged), (False, flagged - set(people))):
        for chunk in chunks(ids):
            session.execute(
                update(PersonRow).where(PersonRow.id.in_(chunk)).values(taken_down=is_down, changed_at=now)
            )


def _known(session: Session, mention_ids: Iterable[str]) -> dict[str, _Known]:
    found: dict[str, _Known] = {}
    for chunk in chunks(mention_ids):
        query = select(
            MentionRow.id, MentionRow.person_id, MentionRow.first_seen, MentionRow.verdict, MentionRow.reviewed_at,
            MentionRow.name, MentionRow.machine, MentionRow.human, MentionRow.reviewed_original,
        ).where(MentionRow.id.in_(chunk))  # fmt: skip
        for row in session.execute(query):
            close = frozenset[str]().union(*map(close_forms, names_of(row)))
            found[row.id] = _Known(
                person=row.person_id, first_seen=row.first_seen, verdict=row.verdict, reviewed_at=row.reviewed_at,
                close=close,
            )  # fmt: skip
    return found


def _persons(session: Session, mention_ids: Iterable[str]) -> dict[str, str]:
    """The person of each mention that has one."""
    found: dict[str, str] = {}
    for chunk in chunks(mention_ids):
        query = select(MentionRow.id, MentionRow.person_id).where(
            MentionRow.id.in_(chunk), MentionRow.person_id.is_not(None)
        )
        found |= {row[0]: str(row[1]) for row in session.execute(query)}
    return found
