"""How well stories are joined: near-equal texts to one report, mentions to one person; part of `make eval`.

Refuses a figure below its floor in joins.toml: lower one by hand, with the reason in the commit.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks import persons, syndication

FLOORS = Path(__file__).with_name("joins.toml")
GOALS: Mapping[str, tuple[float, float]] = {"chains": (0.98, 0.90)}
"""Precision and recall that issue 6 asks for, on the real chains of ../shared (skipped where they are not)."""


def figures() -> dict[str, Mapping[str, float]]:
    """Pairwise precision and recall by set; `chains` only where ../shared lies beside the project."""
    found: dict[str, Mapping[str, float]] = {}
    if persons.CHAINS.with_suffix(".jsonl").is_file():
        found["chains"] = _numbers(persons.chains())
    for part in ("dev", "held"):
        found[f"persons {part}"] = _numbers(persons.hard(part))
    for part in (syndication.OPEN, syndication.HELD_OUT, syndication.AFTER):
        for name, judge in syndication.judges().items():
            got = syndication.score(judge, syndication.pairs(part))
            label = f"copies {part}" if name == "ours" else f"copies {part}, {name}"
            found[label] = {"precision": got.precision, "recall": got.recall}
    return found


def below(found: Mapping[str, Mapping[str, float]], floors: Mapping[str, Mapping[str, float]]) -> list[str]:
    """A sentence for each figure below its floor; sets that are absent are not judged."""
    return [
        f"{name}: {figure} {found[name][figure]:.3f} is below its floor {least:.3f} (benchmarks/joins.toml)"
        for name, wanted in sorted(floors.items())
        if name in found
        for figure, least in sorted(wanted.items())
        if found[name][figure] < least
    ]


def main() -> int:
    """Print the table; 1 when a figure is below its floor."""
    found = figures()
    table = Table(title="Joined: pairs of mentions that are one person, pairs of texts that are one report")
    for heading in ("set", "precision", "recall", "also"):
        table.add_column(heading, justify="left" if heading in {"set", "also"} else "right")
    for name, got in found.items():
        goal = GOALS.get(name)
        also = [f"{key} {value:g}" for key, value in got.items() if key not in {"precision", "recall"}]
        also += [] if goal is None else [f"goal {goal[0]:.2f} and {goal[1]:.2f}"]
        table.add_row(name, f"{got['precision']:.3f}", f"{got['recall']:.3f}", ", ".join(also))
    Console(width=max(120, Console().width)).print(table)
    faults = below(found, tomllib.loads(FLOORS.read_text(encoding="utf-8")))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults else 0


def _numbers(got: Mapping[str, object]) -> dict[str, float]:
    return {key: float(value) for key, value in got.items() if isinstance(value, int | float)}


if __name__ == "__main__":
    sys.exit(main())
