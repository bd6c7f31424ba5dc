"""The matrix as tables: origins down, countries across, coverage first and in the same columns.

Refuses one sign for two things: a watched nothing, an unwatched country and an unread one look different.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil

from tipwatch.report import words
from tipwatch.report.content import CountryPage, Report
from tipwatch.report.facts import gaps, percent, stories_read
from tipwatch.report.reach import asked_stages, columns, name_of, origins, state
from tipwatch.report.tables import Column, Table, Told, Value

ACROSS = 22  # countries to a table: as many as a landscape page and a patient reader can take
LEGEND = (
    '<p class="soft">“·”: watched and read, and nobody of this origin at this stage. '
    "“n/w”: not watched. “n/r”: watched, but not read.</p>"
)


def cross_tables(report: Report) -> list[Table]:
    """Origins down, countries across, at the stage asked for; coverage first, in the same columns."""
    asked = set(asked_stages(report))
    persons: Counter[tuple[str | None, str]] = Counter()
    for cell in report.matrix:
        if cell.stage in asked:
            persons[cell.origin, cell.country] += cell.persons
    across = columns(report)
    down = [one for one in origins(report) if any(persons[one, code] for code, _ in across)]
    n = max(1, ceil(len(across) / ACROSS))
    size = max(1, ceil(len(across) / n))
    parts = [across[i : i + size] for i in range(0, len(across), size)] or [[]]
    return [
        Table(
            key=f"data-matrix-{i}",
            caption=f"Persons by story, {words.plain(report.stage)} or further: origin by country of reporting"
            + (f", part {i} of {len(parts)}" if len(parts) > 1 else ""),
            columns=(
                Column(key="origin", name="Origin"),
                *(
                    Column(key=code, name=code.upper(), number=True, title=name_of(report, code))
                    for code, _ in part
                ),
            ),
            rows=[*_coverage_rows(part), *(_cross_row(report, one, part, persons) for one in down)]
            if part
            else [],
            nothing="No country was watched.",
        )
        for i, part in enumerate(parts, start=1)
    ]  # fmt: skip


def _coverage_rows(part: Sequence[tuple[str, CountryPage | None]]) -> list[tuple[Value, ...]]:
    pages = [page for _, page in part]
    covered = [None if page is None else page.coverage for page in pages]
    return [
        (
            Told(text="Sources watched of expected", value="sources_watched_of_expected", kind="cover"),
            *(None if one is None else f"{one.sources_watched}/{one.sources_expected}" for one in covered),
        ),
        (
            Told(text="Uptime", value="uptime", kind="cover"),
            *(
                None if one is None or one.uptime is None else Told(text=percent(one.uptime), value=one.uptime)
                for one in covered
            ),
        ),
        (
            Told(text="Stories read", value="stories_read", kind="cover"),
            *(None if one is None else stories_read(one) for one in covered),
        ),
        (
            Told(text="Window gaps", value="window_gaps", kind="cover"),
            *(None if one is None else gaps(one) for one in covered),
        ),
    ]


def _cross_row(
    report: Report, origin: str | None, part: Sequence[tuple[str, CountryPage | None]],
    persons: Mapping[tuple[str | None, str], int],
) -> tuple[Value, ...]:  # fmt: skip
    cells: list[Value] = [name_of(report, origin)]
    for code, page in part:
        n = persons[origin, code]
        if n:
            cells.append(n)
        elif page is None or state(page) == "blind":
            cells.append(Told(text="n/w", value=None, kind="blind"))
        elif state(page) == "unread":
            cells.append(Told(text="n/r", value=None, kind="unread"))
        else:
            cells.append(Told(text="·", value=0, kind="zero"))
    return tuple(cells)
