"""Does the interval for unreported cases hold the truth? Coverage and bias over simulated countries, as Markdown.

Refuses to be tuned: ranges are stated below, seeds are fixed, refused countries are counted beside the answered.

A country has N true cases and m sources. Source j reports any one case with probability p_j, drawn log-uniformly
from [low, high] once a country, the same for every case. Four worlds:

- independent: every (source, case) is its own coin.
- newsworthy: cases differ: the odds of case i are multiplied by exp(1.0 * z_i), z_i standard normal.
- following: each source, with probability 0.3 a case, prints what one shared agency printed of that case.
- regional: three regions of equal size; a source has one of them as its beat and reports the cases of the others
  with a tenth of its probability.

Run: `.venv/bin/python -m benchmarks.capture`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from tipwatch.analysis.capture import Captures, estimate_cases
from tipwatch.analysis.textbook import chao2

SEED = 20261123


class World(StrEnum):
    """How sources and cases behave; the first is what the estimate assumes."""

    INDEPENDENT = "independent"
    NEWSWORTHY = "newsworthy"
    FOLLOWING = "following"
    REGIONAL = "regional"


@dataclass(frozen=True, kw_only=True, slots=True)
class Range:
    """From which countries are drawn: `cases` log-uniform, `sources` uniform, reach log-uniform, ends included."""

    cases: tuple[int, int]
    sources: tuple[int, int]
    reach: tuple[float, float]

    def __str__(self) -> str:
        (a, b), (c, d) = self.cases, self.sources
        cases, sources = (str(a) if a == b else f"{a}-{b}"), (str(c) if c == d else f"{c}-{d}")
        return f"{cases} | {sources} | {self.reach[0]:g}-{self.reach[1]:g}"


# The whole range that the acceptance test draws from: from a few stories a week to a large press.
ALL = Range(cases=(50, 1000), sources=(3, 12), reach=(0.03, 0.5))
CELLS = (
    ALL,
    Range(cases=(50, 50), sources=(2, 2), reach=(0.1, 0.5)),
    Range(cases=(50, 50), sources=(3, 3), reach=(0.03, 0.5)),
    Range(cases=(50, 50), sources=(6, 6), reach=(0.03, 0.5)),
    Range(cases=(50, 50), sources=(12, 12), reach=(0.03, 0.5)),
    Range(cases=(200, 200), sources=(2, 2), reach=(0.03, 0.5)),
    Range(cases=(200, 200), sources=(3, 3), reach=(0.03, 0.5)),
    Range(cases=(200, 200), sources=(6, 6), reach=(0.03, 0.5)),
    Range(cases=(200, 200), sources=(6, 6), reach=(0.01, 0.1)),
    Range(cases=(200, 200), sources=(12, 12), reach=(0.2, 0.5)),
    Range(cases=(100, 100), sources=(2, 2), reach=(0.5, 0.9)),
    Range(cases=(1000, 1000), sources=(3, 3), reach=(0.03, 0.5)),
    Range(cases=(1000, 1000), sources=(12, 12), reach=(0.03, 0.5)),
)


def reports(world: World, rng: np.random.Generator, cases: int, reach: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Who reported what: (cases, sources)."""
    shape = (cases, len(reach))
    coins = rng.random(shape)
    match world:
        case World.INDEPENDENT:
            return coins < reach
        case World.NEWSWORTHY:
            odds = reach / (1 - reach) * np.exp(rng.standard_normal((cases, 1)))
            return coins < odds / (1 + odds)
        case World.FOLLOWING:
            agency = rng.random((cases, 1)) < np.median(reach)
            return np.where(rng.random(shape) < 0.3, agency, coins < reach)
        case World.REGIONAL:
            home = rng.integers(0, 3, size=(cases, 1))
            beat = np.arange(len(reach)) % 3
            return coins < np.where(beat == home, reach, reach / 10)


def countries(world: World, drawn: Range, n: int, seed: int) -> Iterator[tuple[int, Captures]]:
    """`n` countries: the true number of cases, and what the sources showed of them."""
    rng = np.random.default_rng([seed, list(World).index(world)])
    for _ in range(n):
        cases = round(float(np.exp(rng.uniform(*np.log(drawn.cases)))))
        sources = int(rng.integers(drawn.sources[0], drawn.sources[1] + 1))
        reach = np.exp(rng.uniform(*np.log(drawn.reach), size=sources))
        seen = reports(world, rng, cases, reach)
        by_case = seen.sum(axis=1)
        alone = seen[by_case == 1].sum(axis=0)
        tally = np.bincount(by_case, minlength=sources + 1)
        yield (
            cases,
            Captures(
                sources=sources,
                counts={k: int(tally[k]) for k in range(1, sources + 1)},
                alone=tuple(int(value) for value in alone),
            ),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """Over the countries that got a figure: share whose interval holds the truth, is wholly above it, below it."""

    answered: int
    covered: float
    above: float
    below: float
    bias: float  # median of estimate / truth - 1
    width: float  # median of (high - low) / truth


Interval = tuple[float, float, float]  # estimate, low, high


def ours(captures: Captures) -> Interval | None:
    """What the report shows."""
    found = estimate_cases(captures)
    if found.estimate is None or found.low is None or found.high is None:
        return None
    return found.estimate, found.low, found.high


def textbook(captures: Captures) -> Interval | None:
    """Chao2 bias-corrected with the log-normal interval, answered where ours is."""
    found = chao2(captures, bias_corrected=True)
    if found is None or estimate_cases(captures).estimate is None:
        return None
    return found.estimate, found.low, found.high


def measure(
    world: World,
    drawn: Range,
    *,
    n: int = 1000,
    seed: int = SEED,
    method: Callable[[Captures], Interval | None] = ours,
) -> Result:
    """Coverage over `n` simulated countries."""
    found = [(truth, interval) for truth, seen in countries(world, drawn, n, seed) if (interval := method(seen))]
    truths = np.array([truth for truth, _ in found])
    estimate, low, high = np.array([interval for _, interval in found]).T
    return Result(
        answered=len(found),
        covered=float(np.mean((low <= truths) & (truths <= high))),
        above=float(np.mean(low > truths)),
        below=float(np.mean(high < truths)),
        bias=float(np.median(estimate / truths - 1)),
        width=float(np.median((high - low) / truths)),
    )


def main() -> None:
    """Print the table of docs/estimates.md."""
    print(
        "| world | cases | sources | reach | answered | covered | too high | too low | bias | width | textbook |"
    )
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for world in World:
        for drawn in CELLS if world is World.INDEPENDENT else (ALL, CELLS[6], CELLS[7], CELLS[-1]):
            result, book = measure(world, drawn), measure(world, drawn, method=textbook)
            print(
                f"| {world} | {drawn} | {result.answered} | {result.covered:.1%} | {result.above:.1%} |"
                f" {result.below:.1%} | {result.bias:+.1%} | {result.width:.2f} | {book.covered:.1%} |"
            )


if __name__ == "__main__":
    main()
