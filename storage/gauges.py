"""What a monitor asks every minute, as numbers: each question reads an index or a few rows.

Refuses texts and names, and to count a backlog further than anybody needs.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from extraction.model import QuarantineReason
from extraction.version import version_key
from storage.database import Database
from storage.records.gauges import AccessTally, LastRuns, RunTally
from storage.records.runs import RunKind, RunOutcome
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.clients import ApiAccessRow
from storage.tables.pages import PageRow, QuarantineRow
from storage.tables.runs import RunRow

WORKED = (RunOutcome.DONE, RunOutcome.PARTIAL)


class Gauges:
    """Counts for monitors."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def runs(self, since: dt.datetime) -> list[RunTally]:
        """Runs that began since, by kind and outcome; kinds and outcomes without any are not there."""
        query = (
            select(RunRow.kind, RunRow.outcome, func.count())
            .where(RunRow.started >= since)
            .group_by(RunRow.kind, RunRow.outcome)
            .order_by(RunRow.kind, RunRow.outcome)
        )
        with self._database.read() as session:
            return [RunTally(kind=kind, outcome=outcome, n=n) for kind, outcome, n in session.execute(query)]

    def last_runs(self) -> list[LastRuns]:
        """Every kind."""
        with self._database.read() as session:
            return [
                LastRuns(kind=kind, began=_newest(session, kind), succeeded=_newest(session, kind, worked=True))
                for kind in RunKind
            ]

    def backlog(self, version: str, most: int) -> tuple[int, int]:
        """Pages to extract and articles to read with this version; each counted up to `most`."""
        text_version, read_version = version_key(version)
        pages = select(PageRow.id).where(PageRow.text_version < text_version)
        held = select(CopyRow.article_id).where(CopyRow.article_id == ArticleRow.id)
        articles = select(ArticleRow.id).where(ArticleRow.read_version < read_version, held.exists())
        with self._database.read() as session:
            return _count(session, pages, most), _count(session, articles, most)

    def quarantined(self) -> dict[QuarantineReason, int]:
        """What could not be read, by reason."""
        query = select(QuarantineRow.reason, func.count().label("n")).group_by(QuarantineRow.reason)
        with self._database.read() as session:
            return {row.reason: row.n for row in session.execute(query)}

    def accesses(self, since: dt.datetime) -> list[AccessTally]:
        """Requests of the API since, by route and status: of all its processes, once they are written."""
        query = (
            select(ApiAccessRow.route, ApiAccessRow.status, func.count(), func.max(ApiAccessRow.ms))
            .where(ApiAccessRow.at >= since)
            .group_by(ApiAccessRow.route, ApiAccessRow.status)
            .order_by(ApiAccessRow.route, ApiAccessRow.status)
        )
        with self._database.read() as session:
            return [
                AccessTally(route=route, status=status, n=n, slowest_ms=slowest)
                for route, status, n, slowest in session.execute(query)
            ]


def _newest(session: Session, kind: RunKind, *, worked: bool = False) -> dt.datetime | None:
    """When the newest run of a kind began; with `worked` when the newest ended that did its work."""
    query = select(RunRow.finished if worked else RunRow.started).where(RunRow.kind == kind)
    if worked:
        query = query.where(RunRow.outcome.in_(WORKED), RunRow.finished.is_not(None))
    return session.scalars(query.order_by(RunRow.started.desc()).limit(1)).first()


def _count(session: Session, query: Select[Any], most: int) -> int:
    return session.scalars(select(func.count()).select_from(query.limit(most).subquery())).one()
