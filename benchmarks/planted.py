"""The truth behind a generated history: what was planted where and when, and what a report must say of it.

Refuses rows: this is what the benchmark and the tests know, not what tipwatch sees.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from storage.records.series import EventKind


@dataclass(frozen=True, kw_only=True, slots=True)
class PlantedEvent:
    """What a report must name. `source_id` and `country` are None where the reader changed for all."""

    kind: EventKind
    day: dt.date
    source_id: str | None = None
    country: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Planted:
    """The truth behind the history. `first` and `last` are days, both included.

    `stories` counts addresses, `texts` distinct texts; `syndicated` addresses hold an agency's text. `true_cases`
    counts cases, told or not, by country and year of their first event; `flat` are countries whose sources never
    changed; `empty` says why a country's row of the matrix is empty. `gaps` are window gaps by source, `missed`
    the entries that they lost, in the mean. `backfilled` is the source with stories from before our watching.
    """

    first: dt.date
    last: dt.date
    countries: tuple[str, ...]
    sources: tuple[str, ...]
    source_days: int
    stories: int
    texts: int
    syndicated: int
    syndicated_by_country: Mapping[str, int]
    on_topic: int
    added: PlantedEvent
    dead: PlantedEvent
    reader: PlantedEvent
    selectors: PlantedEvent
    agency_country: str
    papers: tuple[str, ...]
    true_cases: Mapping[tuple[str, int], int]
    flat: tuple[str, ...]
    empty: Mapping[str, str]
    gaps: Mapping[str, tuple[dt.date, ...]]
    missed: Mapping[str, float]
    backfilled: str

    @property
    def events(self) -> tuple[PlantedEvent, ...]:
        """All that must be named."""
        return (self.added, self.dead, self.reader, self.selectors)
