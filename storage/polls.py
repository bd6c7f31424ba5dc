"""Every look at a feed, sitemap or listing, with the window that the next look must overlap.

Refuses to count a poll twice: its source, address and time are its identity.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.counting import count, insert_into
from storage.database import Database
from storage.records.coverage import Measure
from storage.records.runs import FailureClass, Poll
from storage.tables.base import address_key
from storage.tables.runs import FeedWindowRow, PollRow

WINDOW_LIMIT = 2000
"""Entries remembered of one window: the largest real feed seen had 500; a sitemap's newest are enough."""


class Polls:
    """Polls and windows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, poll: Poll) -> bool:
        """Store a poll and its counts. False when the same poll was stored before."""
        return self._database.transact(lambda session: _record(session, poll))

    def last(self, source_id: str, url: str) -> Poll | None:
        """The newest poll of an address that worked, for conditional GET; None when none ever did.

        A 304 carries no entity, so `etag` and `last_modified` are those of the newest poll that got one.
        """
        query = (
            select(PollRow)
            .where(PollRow.source_id == source_id, PollRow.address_key == address_key(url), PollRow.ok.is_(True))
            .order_by(PollRow.at.desc())
            .limit(1)
        )
        with self._database.read() as session:
            row = session.scalars(query).first()
            if row is None:
                return None
            poll = _poll(row)
            if poll.not_modified and poll.etag is None and poll.last_modified is None:
                stated = session.scalars(query.where(PollRow.not_modified.is_(False))).first()
                if stated is not None:
                    poll = replace(poll, etag=stated.etag, last_modified=stated.last_modified)
            return poll

    def history(self, source_id: str, since: dt.datetime | None = None, limit: int = 100) -> list[Poll]:
        """Polls of a source, failed ones too, the newest first."""
        query = select(PollRow).where(PollRow.source_id == source_id).order_by(PollRow.at.desc()).limit(limit)
        if since is not None:
            query = query.where(PollRow.at >= since)
        with self._database.read() as session:
            return [_poll(row) for row in session.scalars(query)]

    def remember_window(self, source_id: str, url: str, keys: Sequence[str]) -> None:
        """Replace the remembered window of an address by `keys` (entry ids or canonical URLs), newest first."""
        address = address_key(url)
        entries = sorted({address_key(key) for key in keys[:WINDOW_LIMIT]})

        def work(session: Session) -> None:
            session.execute(
                delete(FeedWindowRow).where(
                    FeedWindowRow.source_id == source_id, FeedWindowRow.address_key == address
                )
            )
            if entries:
                rows = [{"source_id": source_id, "address_key": address, "entry_key": entry} for entry in entries]
                session.execute(insert_into(session, FeedWindowRow).on_conflict_do_nothing(), rows)

        self._database.transact(work)

    def overlaps(self, source_id: str, url: str, keys: Sequence[str]) -> bool | None:
        """True when one of `keys` was in the remembered window, False when none was, None when there is none."""
        query = select(FeedWindowRow.entry_key).where(
            FeedWindowRow.source_id == source_id, FeedWindowRow.address_key == address_key(url)
        )
        with self._database.read() as session:
            known = set(session.scalars(query))
        if not known:
            return None
        return any(address_key(key) in known for key in keys)


def _record(session: Session, poll: Poll) -> bool:
    values = {
        "source_id": poll.source_id, "address_key": address_key(poll.url), "url": poll.url, "at": poll.at,
        "kind": poll.kind, "ok": poll.ok, "run_id": poll.run_id, "failure": poll.failure, "status": poll.status,
        "entries": poll.entries, "new": poll.new, "oldest": poll.oldest, "newest": poll.newest,
        "overlapped": poll.overlapped, "not_modified": poll.not_modified, "etag": poll.etag,
        "last_modified": poll.last_modified,
    }  # fmt: skip
    statement = insert_into(session, PollRow).values(values).on_conflict_do_nothing()
    if session.execute(statement.returning(PollRow.id)).first() is None:
        return False
    day = poll.at.astimezone(dt.UTC).date()
    if not poll.ok:
        failure = FailureClass.OTHER if poll.failure is None else poll.failure
        count(session, poll.source_id, day, Measure.POLL_FAILED, failure.value)
        return True
    count(session, poll.source_id, day, Measure.ENTRIES, "", poll.entries)
    count(session, poll.source_id, day, Measure.NEW_ENTRIES, "", poll.new)
    count(session, poll.source_id, day, Measure.POLL_OK)
    if poll.overlapped is False:
        count(session, poll.source_id, day, Measure.WINDOW_GAP)
    return True


def _poll(row: PollRow) -> Poll:
    return Poll(
        source_id=row.source_id, url=row.url, at=row.at, kind=row.kind, ok=row.ok, run_id=row.run_id,
        failure=row.failure, status=row.status, entries=row.entries, new=row.new, oldest=row.oldest,
        newest=row.newest, overlapped=row.overlapped, not_modified=row.not_modified, etag=row.etag,
        last_modified=row.last_modified,
    )  # fmt: skip
