"""Tables of the crawl's memory: URLs with their leases, and who may speak to a host.

Refuses meaning: what a URL held stands in the page tables, not here.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, RowId, UtcTime


class FrontierRow(Base):
    """One canonical URL, for ever: the frontier is the seen-set too.

    `url_key` is a signed 64-bit hash of `canonical_url` (207,000 look-ups/s on SQLite); the text stands beside it
    in the unique index, so that a collision of hashes loses no page. `state`: pending, leased, done, failed.
    """

    __tablename__ = "frontier"
    __table_args__ = (
        Index("uq_frontier_url", "url_key", "canonical_url", unique=True),
        Index("ix_frontier_due", "source_id", "state", "not_before"),
        Index("ix_frontier_leases", "state", "leased_by"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    url_key: Mapped[int] = mapped_column(BigInteger())
    canonical_url: Mapped[str] = mapped_column(Text())
    url: Mapped[str] = mapped_column(Text())
    host: Mapped[str] = mapped_column(String(255))
    source_id: Mapped[str] = mapped_column(String(128))
    run_id: Mapped[int | None] = mapped_column(BigInteger())
    kind: Mapped[str] = mapped_column(String(16))
    depth: Mapped[int] = mapped_column(Integer())
    hops: Mapped[int] = mapped_column(Integer(), default=0)
    title: Mapped[str | None] = mapped_column(Text())
    date: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(8))
    outcome: Mapped[str | None] = mapped_column(String(32))
    failure: Mapped[str | None] = mapped_column(String(32))
    attempts: Mapped[int] = mapped_column(Integer(), default=0)
    found_at: Mapped[dt.datetime] = mapped_column(UtcTime())
    not_before: Mapped[dt.datetime] = mapped_column(UtcTime())
    leased_by: Mapped[str | None] = mapped_column(String(128))
    leased_at: Mapped[dt.datetime | None] = mapped_column(UtcTime())
    leased_until: Mapped[dt.datetime | None] = mapped_column(UtcTime())
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcTime())


class HostSlotRow(Base):
    """Who holds the one request that a host gets at a time, and when the next is allowed."""

    __tablename__ = "host_slot"

    host: Mapped[str] = mapped_column(String(255), primary_key=True)
    holder: Mapped[str | None] = mapped_column(String(128))
    held_at: Mapped[dt.datetime | None] = mapped_column(UtcTime())
    held_until: Mapped[dt.datetime | None] = mapped_column(UtcTime())
    next_allowed_at: Mapped[dt.datetime] = mapped_column(UtcTime())
