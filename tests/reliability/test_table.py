"""docs/reliability.md tells the truth about the tests: every fault is there, with tests that exist.

Refuses to run the table's tests: `python -m tools.reliability` does, and writes the figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reliability.rows import ROOT, ROWS, by_row

DESIGN = ROOT.parent / "shared" / "design" / "RELIABILITY.md"


def cells(page: Path) -> list[list[str]]:
    """The lines of a page's table, header and rule left out."""
    lines = [line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[1:]]


def test_every_row_has_a_test_and_every_test_a_row() -> None:
    assert set(by_row()) == {row.fault for row in ROWS}


def test_the_page_shows_every_row_with_its_tests() -> None:
    shown = {line[0]: line for line in cells(ROOT / "docs" / "reliability.md")}
    assert list(shown) == [row.fault for row in ROWS]
    for row in ROWS:
        _, holds, verdict, figure, tests = shown[row.fault]
        assert holds == row.holds
        assert verdict.startswith(("yes", "no", "not run"))
        assert figure != ""
        named = [name.strip("`") for name in tests.split("<br>")]
        assert named == by_row()[row.fault], "run `python -m tools.reliability` again"


@pytest.mark.shared
@pytest.mark.skipif(not DESIGN.exists(), reason="../shared is absent: only the founders' machines have it")
def test_the_rows_are_those_of_the_design() -> None:
    assert [tuple(line) for line in cells(DESIGN)] == [(row.fault, row.holds) for row in ROWS]
