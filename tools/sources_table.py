#!/usr/bin/env python3
"""Writes the table of the catalogue into docs/sources.md, between its two marks.

Refuses to touch anything else there. `--check` writes nothing and ends with 1 when the table is not current.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from config import codes  # noqa: E402
from config.catalogue import load_catalogue  # noqa: E402
from config.source import Level, Source  # noqa: E402

PAGE = ROOT / "docs" / "sources.md"
BEGIN, END = "<!-- catalogue: begin -->", "<!-- catalogue: end -->"


def table(sources: Iterable[Source]) -> str:
    """Markdown: one line a country, and the sums."""
    by_country: dict[str, list[Source]] = {}
    for source in sources:
        by_country.setdefault(source.country, []).append(source)
    total = sum(len(found) for found in by_country.values())
    states = Counter(source.status.state.value for found in by_country.values() for source in found)
    stated = ", ".join(f"{count} {state}" for state, count in sorted(states.items()))
    lines = [
        f"{total} sources in {len(by_country)} countries and territories: {stated}.",
        "",
        "| country | | sources | local | regional | national | official | languages |",
        "|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for country, found in sorted(by_country.items()):
        levels = Counter(source.level for source in found)
        official = sum(source.publisher.official for source in found)
        spoken = Counter(code for source in found for code in source.languages)
        languages = ", ".join(
            f"{code} {count}" for code, count in sorted(spoken.items(), key=lambda p: (-p[1], p[0]))
        )
        counts = (levels[Level.LOCAL], levels[Level.REGIONAL], levels[Level.NATIONAL], official)
        cells = " | ".join(str(count or "") for count in counts)
        lines.append(f"| {country} | {codes.countries()[country]} | {len(found)} | {cells} | {languages} |")
    return "\n".join(lines)


def main() -> int:
    """0 when the page is (now) current."""
    page = PAGE.read_text("utf-8")
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    current = f"{head}{BEGIN}\n{table(load_catalogue().sources.values())}\n{END}{tail}"
    if current == page:
        return 0
    if "--check" in sys.argv[1:]:
        sys.stderr.write("docs/sources.md is not current: run tools/sources_table.py\n")
        return 1
    PAGE.write_text(current, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
