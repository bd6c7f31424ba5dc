"""Makes a backup: folders of exports, then the database at one moment, then the archive, then a look at all of it.

Refuses to leave half a backup under a backup's name, and rights for anybody but its owner.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from storage import schema
from storage.backup import lite, server
from storage.backup.checking import check
from storage.backup.contents import archive_ends, contents
from storage.backup.files import (
    PRIVATE_FOLDER,
    Advance,
    copy,
    disk_faults,
    part_of,
    plain_files,
    private_folder,
    sync_folders,
)
from storage.backup.manifest import (
    ARCHIVE,
    DATABASE_FILE,
    FOLDERS,
    MANIFEST,
    STAMP,
    Check,
    DatabaseKind,
    Manifest,
    Part,
    SavedDatabase,
    SavedFolder,
    as_text,
    read,
)
from storage.database import Database
from storage.errors import BackupDamaged, BackupFailed, BackupRefused
from storage.swap import held

log = logging.getLogger(__name__)

MAKING = ".making"
"""What is not yet a backup; the next one removes what a killed one left."""
TRIES = 3
"""Of copying a folder that an export exchanges meanwhile."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """What is backed up, or where it goes back: `archive` None leaves it out. `folders` by the feed's name.

    `others` are folders of exports that no setting names.
    """

    database_url: str
    archive: Path | None
    folders: Mapping[str, Path] = field(default_factory=dict)
    others: tuple[Path, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class BackupResult:
    """A whole backup. `shared` are bytes of files that it has in common with the one before; `removed` older ones.

    `missing` and `short` count files of the archive that pages point to and that are gone, or end too early, in
    the place itself: no backup can mend that.
    """

    folder: Path
    manifest: Manifest
    shared: int
    check: Check
    missing: int
    short: int
    removed: tuple[Path, ...]


def back_up(
    place: Place,
    shelf: Path,
    now: dt.datetime,
    *,
    origin: Mapping[str, str],
    verify: bool = True,
    keep: int | None = None,
    advance: Advance = lambda _: None,
) -> BackupResult:
    """Write a backup into a new folder of `shelf`; with `keep` only so many of the newest stay there.

    A file of the archive that the newest backup of the shelf has, too, is linked, not copied. Raises DiskFull,
    BackupFailed, BackupDamaged (it did not pass the look at it), SchemaMismatch, DatabaseUnreachable,
    ExportUnwritable while another backup is made: nothing new is left on the shelf then.
    """
    shelf = shelf.expanduser().absolute()
    database = Database(place.database_url)
    what = f"the backup in {shelf}"
    try:
        _refuse(database)
        _refuse_inside(place, shelf)
        with disk_faults(what, "no backup was made"):
            private_folder(shelf)
            with held(shelf), _making(shelf) as fresh:
                folders = tuple(_folders(place, fresh, advance))
                saved, ends = _database(database, fresh)
                advance(saved.part.bytes)
                shared = 0
                archive: tuple[Part, ...] | None = None
                if place.archive is not None:
                    archive, shared = _archive(place.archive, fresh, _newest(shelf), advance)
                made = Manifest(made=now, database=saved, archive=archive, folders=folders, origin=origin)
                number = os.open(fresh / MANIFEST, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(number, "w", encoding="utf-8") as file:
                    file.write(as_text(made))
                    file.flush()
                    os.fsync(file.fileno())
                sync_folders(fresh)
                looked = check(fresh, database, advance) if verify else Check.NONE
                folder = _named(shelf, now)
                fresh.rename(folder)
                sync_folders(shelf)
                removed = () if keep is None else tuple(_removed(shelf, keep))
    finally:
        database.close()
    reach = {Path(part.path).name: part.bytes for part in archive or ()}
    wanted = ends if archive is not None else {}
    log.info("backup.made bytes=%d shared=%d check=%s", made.bytes, shared, looked.value)
    return BackupResult(
        folder=folder,
        manifest=made,
        shared=shared,
        check=looked,
        missing=sum(name not in reach for name in wanted),
        short=sum(reach.get(name, end) < end for name, end in wanted.items()),
        removed=removed,
    )


def _refuse(database: Database) -> None:
    """An older schema is what most backups are made of; a newer one may hold what we would not see."""
    if database.is_sqlite and not lite.file_of(database).is_file():
        raise BackupRefused(f"There is no database {database.place} yet.", "Check TIPWATCH_DATABASE_URL.")
    state = schema.check(database)
    if state is schema.SchemaState.EMPTY:
        raise BackupRefused(f"The database {database.place} is empty.", "Check TIPWATCH_DATABASE_URL.")
    if state not in {schema.SchemaState.CURRENT, schema.SchemaState.OLDER}:
        raise schema.mismatch(database, state)


def _refuse_inside(place: Place, shelf: Path) -> None:
    """A backup of its own folder would grow each night by all that went before."""
    for saved in (place.archive, *place.folders.values(), *place.others):
        if saved is not None and shelf.resolve().is_relative_to(saved.expanduser().resolve()):
            raise BackupRefused(f"{shelf} lies in {saved}, which is backed up.", "Choose a folder outside of it.")


@contextmanager
def _making(shelf: Path) -> Iterator[Path]:
    fresh = shelf / MAKING
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=PRIVATE_FOLDER)
    try:
        yield fresh
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _folders(place: Place, fresh: Path, advance: Advance) -> Iterator[SavedFolder]:
    """Before the database: what is exported meanwhile is not in the copy, and is written again."""
    named: list[tuple[str | None, Path]] = [*place.folders.items(), *((None, one) for one in place.others)]
    for k, (name, directory) in enumerate(named):
        source = directory.expanduser().resolve()
        if name is not None and not source.is_dir():
            continue  # a feed that was not written yet
        target = f"{FOLDERS}/{k}"
        yield SavedFolder(name=name, directory=str(source), parts=_folder(source, fresh, target, advance))


def _folder(source: Path, fresh: Path, target: str, advance: Advance) -> tuple[Part, ...]:
    """A folder as it was at one moment: exports exchange whole folders, so whoever stays the same is whole."""
    if not source.is_dir():
        raise BackupFailed(f"{source} is no folder.", "Name the folder of an export with --with.")
    for _ in range(TRIES):
        before = source.stat()
        shutil.rmtree(fresh / target, ignore_errors=True)
        try:
            parts = []
            for file in plain_files(source):
                path = f"{target}/{file.relative_to(source).as_posix()}"
                private_folder((fresh / path).parent)
                size, sha = copy(file, fresh / path, advance)
                parts.append(Part(path=path, bytes=size, sha256=sha))
            private_folder(fresh / target)
            if os.path.samestat(before, source.stat()):
                return tuple(parts)
        except FileNotFoundError:
            continue  # exchanged under our hands
    raise BackupFailed(f"{source} changes all the time.", "Make the backup when no export is being written.")


def _database(database: Database, fresh: Path) -> tuple[SavedDatabase, dict[str, int]]:
    """The copy, and how far the archive must reach for it."""
    kind = DatabaseKind.SQLITE if database.is_sqlite else DatabaseKind.POSTGRESQL
    path = DATABASE_FILE[kind]
    release = namespace = None
    if kind is DatabaseKind.SQLITE:
        lite.copy_out(database, fresh / path)
        found, ends = lite.ask(fresh / path, lambda one: (contents(one), archive_ends(one)))
    else:
        with server.snapshot(database) as (connection, moment):
            release, namespace = server.version(connection), server.namespace(connection)
            found, ends = contents(connection), archive_ends(connection)
            server.dump(connection, moment, database.url, fresh / path)
    saved = SavedDatabase(
        kind=kind, part=part_of(fresh, path, lambda _: None), revision=found.revision, rows=found.rows,
        deed=found.deed, deed_digest=found.deed_digest, server=release, namespace=namespace,
    )  # fmt: skip
    return saved, ends


def _archive(source: Path, fresh: Path, last: Path | None, advance: Advance) -> tuple[tuple[Part, ...], int]:
    """Every file of the archive; what the last backup has in the same size is linked: files only ever grow."""
    private_folder(fresh / ARCHIVE)
    known = {} if last is None else {part.path: part for part in read(last).archive or ()}
    parts, shared = [], 0
    for file in plain_files(source) if source.is_dir() else []:
        path = f"{ARCHIVE}/{file.relative_to(source).as_posix()}"
        private_folder((fresh / path).parent)
        try:
            before = known.get(path)
            if before is not None and last is not None and before.bytes == file.stat().st_size:
                (fresh / path).hardlink_to(last / path)
                parts.append(before)
                shared += before.bytes
                advance(before.bytes)
                continue
        except FileNotFoundError:
            continue  # pruned meanwhile
        except OSError:
            log.info("backup.unlinked")  # a file system without links, or another one
        try:
            size, sha = copy(file, fresh / path, advance)
        except FileNotFoundError:
            continue
        parts.append(Part(path=path, bytes=size, sha256=sha))
    return tuple(parts), shared


def backups(shelf: Path) -> list[Path]:
    """The backups of a shelf, the oldest first; what is called otherwise is none of ours."""
    named = [path for path in shelf.iterdir() if STAMP.fullmatch(path.name) and (path / MANIFEST).is_file()]
    return sorted(named, key=lambda path: (path.name[:16], len(path.name), path.name))


def _newest(shelf: Path) -> Path | None:
    """The last backup that can be read; a damaged one is nobody's base."""
    for one in reversed(backups(shelf)):
        try:
            read(one)
        except BackupDamaged:
            continue
        return one
    return None


def _named(shelf: Path, now: dt.datetime) -> Path:
    """A name behind every other of the shelf, also where two are of one second, or the clock was set back."""
    stamp, number = f"{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}", 1
    last = backups(shelf)[-1:]
    if last and last[0].name[:16] >= stamp:
        stamp, _, behind = last[0].name.partition("-")
        number = int(behind or 1) + 1
    while (path := shelf / (stamp if number == 1 else f"{stamp}-{number}")).exists():
        number += 1
    return path


def _removed(shelf: Path, keep: int) -> Iterator[Path]:
    """Take older backups off the shelf, the oldest first; a name that begins with a dot is no backup any more."""
    for one in backups(shelf)[:-keep]:
        gone = shelf / f".gone-{one.name}"
        one.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)
        yield one
    for left in shelf.glob(".gone-*"):
        shutil.rmtree(left, ignore_errors=True)
