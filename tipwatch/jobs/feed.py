"""A feed for due diligence with its coverage, and a record of the run.

Refuses a feed of a database that is not resolved: an acquittal that was read must count before the list goes out.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from config.reading_lexicons import read_languages
from config.reference import ReferenceFigure, load_reference
from config.source import Source
from storage.records import CountryCoverage, RunKind, SourceFacts
from storage.records.feed import FeedOrganisation, FeedPerson, FeedStage
from storage.references import merged
from storage.store import Store
from tipwatch.coverage_record import as_record, context
from tipwatch.feed.assertions import Limits
from tipwatch.feed.ontology import ontology
from tipwatch.feed.write import FeedFiles, FeedResult, write
from tipwatch.jobs.resolve import resolve
from tipwatch.jobs.run import Clock, running


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedOrder:
    """What to write, where. `force` writes also what fails its assertions.

    Records that no human has looked at come with `include_unreviewed` only, from a score of `min_score` on.
    """

    directory: Path
    stage: FeedStage = FeedStage.CONVICTED
    include_unreviewed: bool = False
    min_score: float = 0.0
    base_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    force: bool = False
    name: str | None = None  # in the settings; None for one that somebody asked for by hand


def feed(store: Store, sources: Sequence[Source], order: FeedOrder, clock: Clock) -> FeedResult:
    """Write a feed. `sources` is the whole catalogue, for the coverage's zeros and their reasons.

    Organisations have no stage of their own: they are in the list of the accused only.
    Raises CommandError without the extra, ExportRefused (the last feed stays), ExportUnwritable, OSError.
    """
    facts = [SourceFacts.of(source) for source in sources]
    with running(store, RunKind.FEED, clock, order.name) as run:
        words = ontology()  # before anything else: without the library nothing is begun
        if store.resolution.waiting():
            resolve(store, clock)
        coverage = store.coverage.by_country(
            catalogue_facts=facts, min_score=order.min_score, read_languages=read_languages()
        )
        files = FeedFiles(
            directory=order.directory,
            stage=order.stage,
            include_unreviewed=order.include_unreviewed,
            min_score=order.min_score,
            coverage=coverage,
            coverage_json=_records(coverage, merged(load_reference(), store.references.figures())),
            now=clock(),
            base_url=order.base_url,
            limits=order.limits,
            excused=store.withdrawals.excused,
            force=order.force,
        )
        result = write(files, _persons(store, order), _organisations(store, order), words)
        run.counts["rows"] = result.targets
        run.counts["entities"] = result.entities
        run.detail = " ".join(result.warnings) or None
        return result


def count(store: Store, order: FeedOrder) -> tuple[int, int]:
    """How many persons a feed of the database as it is resolved would have, and how many are only accused."""
    found = accused = 0
    for person in _persons(store, order):
        found += 1
        accused += not person.perpetrator
    return found, accused


def _persons(store: Store, order: FeedOrder) -> Iterator[FeedPerson]:
    return store.feed.persons(order.stage, include_unreviewed=order.include_unreviewed, min_score=order.min_score)


def _organisations(store: Store, order: FeedOrder) -> Iterator[FeedOrganisation]:
    if order.stage is FeedStage.CONVICTED:
        return iter(())
    return store.feed.organisations(
        order.stage, include_unreviewed=order.include_unreviewed, min_score=order.min_score
    )


def _records(coverage: Sequence[CountryCoverage], figures: Sequence[ReferenceFigure]) -> list[dict[str, Any]]:
    """Records as `tipwatch coverage --format json` has them, times as text."""
    by_country: dict[str, list[ReferenceFigure]] = defaultdict(list)
    for figure in figures:
        by_country[figure.country].append(figure)
    return [
        _plain({**as_record(one), "context": context(one.country, by_country[one.country])})
        for one in sorted(coverage, key=lambda one: one.country)
    ]


def _plain(value: Any) -> Any:
    match value:
        case dict():
            return {key: _plain(one) for key, one in value.items()}
        case list():
            return [_plain(one) for one in value]
        case dt.date():
            return value.isoformat()
        case _:
            return value
