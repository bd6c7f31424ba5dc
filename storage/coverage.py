"""How well we looked: counts per source and country, and for every zero its reason.

Refuses a bare zero.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from storage import catalogue
from storage.database import Database
from storage.records.coverage import CountryCoverage, DayCount, SourceCoverage
from storage.records.sources import SourceFacts, StatusChange


class Coverage:
    """Coverage of sources and countries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sync_sources(self, sources: Sequence[SourceFacts], now: dt.datetime) -> int:
        """Store the catalogue's facts; returns how many statuses changed."""
        return self._database.transact(lambda session: catalogue.sync(session, sources, now))

    def status_history(self, source_id: str) -> list[StatusChange]:
        """The statuses that the catalogue gave a source, the oldest first."""
        with self._database.read() as session:
            return catalogue.history(session, source_id)

    def by_day(
        self, *, source_id: str | None = None, since: dt.date | None = None, until: dt.date | None = None
    ) -> list[DayCount]:
        """The stored counts, by source, day, measure and reason."""
        raise NotImplementedError

    def by_source(
        self,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        catalogue_facts: Sequence[SourceFacts] | None = None,
    ) -> list[SourceCoverage]:
        """One line a source, by id. Days are UTC, both ends included."""
        raise NotImplementedError

    def by_country(
        self,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        country: str | None = None,
        countries: Sequence[str] = (),
        catalogue_facts: Sequence[SourceFacts] | None = None,
    ) -> list[CountryCoverage]:
        """One line a country that any source covers, and each of `countries` even without a source, by code.

        `country` keeps that one alone. `catalogue_facts` is today's catalogue; sources that left it count too,
        as they were last synced.
        """
        raise NotImplementedError
