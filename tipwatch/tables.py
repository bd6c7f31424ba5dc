"""Tables for the console, for CSV and for JSON, from the same rows.

Refuses what a terminal could obey: control characters and markup in a value are shown, not acted on.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from storage.spreadsheets import cell

Cell = str | int | float | None
Row = Mapping[str, Cell]

WIDE = 180  # columns when nobody's terminal limits us


class TableFormat(StrEnum):
    """How a table is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


def as_table(rows: Sequence[Row], *, title: str | None = None, width: int | None = None, digits: int = 2) -> str:
    """A table for eyes: numbers to the right, None as a dash. `width` None: the terminal's, else `WIDE`.

    `digits` are those after a fraction's point.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = Console()
    console = Console(
        file=io.StringIO(),
        width=width or (terminal.width if terminal.is_terminal else WIDE),
        force_terminal=terminal.is_terminal,
        no_color=terminal.no_color,
    )
    table = Table(
        title=None if title is None else Text(title), title_justify="left", box=SIMPLE_HEAD, pad_edge=False
    )
    names = list(rows[0]) if rows else []
    for name in names:
        numeric = all(isinstance(row[name], int | float) or row[name] is None for row in rows)
        table.add_column(Text(name.replace("_", " ")), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(shown(row[name], digits)) for name in names))
    console.print(table)
    stream = console.file
    assert isinstance(stream, io.StringIO)  # noqa: S101 - ours, four lines above
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines())


def as_csv(rows: Sequence[Row]) -> str:
    """Comma-separated with a header; a text that a spreadsheet would run as a formula gets an apostrophe."""
    stream = io.StringIO()
    names = list(rows[0]) if rows else []
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(names)
    for row in rows:
        writer.writerow([cell(row[name]) for name in names])
    return stream.getvalue().rstrip("\n")


def as_json(value: Any) -> str:
    """Indented JSON, exact."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def shown(value: Cell, digits: int = 2) -> str:
    """A value as people read it."""
    match value:
        case None:
            return "–"
        case float():
            return f"{value:.{digits}f}"
        case _:
            return "".join(char if _harmless(char) else "\ufffd" for char in str(value))


def _harmless(char: str) -> bool:
    return char == "\n" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}


def counted(n: int, noun: str, plural: str | None = None) -> str:
    """`1 page`, `2 pages`, `2 countries`."""
    return f"{n} {noun if n == 1 else plural or noun + 's'}"
