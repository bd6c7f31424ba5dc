"""How many stories a feed dropped between two polls that did not overlap.

Refuses precision: it is the source's usual rate times the time that nobody saw, less what was seen.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from storage.periods import between_times
from storage.records.coverage import Measure
from storage.tables.runs import CoverageDayRow, PollRow

RATE_DAYS = 28
"""The rate is the mean of the source's new entries on the watched days of four weeks: whole weeks, since papers
print less at weekends."""


def missed_by_day(session: Session, source_id: str, first: dt.date, last: dt.date) -> Counter[dt.date]:
    """Estimated stories missed, by the day (UTC) of the poll that found the gap.

    A feed of 20 items polled daily whose paper prints 80 a day has dropped about 60: rate 80 a day, one day
    between the polls, 20 seen.
    """
    before = aliased(PollRow)
    previous = (
        select(func.max(before.at))
        .where(
            before.source_id == PollRow.source_id,
            before.address_key == PollRow.address_key,
            before.ok.is_(True),
            before.at < PollRow.at,
        )
        .scalar_subquery()
    )
    query = select(PollRow.at, PollRow.new, previous).where(
        PollRow.source_id == source_id, PollRow.overlapped.is_(False), *between_times(PollRow.at, (first, last))
    )
    gaps = session.execute(query).all()
    if not gaps:
        return Counter()
    new = _new_entries(session, source_id, first - dt.timedelta(days=RATE_DAYS), last)
    missed: Counter[dt.date] = Counter()
    for at, seen, earlier in gaps:
        if earlier is None:
            continue
        days = (at - _aware(earlier)).total_seconds() / 86_400
        rate = _rate(new, at.date())
        if rate is not None:
            missed[at.date()] += max(0, round(rate * days - seen))
    return missed


def _rate(new: dict[dt.date, int], day: dt.date) -> float | None:
    """New entries a day on the watched days before; None when there are too few (under a week) to say."""
    seen = [n for one, n in new.items() if day - dt.timedelta(days=RATE_DAYS) <= one < day]
    return sum(seen) / len(seen) if len(seen) >= 7 else None


def _new_entries(session: Session, source_id: str, first: dt.date, last: dt.date) -> dict[dt.date, int]:
    row = CoverageDayRow
    query = select(row.day, row.measure, row.n).where(
        row.source_id == source_id, row.day >= first, row.day <= last,
        row.measure.in_([Measure.POLL_OK, Measure.NEW_ENTRIES]),
    )  # fmt: skip
    watched: set[dt.date] = set()
    new: Counter[dt.date] = Counter()
    for day, measure, n in session.execute(query):
        if measure is Measure.POLL_OK:
            watched.add(day)
        else:
            new[day] += n
    return {day: new[day] for day in sorted(watched)}


def _aware(time: dt.datetime) -> dt.datetime:
    """`max()` loses the column's type on SQLite, and with it the offset."""
    return time if time.tzinfo is not None else time.replace(tzinfo=dt.UTC)
