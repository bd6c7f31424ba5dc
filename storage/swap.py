"""Puts a finished folder in the place of another, so that a reader finds the old one or the new one, whole.

Refuses to leave half a folder: what was being made is removed when anything fails; and two writers at once, of
whom the slower would bring back what the faster one took off.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import glob
import logging
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.errors import ExportUnwritable

log = logging.getLogger(__name__)

AT_FDCWD = -100
RENAME_EXCHANGE = 2  # linux/fs.h; Linux 3.15, all usual file systems
UNSUPPORTED = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP})


@contextmanager
def replacing(directory: Path) -> Iterator[Path]:
    """Give an empty folder beside `directory` and, after the block, put it in its place.

    Linux exchanges both names in one step. Elsewhere the old folder steps aside first: a kill in that instant
    leaves it as `.<name>.old`, and the next export puts it back before it begins. Raises OSError, and
    ExportUnwritable while another process or thread of this machine has the folder here.
    """
    directory.parent.mkdir(parents=True, exist_ok=True)
    with held(directory), _replacing(directory) as fresh:
        yield fresh


@contextmanager
def held(directory: Path) -> Iterator[None]:
    """Lock the folder, or the one above where there is none yet; gone with the process, and no file is left.

    A file system without locks is written without.
    """
    while True:
        place = directory if directory.is_dir() else directory.parent
        number = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            try:
                fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise ExportUnwritable(
                    f"{directory} is being written by another process.",
                    "Wait until it is done, and run the same command again.",
                ) from error
            except OSError as error:
                log.info("export.unlocked directory=%s code=%s", directory, error.errno)
            if _is_still(number, place) and place == (directory if directory.is_dir() else directory.parent):
                yield
                return
        finally:
            with suppress(OSError):
                fcntl.flock(number, fcntl.LOCK_UN)  # a child that was forked meanwhile has it open too
            os.close(number)


def _is_still(number: int, place: Path) -> bool:
    """True when the open folder is the one that lies there: another writer may have exchanged it just before."""
    try:
        return os.path.samestat(os.fstat(number), place.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _replacing(directory: Path) -> Iterator[Path]:
    fresh = directory.parent / f".{directory.name}.new-{os.getpid()}"
    aside = directory.parent / f".{directory.name}.old"
    _recover(directory, aside)
    _sweep(directory)
    fresh.mkdir()
    try:
        yield fresh
        _sync(fresh)
        if directory.exists():
            _exchange(fresh, directory, aside)
        else:
            fresh.rename(directory)
        _sync(directory.parent)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(aside, ignore_errors=True)


def sync_file(path: Path) -> None:
    """Force a file's bytes to the disk."""
    _sync(path)


def _recover(directory: Path, aside: Path) -> None:
    if aside.exists() and not directory.exists():
        aside.rename(directory)
        log.info("export.recovered directory=%s", directory)


def _sweep(directory: Path) -> None:
    """Remove what killed exports of this folder left behind; a living process keeps its own."""
    for left in directory.parent.glob(f".{glob.escape(directory.name)}.new-*"):
        pid = left.name.rpartition("-")[2]
        if not pid.isdigit() or int(pid) == os.getpid() or not _is_alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _exchange(fresh: Path, directory: Path, aside: Path) -> None:
    if _exchanged(fresh, directory):
        return  # `fresh` is now the old folder, and goes
    shutil.rmtree(aside, ignore_errors=True)
    directory.rename(aside)
    try:
        fresh.rename(directory)
    except OSError:
        aside.rename(directory)
        raise


def _exchanged(one: Path, other: Path) -> bool:
    if not sys.platform.startswith("linux"):
        return False
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if rename is None:
        return False
    if rename(AT_FDCWD, os.fsencode(one), AT_FDCWD, os.fsencode(other), RENAME_EXCHANGE) == 0:
        return True
    code = ctypes.get_errno()
    if code in UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(other))


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
