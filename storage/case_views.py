"""Cases as they are shown: parties with the stage that stands, courts, charges, victims as counts.

Refuses names of victims: there are none to show; and those of withheld persons.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extraction.model import Offence
from storage.records.people import CaseView, PartyView
from storage.stale import chunks
from storage.summaries import shown_persons
from storage.tables.articles import CopyRow
from storage.tables.people import CaseMentionRow, CaseRow, MentionRow, PartyRow, PersonRow, SyndicationRow
from storage.tables.sources import SourceRow
from storage.withheld_names import LABEL, Mask, together, withheld_names


def case_views(session: Session, case_ids: Collection[str]) -> dict[str, CaseView]:
    """The cases of these ids that there are."""
    found: dict[str, CaseView] = {}
    for some in chunks(case_ids):
        found |= _read(session, some)
    return found


def _read(session: Session, ids: list[str]) -> dict[str, CaseView]:
    parties: dict[str, list[PartyView]] = defaultdict(list)
    query = select(PartyRow, PersonRow.name, PersonRow.taken_down)
    query = query.join(PersonRow, PersonRow.id == PartyRow.person_id).where(PartyRow.case_id.in_(ids))
    found = session.execute(query.order_by(PartyRow.case_id, PartyRow.person_id)).all()
    shown = shown_persons(session, {row.person_id for row, *_ in found})
    masks = _masks(session, ids)
    for row, name, taken_down in found:
        hidden = "[taken down]" if taken_down else None if row.person_id in shown else f"[{LABEL}]"
        parties[row.case_id].append(
            PartyView(
                case_id=row.case_id, person_id=row.person_id, name=hidden or name,
                stage=row.stage, stage_date=row.stage_date, cleared=row.cleared, doubtful=row.doubtful,
                hidden=hidden is not None,
            )
        )  # fmt: skip
    told = (
        select(
            CaseMentionRow.case_id,
            func.count(func.coalesce(SyndicationRow.group_id, MentionRow.article_id).distinct()),
            func.count(func.coalesce(SourceRow.publisher, CopyRow.source_id).distinct()),
        )
        .join(MentionRow, MentionRow.id == CaseMentionRow.mention_id)
        .join(CopyRow, CopyRow.article_id == MentionRow.article_id)
        .outerjoin(SyndicationRow, SyndicationRow.article_id == MentionRow.article_id)
        .outerjoin(SourceRow, SourceRow.id == CopyRow.source_id)
        .where(CaseMentionRow.case_id.in_(ids))
        .group_by(CaseMentionRow.case_id)
    )
    counted = {row[0]: (row[1], row[2]) for row in session.execute(told)}
    return {
        row.id: CaseView(
            id=row.id, country=row.country, first_date=row.first_date, last_date=row.last_date,
            courts=tuple(row.summary["courts"]),
            offences=tuple(Offence(one) for one in row.summary["offences"]),
            charges=tuple(dict.fromkeys(map(masks.get(row.id, str), row.summary["charges"]))),
            victims=tuple((sex, band, n) for sex, band, n, _ in row.summary["victims"]),
            stage=row.stage, parties=tuple(parties[row.id]),
            stories=counted.get(row.id, (0, 0))[0], publishers=counted.get(row.id, (0, 0))[1],
        )
        for row in session.scalars(select(CaseRow).where(CaseRow.id.in_(ids)))
    }  # fmt: skip


def _masks(session: Session, ids: list[str]) -> dict[str, Mask]:
    """What takes the names of withheld persons out of the charges, of the cases whose texts name some."""
    told = select(CaseMentionRow.case_id, MentionRow.article_id).join(
        MentionRow, MentionRow.id == CaseMentionRow.mention_id
    )
    articles: dict[str, set[str]] = defaultdict(set)
    for case_id, article_id in session.execute(told.where(CaseMentionRow.case_id.in_(ids))):
        articles[case_id].add(article_id)
    names = withheld_names(session, {one for some in articles.values() for one in some})
    return {
        case_id: together(names[one] for one in sorted(some & names.keys())).mask()
        for case_id, some in articles.items()
    }
