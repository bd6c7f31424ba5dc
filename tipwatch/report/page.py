"""The page: one HTML file that carries its data, its library of charts and its words of caution.

Refuses everything from outside: it asks for no address, and its policy names the hash of each script that may run.
"""

from __future__ import annotations

import base64
import hashlib
import json
from html import escape
from pathlib import Path
from typing import Any

from tipwatch.report import words
from tipwatch.report.charts import caveat, series_data
from tipwatch.report.content import Report
from tipwatch.report.countries import overview_block
from tipwatch.report.matrix import matrix_block, matrix_data
from tipwatch.report.reach import asked_stages, name_of
from tipwatch.report.runtime import plotly_runtime, style_ids
from tipwatch.report.sections import country_section
from tipwatch.report.tables import Column, Table, Value, table_block

ROOM = Path(__file__).parent
SCRIPTS = ("downloads.js", "matrix.js", "series.js", "page.js")
NOBODY_LOOKED = "nobody looked, so no zero and no empty cell below says anything about the world."
NO_SCRIPT = "Without its script this page shows every number as a table; charts, filters and downloads need it."
EVENTS_CAVEAT = (
    "What changed in how we look. A step of a series on such a day is ours until the panel shows it too."
)
ALARMS_CAVEAT = (
    "A source whose volume left its usual band (28 days, mean − 1.5 to mean + 2 standard deviations) or "
    "changed for good. Until somebody has looked, its country's counts may be too low or too high."
)
EVENT_COLUMNS = (
    Column(key="day", name="Day"),
    Column(key="kind", name="What"),
    Column(key="countries", name="Countries", wide=True),
    Column(key="source_id", name="Source"),
    Column(key="detail", name="In words", wide=True),
    Column(key="before", name="Before", wide=True),
    Column(key="after", name="After", wide=True),
)
ALARM_COLUMNS = (
    Column(key="day", name="Day"),
    Column(key="kind", name="What"),
    Column(key="source_id", name="Id"),
    Column(key="title", name="Source", wide=True),
    Column(key="sentence", name="In words", wide=True),
)


def render(report: Report) -> str:
    """The whole page, about 5 MB and a few kilobytes a source. Raises `CommandError` without Plotly installed."""
    style = "\n" + (ROOM / "page.css").read_text(encoding="utf-8")
    runtime = plotly_runtime()
    script = "\n" + "\n".join((ROOM / name).read_text(encoding="utf-8") for name in SCRIPTS)
    kept_out = "".join(f'<style id="{one}"></style>' for one in style_ids(runtime))
    title = f"tipwatch: {words.span(report.since, report.until)}"
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy((runtime, script), style)}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="robots" content="noindex"><meta name="referrer" content="no-referrer">'
        f"<title>{escape(title)}</title><style>{style}</style>{kept_out}</head><body>\n"
        f"{_body(report)}\n"
        f'<script type="application/json" id="report-data">{island(_data(report))}</script>\n'
        f"<script>{runtime}</script>\n<script>{script}</script>\n</body></html>\n"
    )


def policy(scripts: tuple[str, ...], style: str) -> str:
    """The Content-Security-Policy: scripts and style by their hashes, pictures that charts draw, no address.

    Plotly makes an empty style element (hence the hash of nothing) and sets style attributes; it never needs eval.
    """
    allowed = " ".join(_hash(one) for one in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src-elem {_hash(style)} {_hash('')}; "
        "style-src-attr 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
    )


def island(data: object) -> str:
    """JSON that no parser of HTML can leave: ASCII alone, and not one angle bracket or ampersand."""
    text = json.dumps(data, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def _data(report: Report) -> dict[str, Any]:
    return {
        "span": words.span(report.since, report.until),
        "made": report.made_at.isoformat(timespec="seconds"),
        "reader": report.reader_version,
        "file": f"tipwatch-{report.made_at:%Y%m%d}",
        "matrix": matrix_data(report),
        "series": {one.country: series_data(one) for one in report.countries},
    }


def _body(report: Report) -> str:
    countries = sorted(report.countries, key=lambda one: one.name)
    watched = sum(one.coverage.sources_watched > 0 for one in countries)
    facts = (
        ("Span", words.span(report.since, report.until)),
        ("Made", f"{report.made_at:%Y-%m-%d %H:%M} {report.made_at.tzname() or ''}".strip()),
        ("Reader", report.reader_version),
        ("Stage asked for", f"{words.plain(report.stage)} or further"),
        ("Counted as that", ", ".join(words.plain(one) for one in asked_stages(report))),
        ("Countries", f"{watched} watched of {len(countries)}"),
    )
    made = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts)
    caveats = "".join(f"<li>{escape(one)}</li>" for one in report.caveats)
    names = "".join(
        f'<option value="{escape(one.country, quote=True)}">{escape(one.name)}</option>' for one in countries
    )
    options = "".join(f"<option>{escape(one.name)}</option>" for one in countries)
    nav = "".join(
        f'<li><a href="#{key}">{name}</a></li>'
        for key, name in (
            ("meaning", "What they mean"), ("matrix", "Matrix"), ("overview-title", "Countries"),
            ("by-country", "Country by country"), ("alarms-title", "Alarms"), ("events-title", "Changes"),
        )
    )  # fmt: skip
    return (
        '<a class="skip" href="#main">To the content</a>'
        '<header><h1>Prosecutions of trafficking in persons, as local news reports them</h1>'
        f'<dl class="made">{made}</dl>{_nobody_looked(report)}</header>'
        f'<nav class="contents" aria-label="Contents"><ul>{nav}</ul></nav><main id="main">'
        f'<section id="meaning" class="meaning" aria-labelledby="meaning-title"><h2 id="meaning-title">What these '
        f"numbers can mean</h2><ul>{caveats}</ul></section>"
        f'<noscript><p class="banner flagged">{NO_SCRIPT}</p></noscript>'
        f"{matrix_block(report)}"
        f'<section aria-labelledby="overview-title">{overview_block(report)}</section>'
        '<section id="by-country" aria-labelledby="by-country-title">'
        '<h2 id="by-country-title">Country by country</h2>'
        '<form class="controls live" id="country-form" role="search" aria-label="Find a country">'
        '<div class="fields">'
        f'<label>Country <select id="country-pick">{names}</select></label>'
        '<label>or search <input type="search" id="country-search" list="country-names" autocomplete="off">'
        '</label><button type="submit">Open</button><button type="button" id="country-before">Previous</button>'
        '<button type="button" id="country-after">Next</button></div>'
        '<p id="country-said" class="soft" role="status" aria-live="polite"></p></form>'
        f'<datalist id="country-names">{options}</datalist>'
        f"{''.join(country_section(report, one) for one in countries)}</section>"
        '<section aria-labelledby="alarms-title"><h2 id="alarms-title">Alarms of sources</h2>'
        f"{caveat(ALARMS_CAVEAT)}{table_block(_alarms(report))}</section>"
        f'<section aria-labelledby="events-title"><h2 id="events-title">Every change in how we look</h2>'
        f"{caveat(EVENTS_CAVEAT)}{table_block(_events(report))}</section></main>"
        "<footer><p>Made by tipwatch. This file is complete: it loads nothing and sends nothing. Charts are drawn "
        "by plotly.js (MIT licence), which it carries.</p></footer>"
    )  # fmt: skip


def _nobody_looked(report: Report) -> str:
    """A banner where not one poll worked in the whole span."""
    if any(one.coverage.counts.polls_ok for one in report.countries):
        return ""
    tried = any(one.coverage.counts.polls for one in report.countries)
    why = "No poll worked" if tried else "Nothing was polled"
    return f'<p class="banner flagged" id="nobody-looked"><b>{why} in this span:</b> {NOBODY_LOOKED}</p>'


def _events(report: Report) -> Table:
    rows: list[tuple[Value, ...]] = [
        (
            one.day, words.event(one.kind),
            ", ".join(name_of(report, code) for code in one.countries) if one.countries else "all",
            one.source_id, one.detail, one.before, one.after,
        )
        for one in sorted(report.events, key=lambda one: one.day, reverse=True)
    ]  # fmt: skip
    return Table(
        key="events", caption="Changes in how we look, the latest first", columns=EVENT_COLUMNS, rows=rows,
        nothing="No change lies in this span.", sortable=True,
    )  # fmt: skip


def _alarms(report: Report) -> Table:
    rows: list[tuple[Value, ...]] = [
        (one.day, words.plain(one.kind), one.source_id, one.title, one.sentence)
        for one in sorted(report.alarms, key=lambda one: one.day, reverse=True)
    ]
    return Table(
        key="alarms", caption="Alarms of sources, the latest first", columns=ALARM_COLUMNS, rows=rows,
        nothing="No source gives alarm.", sortable=True,
    )  # fmt: skip
