"""Invented sources, pages, articles and reports for the tests of storage, and a dump of everything stored.

Refuses real names: every person here is made up.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

from sqlalchemy import create_engine, text

from config.source import Level, SourceState
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
from storage.records import FetchedPage, SourceFacts

NOW = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
V1 = "text-1.read-1"


def source(source_id: str = "in_herald", **changes: object) -> SourceFacts:
    """A source of India."""
    facts = SourceFacts(
        id=source_id,
        title="The Herald",
        country=source_id[:2],
        countries=(source_id[:2],),
        languages=("en",),
        level=Level.LOCAL,
        publisher="Herald Press",
        official=False,
        state=SourceState.ACTIVE,
        state_reason="reached",
        state_date=dt.date(2026, 1, 1),
        expected_min_month=1,
        expected_max_month=100,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def page(n: int = 0, source_id: str = "in_herald", **changes: object) -> FetchedPage:
    """The n-th page."""
    url = f"https://herald.example/news/{n}"
    made = FetchedPage(
        source_id=source_id,
        url=url,
        final_url=url,
        canonical_url=url,
        status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"), ("Server", "x")),
        body=f"<html><body><p>{story(n)}</p></body></html>".encode(),
        fetched_at=NOW + dt.timedelta(minutes=n),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def story(n: int) -> str:
    """The text of the n-th story."""
    return (
        f"Ravi Testman{n} was sentenced to ten years for trafficking\n"
        f"Judge Olga Benchly on Monday sentenced Ravi Testman{n}, 41, to ten years in prison under Section 370 of "
        f"the Indian Penal Code for trafficking Maya Sampleson, said witness Peter Lookson. Story {n}."
    )


def article(n: int = 0, source_id: str = "in_herald", **changes: object) -> Article:
    """The n-th article, as extraction would make it."""
    body = story(n)
    made = Article(
        id=hashlib.sha256(body.encode()).hexdigest(),
        url=f"https://herald.example/news/{n}",
        canonical_url=f"https://herald.example/news/{n}",
        text=body,
        title=f"Ravi Testman{n} sentenced, Maya Sampleson freed",
        published=f"2026-02-{n % 28 + 1:02d}",
        published_rule="feed",
        language="en",
        language_score=0.99,
        source=source_id,
        country=source_id[:2],
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def evidence(one: Article, quote: str, rule: str = "stage.sentenced@1", score: float = 0.9) -> Evidence:
    """A span of an article."""
    start = one.text.index(quote)
    return Evidence(start=start, end=start + len(quote), quote=quote, rule=rule, score=score)


def accused(one: Article, name: str, stage: Stage = Stage.SENTENCED, **changes: object) -> Accused:
    """Somebody accused in an article that names them."""
    sentence = one.text.split("\n")[-1].split(". ")[0]
    spans = {
        "name": (evidence(one, name, "name@1"),),
        "role": (evidence(one, name, "role@1"),),
        "stage": (evidence(one, sentence),),
    }
    return replace(Accused(name=name, stage=stage, evidence=spans, score=0.9), **changes)  # type: ignore[arg-type]


def report(n: int = 0, version: str = V1, **changes: object) -> CaseReport:
    """The n-th report: one accused, one victim, one official, one witness."""
    one = article(n)
    charge = Charge(
        text="trafficking",
        offences=frozenset({Offence.TRAFFICKING_UNSPECIFIED}),
        evidence=evidence(one, "trafficking Maya Sampleson", "charge@1"),
        statute="Indian Penal Code",
        section="Section 370",
    )
    penalty = Penalty(text="ten years in prison", evidence=evidence(one, "ten years in prison"), months=120)
    made = CaseReport(
        article_id=one.id,
        relevant=True,
        relevance_score=0.9,
        extractor_version=version,
        accused=(
            accused(
                one,
                f"Ravi Testman{n}",
                age=41,
                nationality="in",
                offences=frozenset({Offence.TRAFFICKING_UNSPECIFIED}),
                charges=(charge,),
                penalties=(penalty,),
            ),
        ),
        countries=(
            CountryFact(country="in", role=CountryRole.PROSECUTION, evidence=(), score=0.8),
            CountryFact(country="in", role=CountryRole.REPORTING, evidence=(), score=1.0),
        ),
        others=(
            Person(name="Maya Sampleson", role=Role.VICTIM, score=0.9),
            Person(name="Olga Benchly", role=Role.OFFICIAL, score=0.9),
            Person(name="Peter Lookson", role=Role.WITNESS, score=0.9),
        ),
        doubts={"age": 1},
    )
    return replace(made, **changes)  # type: ignore[arg-type]


# What depends on the order of deliveries and means nothing: row numbers and places in the archive.
NUMBERS = frozenset({"id", "page_id", "file", "offset", "length", "run_id", "read_at", "at"})


def dump(url: str, leave_out: frozenset[str] = NUMBERS) -> dict[str, list[tuple[str, ...]]]:
    """Every row of every table as texts, sorted; columns in `leave_out` are not shown (texts' ids are)."""
    engine = create_engine(url)
    found: dict[str, list[tuple[str, ...]]] = {}
    tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
    if not url.startswith("sqlite"):
        tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"
    with engine.connect() as connection:
        for (name,) in connection.execute(text(tables)).all():
            rows = connection.execute(text(f'SELECT * FROM "{name}"')).mappings().all()
            kept = leave_out - {"id"} if name in {"article", "source"} else leave_out
            shown = [tuple(f"{key}={row[key]}" for key in row if key not in kept) for row in rows]
            found[name] = sorted(shown)
    engine.dispose()
    return found
