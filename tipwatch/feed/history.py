"""`deltas/`: the changes of the last versions, one file a version, for whoever comes less often than we write.

Refuses what was withdrawn: an entity stands in one file only, that of its last change, so no older file still
names somebody who was cleared or taken down since.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from tipwatch.feed.delta import without
from tipwatch.feed.files import DELTA_INDEX, DELTAS, write_json, write_lines

WINDOW = 30
"""Versions whose changes are kept; who is further behind loads the full file."""


def carry(before: Path | None, folder: Path, delta: Path, version: str) -> list[str]:
    """Write the deltas of a feed in `folder`: those of `before` as far as they still hold, and today's.

    Returns the versions, oldest first. An empty delta gets no file: nothing changed then.
    """
    (folder / DELTAS).mkdir()
    kept = [] if before is None else versions(before)
    today = [version] if delta.stat().st_size else []
    kept = kept[max(0, len(kept) + len(today) - WINDOW) :]
    for one in kept:
        assert before is not None  # noqa: S101 - it has versions
        with (before / path(one)).open("rb") as older, delta.open("rb") as newer:
            write_lines(folder / path(one), without(older, newer))
    for one in today:
        shutil.copyfile(delta, folder / path(one))
    return [*kept, *today]


def versions(folder: Path) -> list[str]:
    """The versions with a delta in a feed's folder, oldest first."""
    try:
        found = json.loads((folder / DELTA_INDEX).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    return sorted(one for one in found["versions"] if (folder / path(one)).is_file())


def write_index(folder: Path, kept: list[str], base_url: str | None) -> None:
    """`deltas/index.json` as yente reads it: addresses by version, or paths from the feed's folder."""
    addresses = {one: path(one) if base_url is None else f"{base_url}/{path(one)}" for one in kept}
    write_json(folder / DELTA_INDEX, {"versions": addresses})


def since(folder: Path, version: str) -> Iterator[bytes] | None:
    """The operations that lead from a version to the last one, version by version; None: load the full file.

    Apply them with `delta.apply(..., strict=False)`, a version at a time, or entity by entity in this order.
    """
    kept = versions(folder)
    if not kept or version < kept[0]:
        return None
    return _lines(folder, [one for one in kept if one > version])


def _lines(folder: Path, some: list[str]) -> Iterator[bytes]:
    for one in some:
        with (folder / path(one)).open("rb") as file:
            yield from file


def path(version: str) -> str:
    """The file of a version's changes."""
    return f"{DELTAS}/{version}.json"
