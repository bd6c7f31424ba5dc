"""Slices of other people's files become pages and counts, with how far the file was taken, in one transaction.

Refuses a slice that does not begin where the last one ended: it was taken before, and changes nothing.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.archive import Archive, payload_digest
from storage.counting import insert_into
from storage.database import Database
from storage.pages import count_drop, find_page, keep_page
from storage.records.ingests import FileProgress, SiftedSlice
from storage.records.pages import ArchivePointer, FetchedPage
from storage.tables.ingests import IngestedFileRow

Placed = tuple[FetchedPage, ArchivePointer]


class Ingests:
    """Files that others crawled."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self._archive = archive

    def progress(self, digest: str) -> FileProgress:
        """How far the file with this SHA-256 (hex) was taken: not at all when nobody has seen it."""
        with self._database.read() as session:
            row = session.get(IngestedFileRow, digest)
            return FileProgress(digest=digest) if row is None else _progress(row)

    def take(self, part: SiftedSlice, run_id: int | None, now: dt.datetime) -> FileProgress:
        """Archive the slice's pages, count its drops and move the file on; returns how far it is now.

        Bears repetition, and two workers on one file: a slice that does not begin at the file's `next_offset`
        changes nothing, and what is returned says where to go on. A kill before the transaction's end leaves at
        most records in the archive that nothing points to.
        """
        if not self._is_next(part):
            return self.progress(part.digest)
        placed = self._placed(part, now)

        def work(session: Session) -> FileProgress:
            row = _locked(session, part.digest, now)
            if row.done or row.next_offset != part.offset:
                return _progress(row)
            known = sum(not keep_page(session, page, place, run_id, now).is_new for page, place in placed)
            for (source_id, day, reason), n in sorted(part.dropped.items()):
                count_drop(session, source_id, day, reason, n)
            after = part.after(_progress(row), known)
            row.next_offset, row.done, row.counts = after.next_offset, after.is_done, dict(after.counts)
            row.run_id, row.updated = run_id, now
            return after

        return self._database.transact(work)

    def _is_next(self, part: SiftedSlice) -> bool:
        before = self.progress(part.digest)
        return not before.is_done and before.next_offset == part.offset

    def _placed(self, part: SiftedSlice, now: dt.datetime) -> list[Placed]:
        """Where each page lies in the archive; what we have is not written again."""
        places: dict[tuple[str, str, str], ArchivePointer] = {}
        placed: list[Placed] = []
        for page in part.kept:
            digest = payload_digest(page.body)
            identity = (page.source_id, page.canonical_url, digest)
            pointer = places.get(identity)
            if pointer is None:
                with self._database.read() as session:
                    known = find_page(session, page, digest)
                pointer = self._archive.append(page, now) if known is None else known[1]
                places[identity] = pointer
            placed.append((page, pointer))
        return placed


def _locked(session: Session, digest: str, now: dt.datetime) -> IngestedFileRow:
    """The file's row, ours until the transaction's end."""
    first = {"digest": digest, "next_offset": 0, "done": False, "counts": {}, "run_id": None, "updated": now}
    session.execute(insert_into(session, IngestedFileRow).values(first).on_conflict_do_nothing())
    query = select(IngestedFileRow).where(IngestedFileRow.digest == digest)
    return session.scalars(query.with_for_update()).one()


def _progress(row: IngestedFileRow) -> FileProgress:
    return FileProgress(digest=row.digest, next_offset=row.next_offset, is_done=row.done, counts=dict(row.counts))
