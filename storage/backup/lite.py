"""SQLite's way out and back: a copy of one moment while others write, and one transaction that puts it back.

Refuses to copy the file itself: what lies in its log would be missing, or be read into another database.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from storage.backup.files import PRIVATE_FILE
from storage.database import BUSY_TIMEOUT_MS, Database, translated
from storage.errors import BackupDamaged, BackupFailed, DatabaseBusy

T = TypeVar("T")

TICK = 100_000
"""SQLite's steps between two looks at Ctrl-C."""
PAGES = 2048
"""Pages that are put back at a time, 8 MiB; all of them in one transaction."""


def file_of(database: Database) -> Path:
    """Where the database lies. Raises BackupFailed for SQLite's own kind of URL."""
    name = database.url.database or ""
    if name.startswith("file:"):
        raise BackupFailed(f"The database {database.place} is no plain path.", "Write sqlite:///path/to/file.db.")
    return Path(name).absolute()


def copy_out(database: Database, target: Path) -> None:
    """Write the database as it is at this moment, packed: what was erased is in no free page of the copy.

    Others may read and write meanwhile. Raises DiskFull, DatabaseUnreachable, BackupFailed.
    """
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE_FILE))
    with _faults(target.parent, str(target)), closing(_open(file_of(database))) as source:
        source.set_progress_handler(lambda: 0, TICK)  # Python looks at signals there
        source.execute("VACUUM INTO ?", (str(target),))
    _sync(target)


def ask(file: Path, question: Callable[[Connection], T]) -> T:
    """Ask something of a database's file that nobody else has open, without its log beside it."""
    engine = create_engine(f"sqlite:///{file}", poolclass=NullPool, hide_parameters=True)
    with _faults(file.parent, str(file)), engine.connect() as connection:
        return question(connection)


def refuse_damaged(file: Path) -> None:
    """Raises BackupDamaged when SQLite finds a page or an index that does not fit."""
    with _faults(file.parent, str(file)), closing(_open(file)) as connection:
        first = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if first != ("ok",):
        raise BackupDamaged(f"{file} is damaged: SQLite's own check does not pass.", "Take another backup.")


def copy_in(source: Path, database: Database) -> None:
    """Put a copy in the place of everything that the database holds, in one transaction.

    A kill before its end leaves what was there. Raises DiskFull, and DatabaseBusy when others hold it too long.
    """
    with database.connection():
        pass  # makes the file private where there is none, and says so where it cannot be written
    waited_until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    left = -1

    def patient(_status: int, remaining: int, _total: int) -> None:
        nonlocal left, waited_until
        if remaining != left:
            left, waited_until = remaining, time.monotonic() + BUSY_TIMEOUT_MS / 1000
        elif time.monotonic() > waited_until:
            raise DatabaseBusy(
                f"Another process holds the database {database.place}.", "Stop it, and run the same command again."
            )

    target = file_of(database)
    with _faults(target.parent, database.place), closing(_open(source)) as reads, closing(_open(target)) as writes:
        reads.backup(writes, pages=PAGES, progress=patient, sleep=0.1)


def _open(file: Path) -> sqlite3.Connection:
    """Refuses to make a database where there is none."""
    if not file.is_file():
        raise BackupFailed(f"There is no database {file}.", "Check TIPWATCH_DATABASE_URL and TIPWATCH_DATA_DIR.")
    connection = sqlite3.connect(file, timeout=BUSY_TIMEOUT_MS / 1000, isolation_level=None)
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    return connection


def _sync(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _faults(folder: Path, place: str) -> Iterator[None]:
    """The driver's errors as the sentences that `storage.database` has for them."""
    try:
        yield
    except sqlite3.Error as error:
        if "interrupted" in str(error):
            raise KeyboardInterrupt from error
        free = os.statvfs(folder).f_bavail
        known = translated(OperationalError("backup", {}, error), place, is_full=lambda: free < 16)
        if known is None:
            raise BackupFailed(
                f"The database {place} cannot be copied ({type(error).__name__}: {error}).",
                "Check it with: tipwatch db check.",
            ) from error
        raise known from error
