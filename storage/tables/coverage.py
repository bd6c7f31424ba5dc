"""Tables that make coverage fast and its changes visible: months of counts, stale months, re-readings, events.

Refuses to be the truth: months and repeated stories are made from the other tables, and can be made again.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import Date, Float, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.series import EventKind
from storage.tables.base import Base, CleanText, EnumText, RowId, UtcTime, json_list


class SourceMonthRow(Base):
    """All counts of one source in one month, as JSON; texts that other addresses hold too are not in it."""

    __tablename__ = "source_month"

    source_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    counts: Mapped[dict[str, Any]] = mapped_column(json_list())


class StaleMonthRow(Base):
    """A month of a source that must be counted again before anybody reads it."""

    __tablename__ = "stale_month"

    source_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)


class RepeatedStoryRow(Base):
    """One address of a text that several addresses hold: in a group of sources the text counts once."""

    __tablename__ = "repeated_story"
    __table_args__ = (Index(None, "source_id", "day"),)

    address_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    article_id: Mapped[str] = mapped_column(String(64), index=True)
    source_id: Mapped[str] = mapped_column(String(100))
    day: Mapped[dt.date] = mapped_column(Date)
    read: Mapped[bool]
    unread_language: Mapped[bool]
    on_topic: Mapped[bool]
    named: Mapped[int]
    withheld: Mapped[int]
    version: Mapped[str | None] = mapped_column(String(64))
    published: Mapped[str | None] = mapped_column(String(32))


class ReadingChangeRow(Base):
    """Sums over stories of a source and month that `to_version` read after `from_version`."""

    __tablename__ = "reading_change"

    source_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    month: Mapped[dt.date] = mapped_column(Date, primary_key=True)
    from_version: Mapped[str] = mapped_column(String(64), primary_key=True)
    to_version: Mapped[str] = mapped_column(String(64), primary_key=True)
    stories: Mapped[int]
    on_topic_before: Mapped[int]
    on_topic_after: Mapped[int]
    named_before: Mapped[int]
    named_after: Mapped[int]


class CoverageEventRow(Base):
    """A dated change of what we watch or how we read; see `EventKind`."""

    __tablename__ = "coverage_event"
    __table_args__ = (Index(None, "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    kind: Mapped[EventKind] = mapped_column(EnumText(EventKind))
    source_id: Mapped[str | None] = mapped_column(String(100))
    countries: Mapped[list[str]] = mapped_column(json_list())
    before: Mapped[str | None] = mapped_column(CleanText)
    after: Mapped[str | None] = mapped_column(CleanText)
    detail: Mapped[str] = mapped_column(CleanText)


class ReferenceFigureRow(Base):
    """A user's own figure of a country and year, with its source. Shipped figures lie in `config/reference`."""

    __tablename__ = "reference_figure"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    indicator: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[float | None] = mapped_column(Float)
    value_text: Mapped[str | None] = mapped_column(CleanText)
    source: Mapped[str] = mapped_column(CleanText)
    imported: Mapped[dt.datetime] = mapped_column(UtcTime)
    file: Mapped[str] = mapped_column(CleanText)
