"""Days, months and periods of UTC as conditions on columns.

Refuses naive times.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement

Period = tuple[dt.date | None, dt.date | None]
"""First and last day (UTC), both included; None is open."""


def between(day: Any, period: Period) -> Sequence[ColumnElement[bool]]:
    """Conditions on a column of days."""
    since, until = period
    conditions = [] if since is None else [day >= since]
    return conditions if until is None else [*conditions, day <= until]


def between_times(time: Any, period: Period) -> Sequence[ColumnElement[bool]]:
    """Conditions on a column of UTC times."""
    since, until = period
    conditions = [] if since is None else [time >= midnight(since)]
    return conditions if until is None else [*conditions, time < midnight(until) + dt.timedelta(days=1)]


def midnight(day: dt.date) -> dt.datetime:
    """The first moment of a day."""
    return dt.datetime.combine(day, dt.time.min, tzinfo=dt.UTC)


def last_day(month: dt.date) -> dt.date:
    """The last day of a month given by any of its days."""
    return (month.replace(day=28) + dt.timedelta(days=4)).replace(day=1) - dt.timedelta(days=1)
