"""A person with everything that hangs on it: records, timeline, cases, judgements, and who it may be too.

Refuses to hide what a human undid: undone judgements are shown as such.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from storage.case_views import case_views
from storage.errors import UnknownRecord
from storage.records.people import (
    MACHINE,
    JudgementRecord,
    JudgementVerdict,
    PersonSummary,
    PersonView,
    RecordSummary,
    TimelineEntry,
)
from storage.resolution import timeline
from storage.stale import chunks
from storage.summaries import person_summaries, record_summaries
from storage.tables.people import CaseMentionRow, FormerPersonRow, JudgementRow, MentionRow, PartyRow

NO_CASE = "no case"
"""Key of the timeline of records that are in no case (withheld, or not resolved yet)."""


def person_view(session: Session, person_id: str) -> PersonView:
    """Everything about one person, by its id of now. Raises `UnknownRecord`."""
    summary = person_summaries(session, [person_id]).get(person_id)
    if summary is None:
        raise UnknownRecord(f"The database has no person {person_id}.", "Search by name in `tipwatch review`.")
    ids = session.scalars(select(MentionRow.id).where(MentionRow.person_id == person_id)).all()
    records = record_summaries(session, ids)
    case_ids = sorted(session.scalars(select(PartyRow.case_id).where(PartyRow.person_id == person_id)))
    cases = case_views(session, case_ids)
    former = select(FormerPersonRow.id).where(FormerPersonRow.person_id == person_id)
    edges = edges_of(session, ids)
    return PersonView(
        summary=summary,
        former_ids=tuple(sorted(session.scalars(former))),
        records=tuple(sorted(records.values(), key=_by_date)),
        timeline=_timelines(session, records),
        cases=tuple(cases[one] for one in case_ids if one in cases),
        judgements=tuple(judgement_record(row) for row in edges),
        candidates=_candidates(session, person_id, records, edges),
    )


def judgement_record(row: JudgementRow) -> JudgementRecord:
    """The row as a record."""
    return JudgementRecord(
        id=row.id, left=row.left, right=row.right, verdict=row.verdict, score=row.score,
        reasons=tuple(row.reasons), by=row.by, at=row.at, undone_by=row.undone_by, undone_at=row.undone_at,
    )  # fmt: skip


def _by_date(one: RecordSummary) -> tuple[str, str]:
    return one.published or one.first_seen.date().isoformat(), one.mention_id


def _timelines(session: Session, records: Mapping[str, RecordSummary]) -> dict[str, tuple[TimelineEntry, ...]]:
    """Stages by date, a case each; withheld records tell nothing."""
    case_of: dict[str, str] = {}
    for some in chunks(records):
        query = select(CaseMentionRow.mention_id, CaseMentionRow.case_id)
        case_of |= dict(session.execute(query.where(CaseMentionRow.mention_id.in_(some))).all())
    entries: dict[str, list[timeline.Entry]] = defaultdict(list)
    for one in sorted(records.values(), key=_by_date):
        if one.withheld in (None, "taken_down"):
            entries[case_of.get(one.mention_id, NO_CASE)].append(
                timeline.Entry(
                    stage=one.stage, stage_date=one.stage_date, published=one.published,
                    first_seen=one.first_seen, mention_id=one.mention_id,
                )
            )  # fmt: skip
    return {
        case_id: tuple(
            TimelineEntry(
                date=line.date, stage=line.stage, stands=line.stands,
                records=tuple(records[mention_id] for mention_id in line.mention_ids),
            )
            for line in timeline.timeline(told)
        )
        for case_id, told in sorted(entries.items())
    }  # fmt: skip


def edges_of(session: Session, mention_ids: Collection[str]) -> list[JudgementRow]:
    """The edges of these mentions, the latest first."""
    found: dict[int, JudgementRow] = {}
    for some in chunks(mention_ids):
        touching = or_(JudgementRow.left.in_(some), JudgementRow.right.in_(some))
        found |= {row.id: row for row in session.scalars(select(JudgementRow).where(touching))}
    return sorted(found.values(), key=lambda row: (row.at, row.id), reverse=True)


def _candidates(
    session: Session, person_id: str, records: Mapping[str, RecordSummary], edges: Sequence[JudgementRow]
) -> tuple[tuple[PersonSummary, float, tuple[str, ...]], ...]:
    """Other persons that an edge of the machine leads to, unless a human said that they are two; best first."""
    standing = [row for row in edges if row.undone_at is None]
    out: dict[str, list[JudgementRow]] = defaultdict(list)
    for row in standing:
        out[row.right if row.left in records else row.left].append(row)
    others: dict[str, str] = {}
    for some in chunks(set(out) - records.keys()):
        query = select(MentionRow.id, MentionRow.person_id).where(MentionRow.id.in_(some))
        others |= {
            mention: person for mention, person in session.execute(query) if person not in (None, person_id)
        }
    best: dict[str, tuple[float, tuple[str, ...]]] = {}
    apart: set[str] = set()
    for mention, person in others.items():
        for row in out[mention]:
            if row.by != MACHINE and row.verdict is JudgementVerdict.DIFFERENT:
                apart.add(person)
            elif row.by == MACHINE and row.score is not None:
                best[person] = max(best.get(person, (0.0, ())), (row.score, tuple(row.reasons)))
    lines = person_summaries(session, best.keys() - apart)
    ordered = sorted(lines, key=lambda one: (-best[one][0], one))
    return tuple((lines[one], *best[one]) for one in ordered)
