"""Kept pages, dropped pages and pages that could not be read: bytes to the archive, the rest to the database.

Refuses half a deed: page row, coverage count and the lease's completion stand in one transaction, or none does.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Sequence

from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from extraction.model import DropReason, Quarantine, QuarantineReason
from extraction.version import version_key
from storage.archive import Archive, payload_digest
from storage.counting import count, insert_into
from storage.database import Database
from storage.errors import UnknownRecord
from storage.frontier import Lease, LeaseOutcome, finish_lease
from storage.records.coverage import Measure
from storage.records.pages import ArchivePointer, FetchedPage, PageKept, PageRef, StoredQuarantine
from storage.stale import mark, months_of_stories
from storage.superseding import forget_orphans
from storage.tables.articles import CopyRow
from storage.tables.base import address_key
from storage.tables.pages import PageRow, QuarantineRow
from storage.tables.sources import SourceLanguageRow, SourceRow

log = logging.getLogger(__name__)


class Pages:
    """Pages and their bodies."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self._archive = archive

    def keep(self, page: FetchedPage, lease: Lease | None, run_id: int | None, now: dt.datetime) -> PageKept:
        """Archive a page and complete its lease. The same bytes at the same address from the same source are
        written once; a second fetch of them counts as dropped for `duplicate`, a second call without a lease as
        nothing. A lease that is no longer ours does not lose the page: it is kept, `completed` says False.
        """
        digest = payload_digest(page.body)
        with self._database.read() as session:
            known = find_page(session, page, digest)
        if known is None:
            pointer = self._archive.append(page, now)
            return self._database.transact(lambda session: keep_page(session, page, pointer, run_id, now, lease))
        page_id, pointer = known
        if lease is None:
            return PageKept(page_id=page_id, is_new=False, pointer=pointer, completed=False)
        return self._database.transact(lambda session: _again(session, page, known, lease, now))

    def drop(
        self, source_id: str, reason: DropReason, lease: Lease | None, run_id: int | None, now: dt.datetime
    ) -> bool:
        """Count a page that is not kept and complete its lease. False, and nothing counted, when the lease is no
        longer ours: whoever has it will count. Without a lease every call counts.
        """

        def work(session: Session) -> bool:
            if lease is not None and not finish_lease(session, lease, LeaseOutcome.DROPPED, now):
                return False
            count_drop(session, source_id, now.astimezone(dt.UTC).date(), reason)
            return True

        return self._database.transact(work)

    def unextracted(self, version: str, limit: int, source_id: str | None = None) -> list[PageRef]:
        """Pages that no text extractor of this version (or a newer one) has tried, the oldest attempts first."""
        text_version, _ = version_key(version)
        query = select(PageRow).where(PageRow.text_version < text_version)
        if source_id is not None:
            query = query.where(PageRow.source_id == source_id)
        query = query.order_by(PageRow.text_version, PageRow.id).limit(limit)
        with self._database.read() as session:
            return _refs(session, session.scalars(query).all())

    def waiting(self, version: str) -> int:
        """How many pages `unextracted` would give in all."""
        query = select(func.count()).select_from(PageRow).where(PageRow.text_version < version_key(version)[0])
        with self._database.read() as session:
            return session.scalars(query).one()

    def get(self, page_id: int) -> PageRef:
        """One page. Raises `UnknownRecord`."""
        with self._database.read() as session:
            rows = session.scalars(select(PageRow).where(PageRow.id == page_id)).all()
            if not rows:
                raise UnknownRecord(f"The database has no page {page_id}.", "Ask for a page that was kept.")
            return _refs(session, rows)[0]

    def read(self, ref: PageRef) -> bytes:
        """The body. Raises `ArchiveDamaged` when the archive does not hold what the database knows."""
        return self._archive.read(ref.pointer)

    def quarantine(self, page_id: int, quarantine: Quarantine, version: str, now: dt.datetime) -> None:
        """Note that this version got no text out of a page; a newer version will be given it again.

        When the newer version says that there is no text, what an older one claimed to have read there goes.
        """
        text_version, read_version = version_key(version)

        def work(session: Session) -> None:
            page = session.get(PageRow, page_id)
            if page is None:
                raise UnknownRecord(f"The database has no page {page_id}.", "Quarantine a page that was kept.")
            if page.text_version > text_version:
                return
            page.text_version = text_version
            page.quarantined = True
            mark(session, [(page.source_id, page.fetched_at.astimezone(dt.UTC).date())])
            store_quarantine(session, _row(page_id, None, quarantine, (text_version, read_version), now))
            if quarantine.reason is QuarantineReason.NO_TEXT:
                stale = (CopyRow.page_id == page_id, CopyRow.text_version < text_version)
                gone = session.scalars(select(CopyRow.article_id).where(*stale)).all()
                mark(session, months_of_stories(session, gone))
                session.execute(delete(CopyRow).where(*stale))
                forget_orphans(session, dict.fromkeys(gone), now)

        self._database.transact(work)

    def quarantined(self, limit: int = 100) -> list[StoredQuarantine]:
        """What could not be read, the newest first."""
        query = select(QuarantineRow).order_by(QuarantineRow.at.desc(), QuarantineRow.subject).limit(limit)
        with self._database.read() as session:
            return [
                StoredQuarantine(
                    page_id=row.page_id,
                    article_id=row.article_id,
                    url=row.url,
                    reason=row.reason,
                    detail=row.detail,
                    version=f"text-{row.text_version}.read-{row.read_version}",
                    at=row.at,
                )
                for row in session.scalars(query)
            ]


def store_quarantine(session: Session, row: dict[str, object]) -> None:
    """Store a quarantine row unless a newer version has spoken of the same subject."""
    statement = insert_into(session, QuarantineRow).values(row)
    stored, new = QuarantineRow, statement.excluded
    newer = or_(
        stored.text_version < new.text_version,
        (stored.text_version == new.text_version) & (stored.read_version < new.read_version),
    )
    changed = {key: new[key] for key in row if key != "subject"}
    session.execute(statement.on_conflict_do_update(index_elements=["subject"], set_=changed, where=newer))


def article_quarantine(
    article_id: str, quarantine: Quarantine, version: tuple[int, int], now: dt.datetime
) -> dict[str, object]:
    """The row for an article that the reader could not read."""
    return _row(None, article_id, quarantine, version, now)


def _row(
    page_id: int | None, article_id: str | None, quarantine: Quarantine, version: tuple[int, int], now: dt.datetime
) -> dict[str, object]:
    return {
        "subject": f"article:{article_id}" if page_id is None else f"page:{page_id}",
        "page_id": page_id, "article_id": article_id, "url": quarantine.url, "reason": quarantine.reason,
        "detail": quarantine.detail, "text_version": version[0], "read_version": version[1], "at": now,
    }  # fmt: skip


def find_page(session: Session, page: FetchedPage, digest: str) -> tuple[int, ArchivePointer] | None:
    """The page with these bytes at this address from this source, when we have it: its id and its place."""
    row = session.scalars(
        select(PageRow).where(
            PageRow.source_id == page.source_id,
            PageRow.address_key == address_key(page.canonical_url),
            PageRow.digest == digest,
        )
    ).first()
    return None if row is None else (row.id, _pointer(row))


def keep_page(  # noqa: PLR0917 - as `Pages.keep`, with its session and place
    session: Session,
    page: FetchedPage,
    pointer: ArchivePointer,
    run_id: int | None,
    now: dt.datetime,
    lease: Lease | None = None,
) -> PageKept:
    """An archived page's row and counts, inside the transaction of whoever brings it."""
    content_type = next((value for name, value in page.headers if name.lower() == "content-type"), None)
    values = {
        "source_id": page.source_id, "address_key": address_key(page.canonical_url), "url": page.url,
        "final_url": page.final_url, "canonical_url": page.canonical_url, "status": page.status,
        "content_type": content_type, "fetched_at": page.fetched_at, "run_id": run_id,
        "feed_title": page.feed_title, "feed_date": page.feed_date, "gate_words": list(page.gate_words),
        "file": pointer.file, "offset": pointer.offset, "length": pointer.length, "digest": pointer.digest,
        "text_version": 0, "quarantined": False,
    }  # fmt: skip
    statement = insert_into(session, PageRow).values(values).on_conflict_do_nothing().returning(PageRow.id)
    page_id = session.execute(statement).scalar()
    if page_id is None:  # another worker was faster; our record in the archive stays, and nothing points to it
        known = find_page(session, page, pointer.digest)
        if known is None:
            raise AssertionError("a page that conflicts with itself")
        if lease is None:
            return PageKept(page_id=known[0], is_new=False, pointer=known[1], completed=False)
        return _again(session, page, known, lease, now)
    completed = lease is not None and finish_lease(session, lease, LeaseOutcome.KEPT, now)
    day = page.fetched_at.astimezone(dt.UTC).date()
    count(session, page.source_id, day, Measure.FETCHED)
    count(session, page.source_id, day, Measure.KEPT)
    return PageKept(page_id=page_id, is_new=True, pointer=pointer, completed=completed)


def _again(
    session: Session, page: FetchedPage, known: tuple[int, ArchivePointer], lease: Lease, now: dt.datetime
) -> PageKept:
    completed = finish_lease(session, lease, LeaseOutcome.KEPT, now)
    if completed:
        count_drop(session, page.source_id, page.fetched_at.astimezone(dt.UTC).date(), DropReason.DUPLICATE)
    return PageKept(page_id=known[0], is_new=False, pointer=known[1], completed=completed)


def count_drop(session: Session, source_id: str, day: dt.date, reason: DropReason, n: int = 1) -> None:
    """Count pages that were fetched and not kept, inside the transaction of whoever brings them."""
    count(session, source_id, day, Measure.DROPPED, reason.value, n)
    count(session, source_id, day, Measure.FETCHED, "", n)


def _refs(session: Session, rows: Sequence[PageRow]) -> list[PageRef]:
    ids = {row.source_id for row in rows}
    countries = _by_id(session.execute(select(SourceRow.id, SourceRow.country).where(SourceRow.id.in_(ids))))
    languages: dict[str, list[str]] = {}
    query = select(SourceLanguageRow).where(SourceLanguageRow.source_id.in_(ids))
    for spoken in session.scalars(query.order_by(SourceLanguageRow.language)):
        languages.setdefault(spoken.source_id, []).append(spoken.language)
    return [
        PageRef(
            page_id=row.id,
            source_id=row.source_id,
            url=row.url,
            final_url=row.final_url,
            canonical_url=row.canonical_url,
            fetched_at=row.fetched_at,
            content_type=row.content_type,
            feed_title=row.feed_title,
            feed_date=row.feed_date,
            pointer=_pointer(row),
            source_country=countries.get(row.source_id),
            source_languages=tuple(languages.get(row.source_id, ())),
        )
        for row in rows
    ]


def _by_id(rows: Iterable[Sequence[str]]) -> dict[str, str]:
    return {row[0]: row[1] for row in rows}


def _pointer(row: PageRow) -> ArchivePointer:
    return ArchivePointer(file=row.file, offset=row.offset, length=row.length, digest=row.digest)
