"""How few sources a country's news hangs on.

Refuses a figure for no stories: the share of the largest of nothing is nothing, not 0.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Concentration:
    """Shares in [0, 1]. `largest` is the share of the largest source.

    `hhi` is the Herfindahl-Hirschman index, the sum of the squared shares: 1/n for n equal sources, 1 for one (the
    0-10,000 scale of competition authorities divided by 10,000; above 0.18 they call a market highly concentrated:
    US Merger Guidelines 2023). `effective` = 1/hhi is the number of equal sources with the same index (Laakso &
    Taagepera 1979; Hill's number of order 2). `sources` gave at least one story.
    """

    sources: int
    largest: float
    hhi: float
    effective: float


def concentration(stories: Iterable[int]) -> Concentration | None:
    """From stories by source; None without a story. ValueError for a negative count.

    >>> concentration([6, 3, 1]).hhi
    0.46
    """
    counts = [n for n in stories if n != 0]
    if any(n < 0 for n in counts):
        raise ValueError("negative number of stories")
    total = sum(counts)
    if total == 0:
        return None
    hhi = sum(n * n for n in counts) / total**2
    return Concentration(sources=len(counts), largest=max(counts) / total, hhi=hhi, effective=1 / hhi)
