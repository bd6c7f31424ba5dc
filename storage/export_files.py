"""The files of one export in one folder: the list, the cleared, coverage, README and manifest.

Refuses time of its own: the same rows and the same order of an export give the same bytes.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from extraction.accuracy import shipped_card
from storage.coverage_sheet import HEADER, sheet_rows
from storage.export_readme import accuracy_table, readme
from storage.records.coverage import CountryCoverage
from storage.records.exports import ExportFormat, ExportRow, ExportStage
from storage.spreadsheets import ENCODING, write_rows
from storage.swap import sync_file

MANIFEST = "manifest.json"
ACCURACY = "accuracy.json"
FORMAT = "tipwatch-export/1"


@dataclass(frozen=True, kw_only=True)
class ExportOrder:
    """What was asked for."""

    stage: ExportStage
    format: ExportFormat
    coverage: Sequence[CountryCoverage]
    now: dt.datetime
    since: dt.date | None
    min_score: float = 0.0
    removed: int = 0  # records that humans, takedowns and later readings keep off every list


@dataclass(frozen=True, kw_only=True)
class ExportMade:
    """What was written: counts, and SHA-256 (hex) and size by file name."""

    rows: int
    cleared_rows: int
    waiting_rows: int
    files: Mapping[str, tuple[str, int]]


@dataclass(kw_only=True)
class Sifted:
    """Rows with at least the score, or of which a human spoke; the others wait and are counted as they pass by."""

    rows: Iterable[ExportRow]
    min_score: float
    waiting: int = 0

    def __iter__(self) -> Iterator[ExportRow]:
        for row in self.rows:
            if row.score < round(self.min_score, 4) and not row.reviewed:  # as a row shows its score
                self.waiting += 1
            else:
                yield row


@dataclass(kw_only=True)
class _Noted:
    """What the README says of the rows that passed by."""

    versions: set[str] = field(default_factory=set)
    first: dt.date | None = None
    last: dt.date | None = None

    def passing(self, rows: Iterable[ExportRow]) -> Iterator[ExportRow]:
        for row in rows:
            day = row.first_seen.date()
            self.versions.add(row.extractor_version)
            self.first = day if self.first is None else min(self.first, day)
            self.last = day if self.last is None else max(self.last, day)
            yield row


def write_files(folder: Path, order: ExportOrder, rows: Sifted, cleared: Iterable[ExportRow]) -> ExportMade:
    """Write every file into an empty folder and sync it. Raises OSError."""
    main, side = f"{order.stage.value}.{order.format.value}", f"cleared.{order.format.value}"
    noted = _Noted()
    write = WRITERS[order.format]
    n = write(folder / main, noted.passing(rows))
    cleared_n = write(folder / side, noted.passing(cleared))
    with (folder / "coverage.csv").open("w", encoding=ENCODING, newline="") as file:
        write_rows(file, HEADER, sheet_rows(order.coverage))
    card = shipped_card()
    (folder / ACCURACY).write_text(card.as_json(), encoding="utf-8")
    files = {name: fingerprint(folder / name) for name in (main, side, "coverage.csv", ACCURACY)}
    facts = {
        "main": main,
        "cleared": side,
        "rows": n,
        "cleared_rows": cleared_n,
        "waiting_rows": rows.waiting,
        "min_score": f"{order.min_score:g}",
        "versions": ", ".join(sorted(noted.versions)) or "nothing",
        "period": _period(noted, order.since),
        "accuracy": accuracy_table(card),
    }
    text = readme(order.stage, order.coverage, order.now, facts, files)
    (folder / "README.md").write_text(text, encoding="utf-8")
    files["README.md"] = fingerprint(folder / "README.md")
    manifest = {
        "format": FORMAT,
        "stage": order.stage.value,
        "file_format": order.format.value,
        "written": _time(order.now),
        "since": None if order.since is None else order.since.isoformat(),
        "rows": n,
        "cleared_rows": cleared_n,
        "min_score": order.min_score,
        "waiting_rows": rows.waiting,
        "removed_records": order.removed,
        "extractor_versions": sorted(noted.versions),
        "files": {name: {"sha256": digest, "bytes": size} for name, (digest, size) in files.items()},
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    for name in [*files, MANIFEST]:
        sync_file(folder / name)
    return ExportMade(rows=n, cleared_rows=cleared_n, waiting_rows=rows.waiting, files=files)


def read_manifest(folder: Path) -> Mapping[str, Any] | None:
    """The manifest of an export's folder, None when there is none that we wrote."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return found if isinstance(found, dict) and found.get("format") == FORMAT and _is_whole(found) else None


def _is_whole(manifest: Mapping[str, Any]) -> bool:
    """True when it says what we ask of it: somebody may have edited it."""
    wanted: dict[str, type | tuple[type, ...]] = {
        "stage": str, "file_format": str, "rows": int, "since": (str, type(None)), "files": dict,
    }  # fmt: skip
    return all(name in manifest and isinstance(manifest[name], kind) for name, kind in wanted.items()) and all(
        isinstance(noted, dict) and "sha256" in noted for noted in manifest["files"].values()
    )


def row_values(row: ExportRow) -> list[object]:
    """A row's values in the order of its columns."""
    return [getattr(row, one.name) for one in fields(ExportRow)]


def row_json(row: ExportRow) -> str:
    """A row as one line of JSON: the exact text, lists as lists, times in ISO 8601 with Z."""
    values = asdict(row) | {"first_seen": _time(row.first_seen)}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def _write_csv(path: Path, rows: Iterable[ExportRow]) -> int:
    with path.open("w", encoding=ENCODING, newline="") as file:
        return write_rows(file, [one.name for one in fields(ExportRow)], map(row_values, rows))


def _write_jsonl(path: Path, rows: Iterable[ExportRow]) -> int:
    n = 0
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            file.write(row_json(row) + "\n")
            n += 1
    return n


WRITERS: Mapping[ExportFormat, Callable[[Path, Iterable[ExportRow]], int]] = {
    ExportFormat.CSV: _write_csv,
    ExportFormat.JSONL: _write_jsonl,
}


def fingerprint(path: Path) -> tuple[str, int]:
    """SHA-256 as hex digits, and the size in bytes."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return digest, path.stat().st_size


def _period(noted: _Noted, since: dt.date | None) -> str:
    asked = "at any time" if since is None else f"since {since.isoformat()}"
    if noted.first is None or noted.last is None:
        return f"{asked} (there are none)"
    return f"{asked} (the earliest {noted.first.isoformat()}, the latest {noted.last.isoformat()})"


def _time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
