"""What the feed lays out by hand is what the libraries would write: rows of statements, and sorted runs."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipwatch.feed.lines import Entity, line
from tipwatch.feed.sorting import Sorted, merged
from tipwatch.feed.statements import COLUMNS, Statements

pytest.importorskip("followthemoney")

from followthemoney.statement import Statement

from tipwatch.feed.ontology import ontology

FIRST, LAST = "2025-01-02T03:04:05", "2026-01-02T03:04:05"
LINES = st.lists(st.binary(min_size=1, max_size=6).map(lambda one: one.replace(b"\n", b"") + b"\n"), max_size=60)


def entity(names: list[str]) -> Entity:
    return {
        "id": "tw-p-1", "caption": "x", "schema": "Person", "properties": {"name": names}, "referents": [],
        "datasets": ["tipwatch_charged"], "first_seen": FIRST, "last_seen": LAST, "last_change": LAST,
        "target": True,
    }  # fmt: skip


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=5))
def test_statements_are_written_as_the_csv_module_writes_them(values: list[str]) -> None:
    made, told = io.BytesIO(), io.StringIO(newline="")
    Statements(made, ontology()).write(entity(values))
    rows = csv.writer(told, dialect=csv.unix_dialect)
    rows.writerow(COLUMNS)
    for prop, kind, value in (("id", "id", "tw-p-1"), *(("name", "name", one) for one in values)):
        key = Statement.make_key("tipwatch_charged", "tw-p-1", prop, value, external=False)
        rows.writerow(
            [
                "tw-p-1",
                "tw-p-1",
                prop,
                kind,
                "Person",
                value,
                "tipwatch_charged",
                "",
                "",
                "",
                "f",
                FIRST,
                LAST,
                key,
            ]
        )
    assert made.getvalue().decode() == told.getvalue()


@given(st.lists(LINES, max_size=5), st.integers(1, 9))
def test_runs_are_merged_in_order_whatever_their_blocks(runs: list[list[bytes]], size: int) -> None:
    blocks = []
    for run in runs:
        ordered = sorted(run)
        blocks.append(iter([ordered[at : at + size] for at in range(0, len(ordered), size)]))
    assert list(merged(blocks)) == sorted(one for run in runs for one in run)


@given(LINES)
def test_lines_that_were_written_out_come_back_in_order(lines: list[bytes]) -> None:
    with Sorted(Path("/tmp"), room=200) as found:
        for one in lines:
            found.add(one)
        assert list(found) == sorted(lines)


def test_a_line_is_the_same_however_the_entity_is_ordered() -> None:
    made = entity(["Ravi Testman"])
    assert line(dict(reversed(made.items()))) == line(made)
