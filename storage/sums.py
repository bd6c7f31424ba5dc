"""Sums the counts of groups of sources over a period: a source, or all that cover a country.

Refuses to add distinct things twice: days and texts are counted once a group, however many sources had them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, String, and_, case, column, distinct, func, select, values
from sqlalchemy.orm import Session

from extraction.model import CountryRole
from storage.records.coverage import CoverageCounts, Measure
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import AccusedRow, CountryFactRow, ReportRow
from storage.tables.pages import PageRow
from storage.tables.runs import CoverageDayRow

Period = tuple[dt.date | None, dt.date | None]
"""First and last day (UTC), both included; None is open."""

SINGLE = {
    Measure.POLL_OK: "polls_ok",
    Measure.ENTRIES: "entries",
    Measure.NEW_ENTRIES: "new_entries",
    Measure.WINDOW_GAP: "window_gaps",
    Measure.FETCHED: "pages_fetched",
    Measure.KEPT: "pages_kept",
}
BY_REASON = {
    Measure.POLL_FAILED: "polls_failed",
    Measure.FETCH_FAILED: "pages_failed",
    Measure.DROPPED: "pages_dropped",
}
ARTICLE_COUNTS = (
    "articles",
    "unread",
    "unread_language",
    "on_topic",
    "stories_with_accused",
    "named_accused",
    "waiting_review",
    "withheld",
)
ROUNDED = 0.00005
"""Scores are compared as an export shows them, with four digits: half of the last one."""


def counts_by_group(
    session: Session, pairs: Collection[tuple[str, str]], period: Period, min_score: float = 0.0
) -> dict[str, CoverageCounts]:
    """Counts by group, from (source id, group) pairs; groups without any data are there with zeros.

    Named accused with a score below `min_score` are also counted as waiting for review.
    """
    if not pairs:
        return {}
    groups = _groups(pairs)
    found: dict[str, dict[str, Any]] = {group: {} for _, group in sorted(pairs)}
    _add_days(session, groups, period, found)
    _add_pages(session, groups, period, found)
    _add_articles(session, groups, period, found, min_score)
    return {group: CoverageCounts(**_finished(fields)) for group, fields in found.items()}


def watched_sources(session: Session, period: Period) -> set[str]:
    """Sources with at least one poll that worked in the period."""
    day = CoverageDayRow.day
    query = select(CoverageDayRow.source_id).where(
        CoverageDayRow.measure == Measure.POLL_OK, *_between(day, period)
    )
    return set(session.scalars(query.distinct()))


def prosecuted_by_country(session: Session, period: Period) -> dict[str, int]:
    """Named accused whose prosecution was read to be in the country, by country."""
    held = select(CopyRow.article_id).where(*_between_times(CopyRow.fetched_at, period))
    query = (
        select(CountryFactRow.country, func.count())
        .join(ReportRow, ReportRow.article_id == CountryFactRow.article_id)
        .join(AccusedRow, AccusedRow.article_id == CountryFactRow.article_id)
        .where(CountryFactRow.role == CountryRole.PROSECUTION, ReportRow.relevant.is_(True))
        .where(CountryFactRow.article_id.in_(held))
        .group_by(CountryFactRow.country)
    )
    return {row[0]: row[1] for row in session.execute(query)}


def _groups(pairs: Iterable[tuple[str, str]]) -> CTE:
    # Literals, since SQLite takes 32,766 parameters at most and the catalogue may grow past that.
    table = values(column("source_id", String), column("name", String), name="grouped", literal_binds=True)
    return table.data(sorted(set(pairs))).cte("grouped")


def _add_days(session: Session, groups: CTE, period: Period, found: dict[str, dict[str, Any]]) -> None:
    row = CoverageDayRow
    inside = _between(row.day, period)
    query = (
        select(groups.c.name, row.measure, row.reason, func.sum(row.n))
        .join(row, row.source_id == groups.c.source_id)
        .where(*inside)
        .group_by(groups.c.name, row.measure, row.reason)
        .order_by(groups.c.name, row.measure, row.reason)
    )
    for name, measure, reason, n in session.execute(query):
        if measure in SINGLE:
            found[name][SINGLE[measure]] = int(n)
        else:
            found[name].setdefault(BY_REASON[measure], {})[reason] = int(n)
    is_poll = row.measure == Measure.POLL_OK
    days = (
        select(groups.c.name, func.count(distinct(case((is_poll, row.day)))), func.min(row.day), func.max(row.day))
        .join(row, row.source_id == groups.c.source_id)
        .where(*inside, row.measure.in_([Measure.POLL_OK, Measure.KEPT]))
        .group_by(groups.c.name)
    )
    for name, watched, first, last in session.execute(days):
        found[name] |= {"days_watched": watched, "first_day": first, "last_day": last}


def _add_pages(session: Session, groups: CTE, period: Period, found: dict[str, dict[str, Any]]) -> None:
    page = PageRow
    query = (
        select(
            groups.c.name,
            _total(and_(page.text_version > 0, page.quarantined.is_(False))),
            _total(page.quarantined.is_(True)),
        )
        .join(page, page.source_id == groups.c.source_id)
        .where(*_between_times(page.fetched_at, period))
        .group_by(groups.c.name)
    )
    for name, extracted, quarantined in session.execute(query):
        found[name] |= {"extracted": int(extracted), "quarantined": int(quarantined)}


def _add_articles(
    session: Session, groups: CTE, period: Period, found: dict[str, dict[str, Any]], min_score: float
) -> None:
    texts = (
        select(
            groups.c.name.label("name"),
            CopyRow.article_id.label("article_id"),
            func.min(CopyRow.published).label("first_published"),
            func.max(CopyRow.published).label("last_published"),
        )
        .join(CopyRow, CopyRow.source_id == groups.c.source_id)
        .where(*_between_times(CopyRow.fetched_at, period))
        .group_by(groups.c.name, CopyRow.article_id)
        .subquery()
    )
    people = (
        select(
            AccusedRow.article_id.label("article_id"),
            func.count().label("n"),
            _total(AccusedRow.score < round(min_score, 4) - ROUNDED).label("waiting"),
        )
        .group_by(AccusedRow.article_id)
        .subquery()
    )
    report = ReportRow
    on_topic = and_(report.relevant.is_(True), report.language_read.is_(True))
    withheld = report.minors_withheld + report.victims_withheld + report.unproven_withheld
    named = case((on_topic, func.coalesce(people.c.n, 0)), else_=0)
    query = (
        select(
            texts.c.name,
            func.count().label("articles"),
            _total(report.article_id.is_(None)).label("unread"),
            _total(and_(report.relevant.is_(True), report.language_read.is_(False))).label("unread_language"),
            _total(on_topic).label("on_topic"),
            _total(named > 0).label("stories_with_accused"),
            func.coalesce(func.sum(named), 0).label("named_accused"),
            func.coalesce(func.sum(case((on_topic, people.c.waiting), else_=0)), 0).label("waiting_review"),
            func.coalesce(func.sum(withheld), 0).label("withheld"),
            func.min(texts.c.first_published).label("first_published"),
            func.max(texts.c.last_published).label("last_published"),
        )
        .join(ArticleRow, ArticleRow.id == texts.c.article_id)
        .outerjoin(report, report.article_id == ArticleRow.id)
        .outerjoin(people, people.c.article_id == ArticleRow.id)
        .group_by(texts.c.name)
    )
    for row in session.execute(query).mappings():
        counted = {key: int(row[key]) for key in ARTICLE_COUNTS}  # PostgreSQL sums to Decimal
        dates = {key: row[key] for key in ("first_published", "last_published")}
        found[row["name"]] |= counted | dates


def _finished(fields: dict[str, Any]) -> dict[str, Any]:
    failed = sum(fields.get("polls_failed", {}).values())
    return fields | {"polls": fields.get("polls_ok", 0) + failed}


def _total(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0)


def _between(day: Any, period: Period) -> Sequence[ColumnElement[bool]]:
    since, until = period
    conditions = [] if since is None else [day >= since]
    return conditions if until is None else [*conditions, day <= until]


def _between_times(time: Any, period: Period) -> Sequence[ColumnElement[bool]]:
    since, until = period
    conditions = [] if since is None else [time >= _midnight(since)]
    return conditions if until is None else [*conditions, time < _midnight(until) + dt.timedelta(days=1)]


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.min, tzinfo=dt.UTC)
