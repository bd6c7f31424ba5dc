"""Tables of what ran, of every poll, of feed windows, and of counts per source and day.

Refuses counts without a day: coverage is a matter of time.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.coverage import Measure
from storage.records.runs import FailureClass, PollKind, RunKind, RunOutcome
from storage.tables.base import Base, CleanText, EnumText, RowId, UtcTime, json_list


class RunRow(Base):
    """One run of a job; without `outcome` it runs, or was killed (see `heartbeat`)."""

    __tablename__ = "crawl_run"
    __table_args__ = (
        Index(None, "source_id", "started"),
        Index(None, "kind", "started"),
        Index(None, "kind", "source_id", "id"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    kind: Mapped[RunKind] = mapped_column(EnumText(RunKind))
    source_id: Mapped[str | None] = mapped_column(String(100))
    worker: Mapped[str] = mapped_column(String(200))
    started: Mapped[dt.datetime] = mapped_column(UtcTime, index=True)
    heartbeat: Mapped[dt.datetime] = mapped_column(UtcTime)
    finished: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    outcome: Mapped[RunOutcome | None] = mapped_column(EnumText(RunOutcome))
    counts: Mapped[dict[str, int]] = mapped_column(json_list())
    detail: Mapped[str | None] = mapped_column(CleanText)


class PollRow(Base):
    """One look at one discovery address."""

    __tablename__ = "poll"
    __table_args__ = (UniqueConstraint("source_id", "address_key", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100))
    address_key: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(CleanText)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    kind: Mapped[PollKind] = mapped_column(EnumText(PollKind))
    ok: Mapped[bool]
    run_id: Mapped[int | None] = mapped_column(RowId)
    failure: Mapped[FailureClass | None] = mapped_column(EnumText(FailureClass))
    status: Mapped[int | None]
    entries: Mapped[int]
    new: Mapped[int]
    oldest: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    newest: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    overlapped: Mapped[bool | None]
    not_modified: Mapped[bool]
    etag: Mapped[str | None] = mapped_column(CleanText)
    last_modified: Mapped[str | None] = mapped_column(CleanText)


class FeedWindowRow(Base):
    """An entry of the last window seen of a feed; the next poll overlaps if it shows one of them again."""

    __tablename__ = "feed_window"

    source_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    address_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    entry_key: Mapped[str] = mapped_column(String(32), primary_key=True)


class CoverageDayRow(Base):
    """A count of one source on one UTC day; `reason` is "" where the measure has none."""

    __tablename__ = "coverage_day"

    source_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    day: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    measure: Mapped[Measure] = mapped_column(EnumText(Measure), primary_key=True)
    reason: Mapped[str] = mapped_column(String(32), primary_key=True)
    n: Mapped[int]
