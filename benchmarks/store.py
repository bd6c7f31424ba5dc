"""Articles with their facts a second: through the store, and as a bare batched upsert of the same rows.

Refuses a peer that does less than it must: from the same objects it writes the same rows into the same tables in
the same batches; it checks no version, masks no name, looks for no superseded text and replaces no facts.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from extraction.model import (
    Accused,
    Article,
    CaseReport,
    Charge,
    CountryFact,
    CountryRole,
    Evidence,
    Offence,
    Penalty,
    Person,
    Role,
    Stage,
)
from storage import schema
from storage.articles import BATCH
from storage.counting import insert_into
from storage.database import Database
from storage.facts import FactRows
from storage.mentions import Readings
from storage.store import Store
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.base import Base, address_key
from storage.tables.people import MentionRow

NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
VERSION = "text-1.read-1"
ARTICLES = 3000
ROUNDS = 3
FILLER = "The court heard that the group had rented rooms near the station and kept the passports of the workers. "


def ratio() -> Mapping[str, object]:
    """Median of three rounds, in turn. `ours`, `peer`: articles with reports a second on SQLite; `again`: the same
    delivery a second time, which changes nothing; `one by one`: without the batch methods.
    """
    articles = [_article(n) for n in range(ARTICLES)]
    reports = [_report(one) for one in articles]
    rounds = [(_ours(articles, reports), _peer(articles, reports)) for _ in range(ROUNDS)]
    ours = statistics.median(first for (first, _), _ in rounds)
    peer = statistics.median(second for _, second in rounds)
    return {
        "ours": ours,
        "peer": peer,
        "ratio": statistics.median(first / second for (first, _), second in rounds),
        "again": f"{statistics.median(again for (_, again), _ in rounds):.0f}/s",
        "one by one": f"{_one_by_one(articles[:500], reports[:500]):.0f}/s",
    }


def _ours(articles: list[Article], reports: list[CaseReport]) -> tuple[float, float]:
    with tempfile.TemporaryDirectory() as name:
        with Store.open(f"sqlite:///{name}/x.db", Path(name) / "archive") as store:
            rates = []
            for _ in range(2):
                start = time.perf_counter()
                for first in range(0, len(articles), BATCH):
                    store.articles.save_many(
                        [(one, None) for one in articles[first : first + BATCH]], VERSION, NOW
                    )
                    store.articles.save_reports(reports[first : first + BATCH], NOW)
                rates.append(len(articles) / (time.perf_counter() - start))
        return rates[0], rates[1]


def _one_by_one(articles: list[Article], reports: list[CaseReport]) -> float:
    with (
        tempfile.TemporaryDirectory() as name,
        Store.open(f"sqlite:///{name}/x.db", Path(name) / "a") as store,
    ):
        start = time.perf_counter()
        for article, report in zip(articles, reports, strict=True):
            store.articles.save(article, None, VERSION, NOW)
            store.articles.save_report(report, NOW)
        return len(articles) / (time.perf_counter() - start)


def _peer(articles: list[Article], reports: list[CaseReport]) -> float:
    unmasked = [replace(report, others=()) for report in reports]
    with tempfile.TemporaryDirectory() as name:
        database = Database(f"sqlite:///{name}/x.db")
        with database.connection() as connection:
            Base.metadata.create_all(connection)
        start = time.perf_counter()
        for first in range(0, len(articles), BATCH):
            batch = _tables(articles[first : first + BATCH], unmasked[first : first + BATCH])
            with database.write() as session:
                for table, rows in batch:
                    keys = [column.name for column in table.primary_key.columns]
                    statement = insert_into(session, table)
                    changed = {key: statement.excluded[key] for key in rows[0] if key not in keys}
                    if changed:
                        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
                    else:
                        statement = statement.on_conflict_do_nothing()
                    session.execute(statement, rows)
        seconds = time.perf_counter() - start
        database.close()
    return len(articles) / seconds


def _tables(articles: list[Article], reports: list[CaseReport]) -> list[tuple[Any, list[dict[str, Any]]]]:
    """Rows by table, as the store would write them."""
    texts = [{"id": one.id, "text": one.text, "text_version": 1, "read_version": 1} for one in articles]
    copies = [
        {
            "address_key": address_key(one.url), "article_id": one.id, "page_id": None, "source_id": one.source,
            "country": one.country, "url": one.url, "canonical_url": one.canonical_url, "title": one.title,
            "published": one.published, "published_rule": None, "language": one.language, "language_score": None,
            "author": None, "fetched_at": NOW, "text_version": 1,
        }
        for one in articles
    ]  # fmt: skip
    facts = FactRows()
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/empty.db")
        schema.ensure(database)
        with database.read() as session:
            readings = Readings(session, reports, {one.id: NOW for one in articles})
            for article, report in zip(articles, reports, strict=True):
                facts.add(report, article.title, readings, NOW, text=article.text)
        database.close()
    mentions = list(readings._rows.values())  # the peer writes the same rows
    made = [
        (ArticleRow.__table__, texts), (CopyRow.__table__, copies), *facts.by_table(),
        (MentionRow.__table__, mentions),
    ]  # fmt: skip
    return [(table, rows) for table, rows in made if rows]


def _article(n: int) -> Article:
    lead = f"Court sentences Ravi Testman{n}\nRavi Testman{n} was sentenced to ten years by Olga Benchly. "
    text = lead + FILLER * 28  # 3,000 characters, the median of the shared page set's articles
    return Article(
        id=hashlib.sha256(f"{n} {text}".encode()).hexdigest(),
        url=f"https://herald.example/news/{n}",
        text=text,
        title=f"Court sentences Ravi Testman{n}",
        published="2025-12-31",
        language="en",
        source=f"in_source{n % 50}",
        country="in",
    )


def _report(article: Article) -> CaseReport:
    """One accused with the facts of an ordinary story, two others whose names are masked."""

    def span(start: int, end: int) -> Evidence:
        return Evidence(start=start, end=end, quote=article.text[start:end], rule="stage.sentenced@1", score=0.9)

    name = (article.title or "").removeprefix("Court sentences ")
    trafficking = frozenset({Offence.TRAFFICKING_UNSPECIFIED})
    one = Accused(
        name=name,
        stage=Stage.SENTENCED,
        score=0.9,
        age=41,
        offences=trafficking,
        evidence={field: (span(0, 90),) for field in ("name", "role", "stage", "age", "offences")},
        charges=(Charge(text="trafficking", offences=trafficking, evidence=span(50, 90)),),
        penalties=(Penalty(text="ten years", evidence=span(50, 90), months=120),),
    )
    return CaseReport(
        article_id=article.id,
        relevant=True,
        relevance_score=0.9,
        extractor_version=VERSION,
        relevance_evidence=(span(0, 90),),
        accused=(one,),
        countries=(
            CountryFact(country="in", role=CountryRole.PROSECUTION, evidence=(span(0, 40),), score=0.9),
            CountryFact(country="in", role=CountryRole.REPORTING, evidence=(), score=1.0),
        ),
        others=(
            Person(name="Maya Sampleson", role=Role.VICTIM, score=0.9),
            Person(name="Olga Benchly", role=Role.OFFICIAL, score=0.9),
        ),
    )


def main() -> int:
    """Print the figures."""
    for key, value in ratio().items():
        print(f"{key}: {value:.2f}" if isinstance(value, float) else f"{key}: {value}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
