"""What waits for a human, the most valuable minute first: doubt x consequence x age (docs/review.md).

Refuses to look at everything: each reason asks the tables for its head, and only heads are compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from extraction.model import CountryRole, Stage
from extraction.model.terms import CLEARED_STAGES
from storage.records.people import (
    LOOK_ALIKE,
    MACHINE,
    TAKEN_DOWN,
    JudgementVerdict,
    QueueItem,
    Reason,
    RecordSummary,
    Verdict,
)
from storage.summaries import record_summaries
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.base import EnumText
from storage.tables.facts import AccusedRow, CountryFactRow, ReportRow
from storage.tables.people import CaseMentionRow, JudgementRow, MentionRow, PartyRow, TakedownRow
from storage.urgency import (
    FULL,
    HELD_BACK,
    MISSED_ACQUITTAL,
    age_factor,
    consequence,
    doubt,
)
from storage.withholding import matches

HEAD = 4
"""Times `limit` that each reason offers: age at most doubles a value, so the head is in there."""
LEAST_HEAD = 200
RARE = 60_000
"""Texts of a country up to which all of them are looked at, whatever the other countries hold."""
DECIDED = (Verdict.ACCEPTED, Verdict.CORRECTED, Verdict.REJECTED)
STANDING = (Verdict.ACCEPTED, Verdict.CORRECTED)
UNSURE = literal(JudgementVerdict.UNSURE, EnumText(JudgementVerdict), literal_execute=True)
NOT_HUMAN = literal(MACHINE, literal_execute=True)
"""Written out, as the indexes of these few edges have them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Waiting:
    """An item before its lines are read."""

    reason: Reason
    mention: str
    doubt: float
    consequence: float
    since: dt.datetime
    other: str | None = None
    score: float | None = None

    def days(self, now: dt.datetime) -> int:
        return max(0, (now - self.since).days)

    def value(self, now: dt.datetime) -> float:
        return round(self.doubt * self.consequence * age_factor(self.days(now)), 6)


def queue(
    session: Session,
    now: dt.datetime,
    *,
    limit: int,
    min_score: float,
    reasons: Collection[Reason] | None = None,
    country: str | None = None,
) -> list[QueueItem]:
    """The most valuable items first, ties by id; a record stands there once, for its weightiest reason."""
    head = max(HEAD * limit, LEAST_HEAD)
    best: dict[tuple[str, str | None], _Waiting] = {}
    for one in _waiting(session, list(Reason) if reasons is None else reasons, min_score, country, head):
        key = (one.mention, one.other)
        if key not in best or best[key].value(now) < one.value(now):
            best[key] = one
    ordered = sorted(best.values(), key=lambda one: (-one.value(now), one.mention, one.other or ""))
    found: list[QueueItem] = []
    for start in range(0, len(ordered), max(limit, 1)):
        some = ordered[start : start + max(limit, 1)]
        lines = record_summaries(session, {id_ for one in some for id_ in (one.mention, one.other) if id_})
        found += [item for one in some if (item := _item(one, lines, now)) is not None]
        if len(found) >= limit:
            break
    return found[:limit]


def counts(session: Session, min_score: float) -> dict[Reason, int]:
    """How many items wait, by reason; every reason is there."""
    least = round(min_score, 4) - 0.00005  # scores are compared as a list shows them
    undecided = select(func.count()).select_from(MentionRow).where(MentionRow.urgency > 0)
    hidden = 0
    if _holds_back(session):
        hidden = session.scalar(_taken_down(func.count()).where(MentionRow.score >= least)) or 0
        low = session.scalar(_taken_down(func.count()).where(MentionRow.score < least)) or 0
    else:
        low = 0
    found = {
        Reason.UNREVIEWED: (session.scalar(undecided.where(MentionRow.score >= least)) or 0) - hidden,
        Reason.DOUBTFUL: (session.scalar(undecided.where(MentionRow.score < least)) or 0) - low,
        Reason.REOPENED: session.scalar(_reopened(func.count())) or 0,
        Reason.LOST: session.scalar(_lost(func.count())) or 0,
        Reason.CONFLICT: len(list(_conflicts(session, None))),
        Reason.MATCH: len(list(_matches(session, None, None))),
        Reason.TAKEDOWN: len(list(_look_alikes(session, None))),
    }
    return {reason: found[reason] for reason in Reason}


def _waiting(
    session: Session, reasons: Collection[Reason], min_score: float, country: str | None, head: int
) -> Iterator[_Waiting]:
    least = round(min_score, 4) - 0.00005
    for reason in sorted(set(reasons)):
        match reason:
            case Reason.UNREVIEWED:
                yield from _unseen(session, reason, MentionRow.score >= least, country, head)
            case Reason.DOUBTFUL:
                yield from _unseen(session, reason, MentionRow.score < least, country, head)
            case Reason.REOPENED:
                yield from _changed(session, country, head)
            case Reason.LOST:
                yield from _gone(session, country, head)
            case Reason.CONFLICT:
                yield from _conflicts(session, country)
            case Reason.MATCH:
                yield from _matches(session, country, head)
            case Reason.TAKEDOWN:
                yield from _look_alikes(session, country)


def _unseen(
    session: Session, reason: Reason, which: ColumnElement[bool], country: str | None, head: int
) -> Iterator[_Waiting]:
    urgency: ColumnElement[float] = MentionRow.urgency.expression
    query = (
        select(MentionRow.id, MentionRow.score, MentionRow.first_seen, AccusedRow.stage)
        .join(AccusedRow, and_(AccusedRow.article_id == MentionRow.article_id, AccusedRow.n == MentionRow.n))
        .limit(head)
    )
    if country is not None and _is_rare(session, country):
        # The most urgent of all are hardly ever of this country: its texts are taken, and sorted. A sum, so that
        # the index of the urgency does not fit, which a database without statistics would take.
        query, urgency = query.where(MentionRow.article_id.in_(_told_of(country))), urgency + 0
    query = query.where(urgency > 0, which, AccusedRow.withheld.is_(None))
    query = query.order_by(urgency.desc(), MentionRow.id)
    for row in session.execute(_of(query, country)):
        yield _Waiting(
            reason=reason, mention=row.id, doubt=doubt(row.score), consequence=consequence(row.stage),
            since=row.first_seen,
        )  # fmt: skip


def _told_of(country: str) -> CompoundSelect[str]:
    """Texts that may be `_in_country`, and some more."""
    facts = select(CountryFactRow.article_id).where(
        CountryFactRow.country == country, CountryFactRow.role == CountryRole.PROSECUTION
    )
    return facts.union(select(CopyRow.article_id).where(CopyRow.country == country))


def _is_rare(session: Session, country: str) -> bool:
    """True where looking at every text of a country costs less than looking for them among the most urgent."""
    held = select(CopyRow.article_id).where(CopyRow.country == country).limit(RARE + 1).subquery()
    return (session.scalar(select(func.count()).select_from(held)) or 0) <= RARE


def _reopened(*what: Any) -> Any:
    return (
        select(*what)
        .select_from(MentionRow)
        .join(ReportRow, ReportRow.article_id == MentionRow.article_id)
        .where(MentionRow.verdict.in_(DECIDED), MentionRow.reopened.is_(True), MentionRow.n.is_not(None))
    )


def _changed(session: Session, country: str | None, head: int) -> Iterator[_Waiting]:
    query = _reopened(MentionRow.id, MentionRow.machine, ReportRow.read_at, AccusedRow.stage).join(
        AccusedRow, and_(AccusedRow.article_id == MentionRow.article_id, AccusedRow.n == MentionRow.n)
    )
    for mention, machine, at, stage in session.execute(_of(query, country).order_by(MentionRow.id).limit(head)):
        now_cleared = Stage(machine["stage"]) in CLEARED_STAGES and stage not in CLEARED_STAGES
        weight = max(consequence(stage), consequence(Stage(machine["stage"])))
        yield _Waiting(
            reason=Reason.REOPENED, mention=mention, doubt=FULL, since=at,
            consequence=MISSED_ACQUITTAL if now_cleared else weight,
        )  # fmt: skip


def _lost(*what: Any) -> Any:
    """What a human let stand and no reading finds, of texts that are still held and were read since."""
    return (
        select(*what)
        .select_from(MentionRow)
        .join(ReportRow, ReportRow.article_id == MentionRow.article_id)
        .join(ArticleRow, ArticleRow.id == MentionRow.article_id)
        .where(MentionRow.verdict.in_(STANDING), MentionRow.n.is_(None), MentionRow.name.is_not(None))
        .where(ArticleRow.read_version > 0)
    )


def _gone(session: Session, country: str | None, head: int) -> Iterator[_Waiting]:
    query = _lost(MentionRow.id, MentionRow.human, MentionRow.reviewed_original, ReportRow.read_at)
    for mention, human, reviewed, at in session.execute(_of(query, country).order_by(MentionRow.id).limit(head)):
        stage = {**(reviewed or {}), **(human or {})}.get("stage")
        yield _Waiting(
            reason=Reason.LOST, mention=mention, doubt=FULL, since=at,
            consequence=consequence(Stage(stage)) if stage else HELD_BACK,
        )  # fmt: skip


def _conflicts(session: Session, country: str | None) -> Iterator[_Waiting]:
    """One record a person and case: of those that nobody decided on, the weightiest; else one that was."""
    query = (
        select(MentionRow.id, MentionRow.first_seen, PartyRow.case_id, PartyRow.person_id)
        .join(CaseMentionRow, CaseMentionRow.mention_id == MentionRow.id)
        .join(
            PartyRow,
            and_(PartyRow.case_id == CaseMentionRow.case_id, PartyRow.person_id == MentionRow.person_id),
        )
        .where(PartyRow.doubtful.is_(True), MentionRow.n.is_not(None))
        .order_by(MentionRow.verdict.is_not(None), MentionRow.urgency.desc(), MentionRow.id)
    )
    met: set[tuple[str, str]] = set()
    for mention, at, case_id, person_id in session.execute(_of(query, country)):
        if (case_id, person_id) not in met:
            met.add((case_id, person_id))
            yield _Waiting(
                reason=Reason.CONFLICT, mention=mention, doubt=FULL, consequence=MISSED_ACQUITTAL, since=at
            )


def _matches(session: Session, country: str | None, head: int | None) -> Iterator[_Waiting]:
    """One pair of records for two persons of whom the machine is unsure, and no human has said anything."""
    left, right = aliased(MentionRow), aliased(MentionRow)
    one, other = aliased(AccusedRow), aliased(AccusedRow)
    edge = JudgementRow
    query = (
        select(edge.left, edge.right, edge.score, edge.at, left.person_id, right.person_id, one.stage, other.stage)
        .join(left, left.id == edge.left)
        .join(right, right.id == edge.right)
        .join(one, and_(one.article_id == left.article_id, one.n == left.n))
        .join(other, and_(other.article_id == right.article_id, other.n == right.n))
        .where(edge.verdict == UNSURE, edge.by == MACHINE, edge.undone_at.is_(None))
        .where(left.person_id != right.person_id)
        .where(or_(one.withheld.is_(None), one.withheld == TAKEN_DOWN))
        .where(or_(other.withheld.is_(None), other.withheld == TAKEN_DOWN))
        .order_by(edge.score.desc(), edge.left, edge.right)
    )
    if country is not None:
        query = query.where(or_(_in_country(left.article_id, country), _in_country(right.article_id, country)))
    met = _judged(session)
    for row in session.execute(query):
        pair = frozenset((str(row[4]), str(row[5])))
        if pair in met:
            continue
        met.add(pair)
        stages = (row[6], row[7])
        yield _Waiting(
            reason=Reason.MATCH, mention=row.left, other=row.right, score=row.score,
            doubt=doubt(row.score or 0.5), consequence=max(map(consequence, stages)), since=row.at,
        )  # fmt: skip
        if head is not None and len(met) >= head:
            return


def _judged(session: Session) -> set[frozenset[str]]:
    """Pairs of persons between whose records a human's word stands."""
    left, right = aliased(MentionRow), aliased(MentionRow)
    query = (
        select(left.person_id, right.person_id)
        .select_from(JudgementRow)
        .join(left, left.id == JudgementRow.left)
        .join(right, right.id == JudgementRow.right)
        .where(JudgementRow.by != NOT_HUMAN, JudgementRow.undone_at.is_(None))
        .where(left.person_id.is_not(None), right.person_id.is_not(None))
    )
    return {frozenset((str(one), str(other))) for one, other in session.execute(query)}


def _holds_back(session: Session) -> bool:
    """True where somebody may be held back: a takedown stands, or a human has decided on anybody."""
    down = select(TakedownRow.id).where(TakedownRow.lifted_at.is_(None)).limit(1)
    decided = select(MentionRow.id).where(MentionRow.verdict.in_(DECIDED)).limit(1)
    return session.execute(down).first() is not None or session.execute(decided).first() is not None


def _taken_down(*what: Any) -> Any:
    return (
        select(*what)
        .select_from(AccusedRow)
        .join(MentionRow, MentionRow.id == AccusedRow.mention_id)
        .where(AccusedRow.withheld.in_((TAKEN_DOWN, LOOK_ALIKE)), MentionRow.verdict.is_(None))
        .where(MentionRow.urgency > 0)
    )


def _look_alikes(session: Session, country: str | None) -> Iterator[_Waiting]:
    """Records held back for a name that is like one taken down, or rejected; nobody said yet who they are.

    Who was accepted before the other was rejected as a victim is looked at once more.
    """
    if not _holds_back(session):
        return
    alike = select(MentionRow.id, MentionRow.first_seen).join(AccusedRow, AccusedRow.mention_id == MentionRow.id)
    for mention, at in session.execute(_of(alike.where(AccusedRow.withheld == LOOK_ALIKE), country)):
        yield _Waiting(reason=Reason.TAKEDOWN, mention=mention, doubt=FULL, consequence=HELD_BACK, since=at)
    rows: Sequence[MentionRow] = session.scalars(
        _of(_taken_down(MentionRow).where(AccusedRow.withheld == TAKEN_DOWN), country)
    ).all()
    found = matches(session, rows)
    for row in rows:
        hit = found.get(row.id)
        if hit is not None and not hit.exact:
            yield _Waiting(
                reason=Reason.TAKEDOWN, mention=row.id, doubt=FULL, consequence=HELD_BACK, since=row.first_seen
            )


def _of(query: Any, country: str | None) -> Any:
    return query if country is None else query.where(_in_country(MentionRow.article_id, country))


def _in_country(article_id: Any, country: str) -> ColumnElement[bool]:
    """Of prosecution; where none was read, of the source. As a record's line shows it."""
    prosecuted = and_(CountryFactRow.article_id == article_id, CountryFactRow.role == CountryRole.PROSECUTION)
    reported = and_(CopyRow.article_id == article_id, CopyRow.country == country)
    return or_(
        exists().where(prosecuted, CountryFactRow.country == country),
        and_(~exists().where(prosecuted), exists().where(reported)),
    )


def _item(one: _Waiting, lines: Mapping[str, RecordSummary], now: dt.datetime) -> QueueItem | None:
    record = lines.get(one.mention)
    other = None if one.other is None else lines.get(one.other)
    if record is None or (one.other is not None and other is None):
        return None
    return QueueItem(
        reason=one.reason, value=one.value(now), doubt=round(one.doubt, 6),
        consequence=round(one.consequence, 6), age_days=one.days(now), record=record, other=other,
        match_score=one.score,
    )  # fmt: skip
