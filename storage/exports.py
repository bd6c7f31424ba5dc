"""Lists of the accused for people and programs, never without the sheet that says how well we looked.

Refuses a shrunken run, a folder that holds anything else, and anything but whole.
"""

from __future__ import annotations

import datetime as dt
import errno
import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from extraction.model import Stage
from extraction.model.terms import CLEARED_STAGES
from storage import export_rows
from storage.database import Database
from storage.errors import DiskFull, ExportRefused, ExportUnwritable
from storage.export_files import (
    MANIFEST,
    ExportMade,
    ExportOrder,
    Sifted,
    fingerprint,
    read_manifest,
    write_files,
)
from storage.records.coverage import CountryCoverage
from storage.records.exports import ExportFormat, ExportResult, ExportRow, ExportStage
from storage.records.people import REJECTED, Verdict
from storage.swap import replacing
from storage.tables.exports import ExportRunRow
from storage.tables.facts import AccusedRow
from storage.tables.people import MentionRow

log = logging.getLogger(__name__)

SHRUNK = 0.70
"""At this share of the last export's rows a run is refused (RELIABILITY.md: "a run yields 30 % less")."""
GROWN = 2.0
"""From this multiple on it is written with a warning: double is as often a double reading as real news."""
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Exports:
    """Exports: rows as an iterator, or written into a folder."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def rows(
        self, stages: Collection[Stage], since: dt.date | None = None, min_score: float = 0.0
    ) -> Iterator[ExportRow]:
        """One row a person and story, by article date. `since`: first seen on that UTC day or later.

        Rows with a score below `min_score` are left out.
        """
        with self._database.read() as session:
            yield from Sifted(rows=export_rows.rows(session, stages, since), min_score=min_score)

    def write(
        self,
        directory: Path,
        stage: ExportStage,
        format: ExportFormat,
        coverage: Sequence[CountryCoverage],
        now: dt.datetime,
        *,
        since: dt.date | None = None,
        min_score: float = 0.0,
        force: bool = False,
    ) -> ExportResult:
        """Write an export whole, in the place of the last one of this stage and format in this folder.

        Persons with a score below `min_score` wait for review: they are counted, not listed. The list of cleared
        persons has them all, since it takes people off lists.

        Raises `ExportRefused` when it has 70 % of the last one's rows or fewer, or when files of that one were
        changed by hand (`force` writes it all the same), `ExportUnwritable` when the folder cannot be written or
        holds other files, `DiskFull`. The old export stays in each case, and when the process is killed.
        """
        directory = directory.expanduser().resolve()  # a link's target is exchanged, not the link
        with _disk_faults(directory), replacing(directory) as folder, self._database.read() as session:
            order = ExportOrder(
                stage=stage, format=format, coverage=coverage, now=now, since=since, min_score=min_score,
                removed=_removed(session),
            )  # fmt: skip
            manifest = read_manifest(directory)
            _refuse_strangers(directory, manifest, order)
            if manifest is not None and not force:
                _refuse_edited(directory, manifest)
            rows = Sifted(rows=export_rows.rows(session, stage.stages, since), min_score=min_score)
            cleared = export_rows.rows(session, CLEARED_STAGES, since)
            made = write_files(folder, order, rows, cleared)
            previous = _previous(session, directory, manifest, order)
            warning = _judge(made.rows, previous, _meant(manifest, order, made), force)
        self._remember(directory, order, made)
        log.info(
            "export.written stage=%s rows=%d cleared=%d waiting=%d",
            stage.value, made.rows, made.cleared_rows, made.waiting_rows,
        )  # fmt: skip
        return ExportResult(
            directory=directory,
            files=tuple(directory / name for name in [*made.files, MANIFEST]),
            rows=made.rows,
            cleared_rows=made.cleared_rows,
            waiting_rows=made.waiting_rows,
            previous_rows=previous,
            warning=warning,
        )

    def _remember(self, directory: Path, order: ExportOrder, made: ExportMade) -> None:
        digest, _ = made.files[f"{order.stage.value}.{order.format.value}"]
        row = ExportRunRow(
            directory=str(directory), stage=order.stage, format=order.format, at=order.now, since=order.since,
            rows=made.rows, digest=f"sha256:{digest}",
        )  # fmt: skip
        with self._database.write() as session:
            session.add(row)


def _previous(
    session: Session, directory: Path, manifest: Mapping[str, Any] | None, order: ExportOrder
) -> int | None:
    """Rows of the last export to this folder with the same stage, `since` and least score; no others compare.

    The table of runs does not hold the least score: without a manifest that condition is not looked at.
    """
    if manifest is not None:
        since = None if order.since is None else order.since.isoformat()
        same = manifest["since"] == since and manifest.get("min_score", 0.0) == order.min_score
        return int(manifest["rows"]) if same else None
    query = (
        select(ExportRunRow.rows)
        .where(ExportRunRow.directory == str(directory), ExportRunRow.stage == order.stage)
        .where(ExportRunRow.since.is_(None) if order.since is None else ExportRunRow.since == order.since)
        .order_by(ExportRunRow.id.desc())
    )
    return session.scalars(query.limit(1)).first()


def _removed(session: Session) -> int:
    """Records that are off every list by a human's word, a takedown, or a reading that clears."""
    rejected = select(func.count()).where(MentionRow.verdict == Verdict.REJECTED)
    withheld = select(func.count()).where(AccusedRow.withheld.is_not(None), AccusedRow.withheld != REJECTED)
    return (session.scalar(rejected) or 0) + (session.scalar(withheld) or 0)


def _meant(manifest: Mapping[str, Any] | None, order: ExportOrder, made: ExportMade) -> int:
    """Rows that are missing because somebody took them off: they must go at once, and are no fault of a run.

    A list made before this was counted excuses nothing.
    """
    if manifest is None or "removed_records" not in manifest:
        return 0
    removed = order.removed - int(manifest["removed_records"])
    return max(0, removed) + max(0, made.cleared_rows - int(manifest["cleared_rows"]))


def shrunk(now: int, before: int) -> bool:
    """True when 30 % or more of `before` are missing: `shrunk(70, 100)`."""
    return now <= round(SHRUNK * before, 6)


def _judge(rows: int, previous: int | None, meant: int, force: bool) -> str | None:
    """A warning, or None. `meant` rows were taken off since the last export. Raises `ExportRefused`."""
    if previous is None or previous == 0:
        return None
    if shrunk(rows + meant, previous) and not force:
        raise ExportRefused(
            f"The export would have {rows} rows, the last one has {previous}: {SHRUNK:.0%} of it or less.",
            "See `tipwatch status` and `tipwatch coverage` for what is missing; --force writes it all the same.",
            rows=rows,
            previous_rows=previous,
        )
    if shrunk(rows, previous) and not shrunk(rows + meant, previous):
        return f"The export has {rows} rows, the last one had {previous}: {meant} were taken off in review."
    if shrunk(rows, previous):
        return f"The export has {rows} rows, the last one had {previous}; written because it was forced."
    if rows >= GROWN * previous:
        return f"The export has {rows} rows, the last one had {previous}: look for stories read twice."
    return None


def _refuse_strangers(directory: Path, manifest: Mapping[str, Any] | None, order: ExportOrder) -> None:
    """The whole folder is exchanged: nothing that is not this export's may be in it."""
    if not directory.exists():
        return
    remedy = "Give each stage and format of an export a folder of its own."
    if not directory.is_dir():
        raise ExportUnwritable(f"{directory} is a file, not a folder.", remedy)
    ours = set() if manifest is None else {*manifest["files"], MANIFEST}
    strangers = sorted(path.name for path in directory.iterdir() if path.name not in ours)
    if strangers:
        named = ", ".join(strangers[:3])
        raise ExportUnwritable(f"{directory} holds files that are not an export's ({named}).", remedy)
    if manifest is not None and (manifest["stage"], manifest["file_format"]) != (order.stage, order.format):
        held = f"stage {manifest['stage']} as {manifest['file_format']}"
        raise ExportUnwritable(f"{directory} holds another export ({held}).", remedy)


def _refuse_edited(directory: Path, manifest: Mapping[str, Any]) -> None:
    """Somebody's notes in a list are worth more than a new list. A file that is gone is simply written again."""
    edited = sorted(
        name
        for name, noted in manifest["files"].items()
        if (directory / name).is_file() and fingerprint(directory / name)[0] != noted["sha256"]
    )
    if edited:
        raise ExportRefused(
            f"{directory} holds files that were changed since the last export ({', '.join(edited)}).",
            "Save your copy elsewhere, or give --force to write over it.",
        )


@contextmanager
def _disk_faults(directory: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(
                f"No space left for the export {directory}; the last export is untouched.",
                "Free some space and run the same command again.",
            ) from error
        raise ExportUnwritable(
            f"The export {directory} cannot be written ({error.strerror or type(error).__name__}).",
            "Choose a folder that this user may write, with --output.",
        ) from error
