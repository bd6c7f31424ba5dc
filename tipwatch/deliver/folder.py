"""A folder of this machine, or of a mount: the whole of it is exchanged in one step.

Refuses a folder that holds anything else, and one that is, or lies in, the folder that is delivered.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from storage.swap import replacing, sync_file
from tipwatch.deliver.address import Address
from tipwatch.deliver.manifest import SIGNATURE_SUFFIX, STAGING
from tipwatch.deliver.parcel import CHUNK, Item, Parcel
from tipwatch.deliver.plan import Plan
from tipwatch.errors import CommandError, ExitCode
from tipwatch.progress import Advance


class FolderPlace:
    """The folder at `address`; a link is followed once, and its target is what is exchanged."""

    def __init__(self, address: Address) -> None:
        self.directory = Path(address.path).resolve()
        self.shown = str(self.directory)

    def read(self, name: str, most: int) -> bytes | None:
        """See Reader."""
        with self._faults():
            try:
                with (self.directory / name).open("rb") as file:
                    body = file.read(most + 1)
            except (FileNotFoundError, NotADirectoryError):
                return None
        if len(body) > most:
            raise CommandError(f"{self.shown}: {name} has more than {most} bytes.", "Look at it by hand.")
        return body

    def size(self, name: str) -> int | None:
        """See Reader."""
        path = self.directory / name
        with self._faults():
            return path.stat().st_size if path.is_file() else None

    def put(self, parcel: Parcel, plan: Plan, progress: Advance) -> None:
        """Do what the plan says. Raises CommandError, and OSError for a full disk; the old folder then stays."""
        if plan.nothing:
            return
        self._refuse(parcel, plan)
        with self._faults(), replacing(self.directory) as fresh:
            if self.directory.is_dir():
                shutil.copymode(self.directory, fresh)
            for item in plan.keep:
                self._keep(item, fresh / item.name)
            for item in plan.send:
                _copy(item, fresh / item.name)
                progress(item.size)
            name = parcel.manifest.name + SIGNATURE_SUFFIX
            if plan.signature is not None:
                _write(fresh / name, plan.signature.encode())
            elif (self.directory / name).is_file():
                _write(fresh / name, (self.directory / name).read_bytes())
            _write(fresh / parcel.manifest.name, parcel.manifest.body)

    def _keep(self, item: Item, path: Path) -> None:
        """A second name for what is there, when it is what it should be."""
        path.parent.mkdir(parents=True, exist_ok=True)
        old = self.directory / item.name
        with old.open("rb") as file:
            same = hashlib.file_digest(file, "sha256").hexdigest() == item.sha256
        try:
            if same:
                os.link(old, path)
                return
        except OSError:
            pass  # a file system without links
        _copy(item, path)

    def _refuse(self, parcel: Parcel, plan: Plan) -> None:
        if self.directory == parcel.folder or parcel.folder in self.directory.parents:
            raise CommandError(f"{self.shown}: is the folder that is delivered.", "Name another with --to.")
        if self.directory.exists() and not self.directory.is_dir():
            raise CommandError(f"{self.shown}: is a file.", "Name a folder with --to.")
        ours = {
            *parcel.manifest.entries,
            *plan.remove,
            parcel.manifest.name,
            parcel.manifest.name + SIGNATURE_SUFFIX,
        }
        found = {
            one.relative_to(self.directory).as_posix() for one in self.directory.rglob("*") if not one.is_dir()
        }
        strangers = sorted(name for name in found - ours if not name.startswith(f"{STAGING}/"))
        if strangers:
            raise CommandError(
                f"{self.shown}: holds files that no manifest names ({', '.join(strangers[:3])}).",
                "The whole folder is exchanged: give the feed a folder of its own.",
                ExitCode.REFUSED,
            )

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            remedy = "Check its rights and space; a mount is exchanged only below its root: file:///mnt/taker/feed"
            raise CommandError(
                f"{self.shown}: cannot be used ({error.strerror or type(error).__name__}); it has what it had.",
                remedy,
                ExitCode.ENVIRONMENT,
            ) from error


def _copy(item: Item, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with item.opened() as source, path.open("wb") as file:
        shutil.copyfileobj(source, file, CHUNK)
    sync_file(path)


def _write(path: Path, body: bytes) -> None:
    path.write_bytes(body)
    sync_file(path)
