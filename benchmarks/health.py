"""How often a source's health cries wolf, and how soon it notices; measured on simulated volumes, as Markdown.

Refuses real sources: their truth is not known. Seeds are fixed.

Daily counts have a weekday rhythm (Saturday 0.6, Sunday 0.4 of a weekday) and, where `spread` is k, are negative
binomial with variance mean + mean^2 / k; k = inf is Poisson. Run: `.venv/bin/python -m benchmarks.health`
"""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
from numpy.typing import NDArray

from tipwatch.analysis.health import alarms, change_points

FIRST = dt.date(2024, 1, 1)  # a Monday
RHYTHM = np.array([1, 1, 1, 1, 1, 0.6, 0.4])
RHYTHM = RHYTHM / RHYTHM.mean()
SEED = 20261123


def volumes(
    rng: np.random.Generator, mean: float | NDArray[np.float64], days: int, spread: float
) -> list[int | None]:
    """Entries a day around `mean` (a number, or one a day)."""
    expected = np.broadcast_to(mean, days) * np.resize(RHYTHM, days)
    if math.isfinite(spread):
        expected = rng.gamma(spread, expected / spread)
    return [int(n) for n in rng.poisson(expected)]


def step(mean: float, factor: float, at: int, days: int) -> NDArray[np.float64]:
    """`mean` until day `at`, then `mean * factor`."""
    return np.where(np.arange(days) < at, mean, mean * factor)


def main() -> None:
    """Print the tables of docs/estimates.md."""
    print("| mean a day | spread | low a year | high a year | change points a year |\n|---|---|---|---|---|")
    for mean in (1.0, 5.0, 20.0, 100.0):
        for spread in (math.inf, 5.0, 2.0):
            rng = np.random.default_rng(SEED)
            low = high = changes = 0
            for _ in range(200):
                days = volumes(rng, mean, 730, spread)
                found = alarms(FIRST, days)
                low += sum(alarm.kind == "low" for alarm in found)
                high += sum(alarm.kind == "high" for alarm in found)
                changes += len(change_points(FIRST, days))
            print(f"| {mean:g} | {spread:g} | {low / 400:.2f} | {high / 400:.2f} | {changes / 400:.3f} |")
    print("\n| mean a day | spread | times | change point found | off by (median, 90 %) days | alarm in 14 days |")
    print("|---|---|---|---|---|---|")
    for mean in (1.0, 5.0, 20.0):
        for spread in (math.inf, 5.0):
            for factor in (0.0, 0.5, 2.0):
                rng = np.random.default_rng(SEED)
                off, soon, n = [], 0, 200
                for _ in range(n):
                    at = int(rng.integers(180, 540))
                    days = volumes(rng, step(mean, factor, at, 730), 730, spread)
                    near = [abs((found.day - FIRST).days - at) for found in change_points(FIRST, days)]
                    off.extend([min(near)] if near and min(near) <= 21 else [])
                    soon += any(-1 <= (alarm.day - FIRST).days - at <= 14 for alarm in alarms(FIRST, days))
                place = f"{np.median(off):.0f}, {np.quantile(off, 0.9):.0f}" if off else ""
                print(f"| {mean:g} | {spread:g} | {factor:g} | {len(off) / n:.0%} | {place} | {soon / n:.0%} |")


if __name__ == "__main__":
    main()
