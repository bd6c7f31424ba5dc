"""From every released schema to today's: with rows, by today's commands, on both databases; and no way back.

Refuses real names: everybody here is invented. A new migration is tested as soon as its file is there.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Column, Connection, MetaData, Table, create_engine, inspect, select, text

from storage import schema
from storage.database import Database
from storage.errors import SchemaMismatch
from storage.store import Store
from storage.tables import Base
from tests.app.outlet import Installation
from tests.app.test_commands import in_process
from tests.storage.backup_samples import OTHER, RARE, THIRD, Desk, tree
from tests.storage.samples import dump
from tipwatch.errors import ExitCode

pytest.importorskip("followthemoney")

RELEASED = schema.revisions()
PEOPLE = "0004"
"""The first revision that has persons, reviews and takedowns."""
COMMANDS: tuple[tuple[str, ...], ...] = (
    ("db", "check"),
    ("resolve",),
    ("status",),
    ("coverage",),
    ("coverage", "--by", "source", "--format", "json"),
    ("audit", "--verify"),
    ("user", "list"),
    ("client", "list"),
    ("prune", "--dry-run"),
    ("extract", "--dry-run"),
)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """An installation of today, on SQLite, whose rows the older ones get as far as they had columns for them."""
    folder = tmp_path_factory.mktemp("filled")
    made = Desk(f"sqlite:///{folder / 'tipwatch.db'}", folder)
    made.fill()
    return made


def at_revision(url: str, revision: str) -> None:
    """Make the tables that a revision had, by its migrations."""
    database = Database(url)
    with database.connection() as connection:
        prepared = schema.config()
        prepared.attributes["connection"] = connection
        command.upgrade(prepared, revision)
    database.close()


def tables_of(connection: Connection) -> list[Table]:
    """The tables that lie there, with the columns that they have there, parents first."""
    looked = inspect(connection)
    names = set(looked.get_table_names()) - {"alembic_version"}
    assert names <= set(Base.metadata.tables), "a table that today's version no longer has: fill it here by hand"
    found = []
    for whole in Base.metadata.sorted_tables:
        if whole.name in names:
            there = {column["name"] for column in looked.get_columns(whole.name)}
            assert there <= set(whole.columns.keys()), "a column that today's version no longer has"
            columns = [Column(one.name, one.type) for one in whole.columns if one.name in there]
            found.append(Table(whole.name, MetaData(), *columns))
    return found


def pour(filled: Desk, url: str) -> dict[str, int]:
    """Copy the rows of today's installation into an older one; returns how many, by table."""
    source, target = create_engine(filled.url), create_engine(url)
    counted = {}
    with source.connect() as reads, target.begin() as writes:
        for table in tables_of(writes):
            rows = [dict(row) for row in reads.execute(select(table)).mappings()]
            counted[table.name] = len(rows)
            if rows:
                writes.execute(table.delete())
                writes.execute(table.insert(), rows)
            if not url.startswith("sqlite") and "id" in table.columns and rows and isinstance(rows[0]["id"], int):
                sequence = f"pg_get_serial_sequence('{table.name}', 'id')"
                writes.execute(text(f"SELECT setval({sequence}, (SELECT max(id) FROM {table.name}))"))
    source.dispose()
    target.dispose()
    return counted


def values(url: str, tables: list[Table]) -> dict[str, list[str]]:
    """Every value of these columns."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {table.name: sorted(map(repr, connection.execute(select(table)).all())) for table in tables}
    engine.dispose()
    return found


def shape(url: str) -> list[Table]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = tables_of(connection)
    engine.dispose()
    return found


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("revision", RELEASED)
def test_every_released_schema_comes_to_today_with_its_rows(
    filled: Desk, database_url: str, tmp_path: Path, revision: str
) -> None:
    at_revision(database_url, revision)
    counted = pour(filled, database_url)
    assert min(counted[name] for name in ("page", "article", "accused", "evidence", "export_run")) > 0
    older = shape(database_url)
    before = values(database_url, older)
    desk = Installation(tmp_path)
    desk.watch(None, "daily")
    shutil.copytree(filled.archive, desk.archive)
    env = {"TIPWATCH_DATABASE_URL": database_url}

    def said(*arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        done = in_process(desk, *arguments, env=env)
        assert done.exit_code in codes, (arguments, done.output)
        return done.output

    is_head = revision == schema.head()
    assert Store.check(database_url) is (schema.SchemaState.CURRENT if is_head else schema.SchemaState.OLDER)
    if not is_head:
        assert "tipwatch db upgrade" in said("status", codes=(ExitCode.ENVIRONMENT,))
        backup = said("db", "backup", "shelf").splitlines()[0]
    said("db", "upgrade")
    assert values(database_url, older) == before
    all_of_them = database_url.startswith("sqlite") or revision in {RELEASED[0], PEOPLE}  # else minutes
    for arguments in COMMANDS if all_of_them else COMMANDS[:3]:
        said(*arguments, codes=(0, 1) if arguments == ("status",) else (0,))
    published(said, desk.folder, had_people=revision >= PEOPLE)
    if not is_head:
        said("db", "restore", backup, "--replace", "--force", "--upgrade")
        assert Store.check(database_url) is schema.SchemaState.CURRENT
        assert values(database_url, older) == before


def published(said: object, folder: Path, *, had_people: bool) -> None:
    """Whoever was convicted is listed; whoever was acquitted since is not; a takedown holds where it was known."""
    assert callable(said)
    said("export", "--stage", "convicted", "--output", "list")
    said("export", "--format", "opensanctions", "--include-unreviewed", "--min-score", "0.75", "--output", "feed")
    listed = (folder / "list" / "convicted.csv").read_text(encoding="utf-8-sig")
    feed = (folder / "feed" / "entities.ftm.json").read_text(encoding="utf-8")
    assert THIRD in listed
    assert THIRD in feed
    assert OTHER not in feed
    assert (RARE in listed, RARE in feed) == ((False, False) if had_people else (True, True))
    everything = b"".join(body for body in (*tree(folder / "list").values(), *tree(folder / "feed").values()))
    assert b"Maya Sampleson" not in everything


@pytest.mark.parametrize("revision", RELEASED[:-1])
def test_an_older_schema_is_refused_until_it_is_upgraded(database_url: str, tmp_path: Path, revision: str) -> None:
    at_revision(database_url, revision)
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO schema_info VALUES ('program', 'tipwatch')"))
    engine.dispose()
    before = dump(database_url)
    with pytest.raises(SchemaMismatch, match="older version") as caught:
        Store.open(database_url, tmp_path / "archive")
    assert "db upgrade" in caught.value.remedy
    assert dump(database_url) == before


def test_a_newer_schema_is_refused_by_every_door(filled: Desk, migrated_url: str, tmp_path: Path) -> None:
    engine = create_engine(migrated_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    before = dump(migrated_url)
    desk = Installation(tmp_path)
    env = {"TIPWATCH_DATABASE_URL": migrated_url}
    for arguments in (("db", "upgrade"), ("db", "check"), ("db", "backup", "shelf"), ("status",), ("resolve",)):
        done = in_process(desk, *arguments, env=env)
        assert done.exit_code == ExitCode.ENVIRONMENT, (arguments, done.output)
        assert "newer" in done.output
    assert dump(migrated_url) == before
