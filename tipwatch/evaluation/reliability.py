"""How far an accused's score can be believed: bins, calibration error, Brier score, and what a threshold costs.

Refuses people without a score: they are counted, never put into a bin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tipwatch.evaluation.outcomes import Outcome
from tipwatch.tables import Row

BINS = 10
THRESHOLDS = (0.0, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


@dataclass(frozen=True, kw_only=True, slots=True)
class Claim:
    """One person who was called accused: with which score, and whether gold says so too."""

    score: float
    right: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """Claims with `low` <= score < `high` (the last bin holds 1 too)."""

    low: float
    high: float
    n: int
    mean: float | None
    right: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Threshold:
    """What is left when everybody below `score` waits for review. `recall` is over all accused of gold."""

    score: float
    kept: int
    waiting: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Reliability:
    """`error` is the expected calibration error (mean gap of score and share right, weighted by the bins' size)
    and `brier` the mean square of score minus truth; both are None without a claim, and 0 is perfect.
    """

    bins: tuple[Bin, ...]
    thresholds: tuple[Threshold, ...]
    n: int
    without_score: int
    error: float | None
    brier: float | None


def claims(outcomes: Iterable[Outcome]) -> tuple[list[Claim], int]:
    """Claims with a score, of those who wait for review too, and how many had none."""
    found: list[Claim] = []
    without = 0
    for one in outcomes:
        said = [(f.said.score, True) for f in one.found] + [(f.said.score, False) for f in one.false]
        said += [(person.score, right) for person, right in one.doubtful]
        for score, right in said:
            if score is None:
                without += 1
            else:
                found.append(Claim(score=min(1.0, max(0.0, score)), right=right))
    return found, without


def reliability(outcomes: Sequence[Outcome], bins: int = BINS) -> Reliability:
    """The table over outcomes; `bins` of equal width."""
    said, without = claims(outcomes)
    positives = sum(len(one.found) + len(one.missed) for one in outcomes)
    parts: list[list[Claim]] = [[] for _ in range(bins)]
    for claim in said:
        parts[min(bins - 1, int(claim.score * bins))].append(claim)
    table = tuple(_bin(i / bins, (i + 1) / bins, part) for i, part in enumerate(parts))
    gaps = [one.n * abs(one.mean - one.right) for one in table if one.mean is not None and one.right is not None]
    return Reliability(
        bins=table,
        thresholds=tuple(_threshold(limit, said, positives) for limit in THRESHOLDS),
        n=len(said),
        without_score=without,
        error=sum(gaps) / len(said) if said else None,
        brier=sum((claim.score - claim.right) ** 2 for claim in said) / len(said) if said else None,
    )


def _bin(low: float, high: float, part: Sequence[Claim]) -> Bin:
    n = len(part)
    mean = sum(claim.score for claim in part) / n if n else None
    return Bin(low=low, high=high, n=n, mean=mean, right=sum(claim.right for claim in part) / n if n else None)


def _threshold(limit: float, said: Sequence[Claim], positives: int) -> Threshold:
    kept = [claim for claim in said if claim.score >= limit]
    right = sum(claim.right for claim in kept)
    return Threshold(
        score=limit,
        kept=len(kept),
        waiting=len(said) - len(kept),
        precision=right / len(kept) if kept else None,
        recall=right / positives if positives else None,
    )


def bin_rows(of: Reliability) -> list[Row]:
    """Lines for a table: the bins that hold anything."""
    return [
        {
            "score": f"{one.low:.1f}-{one.high:.1f}",
            "accused": one.n,
            "mean score": one.mean,
            "share right": one.right,
        }
        for one in of.bins
        if one.n
    ]


def threshold_rows(of: Reliability) -> list[Row]:
    """Lines for a table: what `--min-score` would keep."""
    return [
        {
            "min score": one.score,
            "kept": one.kept,
            "waiting": one.waiting,
            "precision": one.precision,
            "recall": one.recall,
        }
        for one in of.thresholds
    ]
