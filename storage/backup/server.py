"""PostgreSQL's way out and back, by its own programs: pg_dump on a snapshot, psql in one transaction.

Refuses programs older than the server, a password where others could read it, and to commit half a dump.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TypeVar

from sqlalchemy import URL, Connection, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from storage.backup.files import PRIVATE_FILE
from storage.database import Database
from storage.errors import BackupFailed, DatabaseBusy, DatabaseUnreachable, DiskFull
from storage.tables import Base

T = TypeVar("T")

DEBIAN = Path("/usr/lib/postgresql")
PROGRAMS = ("pg_dump", "pg_restore", "psql")
LOCK_TIMEOUT = "30s"
_NO_SCHEMA = re.compile(r"^[0-9]+; \S+ \S+ (SCHEMA|COMMENT|ACL) - (SCHEMA )?\S+ ?\S*$")
_VERSION = re.compile(r"\(PostgreSQL\) ([0-9]+)")


@contextmanager
def snapshot(database: Database) -> Iterator[tuple[Connection, str]]:
    """A connection that sees one moment, and the name by which pg_dump sees the same."""
    with database.read() as session:
        connection = session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield connection, str(connection.scalar(text("SELECT pg_export_snapshot()")))


def version(connection: Connection) -> str:
    """The server's version, as "15.18"."""
    return str(connection.scalar(text("SHOW server_version"))).split()[0]


def namespace(connection: Connection) -> str:
    """The schema in which our tables lie."""
    return str(connection.scalar(text("SELECT current_schema()")))


def dump(connection: Connection, moment: str, url: URL, target: Path) -> None:
    """Write our tables at that moment in pg_dump's format. Raises BackupFailed, DiskFull, DatabaseUnreachable."""
    home, major = namespace(connection), _major(version(connection))
    strangers = set(inspect(connection).get_table_names()) - _ours()
    leave_out = [f'--exclude-table="{home}"."{name}"' for name in sorted(strangers)]
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    command = [
        program("pg_dump", major), "--format=custom", "--no-owner", "--no-privileges", "--no-comments",
        "--no-sync", f"--schema={home}", f"--snapshot={moment}", f"--file={target}", "--no-password", *leave_out,
        f"--dbname={_without_password(url)}",
    ]  # fmt: skip
    done = subprocess.run(command, env=_with_password(url), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise _failed("pg_dump", done.stderr)
    number = os.open(target, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def read_through(file: Path, major: int) -> None:
    """Have pg_restore read a dump from its first byte to its last, into nothing. Raises BackupFailed."""
    command = [program("pg_restore", major), f"--file={os.devnull}", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise _failed("pg_restore", done.stderr)


def put_back(file: Path, database: Database, rows: Mapping[str, int], home: str) -> None:
    """Put a dump in the place of our tables, in one transaction that ends only when every row is there.

    Raises BackupFailed, DiskFull, DatabaseBusy, DatabaseUnreachable; then nothing was changed.
    """
    with database.read() as session:
        connection = session.connection()
        major, here = _major(version(connection)), namespace(connection)
        functions = _functions(connection)
    if here != home:
        raise BackupFailed(
            f"The backup's tables lie in the schema {home}, those of {database.place} in {here}.",
            f"Give the user the search_path {home}.",
        )
    listed = subprocess.run(
        [program("pg_restore", major), "--list", str(file)], capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        raise _failed("pg_restore", listed.stderr)
    wanted = "".join(line + "\n" for line in listed.stdout.splitlines() if _NO_SCHEMA.match(line) is None)
    before = [
        "BEGIN;", "SET LOCAL client_min_messages = warning;", f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}';",
        *(f'DROP TABLE IF EXISTS "{home}"."{name}" CASCADE;' for name in sorted(_ours())),
        *(f'DROP FUNCTION IF EXISTS "{home}"."{name}"() CASCADE;' for name in functions),
    ]  # fmt: skip
    after = [*(_counted(home, name, n) for name, n in rows.items()), "COMMIT;"]
    _play(file, wanted, before=before, after=after, url=database.url, major=major)
    with database.connection() as connection:
        connection.execute(text("ANALYZE"))


@contextmanager
def scratch(database: Database) -> Iterator[str | None]:
    """URL of an empty database beside this one, gone after the block; None where the user may make none."""
    name = f"{(database.url.database or '')[:40]}_backup_check"
    engine = create_engine(
        database.url, isolation_level="AUTOCOMMIT", poolclass=NullPool, hide_parameters=True,
        connect_args={"connect_timeout": 10},
    )  # fmt: skip
    try:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))  # of a check that was killed
            connection.execute(text(f'CREATE DATABASE "{name}"'))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "42501":  # insufficient_privilege
            raise BackupFailed(
                f"The backup cannot be put back beside {database.place} to check it ({_first(str(error.orig))}).",
                "Give --no-verify, and check it elsewhere.",
            ) from error
        yield None
        return
    try:
        yield database.url.set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}"'))


def ask(url: str, question: Callable[[Connection], T]) -> T:
    """Ask something of a database, on a connection of its own."""
    engine = create_engine(url, poolclass=NullPool, hide_parameters=True, connect_args={"connect_timeout": 10})
    try:
        with engine.connect() as connection:
            return question(connection)
    except SQLAlchemyError as error:
        raise BackupFailed(f"The copy cannot be read ({type(error).__name__}).", "Take another backup.") from error


def program(name: str, major: int) -> str:
    """The program of the server's own version, else a newer one. Raises BackupFailed with what to install."""
    debian = {int(path.parts[-3]): str(path) for path in DEBIAN.glob(f"*/bin/{name}") if path.parts[-3].isdigit()}
    if major in debian:
        return debian[major]
    found: dict[int, str] = {number: path for number, path in debian.items() if number > major}
    on_path = shutil.which(name)
    if on_path is not None:
        said = _VERSION.search(
            subprocess.run([on_path, "--version"], capture_output=True, text=True, check=False).stdout
        )
        if said is not None and int(said[1]) >= major:
            found.setdefault(int(said[1]), on_path)
    if found:
        return found[min(found)]
    remedy = f"Install the client programs of the server's version: apt-get install postgresql-client-{major}."
    newest = f"the newest {name} here is {max(debian)}" if debian else f"there is no {name}"
    raise BackupFailed(f"The server is PostgreSQL {major}, and {newest} on this machine.", remedy)


def _play(file: Path, wanted: str, *, before: Sequence[str], after: Sequence[str], url: URL, major: int) -> None:
    """Feed psql: what goes before, the dump as pg_restore writes it, and the end only if that was whole."""
    command = [
        program("psql", major), "--no-psqlrc", "--quiet", "--no-password", "--set=ON_ERROR_STOP=1",
        f"--output={os.devnull}", f"--dbname={_without_password(url)}",
    ]  # fmt: skip
    with subprocess.Popen(
        command, env=_with_password(url), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    ) as psql:
        assert psql.stdin is not None  # noqa: S101 - a pipe, two lines above
        assert psql.stderr is not None  # noqa: S101
        broken = None
        try:
            _say(psql.stdin, before)
            broken = _pour(file, wanted, psql.stdin, major)
            if broken is None:
                _say(psql.stdin, after)
            psql.stdin.close()
        except BrokenPipeError:
            broken = ""  # psql says why
        except BaseException:
            psql.kill()  # the server takes everything back
            raise
        said = psql.stderr.read().decode("utf-8", "replace")
    if psql.returncode != 0 or broken is not None:
        raise _failed("psql" if psql.returncode else "pg_restore", said or broken or "")


def _say(pipe: IO[bytes], lines: Sequence[str]) -> None:
    pipe.write("".join(line + "\n" for line in lines).encode())
    pipe.flush()


def _pour(file: Path, wanted: str, pipe: IO[bytes], major: int) -> str | None:
    """None when the whole dump went through, else what pg_restore said."""
    command = [
        program("pg_restore", major),
        "--no-owner",
        "--no-privileges",
        "--use-list=/dev/stdin",
        "--file=-",
        str(file),
    ]
    done = subprocess.run(command, input=wanted.encode(), stdout=pipe, stderr=subprocess.PIPE, check=False)
    return None if done.returncode == 0 else done.stderr.decode("utf-8", "replace") or "it ended early"


def _counted(home: str, name: str, n: int) -> str:
    """A statement that fails, and with it everything, when a table has another number of rows."""
    return (
        f'DO $$ BEGIN IF (SELECT count(*) FROM "{home}"."{name}") <> {int(n)} THEN '  # noqa: S608 - names of tables
        f"RAISE EXCEPTION 'table {name} lacks rows'; END IF; END $$;"
    )


def _ours() -> set[str]:
    return {*Base.metadata.tables, "alembic_version"}


def _functions(connection: Connection) -> list[str]:
    """Functions of the triggers of our tables: they go with the tables."""
    query = text(
        "SELECT DISTINCT p.proname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid "
        "JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE NOT t.tgisinternal AND n.nspname = current_schema() AND c.relname = ANY(:tables) ORDER BY 1"
    )
    return [str(name) for (name,) in connection.execute(query, {"tables": sorted(_ours())})]


def _major(number: str) -> int:
    return int(re.split(r"\D", number, maxsplit=1)[0])


def _without_password(url: URL) -> str:
    return url.set(drivername="postgresql", password=None).render_as_string(hide_password=False)


def _with_password(url: URL) -> dict[str, str]:
    """Libpq's own variable: the arguments of a process are everybody's to read."""
    password = {} if url.password is None else {"PGPASSWORD": str(url.password)}
    return {**os.environ, "LC_ALL": "C", "PGCONNECT_TIMEOUT": "10", **password}


def _first(said: str) -> str:
    """The first line only: further ones may hold a row."""
    lines = said.strip().splitlines()
    return lines[0].rstrip(".") if lines else "no reason given"


def _failed(name: str, said: str) -> BackupFailed | DiskFull | DatabaseBusy | DatabaseUnreachable:
    first = _first(said)
    if "No space left" in said or "could not extend file" in said:
        return DiskFull(f"No space left for {name}; nothing was changed.", "Free some space and run it again.")
    if "lock timeout" in said:
        return DatabaseBusy(
            "Another process uses the database's tables.", "Stop whatever of tipwatch runs, and run it again."
        )
    if "connection to server" in first:
        return DatabaseUnreachable(f"{name}: {first}.", "Check that the server runs, and TIPWATCH_DATABASE_URL.")
    return BackupFailed(f"{name} failed: {first}; nothing was changed.", "See docs/backup.md.")
