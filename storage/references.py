"""A user's own reference figures, and how they stand beside the shipped ones.

Refuses half an import: all figures of a file are stored, or none.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TypeVar

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from config.reference import ReferenceFigure
from storage.counting import insert_into
from storage.database import Database
from storage.records.references import ImportResult, OwnFigure
from storage.tables.coverage import ReferenceFigureRow

F = TypeVar("F", bound=ReferenceFigure)


class References:
    """The figures that a user imported. A country, year and indicator has one; the last import's stands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def import_figures(self, figures: Sequence[ReferenceFigure], file: str, now: dt.datetime) -> ImportResult:
        """Store `figures` of `file`, in one transaction. Raises ValueError when two are of the same key.

        A figure that is there already with the same value, text and source keeps its file and time.
        """
        _refuse_twins(figures)
        return self._database.transact(lambda session: _import(session, figures, file, now))

    def compare(self, figures: Sequence[ReferenceFigure], file: str) -> ImportResult:
        """What `import_figures` would do; changes nothing."""
        _refuse_twins(figures)
        with self._database.read() as session:
            result, _ = _compared(session, figures, file)
            return result

    def figures(
        self, country: str | None = None, indicator: str | None = None, *, file: str | None = None
    ) -> list[OwnFigure]:
        """The user's own, by country, indicator and year."""
        row = ReferenceFigureRow
        query = select(row).order_by(row.country, row.indicator, row.year)
        for column, wanted in ((row.country, country), (row.indicator, indicator), (row.file, file)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as session:
            return [_figure(one) for one in session.scalars(query)]

    def files(self) -> dict[str, int]:
        """How many figures stand from each file, by name."""
        row = ReferenceFigureRow
        query = select(row.file, func.count()).group_by(row.file).order_by(row.file)
        with self._database.read() as session:
            return {name: int(n) for name, n in session.execute(query)}

    def forget(self, file: str) -> int:
        """Delete the figures that stand from `file`; returns how many. What they replaced does not come back."""
        row = ReferenceFigureRow

        def gone(session: Session) -> int:
            return len(session.execute(delete(row).where(row.file == file).returning(row.year)).all())

        return self._database.transact(gone)


def merged(shipped: Iterable[ReferenceFigure], own: Iterable[ReferenceFigure]) -> tuple[ReferenceFigure, ...]:
    """One figure a country, year and indicator: the user's where there is one. By country, indicator, year."""
    best = {one.key: one for one in shipped} | {one.key: one for one in own}
    return tuple(sorted(best.values(), key=_order))


def latest(figures: Iterable[F], indicator: str, country: str, year: int | None = None) -> F | None:
    """The figure of the nearest year that is not after `year` (None: the newest); None where there is none.

    It may be years older than `year`: show the year beside it. Of the same year the last one given counts.
    """
    found = None
    for one in figures:
        if one.indicator != indicator or one.country != country or (year is not None and one.year > year):
            continue
        if found is None or one.year >= found.year:
            found = one
    return found


def _import(session: Session, figures: Sequence[ReferenceFigure], file: str, now: dt.datetime) -> ImportResult:
    result, fresh = _compared(session, figures, file)
    if fresh:
        statement = insert_into(session, ReferenceFigureRow)
        rows = [
            {
                "country": one.country, "year": one.year, "indicator": one.indicator, "value": one.value,
                "value_text": one.value_text, "source": one.source, "imported": now, "file": file,
            }
            for one in fresh
        ]  # fmt: skip
        keys = ["country", "year", "indicator"]
        columns = {name: statement.excluded[name] for name in rows[0] if name not in keys}
        session.execute(statement.on_conflict_do_update(index_elements=keys, set_=columns), rows)
    return result


def _compared(
    session: Session, figures: Sequence[ReferenceFigure], file: str
) -> tuple[ImportResult, list[ReferenceFigure]]:
    """What an import does, and the figures that it has to write, in the order of their keys."""
    stored = {one.key: one for one in map(_figure, session.scalars(select(ReferenceFigureRow)))}
    added = [one for one in figures if one.key not in stored]
    changed = [one for one in figures if one.key in stored and one.says != stored[one.key].says]
    given = {one.key for one in figures}
    result = ImportResult(
        added=len(added),
        changed=len(changed),
        unchanged=len(figures) - len(added) - len(changed),
        left=sum(one.file == file and key not in given for key, one in stored.items()),
    )
    return result, sorted([*added, *changed], key=_order)


def _refuse_twins(figures: Sequence[ReferenceFigure]) -> None:
    if len({one.key for one in figures}) < len(figures):
        raise ValueError("two figures of the same country, year and indicator")


def _order(one: ReferenceFigure) -> tuple[str, str, int]:
    return (one.country, one.indicator, one.year)


def _figure(row: ReferenceFigureRow) -> OwnFigure:
    return OwnFigure(
        country=row.country, year=row.year, indicator=row.indicator, value=row.value, value_text=row.value_text,
        source=row.source, file=row.file, imported=row.imported,
    )  # fmt: skip
