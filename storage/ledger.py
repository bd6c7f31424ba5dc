"""Cells of many sources over one period, loaded once and added up by any grouping of the sources.

Refuses to add distinct things twice: days and texts are counted once a group, however many sources had them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from functools import cached_property
from typing import Any

from sqlalchemy import CTE, ColumnElement, Integer, String, Subquery, case, cast, column, func, select, values
from sqlalchemy.orm import Session

from extraction.model import CountryRole
from storage.months import Cell, add, count_cells
from storage.periods import Period, between, last_day
from storage.tables.coverage import RepeatedStoryRow, SourceMonthRow
from storage.tables.facts import AccusedRow, CountryFactRow

Pairs = Collection[tuple[str, str]]
"""(source id, group) pairs; a source may be in several groups."""


class Ledger:
    """Cells by source and month of a period. A month that the period cuts is counted from the tables."""

    def __init__(self, session: Session, period: Period) -> None:
        self.period = period
        self._session = session
        self.cells: dict[str, dict[dt.date, Cell]] = defaultdict(dict)
        self._load()
        self.earlier = self._earlier()

    def _load(self) -> None:
        since, until = self.period
        row = SourceMonthRow
        query = select(row.source_id, row.month, row.counts).order_by(row.source_id, row.month)
        if since is not None:
            query = query.where(row.month >= since.replace(day=1))
        if until is not None:
            query = query.where(row.month <= until)
        cut: dict[str, list[tuple[dt.date, dt.date]]] = defaultdict(list)
        for source_id, month, counts in self._session.execute(query):
            span = _span(month, self.period)
            if span == (month, last_day(month)):
                self.cells[source_id][month] = counts
            else:
                cut[source_id].append(span)
        for source_id, spans in cut.items():
            for (first, _), cell in zip(spans, count_cells(self._session, source_id, spans), strict=True):
                if cell:
                    self.cells[source_id][first.replace(day=1)] = cell

    def _earlier(self) -> frozenset[str]:
        """Sources of which anything was counted before the month in which the period begins."""
        since, _ = self.period
        if since is None:
            return frozenset()
        query = select(SourceMonthRow.source_id).where(SourceMonthRow.month < since.replace(day=1)).distinct()
        return frozenset(self._session.scalars(query))

    def days_watched(self, source_id: str) -> int:
        """Days on which a poll of the source worked."""
        return sum(cell.get("watched", 0).bit_count() for cell in self.cells.get(source_id, {}).values())

    def watched_days(self, source_id: str) -> list[dt.date]:
        """Those days, in order."""
        return _days_of("watched", self.cells.get(source_id, {}))

    def copies(self, source_id: str) -> int:
        """Addresses of the source that held a text in the period."""
        return sum(cell.get("copies", 0) for cell in self.cells.get(source_id, {}).values())

    def was_tried(self, source_id: str) -> bool:
        """Whether the source was polled in the period, with or without success."""
        return any(cell.get("tried", 0) for cell in self.cells.get(source_id, {}).values())

    def days_expected(self, source_id: str, *, to_the_last_poll: bool = False) -> int:
        """Days from the source's first poll, whether it worked or not, to the end of the period (or of all polls).

        A source counts only from the day on which we first asked it; days on which nobody did count against us.
        `to_the_last_poll`: for a source that was retired or paused since.
        """
        since, until = self.period
        first = _edge("tried", self.cells.get(source_id, {}), min)
        if since is not None and source_id in self.earlier:
            first = since
        end = self.last_day if until is None else until
        if to_the_last_poll:
            end = _edge("tried", self.cells.get(source_id, {}), max)
        return 0 if first is None or end is None else max(0, (end - first).days + 1)

    def about(self, pairs: Pairs) -> dict[str, dict[str, int]]:
        """Stories on topic by country of prosecution, by group; for when nothing else of the groups is wanted."""
        found: dict[str, dict[str, int]] = {name: {} for _, name in pairs}
        if not pairs:
            return found
        for source_id, name in set(pairs):
            for cell in self.cells.get(source_id, {}).values():
                for country, n in cell.get("about", {}).items():
                    found[name][country] = found[name].get(country, 0) + n
        for name, country, n in self._repeated_about(pairs):
            found[name][country] = found[name].get(country, 0) + n
        return found

    @cached_property
    def last_day(self) -> dt.date | None:
        """The last day on which anything was polled, of any source, whether it worked or not."""
        days = [last for cells in self.cells.values() if (last := _edge("tried", cells, max)) is not None]
        return max(days, default=None)

    def groups(self, pairs: Pairs) -> dict[str, Cell]:
        """Cells by group; groups without any data are there. Adds `days_watched`, `first_day`, `last_day`."""
        found: dict[str, Cell] = {name: {} for _, name in sorted(pairs)}
        if not pairs:
            return found
        for name, sources in _members(pairs).items():
            months = _by_month(self.cells.get(source_id, {}) for source_id in sources)
            cell = _added(months.values())
            cell["days_watched"] = sum(one.get("watched", 0).bit_count() for one in months.values())
            cell["first_day"], cell["last_day"] = _edge("seen", months, min), _edge("seen", months, max)
            found[name] = cell
        for name, _, counts in self._repeated(pairs, by_month=False):
            add(found[name], counts)
        for name, stage, n in self._repeated_stages(pairs):
            add(found[name], {"stages": {stage: n}})
        for name, country, n in self._repeated_about(pairs):
            add(found[name], {"about": {country: n}})
        return found

    def months(self, pairs: Pairs) -> dict[str, dict[dt.date, Cell]]:
        """Cells by group and month, in order; a repeated text counts in the group's first month with it."""
        found: dict[str, dict[dt.date, Cell]] = {}
        for name, sources in _members(pairs).items():
            found[name] = _by_month(self.cells.get(source_id, {}) for source_id in sources)
            for source_id in sources:
                for month, cell in self.cells.get(source_id, {}).items():
                    add(
                        found[name][month],
                        {
                            "sources_watched": int(cell.get("watched", 0) > 0),
                            "source_days": cell.get("watched", 0).bit_count(),
                        },
                    )
        for name, month, counts in self._repeated(pairs, by_month=True):
            add(found[name].setdefault(month, {}), counts)
        return {name: dict(sorted(months.items())) for name, months in found.items()}

    def repeated_prosecuted(self) -> dict[str, int]:
        """Named accused of repeated texts by country of prosecution; each text counts once over all sources."""
        row = RepeatedStoryRow
        story = (
            select(row.article_id, func.max(row.named).label("named"))
            .where(row.on_topic.is_(True), row.named > 0, *between(row.day, self.period))
            .group_by(row.article_id)
            .subquery()
        )
        query = (
            select(CountryFactRow.country, func.sum(story.c.named))
            .join(story, story.c.article_id == CountryFactRow.article_id)
            .where(CountryFactRow.role == CountryRole.PROSECUTION)
            .group_by(CountryFactRow.country)
        )
        return {country: int(n) for country, n in self._session.execute(query)}

    def _repeated(self, pairs: Pairs, *, by_month: bool) -> Iterable[tuple[str, dt.date, Cell]]:
        """Counts of texts that several addresses hold, each once a group. `by_month` splits by first month."""
        if not pairs:
            return
        groups = group_table(pairs)
        row = RepeatedStoryRow
        story = (
            select(
                groups.c.name, row.article_id, func.min(row.day).label("day"),
                _most(row.read).label("read"), _most(row.unread_language).label("unread_language"),
                _most(row.on_topic).label("on_topic"), func.max(row.named).label("named"),
                func.max(row.withheld).label("withheld"), func.max(row.version).label("version"),
                func.min(row.published).label("first_published"), func.max(row.published).label("last_published"),
            )
            .join(row, row.source_id == groups.c.source_id)
            .where(*between(row.day, self.period))
            .group_by(groups.c.name, row.article_id)
            .cte("story")
        )  # fmt: skip
        month = _month_key(story.c.day) if by_month else cast("", String)
        sums = (
            select(
                story.c.name, month, story.c.version, func.count(), func.sum(story.c.read),
                func.sum(story.c.unread_language), func.sum(story.c.on_topic),
                func.sum(case((story.c.named > 0, 1), else_=0)), func.sum(story.c.named),
                func.sum(story.c.withheld), func.min(story.c.first_published), func.max(story.c.last_published),
            )
            .group_by(story.c.name, month, story.c.version)
            .order_by(story.c.name, month, story.c.version)
        )  # fmt: skip
        names = (
            "articles", "read", "unread_language", "on_topic", "stories_with_accused", "named_accused", "withheld",
        )  # fmt: skip
        for name, key, version, *numbers, first, last in self._session.execute(sums):
            counts: Cell = {label: int(n) for label, n in zip(names, numbers, strict=True)}
            read = counts.pop("read")
            counts["unread"] = counts["articles"] - read
            if version is not None:
                counts["versions"] = {version: read}
            if first is not None:
                counts |= {"first_published": first, "last_published": last}
            yield name, _month_of(key) if by_month else dt.date.min, counts

    def _on_topic(self, pairs: Pairs) -> Subquery:
        """Repeated texts on topic, each once a group, as (`name`, `article_id`)."""
        groups, row = group_table(pairs), RepeatedStoryRow
        held = select(groups.c.name, row.article_id).join(row, row.source_id == groups.c.source_id)
        return held.where(row.on_topic.is_(True), *between(row.day, self.period)).distinct().subquery()

    def _repeated_stages(self, pairs: Pairs) -> list[tuple[str, str, int]]:
        """Group, stage and named accused of repeated texts."""
        held = self._on_topic(pairs)
        query = select(held.c.name, AccusedRow.stage, func.count())
        query = query.join(AccusedRow, AccusedRow.article_id == held.c.article_id)
        query = query.where(AccusedRow.withheld.is_(None))
        found = self._session.execute(query.group_by(held.c.name, AccusedRow.stage))
        return [(name, str(stage), n) for name, stage, n in found]

    def _repeated_about(self, pairs: Pairs) -> list[tuple[str, str, int]]:
        """Group, country of prosecution and repeated texts on topic."""
        held = self._on_topic(pairs)
        query = select(held.c.name, CountryFactRow.country, func.count())
        query = query.join(CountryFactRow, CountryFactRow.article_id == held.c.article_id)
        query = query.where(CountryFactRow.role == CountryRole.PROSECUTION)
        found = self._session.execute(query.group_by(held.c.name, CountryFactRow.country))
        return [(name, country, n) for name, country, n in found]


def _members(pairs: Pairs) -> dict[str, list[str]]:
    """Sources by group, both in order."""
    members: dict[str, list[str]] = {name: [] for _, name in sorted(pairs, key=lambda pair: pair[1])}
    for source_id, name in sorted(set(pairs)):
        members[name].append(source_id)
    return members


def group_table(pairs: Pairs) -> CTE:
    """The pairs as a table with `source_id` and `name`."""
    # Literals, since SQLite takes 32,766 parameters at most and the catalogue may grow past that.
    table = values(column("source_id", String), column("name", String), name="grouped", literal_binds=True)
    return table.data(sorted(set(pairs))).cte("grouped")


def _span(month: dt.date, period: Period) -> tuple[dt.date, dt.date]:
    since, until = period
    first = month if since is None else max(month, since)
    last = last_day(month) if until is None else min(last_day(month), until)
    return first, last


def _added(cells: Iterable[Mapping[str, Any]]) -> Cell:
    total: Cell = {}
    for cell in cells:
        add(
            total,
            {name: value for name, value in cell.items() if name not in {"by_day", "watched", "tried", "seen"}},
        )
    return total


def _by_month(sources: Iterable[Mapping[dt.date, Cell]]) -> dict[dt.date, Cell]:
    months: dict[dt.date, Cell] = {}
    for cells in sources:
        for month, cell in cells.items():
            if month not in months:
                months[month] = {}
            add(months[month], {name: value for name, value in cell.items() if name != "by_day"})
    return months


def _days_of(name: str, months: Mapping[dt.date, Cell]) -> list[dt.date]:
    return [
        month.replace(day=day)
        for month, cell in sorted(months.items())
        for day in range(1, 32)
        if cell.get(name, 0) >> (day - 1) & 1
    ]


def _edge(name: str, months: Mapping[dt.date, Cell], which: Any) -> dt.date | None:
    filled = [month for month, cell in months.items() if cell.get(name, 0)]
    if not filled:
        return None
    month = which(filled)
    bits = months[month][name]
    day = bits.bit_length() if which is max else (bits & -bits).bit_length()
    return dt.date(month.year, month.month, day)


def _most(flag: Any) -> ColumnElement[int]:
    return func.max(case((flag, 1), else_=0))


def _month_key(day: Any) -> ColumnElement[Any]:
    """Year and month as a number, the same on both databases: 2026-11 is 202611."""
    return cast(func.extract("year", day), Integer) * 100 + cast(func.extract("month", day), Integer)


def _month_of(key: int) -> dt.date:
    return dt.date(int(key) // 100, int(key) % 100, 1)
