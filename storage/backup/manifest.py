"""What a backup holds: every part with its size and SHA-256, the schema, the rows, and what it was made by.

Refuses a manifest that was changed, one of another format, and paths that lead out of the backup.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from storage.errors import BackupDamaged

MANIFEST = "manifest.json"
FORMAT = "tipwatch-backup/1"
ARCHIVE = "archive"
FOLDERS = "folders"
STAMP = re.compile(r"[0-9]{8}T[0-9]{6}Z(-[0-9]+)?")
"""How a backup's folder is called: the second it was begun, in UTC, and a number where there were two."""


class DatabaseKind(StrEnum):
    """Which kind of database a backup can go back into."""

    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


DATABASE_FILE: Mapping[DatabaseKind, str] = {
    DatabaseKind.SQLITE: "database.sqlite",
    DatabaseKind.POSTGRESQL: "database.pgdump",
}


class Check(StrEnum):
    """How far a backup was looked at after writing: not, read back by its digests, or put back elsewhere."""

    NONE = "none"
    READ = "read"
    RESTORED = "restored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A file of the backup. `path` is from the backup's folder, `bytes` its size, `sha256` hex."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedDatabase:
    """The database at one moment: its schema's revision, rows by table, and the last line of the log of deeds.

    `server` is PostgreSQL's version, `namespace` its schema; both are None of SQLite. `deed` is None while nobody
    did anything.
    """

    kind: DatabaseKind
    part: Part
    revision: str
    rows: Mapping[str, int]
    deed: int | None
    deed_digest: str | None
    server: str | None = None
    namespace: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedFolder:
    """A folder of an export or feed; `directory` is absolute. `name` is the feed's in the settings, or None."""

    name: str | None
    directory: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """A whole backup. `archive` is None where it was left out; `origin` is the caller's (versions, digests)."""

    made: dt.datetime
    database: SavedDatabase
    archive: tuple[Part, ...] | None
    folders: tuple[SavedFolder, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every file but the manifest."""
        return (self.database.part, *(self.archive or ()), *(part for one in self.folders for part in one.parts))

    @property
    def bytes(self) -> int:
        """The size of all parts."""
        return sum(part.bytes for part in self.parts)


def as_text(made: Manifest) -> str:
    """The manifest as JSON; its last key is the digest of what stands before it."""
    values = {"format": FORMAT, **asdict(made), "made": made.made.astimezone(dt.UTC).isoformat()}
    return json.dumps({**values, "sha256": _digest(values)}, indent=1) + "\n"


def read(folder: Path) -> Manifest:
    """The manifest of a backup. Raises BackupDamaged: none, another format, changed, or a path that leads out."""
    path = folder / MANIFEST
    try:
        values = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise _none(folder) from error
    except (OSError, ValueError) as error:
        raise _unread(path, "cannot be read") from error
    if not isinstance(values, dict) or values.get("format") != FORMAT:
        raise _unread(path, f"is not of the format {FORMAT}")
    if values.pop("sha256", None) != _digest(values):
        raise _unread(path, "was changed, or is damaged")
    try:
        made = _manifest(values)
    except (KeyError, TypeError, ValueError) as error:
        raise _unread(path, f"lacks what a manifest has ({type(error).__name__})") from error
    for part in made.parts:
        _refuse_way_out(path, part.path)
    return made


def _manifest(values: Mapping[str, Any]) -> Manifest:
    base = values["database"]
    return Manifest(
        made=dt.datetime.fromisoformat(values["made"]),
        database=SavedDatabase(**{**base, "kind": DatabaseKind(base["kind"]), "part": Part(**base["part"])}),
        archive=None if values["archive"] is None else _parts(values["archive"]),
        folders=tuple(SavedFolder(**{**one, "parts": _parts(one["parts"])}) for one in values["folders"]),
        origin=values["origin"],
    )


def _parts(values: Sequence[Mapping[str, Any]]) -> tuple[Part, ...]:
    return tuple(Part(**one) for one in values)


def _digest(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _refuse_way_out(manifest: Path, path: str) -> None:
    pure = PurePosixPath(path)
    if pure.is_absolute() or ".." in pure.parts or not pure.parts or "\0" in path:
        raise _unread(manifest, "names a file outside of the backup")


def _none(folder: Path) -> BackupDamaged:
    remedy = "Name the folder of one backup, as `tipwatch db backup` printed it."
    held = sorted((one.parent.name for one in folder.glob(f"*/{MANIFEST}")), reverse=True)
    if held:
        remedy = f"Name one of the backups in it; the newest is {folder / held[0]}."
    return BackupDamaged(f"{folder} is no backup: it has no {MANIFEST}.", remedy)


def _unread(path: Path, why: str) -> BackupDamaged:
    return BackupDamaged(f"{path} {why}.", "Take another backup; nothing was changed.")
