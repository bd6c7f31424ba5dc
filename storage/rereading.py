"""What another version of the reader makes of the same stories: the reader's drift, apart from the world's.

Refuses to compare different stories: only those count that both versions have read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.counting import insert_into
from storage.stale import CHUNK
from storage.tables.articles import CopyRow
from storage.tables.coverage import ReadingChangeRow
from storage.tables.facts import AccusedRow, ReportRow

SUMS = ("stories", "on_topic_before", "on_topic_after", "named_before", "named_after")


class Reading(NamedTuple):
    """What one version found in one story."""

    version: str
    on_topic: bool
    named: int


def readings(session: Session, article_ids: Sequence[str]) -> dict[str, Reading]:
    """The stored readings of these texts."""
    named = (
        select(func.count())
        .where(AccusedRow.article_id == ReportRow.article_id, AccusedRow.withheld.is_(None))
        .correlate(ReportRow)
        .scalar_subquery()
    )
    found: dict[str, Reading] = {}
    for start in range(0, len(article_ids), CHUNK):
        query = select(
            ReportRow.article_id, ReportRow.extractor_version, ReportRow.relevant, ReportRow.language_read, named
        ).where(ReportRow.article_id.in_(article_ids[start : start + CHUNK]))
        for article_id, version, relevant, language_read, n in session.execute(query):
            on_topic = relevant and language_read
            found[article_id] = Reading(version, on_topic, n if on_topic else 0)
    return found


def note(session: Session, before: Mapping[str, Reading], after: Mapping[str, Reading]) -> None:
    """Add the stories that another version has read now, to the source and month that had each first."""
    changed = [one for one in before if one in after and before[one].version != after[one].version]
    if not changed:
        return
    first = _first_held(session, changed)
    sums: dict[tuple[str, dt.date, str, str], Counter[str]] = defaultdict(Counter)
    for one in changed:
        if one not in first:
            continue
        old, new = before[one], after[one]
        sums[(*first[one], old.version, new.version)].update(
            stories=1, on_topic_before=old.on_topic, on_topic_after=new.on_topic,
            named_before=old.named, named_after=new.named,
        )  # fmt: skip
    if sums:
        table = ReadingChangeRow.__table__
        statement = insert_into(session, table)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["source_id", "month", "from_version", "to_version"],
                set_={name: table.c[name] + statement.excluded[name] for name in SUMS},
            ),
            [
                {"source_id": source_id, "month": month, "from_version": old, "to_version": new}
                | {name: counts[name] for name in SUMS}
                for (source_id, month, old, new), counts in sorted(sums.items())
            ],
        )


def _first_held(session: Session, article_ids: Sequence[str]) -> dict[str, tuple[str, dt.date]]:
    found: dict[str, tuple[str, dt.date]] = {}
    for start in range(0, len(article_ids), CHUNK):
        query = (
            select(CopyRow.article_id, CopyRow.source_id, CopyRow.fetched_at)
            .where(CopyRow.article_id.in_(article_ids[start : start + CHUNK]), CopyRow.source_id.is_not(None))
            .order_by(CopyRow.fetched_at, CopyRow.address_key)
        )
        for article_id, source_id, at in session.execute(query):
            found.setdefault(article_id, (str(source_id), at.date().replace(day=1)))
    return found
