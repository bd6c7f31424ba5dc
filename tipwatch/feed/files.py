"""The files of a feed's folder: names, titles, kinds, checksums.

Refuses a file that nobody lists: what is in the folder stands in `index.json`, or is not ours.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

INDEX = "index.json"
CATALOG = "catalog.json"
ENTITIES = "entities.ftm.json"
DELTA = "entities.delta.json"
DELTAS = "deltas"
DELTA_INDEX = f"{DELTAS}/{INDEX}"
FORMAT = "tipwatch-feed/1"

FTM, LINES, CSV, JSON = "application/json+ftm", "application/x-ndjson", "text/csv", "application/json"

FILES: Mapping[str, tuple[str, str]] = {
    ENTITIES: (FTM, "FollowTheMoney entities"),
    "targets.simple.csv": (CSV, "Persons and organisations as simplified CSV"),
    "statements.csv": (CSV, "Statement-based CSV"),
    DELTA: (LINES, "What changed since the version before"),
    "names.txt": ("text/plain", "Names to screen for"),
    "evidence.jsonl": (LINES, "Quotes as W3C Web Annotations"),
    "offences.csv": (CSV, "Charges, statutes, what they are internationally, and what stories say of the crime"),
    "perpetrators.htcds.csv": (CSV, "Perpetrators in the words of IOM's HTCDS 2.0"),
    "coverage.csv": (CSV, "How well we looked, by country"),
    "coverage.json": (JSON, "How well we looked, by country"),
    "accuracy.json": (JSON, "How well the reader reads, by language and field"),
    "README.md": ("text/markdown", "What the files can and cannot mean"),
}
"""Media type and title, by name. `deltas/`, `catalog.json` and `index.json` come with them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """A file as it lies there. Digests are hex; SHA-1 is what OpenSanctions' loaders compare."""

    path: str  # from the folder of the feed
    size: int
    sha1: str
    sha256: str


def written(folder: Path, path: str) -> Written:
    """Size and digests of a file, read once."""
    one, other, size = hashlib.sha1(usedforsecurity=False), hashlib.sha256(), 0
    with (folder / path).open("rb") as file:
        while block := file.read(1 << 20):
            one.update(block)
            other.update(block)
            size += len(block)
    return Written(path=path, size=size, sha1=one.hexdigest(), sha256=other.hexdigest())


def write_lines(path: Path, lines: Iterable[bytes]) -> int:
    """Write lines that have their ends; returns how many."""
    n = 0
    with path.open("wb") as file:
        for one in lines:
            file.write(one)
            n += 1
    return n


def write_json(path: Path, value: Any) -> None:
    """Indented JSON with a last line end."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_index(folder: Path) -> Mapping[str, Any] | None:
    """The index of a feed that we wrote there; None where there is none."""
    try:
        found = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT else None
