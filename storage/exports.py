"""Lists of the accused for people and programs, never without the sheet that says how well we looked.

Refuses a shrunken run, and anything but whole: a reader finds the old export or the new one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from extraction.model import Stage
from storage.database import Database
from storage.records.coverage import CountryCoverage
from storage.records.exports import ExportFormat, ExportResult, ExportRow, ExportStage


class Exports:
    """Exports."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(self, stages: Collection[Stage], since: dt.date | None = None) -> Iterator[ExportRow]:
        """One row a person and story, by article date. `since`: first seen on or after it."""
        raise NotImplementedError

    def write(
        self,
        directory: Path,
        stage: ExportStage,
        format: ExportFormat,
        coverage: Sequence[CountryCoverage],
        now: dt.datetime,
        *,
        force: bool = False,
    ) -> ExportResult:
        """Write an export atomically. Raises `ExportRefused`, `ExportUnwritable`, `DiskFull`."""
        raise NotImplementedError
