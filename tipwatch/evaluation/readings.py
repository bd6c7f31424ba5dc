"""Readings to score: our own reader's, with the spans that prove each fact, or a file of predictions.

Refuses to look into how a reading came about; a story that could not be read claims nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from extraction.language import detect
from extraction.model import Article, CaseReport
from extraction.predictions import prediction
from extraction.reader import Reader, ReadFailure
from tipwatch.evaluation.records import ArticleRecord, article_record, read_records

SHOWN = ("stage", "age", "nationality", "offences")
"""Facts of an accused whose spans the report page marks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """Characters of the article's text that prove a fact of a person; `rule` is who says so."""

    start: int
    end: int
    fact: str
    rule: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Readings:
    """Predictions by article id, spans by article id (none for predictions from a file), and how long it took.

    `words_per_second` is None for predictions from a file. `failed` articles could not be read.
    """

    said: Mapping[str, ArticleRecord]
    spans: Mapping[str, tuple[Span, ...]] = field(default_factory=dict)
    words_per_second: float | None = None
    failed: int = 0


def from_file(path: Path) -> Readings:
    """Predictions of `tipwatch extract --output`. Raises CommandError, OSError."""
    return Readings(said={one.id: one for one in read_records(path)})


def from_reader(
    reader: Reader, articles: Iterable[Article], advance: Callable[[int], None] = lambda _: None
) -> Readings:
    """Read every article now, with the article's date and country as the extractor would have them."""
    stories = [one if one.language else replace(one, language=detect(one.text)[0]) for one in articles]
    said: dict[str, ArticleRecord] = {}
    spans: dict[str, tuple[Span, ...]] = {}
    failed = 0
    began = time.perf_counter()
    for report in reader.read_many(stories):
        advance(1)
        if isinstance(report, ReadFailure):
            failed += 1
            continue
        said[report.article_id] = article_record(prediction(report))
        spans[report.article_id] = proofs(report)
    seconds = time.perf_counter() - began
    words = sum(len(story.text.split()) for story in stories)
    return Readings(said=said, spans=spans, words_per_second=words / seconds if stories else None, failed=failed)


def proofs(report: CaseReport) -> tuple[Span, ...]:
    """Spans of a report's facts, each once."""
    found = [
        Span(start=one.start, end=one.end, fact=fact, rule=one.rule)
        for person in report.accused
        for fact in SHOWN
        for one in person.evidence.get(fact, ())
    ]
    found += [
        Span(start=one.evidence.start, end=one.evidence.end, fact="penalty", rule=one.evidence.rule)
        for person in report.accused
        for one in person.penalties
    ]
    return tuple(dict.fromkeys(found))
