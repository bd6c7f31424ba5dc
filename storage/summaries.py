"""Mentions and persons in a line each, for queues, searches and timelines.

Refuses a name that had to go: a mention that turned out to be a victim's is shown as "[victim]" and the like.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from extraction.model import CountryRole, Stage
from storage.erasure import forms_of
from storage.records.people import LOST, REJECTED, PersonSummary, RecordSummary, Verdict
from storage.stale import chunks
from storage.tables.articles import CopyRow
from storage.tables.facts import AccusedRow, CountryFactRow, ReportRow
from storage.tables.people import MentionRow, PartyRow, PersonRow, SyndicationRow
from storage.withheld_names import Withheld, withheld_names

NOBODY = Withheld()


def record_summaries(session: Session, mention_ids: Collection[str]) -> dict[str, RecordSummary]:
    """A line for each of these mentions that the database knows."""
    found: dict[str, RecordSummary] = {}
    for some in chunks(mention_ids):
        found |= _records(session, some)
    return found


def _records(session: Session, ids: list[str]) -> dict[str, RecordSummary]:
    query = (
        select(MentionRow, AccusedRow, ReportRow.title)
        .outerjoin(AccusedRow, and_(AccusedRow.article_id == MentionRow.article_id, AccusedRow.n == MentionRow.n))
        .outerjoin(ReportRow, ReportRow.article_id == MentionRow.article_id)
        .where(MentionRow.id.in_(ids))
    )
    rows = session.execute(query).all()
    articles = sorted({mention.article_id for mention, *_ in rows})
    copies: dict[str, CopyRow] = {}
    for some in chunks(articles):
        held = select(CopyRow).where(CopyRow.article_id.in_(some))
        for copy in session.scalars(held.order_by(CopyRow.fetched_at, CopyRow.address_key)):
            copies.setdefault(copy.article_id, copy)
    countries = _countries(session, articles)
    sizes = _group_sizes(session, articles)
    hidden = withheld_names(session, articles)
    found: dict[str, RecordSummary] = {}
    for mention, accused, title in rows:
        first = copies.get(mention.article_id)
        name, stage, stage_date = _stands(mention, accused)
        found[mention.id] = RecordSummary(
            mention_id=mention.id,
            article_id=mention.article_id,
            person_id=mention.person_id,
            name=name,
            stage=stage,
            stage_date=stage_date,
            published=None if first is None else first.published,
            source=None if first is None else first.source_id,
            country=countries.get(mention.article_id, None if first is None else first.country),
            url="" if first is None else first.url,
            title=title
            if title is None
            else hidden.get(mention.article_id, NOBODY).mask(forms_of(mention))(title),
            score=mention.score,
            verdict=mention.verdict,
            reopened=mention.reopened,
            withheld=_withheld(mention, accused),
            first_seen=mention.first_seen,
            syndicated=sizes.get(mention.article_id, 1),
        )
    return found


def _stands(mention: MentionRow, accused: AccusedRow | None) -> tuple[str, Stage, str | None]:
    """Name, stage and its date: of the row that stands, else of the last word on it."""
    if accused is not None:
        return accused.name, accused.stage, accused.stage_date
    last = {**mention.machine, **(mention.human or {})}
    label = "person" if mention.reject_reason is None else mention.reject_reason.value.replace("_", " ")
    stage = last.get("stage")
    return last.get("name") or f"[{label}]", Stage(stage) if stage else Stage.DISMISSED, last.get("stage_date")


def _withheld(mention: MentionRow, accused: AccusedRow | None) -> str | None:
    if accused is not None:
        return accused.withheld
    return REJECTED if mention.verdict is Verdict.REJECTED else LOST


def _countries(session: Session, articles: Collection[str]) -> dict[str, str]:
    """The country of prosecution (the first by code, where there are several)."""
    found: dict[str, str] = {}
    for some in chunks(articles):
        query = select(CountryFactRow.article_id, func.min(CountryFactRow.country)).where(
            CountryFactRow.article_id.in_(some), CountryFactRow.role == CountryRole.PROSECUTION
        )
        found |= dict(session.execute(query.group_by(CountryFactRow.article_id)).all())
    return found


def _group_sizes(session: Session, articles: Collection[str]) -> dict[str, int]:
    """How many addresses hold a text or one of its near-equal copies."""
    sizes: dict[str, int] = {}
    for some in chunks(articles):
        own = select(SyndicationRow.article_id, SyndicationRow.group_id).where(SyndicationRow.article_id.in_(some))
        groups = {row.article_id: row.group_id for row in session.execute(own)}
        counted = (
            select(SyndicationRow.group_id, func.count())
            .join(CopyRow, CopyRow.article_id == SyndicationRow.article_id)
            .where(SyndicationRow.group_id.in_(sorted(set(groups.values()))))
            .group_by(SyndicationRow.group_id)
        )
        by_group = dict(session.execute(counted).all())
        sizes |= {article_id: by_group.get(group, 1) for article_id, group in groups.items()}
    return sizes


def person_summaries(session: Session, person_ids: Collection[str]) -> dict[str, PersonSummary]:
    """A line for each of these persons that there is now."""
    found: dict[str, PersonSummary] = {}
    for some in chunks(person_ids):
        parts = select(PartyRow.person_id, PartyRow.cleared, PartyRow.doubtful)
        ended: dict[str, bool] = {}
        for person_id, cleared, doubtful in session.execute(parts.where(PartyRow.person_id.in_(some))):
            ended[person_id] = ended.get(person_id, True) and (cleared or doubtful)
        seen = shown_persons(session, some)
        for row in session.scalars(select(PersonRow).where(PersonRow.id.in_(some))):
            found[row.id] = PersonSummary(
                id=row.id,
                name=row.name,
                aliases=tuple(row.aliases),
                nationality=row.nationality,
                birth_years=_years(row.birth_year_min, row.birth_year_max),
                countries=tuple(row.countries),
                stage=row.stage,
                stage_date=row.stage_date,
                cleared=ended.get(row.id, False),
                stories=row.stories,
                first_seen=row.first_seen,
                last_seen=row.last_seen,
                taken_down=row.taken_down,
                hidden=row.taken_down or row.id not in seen,
            )
    return found


def shown_persons(session: Session, person_ids: Collection[str]) -> set[str]:
    """Of these persons those who have a record that is not withheld: nobody outside may see the others."""
    found: set[str] = set()
    for some in chunks(person_ids):
        query = (
            select(MentionRow.person_id)
            .join(AccusedRow, and_(AccusedRow.article_id == MentionRow.article_id, AccusedRow.n == MentionRow.n))
            .where(MentionRow.person_id.in_(some), AccusedRow.withheld.is_(None))
        )
        found |= {str(one) for one in session.scalars(query.distinct())}
    return found


def _years(first: int | None, last: int | None) -> tuple[int, int] | None:
    return None if first is None or last is None else (first, last)
