"""What `tipwatch source check` found when it knocked at a source's addresses.

Refuses to change the catalogue: a check is a measurement, the YAML is a person's word.
"""

from __future__ import annotations

from sqlalchemy import func, select

from storage.counting import insert_into
from storage.database import Database
from storage.records.sources import SourceCheck
from storage.tables.base import address_key
from storage.tables.sources import SourceCheckRow


class Checks:
    """Results of checks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def record(self, check: SourceCheck) -> bool:
        """Store one result. False when the same one was stored before."""
        values = {
            "source_id": check.source_id, "address_key": address_key(check.url), "url": check.url, "at": check.at,
            "reached": check.reached, "status": check.status, "robots": check.robots, "entries": check.entries,
            "newest": check.newest, "error": check.error,
        }  # fmt: skip
        with self._database.write() as session:
            statement = insert_into(session, SourceCheckRow).values(values).on_conflict_do_nothing()
            return session.execute(statement.returning(SourceCheckRow.id)).first() is not None

    def last_by_source(self) -> dict[str, list[SourceCheck]]:
        """The newest result at each address, by source."""
        newest = select(func.max(SourceCheckRow.id)).group_by(SourceCheckRow.source_id, SourceCheckRow.address_key)
        query = select(SourceCheckRow).where(SourceCheckRow.id.in_(newest)).order_by(SourceCheckRow.id)
        found: dict[str, list[SourceCheck]] = {}
        with self._database.read() as session:
            for row in session.scalars(query):
                found.setdefault(row.source_id, []).append(_check(row))
        return found


def _check(row: SourceCheckRow) -> SourceCheck:
    return SourceCheck(
        source_id=row.source_id, url=row.url, at=row.at, reached=row.reached, status=row.status,
        robots=row.robots, entries=row.entries, newest=row.newest, error=row.error,
    )  # fmt: skip
