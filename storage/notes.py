"""Short notes of the database about itself: which catalogue it follows, which reader wrote last.

Refuses everything that could be counted from the tables, and a note read and rewritten by two processes at once.
"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from storage.counting import insert_into
from storage.tables.exports import SchemaInfoRow

LOCK = (
    7_265_020  # PostgreSQL's advisory lock of whoever compares and then writes: any number that nobody else uses
)


def take_turns(session: Session) -> None:
    """Until this transaction ends, nobody else passes here. SQLite's writers take turns by themselves."""
    if session.get_bind().dialect.name != "sqlite":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def read_note(session: Session, key: str) -> Any:
    """The note as it was written, or None."""
    value = session.scalar(select(SchemaInfoRow.value).where(SchemaInfoRow.key == key))
    return None if value is None else json.loads(value)


def write_note(session: Session, key: str, value: Any) -> None:
    """Write or overwrite a note: anything that JSON can say."""
    statement = insert_into(session, SchemaInfoRow)
    session.execute(
        statement.on_conflict_do_update(index_elements=["key"], set_={"value": statement.excluded.value}),
        {"key": key, "value": json.dumps(value, sort_keys=True)},
    )
