"""What the demo shows at its end: the accused as exported, and how well each country was watched.

Refuses to add anything: both tables are read from what the commands wrote.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tipwatch.tables import Row

_QUOTE = 60  # characters of a quote that fit a terminal


def accused_rows(directory: Path) -> list[Row]:
    """A line an exported person and story, then those who were cleared, from `export/jsonl`."""
    rows: list[Row] = []
    for name in ("charged.jsonl", "cleared.jsonl"):
        for line in (directory / "export" / "jsonl" / name).read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            rows.append(
                {
                    "name": found["name"],
                    "stage": found["stage"].replace("_", " "),
                    "country": " ".join(found["country_prosecution"]) or None,
                    "source": found["source"],
                    "quote": _short(found["quote"]),
                }
            )
    return rows


def coverage_rows(coverage: Sequence[Mapping[str, Any]]) -> list[Row]:
    """A line a country, from `tipwatch coverage --format json`."""
    rows: list[Row] = []
    for one in coverage:
        counts = one["counts"]
        why = one["zeros"].get("named_accused")
        failed = _words(counts["polls_failed"])
        rows.append(
            {
                "country": one["country"],
                "sources": one["sources"],
                "language": " ".join(one["sources_by_language"]),
                "polls that worked": f"{counts['polls_ok']} of {counts['polls']}"
                + (f" ({failed})" if failed else ""),
                "pages kept": f"{counts['pages_kept']} of {counts['pages_fetched']}",
                "unread language": counts["unread_language"],
                "on topic": counts["on_topic"],
                "accused": counts["named_accused"],
                "why none": None if why is None else why.replace("_", " "),
            }
        )
    return rows


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items())


def _short(quote: str) -> str:
    flat = " ".join(quote.split())
    return flat if len(flat) <= _QUOTE else flat[: _QUOTE - 1].rsplit(" ", 1)[0] + " …"
