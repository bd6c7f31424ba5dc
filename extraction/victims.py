"""How many victims a story states at least: its statements put together without counting anybody twice.

Refuses to add statements of one kind: the largest of a sex and age band stands, since stories repeat themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

from extraction.model.facts import VictimCount

BANDS = ("child", "adult")
SEXES = ("female", "male")


def at_least(counts: Iterable[VictimCount]) -> int:
    """The least number that all statements agree with; 0 where none is stated.

    "12 women, including two minors" (12 female, 2 of them children) is 12; "three girls and a man" is 4. What is
    unknown in a statement may be anybody, so it bounds from above what is known in others, and never adds to it.
    """
    most: dict[tuple[str, str], int] = {}
    for one in counts:
        key = (one.sex, one.age_band)
        most[key] = max(most.get(key, 0), one.n)
    known = sum(max(most.get((sex, "unknown"), 0), sum(most.get((sex, b), 0) for b in BANDS)) for sex in SEXES)
    banded = sum(max(most.get(("unknown", b), 0), sum(most.get((s, b), 0) for s in SEXES)) for b in BANDS)
    return max(most.get(("unknown", "unknown"), 0), known, banded)
