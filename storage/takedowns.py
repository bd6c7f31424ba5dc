"""Persons and organisations that were taken down: hidden at once and after every re-crawl, given back by an admin.

Refuses names: a takedown knows mentions and digests of names, and its reason may not contain the name.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage import organisations
from storage.audit import note
from storage.database import Database
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.notes import take_turns
from storage.records.people import Takedown, UserRole
from storage.resolution import names
from storage.shown import check, digest_of
from storage.tables.people import FormerPersonRow, MentionRow, PersonRow, TakedownRow
from storage.users import CONSOLE, active
from storage.withholding import enforce, equal, matches, of_mentions, standing, withheld

__all__ = ["TakedownPlan", "Takedowns", "enforce", "find", "matches", "withheld"]

REASON_LENGTH = 500
PART = 3  # letters from which one word of a name alone is refused in a reason
_ID = re.compile(r"(?:[a-z]-)?[0-9a-f]+")
RUN = 6  # letters from which a whole name is found also without its spaces


@dataclass(frozen=True, kw_only=True, slots=True)
class TakedownPlan:
    """What a takedown would hide: records of the person, and records of others who have an equal name.

    An organisation has an id and stories, no records.
    """

    person_id: str
    mentions: int
    stories: int
    also_withheld: int


class Takedowns:
    """Takedowns. A rectification is a correction in the review, not a takedown."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def plan(self, person_id: str, now: dt.datetime, reason: str | None = None) -> TakedownPlan:
        """What `take_down` would hide. Raises what it would raise, of the reason only where one is given."""
        with self._database.read() as session:
            if organisations.is_organisation(person_id):
                found = organisations.subject(session, person_id)
                if reason is not None:
                    _check_reason(reason, found.names)
                return TakedownPlan(person_id=found.id, mentions=0, stories=len(found.articles), also_withheld=0)
            person, mentions, forms = _subject(session, person_id)
            if reason is not None:
                _check_reason(reason, forms)
            one = of_mentions(session, mentions, forms, CONSOLE, now)
            also = equal(session, one) - {row.id for row in mentions}
        return TakedownPlan(
            person_id=person, mentions=len(mentions), stories=len({row.article_id for row in mentions}),
            also_withheld=len(also),
        )  # fmt: skip

    def take_down(self, person_id: str, reason: str, by: str, now: dt.datetime, *, seen: str | None = None) -> int:
        """Hide a person everywhere; returns the takedown's id. `person_id` may be a former one, or a mention's.

        It may be an organisation's ("o-…"), which then is off every feed, as is an equal name in one of the
        countries of its stories or where none is known; there `seen` is not asked for.
        Others of equal name in the same country, or in none that is known, are held back too until a human says
        that they are not this person. `seen` is what `People.seen` gave when the person was shown. Raises
        `UnknownRecord`, `ReviewConflict` (hidden already, or changed since), `ReviewInvalid` (no reason, or one
        that contains a part of the name).
        """

        def work(session: Session) -> int:
            take_turns(session)
            if organisations.is_organisation(person_id):
                return _take_down_organisation(session, person_id, reason, by, now)
            person, mentions, forms = _subject(session, person_id)
            check(seen, digest_of([row.id for row in mentions]))
            _check_reason(reason, forms)
            one = of_mentions(session, mentions, forms, by, now)
            also = equal(session, one) - {row.id for row in mentions}
            row = TakedownRow(
                person_id=person, reason=reason.strip(), mention_ids=sorted(one.mentions),
                digests=sorted(one.digests), countries=sorted(one.countries), by=by, at=now,
            )  # fmt: skip
            session.add(row)
            session.flush()
            enforce(session, now, one.mentions | also)
            detail = {
                "takedown": row.id, "count": len(mentions), "stories": len({m.article_id for m in mentions}),
                "also_withheld": len(also),
            }  # fmt: skip
            note(session, by, "takedown", f"person:{person}", detail, now)
            return row.id

        return self._database.transact(work)

    def lift(self, takedown_id: int, by: str, now: dt.datetime, *, seen: str | None = None) -> int:
        """Take a takedown back; returns how many records changed. What is hidden for another reason stays hidden.

        Of an organisation's: how many stories accuse it now.

        `by` is an admin or "console.<login>"; `seen` is what `People.seen` gave of its person when it was shown.
        Raises `UnknownRecord`, `UserUnknown`, `ReviewConflict` (lifted already, or changed since).
        """

        def work(session: Session) -> int:
            take_turns(session)
            if not by.startswith(f"{CONSOLE}.") and not active(session, by).role.may(UserRole.ADMIN):
                raise ReviewConflict(f"{by!r} is no admin, and only an admin lifts a takedown.", "Ask an admin.")
            row = session.get(TakedownRow, takedown_id, with_for_update=True)
            if row is None:
                raise UnknownRecord(f"There is no takedown {takedown_id}.", "`tipwatch takedown --list` has them.")
            if row.lifted_at is not None:
                raise ReviewConflict(
                    f"Takedown {takedown_id} was lifted on {row.lifted_at:%Y-%m-%d} already.", "Nothing to do."
                )
            of_persons = not organisations.is_organisation(row.person_id)
            if seen is not None and of_persons:
                check(seen, digest_of([one.id for one in find(session, row.person_id)[1]]))
            row.lifted_by, row.lifted_at = by, now
            session.flush()
            if of_persons:
                restored = enforce(session, now, row.mention_ids)
            else:
                restored = organisations.told_now(session, row.person_id)
            note(
                session, by, "lift", f"takedown:{row.id}",
                {"takedown": row.id, "person": row.person_id, "restored": restored}, now,
            )  # fmt: skip
            return restored

        return self._database.transact(work)

    def all(self, since: dt.datetime | None = None) -> list[Takedown]:
        """Takedowns by time; with `since` those set or lifted at or after it, for the next delta."""
        query = select(TakedownRow).order_by(TakedownRow.at, TakedownRow.id)
        if since is not None:
            query = query.where(or_(TakedownRow.at >= since, TakedownRow.lifted_at >= since))
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(query)]


def find(session: Session, given: str) -> tuple[str, list[MentionRow]]:
    """The person's id now and its mentions, by its id, a former one or a mention's. Raises `UnknownRecord`.

    A mention that nobody has resolved yet stands for the person that it would be.
    """
    shown = repr(given) if _ID.fullmatch(given) else "of that id"  # a name that somebody typed ends in no log
    unknown = UnknownRecord(
        f"There is no person or record {shown}.", "Take an id from the review, an export or its person column."
    )
    mention = session.get(MentionRow, given)
    if mention is not None and mention.person_id is None:
        return f"p-{mention.id}", [mention]
    person = given if mention is None else str(mention.person_id)
    for _ in range(100):  # former ids point on; a ring would be a bug of ours
        former = None if session.get(PersonRow, person) is not None else session.get(FormerPersonRow, person)
        if former is None:
            break
        if former.person_id is None:
            raise unknown
        person = former.person_id
    rows = session.scalars(select(MentionRow).where(MentionRow.person_id == person).order_by(MentionRow.id)).all()
    if not rows:
        raise unknown
    return person, list(rows)


def _take_down_organisation(session: Session, given: str, reason: str, by: str, now: dt.datetime) -> int:
    found = organisations.subject(session, given)
    _check_reason(reason, found.names)
    row = TakedownRow(
        person_id=found.id, reason=reason.strip(), mention_ids=[], digests=found.digests,
        countries=sorted(found.countries), by=by, at=now,
    )  # fmt: skip
    session.add(row)
    session.flush()
    note(
        session, by, "takedown", f"organisation:{found.id}",
        {"takedown": row.id, "stories": len(found.articles)}, now,
    )  # fmt: skip
    return row.id


def _subject(session: Session, given: str) -> tuple[str, list[MentionRow], frozenset[str]]:
    person, mentions = find(session, given)
    ids = {row.id for row in mentions}
    for down in standing(session):
        if person in down.persons or not ids.isdisjoint(down.mentions):
            raise ReviewConflict(
                f"This person is taken down already (takedown {down.id}).",
                f"`tipwatch takedown --lift {down.id}` takes that back.",
            )
    row = session.get(PersonRow, person)
    forms = set() if row is None else {row.name, *row.aliases}
    for mention in mentions:
        forms |= {mention.name} if mention.name else set()
        for facts in (mention.machine, mention.human or {}):
            forms |= {form for form in (facts.get("name"), *(facts.get("aliases") or ())) if form}
    return person, mentions, frozenset(forms)


def _check_reason(reason: str, forms: Collection[str]) -> None:
    if not reason.strip() or len(reason) > REASON_LENGTH:
        raise ReviewInvalid(
            f"A takedown needs a reason of 1 to {REASON_LENGTH} characters.",
            'Say who asked and on what ground: --reason "request of 2026-11-20, acquitted, letter 17".',
        )
    split = re.findall(r"[^\W_]+", reason)
    words = [word for part in split for word in names.fold(part).split()]
    said = {*words, *(word for part in split for word in names.tokens(part))}
    run = "".join(words)
    spelt = _spelt(words)
    for form in forms:
        parts = names.fold(form).split()
        known = {*parts, *names.tokens(form)}
        is_part = any(_is_said(part, said) or part in spelt for part in known if len(part) >= PART)
        if is_part or _follows(parts, words) or (len("".join(parts)) >= RUN and "".join(parts) in run):
            raise ReviewInvalid(
                "The reason contains a part of the name, and it is kept when the name is gone.",
                "Write it without the name: the number of a letter, a date, a ground.",
            )


def _spelt(words: Sequence[str]) -> str:
    """Words that are written letter by letter ("R. a. v. i."), joined; a space between one run and the next."""
    return " ".join("".join(run) for is_letter, run in groupby(words, lambda word: len(word) == 1) if is_letter)


def _is_said(part: str, said: Collection[str]) -> bool:
    """True where a word is it, or it with an ending ("Testmans", "Testmanom") where it is long."""
    return part in said or (len(part) >= RUN and any(word.startswith(part) for word in said))


def _follows(parts: Sequence[str], said: Sequence[str]) -> bool:
    """True where all of `parts` stand in `said` one after the other."""
    n = len(parts)
    return n > 0 and any(list(said[i : i + n]) == list(parts) for i in range(len(said) - n + 1))


def _record(row: TakedownRow) -> Takedown:
    return Takedown(
        id=row.id, person_id=row.person_id, reason=row.reason, mentions=len(row.mention_ids), by=row.by, at=row.at,
        lifted_by=row.lifted_by, lifted_at=row.lifted_at,
    )  # fmt: skip
