"""Persons and cases for whoever looks, and the judgements of humans on who is who.

Refuses an irreversible merge: every judgement is an edge with its user and time, and can be undone.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

from sqlalchemy import and_, or_, select, update
from sqlalchemy.orm import Session

from storage import audit
from storage.database import Database
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.notes import take_turns
from storage.person_views import edges_of, judgement_record, person_view
from storage.records.people import (
    MACHINE,
    CaseView,
    JudgementRecord,
    JudgementVerdict,
    PersonSummary,
    PersonView,
)
from storage.resolution import run
from storage.resolution.comparison import RESOLVER_VERSION
from storage.resolution.names import fold
from storage.shown import check, digest_of
from storage.stale import chunks
from storage.summaries import person_summaries, shown_persons
from storage.tables.people import FormerPersonRow, JudgementRow, MentionRow, PersonNameRow, PersonRow


class People:
    """Persons, cases and judgements."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, any_id: str) -> str:
        """The id that a person has now, by it, by a former id or by a mention's. Raises `UnknownRecord`."""
        with self._database.read() as session:
            return current_id(session, any_id)

    def person(self, any_id: str) -> PersonView:
        """A person with all that hangs on it. Raises `UnknownRecord`."""
        with self._database.read() as session:
            return person_view(session, current_id(session, any_id))

    def case(self, case_id: str) -> CaseView:
        """A case with its parties. Raises `UnknownRecord`."""
        from storage.case_views import case_views

        with self._database.read() as session:
            found = case_views(session, [case_id])
        if case_id not in found:
            raise UnknownRecord(
                f"The database has no case {case_id}.", "Cases may be joined: search for the person."
            )
        return found[case_id]

    def search(self, text: str, limit: int = 50, *, hidden: bool = True) -> list[PersonSummary]:
        """Persons one of whose names holds every word of `text`, in any script and order; nearest first.

        Without `hidden` only whom readers may see.
        """
        from rapidfuzz import fuzz

        words = fold(text).split()
        if not words:
            return []
        folded = PersonNameRow.folded
        holds = [folded.contains(word, autoescape=True) for word in words]
        query = select(PersonNameRow.person_id, folded).where(*holds).limit(20 * limit)
        with self._database.read() as session:
            best: dict[str, float] = {}
            for person_id, form in session.execute(query):
                best[person_id] = max(best.get(person_id, 0.0), fuzz.token_sort_ratio(" ".join(words), form))
            wanted = best.keys() if hidden else best.keys() & shown_persons(session, best)
            nearest = sorted(wanted, key=lambda one: (-best[one], one))[:limit]
            found = person_summaries(session, nearest)
        return [found[one] for one in nearest if one in found and (hidden or not found[one].hidden)]

    def people(self, *, after: str = "", limit: int = 500) -> list[PersonSummary]:
        """Persons by id, `limit` from the one after `after`."""
        with self._database.read() as session:
            ids = session.scalars(
                select(PersonRow.id).where(PersonRow.id > after).order_by(PersonRow.id).limit(limit)
            ).all()
            found = person_summaries(session, ids)
        return [found[one] for one in ids]

    def pair(self, left: str, right: str) -> tuple[PersonView, PersonView, float, tuple[str, ...]]:
        """Two persons side by side, with the machine's best score between them and its reasons (0 and none)."""
        with self._database.read() as session:
            one, other = (
                person_view(session, current_id(session, left)),
                person_view(session, current_id(session, right)),
            )
        if one.summary.id == other.summary.id:
            raise ReviewConflict("Both are one person already.", "Open the person to take it apart.")
        for summary, score, reasons in one.candidates:
            if summary.id == other.summary.id:
                return one, other, score, reasons
        return one, other, 0.0, ()

    def seen(self, any_id: str, other: str | None = None) -> str:
        """The digest of what a person has, or a pair, for the judgement that is made on it.

        Raises `UnknownRecord`.
        """
        with self._database.read() as session:
            ids = [current_id(session, one) for one in (any_id, other) if one is not None]
            return digest_of(*(_mentions(session, one) for one in ids))

    def judgements(self, any_id: str) -> list[JudgementRecord]:
        """Every edge of a person's mentions, the latest first; undone ones too."""
        with self._database.read() as session:
            mentions = _mentions(session, current_id(session, any_id))
            return [judgement_record(row) for row in edges_of(session, mentions)]

    def merge(self, left: str, right: str, by: str, now: dt.datetime, *, seen: str | None = None) -> str:
        """A human says: one person. Takes back what a human said against it; returns the id that stays.

        `seen` is what `seen(left, right)` gave when they were shown. Raises `ReviewConflict` when it changed, when
        they are one already, or when exactly one of them was taken down.
        """

        def work(session: Session) -> str:
            take_turns(session)
            one, other = current_id(session, left), current_id(session, right)
            if one == other:
                raise ReviewConflict("Both are one person already.", "Open the person to take it apart.")
            _refuse_takedown(session, one, other)
            mine, theirs = _mentions(session, one), _mentions(session, other)
            check(seen, digest_of(mine, theirs))
            _undo_between(session, mine, theirs, JudgementVerdict.DIFFERENT, by, now)
            joined = [(min(mine), min(theirs)), *_chain(mine), *_chain(theirs)]  # else two names tear both apart
            _judge(session, joined, JudgementVerdict.SAME, by, now)
            run.again(session, {*mine, *theirs}, now)
            stays = current_id(session, one)
            audit.note(session, by, "merge", f"person:{stays}", {"left": one, "right": other}, now)
            return stays

        return self._database.transact(work)

    def split(
        self, any_id: str, mention_ids: Collection[str], by: str, now: dt.datetime, *, seen: str | None = None
    ) -> str:
        """A human says: these mentions are not this person. Returns the id of the person that they are now.

        `seen` is what `seen(any_id)` gave when it was shown. Raises `ReviewConflict` when it changed, and
        `ReviewInvalid` when they are not some, but not all, of the person's mentions.
        """

        def work(session: Session) -> str:
            take_turns(session)
            person_id = current_id(session, any_id)
            mine = set(_mentions(session, person_id))
            check(seen, digest_of(mine))
            out = set(mention_ids)
            if not out or not out < mine:
                raise ReviewInvalid(
                    f"{len(out)} of the {len(mine)} records of {person_id} cannot be taken out.",
                    "Name some records of this person, but not all.",
                )
            _undo_between(session, out, mine - out, JudgementVerdict.SAME, by, now)
            _judge(session, _across(out, mine - out), JudgementVerdict.DIFFERENT, by, now)
            _judge(session, _chain(out), JudgementVerdict.SAME, by, now)
            run.again(session, mine, now)
            audit.note(session, by, "split", f"person:{person_id}", {"mentions": sorted(out)}, now)
            return current_id(session, min(out))

        return self._database.transact(work)

    def apart(self, left: str, right: str, by: str, now: dt.datetime, *, seen: str | None = None) -> None:
        """A human says: two persons, whatever comes later.

        `seen` is what `seen(left, right)` gave when they were shown. Raises `ReviewConflict` when it changed, or
        when they are one already.
        """

        def work(session: Session) -> None:
            take_turns(session)
            one, other = current_id(session, left), current_id(session, right)
            if one == other:
                raise ReviewConflict("Both are one person already.", "Take the records out of the person instead.")
            mine, theirs = _mentions(session, one), _mentions(session, other)
            check(seen, digest_of(mine, theirs))
            _judge(session, _across(mine, theirs), JudgementVerdict.DIFFERENT, by, now)
            run.again(session, {*mine, *theirs}, now)
            audit.note(session, by, "apart", f"person:{one}", {"left": one, "right": other}, now)

        self._database.transact(work)

    def undo(self, judgement_id: int, by: str, now: dt.datetime, *, seen: str | None = None) -> None:
        """Take a human's judgement back, with those of the same moment: what it took back counts again.

        `seen` is what `seen()` gave of the person on either side of it, or of both. Raises `UnknownRecord`, and
        `ReviewConflict` when that changed, or when the judgement was undone already.
        """

        def work(session: Session) -> None:
            take_turns(session)
            row = session.get(JudgementRow, judgement_id)
            if row is None or row.by == MACHINE:
                raise UnknownRecord(f"No human's judgement {judgement_id}.", "The person's page lists them.")
            if row.undone_at is not None:
                raise ReviewConflict(f"Judgement {judgement_id} was undone already.", "Load the page again.")
            check(seen, *_shown_of(session, row))
            together = select(JudgementRow).where(
                JudgementRow.by == row.by, JudgementRow.at == row.at, JudgementRow.undone_at.is_(None)
            )
            took_back = select(JudgementRow).where(
                JudgementRow.undone_by == row.by, JudgementRow.undone_at == row.at, JudgementRow.by != MACHINE
            )
            given, restored = session.scalars(together).all(), session.scalars(took_back).all()
            for one in given:
                one.undone_by, one.undone_at = by, now
            for one in restored:
                one.undone_by, one.undone_at = None, None
            concerned = {side for one in (*given, *restored) for side in (one.left, one.right)}
            session.flush()
            run.again(session, concerned, now)
            audit.note(session, by, "undo", f"judgement:{judgement_id}", {"mentions": sorted(concerned)}, now)

        self._database.transact(work)


def current_id(session: Session, any_id: str) -> str:
    """The id that a person has now. Raises `UnknownRecord`."""
    if session.get(PersonRow, any_id) is not None:
        return any_id
    former = session.get(FormerPersonRow, any_id)
    if former is not None and former.person_id is not None:
        return former.person_id
    mention = session.get(MentionRow, any_id)
    if mention is not None and mention.person_id is not None:
        return mention.person_id
    raise UnknownRecord(
        f"The database has no person {any_id}.",
        "Search by name in `tipwatch review`; what was read since the last `tipwatch resolve` has no person yet.",
    )


def _mentions(session: Session, person_id: str) -> list[str]:
    return list(
        session.scalars(select(MentionRow.id).where(MentionRow.person_id == person_id).order_by(MentionRow.id))
    )


def _shown_of(session: Session, edge: JudgementRow) -> tuple[str, ...]:
    """Digests of what a page of a judgement can show: the person of either side, and both."""
    query = select(MentionRow.person_id).where(
        MentionRow.id.in_([edge.left, edge.right]), MentionRow.person_id.is_not(None)
    )
    sides = [_mentions(session, str(one)) for one in dict.fromkeys(session.scalars(query))]
    return tuple({digest_of(*sides), *map(digest_of, sides)})


ACROSS = 20
"""Of each side, so many mentions are kept apart from each other: one edge is enough, twenty outlive lost texts."""


def _across(some: Iterable[str], others: Iterable[str]) -> list[tuple[str, str]]:
    return [(one, other) for one in sorted(some)[:ACROSS] for other in sorted(others)[:ACROSS]]


def _chain(mention_ids: Iterable[str]) -> list[tuple[str, str]]:
    """What was taken out, or was one person, together stays together."""
    ordered = sorted(mention_ids)
    return list(pairwise(ordered))


def _judge(
    session: Session,
    pairs: Sequence[tuple[str, str]],
    verdict: JudgementVerdict,
    by: str,
    now: dt.datetime,
) -> None:
    for one, other in pairs:
        session.add(
            JudgementRow(
                left=min(one, other), right=max(one, other), verdict=verdict, score=None, reasons=[], by=by,
                version=RESOLVER_VERSION, at=now,
            )
        )  # fmt: skip
    session.flush()


def _undo_between(  # noqa: PLR0917
    session: Session,
    some: Collection[str],
    others: Collection[str],
    verdict: JudgementVerdict,
    by: str,
    now: dt.datetime,
) -> None:
    """Take back what a human said between two groups of mentions."""
    for left in chunks(some):
        for right in chunks(others):
            between = or_(
                and_(JudgementRow.left.in_(left), JudgementRow.right.in_(right)),
                and_(JudgementRow.left.in_(right), JudgementRow.right.in_(left)),
            )
            session.execute(
                update(JudgementRow)
                .where(between, JudgementRow.verdict == verdict, JudgementRow.by != MACHINE)
                .where(JudgementRow.undone_at.is_(None))
                .values(undone_by=by, undone_at=now)
            )


def _refuse_takedown(session: Session, one: str, other: str) -> None:
    down = set(
        session.scalars(select(PersonRow.id).where(PersonRow.id.in_([one, other]), PersonRow.taken_down.is_(True)))
    )
    if len(down) == 1:
        raise ReviewConflict(
            f"{next(iter(down))} was taken down: joined, the other would be taken down with it.",
            "Lift the takedown first, or take the other down as well.",
        )
