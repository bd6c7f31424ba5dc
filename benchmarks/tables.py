"""Rows in bulk into the tables of a fresh SQLite database: what the store writes one batch at a time.

Refuses a database in use: it is written without a journal, and is whole only at the end of the block.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

BATCH = 20_000
COLUMNS: Mapping[str, str] = {
    "article": "id text text_version read_version",
    "page": "source_id address_key url final_url canonical_url status content_type fetched_at gate_words file "
    "offset length digest text_version quarantined",
    "article_copy": "address_key article_id page_id source_id country url canonical_url title published "
    "language fetched_at text_version",
    "report": "article_id relevant relevance_score language_read extractor_version text_version read_version "
    "title doubts minors_withheld victims_withheld unproven_withheld read_at",
    "accused": "article_id n name aliases stage nationality score",
    "accused_offence": "article_id n offence",
    "country_fact": "article_id country role score",
    "evidence": "article_id fact k start end quote rule score",
    "coverage_day": "source_id day measure reason n",
    "poll": "source_id address_key url at kind ok failure status entries new oldest newest overlapped",
    "reading_change": "source_id month from_version to_version stories on_topic_before on_topic_after "
    "named_before named_after",
    "coverage_event": "at kind source_id countries before after detail",
}
CONSTANT: Mapping[str, Mapping[str, object]] = {"poll": {"not_modified": 0}}
"""Columns that are the same in every row."""


class Tables:
    """Buffers rows and inserts them by the thousand."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "foreign_keys=OFF", "cache_size=-400000"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN")
        self._rows: dict[str, list[tuple[object, ...]]] = {name: [] for name in COLUMNS}

    def add(self, table: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Add rows of one table, columns as in `COLUMNS`."""
        held = self._rows[table]
        held.extend(rows)
        if len(held) >= BATCH:
            self._flush(table)

    def mark_stale(self) -> None:
        """Mark every month of a source that holds anything, as the write path does (as migration 0003)."""
        self._flush(*COLUMNS)
        for table, column in (("coverage_day", "day"), ("article_copy", "fetched_at"), ("page", "fetched_at")):
            self._connection.execute(
                f"INSERT INTO stale_month (source_id, month) SELECT DISTINCT source_id, "
                f"date({column}, 'start of month') FROM {table} WHERE source_id IS NOT NULL ON CONFLICT DO NOTHING"
            )

    def _flush(self, *tables: str) -> None:
        for table in tables:
            names = [*COLUMNS[table].split(), *CONSTANT.get(table, {})]
            fixed = tuple(CONSTANT.get(table, {}).values())
            quoted = ", ".join(f'"{name}"' for name in names)
            marks = ", ".join("?" * len(names))
            rows = [(*row, *fixed) for row in self._rows[table]] if fixed else self._rows[table]
            self._connection.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({marks})", rows)
            self._rows[table] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._flush(*COLUMNS)
            self._connection.execute("COMMIT")
            self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.close()
