"""One set scored: outcomes, figures, and what stands beside them; several sets as one.

Refuses to keep text: what the report page shows it takes from the set itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tipwatch.evaluation.figures import Figures, figures
from tipwatch.evaluation.outcomes import Outcome, compare_all
from tipwatch.evaluation.readings import Readings
from tipwatch.evaluation.sets import GoldSet


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """A set with its readings and what came of the comparison."""

    gold: GoldSet
    readings: Readings
    outcomes: tuple[Outcome, ...]
    figures: Figures


@dataclass(frozen=True, kw_only=True, slots=True)
class Pool:
    """Several sets counted as one; `digest` is None because each set has its own."""

    name: str
    results: tuple[Result, ...]

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """Outcomes of all sets."""
        return tuple(one for result in self.results for one in result.outcomes)


def result(gold: GoldSet, readings: Readings) -> Result:
    """Score one set."""
    outcomes = compare_all(gold.gold, readings.said)
    return Result(gold=gold, readings=readings, outcomes=outcomes, figures=figures(outcomes))


def pooled(name: str, members: Sequence[str], results: Sequence[Result]) -> Pool | None:
    """The members that are there as one; None when any is absent: half a pool is another figure."""
    have = {one.gold.name: one for one in results}
    if any(member not in have for member in members):
        return None
    return Pool(name=name, results=tuple(have[member] for member in members))
