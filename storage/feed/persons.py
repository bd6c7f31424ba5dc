"""Persons and organisations of the feed, streamed: who may be published at a stage, with what proves it.

Refuses to hold the list in memory, and to show two moments of the database in one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.orm import Session

from storage.database import Database
from storage.errors import UnknownRecord
from storage.feed import loading
from storage.feed.changes import changed_since
from storage.feed.gate import Gate
from storage.feed.listing import listed
from storage.feed.organisations import organisations
from storage.feed.standing import moment, standing
from storage.people import current_id
from storage.records.feed import FeedOrganisation, FeedPerson, FeedStage, Listed

CHUNK = 500
"""Persons read at once: bounds memory."""


class FeedPersons:
    """Persons and organisations of the feed by id, each call out of one snapshot, in constant memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def persons(self, stage: FeedStage, *, include_unreviewed: bool, min_score: float) -> Iterator[FeedPerson]:
        """Persons by id. A person is in when a case stands in which listed records tell a stage of the list.

        Listed are records that a human accepted or corrected and, with `include_unreviewed`, those with a score of
        `min_score` or more that nobody has looked at. The database is to be resolved: who was read since then has
        no person yet.
        """
        gate = Gate(stages=stage.stages, include_unreviewed=include_unreviewed, min_score=min_score)
        with self._snapshot() as session:
            after = ""
            while ids := loading.candidates(session, gate.stages, after, CHUNK):
                yield from listed(session, ids, gate)
                after = ids[-1]

    def organisations(
        self, stage: FeedStage, *, include_unreviewed: bool, min_score: float
    ) -> Iterator[FeedOrganisation]:
        """Organisations by id, accused in a story by which a person is in `persons` of the same arguments.

        None without `include_unreviewed`: no human ever looks at an organisation.
        """
        gate = Gate(stages=stage.stages, include_unreviewed=include_unreviewed, min_score=min_score)
        with self._snapshot() as session:
            yield from organisations(session, gate)

    def get(
        self, any_id: str, stage: FeedStage, *, include_unreviewed: bool, min_score: float
    ) -> FeedPerson | None:
        """One person by its id, a former one or a record's; None for who is not (any more) in that feed."""
        gate = Gate(stages=stage.stages, include_unreviewed=include_unreviewed, min_score=min_score)
        with self._snapshot() as session:
            try:
                person_id = current_id(session, any_id)
            except UnknownRecord:
                return None
            return next(listed(session, [person_id], gate), None)

    def still_listed(
        self, ids: Collection[str], stage: FeedStage, *, include_unreviewed: bool, min_score: float
    ) -> set[str]:
        """Of these ids (persons', former ones', records', organisations') those that the feed would list now.

        By the same gate as `persons`. To see that what is said of them stands too, ask `standing`.
        """
        return set(self.standing(ids, stage, include_unreviewed=include_unreviewed, min_score=min_score))

    def standing(
        self, ids: Collection[str], stage: FeedStage, *, include_unreviewed: bool, min_score: float
    ) -> Mapping[str, Listed]:
        """What the feed would say now of each of these ids; who is not listed (any more) is not among them."""
        gate = Gate(stages=stage.stages, include_unreviewed=include_unreviewed, min_score=min_score)
        with self._snapshot() as session:
            return standing(session, ids, gate)

    def moment(self) -> str:
        """A token that differs once anything was done that may change who is listed; cheap, for a cache.

        Every human's deed, takedown and pruning, every reading and every resolution changes it; much else too.
        """
        with self._database.read() as session:
            return moment(session)

    def changed_since(self, at: dt.datetime) -> set[str]:
        """Ids of persons whose listing may have changed at `at` or later: more than have, nobody less but who was
        pruned. Leave a margin: a resolution marks whom it changes with the time at which it began.
        """
        with self._database.read() as session:
            return changed_since(session, at)

    @contextmanager
    def _snapshot(self) -> Iterator[Session]:
        """A session whose every question sees the same moment; SQLite's transactions do so by themselves."""
        with self._database.read() as session:
            if not self._database.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            yield session
