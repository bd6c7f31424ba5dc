"""Counts of one source by month, made from the tables: what coverage adds up instead of a million rows.

Refuses to drift from the tables: a month that anything touched is marked, and counted again before it is read.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import delete, exists, func, select
from sqlalchemy.orm import Session, aliased

from extraction.model import CountryRole
from storage.counting import insert_into
from storage.database import Database
from storage.gaps import missed_by_day
from storage.notes import read_note, take_turns, write_note
from storage.periods import between_times, last_day
from storage.records.coverage import LAGS, Measure
from storage.stale import CHUNK, mark
from storage.tables.articles import CopyRow
from storage.tables.coverage import RepeatedStoryRow, SourceMonthRow, StaleMonthRow
from storage.tables.facts import AccusedRow, CountryFactRow, ReportRow
from storage.tables.pages import PageRow
from storage.tables.runs import CoverageDayRow

Cell = dict[str, Any]
"""Counts of a source in a month, ready for JSON: whole numbers by name, mappings by reason, class or stage."""

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
FORM = 2
"""What a cell holds: raised with every change of it, so that months counted before are counted again."""
FORM_NOTE = "coverage.form"
LAG_LIMITS = (0, 1, 2, 7, 30, 365)
"""Last day of each class of `LAGS` but the last."""


def refresh(database: Database) -> int:
    """Count every stale month again, a transaction a source; returns how many there were.

    Safe beside writers and other readers: see `storage.stale.mark`.
    """
    with database.read() as session:
        is_current = read_note(session, FORM_NOTE) == FORM
    if not is_current:
        database.transact(_renew)
    with database.read() as session:
        sources = session.scalars(select(StaleMonthRow.source_id).distinct()).all()
    done = 0
    for source_id in sorted(sources):
        done += database.transact(lambda session, one=source_id: _refresh_source(session, one))  # type: ignore[misc]
    return done


def _renew(session: Session) -> None:
    """Mark every month that was counted in another form."""
    take_turns(session)
    if read_note(session, FORM_NOTE) != FORM:
        months = session.execute(select(SourceMonthRow.source_id, SourceMonthRow.month)).all()
        mark(session, [(row[0], row[1]) for row in months])
        write_note(session, FORM_NOTE, FORM)


def count_cells(session: Session, source_id: str, spans: Sequence[tuple[dt.date, dt.date]]) -> list[Cell]:
    """The cell of each span (first and last day, both included, within one month); repeated texts are left out."""
    return [cell for _, cell, _ in _counted(session, source_id, spans)]


def _refresh_source(session: Session, source_id: str) -> int:
    stale = delete(StaleMonthRow).where(StaleMonthRow.source_id == source_id).returning(StaleMonthRow.month)
    months = sorted(session.scalars(stale).all())
    counted = list(_counted(session, source_id, [(month, last_day(month)) for month in months]))
    if not counted:
        return 0
    for first, last in _runs(months):
        session.execute(
            delete(RepeatedStoryRow).where(
                RepeatedStoryRow.source_id == source_id,
                RepeatedStoryRow.day >= first,
                RepeatedStoryRow.day <= last,
            )
        )
    repeated = [row for *_, rows in counted for row in rows]
    if repeated:
        # An address whose text moved to another month may still stand there under the old day.
        keys = [row["address_key"] for row in repeated]
        for start in range(0, len(keys), CHUNK):
            session.execute(
                delete(RepeatedStoryRow).where(RepeatedStoryRow.address_key.in_(keys[start : start + CHUNK]))
            )
        session.execute(insert_into(session, RepeatedStoryRow), repeated)
    statement = insert_into(session, SourceMonthRow)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["source_id", "month"], set_={"counts": statement.excluded.counts}
        ),
        [{"source_id": source_id, "month": month, "counts": cell} for month, cell, _ in counted],
    )
    return len(counted)


def _counted(
    session: Session, source_id: str, spans: Sequence[tuple[dt.date, dt.date]]
) -> Iterator[tuple[dt.date, Cell, list[dict[str, Any]]]]:
    """First day, cell and rows of repeated texts, span by span."""
    for first, last in _merged(spans):
        inside = [span for span in spans if first <= span[0] and span[1] <= last]
        days = _days(session, source_id, first, last)
        pages = _pages(session, source_id, first, last)
        stories, repeated = _stories(session, source_id, first, last)
        # Only a counted gap can have cost anything: without one, years of polls need not be looked through.
        has_gap = any("window_gaps" in counts for counts in days.values())
        missed = missed_by_day(session, source_id, first, last) if has_gap else Counter[dt.date]()
        for begin, end in inside:
            cell: Cell = {}
            for found in (days, pages, stories):
                for day, counts in found.items():
                    if begin <= day <= end:
                        add(cell, counts)
            lost = sum(n for day, n in missed.items() if begin <= day <= end)
            if lost:
                cell["stories_missed"] = lost
            yield begin, cell, [row for row in repeated if begin <= row["day"] <= end]


def add(cell: Cell, more: Mapping[str, Any]) -> None:
    """Add counts to a cell: numbers and mappings are added, bits of days and first or last dates joined."""
    for name, value in more.items():
        before = cell.get(name)
        if before is None:
            cell[name] = dict(value) if isinstance(value, dict) else value
        elif isinstance(value, dict):
            for key, n in value.items():
                before[key] = before.get(key, 0) + n
        elif name in {"watched", "tried", "seen"}:
            cell[name] = before | value
        elif name == "first_published":
            cell[name] = min(before, value)
        elif name == "last_published":
            cell[name] = max(before, value)
        else:
            cell[name] = before + value


def _days(session: Session, source_id: str, first: dt.date, last: dt.date) -> dict[dt.date, Cell]:
    row = CoverageDayRow
    query = select(row.day, row.measure, row.reason, row.n).where(
        row.source_id == source_id, row.day >= first, row.day <= last
    )
    found: dict[dt.date, Cell] = defaultdict(dict)
    for day, measure, reason, n in session.execute(query):
        cell = found[day]
        if measure in SINGLE:
            cell[SINGLE[measure]] = n
        else:
            cell.setdefault(BY_REASON[measure], {})[reason] = n
        if measure is Measure.POLL_OK:
            cell["watched"] = 1 << (day.day - 1)
        if measure in {Measure.POLL_OK, Measure.POLL_FAILED}:
            cell["tried"] = 1 << (day.day - 1)
        if measure in {Measure.POLL_OK, Measure.KEPT}:
            cell["seen"] = 1 << (day.day - 1)
    for day, cell in found.items():
        if cell.get("watched"):
            cell["by_day"] = {str(day.day): cell.get("new_entries", 0)}
    return found


def _pages(session: Session, source_id: str, first: dt.date, last: dt.date) -> dict[dt.date, Cell]:
    page = PageRow
    query = select(page.fetched_at, page.text_version, page.quarantined).where(
        page.source_id == source_id, *between_times(page.fetched_at, (first, last))
    )
    found: dict[dt.date, Cell] = defaultdict(dict)
    for at, text_version, quarantined in session.execute(query):
        if quarantined:
            add(found[at.date()], {"quarantined": 1})
        elif text_version > 0:
            add(found[at.date()], {"extracted": 1})
    return found


def _stories(
    session: Session, source_id: str, first: dt.date, last: dt.date
) -> tuple[dict[dt.date, Cell], list[dict[str, Any]]]:
    other = aliased(CopyRow)
    is_repeated = exists().where(other.article_id == CopyRow.article_id, other.address_key != CopyRow.address_key)
    named = (
        select(func.count())
        .where(AccusedRow.article_id == CopyRow.article_id, AccusedRow.withheld.is_(None))
        .correlate(CopyRow)
        .scalar_subquery()
    )
    report = ReportRow
    inside = (CopyRow.source_id == source_id, *between_times(CopyRow.fetched_at, (first, last)))
    query = (
        select(
            CopyRow.address_key, CopyRow.article_id, CopyRow.fetched_at, CopyRow.published, is_repeated,
            report.relevant, report.language_read, report.extractor_version,
            report.minors_withheld + report.victims_withheld + report.unproven_withheld, named,
        )
        .outerjoin(report, report.article_id == CopyRow.article_id)
        .where(*inside)
    )  # fmt: skip
    stages = _by_article(
        session.execute(
            select(CopyRow.article_id, AccusedRow.stage)
            .join(AccusedRow, AccusedRow.article_id == CopyRow.article_id)
            .where(*inside, AccusedRow.withheld.is_(None))
        )
    )
    about = _by_article(
        session.execute(
            select(CopyRow.article_id, CountryFactRow.country)
            .join(CountryFactRow, CountryFactRow.article_id == CopyRow.article_id)
            .where(*inside, CountryFactRow.role == CountryRole.PROSECUTION)
        )
    )
    found: dict[dt.date, Cell] = defaultdict(dict)
    repeated: list[dict[str, Any]] = []
    for key, article_id, at, published, again, relevant, language_read, version, withheld, n in session.execute(
        query
    ):
        day = at.date()
        cell = found[day]
        add(cell, {"copies": 1, **lag(published, day)})
        on_topic = bool(relevant and language_read)
        if again:
            repeated.append(
                {
                    "address_key": key, "article_id": article_id, "source_id": source_id, "day": day,
                    "read": relevant is not None, "unread_language": language_read is False,
                    "on_topic": on_topic, "named": n if on_topic else 0, "withheld": withheld or 0,
                    "version": version, "published": published,
                }
            )  # fmt: skip
            continue
        counts: Cell = {"articles": 1, "withheld": withheld or 0}
        if published is not None:
            counts |= {"first_published": published, "last_published": published}
        if relevant is None:
            counts["unread"] = 1
        else:
            counts["versions"] = {version: 1}
        if on_topic:
            counts |= {"on_topic": 1, "stories_with_accused": int(n > 0), "named_accused": n}
            counts["stages"] = _tally(stages.get(article_id, ()))
            counts["about"] = _tally(about.get(article_id, ()))
            if n:
                counts["prosecuted"] = dict.fromkeys(counts["about"], n)
        elif language_read is False:
            counts["unread_language"] = 1
        add(cell, counts)
    return found, repeated


def lag(published: str | None, day: dt.date) -> Cell:
    """The class of days from a stated date to `day`; nothing for a partial date or one in the future."""
    if published is None or len(published) < 10:
        return {}
    try:
        days = (day - dt.date.fromisoformat(published[:10])).days
    except ValueError:
        return {}
    if days < -1:
        return {}
    place = next((i for i, limit in enumerate(LAG_LIMITS) if days <= limit), len(LAG_LIMITS))
    return {"lag_days": {LAGS[place]: 1}}


def _by_article(rows: Iterable[Sequence[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for article_id, value in rows:
        found.setdefault(article_id, []).append(str(value))
    return found


def _tally(values: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found


def _merged(spans: Sequence[tuple[dt.date, dt.date]]) -> list[tuple[dt.date, dt.date]]:
    """Neighbouring spans as one, so that a source whose every month is stale is read in a few queries."""
    merged: list[tuple[dt.date, dt.date]] = []
    for first, last in sorted(spans):
        if merged and merged[-1][1] + dt.timedelta(days=1) >= first:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _runs(months: Sequence[dt.date]) -> list[tuple[dt.date, dt.date]]:
    return _merged([(month, last_day(month)) for month in months])
