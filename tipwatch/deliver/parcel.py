"""What is delivered: the files that a folder's manifest lists, each checked against its digest.

Refuses a folder whose files are not what its manifest says: then nothing is sent.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tipwatch.deliver.manifest import (
    MANIFESTS,
    MOST_BYTES,
    SIGNATURE_SUFFIX,
    Entry,
    Manifest,
    ManifestError,
    read_manifest,
)
from tipwatch.errors import CommandError, ExitCode

MOST_FILE_BYTES = 16 * 1024**3
CHUNK = 1024**2
AGAIN = "Write the folder again (tipwatch export); nothing was sent."


@dataclass(frozen=True, kw_only=True, slots=True)
class Item:
    """A checked file: name under the target, size in bytes, SHA-256 in hex, and by what a later change is seen."""

    name: str
    path: Path
    size: int
    sha256: str
    seal: tuple[int, int, int, int]

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file's bytes. Raises CommandError when it changed since it was checked, or while it is read."""
        with self.path.open("rb") as file:
            self._hold(file)
            yield file
            self._hold(file)

    def _hold(self, file: BinaryIO) -> None:
        if _seal(file) != self.seal:
            raise CommandError(f"{self.path}: it changed while it was being delivered.", AGAIN, ExitCode.REFUSED)


@dataclass(frozen=True, kw_only=True)
class Parcel:
    """A folder that is what its manifest says. `unlisted` are files that the manifest does not name; they stay."""

    folder: Path
    manifest: Manifest
    items: tuple[Item, ...]
    unlisted: tuple[str, ...]

    @property
    def sha256(self) -> str:
        """Digest of the manifest, and by that of everything."""
        return hashlib.sha256(self.manifest.body).hexdigest()


def pack(folder: Path) -> Parcel:
    """Read the manifest and check every file. Raises CommandError (refused) at the first that differs."""
    folder = folder.resolve()
    manifest = _manifest(folder)
    items = tuple(_checked(folder, entry) for _, entry in sorted(manifest.entries.items()))
    if not items:
        raise CommandError(f"{folder / manifest.name}: lists no file.", AGAIN, ExitCode.REFUSED)
    known = {*manifest.entries, manifest.name, manifest.name + SIGNATURE_SUFFIX}
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir())
    return Parcel(
        folder=folder, manifest=manifest, items=items, unlisted=tuple(sorted(set(found) - known))
    )  # fmt: skip


def _manifest(folder: Path) -> Manifest:
    if not folder.is_dir():
        raise CommandError(f"{folder}: no such folder.", "Name the folder that tipwatch export wrote.")
    name = next((name for name in MANIFESTS if (folder / name).is_file()), None)
    if name is None:
        raise CommandError(
            f"{folder}: holds neither {' nor '.join(MANIFESTS)}.",
            "Name the folder that tipwatch export wrote.",
        )
    with (folder / name).open("rb") as file:
        body = file.read(MOST_BYTES + 1)
    try:
        return read_manifest(name, body)
    except ManifestError as error:
        raise CommandError(f"{folder / name}: {error.reason}.", AGAIN, ExitCode.REFUSED) from error


def _checked(folder: Path, entry: Entry) -> Item:
    path = folder / entry.name
    if not path.resolve().is_relative_to(folder):
        raise CommandError(f"{path}: a link that leads out of the folder.", AGAIN, ExitCode.REFUSED)
    if not path.is_file():
        raise CommandError(f"{path}: the manifest lists it, and it is not there.", AGAIN, ExitCode.REFUSED)
    with path.open("rb") as file:
        seal = _seal(file)
        size = seal[3]
        if size > MOST_FILE_BYTES:
            raise CommandError(f"{path}: more than {MOST_FILE_BYTES} bytes.", "Split it.", ExitCode.REFUSED)
        digests = {name: hashlib.new(name, usedforsecurity=False) for name in {*entry.digests, "sha256"}}
        while chunk := file.read(CHUNK):
            for digest in digests.values():
                digest.update(chunk)
    differs = [name for name, said in entry.digests.items() if digests[name].hexdigest() != said]
    if differs or entry.size not in (None, size):
        what = f"{differs[0]} differs" if differs else f"{size} bytes, not {entry.size}"
        raise CommandError(f"{path}: not what the manifest says ({what}).", AGAIN, ExitCode.REFUSED)
    return Item(name=entry.name, path=path, size=size, sha256=digests["sha256"].hexdigest(), seal=seal)


def _seal(file: BinaryIO) -> tuple[int, int, int, int]:
    facts = os.fstat(file.fileno())
    return facts.st_dev, facts.st_ino, facts.st_mtime_ns, facts.st_size
