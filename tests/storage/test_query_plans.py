"""No command or page that somebody waits for looks through a whole large table, on SQLite and PostgreSQL.

Refuses made-up statements: what is explained is what the real calls asked, on a database that has grown a little.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event

from benchmarks.grown import grow
from config.catalogue import load_catalogue
from config.settings import Settings
from extraction.version import EXTRACTOR_VERSION
from storage.database import Database
from storage.records import ExportStage, RunKind
from storage.records.people import Reason
from storage.store import Store
from storage.tables import Base
from tipwatch.jobs.status import look

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
STORIES, PERSONS, DAYS = 8_000, 2_000, 12
LARGE = frozenset(
    {
        "article", "article_copy", "page", "report", "accused", "accused_offence", "charge", "penalty", "evidence",
        "country_fact", "court_fact", "element_fact", "victim_count", "mention", "mention_key", "judgement",
        "person", "person_name", "party", "court_case", "case_mention", "syndication", "frontier", "poll",
        "coverage_day", "crawl_run", "audit", "api_access", "repeated_story", "former_person",
    }
)  # fmt: skip
"""Tables that grow with stories, persons or days; the others hold sources, users or what waits."""
Call = Callable[[Store, str], object]
"""What is asked of a store about a person."""


@pytest.fixture(scope="module")
def grown_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    folder = tmp_path_factory.mktemp("grown")
    shutil.copy(sqlite_template, folder / "grown.db")
    return _grown(f"sqlite:///{folder / 'grown.db'}", folder)


@pytest.fixture(scope="module")
def grown_unmeasured(grown_sqlite: tuple[str, Path], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """The same without the statistics that ANALYZE writes: nobody's SQLite file has them."""
    folder = tmp_path_factory.mktemp("unmeasured")
    shutil.copytree(grown_sqlite[1], folder, dirs_exist_ok=True)
    with sqlite3.connect(folder / "grown.db") as connection:
        connection.execute("DELETE FROM sqlite_stat1")
    connection.close()
    return f"sqlite:///{folder / 'grown.db'}", folder


@pytest.fixture(scope="module")
def grown_postgres(
    postgres_server: str, postgres_template: str, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    from sqlalchemy import create_engine, text

    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE grown TEMPLATE "{postgres_template}"'))
    engine.dispose()
    return _grown(postgres_server.rpartition("/")[0] + "/grown", tmp_path_factory.mktemp("grown"))


def _grown(url: str, folder: Path) -> tuple[str, Path]:
    found = grow(url, folder / "sources", stories=STORIES, persons=PERSONS, days=DAYS, now=NOW)
    assert found.stories >= STORIES
    with Store.open(url, folder / "archive") as store:
        store.coverage.refresh()
    return url, folder


@pytest.fixture(params=["sqlite", "unmeasured", pytest.param("postgres", marks=pytest.mark.postgres)])
def grown(request: pytest.FixtureRequest) -> Iterator[Store]:
    url, folder = request.getfixturevalue(f"grown_{request.param}")
    with Store.open(url, folder / "archive") as store:
        yield store


def busiest(store: Store) -> str:
    """Of some persons the one with the most stories; asked before the statements are noted."""
    return max(store.people.people(limit=50), key=lambda one: one.stories).id


def record(person: str, store: Store) -> str:
    return store.people.person(person).records[0].mention_id


def status(store: Store, _person: str) -> object:
    folder = Path(str(store.archive.folder)).parent
    sources = list(load_catalogue(folder / "sources").sources.values())
    return look(store, sources, Settings(data_dir=folder), NOW)


def accept(store: Store, person: str) -> object:
    here = record(person, store)
    store.reviews.accept(here, store.reviews.record(here).seen, "anna", NOW)
    store.reviews.reopen(here, "anna", NOW)
    return here


def merge(store: Store, person: str) -> object:
    other = next(one.id for one in store.people.people(limit=2) if one.id != person)
    return store.people.merge(person, other, "anna", NOW)


def queue_of(reason: Reason) -> Call:
    return lambda store, _: store.reviews.queue(NOW, min_score=0.75, country="np", reasons=[reason])


CALLS: dict[str, Call] = {
    "status": status,
    "coverage": lambda store, _: store.coverage.by_country(),
    "person": lambda store, person: store.people.person(person),
    "record": lambda store, person: store.reviews.record(record(person, store)),
    "queue": lambda store, _: store.reviews.queue(NOW, min_score=0.75),
    "queue of a country": lambda store, _: store.reviews.queue(NOW, min_score=0.75, country="np"),
    **{f"queue of {reason}, a country": queue_of(reason) for reason in Reason},
    "search of records": lambda store, _: store.reviews.search("kumar", loose=True),
    "export of a day": lambda store, _: list(store.exports.rows(ExportStage.CHARGED.stages, NOW.date())),
    "runs": lambda store, _: store.runs.history(kind=RunKind.CHECK, limit=1),
    "monitor": lambda store, _: (store.gauges.last_runs(), store.gauges.backlog(EXTRACTOR_VERSION, 10_000)),
    "takedowns": lambda store, _: store.takedowns.all(),
    "log": lambda store, _: store.audit.entries(limit=200),
    "log of a day": lambda store, _: store.audit.entries(since=NOW.date()),
    "accept and reopen": accept,
    "merge": merge,
    "changes of the feed": lambda store, _: store.feed.changed_since(NOW - dt.timedelta(days=1)),
    "moment of the feed": lambda store, _: store.feed.moment(),
}
ALLOWED: dict[str, frozenset[str]] = {
    "coverage": frozenset({"repeated_story"}),  # texts at several addresses, which count once: a sum over all
}


@contextmanager
def asked(store: Store) -> Iterator[list[tuple[str, Any]]]:
    """Statements of the block with their values, as the driver got them; each once."""
    found: dict[str, Any] = {}

    def note(_c: object, _cursor: object, statement: str, values: Any, _context: object, many: bool) -> None:
        if re.match(r"\s*(SELECT|UPDATE|DELETE|WITH)", statement):
            found.setdefault(statement, values[0] if many else values)

    engine = _database(store)._engine
    event.listen(engine, "before_cursor_execute", note)
    told: list[tuple[str, Any]] = []
    try:
        yield told
    finally:
        event.remove(engine, "before_cursor_execute", note)
        told += found.items()


def _database(store: Store) -> Database:
    return store._database


def scans(store: Store, statement: str, values: Any) -> list[str]:
    """Large tables that the plan of a statement looks through from end to end."""
    with _database(store).connection() as connection:
        if _database(store).is_sqlite:
            return _sqlite_scans(connection, statement, values)
        return _postgres_scans(connection, statement, values)


def _sqlite_scans(connection: Connection, statement: str, values: Any) -> list[str]:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all()
    tables = _named(statement)
    told = [str(row[3]) for row in rows]
    stops = "LIMIT" in statement and not any("TEMP B-TREE FOR ORDER" in one for one in told)
    found = []
    for one in told:
        scan = re.match(r"SCAN (\w+)(?: USING (?:COVERING )?INDEX (\w+))?", one)
        table = "" if scan is None else tables.get(scan[1], scan[1])
        if scan is not None and table in LARGE and not stops and scan[2] not in FEW:
            found.append(f"{table}: {one}")
    return found


def _postgres_scans(connection: Connection, statement: str, values: Any) -> list[str]:
    """Where the tables are small a scan is right; it is asked whether there is another way."""
    for way in ("seqscan", "mergejoin", "hashjoin"):  # the last two read a whole index where tables are small
        connection.exec_driver_sql(f"SET LOCAL enable_{way} = off")
    raw = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values).scalar_one()
    plan = raw if isinstance(raw, list) else json.loads(str(raw))
    return [told for top in plan for told in _nodes(top["Plan"], stops=False)]


def _nodes(node: dict[str, Any], *, stops: bool) -> Iterator[str]:
    stops = stops or node["Node Type"] == "Limit"
    table, kind = node.get("Relation Name", ""), node["Node Type"]
    if table in LARGE and "Scan" in kind:
        looked_up = "Index Cond" in node or kind == "Bitmap Heap Scan"
        if kind == "Seq Scan" or not (looked_up or stops or node.get("Index Name", "") in FEW):
            yield f"{table}: {kind} {node.get('Index Name', '')}".strip()
    for inner in node.get("Plans", ()):
        yield from _nodes(inner, stops=stops)


def _named(statement: str) -> dict[str, str]:
    """Tables by their aliases."""
    found = re.findall(r"(?:FROM|JOIN|,)\s+\"?(\w+)\"?\s+AS\s+\"?(\w+)\"?", statement)
    return {alias: table for table, alias in found}


FEW = frozenset(
    str(index.name)
    for table in Base.metadata.tables.values()
    for index in table.indexes
    if index.dialect_options["sqlite"]["where"] is not None
)
"""Indexes of few rows, which may be read whole."""


@pytest.mark.parametrize("name", CALLS)
def test_nothing_large_is_looked_through(grown: Store, name: str) -> None:
    person = busiest(grown)
    with asked(grown) as statements:
        CALLS[name](grown, person)
    assert statements, "nothing was asked"
    found = {
        scan: " ".join(statement.split())[:400]
        for statement, values in statements
        for scan in scans(grown, statement, values)
    }
    assert {
        scan: why for scan, why in found.items() if scan.partition(":")[0] not in ALLOWED.get(name, frozenset())
    } == {}


@pytest.mark.parametrize("country", ["np", "us", "gh"])
def test_a_country_of_few_texts_is_asked_for_otherwise_and_answered_alike(
    grown: Store, monkeypatch: pytest.MonkeyPatch, country: str
) -> None:
    rare = grown.reviews.queue(NOW, min_score=0.75, country=country, limit=40)
    monkeypatch.setattr("storage.queue.RARE", 0)
    assert rare == grown.reviews.queue(NOW, min_score=0.75, country=country, limit=40)
    assert {one.record.country for one in rare if one.other is None} == {country}
