"""Tables of the page: what a chart shows, for eyes, for a screen reader, for print and for a spreadsheet.

Refuses data that acts: every value is escaped, and what a spreadsheet would run as a formula is made text.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from storage.spreadsheets import cell
from tipwatch.tables import shown


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """A value whose words differ from its data: `text` is read by people, `value` goes to the CSV.

    `link` is the id of another place of the page.
    """

    text: str
    value: str | int | float | None
    link: str | None = None
    kind: str = ""


LONG = 40  # rows: a longer table scrolls in a box of its own

Value = str | int | float | dt.date | Told | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Column:
    """`name` is for people, `key` heads the column of the CSV."""

    key: str
    name: str
    number: bool = False
    wide: bool = False  # text that may wrap
    title: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows of values in the order of `columns`; `key` is unique on the page and names the CSV file.

    `kind` is a class of the style sheet.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Value, ...]]
    nothing: str = "Nothing to show."
    sortable: bool = False
    kind: str = ""


def text_of(value: Value) -> str:
    """A value as people read it."""
    match value:
        case Told():
            return value.text
        case bool():
            return "yes" if value else "no"
        case int():
            return f"{value:,}"
        case float():
            return number(value)
        case dt.date():
            return value.isoformat()
        case _:
            return shown(value)


def number(value: float) -> str:
    """Three significant digits, thousands parted: 1,234, 12.3, 0.0123."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def table_html(table: Table) -> str:
    """The table alone, in a box that scrolls sideways and that the keyboard can reach."""
    if not table.rows:
        return f'<p class="soft" id="{escape(table.key, quote=True)}">{escape(table.nothing)}</p>'
    head = "".join(_head(column, table.sortable) for column in table.columns)
    body = "".join(
        "<tr>"
        + "".join(
            _cell(column, value, first=i == 0)
            for i, (column, value) in enumerate(zip(table.columns, row, strict=True))
        )
        + "</tr>"
        for row in table.rows
    )
    narrow = not any(column.wide for column in table.columns) and len(table.columns) <= 3
    kinds = f"{table.kind}{' narrow' if narrow else ''}".strip()
    classes = f' class="{escape(kinds, quote=True)}"' if kinds else ""
    key, caption = escape(table.key, quote=True), escape(table.caption)
    box = "scroll long" if len(table.rows) > LONG else "scroll"
    return (
        f'<div class="{box}" tabindex="0" role="region" aria-label="{escape(table.caption, quote=True)}">'
        f'<table id="{key}"{classes}><caption class="unseen">{caption}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def download(key: str, what: str) -> str:
    """The button that hands out the table `key` as CSV; it needs the script, and hides without it."""
    safe = escape(key, quote=True)
    return (
        f'<button type="button" class="download live" data-csv="{safe}">Download data (CSV)'
        f'<span class="unseen">: {escape(what)}</span></button>'
    )


def table_block(table: Table) -> str:
    """A table with its download under it."""
    if not table.rows:
        return table_html(table)
    return f'{table_html(table)}<p class="actions">{download(table.key, table.caption)}</p>'


def _head(column: Column, sortable: bool) -> str:
    name = escape(column.name)
    classes = f' class="{"number" if column.number else "text"}"'
    title = f' title="{escape(column.title, quote=True)}"' if column.title else ""
    inner = f'<button type="button" class="sort">{name}</button>' if sortable else name
    return f'<th scope="col"{classes}{title} data-key="{escape(column.key, quote=True)}">{inner}</th>'


def _cell(column: Column, value: Value, *, first: bool) -> str:
    text = text_of(value)
    inner = escape(text)
    kind = "number" if column.number else "wide" if column.wide else ""
    if isinstance(value, Told):
        kind = f"{kind} {value.kind}".strip()
        if value.link is not None:
            inner = f'<a href="#{escape(value.link, quote=True)}">{inner}</a>'
    # The CSV takes `data-v`, or the text where both are the same.
    data = cell(value.value if isinstance(value, Told) else value)
    raw = "" if data == text else f' data-v="{escape(data, quote=True)}"'
    classes = f' class="{escape(kind, quote=True)}"' if kind else ""
    return f'<th scope="row"{classes}{raw}>{inner}</th>' if first else f"<td{classes}{raw}>{inner}</td>"
