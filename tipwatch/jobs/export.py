"""An export with its coverage, and a record of the run.

Refuses an export without coverage: the coverage is computed here, from the same database, at the same moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from config.reading_lexicons import read_languages
from config.source import Source
from storage.records import ExportFormat, ExportResult, ExportStage, RunKind, SourceFacts
from storage.store import Store
from tipwatch.jobs.resolve import resolve
from tipwatch.jobs.run import Clock, running


@dataclass(frozen=True, kw_only=True, slots=True)
class ExportOrder:
    """What to write, where. `force` writes also what has far fewer rows than the last export.

    Accused with a score below `min_score` wait for review: they are counted, not listed. `since` leaves out texts
    first seen before that day (UTC), from the list and from its coverage alike.
    """

    directory: Path
    stage: ExportStage
    format: ExportFormat
    min_score: float = 0.0
    since: dt.date | None = None
    force: bool = False


def export(store: Store, sources: Sequence[Source], order: ExportOrder, clock: Clock) -> ExportResult:
    """Write an export. `sources` is the whole catalogue, for the coverage's zeros and their reasons.

    Raises ExportRefused (the old export stays), ExportUnwritable, DiskFull.
    """
    if store.resolution.waiting():  # an acquittal that was read and not yet joined to its person counts, too
        resolve(store, clock)
    facts = [SourceFacts.of(source) for source in sources]
    with running(store, RunKind.EXPORT, clock) as run:
        coverage = store.coverage.by_country(
            since=order.since, catalogue_facts=facts, min_score=order.min_score, read_languages=read_languages()
        )
        result = store.exports.write(
            order.directory,
            order.stage,
            order.format,
            coverage,
            clock(),
            since=order.since,
            min_score=order.min_score,
            force=order.force,
        )
        run.counts["rows"] = result.rows
        run.counts["waiting_rows"] = result.waiting_rows
        run.counts["cleared_rows"] = result.cleared_rows
        run.detail = result.warning
        return result
