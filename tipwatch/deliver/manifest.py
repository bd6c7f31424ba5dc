"""What a manifest says of its files: `index.json` of a feed, or `manifest.json` of an export.

Refuses names that lead out of the folder, files without a digest, and lists without end.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

MANIFESTS = ("index.json", "manifest.json")
"""By preference: a feed's folder has the first, an export's the second."""
SIGNATURE_SUFFIX = ".minisig"
STAGING = ".tipwatch"
"""The folder at a target that holds what is on its way; no file of a manifest may lie in it."""
MOST_BYTES = 16 * 1024**2
MOST_FILES = 10_000
LENGTHS = {"sha1": 40, "sha256": 64}  # hex digits
TIMES = ("updated_at", "last_export", "written")
_BAD_SIGN = re.compile(r"[\x00-\x1f\x7f\\:*?\"<>|]")


class ManifestError(Exception):
    """A manifest that cannot be followed; `reason` is a clause without a full stop."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A file as a manifest names it: digests in hex by algorithm, size in bytes when it is said."""

    name: str
    digests: Mapping[str, str]
    size: int | None

    def same_as(self, other: Entry) -> bool:
        """True when both say the same of every algorithm that they share, and share one."""
        shared = self.digests.keys() & other.digests.keys()
        return bool(shared) and all(self.digests[one] == other.digests[one] for one in shared)


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """A manifest: its exact bytes, what it lists by name, and when it says that it was written (UTC)."""

    name: str
    body: bytes
    entries: Mapping[str, Entry]
    written: dt.datetime | None


def read_manifest(name: str, body: bytes) -> Manifest:
    """Follow a manifest's bytes. Raises ManifestError."""
    if len(body) > MOST_BYTES:
        raise ManifestError(f"it has more than {MOST_BYTES} bytes")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise ManifestError("it is no JSON") from error
    if not isinstance(content, dict):
        raise ManifestError("it is no JSON object")
    entries: dict[str, Entry] = {}
    for entry in _entries(content):
        if entry.name in entries and not entries[entry.name].same_as(entry):
            raise ManifestError(f'"{entry.name}" is listed twice, with different digests')
        if entry.name in (name, name + SIGNATURE_SUFFIX):
            raise ManifestError(f'"{entry.name}" cannot list itself')
        entries[entry.name] = entry
        if len(entries) > MOST_FILES:
            raise ManifestError(f"it lists more than {MOST_FILES} files")
    return Manifest(name=name, body=body, entries=entries, written=_written(content))


def is_safe(name: str) -> bool:
    """True for a relative path with plain parts that any target can hold, such as `deltas/20261123.json`."""
    parts = name.split("/")
    return (
        0 < len(name) <= 512
        and _BAD_SIGN.search(name) is None
        and all(part.strip() == part and part not in ("", ".", "..") for part in parts)
        and parts[0] != STAGING
    )


def _entries(content: Mapping[str, Any]) -> Iterator[Entry]:
    files, resources = content.get("files"), content.get("resources")
    if isinstance(resources, list):
        for place, said in enumerate(resources):
            if not isinstance(said, dict):
                raise ManifestError(f"resources[{place}] is no object")
            yield _entry(said.get("path") or said.get("name"), said, f"resources[{place}]")
    elif isinstance(files, dict):
        for name, said in files.items():
            if not isinstance(said, dict):
                raise ManifestError(f'files["{name}"] is no object')
            yield _entry(name, said, f'files["{name}"]')
    else:
        raise ManifestError('it has neither "resources" nor "files"')


def _entry(name: object, said: Mapping[str, Any], where: str) -> Entry:
    if not isinstance(name, str) or not is_safe(name):
        raise ManifestError(f"{where}: not a path inside the folder")
    digests = {one: said[one] for one in LENGTHS if isinstance(said.get(one), str)}
    checksum = said.get("checksum")
    if isinstance(checksum, str):  # OpenSanctions writes SHA-1 here
        for algorithm, length in LENGTHS.items():
            if len(checksum) == length:
                digests.setdefault(algorithm, checksum)
    digests = {one: digest.lower() for one, digest in digests.items()}
    if not digests or any(not re.fullmatch(f"[0-9a-f]{{{LENGTHS[one]}}}", hex_) for one, hex_ in digests.items()):
        raise ManifestError(f"{where}: no digest, or none that can be read")
    size = said.get("size", said.get("bytes"))
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise ManifestError(f"{where}: its size is no count of bytes")
    return Entry(name=name, digests=digests, size=size)


def _written(content: Mapping[str, Any]) -> dt.datetime | None:
    for key in TIMES:
        said = content.get(key)
        if isinstance(said, str):
            try:
                at = dt.datetime.fromisoformat(said)
            except ValueError:
                continue
            return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)
    return None
