"""How well we looked: counts per source and country, and for every zero its reason.

Refuses a bare zero.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.source import Level, SourceState
from storage import catalogue
from storage.concentration import concentration
from storage.database import Database
from storage.ledger import Ledger
from storage.months import refresh
from storage.reach import language_reach
from storage.records.coverage import CountryCoverage, CoverageCounts, DayCount, SourceCoverage
from storage.records.sources import SourceFacts, StatusChange
from storage.sums import counts_by_group, prosecuted_by_country
from storage.tables.coverage import SourceMonthRow
from storage.tables.runs import CoverageDayRow
from storage.zeros import zero_reasons

LEFT = "left the catalogue"
CRAWLABLE = frozenset({SourceState.ACTIVE, SourceState.UNVERIFIED})


class Coverage:
    """Coverage of sources and countries. Days are UTC; `since` and `until` are both included."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def refresh(self) -> int:
        """Count again what changed since the last time; jobs call it at their end. Returns how many months."""
        return refresh(self._database)

    def sync_sources(self, sources: Sequence[SourceFacts], now: dt.datetime) -> int:
        """Store the catalogue's facts; returns how many statuses changed."""
        return self._database.transact(lambda session: catalogue.sync(session, sources, now))

    def status_history(self, source_id: str) -> list[StatusChange]:
        """The statuses that the catalogue gave a source, the oldest first."""
        with self._database.read() as session:
            return catalogue.history(session, source_id)

    def sources(self, catalogue_facts: Sequence[SourceFacts] | None = None) -> dict[str, SourceFacts]:
        """Every source by id: today's catalogue, and those that left it, as retired."""
        with self._database.read() as session:
            return known_sources(session, catalogue_facts)

    def by_day(
        self, *, source_id: str | None = None, since: dt.date | None = None, until: dt.date | None = None
    ) -> list[DayCount]:
        """The stored counts, by source, day, measure and reason."""
        row = CoverageDayRow
        query = select(row).order_by(row.source_id, row.day, row.measure, row.reason)
        if source_id is not None:
            query = query.where(row.source_id == source_id)
        if since is not None:
            query = query.where(row.day >= since)
        if until is not None:
            query = query.where(row.day <= until)
        with self._database.read() as session:
            return [
                DayCount(source_id=one.source_id, day=one.day, measure=one.measure, reason=one.reason, n=one.n)
                for one in session.scalars(query)
            ]

    def by_source(
        self,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        catalogue_facts: Sequence[SourceFacts] | None = None,
        min_score: float = 0.0,
    ) -> list[SourceCoverage]:
        """One line a source, by id; one that only left counts, and was never synced, is there without facts."""
        self.refresh()
        with self._database.read() as session:
            sources = known_sources(session, catalogue_facts)
            ids = {*sources, *session.scalars(select(SourceMonthRow.source_id).distinct())}
            ledger = Ledger(session, (since, until))
            counts = counts_by_group(session, ledger, [(one, one) for one in ids], min_score)
        return [_source_coverage(one, sources.get(one), counts[one], ledger) for one in sorted(ids)]

    def by_country(
        self,
        *,
        since: dt.date | None = None,
        until: dt.date | None = None,
        country: str | None = None,
        countries: Sequence[str] = (),
        catalogue_facts: Sequence[SourceFacts] | None = None,
        min_score: float = 0.0,
        published: bool = False,
        read_languages: Collection[str] = (),
    ) -> list[CountryCoverage]:
        """One line a country that any source covers, and each of `countries` even without a source, by code.

        `country` keeps that one alone (and it is there, source or not). `catalogue_facts` is today's catalogue;
        sources that left it count too, as retired. Accused with a score below `min_score` wait for review.
        `published` groups by the country of publication instead of the countries covered. `read_languages` are
        those that the reader reads.
        """
        self.refresh()
        with self._database.read() as session:
            sources = known_sources(session, catalogue_facts)
            homes = [(one.id, one.country) for one in sources.values()]
            pairs = homes if published else [(one.id, code) for one in sources.values() for code in one.countries]
            asked = {*countries, *(code for _, code in pairs)} if country is None else {country}
            pairs = [(source_id, code) for source_id, code in pairs if code in asked]
            ledger = Ledger(session, (since, until))
            counts = counts_by_group(session, ledger, pairs, min_score)
            at_home = [(source_id, code) for source_id, code in homes if code in asked]
            # Most sources cover their own country alone: then both groupings are one.
            about = (
                {name: one.about for name, one in counts.items()}
                if set(at_home) == set(pairs)
                else ledger.about(at_home)
            )
            prosecuted = prosecuted_by_country(ledger)
        covering: dict[str, list[SourceFacts]] = {code: [] for code in sorted(asked)}
        for source_id, code in sorted(set(pairs)):
            covering[code].append(sources[source_id])
        return [
            _country_coverage(
                code, found, counts.get(code, CoverageCounts()), ledger,
                prosecuted_here=prosecuted.get(code, 0), about=about.get(code, {}), read_languages=read_languages,
            )
            for code, found in covering.items()
        ]  # fmt: skip


def known_sources(session: Session, given: Sequence[SourceFacts] | None) -> dict[str, SourceFacts]:
    """By id. Who is not in today's catalogue is watched by nobody: retired, whatever its file once said."""
    stored = catalogue.facts(session)
    if given is None:
        return {one.id: one for one in stored}
    gone = {one.id: replace(one, state=SourceState.RETIRED, state_reason=LEFT) for one in stored}
    return dict(sorted((gone | {one.id: one for one in given}).items()))


def _source_coverage(
    source_id: str, facts: SourceFacts | None, counts: CoverageCounts, ledger: Ledger
) -> SourceCoverage:
    state = SourceState.UNVERIFIED if facts is None else facts.state
    watched = ledger.watched_days(source_id)
    return SourceCoverage(
        source_id=source_id,
        title=source_id if facts is None else facts.title,
        country=None if facts is None else facts.country,
        countries=() if facts is None else facts.countries,
        languages=() if facts is None else facts.languages,
        level=Level.UNKNOWN if facts is None else facts.level,
        state=state,
        counts=counts,
        zeros=zero_reasons(
            counts, sources=1, crawlable=int(state in CRAWLABLE), earlier=source_id in ledger.earlier
        ),
        watched_from=watched[0] if watched else None,
        watched_to=watched[-1] if watched else None,
    )


def _country_coverage(
    country: str,
    sources: Sequence[SourceFacts],
    counts: CoverageCounts,
    ledger: Ledger,
    *,
    prosecuted_here: int,
    about: Mapping[str, int],
    read_languages: Collection[str],
) -> CountryCoverage:
    crawlable = [one for one in sources if one.state in CRAWLABLE]
    # Who was polled in the period was expected then, whatever the catalogue says today.
    left = [one for one in sources if one.state not in CRAWLABLE and ledger.was_tried(one.id)]
    expected = [*crawlable, *left]
    watched = [one for one in sources if ledger.days_watched(one.id) > 0]
    copies = {one.id: ledger.copies(one.id) for one in sources}
    shares = concentration(copies.values())
    return CountryCoverage(
        country=country,
        sources=len(sources),
        sources_by_state=_counted(one.state.value for one in sources),
        sources_by_level=_counted(one.level.value for one in sources),
        sources_by_language=_counted(language for one in sources for language in one.languages),
        sources_by_kind=_counted(one.kind.value for one in sources),
        sources_expected=len(expected),
        sources_watched=len(watched),
        watched_by_level=_counted(one.level.value for one in watched),
        watched_by_language=_counted(language for one in watched for language in one.languages),
        watched_by_kind=_counted(one.kind.value for one in watched),
        source_days_expected=sum(ledger.days_expected(one.id) for one in crawlable)
        + sum(ledger.days_expected(one.id, to_the_last_poll=True) for one in left),
        source_days_watched=sum(ledger.days_watched(one.id) for one in expected),
        largest_source=None if shares is None else max(sorted(copies), key=lambda one: copies[one]),
        largest_source_share=None if shares is None else shares.largest,
        hhi=None if shares is None else shares.hhi,
        domestic=about.get(country, 0),
        foreign=sum(n for code, n in about.items() if code != country),
        languages=language_reach(country, sources, {one.id for one in watched}, read_languages),
        counts=counts,
        prosecuted_here=prosecuted_here,
        zeros=zero_reasons(
            counts,
            sources=len(sources),
            crawlable=len(crawlable),
            earlier=any(one.id in ledger.earlier for one in sources),
        ),
    )


def _counted(words: Iterable[str]) -> Mapping[str, int]:
    return dict(sorted(Counter(words).items()))
