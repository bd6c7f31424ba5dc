"""Counts over time and between countries: months, re-readings, days, mentions, and origin by country.

Refuses names: a mention carries a digest of the name, so that equal names meet and none leaves.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata
from collections import Counter, defaultdict

from sqlalchemy import func, select

from extraction.model import CountryRole, Stage
from storage.database import Database
from storage.ledger import Ledger, Pairs, group_table
from storage.months import refresh
from storage.periods import Period, between, between_times
from storage.records.series import AccusedMention, MatrixCell, MonthCounts, ReadingChange, SourceDays
from storage.tables.articles import CopyRow
from storage.tables.coverage import ReadingChangeRow
from storage.tables.facts import AccusedRow, CountryFactRow, ReportRow
from storage.tables.people import CaseMentionRow, MentionRow, SyndicationRow

LEAST_NAME_PARTS = 2
"""A name of one word ("Ahmed") says too little to tell that two stories report one case."""


class Series:
    """What coverage looks like over time. `pairs` are (source id, group): groups are countries, or a panel."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def months(self, pairs: Pairs, period: Period = (None, None)) -> dict[str, list[MonthCounts]]:
        """Months of each group, in order; months without any data are left out."""
        refresh(self._database)
        with self._database.read() as session:
            found = Ledger(session, period).months(pairs)
        return {
            name: [
                MonthCounts(
                    month=month,
                    sources_watched=cell.get("sources_watched", 0),
                    days_watched=cell.get("source_days", 0),
                    entries=cell.get("new_entries", 0),
                    stories=cell.get("articles", 0),
                    read=cell.get("articles", 0) - cell.get("unread", 0),
                    unread_language=cell.get("unread_language", 0),
                    on_topic=cell.get("on_topic", 0),
                    with_accused=cell.get("stories_with_accused", 0),
                    named=cell.get("named_accused", 0),
                    versions=dict(sorted(cell.get("versions", {}).items())),
                )
                for month, cell in months.items()
            ]
            for name, months in found.items()
        }

    def reading_changes(self, period: Period = (None, None)) -> list[ReadingChange]:
        """What re-reading changed, by source and month."""
        row = ReadingChangeRow
        query = (
            select(row)
            .where(*between(row.month, period))
            .order_by(row.source_id, row.month, row.from_version, row.to_version)
        )
        with self._database.read() as session:
            return [
                ReadingChange(
                    source_id=one.source_id, month=one.month, from_version=one.from_version,
                    to_version=one.to_version, stories=one.stories, on_topic_before=one.on_topic_before,
                    on_topic_after=one.on_topic_after, named_before=one.named_before, named_after=one.named_after,
                )
                for one in session.scalars(query)
            ]  # fmt: skip

    def days(self, period: Period = (None, None)) -> list[SourceDays]:
        """New entries by day of every source that was ever watched, to the last day that anything was polled."""
        refresh(self._database)
        with self._database.read() as session:
            ledger = Ledger(session, period)
        end = ledger.last_day
        found: list[SourceDays] = []
        for source_id, months in sorted(ledger.cells.items()):
            entries = {
                month.replace(day=int(day)): n
                for month, cell in months.items()
                for day, n in cell.get("by_day", {}).items()
            }
            if not entries or end is None:
                continue
            first = min(entries)
            span = (first + dt.timedelta(days=n) for n in range((max(end, *entries) - first).days + 1))
            found.append(
                SourceDays(
                    source_id=source_id,
                    first=first,
                    entries=tuple(entries.get(day) for day in span),
                    earlier=source_id in ledger.earlier,
                )
            )
        return found

    def mentions(self, period: Period = (None, None)) -> list[AccusedMention]:
        """Every named accused of every story on topic, by source, for counting who reported the same case.

        Names of a single word are left out, unless the resolution knows their case.
        """
        prosecuted = self._prosecution_countries()
        query = (
            select(
                AccusedRow.name, AccusedRow.stage, AccusedRow.article_id, CopyRow.source_id, CopyRow.fetched_at,
                CaseMentionRow.case_id, SyndicationRow.group_id, MentionRow.person_id,
            )
            .join(CopyRow, CopyRow.article_id == AccusedRow.article_id)
            .join(ReportRow, ReportRow.article_id == AccusedRow.article_id)
            .outerjoin(MentionRow, MentionRow.id == AccusedRow.mention_id)
            .outerjoin(CaseMentionRow, CaseMentionRow.mention_id == AccusedRow.mention_id)
            .outerjoin(SyndicationRow, SyndicationRow.article_id == AccusedRow.article_id)
            .where(ReportRow.relevant.is_(True), ReportRow.language_read.is_(True), CopyRow.source_id.is_not(None))
            .where(AccusedRow.withheld.is_(None))
            .where(*between_times(CopyRow.fetched_at, period))
            .order_by(CopyRow.fetched_at, CopyRow.address_key, AccusedRow.n)
        )  # fmt: skip
        keys: dict[str, str | None] = {}
        found: list[AccusedMention] = []
        with self._database.read() as session:
            for name, stage, article_id, source_id, at, case_id, group, person_id in session.execute(query):
                if name not in keys:
                    keys[name] = _digest(name)
                key = keys[name]
                if source_id is not None and (case_id is not None or key is not None):
                    found.append(
                        AccusedMention(
                            key=key or "", copy_group=group or article_id, source_id=source_id, day=at.date(),
                            country=prosecuted.get(article_id), stage=stage.value, case_id=case_id,
                            person_id=person_id,
                        )
                    )  # fmt: skip
        return found

    def matrix(self, pairs: Pairs, period: Period = (None, None)) -> list[MatrixCell]:
        """Persons by origin (nationality), group and stage; a text counts once a group."""
        if not pairs:
            return []
        groups = group_table(pairs)
        held = (
            select(groups.c.name, CopyRow.article_id)
            .join(CopyRow, CopyRow.source_id == groups.c.source_id)
            .where(CopyRow.article_id.in_(select(AccusedRow.article_id).where(AccusedRow.withheld.is_(None))))
            .where(*between_times(CopyRow.fetched_at, period))
            .distinct()
            .cte("held")
        )
        query = (
            select(
                AccusedRow.nationality, held.c.name, AccusedRow.stage, func.count(),
                func.count(AccusedRow.article_id.distinct()),
            )
            .join(AccusedRow, AccusedRow.article_id == held.c.article_id)
            .join(ReportRow, ReportRow.article_id == held.c.article_id)
            .where(ReportRow.relevant.is_(True), ReportRow.language_read.is_(True))
            .where(AccusedRow.withheld.is_(None))
            .group_by(AccusedRow.nationality, held.c.name, AccusedRow.stage)
        )  # fmt: skip
        with self._database.read() as session:
            cells = [
                MatrixCell(origin=origin, country=name, stage=Stage(stage).value, persons=persons, stories=stories)
                for origin, name, stage, persons, stories in session.execute(query)
            ]
        return sorted(cells, key=lambda one: (one.country, one.origin or "", one.stage))

    def victims_origin(self, pairs: Pairs, period: Period = (None, None)) -> dict[str, dict[str, int]]:
        """Stories by country of the victims' origin, by group. Suppress small numbers before they go out."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        if not pairs:
            return {}
        groups = group_table(pairs)
        query = (
            select(groups.c.name, CountryFactRow.country, func.count(CopyRow.article_id.distinct()))
            .join(CopyRow, CopyRow.source_id == groups.c.source_id)
            .join(CountryFactRow, CountryFactRow.article_id == CopyRow.article_id)
            .join(ReportRow, ReportRow.article_id == CopyRow.article_id)
            .where(ReportRow.relevant.is_(True), ReportRow.language_read.is_(True))
            .where(CountryFactRow.role == CountryRole.VICTIM_ORIGIN, *between_times(CopyRow.fetched_at, period))
            .group_by(groups.c.name, CountryFactRow.country)
        )
        with self._database.read() as session:
            for name, country, n in session.execute(query):
                found[name][country] += n
        return {name: dict(sorted(counts.items())) for name, counts in sorted(found.items())}

    def prosecuting_countries(self) -> list[str]:
        """Countries of which any story says that they prosecute, by code."""
        query = select(CountryFactRow.country).where(CountryFactRow.role == CountryRole.PROSECUTION).distinct()
        with self._database.read() as session:
            return sorted(session.scalars(query))

    def _prosecution_countries(self) -> dict[str, str]:
        """By text, where exactly one country prosecutes."""
        row = CountryFactRow
        query = (
            select(row.article_id, func.min(row.country))
            .where(row.role == CountryRole.PROSECUTION)
            .group_by(row.article_id)
            .having(func.count() == 1)
        )
        with self._database.read() as session:
            return {row[0]: row[1] for row in session.execute(query)}


def _digest(name: str) -> str | None:
    """Accents, case, signs and the order of the parts do not count; names of too few parts give None."""
    plain = "".join(one for one in unicodedata.normalize("NFKD", name) if not unicodedata.combining(one))
    parts = sorted(re.findall(r"\w+", plain.casefold()))
    if len(parts) < LEAST_NAME_PARTS:
        return None
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:16]
