"""Tables of exports made, and of the database itself.

Refuses the exported rows: they are in the files, and can be made again.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Date, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from storage.records.exports import ExportFormat, ExportStage
from storage.tables.base import Base, CleanText, EnumText, RowId, UtcTime


class ExportRunRow(Base):
    """One export that was written; the next to the same place is compared with it."""

    __tablename__ = "export_run"
    __table_args__ = (Index(None, "directory", "stage", "id"),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True)
    directory: Mapped[str] = mapped_column(CleanText)
    stage: Mapped[ExportStage] = mapped_column(EnumText(ExportStage))
    format: Mapped[ExportFormat] = mapped_column(EnumText(ExportFormat))
    at: Mapped[dt.datetime] = mapped_column(UtcTime)
    since: Mapped[dt.date | None] = mapped_column(Date)
    rows: Mapped[int]
    digest: Mapped[str] = mapped_column(String(71))


class SchemaInfoRow(Base):
    """What made this database; lets us tell our own from another program's."""

    __tablename__ = "schema_info"

    key: Mapped[str] = mapped_column(String(50), primary_key=True)
    value: Mapped[str] = mapped_column(CleanText)
