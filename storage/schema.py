"""The database's shape: made when empty, checked when opened, changed only by the migrations.

Refuses a database of another version or of another program, and says what to do.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from storage.database import Database
from storage.errors import SchemaMismatch

if TYPE_CHECKING:
    from alembic.config import Config

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 7_265_019  # PostgreSQL's advisory lock of our migrations: any number that nobody else uses


class SchemaState(StrEnum):
    """What a database is to this version of tipwatch."""

    EMPTY = "empty"
    CURRENT = "current"
    OLDER = "older"
    NEWER = "newer"
    FOREIGN = "foreign"


def config() -> Config:
    """Alembic's configuration, without a file: the scripts lie in this package."""
    from alembic.config import Config

    made = Config()
    made.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return made


def revisions() -> list[str]:
    """Every revision, the oldest first, by the numbers that the files' names begin with.

    Alembic itself would take 0.3 s to import, in every command; a test compares the two.
    """
    return sorted(path.name.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


def head() -> str:
    """The revision that this version of tipwatch needs."""
    return revisions()[-1]


def check(database: Database) -> SchemaState:
    """Which state the database is in; changes nothing."""
    with database.read() as session:
        return _state(session.connection())


def upgrade(database: Database) -> bool:
    """Bring an empty or older database to this version. False when it was there already."""
    with database.connection() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
        state = _state(connection)
        match state:
            case SchemaState.CURRENT:
                return False
            case SchemaState.EMPTY | SchemaState.OLDER:
                from alembic import command

                prepared = config()
                prepared.attributes["connection"] = connection
                command.upgrade(prepared, "head")
                _sign(connection)
                return True
            case SchemaState.NEWER | SchemaState.FOREIGN:
                raise mismatch(database, state)


def downgrade(database: Database) -> None:
    """Take every table away again; for tests of the migrations."""
    from alembic import command

    with database.connection() as connection:
        prepared = config()
        prepared.attributes["connection"] = connection
        command.downgrade(prepared, "base")
        connection.execute(text("DROP TABLE alembic_version"))


def revise(database: Database, message: str, revision: str) -> None:
    """Write the migration from this database's tables to today's metadata, for a developer to edit."""
    from alembic import command

    with database.connection() as connection:
        prepared = config()
        prepared.attributes["connection"] = connection
        command.revision(prepared, message=message, autogenerate=True, rev_id=revision)


def ensure(database: Database) -> None:
    """Make the tables of an empty database; raise `SchemaMismatch` unless the database is of this version."""
    state = check(database)
    if state is SchemaState.EMPTY:
        upgrade(database)
    elif state is not SchemaState.CURRENT:
        raise mismatch(database, state)


def mismatch(database: Database, state: SchemaState) -> SchemaMismatch:
    """The sentence for a database that this version cannot use."""
    match state:
        case SchemaState.OLDER:
            return SchemaMismatch(
                f"The database {database.place} was made by an older version of tipwatch.",
                "Make a backup, then run: tipwatch db upgrade.",
            )
        case SchemaState.NEWER:
            return SchemaMismatch(
                f"The database {database.place} was made by a newer version of tipwatch.",
                "Upgrade tipwatch, or choose another database with TIPWATCH_DATABASE_URL.",
            )
        case SchemaState.FOREIGN | SchemaState.EMPTY | SchemaState.CURRENT:
            return SchemaMismatch(
                f"The database {database.place} holds tables of another program.",
                "Choose an empty database with TIPWATCH_DATABASE_URL.",
            )


def _sign(connection: Connection) -> None:
    key = {"key": "program", "value": "tipwatch"}
    if (
        connection.execute(text("SELECT value FROM schema_info WHERE key = :key"), {"key": "program"}).first()
        is None
    ):
        connection.execute(text("INSERT INTO schema_info (key, value) VALUES (:key, :value)"), key)


def _state(connection: Connection) -> SchemaState:
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return SchemaState.EMPTY
    if not {"alembic_version", "schema_info"} <= tables:
        return SchemaState.FOREIGN
    current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    if current == head():
        return SchemaState.CURRENT
    return SchemaState.OLDER if current in revisions() else SchemaState.NEWER
