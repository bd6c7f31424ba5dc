"""What a database holds, asked in plain SQL that every released schema answers: revision, rows, deeds, archive.

Refuses the tables' classes of today: a backup is made before an upgrade most of all.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, inspect, text

from storage.erasure import NEVER_AGAIN
from storage.records.people import MACHINE
from storage.tables import Base
from storage.tables.base import UtcTime

VERSION_TABLE = "alembic_version"
LOOKS = ("login", "login_refused", "export", "resolve")
"""Lines of the log that decide nothing about a person, a user or a client."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Contents:
    """The revision, rows by table, and number and digest of the last line of the log of deeds (None: no line)."""

    revision: str
    rows: Mapping[str, int]
    deed: int | None
    deed_digest: str | None


def contents(connection: Connection) -> Contents:
    """Count our tables, another program's beside them not; as long as it takes to read every index once."""
    tables = sorted(set(inspect(connection).get_table_names()) & set(Base.metadata.tables))
    rows = {name: int(connection.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0) for name in tables}  # noqa: S608
    last = None
    if "audit" in tables:
        last = connection.execute(text("SELECT id, digest FROM audit ORDER BY id DESC LIMIT 1")).first()
    return Contents(
        revision=str(connection.scalar(text(f"SELECT version_num FROM {VERSION_TABLE}"))),  # noqa: S608
        rows=rows,
        deed=None if last is None else int(last[0]),
        deed_digest=None if last is None else str(last[1]),
    )


def archive_ends(connection: Connection) -> dict[str, int]:
    """How far each file of the archive must reach, in bytes, for every page that may still be read."""
    query = text(
        'SELECT file, max("offset" + length) FROM page WHERE text_version < :never GROUP BY file ORDER BY file'
    )
    return {str(file): int(end) for file, end in connection.execute(query, {"never": NEVER_AGAIN})}


def deeds_after(connection: Connection, deed: int | None, deed_digest: str | None) -> dict[str, int]:
    """Decisions of humans by kind that stand in this database's log and not in a backup with that last line.

    Where the backup's last line is not in this log, both went different ways, and every decision counts.
    """
    if "audit" not in inspect(connection).get_table_names():
        return {}
    known = 0
    if deed is not None:
        found = connection.scalar(text("SELECT digest FROM audit WHERE id = :id"), {"id": deed})
        known = deed if found == deed_digest else 0
    query = text(
        'SELECT action, count(*) FROM audit WHERE id > :known AND "by" <> :machine GROUP BY action ORDER BY action'
    )
    counted = connection.execute(query, {"known": known, "machine": MACHINE})
    return {str(action): int(n) for action, n in counted if action not in LOOKS}


def running_since(connection: Connection, after: dt.datetime) -> list[str]:
    """Kinds of the runs that showed a sign of life after a time and have not ended."""
    query = text("SELECT DISTINCT kind FROM crawl_run WHERE outcome IS NULL AND heartbeat > :after ORDER BY kind")
    typed = query.bindparams(bindparam("after", type_=UtcTime()))
    return [str(kind) for (kind,) in connection.execute(typed, {"after": after})]
