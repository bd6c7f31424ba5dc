"""Migrations and tables agree on both databases, and a database that is not ours is refused with its remedy."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import OperationalError

from storage import schema
from storage.database import Database, translated
from storage.errors import (
    DatabaseUnreachable,
    DatabaseUrlInvalid,
    DiskFull,
    SchemaMismatch,
    StorageError,
)
from storage.store import Store
from storage.tables import Base


def run(url: str, statement: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def test_migrations_make_what_the_tables_say(database_url: str) -> None:
    database = Database(database_url)
    assert schema.check(database) is schema.SchemaState.EMPTY
    assert schema.upgrade(database)
    assert not schema.upgrade(database)
    with database.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
        names = set(inspect(connection).get_table_names())
    assert names == {*Base.metadata.tables, "alembic_version"}
    schema.downgrade(database)
    assert schema.check(database) is schema.SchemaState.EMPTY
    assert schema.upgrade(database)
    database.close()


@pytest.mark.parametrize(
    ("statement", "state", "remedy"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", schema.SchemaState.NEWER, "Upgrade tipwatch"),
        ("DROP TABLE schema_info", schema.SchemaState.FOREIGN, "Choose an empty database"),
    ],
)
def test_another_schema_is_refused(
    database_url: str, tmp_path: Path, statement: str, state: schema.SchemaState, remedy: str
) -> None:
    Store.open(database_url, tmp_path / "archive").close()
    run(database_url, statement)
    assert Store.check(database_url) is state
    with pytest.raises(SchemaMismatch) as caught:
        Store.open(database_url, tmp_path / "archive")
    assert caught.value.remedy.startswith(remedy)
    with pytest.raises(SchemaMismatch):
        Store.upgrade(database_url)


def test_another_programs_tables_are_left_alone(database_url: str, tmp_path: Path) -> None:
    run(database_url, "CREATE TABLE customers (id INTEGER PRIMARY KEY)")
    with pytest.raises(SchemaMismatch, match="another program"):
        Store.open(database_url, tmp_path / "archive")
    assert not (tmp_path / "archive").exists()


URLS: list[tuple[str, type[StorageError], str]] = [
    ("", DatabaseUrlInvalid, "cannot be read"),
    ("tipwatch.db", DatabaseUrlInvalid, "cannot be read"),
    ("mysql://u:secret@h/d", DatabaseUrlInvalid, "mysql"),
    ("sqlite://", DatabaseUrlInvalid, "in memory"),
    ("sqlite:///:memory:", DatabaseUrlInvalid, "in memory"),
    ("sqlite:///{tmp}/file/x.db", DatabaseUnreachable, "folder"),
    ("sqlite:///{tmp}/folder", DatabaseUnreachable, "cannot be opened"),
    ("sqlite:///{tmp}/file", DatabaseUnreachable, "not a SQLite database"),
    ("postgresql+psycopg://u:secret@127.0.0.1:1/d", DatabaseUnreachable, "does not answer"),
    ("postgresql://u:secret@127.0.0.1:1/d", DatabaseUnreachable, "does not answer"),
]


@pytest.mark.parametrize(("url", "kind", "words"), URLS)
def test_a_wrong_url_is_a_sentence(tmp_path: Path, url: str, kind: type[StorageError], words: str) -> None:
    (tmp_path / "file").write_text("this is no database, only a long enough text file\n" * 100)
    (tmp_path / "folder").mkdir()
    with pytest.raises(kind, match=words) as caught:
        Store.open(url.format(tmp=tmp_path), tmp_path / "archive")
    assert caught.value.what.endswith(".")
    assert caught.value.remedy.endswith(".")
    assert "secret" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("words", ["unable to open database file", "disk I/O error"])
@pytest.mark.parametrize(("is_full", "kind"), [(True, DiskFull), (False, DatabaseUnreachable)])
def test_sqlite_does_not_say_when_no_room_is_left_to_open_it(
    words: str, is_full: bool, kind: type[StorageError]
) -> None:
    error = OperationalError("SELECT 1", {}, sqlite3.OperationalError(words))
    assert type(translated(error, "sqlite:///x.db", is_full=lambda: is_full)) is kind


@pytest.mark.postgres
def test_a_database_that_does_not_exist(postgres_server: str, tmp_path: Path) -> None:
    url = postgres_server.rpartition("/")[0] + "/nowhere"
    with pytest.raises(DatabaseUnreachable, match="does not exist"):
        Store.open(url, tmp_path / "archive")


def test_revisions_are_alembics_own() -> None:
    """Ours are read from the files' names, so that no command waits for Alembic."""
    scripts = ScriptDirectory.from_config(schema.config())
    assert schema.revisions() == sorted(script.revision for script in scripts.walk_revisions())
    assert schema.head() == scripts.get_current_head()
