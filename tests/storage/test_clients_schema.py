"""Migration 0006 on a database that is in use: what it held stays, clients can be added, and back again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import inspect, text

from storage import schema
from storage.audit import Audit, note
from storage.database import Database
from storage.errors import SchemaMismatch
from storage.records.clients import ClientScope
from storage.store import Store

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
TABLES = {"api_client", "api_access"}


def migrate(database: Database, revision: str, *, down: bool = False) -> set[str]:
    """Bring the database to a revision; returns its tables."""
    with database.connection() as connection:
        prepared = schema.config()
        prepared.attributes["connection"] = connection
        (command.downgrade if down else command.upgrade)(prepared, revision)
        return set(inspect(connection).get_table_names())


def test_a_database_of_0005_gets_clients_and_keeps_what_it_held(database_url: str, tmp_path: Path) -> None:
    database = Database(database_url)
    assert not TABLES & migrate(database, "0005")
    with database.write() as session:
        session.execute(text("INSERT INTO schema_info (key, value) VALUES ('program', 'tipwatch')"))
        note(session, "mira", "user_add", "user:mira", {"role": "admin"}, NOW)
    before = Audit(database).entries()
    with pytest.raises(SchemaMismatch, match="older version"):
        Store.open(database_url, tmp_path / "archive")

    assert migrate(database, "0006") >= TABLES
    Store.upgrade(database_url)
    with Store.open(database_url, tmp_path / "archive") as store:
        assert store.clients.list() == ()
        assert store.audit.entries() == before
        _, key = store.clients.add("desk", {ClientScope.SEARCH}, 60, None, "mira", NOW)
        assert store.clients.of_key(key, NOW) is not None
        assert store.audit.verify() is None

    assert not TABLES & migrate(database, "0005", down=True)
    assert migrate(database, "0006") >= TABLES  # nothing of the first time stands in its way
    database.close()
