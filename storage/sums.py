"""Sums the counts of groups of sources over a period: a source, or all that cover a country.

Refuses to add distinct things twice; see `storage.ledger`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.ledger import Ledger, Pairs
from storage.months import Cell
from storage.periods import Period, between_times
from storage.records.coverage import LAGS, CoverageCounts
from storage.tables.articles import CopyRow
from storage.tables.facts import AccusedRow, ReportRow
from storage.tables.people import MentionRow

ROUNDED = 0.00005
"""Scores are compared as an export shows them, with four digits: half of the last one."""
NAMES = frozenset(one.name for one in fields(CoverageCounts))


def counts_by_group(
    session: Session, ledger: Ledger, pairs: Pairs, min_score: float = 0.0
) -> dict[str, CoverageCounts]:
    """Counts by group, from (source id, group) pairs; groups without any data are there with zeros.

    Named accused with a score below `min_score` are also counted as waiting for review.
    """
    cells = ledger.groups(pairs)
    waiting = _waiting(session, pairs, ledger.period, min_score)
    return {name: as_counts(cell, waiting.get(name, 0)) for name, cell in cells.items()}


def as_counts(cell: Cell, waiting: int = 0) -> CoverageCounts:
    """A cell as a record; mappings in the order of their keys."""
    known: dict[str, Any] = {
        name: _ordered(name, value) if isinstance(value, dict) else value
        for name, value in cell.items()
        if name in NAMES
    }
    polls = cell.get("polls_ok", 0) + sum(cell.get("polls_failed", {}).values())
    return CoverageCounts(**{**known, "polls": polls, "waiting_review": waiting})


def prosecuted_by_country(ledger: Ledger) -> dict[str, int]:
    """Named accused whose prosecution was read to be in the country, by country, in the stories of any source."""
    total: Counter[str] = Counter()
    for months in ledger.cells.values():
        for cell in months.values():
            total.update(cell.get("prosecuted", {}))
    total.update(ledger.repeated_prosecuted())
    return dict(total)


def _waiting(session: Session, pairs: Pairs, period: Period, min_score: float) -> Mapping[str, int]:
    """Named accused below the least score of whom no human spoke, by group, each text once a group."""
    if min_score <= 0 or not pairs:
        return {}
    groups: dict[str, list[str]] = defaultdict(list)
    for source_id, name in set(pairs):
        groups[source_id].append(name)
    query = (
        select(CopyRow.source_id, AccusedRow.article_id, AccusedRow.n)
        .join(CopyRow, CopyRow.article_id == AccusedRow.article_id)
        .join(ReportRow, ReportRow.article_id == AccusedRow.article_id)
        .outerjoin(MentionRow, MentionRow.id == AccusedRow.mention_id)
        .where(AccusedRow.score < round(min_score, 4) - ROUNDED, AccusedRow.withheld.is_(None))
        .where(MentionRow.verdict.is_(None))
        .where(ReportRow.relevant.is_(True), ReportRow.language_read.is_(True))
        .where(*between_times(CopyRow.fetched_at, period))
    )
    found = {
        (name, article_id, n)
        for source_id, article_id, n in session.execute(query)
        for name in groups.get(source_id or "", ())
    }
    return Counter(name for name, _, _ in found)


def _ordered(name: str, counts: Mapping[str, int]) -> dict[str, int]:
    keys = [key for key in LAGS if key in counts] if name == "lag_days" else sorted(counts)
    return {key: counts[key] for key in keys}
