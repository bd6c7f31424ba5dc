"""Seconds of a feed of many persons, and of a bare JSON dump of the tables that it reads, with the memory of each.

Refuses to count the invention of the rows: a child process writes them, another reads them, each by itself.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import resource
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from benchmarks.crowd import crowd
from extraction.model import CountryRole, Stage
from extraction.model.palermo import ElementKind
from storage import schema
from storage.database import Database
from storage.feed.persons import FeedPersons
from storage.records.feed import FeedStage
from storage.resolution import timeline
from storage.resolution.mention import Mention
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import (
    AccusedRow,
    ChargeRow,
    CountryFactRow,
    CourtFactRow,
    ElementRow,
    EvidenceRow,
    OffenceRow,
    PenaltyRow,
    ReportRow,
)
from storage.tables.people import CaseMentionRow, CaseRow, MentionRow, PartyRow, PersonRow

PERSONS = 100_000
LIMIT = 3.0
"""Times that an export may take of what the dump takes."""
MEMORY = 500
"""MiB that an export may take."""
BATCH = 20_000
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
TABLES = (
    PersonRow, MentionRow, CaseMentionRow, CaseRow, PartyRow, AccusedRow, ReportRow, CopyRow, OffenceRow,
    ChargeRow, PenaltyRow, CountryFactRow, CourtFactRow, ElementRow, EvidenceRow,
)  # fmt: skip
"""What the feed reads, and what the dump writes: whole rows, without texts of articles."""
ELEMENTS = ((ElementKind.ACT, "recruitment"), (ElementKind.MEANS, "deception"))
"""What each story says of the crime: relevant stories of our own gold have 1.2 on average, of the press 4."""
Rows = dict[type, list[dict[str, Any]]]


def ratio(persons: int = PERSONS) -> Mapping[str, object]:
    """`ours`, `peer`: processor seconds of the whole feed, all its files, and of the dump; `ratio`: ours by it.

    `memory`: MiB of the whole process that wrote the feed. Without the feed's extra only reading is measured.
    """
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "x.db"
        _alone(_invent, path, persons)
        listed, reading, memory = _alone(_read, path)
        written = {}
        ours = reading
        if find_spec("followthemoney") is not None:
            entities, size, ours, memory = _alone(_write, path)
            written = {"entities": entities, "all files": f"{size:.0f} MiB"}
        rows, peer, peer_memory = _alone(_dump, path)
        bare = _alone(_driver, path)
    return {
        "ours": ours, "peer": peer, "ratio": ours / peer, "limit": LIMIT, "persons": listed, **written,
        "reading alone": f"{reading:.1f} s, {reading / peer:.2f} times", "rows of the dump": rows,
        "by the driver alone": f"{bare:.1f} s, {ours / bare:.2f} times",
        "memory": f"{memory:.0f} MiB of {MEMORY}", "dump memory": f"{peer_memory:.0f} MiB",
    }  # fmt: skip


def _alone(work: Callable[..., Any], *given: object) -> Any:
    """What `work` returns in a fresh process."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(work, given)


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _write(path: Path) -> tuple[int, float, float, float]:
    """Entities, MiB of files, seconds, MiB of memory."""
    from tipwatch.feed.ontology import ontology
    from tipwatch.feed.write import FeedFiles, write

    words = ontology()
    database = Database(f"sqlite:///{path}")
    order = FeedFiles(
        directory=path.parent / "feed", stage=FeedStage.CHARGED, include_unreviewed=True, min_score=0.75,
        coverage=[], coverage_json=[], now=NOW,
    )  # fmt: skip
    began = time.process_time()
    persons = FeedPersons(database).persons(FeedStage.CHARGED, include_unreviewed=True, min_score=0.75)
    made = write(order, persons, (), words)
    seconds = time.process_time() - began
    database.close()
    size = sum(file.stat().st_size for file in made.files) / (1 << 20)
    return made.entities, size, seconds, _memory()


def _read(path: Path) -> tuple[int, float, float]:
    """Persons, seconds, MiB."""
    database = Database(f"sqlite:///{path}")
    began = time.process_time()
    found = FeedPersons(database).persons(FeedStage.CHARGED, include_unreviewed=True, min_score=0.75)
    n = sum(1 for _ in found)
    seconds = time.process_time() - began
    database.close()
    return n, seconds, _memory()


def _dump(path: Path) -> tuple[int, float, float]:
    """Rows, seconds, MiB: every row as the database's layer gives it, one JSON object a line."""
    n = 0
    database = Database(f"sqlite:///{path}")
    began = time.process_time()
    with database.read() as session, path.with_suffix(".json").open("w", encoding="utf-8") as out:
        for table in TABLES:
            for row in session.execute(select(table.__table__).execution_options(yield_per=1000)).mappings():
                out.write(json.dumps(dict(row), ensure_ascii=False, default=str) + "\n")
                n += 1
    seconds = time.process_time() - began
    database.close()
    return n, seconds, _memory()


def _driver(path: Path) -> float:
    """Seconds of the same dump by SQLite's own driver, which makes no time, enum or list of what is stored."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    began = time.process_time()
    with path.with_suffix(".json").open("w", encoding="utf-8") as out:
        for table in TABLES:
            for row in connection.execute(f"SELECT * FROM {table.__tablename__}"):
                out.write(json.dumps(dict(row), ensure_ascii=False) + "\n")
    seconds = time.process_time() - began
    connection.close()
    return seconds


def _invent(path: Path, persons: int) -> None:
    """The tables of an invented crowd, resolved as the truth has it; a case each person and country."""
    database = Database(f"sqlite:///{path}")
    schema.upgrade(database)
    told, truth = crowd(persons)
    mentions = [
        replace(one, stage=Stage.CHARGED) if one.stage is Stage.ARRESTED else one for one in told
    ]  # all listed
    ids: dict[int, str] = {}
    for one in mentions:
        ids.setdefault(truth[one.id], one.id)
    with database.write() as session:
        rows: Rows = {}
        for made in (*_texts(mentions), *_facts(mentions, truth, ids), *_people(mentions, truth, ids)):
            table, row = made
            held = rows.setdefault(table, [])
            held.append(row)
            if len(held) >= BATCH:
                _flush(session, rows)
        _flush(session, rows)
    database.close()


def _flush(session: Session, rows: Rows) -> None:
    order = (ArticleRow, CopyRow, ReportRow, AccusedRow, MentionRow, PersonRow, CaseRow)
    for table in sorted(rows, key=lambda table: order.index(table) if table in order else len(order)):
        if rows[table]:
            session.execute(insert(table), rows[table])
            rows[table].clear()


def _texts(mentions: list[Mention]) -> Iterator[tuple[type, dict[str, Any]]]:
    for article_id, several in groupby(mentions, key=lambda one: one.article_id):
        first = next(several)
        day = first.date or NOW.date()
        yield ArticleRow, {"id": article_id, "text": "…", "text_version": 1, "read_version": 1}
        yield CopyRow, {
            "address_key": article_id, "article_id": article_id, "source_id": first.source,
            "country": min(first.countries), "url": f"https://{first.source}.example/news/{article_id}",
            "title": "A court story", "published": day.isoformat(), "language": "en", "names_others": False,
            "fetched_at": first.first_seen, "text_version": 1,
        }  # fmt: skip
        yield ReportRow, {
            "article_id": article_id, "relevant": True, "relevance_score": 0.9, "language_read": True,
            "extractor_version": "text-1.read-1", "text_version": 1, "read_version": 1, "title": "A court story",
            "doubts": {}, "minors_withheld": 0, "victims_withheld": 0, "unproven_withheld": 0, "read_at": NOW,
        }  # fmt: skip
        yield CountryFactRow, {
            "article_id": article_id, "country": min(first.countries), "role": CountryRole.PROSECUTION,
            "score": 0.9,
        }  # fmt: skip
        for k, court in enumerate(sorted(first.courts)):
            yield CourtFactRow, {"article_id": article_id, "k": k, "name": court}
        for kind, value in ELEMENTS:
            yield ElementRow, {"article_id": article_id, "kind": kind, "value": value}
            yield EvidenceRow, {
                "article_id": article_id, "fact": f"element/{kind.value}/{value}", "k": 0, "start": 500,
                "end": 514, "quote": "lured the girl", "rule": "palermo.act.recruitment@1", "score": 0.6,
            }  # fmt: skip


def _facts(
    mentions: list[Mention], truth: Mapping[str, int], ids: Mapping[int, str]
) -> Iterator[tuple[type, dict[str, Any]]]:
    for one in mentions:
        here = {"article_id": one.article_id, "n": int(one.id.rpartition("-")[2])}
        machine: dict[str, object] = {
            "name": one.name,
            "aliases": [],
            "stage": one.stage.value,
            "age": one.age,
            "offences": [],
        }
        yield MentionRow, {
            "id": one.id, **here, "name": one.name, "digests": ["0" * 32], "machine": machine, "score": 0.9,
            "extractor_version": "text-1.read-1", "first_seen": one.first_seen, "reopened": False,
            "person_id": f"p-{ids[truth[one.id]]}", "unresolved": False,
        }  # fmt: skip
        yield AccusedRow, {
            **here, "name": one.name, "aliases": [], "stage": one.stage, "age": one.age, "score": 0.9,
            "mention_id": one.id, "stage_date": None,
        }  # fmt: skip
        for offence in one.offences:
            yield OffenceRow, {**here, "offence": offence}
        yield ChargeRow, {**here, "k": 0, "text": "human trafficking", "offences": [], "section": "Section 370"}
        proofs = ["name", "role", "stage", "charge/0"]
        if one.stage is Stage.SENTENCED:
            yield PenaltyRow, {
                **here, "k": 0, "text": "ten years in prison", "months": 120, "life": False, "suspended": False,
                "parts": {},
            }  # fmt: skip
            proofs.append("penalty/0")
        for k, fact in enumerate(proofs):
            yield EvidenceRow, {
                "article_id": one.article_id, "fact": f"accused/{here['n']}/{fact}", "k": 0, "start": 40 * k,
                "end": 40 * k + 90, "rule": "stage.sentenced@1", "score": 0.9, "prefix": "The court heard that ",
                "quote": f"{one.name} was brought before the judge on Monday and told of the charges ({fact})",
                "suffix": " in a crowded room on Monday.",
            }  # fmt: skip


def _people(
    mentions: list[Mention], truth: Mapping[str, int], ids: Mapping[int, str]
) -> Iterator[tuple[type, dict[str, Any]]]:
    of_person: dict[int, list[Mention]] = {}
    for one in mentions:
        of_person.setdefault(truth[one.id], []).append(one)
    for n, several in of_person.items():
        furthest = max((one.stage for one in several), key=timeline.RANK.__getitem__)
        days = sorted(one.date or NOW.date() for one in several)
        countries = sorted(several[0].countries)
        yield PersonRow, {
            "id": f"p-{ids[n]}", "name": several[0].name, "aliases": [], "countries": countries, "stage": furthest,
            "stories": len(several), "first_seen": several[0].first_seen, "last_seen": several[-1].first_seen,
            "taken_down": False, "changed_at": NOW,
        }  # fmt: skip
        yield CaseRow, {
            "id": f"c-{ids[n]}", "country": countries[0], "first_date": days[0].isoformat(),
            "last_date": days[-1].isoformat(), "stage": furthest,
            "summary": {"courts": [], "offences": [], "charges": [], "victims": []},
        }  # fmt: skip
        yield PartyRow, {
            "case_id": f"c-{ids[n]}", "person_id": f"p-{ids[n]}", "stage": furthest, "cleared": False,
            "doubtful": False,
        }  # fmt: skip
        for one in several:
            yield CaseMentionRow, {"mention_id": one.id, "case_id": f"c-{ids[n]}"}


def main() -> int:
    """Print the figures; 1 when the feed is slower, or takes more, than it may."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--persons", type=int, default=PERSONS)
    figures = ratio(parser.parse_args().persons)
    for key, value in figures.items():
        print(f"{key}: {value:.2f}" if isinstance(value, float) else f"{key}: {value}")
    slow = float(str(figures["ratio"])) > LIMIT
    return int(slow or float(str(figures["memory"]).split()[0]) > MEMORY)


if __name__ == "__main__":
    raise SystemExit(main())
