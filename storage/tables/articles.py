"""Tables of texts, and of the addresses at which each text was found.

Refuses two rows for one text: an exact copy elsewhere is another line of `article_copy`.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Float, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, CleanText, RowId, UtcTime


class ArticleRow(Base):
    """A distinct text. `read_version` is the version of the reader that last tried it, 0 until then."""

    __tablename__ = "article"
    __table_args__ = (Index(None, "read_version", "id"),)

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(CleanText)
    text_version: Mapped[int]
    read_version: Mapped[int]


class CopyRow(Base):
    """What one address holds now: the newest text found there, with what that page says about it."""

    __tablename__ = "article_copy"
    __table_args__ = (
        Index(None, "source_id", "fetched_at"),
        Index(None, "fetched_at"),
        Index(None, "country", "article_id"),
    )

    address_key: Mapped[str] = mapped_column(String(32), primary_key=True)
    article_id: Mapped[str] = mapped_column(ForeignKey("article.id"), index=True)
    page_id: Mapped[int | None] = mapped_column(RowId, index=True)
    source_id: Mapped[str | None] = mapped_column(String(100))
    country: Mapped[str | None] = mapped_column(String(2))
    url: Mapped[str] = mapped_column(CleanText)
    canonical_url: Mapped[str | None] = mapped_column(CleanText)
    title: Mapped[str | None] = mapped_column(CleanText)
    published: Mapped[str | None] = mapped_column(String(32))
    published_rule: Mapped[str | None] = mapped_column(String(100))
    language: Mapped[str | None] = mapped_column(String(16))
    language_score: Mapped[float | None] = mapped_column(Float)
    author: Mapped[str | None] = mapped_column(CleanText)
    fetched_at: Mapped[dt.datetime] = mapped_column(UtcTime)
    text_version: Mapped[int]
    names_others: Mapped[bool | None]  # the address holds a protected name; None: not looked at since it came
