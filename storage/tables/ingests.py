"""Table of files that others crawled, and how far each was taken.

Refuses a second row for the same bytes.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables.base import Base, RowId, UtcTime, json_list


class IngestedFileRow(Base):
    """A file by the SHA-256 of its bytes. Written in the transaction of each slice's pages and counts."""

    __tablename__ = "ingested_file"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    next_offset: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[bool]
    counts: Mapped[dict[str, int]] = mapped_column(json_list())
    run_id: Mapped[int | None] = mapped_column(RowId)
    updated: Mapped[dt.datetime] = mapped_column(UtcTime)
