"""Copies of files that their owner alone can read, with size and SHA-256, forced to the disk.

Refuses links and whatever else is no file, and to leave half a copy under a file's name.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.backup.manifest import Part
from storage.errors import BackupDamaged, BackupFailed, DiskFull

Advance = Callable[[int], None]
"""Told of bytes done."""

BLOCK = 1 << 20
PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700
PUBLIC_FILE = 0o666  # before the umask, as an export's files are made
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def copy(source: Path, target: Path, advance: Advance, *, mode: int = PRIVATE_FILE) -> tuple[int, str]:
    """Copy a file to a name that is free; returns its size and SHA-256 (hex). Raises OSError.

    A file that grows meanwhile is copied as far as it reached when it was opened.
    """
    sha, size = hashlib.sha256(), 0
    with source.open("rb") as reads:
        left = os.fstat(reads.fileno()).st_size
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as writes:
            while left and (block := reads.read(min(BLOCK, left))):
                writes.write(block)
                sha.update(block)
                size += len(block)
                left -= len(block)
                advance(len(block))
            writes.flush()
            os.fsync(writes.fileno())
    return size, sha.hexdigest()


def place(source: Path, target: Path, advance: Advance) -> None:
    """Copy a file to a name that may be taken, in one step for whoever reads there. Raises OSError."""
    fresh = target.with_name(f".{target.name}.new-{os.getpid()}")
    fresh.unlink(missing_ok=True)
    try:
        copy(source, fresh, advance)
        fresh.replace(target)
    finally:
        fresh.unlink(missing_ok=True)


def part_of(folder: Path, path: str, advance: Advance) -> Part:
    """Size and digest of a file that lies in the backup already."""
    with (folder / path).open("rb") as file:
        size, sha = digest(file.fileno(), advance)
    return Part(path=path, bytes=size, sha256=sha)


def digest(number: int, advance: Advance, limit: int | None = None) -> tuple[int, str]:
    """Size and SHA-256 (hex) of an open file, or of its first `limit` bytes."""
    sha, size = hashlib.sha256(), 0
    os.lseek(number, 0, os.SEEK_SET)
    while block := os.read(number, BLOCK if limit is None else min(BLOCK, limit - size)):
        sha.update(block)
        size += len(block)
        advance(len(block))
    return size, sha.hexdigest()


def check(folder: Path, part: Part, advance: Advance) -> None:
    """Raises BackupDamaged for a part that is gone, or that has another size or digest."""
    try:
        found = part_of(folder, part.path, advance)
    except OSError as error:
        raise _damaged(folder, part, error.strerror or type(error).__name__) from error
    if found.bytes != part.bytes:
        raise _damaged(folder, part, f"it has {found.bytes} bytes, not {part.bytes}")
    if found.sha256 != part.sha256:
        raise _damaged(folder, part, "its digest differs")


def begins_as(path: Path, part: Part) -> bool:
    """True when a file is the part, or the part and more behind it: an archive's file that grew since."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            return size >= part.bytes and digest(file.fileno(), lambda _: None, part.bytes)[1] == part.sha256
    except OSError:
        return False


def plain_files(folder: Path) -> list[Path]:
    """Every file below a folder, sorted by its path; links and devices are passed over. Raises OSError."""
    found: list[Path] = []
    for top, _, names in os.walk(folder, onerror=_raise):
        found += [path for name in names if (path := Path(top) / name).is_file() and not path.is_symlink()]
    return sorted(found)


def private_folder(path: Path) -> None:
    """Make a folder, and those above it that are not there, for their owner alone. Raises OSError."""
    for one in reversed([path, *path.parents]):
        if not one.is_dir():
            one.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def sync_folders(folder: Path) -> None:
    """Force the names in a folder, and in those below it, to the disk."""
    for top, _, _ in os.walk(folder):
        number = os.open(top, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


@contextmanager
def disk_faults(what: str, left: str) -> Iterator[None]:
    """OSErrors as sentences. `what` is written ("the backup in /b"), `left` says what stands after a failure."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise DiskFull(f"No space left for {what}; {left}.", "Free some space and run it again.") from error
        raise BackupFailed(
            f"{what[:1].upper()}{what[1:]} failed ({error.strerror or type(error).__name__}"
            f"{'' if error.filename is None else f': {error.filename}'}); {left}.",
            "Check the folders' rights, and that the disks work.",
        ) from error


def _raise(error: OSError) -> None:
    raise error


def _damaged(folder: Path, part: Part, why: str) -> BackupDamaged:
    return BackupDamaged(
        f"{folder / part.path} cannot be used: {why}.", "Take another backup; nothing was put back from this one."
    )
