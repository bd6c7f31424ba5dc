"""A database that has grown for two years: a million stories, 200,000 persons, and all that hangs on them.

Refuses to be a copy of the writing path: rows go in by the table, as extraction, resolution and reviewers leave
them. A twentieth is invented, the rest are its copies under other ids and names (`grown_copies`), which takes a
tenth of the time. Bands of near-equal texts (`syndication_band`) are left out: nobody waits for what reads them.
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from random import Random
from typing import Any, Self

from sqlalchemy import Connection, Engine, Table, create_engine, event, insert, text

from benchmarks.crowd import crowd
from benchmarks.grown_copies import multiply
from benchmarks.grown_people import PeopleRows
from benchmarks.grown_stories import StoryRows
from benchmarks.grown_watching import catalogue, watching
from storage import schema
from storage.database import Database
from storage.tables import Base

STORIES, PERSONS = 1_000_000, 200_000
DAYS = 730
BATCH = 20_000
LEAST = 10_000  # stories that are invented
MOST_COPIES = 20
PLACES = 10  # outlets of a country
PRAGMAS = ("synchronous=OFF", "foreign_keys=OFF", "cache_size=-1500000", "temp_store=MEMORY")
"""Of a file that nobody else uses: what a kill leaves is thrown away."""
ORDER = ("article", "page", "report", "accused", "mention", "person", "court_case")
"""Tables to which others point."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grown:
    """How much there is, and how long it took."""

    stories: int
    persons: int
    mentions: int
    now: dt.datetime
    seconds: float


class Bulk:
    """Rows into the tables of one database, some thousands at a time, all in one transaction."""

    def __init__(self, url: str) -> None:
        database = Database(url)
        schema.ensure(database)
        database.close()
        self._engine = _engine(url)
        self._rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._held = 0
        self.counts: Counter[str] = Counter()

    def __enter__(self) -> Self:
        self._connection: Connection = self._engine.connect()
        self._transaction = self._connection.begin()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._flush()
            self._transaction.commit()
        else:
            self._transaction.rollback()
        self._connection.close()
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        self._engine.dispose()

    def add(self, rows: Iterable[tuple[str, dict[str, Any]]]) -> None:
        """Add rows, each with the name of its table; every row of a table has the same keys."""
        for name, row in rows:
            self._rows[name].append(row)
            self._held += 1
        if self._held >= BATCH:
            self._flush()

    def execute(self, statement: str) -> None:
        """Run a statement over what was added so far."""
        self._flush()
        self._connection.execute(text(statement))

    def multiply(self, copies: int, pages: int) -> None:
        """Copy what was added so often; there are so many pages of it."""
        self._flush()
        multiply(self._connection, copies, pages)

    def _flush(self) -> None:
        for name in sorted(self._rows, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER)):
            rows = self._rows[name]
            if rows:
                self.counts[name] += len(rows)
                table: Table = Base.metadata.tables[name]
                if name == "article":  # random keys: in order they are put in without searching the index
                    rows.sort(key=lambda row: str(row["id"]))
                self._connection.execute(insert(table), rows)
                rows.clear()
        self._held = 0


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":

        @event.listens_for(engine, "connect")
        def fast(connection: Any, _record: object) -> None:
            for pragma in ("journal_mode=OFF", *PRAGMAS):
                connection.execute(f"PRAGMA {pragma}")

    else:

        @event.listens_for(engine, "connect")
        def plain(connection: Any, _record: object) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET synchronous_commit = off")
            connection.commit()

    return engine


def grow(
    url: str,
    sources: Path,
    *,
    stories: int = STORIES,
    persons: int = PERSONS,
    days: int = DAYS,
    now: dt.datetime,
    seed: int = 8,
) -> Grown:
    """Fill the empty database at `url`, and write the catalogue into `sources`. The same arguments, the same rows.

    `stories` are addresses that hold a text; a tenth of the texts stands at two. The watching ends at `now`, and
    began so many days before.
    """
    began = time.perf_counter()
    random = Random(seed)
    copies = max(1, min(MOST_COPIES, stories // LEAST))
    mentions, truth = crowd(persons // copies, seed)
    outlets = catalogue(sources, sorted({one.source or "" for one in mentions}), PLACES, now)
    start = now - dt.timedelta(days=days)
    with Bulk(url) as bulk:
        rows = StoryRows(random, outlets, start, now)
        people = PeopleRows(random, truth, now, copies)
        for _, several in groupby(mentions, key=lambda one: one.article_id):
            story = rows.told(list(several))
            bulk.add(rows.flushed())
            bulk.add(people.told(story))
        while rows.copies < stories // copies:
            rows.other()
            bulk.add(rows.flushed())
        for made in people.resolved():
            bulk.add(made)
        bulk.multiply(copies, rows.copies)
        for made in people.not_copied():
            bulk.add(made)
        for made in watching(random, outlets, {key: n * copies for key, n in rows.kept.items()}, start, now):
            bulk.add(made)
        for column, table in (("day", "coverage_day"), ("fetched_at", "article_copy")):
            month = "date_trunc('month', {})::date" if "postgres" in url else "date({}, 'start of month')"
            bulk.execute(
                f"INSERT INTO stale_month (source_id, month) SELECT DISTINCT source_id, {month.format(column)} "
                f"FROM {table} WHERE source_id IS NOT NULL ON CONFLICT DO NOTHING"
            )
    n = bulk.counts
    return Grown(
        stories=n["article_copy"] * copies, persons=n["person"] * copies, mentions=n["mention"] * copies, now=now,
        seconds=time.perf_counter() - began,
    )  # fmt: skip


def main() -> int:
    """Fill a folder and say what is in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="gets tipwatch.db and sources/")
    parser.add_argument("--stories", type=int, default=STORIES)
    parser.add_argument("--persons", type=int, default=PERSONS)
    parser.add_argument("--url", help="of an empty PostgreSQL database, in the place of tipwatch.db")
    given = parser.parse_args()
    url = given.url or f"sqlite:///{given.directory / 'tipwatch.db'}"
    grown = grow(
        url, given.directory / "sources", stories=given.stories, persons=given.persons,
        now=dt.datetime.now(dt.UTC).replace(microsecond=0),
    )  # fmt: skip
    print(grown)
    return 0


if __name__ == "__main__":
    sys.exit(main())
