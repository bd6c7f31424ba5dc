"""What ran, when, with which outcome, and who may crawl a source right now.

Refuses two workers on one source: a claim is taken in one statement, and ends by itself.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from sqlalchemy import CTE, delete, func, or_, select, update
from sqlalchemy.orm import aliased

from storage.counting import insert_into
from storage.database import Database
from storage.errors import UnknownRecord
from storage.records.runs import RunKind, RunOutcome, RunRecord
from storage.tables.runs import RunRow
from storage.tables.sources import SourceClaimRow


class Runs:
    """Runs of jobs and claims of sources."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def start(self, kind: RunKind, source_id: str | None, worker: str, now: dt.datetime) -> int:
        """Note that a run began; returns its id."""
        row = RunRow(
            kind=kind, source_id=source_id, worker=worker, started=now, heartbeat=now,
            finished=None, outcome=None, counts={}, detail=None,
        )  # fmt: skip
        with self._database.write() as session:
            session.add(row)
            session.flush()
            return row.id

    def finish(
        self,
        run_id: int,
        outcome: RunOutcome,
        now: dt.datetime,
        counts: Mapping[str, int],
        detail: str | None = None,
    ) -> None:
        """Note how a run ended. `detail` is a sentence for people, without anyone's name."""
        values = {"finished": now, "heartbeat": now, "outcome": outcome, "counts": dict(counts), "detail": detail}
        self._update(run_id, values)

    def heartbeat(self, run_id: int, now: dt.datetime) -> None:
        """Note that a run is alive; a run without an outcome and with an old heartbeat was killed."""
        self._update(run_id, {"heartbeat": now})

    def history(
        self,
        *,
        kind: RunKind | None = None,
        source_id: str | None = None,
        since: dt.datetime | None = None,
        limit: int = 100,
    ) -> list[RunRecord]:
        """Runs, the newest first."""
        query = select(RunRow).order_by(RunRow.started.desc(), RunRow.id.desc()).limit(limit)
        if kind is not None:
            query = query.where(RunRow.kind == kind)
        if source_id is not None:
            query = query.where(RunRow.source_id == source_id)
        if since is not None:
            query = query.where(RunRow.started >= since)
        with self._database.read() as session:
            return [_record(row) for row in session.scalars(query)]

    def last_by_source(self, kind: RunKind = RunKind.CRAWL) -> dict[str, RunRecord]:
        """The newest run of each source, by id."""
        names = _sources(kind)
        newest = select(func.max(RunRow.id)).where(RunRow.kind == kind, RunRow.source_id == names.c.source_id)
        ids = select(newest.scalar_subquery()).where(names.c.source_id.is_not(None))
        query = select(RunRow).where(RunRow.id.in_(ids)).order_by(RunRow.source_id)
        with self._database.read() as session:
            return {row.source_id: _record(row) for row in session.scalars(query) if row.source_id is not None}

    def claim_source(self, source_id: str, worker: str, now: dt.datetime, lease: dt.timedelta) -> bool:
        """Take a source for `lease`, or prolong one's own claim. False while another worker has it.

        A claim that reaches further than `lease` from now was taken by a clock that has since been set back: it
        binds nobody for longer than one lease.
        """
        with self._database.write() as session:
            claim = insert_into(session, SourceClaimRow).values(
                source_id=source_id, worker=worker, until=now + lease
            )
            free = or_(
                SourceClaimRow.worker == worker,
                SourceClaimRow.until <= now,
                SourceClaimRow.until > now + 2 * lease,
            )
            taken = claim.on_conflict_do_update(
                index_elements=["source_id"],
                set_={"worker": claim.excluded.worker, "until": claim.excluded.until},
                where=free,
            ).returning(SourceClaimRow.source_id)
            return session.execute(taken).first() is not None

    def release_source(self, source_id: str, worker: str) -> None:
        """Give one's own claim back; another's stays."""
        with self._database.write() as session:
            session.execute(
                delete(SourceClaimRow).where(
                    SourceClaimRow.source_id == source_id, SourceClaimRow.worker == worker
                )
            )

    def claims(self, now: dt.datetime) -> dict[str, str]:
        """Worker by source, of the claims that hold now."""
        query = select(SourceClaimRow).where(SourceClaimRow.until > now).order_by(SourceClaimRow.source_id)
        with self._database.read() as session:
            return {row.source_id: row.worker for row in session.scalars(query)}

    def _update(self, run_id: int, values: Mapping[str, object]) -> None:
        with self._database.write() as session:
            found = session.execute(
                update(RunRow).where(RunRow.id == run_id).values(dict(values)).returning(RunRow.id)
            ).first()
        if found is None:
            raise UnknownRecord(f"The database has no run {run_id}.", "Start the run before you report on it.")


def _sources(kind: RunKind) -> CTE:
    """Ids of sources that ran, the last one empty: from one to the next in the index, not through all the runs."""
    run = aliased(RunRow)
    first = select(func.min(run.source_id).label("source_id")).where(run.kind == kind)
    names = first.cte("names", recursive=True)
    after = select(func.min(run.source_id)).where(run.kind == kind, run.source_id > names.c.source_id)
    return names.union_all(select(after.scalar_subquery()).where(names.c.source_id.is_not(None)))


def _record(row: RunRow) -> RunRecord:
    return RunRecord(
        run_id=row.id, kind=row.kind, source_id=row.source_id, worker=row.worker, started=row.started,
        heartbeat=row.heartbeat, finished=row.finished, outcome=row.outcome, counts=row.counts, detail=row.detail,
    )  # fmt: skip
