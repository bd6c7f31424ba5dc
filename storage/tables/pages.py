"""Tables of kept pages with their pointer into the archive, and of what could not be read.

Refuses bytes: a page's body lies in the archive alone.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from extraction.model import QuarantineReason
from storage.tables.base import Base, CleanText, EnumText, RowId, UtcTime, json_list


class PageRow(Base):
    """The same bytes at the same canonical address from the same source are one page, however often delivered.

    `text_version` is the version of the text extractor that last tried it, 0 until then.
    """

    __tablename__ = "page"
    __table_args__ = (
        UniqueConstraint("source_id", "address_key", "digest"),
        Index(None, "text_version", "id"),
        Index(None, "source_id", "fetched_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    source_id: Mapped[str] = mapped_column(String(100))
    address_key: Mapped[str] = mapped_column(String(32))
    url: Mapped[str] = mapped_column(CleanText)
    final_url: Mapped[str] = mapped_column(CleanText)
    canonical_url: Mapped[str] = mapped_column(CleanText)
    status: Mapped[int]
    content_type: Mapped[str | None] = mapped_column(CleanText)
    fetched_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    run_id: Mapped[int | None] = mapped_column(RowId)
    feed_title: Mapped[str | None] = mapped_column(CleanText)
    feed_date: Mapped[str | None] = mapped_column(CleanText)
    gate_words: Mapped[list[str]] = mapped_column(json_list())
    file: Mapped[str] = mapped_column(String(200))
    offset: Mapped[int] = mapped_column(BigInteger)
    length: Mapped[int] = mapped_column(BigInteger)
    digest: Mapped[str] = mapped_column(String(71))
    text_version: Mapped[int]
    quarantined: Mapped[bool]


class QuarantineRow(Base):
    """A page or an article that a version could not read. `subject` is "page:<id>" or "article:<id>"."""

    __tablename__ = "quarantine"

    subject: Mapped[str] = mapped_column(String(80), primary_key=True)
    page_id: Mapped[int | None] = mapped_column(RowId)
    article_id: Mapped[str | None] = mapped_column(String(64), index=True)
    url: Mapped[str] = mapped_column(CleanText)
    reason: Mapped[QuarantineReason] = mapped_column(EnumText(QuarantineReason))
    detail: Mapped[str] = mapped_column(CleanText)
    text_version: Mapped[int]
    read_version: Mapped[int]
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
