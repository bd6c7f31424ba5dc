"""Looks at a backup as whoever will need it does: reads every file back, and puts the database back elsewhere.

Refuses to call a backup good because it could be written.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from storage.audit import Audit
from storage.backup import lite, server
from storage.backup.contents import Contents, contents
from storage.backup.files import Advance
from storage.backup.files import check as check_part
from storage.backup.manifest import Check, DatabaseKind, Manifest, SavedDatabase, read
from storage.database import Database
from storage.errors import BackupDamaged
from storage.schema import revisions

AUDIT_SINCE = "0004"
"""The first revision with a log of deeds."""


def check(folder: Path, database: Database, advance: Advance) -> Check:
    """Read every part and put the database back into a scratch one beside `database`, which is not touched.

    Raises BackupDamaged, BackupFailed, DiskFull. Without the right to make a database on a server the dump is
    only read through, and the answer says so.
    """
    made = check_parts(folder, advance)
    saved = made.database
    if saved.kind is DatabaseKind.SQLITE:
        with tempfile.TemporaryDirectory(prefix=".check-", dir=folder) as place:
            copied = Database(f"sqlite:///{Path(place) / 'check.db'}")
            try:
                lite.copy_in(folder / saved.part.path, copied)
                _refuse_broken_log(copied, saved)
            finally:
                copied.close()
            lite.refuse_damaged(Path(place) / "check.db")
            _refuse_other(saved, lite.ask(Path(place) / "check.db", contents))
        return Check.RESTORED
    with server.scratch(database) as url:
        if url is None:
            server.read_through(folder / saved.part.path, int((saved.server or "0").split(".")[0]))
            return Check.READ
        copied = Database(url)
        try:
            server.put_back(folder / saved.part.path, copied, saved.rows, saved.namespace or "public")
            _refuse_broken_log(copied, saved)
        finally:
            copied.close()
        _refuse_other(saved, server.ask(url, contents))
    return Check.RESTORED


def check_parts(folder: Path, advance: Advance) -> Manifest:
    """The manifest of a backup of which every file has the size and the digest that stand there."""
    made = read(folder)
    for part in made.parts:
        check_part(folder, part, advance)
    return made


def _refuse_broken_log(database: Database, saved: SavedDatabase) -> None:
    known = revisions()
    if saved.revision in known and known.index(saved.revision) >= known.index(AUDIT_SINCE):
        line = Audit(database).verify()
        if line is not None:
            raise BackupDamaged(
                f"The log of deeds does not hold from line {line} on, in the database as in its backup.",
                "See `tipwatch audit --verify`; --no-verify makes the backup all the same.",
            )


def _refuse_other(saved: SavedDatabase, found: Contents) -> None:
    expected = Contents(revision=saved.revision, rows=saved.rows, deed=saved.deed, deed_digest=saved.deed_digest)
    if found != expected:
        tables = sorted(name for name in saved.rows if found.rows.get(name) != saved.rows[name])
        raise BackupDamaged(
            f"The database put back is not the one that was saved (tables: {', '.join(tables) or 'none'}).",
            "Make the backup again; if it happens twice, look at the disk.",
        )
