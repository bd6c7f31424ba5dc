"""Finds near-equal texts among the stories on topic, and keeps them in groups as texts come in.

Refuses to compare everything with everything: only texts that share a band of their signatures meet.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Select, delete, func, select
from sqlalchemy.orm import Session

from storage.counting import insert_into
from storage.resolution import syndication
from storage.resolution.loading import day_of
from storage.stale import chunks
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import ReportRow
from storage.tables.people import BandRow, SyndicationRow

NEVER: tuple[str, dt.date | None] = ("", None)
"""Of a text that stands at no address any more."""


def forget(session: Session) -> None:
    """Take every group back, to tell them anew."""
    session.execute(delete(BandRow))
    session.execute(delete(SyndicationRow))


def group(session: Session, limit: int) -> tuple[int, set[str]]:
    """Group at most `limit` texts, the first fetched first; returns how many, and the texts that are copies."""
    ids = list(session.scalars(_ungrouped().limit(limit)))
    if not ids:
        return 0, set()
    texts = _texts(session, ids)
    signed = {article_id: syndication.signature(text) for article_id, text in texts.items()}
    banded = {article_id: set(syndication.bands(one)) for article_id, one in signed.items()}
    known = _known(session, {band for bands in banded.values() for band in bands})
    told = _told(session, ids)
    new = [
        syndication.Text(
            id=one, order=told[one][0], text=texts[one], signature=signed[one], published=told[one][1]
        )
        for one in ids
    ]
    grouped = syndication.groups(new, known)
    session.execute(
        insert_into(session, SyndicationRow),
        [
            {
                "article_id": one.id, "group_id": one.group, "similarity": one.similarity,
                "signature": signed[one.id],
            }
            for one in grouped
        ],
    )  # fmt: skip
    rows = [{"band": band, "article_id": one} for one in ids for band in sorted(banded[one])]
    for start in range(0, len(rows), 5000):
        session.execute(insert_into(session, BandRow), rows[start : start + 5000])
    return len(ids), {one.id for one in grouped if one.group != one.id}


def _ungrouped() -> Select[str]:
    """Ids of texts on topic that have no signature, by their first fetch."""
    first = func.min(CopyRow.fetched_at)
    return (
        select(ArticleRow.id)
        .join(ReportRow, ReportRow.article_id == ArticleRow.id)
        .join(CopyRow, CopyRow.article_id == ArticleRow.id)
        .outerjoin(SyndicationRow, SyndicationRow.article_id == ArticleRow.id)
        .where(ReportRow.relevant.is_(True), SyndicationRow.article_id.is_(None))
        .group_by(ArticleRow.id)
        .order_by(first, ArticleRow.id)
    )


def _known(session: Session, bands: Collection[int]) -> list[syndication.Text]:
    """Grouped texts that share a band, and the first texts of their groups."""
    wanted = sorted(bands)
    held: dict[int, list[str]] = defaultdict(list)
    for start in range(0, len(wanted), 500):
        query = select(BandRow.band, BandRow.article_id).where(BandRow.band.in_(wanted[start : start + 500]))
        for band, article_id in session.execute(query.order_by(BandRow.band, BandRow.article_id)):
            held[band].append(article_id)
    told = _told(session, {one for ids in held.values() for one in ids})
    near = {
        one
        for ids in held.values()
        for one in sorted(ids, key=lambda one: (told.get(one, NEVER)[0], one))[: syndication.PER_BAND]
    }
    groups = _rows(session, near)
    groups |= _rows(session, {row.group_id for row in groups.values()} - near)
    texts, told = _texts(session, groups), _told(session, groups)
    return [
        syndication.Text(
            id=one,
            order=told.get(one, NEVER)[0],
            text=texts[one],
            signature=row.signature,
            group=row.group_id,
            published=told.get(one, NEVER)[1],
        )
        for one, row in sorted(groups.items())
    ]


def _rows(session: Session, ids: Collection[str]) -> dict[str, SyndicationRow]:
    found: dict[str, SyndicationRow] = {}
    for some in chunks(ids):
        query = select(SyndicationRow).where(SyndicationRow.article_id.in_(some))
        found |= {row.article_id: row for row in session.scalars(query)}
    return found


def _texts(session: Session, ids: Collection[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for some in chunks(ids):
        query = select(ArticleRow.id, ArticleRow.text).where(ArticleRow.id.in_(some))
        found |= dict(session.execute(query).all())
    return found


def _told(session: Session, ids: Collection[str]) -> dict[str, tuple[str, dt.date | None]]:
    """When each text was fetched first, as a sortable text, and the day on which it says it was published."""
    found: dict[str, tuple[str, dt.date | None]] = {}
    for some in chunks(ids):
        query = select(CopyRow.article_id, CopyRow.fetched_at, CopyRow.published)
        query = query.where(CopyRow.article_id.in_(some)).order_by(CopyRow.fetched_at, CopyRow.address_key)
        for article_id, at, published in session.execute(query):
            found.setdefault(article_id, (at.isoformat(), day_of(published)))
    return found
