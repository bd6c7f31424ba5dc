"""What a human decides on a mention: accept, correct, reject, or take it back; and the queue of what waits.

Refuses a decision on what was not shown, and to keep a name that may not be kept.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Select, delete, insert, or_, select, update
from sqlalchemy.orm import Session

from extraction.model import Offence, Stage
from storage import audit, queue
from storage.corrections import checked
from storage.database import Database
from storage.erasure import drop_person, erase
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.forgotten import Forgotten, digests
from storage.mentions import forget, is_forgotten
from storage.notes import take_turns
from storage.record_views import record_view
from storage.record_views import seen as digest_of_shown
from storage.records.people import (
    FACT_FIELDS,
    REJECTED,
    QueueItem,
    Reason,
    RecordSummary,
    RecordView,
    RejectReason,
    Verdict,
)
from storage.resolution import run
from storage.stale import mark, months_of_stories
from storage.summaries import record_summaries
from storage.tables.articles import ArticleRow
from storage.tables.facts import (
    AccusedRow,
    ChargeRow,
    EvidenceRow,
    OffenceRow,
    OrganisationRow,
    PenaltyRow,
    ReportRow,
)
from storage.tables.people import CaseMentionRow, MentionRow
from storage.urgency import urgency
from storage.withholding import hold_back, withheld
from storage.words import forms, standing

AGAIN = "Open the record again, and decide on what it says now."


class Reviews:
    """Decisions of analysts. Each is one transaction with one line in the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def queue(
        self,
        now: dt.datetime,
        *,
        limit: int = 50,
        min_score: float,
        reasons: Collection[Reason] | None = None,
        country: str | None = None,
    ) -> list[QueueItem]:
        """What waits, the most valuable minute first. `min_score` is the least score of an export's row."""
        with self._database.read() as session:
            return queue.queue(session, now, limit=limit, min_score=min_score, reasons=reasons, country=country)

    def waiting(self, min_score: float) -> Mapping[Reason, int]:
        """How many items wait, by reason."""
        with self._database.read() as session:
            return queue.counts(session, min_score)

    def record(self, mention_id: str) -> RecordView:
        """A record as a reviewer sees it. Raises `UnknownRecord`."""
        with self._database.read() as session:
            return record_view(session, _found(session.get(MentionRow, mention_id), mention_id))

    def accept(self, mention_id: str, seen: str, by: str, now: dt.datetime, *, original: bool = False) -> None:
        """What stands is right: it stays so, whatever the machine reads later.

        Of a reopened record, `original` takes the machine's new original instead of what stood until now; without
        it the human's word is upheld against the new original. Raises `UnknownRecord`, `ReviewConflict`.
        """

        def work(session: Session, row: MentionRow) -> dict[str, Any]:
            values = dict(row.machine) if original else standing(row)
            _settle(session, row, values, by, now)
            return {"verdict": row.verdict}

        self._decide("accept", mention_id, seen, by, now, work)

    def correct(self, mention_id: str, changes: Mapping[str, Any], seen: str, by: str, now: dt.datetime) -> None:
        """What stands, with these fields changed (`FACT_FIELDS`), is right.

        Raises `ReviewInvalid` naming field and remedy, `UnknownRecord`, `ReviewConflict`.
        """
        valid = checked(changes, now.astimezone(dt.UTC).date())
        if not valid:
            raise ReviewInvalid("Nothing was corrected.", "Change a field, or accept the record as it is.")

        def work(session: Session, row: MentionRow) -> dict[str, Any]:
            _settle(session, row, standing(row) | valid, by, now, said=valid)
            return {"fields": sorted(valid), "verdict": row.verdict}

        self._decide("correct", mention_id, seen, by, now, work)

    def reject(self, mention_id: str, reason: RejectReason, seen: str, by: str, now: dt.datetime) -> None:
        """This is no accused. Of a victim, witness or minor the name goes as well, and stays away.

        Raises `UnknownRecord`, `ReviewConflict`.
        """

        def work(session: Session, row: MentionRow) -> dict[str, Any]:
            if reason.forgets_name:
                _forget_name(session, row, reason, now)
            else:
                row.reviewed_original, row.human = dict(row.machine), None
            row.verdict, row.reject_reason, row.reopened = Verdict.REJECTED, reason, False
            row.reviewed_by, row.reviewed_at = by, now
            session.flush()
            _show(session, row)
            return {"reason": reason}

        self._decide("reject", mention_id, seen, by, now, work, lost=True)

    def reopen(self, mention_id: str, by: str, now: dt.datetime, *, seen: str | None = None) -> None:
        """Take the word back: the machine's original stands again.

        Where the name had to go, the text is read again. Who is not found any more and was spoken of by nobody
        else goes. `seen` is that of the record as it was shown. Raises `UnknownRecord`, `ReviewConflict` when
        nobody had decided, or when the record changed since.
        """

        def work(session: Session) -> None:
            take_turns(session)
            row = _locked(session, mention_id)
            if seen is not None and digest_of_shown(session, row) != seen:
                raise ReviewConflict("The record changed since it was shown.", AGAIN)
            if row.verdict is None:
                raise ReviewConflict("Nobody has decided on this record.", AGAIN)
            before = row.verdict
            if is_forgotten(row):
                row.digests = []
                session.execute(update(ArticleRow).where(ArticleRow.id == row.article_id).values(read_version=0))
            row.verdict, row.reject_reason, row.human, row.reviewed_original = None, None, None, None
            row.reviewed_by, row.reviewed_at, row.reopened, row.unresolved = None, None, False, True
            article_id, is_lost = row.article_id, row.n is None and row.name is not None
            session.flush()
            if is_lost:
                forget(session, [row], now)
            else:
                _show(session, row)
            mark(session, months_of_stories(session, [article_id]))
            run.again(session, [mention_id], now)
            audit.note(session, by, "reopen", f"mention:{mention_id}", {"verdict": before}, now)

        self._database.transact(work)

    def search(self, text: str, *, limit: int = 50, loose: bool = False) -> list[RecordSummary]:
        """Records whose name or id has this text, the newest first; no names that had to go.

        `loose`: only those of no person yet, which are few; all others are looked through.
        """
        wanted = " ".join(text.split())
        if not wanted:
            return []
        named = or_(
            MentionRow.name.icontains(wanted, autoescape=True),
            AccusedRow.name.icontains(wanted, autoescape=True),
            MentionRow.id == wanted.lower(),
        )
        query = (
            select(MentionRow.id)
            .outerjoin(AccusedRow, AccusedRow.mention_id == MentionRow.id)
            .where(named, MentionRow.name.is_not(None))
            .order_by(MentionRow.first_seen.desc(), MentionRow.id)
            .limit(limit)
        )
        if loose:
            query = query.where(MentionRow.person_id.is_(None))
        with self._database.read() as session:
            ids = list(dict.fromkeys(session.scalars(query)))
            found = record_summaries(session, ids)
        return [found[one] for one in ids if one in found]

    def _decide(  # noqa: PLR0917 - the order of a line in the log
        self,
        action: str,
        mention_id: str,
        shown: str,
        by: str,
        now: dt.datetime,
        work: Callable[[Session, MentionRow], dict[str, Any]],
        *,
        lost: bool = False,
    ) -> None:
        def deed(session: Session) -> None:
            take_turns(session)
            row = _locked(session, mention_id)
            if digest_of_shown(session, row) != shown:
                raise ReviewConflict("The record changed since it was shown.", AGAIN)
            if row.name is None:
                raise ReviewConflict("The name of this record had to go.", "Take the decision back first.")
            if row.n is None and not lost:
                raise ReviewConflict(
                    "The machine no longer finds this person in the text: nothing would prove the record.",
                    "Reject the record, or take the decision back.",
                )
            months = months_of_stories(session, [row.article_id])
            concerned = _told_with(session, row) if action == "reject" else {row.id}
            detail = work(session, row)
            mark(session, months)
            if row.name is None:
                concerned |= hold_back(session, row, now)
            run.again(session, concerned, now)  # so that no person is what a rejected record said
            audit.note(session, by, action, f"mention:{mention_id}", detail, now)

        self._database.transact(deed)


def _found(row: MentionRow | None, mention_id: str) -> MentionRow:
    if row is None:
        raise UnknownRecord(
            f"The database has no record {mention_id[:40]}.",
            "It may have gone with its text: search for the name.",
        )
    return row


def _locked(session: Session, mention_id: str) -> MentionRow:
    """The mention, which no reading can change until the end of the transaction: as a reading, text first."""
    article_id = _found(session.get(MentionRow, mention_id), mention_id).article_id
    session.execute(select(ArticleRow.id).where(ArticleRow.id == article_id).with_for_update()).all()
    query = select(MentionRow).where(MentionRow.id == mention_id).with_for_update()
    row = _found(session.scalars(query.execution_options(populate_existing=True)).first(), mention_id)
    if row.article_id != article_id:
        raise ReviewConflict("The text of the record was replaced just now.", AGAIN)
    return row


def _told_with(session: Session, row: MentionRow) -> set[str]:
    """The mention, and whoever is told of with it: its person's, and those of the cases of its text."""
    found = {row.id}
    if row.person_id is not None:
        found |= set(session.scalars(select(MentionRow.id).where(MentionRow.person_id == row.person_id)))
    beside = select(MentionRow.id).where(MentionRow.article_id == row.article_id)
    cases = select(CaseMentionRow.case_id).where(CaseMentionRow.mention_id.in_(beside))
    told = select(CaseMentionRow.mention_id).where(CaseMentionRow.case_id.in_(cases))
    return found | set(session.scalars(told)) | set(session.scalars(beside))


def _settle(
    session: Session,
    row: MentionRow,
    values: Mapping[str, Any],
    by: str,
    now: dt.datetime,
    *,
    said: Collection[str] = (),
) -> None:
    """Make these values the human's word on the machine's original of now.

    A stage's date that the human `said` is kept as the human's even where the machine read the same: only such a
    date settles which of a conviction and an acquittal came last.
    """
    original = dict(row.machine)
    dated = {"stage_date"} & {*said, *(row.human or {})}
    human = {field: values[field] for field in FACT_FIELDS if values[field] != original[field] or field in dated}
    row.verdict = Verdict.CORRECTED if human else Verdict.ACCEPTED
    row.human, row.reviewed_original, row.reject_reason = human or None, original, None
    row.reviewed_by, row.reviewed_at, row.reopened = by, now, False
    row.digests = digests({*forms(original), *forms(values)})
    session.flush()
    _show(session, row)


def _show(session: Session, row: MentionRow) -> None:
    """Write what stands of a mention into the fact tables, hide it or not, and have it resolved again."""
    if row.name is not None:
        row.unresolved = True
    report = session.get(ReportRow, row.article_id)
    waits = row.verdict is None and row.n is not None and report is not None and report.relevant
    row.urgency = urgency(row.score, Stage(row.machine["stage"])) if waits else 0.0
    session.flush()
    if row.n is None:
        return
    values, here = standing(row), {"article_id": row.article_id, "n": row.n}
    hidden = REJECTED if row.verdict is Verdict.REJECTED else withheld(session, [row]).get(row.id)
    session.execute(
        update(AccusedRow)
        .filter_by(**here)
        .values(
            name=values["name"], aliases=list(values["aliases"]), stage=Stage(values["stage"]),
            stage_date=values["stage_date"], age=values["age"], nationality=values["nationality"],
            withheld=hidden,
        )
    )  # fmt: skip
    session.execute(delete(OffenceRow).filter_by(**here))
    if values["offences"]:
        session.execute(
            insert(OffenceRow), [{**here, "offence": Offence(offence)} for offence in values["offences"]]
        )


def _forget_name(session: Session, row: MentionRow, reason: RejectReason, now: dt.datetime) -> None:
    """The name goes: from the mention, its facts, its person, and out of every other quote of the text."""
    known = [*forms(row.machine), *forms(row.reviewed_original or {})]
    human = row.human or {}
    known += [*([human["name"]] if human.get("name") else []), *(human.get("aliases") or ())]
    person_id = row.person_id
    row.digests = digests({*known, *([row.name] if row.name else [])}, parts=True)
    gone = Forgotten(reasons=dict.fromkeys(row.digests, reason))
    erase(session, [row])
    _mask(session, row.article_id, gone)
    if person_id is not None and session.scalar(_of_person(person_id)) is None:
        drop_person(session, person_id, now)


def _of_person(person_id: str) -> Select[str]:
    return select(MentionRow.id).where(MentionRow.person_id == person_id).limit(1)


def _mask(session: Session, article_id: str, gone: Forgotten) -> None:
    """Quotes, charges, penalties, title and organisations of a text without the names that had to go."""
    people = session.scalars(select(AccusedRow).where(AccusedRow.article_id == article_id)).all()
    mask = gone.masker([name for one in people for name in (one.name, *one.aliases)])
    for proof in session.scalars(select(EvidenceRow).where(EvidenceRow.article_id == article_id)):
        proof.quote = mask(proof.quote)
        proof.prefix = None if proof.prefix is None else mask(proof.prefix)
        proof.suffix = None if proof.suffix is None else mask(proof.suffix)
    texts: Iterable[ChargeRow | PenaltyRow] = [
        *session.scalars(select(ChargeRow).where(ChargeRow.article_id == article_id)),
        *session.scalars(select(PenaltyRow).where(PenaltyRow.article_id == article_id)),
    ]
    for one in texts:
        one.text = mask(one.text)
    report = session.get(ReportRow, article_id)
    if report is not None and report.title is not None:
        report.title = mask(report.title)
    names = session.scalars(select(OrganisationRow.name).where(OrganisationRow.article_id == article_id)).all()
    masked: Collection[str] = {mask(name) for name in names}
    if masked != set(names):
        session.execute(delete(OrganisationRow).where(OrganisationRow.article_id == article_id))
        session.execute(
            insert(OrganisationRow), [{"article_id": article_id, "name": one} for one in sorted(masked)]
        )
    session.flush()
