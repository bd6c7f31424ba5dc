"""Tables of sources: the catalogue's facts as last synced, their history, checks, and who is crawling them now.

Refuses foreign keys from measurements to sources: a page stays valid when its source leaves the catalogue.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from config.source import Access, Level, Ownership, PublisherKind, SourceState
from storage.records.sources import RobotsAnswer
from storage.tables.base import Base, CleanText, EnumText, RowId, UtcTime, json_list


class SourceRow(Base):
    """The catalogue's word on a source, as of `synced`."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    title: Mapped[str] = mapped_column(CleanText)
    country: Mapped[str] = mapped_column(String(2))
    publisher: Mapped[str] = mapped_column(CleanText)
    official: Mapped[bool]
    level: Mapped[Level] = mapped_column(EnumText(Level))
    state: Mapped[SourceState] = mapped_column(EnumText(SourceState))
    state_reason: Mapped[str] = mapped_column(CleanText)
    state_date: Mapped[dt.date] = mapped_column(Date)
    expected_min_month: Mapped[int]
    expected_max_month: Mapped[int]
    kind: Mapped[PublisherKind] = mapped_column(EnumText(PublisherKind), server_default="unknown")
    ownership: Mapped[Ownership] = mapped_column(EnumText(Ownership), server_default="unknown")
    access: Mapped[Access] = mapped_column(EnumText(Access), server_default="unknown")
    restrictions: Mapped[dict[str, str]] = mapped_column(json_list(), server_default="{}")
    discovery_digest: Mapped[str | None] = mapped_column(String(16))
    synced: Mapped[dt.datetime] = mapped_column(UtcTime)


class SourceCountryRow(Base):
    """A country that a source covers."""

    __tablename__ = "source_country"

    source_id: Mapped[str] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    country: Mapped[str] = mapped_column(String(2), primary_key=True, index=True)


class SourceLanguageRow(Base):
    """A language that a source writes."""

    __tablename__ = "source_language"

    source_id: Mapped[str] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(16), primary_key=True)


class SourceStatusRow(Base):
    """One status that the catalogue gave; a new line whenever state, reason or date changed."""

    __tablename__ = "source_status"

    source_id: Mapped[str] = mapped_column(ForeignKey("source.id", ondelete="CASCADE"), primary_key=True)
    recorded: Mapped[dt.datetime] = mapped_column(UtcTime, primary_key=True)
    state: Mapped[SourceState] = mapped_column(EnumText(SourceState))
    reason: Mapped[str] = mapped_column(CleanText)
    date: Mapped[dt.date] = mapped_column(Date)


class SourceCheckRow(Base):
    """What a check found at one address at one time."""

    __tablename__ = "source_check"
    __table_args__ = (UniqueConstraint("source_id", "address_key", "at"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100))
    address_key: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(CleanText)
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    reached: Mapped[bool]
    status: Mapped[int | None]
    robots: Mapped[RobotsAnswer | None] = mapped_column(EnumText(RobotsAnswer))
    entries: Mapped[int | None]
    newest: Mapped[dt.datetime | None] = mapped_column(UtcTime)
    error: Mapped[str | None] = mapped_column(CleanText)


class SourceClaimRow(Base):
    """Who may crawl a source, until when; so that two schedulers never crawl the same one."""

    __tablename__ = "source_claim"

    source_id: Mapped[str] = mapped_column(String(100), primary_key=True)
    worker: Mapped[str] = mapped_column(String(200))
    until: Mapped[dt.datetime] = mapped_column(UtcTime)
