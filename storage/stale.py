"""Marks months of sources that must be counted again, in the transaction of whatever changes them.

Refuses to count: a writer only marks, the next reader counts.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from storage.tables.articles import CopyRow
from storage.tables.coverage import StaleMonthRow

CHUNK = 500  # ids in one question; SQLite takes 32,766 parameters


def chunks(ids: Iterable[str], size: int = CHUNK) -> Iterator[list[str]]:
    """Distinct ids in order, a question's worth at a time."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def mark(session: Session, months: Iterable[tuple[str, dt.date]]) -> None:
    """Mark (source id, any day of the month) pairs.

    The row is locked even where the mark stands already: whoever counts takes the mark away first, and so waits
    for us, or we for him; a change never falls between his reading and his taking the mark.
    """
    rows = sorted({(source_id, day.replace(day=1)) for source_id, day in months})
    if rows:
        session.execute(
            _statement(session.get_bind().dialect.name),
            [{"source_id": source_id, "month": month} for source_id, month in rows],
        )


def months_of_stories(session: Session, article_ids: Iterable[str]) -> set[tuple[str, dt.date]]:
    """Source and day of every address that holds one of these texts now: what a change of them makes stale."""
    ids = sorted(set(article_ids))
    found: set[tuple[str, dt.date]] = set()
    for start in range(0, len(ids), CHUNK):
        query = select(CopyRow.source_id, CopyRow.fetched_at).where(
            CopyRow.article_id.in_(ids[start : start + CHUNK])
        )
        found |= {(row[0], row[1].date()) for row in session.execute(query) if row[0] is not None}
    return found


@cache
def _statement(dialect: str) -> Any:
    statement = (sqlite if dialect == "sqlite" else postgresql).insert(StaleMonthRow.__table__)
    return statement.on_conflict_do_update(
        index_elements=["source_id", "month"], set_={"month": statement.excluded.month}
    )
