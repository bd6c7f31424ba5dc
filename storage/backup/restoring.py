"""Puts a backup back: everything is looked at and laid ready first, then the database changes in one transaction.

Refuses a damaged backup, a place that holds something (unless told), decisions of humans that would be lost with
it (unless told twice), and a place where something runs.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from storage import schema
from storage.backup import lite, server
from storage.backup.checking import check_parts
from storage.backup.contents import deeds_after, running_since
from storage.backup.files import (
    PUBLIC_FILE,
    Advance,
    begins_as,
    copy,
    disk_faults,
    place,
    plain_files,
    private_folder,
    sync_folders,
)
from storage.backup.making import Place
from storage.backup.manifest import ARCHIVE, DatabaseKind, Manifest, SavedFolder
from storage.database import Database
from storage.errors import BackupRefused, SchemaMismatch
from storage.swap import replacing

log = logging.getLogger(__name__)

ALIVE = dt.timedelta(minutes=10)
"""A run with a younger heartbeat may still write."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RestoreOrder:
    """What to put back, and what may go for it. `folders` False leaves the exports' folders alone.

    `replace`: what the place holds goes. `force`: decisions of humans that the backup does not have go with it,
    and runs are not waited for. `upgrade`: an older schema is brought to this version.
    """

    backup: Path
    replace: bool = False
    force: bool = False
    upgrade: bool = False
    folders: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class RestorePlan:
    """What would be put back, and what it would cost: `lost` are decisions of humans by kind.

    `directories` are the places of the backup's folders, in their order; `running` kinds of jobs at work there.
    """

    manifest: Manifest
    state: schema.SchemaState
    lost: Mapping[str, int] = field(default_factory=dict)
    running: tuple[str, ...] = ()
    directories: tuple[Path, ...] = ()


def plan(order: RestoreOrder, where: Place, now: dt.datetime, advance: Advance = lambda _: None) -> RestorePlan:
    """Look at the backup and at the place; change nothing.

    Raises BackupDamaged, BackupRefused (see `RestoreOrder`), SchemaMismatch for a schema that this version does
    not know, in the backup or in the place.
    """
    folder = order.backup.expanduser().absolute()
    made = check_parts(folder, advance)
    if made.database.revision not in schema.revisions():
        raise SchemaMismatch(
            f"The backup {folder} was made by a newer version of tipwatch (schema {made.database.revision}).",
            "Upgrade tipwatch, then run the same command again.",
        )
    database = Database(where.database_url)
    try:
        kind = DatabaseKind.SQLITE if database.is_sqlite else DatabaseKind.POSTGRESQL
        if kind is not made.database.kind:
            raise BackupRefused(
                f"The backup is of a {made.database.kind.value} database, {database.place} is another kind.",
                "Choose a database of the backup's kind with TIPWATCH_DATABASE_URL.",
            )
        directories = tuple(_directory(one, where) for one in made.folders) if order.folders else ()
        planned = _place(database, made, directories, now)
        _refuse_taken(order, where, database, planned)
    finally:
        database.close()
    return planned


def restore(order: RestoreOrder, where: Place, now: dt.datetime, advance: Advance = lambda _: None) -> RestorePlan:
    """Put a backup back. Raises as `plan`, and DiskFull, BackupFailed, DatabaseBusy, ExportUnwritable.

    Until the database's transaction ends the place is as it was, but for files of the archive that came beside
    the others; a kill after it leaves at most some files too many, and older folders: run it again with `replace`.
    """
    planned = plan(order, where, now, advance)
    made, folder = planned.manifest, order.backup.expanduser().absolute()
    database = Database(where.database_url)
    try:
        with disk_faults("what is put back", "the database is as it was"), ExitStack() as ready:
            for saved, directory in zip(made.folders, planned.directories, strict=False):
                _lay_ready(ready, folder, saved, directory, advance)
            if where.archive is not None and made.archive is not None:
                _add_archive(folder, made, where.archive, advance)
            upgraded = _database(database, folder, made, upgrade=order.upgrade)
            advance(made.database.part.bytes)
        if order.replace and where.archive is not None and made.archive is not None:
            with disk_faults("the archive", "the database is put back; run the same command again"):
                _drop_others(made, where.archive)
        if order.upgrade and not upgraded:
            schema.upgrade(database)
    finally:
        database.close()
    log.info("backup.restored revision=%s bytes=%d", made.database.revision, made.bytes)
    return planned


def _place(database: Database, made: Manifest, directories: tuple[Path, ...], now: dt.datetime) -> RestorePlan:
    """What the place holds now. A file that is not there yet is not made by looking."""
    if database.is_sqlite and not lite.file_of(database).is_file():
        return RestorePlan(manifest=made, state=schema.SchemaState.EMPTY, directories=directories)
    state = schema.check(database)
    if state is schema.SchemaState.EMPTY:
        return RestorePlan(manifest=made, state=state, directories=directories)
    if state in {schema.SchemaState.NEWER, schema.SchemaState.FOREIGN}:
        raise schema.mismatch(database, state)
    with database.read() as session:
        connection = session.connection()
        return RestorePlan(
            manifest=made,
            state=state,
            lost=deeds_after(connection, made.database.deed, made.database.deed_digest),
            running=tuple(running_since(connection, now - ALIVE)),
            directories=directories,
        )


def _refuse_taken(order: RestoreOrder, where: Place, database: Database, planned: RestorePlan) -> None:
    if not order.replace:
        taken = [] if planned.state is schema.SchemaState.EMPTY else [f"the database {database.place}"]
        archive = where.archive if planned.manifest.archive is not None else None
        held = [path for path in (archive, *planned.directories) if path is not None and _holds(path)]
        taken += [str(path) for path in held]
        if taken:
            raise BackupRefused(
                f"There is something already: {', '.join(taken)}.",
                "Make a backup of it, then give --replace: it goes. Or choose an empty place.",
            )
    if planned.running and not order.force:
        raise BackupRefused(
            f"Something of tipwatch still works there ({', '.join(planned.running)}).",
            "Stop it and wait ten minutes, or give --force if you know that it is dead.",
        )
    if planned.lost and not order.force:
        counted = ", ".join(f"{n} {action}" for action, n in planned.lost.items())
        raise BackupRefused(
            f"The database there has decisions of humans that the backup has not: {counted}.",
            "Whoever was taken down since would be listed again. Note them (`tipwatch audit`), then give --force.",
        )


def _holds(path: Path) -> bool:
    return path.exists() and (not path.is_dir() or any(path.iterdir()))


def _directory(saved: SavedFolder, where: Place) -> Path:
    """Where a folder goes: to where the settings have the feed now, else to where it was."""
    if saved.name is not None and saved.name in where.folders:
        return where.folders[saved.name].expanduser().resolve()
    return Path(saved.directory)


def _lay_ready(ready: ExitStack, folder: Path, saved: SavedFolder, directory: Path, advance: Advance) -> None:
    """Copy an export beside its place; it is exchanged when the database is put back, or goes when that fails."""
    if not directory.exists():  # else the folder above would be locked, and the next one lies there most often
        directory.mkdir(parents=True)
        ready.callback(_drop_empty, directory)
    fresh = ready.enter_context(replacing(directory))
    for part in saved.parts:
        inside = Path(*Path(part.path).parts[2:])
        (fresh / inside).parent.mkdir(parents=True, exist_ok=True)
        copy(folder / part.path, fresh / inside, advance, mode=PUBLIC_FILE)


def _drop_empty(directory: Path) -> None:
    with suppress(OSError):  # it holds the export now
        directory.rmdir()


def _add_archive(folder: Path, made: Manifest, archive: Path, advance: Advance) -> None:
    """Bring what is not there yet. A file that grew since serves both databases, and stays."""
    private_folder(archive)
    for part in made.archive or ():
        target = archive / Path(part.path).relative_to(ARCHIVE)
        private_folder(target.parent)
        if begins_as(target, part):
            advance(part.bytes)
        else:
            place(folder / part.path, target, advance)
    sync_folders(archive)


def _drop_others(made: Manifest, archive: Path) -> None:
    """Pages that no row knows would never be pruned, so they go with the database that knew them."""
    kept = {archive / Path(part.path).relative_to(ARCHIVE) for part in made.archive or ()}
    for file in plain_files(archive):
        if file not in kept:
            file.unlink()


def _database(database: Database, folder: Path, made: Manifest, *, upgrade: bool) -> bool:
    """One transaction. SQLite's copy is upgraded before it goes in; True when that was done."""
    file = folder / made.database.part.path
    if made.database.kind is DatabaseKind.POSTGRESQL:
        server.put_back(file, database, made.database.rows, made.database.namespace or "public")
        return False
    with _scratch(lite.file_of(database)) as scratch:
        copy(file, scratch, lambda _: None)
        if upgrade:
            newer = Database(f"sqlite:///{scratch}")
            try:
                schema.upgrade(newer)
            finally:
                newer.close()
        lite.refuse_damaged(scratch)
        lite.copy_in(scratch, database)
    return upgrade


@contextmanager
def _scratch(beside: Path) -> Iterator[Path]:
    """A name for a copy on the same disk; it and its logs are gone after the block."""
    beside.parent.mkdir(parents=True, exist_ok=True)
    scratch = beside.with_name(f".{beside.name}.restoring")
    names = [scratch, *(scratch.with_name(scratch.name + end) for end in ("-wal", "-shm", "-journal"))]
    for path in names:
        path.unlink(missing_ok=True)
    try:
        yield scratch
    finally:
        for path in names:
            path.unlink(missing_ok=True)
