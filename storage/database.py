"""The engine: SQLite in WAL mode or PostgreSQL, one way to write and one to read, faults as sentences.

Refuses to hand out connections; a writer takes SQLite's lock at once, so no transaction fails half-way for a lock.
"""

from __future__ import annotations

import errno
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session, sessionmaker

from storage.errors import DatabaseBusy, DatabaseUnreachable, DatabaseUrlInvalid, DiskFull, StorageError

log = logging.getLogger(__name__)
T = TypeVar("T")

BUSY_TIMEOUT_MS = 30_000
"""How long a SQLite writer waits for another one. Our longest transaction, a batch of 500, takes < 1 s."""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "wal_autocheckpoint=4000",  # 16 MiB; at the default 4 MiB every batch of articles paid for two fsyncs
)
LOG_INDEX = 32 * 1024
PRIVATE = 0o600
"""Rights of a database file that we make."""
ATTEMPTS = 8
"""Tries of one transaction when PostgreSQL breaks a deadlock; each waits twice as long, from 10 ms."""
DEADLOCK_STATES = frozenset({"40001", "40P01", "23503"})  # serialization, deadlock, parent row deleted meanwhile
DISK_FULL_STATES = frozenset({"53100"})


class Database:
    """One database. `read()` and `write()` give a session for a block; `transact(work)` also retries deadlocks."""

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._engine = _engine(self.url)
        self._writer = self._engine.execution_options(tipwatch_writes=True)
        self._read_session = sessionmaker(self._engine, expire_on_commit=False, autoflush=False)
        self._write_session = sessionmaker(self._writer, expire_on_commit=False)

    @property
    def is_sqlite(self) -> bool:
        """True for a file, False for a server."""
        return self._engine.dialect.name == "sqlite"

    @property
    def place(self) -> str:
        """The URL without its password, for messages."""
        return self.url.render_as_string(hide_password=True)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A session over one snapshot; nothing in it is ever written."""
        with self._translated(), self._read_session() as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """A session that commits at the end of the block, or not at all."""
        with self._translated(), self._write_session() as session, session.begin():
            yield session

    def transact(self, work: Callable[[Session], T], sleep: Callable[[float], None] = time.sleep) -> T:
        """Run `work` in one transaction and again when PostgreSQL broke a deadlock: `work` bears repetition."""
        with self._translated():
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    with self._write_session() as session, session.begin():
                        return work(session)
                except DBAPIError as error:
                    if attempt == ATTEMPTS or getattr(error.orig, "sqlstate", None) not in DEADLOCK_STATES:
                        raise
                    log.info("database.retry attempt=%d state=%s", attempt, getattr(error.orig, "sqlstate", ""))
                    sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        """A writing connection in one transaction, for migrations."""
        with self._translated(), self._writer.begin() as connection:
            yield connection

    def insert(self, table: Any) -> Any:
        """The dialect's INSERT, which knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    def close(self) -> None:
        """Close every connection of the pool."""
        self._engine.dispose()

    def _is_full(self) -> bool:
        """True when SQLite's folder has no room for even its index of the log (32 KiB)."""
        try:
            return self.is_sqlite and shutil.disk_usage(Path(self.url.database or "").parent).free < LOG_INDEX
        except OSError:
            return False

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            known = translated(error, self.place, is_full=self._is_full)
            if known is None:
                raise
            raise known from error


def translated(  # noqa: PLR0911 - one return a fault
    error: DBAPIError, place: str, is_full: Callable[[], bool] = lambda: False
) -> StorageError | None:
    """The sentence for a driver's error, or None when it is a bug of ours and deserves its traceback.

    `is_full` is asked when SQLite cannot open its files: it does not say so when no space is left for them.
    """
    text = str(error.orig).lower()
    state = getattr(error.orig, "sqlstate", None)
    if "is full" in text or state in DISK_FULL_STATES:
        return _full(place)
    if "locked" in text or "busy" in text:
        return DatabaseBusy(
            f"Another process held the database {place} for over {BUSY_TIMEOUT_MS // 1000} s.",
            "Wait for it, or stop it, and run the same command again.",
        )
    if "readonly" in text or "read-only" in text:
        return DatabaseUnreachable(
            f"The database {place} cannot be written.", "Give this user the right to write it and its folder."
        )
    if "not a database" in text or "malformed" in text:
        return DatabaseUnreachable(
            f"The file of the database {place} is not a SQLite database, or is damaged.",
            "Check TIPWATCH_DATABASE_URL; restore a backup, or move the file away and rebuild from the archive.",
        )
    if isinstance(error.orig, sqlite3.OperationalError) and ("unable to open" in text or "disk i/o" in text):
        if is_full():
            return _full(place)
        return DatabaseUnreachable(
            f"The database {place} cannot be opened or written.",
            "Check that its folder exists, is on a working disk, and is writable for this user.",
        )
    if error.connection_invalidated or _is_connection_failure(error, state):
        return DatabaseUnreachable(
            f"The database {place} does not answer: {_first_line(error)}.",
            "Check that the server runs and that TIPWATCH_DATABASE_URL has its host, user, password and database.",
        )
    return None


def _full(place: str) -> DiskFull:
    return DiskFull(
        f"No space left for the database {place}; what was being written is not stored, the rest is whole.",
        "Free some space and run the same command again.",
    )


def _is_connection_failure(error: DBAPIError, state: str | None) -> bool:
    is_operational = type(error.orig).__name__ == "OperationalError"
    return is_operational and (state is None or state[:2] in {"08", "28", "3D", "57"})


def _first_line(error: DBAPIError) -> str:
    lines = str(error.orig).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error.orig).__name__


def _parsed(text: str) -> URL:
    remedy = "Use sqlite:///path/to/file.db or postgresql+psycopg://user:password@host/database."
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise DatabaseUrlInvalid("The database URL cannot be read.", remedy) from error
    if url.drivername in {"postgresql", "postgres"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise DatabaseUrlInvalid(f"tipwatch does not speak to {url.drivername!r} databases.", remedy)
    if url.get_backend_name() == "sqlite" and url.database in {None, "", ":memory:"}:
        raise DatabaseUrlInvalid("A SQLite database in memory would forget everything.", remedy)
    return url


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite_engine(url)
    try:
        return create_engine(url, hide_parameters=True, pool_pre_ping=True, connect_args={"connect_timeout": 10})
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise DatabaseUrlInvalid(
            "The driver for PostgreSQL is not installed.", "Install it with: pip install 'tipwatch[postgres]'."
        ) from error


def _sqlite_engine(url: URL) -> Engine:
    folder = Path(url.database or "").resolve().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        kind: type[StorageError] = DiskFull if full else DatabaseUnreachable
        raise kind(
            f"The folder {folder} of the database cannot be made ({error.strerror}).",
            "Choose another place with TIPWATCH_DATABASE_URL, or make the folder writable.",
        ) from error
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": BUSY_TIMEOUT_MS / 1000})
    event.listen(engine, "do_connect", lambda *_: _make_private(Path(url.database or "")))
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _make_private(path: Path) -> None:
    """Make a new file that its owner alone can read: it holds names. SQLite gives its logs the file's rights."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))
    except OSError:
        return  # it is there, with the rights that its owner gave it, or SQLite says why it cannot be


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # the driver must not open transactions by itself: `_begin_sqlite` does
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get("tipwatch_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
