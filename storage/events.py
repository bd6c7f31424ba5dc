"""Dated changes of what we watch and how we read: recorded when they happen, kept for every series that they bend.

Refuses what can be measured: that a source was added, fell silent or came back is read from its polls.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import catalogue
from storage.database import Database
from storage.notes import read_note, take_turns, write_note
from storage.periods import between_times
from storage.records.series import CoverageEvent, EventKind
from storage.records.sources import SourceFacts
from storage.tables.coverage import CoverageEventRow

READER = "reader"
"""Note: version and digests of the reader that last began to read."""

Noted = Mapping[str, str]


class Events:
    """What changed, when, and which countries' series it may bend (none named: all). Days are UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(
        self,
        kind: EventKind,
        at: dt.datetime,
        detail: str,
        *,
        source_id: str | None = None,
        countries: Collection[str] = (),
        before: str | None = None,
        after: str | None = None,
    ) -> bool:
        """Keep one change; `detail` is a sentence for people. False when the same one was kept before."""
        made = CoverageEventRow(
            kind=kind, at=at, detail=detail, source_id=source_id, countries=sorted(set(countries)),
            before=before, after=after,
        )  # fmt: skip
        return self._database.transact(lambda session: _add(session, made))

    def between(
        self, since: dt.date | None, until: dt.date | None, country: str | None = None
    ) -> list[CoverageEvent]:
        """Events by time, both days included (None is open); with `country` those that may bend its series."""
        query = select(CoverageEventRow).order_by(CoverageEventRow.at, CoverageEventRow.id)
        query = query.where(*between_times(CoverageEventRow.at, (since, until)))
        with self._database.read() as session:
            found = [_record(row) for row in session.scalars(query)]
        return [one for one in found if country is None or not one.countries or country in one.countries]

    def sync_catalogue(self, sources: Sequence[SourceFacts], now: dt.datetime, folder: str) -> int:
        """Take over the whole catalogue of `folder`; returns how many statuses changed. See `catalogue.sync`."""
        return self._database.transact(lambda session: catalogue.sync(session, sources, now, folder=folder))

    def note_reader(self, version: str, lexicons: str, weights: str, now: dt.datetime) -> list[CoverageEvent]:
        """Say who begins to read; a change since the last time is kept, and returned.

        `version` is a whole `EXTRACTOR_VERSION`, the others are digests. The first note of a database is where
        changes are counted from, and none itself. READER_CHANGED is from version to version, or from weights to
        weights where only these differ.
        """
        reader = {"version": version, "lexicons": lexicons, "weights": weights}
        with self._database.read() as session:
            if read_note(session, READER) == reader:
                return []
        return self._database.transact(lambda session: _note_reader(session, reader, now))


def _note_reader(session: Session, reader: Noted, now: dt.datetime) -> list[CoverageEvent]:
    take_turns(session)
    last: Noted | None = read_note(session, READER)
    if last == reader:
        return []
    write_note(session, READER, dict(reader))
    made = [] if last is None else _changes(last, reader, now)
    session.add_all(made)
    return [_record(row) for row in made]


def _changes(last: Noted, reader: Noted, now: dt.datetime) -> list[CoverageEventRow]:
    old, new = last["version"], reader["version"]
    retrained = last["weights"] != reader["weights"]
    made = []
    if old != new:
        detail = f"The reader changed from {old} to {new}" + (", and its trained weights." if retrained else ".")
        made.append(_of_all(EventKind.READER_CHANGED, now, detail, old, new))
    elif retrained:
        detail = f"The reader's trained weights changed; its rules are {new} as before."
        made.append(_of_all(EventKind.READER_CHANGED, now, detail, last["weights"], reader["weights"]))
    if last["lexicons"] != reader["lexicons"]:
        detail = "The words that the reader knows changed: lexicons, statutes or places."
        made.append(_of_all(EventKind.LEXICON_CHANGED, now, detail, last["lexicons"], reader["lexicons"]))
    return made


def _of_all(kind: EventKind, at: dt.datetime, detail: str, before: str, after: str) -> CoverageEventRow:
    """A change that concerns every country."""
    return CoverageEventRow(
        kind=kind, at=at, detail=detail, source_id=None, countries=[], before=before, after=after
    )


def _add(session: Session, made: CoverageEventRow) -> bool:
    take_turns(session)
    same_time = select(CoverageEventRow).where(CoverageEventRow.at == made.at, CoverageEventRow.kind == made.kind)
    if any(_said(row) == _said(made) for row in session.scalars(same_time)):
        return False
    session.add(made)
    return True


def _said(row: CoverageEventRow) -> tuple[object, ...]:
    return (row.source_id, row.detail, list(row.countries), row.before, row.after)


def _record(row: CoverageEventRow) -> CoverageEvent:
    return CoverageEvent(
        day=row.at.astimezone(dt.UTC).date(), kind=row.kind, detail=row.detail, source_id=row.source_id,
        countries=tuple(row.countries), before=row.before, after=row.after,
    )  # fmt: skip
