"""Forty cells that a spreadsheet must show and never run, and cells that must come through unchanged."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.model import Stage
from storage.spreadsheets import cell, write_rows

ACTIVE = [
    "=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0",
    "@cmd", '=HYPERLINK("http://x")', '=IMPORTXML("http://x","//a")', '=WEBSERVICE("http://x")', "=A1", "==1",
    "\t=1", "\r=1", "\n=1", "\r\n=1", " =1", "   =1", "\u00a0=1", "\u3000=1", "\u200b=1", "\ufeff=1", "\u2060=1",
    "\u202e=1", "\x00=1", "\x1b=1", "\x7f=1", "＝1+1", "＋1", "－1", "＠SUM(A1)", "﹦1", "﹢1", "﹣1", "﹫x",
    "\u2028=1", "\u2212 1", " \t＝1", "\t1", "\rname", "\u0301=1",
]  # fmt: skip


@pytest.mark.parametrize("text", ACTIVE)
def test_active_text_begins_with_an_apostrophe(text: str) -> None:
    assert cell(text).startswith("'")


@pytest.mark.parametrize(
    "text",
    ["Ravi Kumar", "O'Neill", "a=b", "1-2", "Anne-Marie", "नमस्ते", "5 + 3", "", "a; b", "100 %", "a@b.example"],
)
def test_other_text_stays(text: str) -> None:
    assert cell(text) == text


def test_text_behind_a_semicolon_cannot_begin_a_formula_either() -> None:
    assert cell("x;=1+1") == "x;'=1+1"
    assert cell(("a", "=1")) == "a; '=1"
    assert cell("x; \u200b＝1") == "x; \u200b'＝1"


VALUES = [(None, ""), (True, "yes"), (False, "no"), (0.5, "0.5"), (-3, "-3"), (Stage.ON_TRIAL, "on_trial")]


@pytest.mark.parametrize(("value", "expected"), [*VALUES, (("a", "b"), "a; b"), ({"a": 1}, "a=1"), ((), "")])
def test_values(value: object, expected: str) -> None:
    assert cell(value) == expected


@given(st.text())
def test_no_cell_starts_a_formula_or_breaks_a_line(text: str) -> None:
    made = cell(text)
    assert not set(made) & {"\t", "\r", "\n", "\x00", "\x85", "\u2028", "\u2029"}
    shown = [letter for letter in made if unicodedata.category(letter) not in {"Cc", "Cf", "Zs", "Zl", "Zp", "Mn"}]
    assert not shown or unicodedata.normalize("NFKC", shown[0])[0] not in "=+-@"


@given(st.lists(st.text(), min_size=2, max_size=5))
def test_a_file_reads_back_as_the_cells(texts: list[str]) -> None:
    file = io.StringIO(newline="")
    assert write_rows(file, ["x"] * len(texts), [texts]) == 1
    assert file.getvalue().count("\r\n") == 2
    assert list(csv.reader(io.StringIO(file.getvalue(), newline="")))[1] == [cell(text) for text in texts]
