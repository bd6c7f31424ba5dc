"""Origin of the accused by country of reporting, and the coverage of every country beside it.

Refuses an empty cell without its reason, and a count without the sources that it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from tipwatch.report import words
from tipwatch.report.charts import chart_block
from tipwatch.report.content import CountryPage, Report
from tipwatch.report.crosstable import LEGEND, cross_tables
from tipwatch.report.facts import gaps, percent, stories_read
from tipwatch.report.reach import asked_stages, columns, name_of, origins, state
from tipwatch.report.regions import region
from tipwatch.report.tables import table_html

CAVEAT = (
    "A dark cell means many persons in many stories of the sources that we watch there, not many crimes. Read "
    "every column together with its coverage: more sources, more stories, more names. A person in five stories "
    "counts five times; origin is what a story says of nationality{unsaid}. A grey hatched column was not "
    "watched, a yellow one was watched but not read: their emptiness says nothing."
)
MEASURES = {"count": "persons by story", **words.RATES}


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
        "gaps": gaps(one),
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


def caveat_of(report: Report) -> str:
    """The caveat with the share of persons of this page whose origin nobody stated, where anybody was counted."""
    asked = set(asked_stages(report))
    counted = [one for one in report.matrix if one.stage in asked]
    every = sum(one.persons for one in counted)
    unsaid = sum(one.persons for one in counted if one.origin is None)
    if every == 0:
        return CAVEAT.format(unsaid="")
    share = f", and for {percent(unsaid / every)} of the persons here ({unsaid:,} of {every:,}) none is said"
    return CAVEAT.format(unsaid=share)


def matrix_block(report: Report) -> str:
    """The chart, its filters, and the cross table at the stage asked for."""
    tables = cross_tables(report)
    key = "matrix"
    plot = (
        '<p class="legend" id="matrix-legend"></p>'
        '<p class="soft" id="matrix-hint">Point at a cell, tap it, or move with the arrow keys to read it.</p>'
        '<div class="sideways" id="matrix-box" tabindex="0" role="application" aria-roledescription="matrix" '
        'aria-label="Origin by country of reporting. Arrow keys move from cell to cell, the text below reads it." '
        'aria-describedby="matrix-hint"><div id="matrix-labels" aria-hidden="true"></div>'
        '<div id="matrix-plot" class="plot"></div></div>'
        '<p id="matrix-readout" class="readout" role="status" aria-live="polite"></p>'
    )
    return chart_block(
        key=key,
        title="Origin of the accused by country of reporting",
        level=2,
        caveat_text=caveat_of(report),
        label="Matrix with the coverage of every country above it; the tables below have every number",
        controls=_controls(report),
        plot=plot,
        table=tables[0],
        more_tables="".join(table_html(one) for one in tables[1:]) + LEGEND,
        download_key="matrix-cells",
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
        '<details class="fold live" id="matrix-filters" open><summary>Stages, filters and order</summary>'
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
        '<button type="reset">Reset</button></div></form></details>'
    )
