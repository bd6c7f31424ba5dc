"""Cells that a spreadsheet shows and never runs, and files that every spreadsheet opens with the right letters.

Refuses active content: a title like "=HYPERLINK(...)" comes from the web, and ends in somebody's office.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import IO

ENCODING = "utf-8-sig"  # with a byte order mark: Excel takes UTF-8 for the local code page without it
FORMULA = frozenset("=+-@\u2212")  # compared after NFKC, which folds the fullwidth and small forms; U+2212 minus
BLANK = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"})  # what a spreadsheet may skip before a formula
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
BREAKS = re.compile(r"[\t\r\n\x85\u2028\u2029]+")
# Where a semicolon parts cells (Excel in half of Europe), the text behind one may begin a cell.
BEHIND_SEMICOLON = re.compile(r"(;[\s\u200b-\u200f\u2060\ufeff]*)([=+\-@\u2212\uff1d\uff0b\uff0d\uff20])")


def cell(value: object) -> str:  # noqa: PLR0911 - one line a type
    """A value as one safe cell: lists joined by "; ", yes or no, line breaks folded, formulas made text by "'".

    >>> cell("=1+1"), cell(("a", "b")), cell(True), cell(None)
    ("'=1+1", 'a; b', 'yes', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float():
            return str(value)  # our own figures: a leading minus is a number
        case Enum():
            return _safe(str(value.value))
        case dt.datetime():
            return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        case dt.date():
            return value.isoformat()
        case str():
            return _safe(value)
        case Mapping():
            return _safe("; ".join(f"{cell(key)}={cell(item)}" for key, item in value.items()))
        case Sequence():
            return _safe("; ".join(cell(item) for item in value))
        case _:
            raise TypeError(f"no cell for a {type(value).__name__}")


def write_rows(file: IO[str], header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a header and rows as CSV (RFC 4180: comma, CRLF). Returns the number of rows."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(header)
    n = 0
    for n, row in enumerate(rows, start=1):  # noqa: B007 - the last n is the count
        writer.writerow([cell(value) for value in row])
    return n


def _safe(text: str) -> str:
    folded = CONTROL.sub("", BREAKS.sub(" ", text))
    folded = BEHIND_SEMICOLON.sub(r"\1'\2", folded)
    return f"'{folded}" if _is_formula(text) or _is_formula(folded) else folded


def _is_formula(text: str) -> bool:
    if text[:1] in {"\t", "\r", "\n"}:
        return True
    for letter in text:
        if unicodedata.category(letter) not in BLANK:
            return unicodedata.normalize("NFKC", letter)[:1] in FORMULA
    return False
