"""Origin of the accused by country of reporting, and the coverage of every country beside it.

Refuses an empty cell without its reason, and a count without the sources that it rests on.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from storage.records.exports import ExportStage
from tipwatch.report import words
from tipwatch.report.charts import caveat, chart_block
from tipwatch.report.content import CountryPage, Report
from tipwatch.report.facts import percent, stories_read
from tipwatch.report.regions import region
from tipwatch.report.tables import Column, Table, Told, Value, table_block, table_html

CAVEAT = (
    "A dark cell means many persons in many stories of the sources that we watch there, not many crimes. Read "
    "every column together with its coverage: more sources, more stories, more names. A person in five stories "
    "counts five times; origin is what a story says of nationality, and most stories say nothing. A hatched "
    "column was not watched: its emptiness says nothing."
)
OVERVIEW_CAVEAT = (
    "Dividing by sources, stories or people makes countries easier to compare, not comparable: press, police and "
    "law still differ. A dash is a figure that we do not have, never a zero."
)
MEASURES = {"count": "persons by story", **words.RATES}
ACROSS = 22  # countries to a table: as many as a landscape page and a patient reader can take

OVERVIEW_COLUMNS = (
    Column(key="country_name", name="Country"),
    Column(key="country", name="Code"),
    Column(key="region", name="Region"),
    Column(key="persons", name="Persons", number=True, title="Persons by story, at the stage asked for"),
    Column(key="why_none", name="Why none", wide=True),
    Column(key="sources_watched", name="Sources watched", number=True),
    Column(key="sources_expected", name="Expected", number=True),
    Column(key="uptime", name="Uptime", number=True),
    Column(key="days_watched", name="Days", number=True),
    Column(key="stories_read", name="Stories read", number=True),
    Column(key="window_gaps", name="Gaps", number=True, title="Polls that did not reach back to the one before"),
    Column(key="per_source", name="Per source", number=True),
    Column(key="per_million_people", name="Per million people", number=True),
    Column(key="per_1000_stories", name="Per 1,000 stories", number=True),
    Column(key="series", name="Series"),
)


def asked_stages(report: Report) -> tuple[str, ...]:
    """The stages that count as "asked for or further", by the rule of the exports."""
    if report.stage in set(ExportStage):
        return tuple(one for one in report.stages if one in ExportStage(report.stage).stages)
    return tuple(one for one in report.stages if one == report.stage)


def name_of(report: Report, code: str | None) -> str:
    """A country's name; `not said` for None."""
    if code is None:
        return words.NOT_SAID
    return report.country_names.get(code) or words.territory(code)


def state(page: CountryPage) -> str:
    """What an empty column means: `seen` (looked at and read), `unread`, or `blind` (nobody looked)."""
    if page.persons > 0:
        return "seen"
    # The assembler gives the key of a reason; the coverage's own holds where it gives words.
    why = {page.why_none, page.coverage.zeros.get("named_accused")}
    if page.coverage.sources_watched == 0 or why & words.BLIND:
        return "blind"
    return "unread" if why & words.UNREAD else "seen"


def columns(report: Report) -> list[tuple[str, CountryPage | None]]:
    """Countries of reporting by name; one that has cells but no page of its own is there too."""
    pages: dict[str, CountryPage | None] = {one.country: one for one in report.countries}
    for cell in report.matrix:
        pages.setdefault(cell.country, None)
    return sorted(pages.items(), key=lambda one: name_of(report, one[0]))


def origins(report: Report) -> list[str | None]:
    """Origins, the most often named first, `not said` last."""
    total: Counter[str | None] = Counter()
    for cell in report.matrix:
        total[cell.origin] += cell.persons
    return sorted(total, key=lambda one: (one is None, -total[one], name_of(report, one)))


def matrix_data(report: Report) -> dict[str, Any]:
    """What the script draws from; a cell is `[origin, country, stage, persons, stories]`, three indices first."""
    asked = asked_stages(report)
    across, down = columns(report), origins(report)
    place = {code: i for i, (code, _) in enumerate(across)}
    row = {code: i for i, code in enumerate(down)}
    stages = list(dict.fromkeys((*report.stages, *(cell.stage for cell in report.matrix))))
    return {
        "stages": [{"id": one, "name": words.plain(one), "asked": one in asked} for one in stages],
        "origins": [{"id": one or "", "name": name_of(report, one)} for one in down],
        "countries": [_country(report, code, page) for code, page in across],
        "cells": [
            [row[one.origin], place[one.country], stages.index(one.stage), one.persons, one.stories]
            for one in report.matrix
        ],
        "words": {key: words.REASONS[key] for key in (words.BELOW_STAGE, words.NOBODY_OF_THIS_ORIGIN)},
        "rates": MEASURES,
    }


def _country(report: Report, code: str, page: CountryPage | None) -> dict[str, Any]:
    named = {"id": code, "name": name_of(report, code), "region": region(code)}
    if page is None:
        return named | {"page": False, "state": "blind", "why": "no coverage is stored for this country"}
    one = page.coverage
    return named | {
        "page": True,
        "state": state(page),
        "why": words.reason(page.why_none) or words.REASONS["nobody_named"],
        "expected": one.sources_expected,
        "watched": one.sources_watched,
        "uptime": one.uptime,
        "days": one.counts.days_watched,
        "read": stories_read(one),
        "gaps": one.counts.window_gaps,
        "missed": one.counts.stories_missed,
        "flagged": page.series.flagged,
        "divide": divisors(page),
    }


def divisors(page: CountryPage) -> Mapping[str, float | None]:
    """What a count of this country is divided by, for each rate; None where the figure is missing."""
    people = [one for one in page.figures if one.indicator == "population" and one.value]
    latest = max(people, key=lambda one: one.year, default=None)
    return {
        "per_source": page.coverage.sources_watched or None,
        "per_million_people": None if latest is None or latest.value is None else latest.value / 1e6,
        "per_1000_stories": stories_read(page.coverage) / 1000 or None,
    }


def matrix_block(report: Report) -> str:
    """The chart, its filters, and the cross table at the stage asked for."""
    tables = _cross_tables(report)
    key = "matrix"
    plot = (
        '<p class="legend" id="matrix-legend"></p>'
        '<div class="sideways" id="matrix-box" tabindex="0" role="application" aria-roledescription="matrix" '
        'aria-label="Origin by country of reporting. Arrow keys move from cell to cell, the text below reads it." '
        'aria-describedby="matrix-readout"><div id="matrix-labels" aria-hidden="true"></div>'
        '<div id="matrix-plot" class="plot"></div></div>'
        '<p id="matrix-readout" class="readout" role="status" aria-live="polite">'
        "Point at a cell, tap it, or move with the arrow keys to read it.</p>"
    )
    return chart_block(
        key=key,
        title="Origin of the accused by country of reporting",
        level=2,
        caveat_text=CAVEAT,
        label="Matrix with the coverage of every country above it; the tables below have every number",
        controls=_controls(report),
        plot=plot,
        table=tables[0],
        more_tables="".join(table_html(one) for one in tables[1:]) + _LEGEND,
        download_key="matrix-cells",
    )


_LEGEND = (
    '<p class="soft">“·”: watched and read, and nobody of this origin at this stage. '
    "“n/w”: not watched. “n/r”: watched, but not read.</p>"
)


def _controls(report: Report) -> str:
    asked = asked_stages(report)
    stages = "".join(
        f'<label><input type="checkbox" name="stage" value="{escape(one, quote=True)}"'
        f"{' checked' if one in asked else ''}> {escape(words.plain(one))}</label>"
        for one in dict.fromkeys((*report.stages, *(cell.stage for cell in report.matrix)))
    )
    regions = "".join(
        f"<option>{escape(one)}</option>" for one in sorted({region(code) for code, _ in columns(report)})
    )
    measures = "".join(f'<option value="{key}">{escape(name)}</option>' for key, name in MEASURES.items())
    return (
        '<form class="controls live" id="matrix-form" aria-label="Filters of the matrix">'
        f'<fieldset class="picks"><legend>Stage that the story reports</legend>{stages}</fieldset>'
        f'<div class="fields"><label>Show <select name="measure">{measures}</select></label>'
        f'<label>Region <select name="region"><option value="">all regions</option>{regions}</select></label>'
        '<label>Country <input type="search" name="search" placeholder="any, or a part of its name" '
        'autocomplete="off"></label>'
        '<label>Origins with at least <input type="number" name="least" min="0" value="0" inputmode="numeric"> '
        "persons</label>"
        '<label>Order countries by <select name="order"><option value="name">name</option>'
        '<option value="persons">persons</option><option value="watched">sources watched</option>'
        '<option value="read">stories read</option></select></label>'
        '<label class="tick"><input type="checkbox" name="hide"> hide empty rows and columns</label>'
        '<button type="reset">Reset</button></div></form>'
    )


def _cross_tables(report: Report) -> list[Table]:
    """Origins down, countries across, at the stage asked for; coverage first, in the same columns."""
    asked = set(asked_stages(report))
    persons: Counter[tuple[str | None, str]] = Counter()
    for cell in report.matrix:
        if cell.stage in asked:
            persons[cell.origin, cell.country] += cell.persons
    across = columns(report)
    down = [one for one in origins(report) if any(persons[one, code] for code, _ in across)]
    parts = [across[i : i + ACROSS] for i in range(0, len(across), ACROSS)] or [[]]
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
            *(None if one is None else one.counts.window_gaps for one in covered),
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


def overview_block(report: Report) -> str:
    """Every country in a line: persons, what they rest on, and the normalised views."""
    table = Table(
        key="overview",
        caption="Countries: persons, coverage, and what the count is divided by",
        columns=OVERVIEW_COLUMNS,
        rows=[_overview_row(one) for one in sorted(report.countries, key=lambda one: one.name)],
        sortable=True,
    )
    title = '<h2 id="overview-title">Every country with its coverage</h2>'
    return f"{title}{caveat(OVERVIEW_CAVEAT)}{table_block(table)}"


def _overview_row(page: CountryPage) -> tuple[Value, ...]:
    one = page.coverage
    seen = state(page)
    why = words.reason(page.why_none)
    return (
        Told(text=page.name, value=page.name, link=f"country-{page.country}"),
        page.country.upper(),
        region(page.country),
        page.persons if seen == "seen" else Told(text="n/w" if seen == "blind" else "n/r", value=None, kind=seen),
        Told(text="" if why is None else why, value=page.why_none),
        one.sources_watched,
        one.sources_expected,
        Told(text="–" if one.uptime is None else percent(one.uptime), value=one.uptime),
        one.counts.days_watched,
        stories_read(one),
        one.counts.window_gaps,
        *(page.rates.get(key) for key in words.RATES),
        Told(text="flagged", value="flagged", kind="flag") if page.series.flagged else "–",
    )
