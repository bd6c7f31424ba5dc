"""How a monthly count changes by the year, and how what we saw compares to an official figure, with intervals.

Refuses a trend from a few months or a few events, and a ratio to an official zero.

The trend is a quasi-Poisson regression of the counts on time, log link, with the logarithm of an exposure
(source-days watched) as offset (McCullagh & Nelder 1989, ch. 6; dispersion from Pearson's chi-square, at least 1).
The interval uses Student's t with months - 2 degrees of freedom. It says how the *count* moved: read it only where
nothing in how we look moved, as in the frozen panel.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from tipwatch.analysis.capture import Z95

LEAST_MONTHS = 12  # from 6, the few narrow intervals covered 63 % (docs/estimates.md); and seasons pass for trends
LEAST_EVENTS = 20
LEAST_FILLED = 3  # months with an event: fewer fix no slope
WIDEST = 25.0  # high over low: beyond, a fall to a fifth and a rise to five times are not told apart


class NoTrend(StrEnum):
    """Why there is no trend."""

    FEW_MONTHS = "few_months"
    FEW_EVENTS = "few_events"
    FEW_FILLED = "few_filled"
    NO_FIT = "no_fit"
    TOO_WIDE = "too_wide"


class NoRatio(StrEnum):
    """Why there is no ratio to an official figure."""

    OFFICIAL_ZERO = "official_zero"


@dataclass(frozen=True, kw_only=True, slots=True)
class YearlyTrend:
    """Rate ratio a year (1.0 is flat) with its 95 % interval; None where `reason` says why.

    `dispersion` is the variance over the mean, 1 for Poisson. `months` are those with an exposure.
    """

    ratio: float | None
    low: float | None
    high: float | None
    dispersion: float | None
    months: int
    events: int
    reason: NoTrend | None
    sentence: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OfficialRatio:
    """Observed persons over official ones, with the 95 % interval of a Poisson count; None with a reason."""

    ratio: float | None
    low: float | None
    high: float | None
    reason: NoRatio | None
    sentence: str


def yearly_trend(counts: Sequence[int], exposure: Sequence[float] | None = None) -> YearlyTrend:
    """Trend of consecutive months. `exposure`: of the same length, 0 where nobody looked (the month is left out).

    ValueError where lengths differ or a number is negative.
    """
    if exposure is not None and len(exposure) != len(counts):
        raise ValueError(f"{len(counts)} months of counts, {len(exposure)} of exposure")
    if any(n < 0 for n in (*counts, *(exposure or ()))):
        raise ValueError("negative counts or exposure")
    looked = np.ones(len(counts)) if exposure is None else np.asarray(exposure, dtype=float)
    kept = looked > 0
    months, y = np.flatnonzero(kept), np.asarray(counts, dtype=float)[kept]
    events = int(y.sum())
    reason = _no_trend(len(months), events, int((y > 0).sum()))
    fitted = None if reason is not None else _fit(months / 12.0, y, np.log(looked[kept]))
    if fitted is None:
        return _refused(reason or NoTrend.NO_FIT, len(months), events)
    slope, error, dispersion = fitted
    reach = student_quantile(len(months) - 2) * error
    if 2 * reach > math.log(WIDEST):
        return _refused(NoTrend.TOO_WIDE, len(months), events)
    ratio, low, high = math.exp(slope), math.exp(slope - reach), math.exp(slope + reach)
    return YearlyTrend(
        ratio=ratio,
        low=low,
        high=high,
        dispersion=dispersion,
        months=len(months),
        events=events,
        reason=None,
        sentence=_sentence(ratio, low, high, len(months), events),
    )


def observed_to_official(observed: int, official: float) -> OfficialRatio:
    """Ratio of an observed count, taken as Poisson, to an official figure, taken as exact.

    A ratio above 1 is no error: the press also reports years, persons and stages that the office does not count.
    ValueError for negative numbers.
    """
    if observed < 0 or official < 0:
        raise ValueError("negative figure")
    if official == 0:
        return OfficialRatio(
            ratio=None,
            low=None,
            high=None,
            reason=NoRatio.OFFICIAL_ZERO,
            sentence=f"No ratio: the official figure is 0, and we saw {observed}.",
        )
    low, high = (end / official for end in poisson_interval(observed))
    ratio = observed / official
    return OfficialRatio(
        ratio=ratio,
        low=low,
        high=high,
        reason=None,
        sentence=(
            f"We saw {observed} for {official:g} in the official figure: {ratio:.2g} for each official one"
            f" (95 % interval {low:.2g} to {high:.2g}, of chance alone). The two need not count the same persons."
        ),
    )


def poisson_interval(n: int) -> tuple[float, float]:
    """Exact 95 % interval of a Poisson mean from one count (Garwood 1936, Biometrika 28:437), by bisection.

    >>> [round(end, 3) for end in poisson_interval(10)]
    [4.795, 18.39]
    """
    tail = 0.025
    top = n + 10 + 10 * math.sqrt(n + 1)
    low = 0.0 if n == 0 else _bisect(lambda mean: 1 - _poisson_cdf(n - 1, mean) - tail, 0.0, float(n))
    return low, _bisect(lambda mean: tail - _poisson_cdf(n, mean), float(n), top)


def student_quantile(df: int) -> float:
    """The 0.975 quantile of Student's t: exact for 1 and 2, else an expansion to the fourth order in 1/df.

    Abramowitz & Stegun 26.7.5; within 0.004 of the tables at 3, 0.001 at 4, 0.0001 at 10 (12 months).
    """
    if df < 1:
        raise ValueError("no degrees of freedom")
    if df == 1:
        return math.tan(math.pi * 0.475)
    if df == 2:
        return 0.95 / math.sqrt(2 * 0.975 * 0.025)
    z = Z95
    g1 = (z**3 + z) / 4
    g2 = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    g3 = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    g4 = (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160
    return z + g1 / df + g2 / df**2 + g3 / df**3 + g4 / df**4


def _fit(
    years: np.ndarray[tuple[int], np.dtype[np.float64]],
    y: np.ndarray[tuple[int], np.dtype[np.float64]],
    offset: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> tuple[float, float, float] | None:
    """Slope a year, its standard error, dispersion; by iteratively reweighted least squares."""
    design = np.column_stack([np.ones(len(y)), years - years.mean()])
    beta = np.array([math.log(y.sum() / np.exp(offset).sum()), 0.0])
    for _ in range(100):
        mean = np.exp(np.clip(design @ beta + offset, -50, 50))
        information = design.T @ (design * mean[:, None])
        try:
            step = np.linalg.solve(information, design.T @ (y - mean))
        except np.linalg.LinAlgError:
            return None
        beta = beta + np.clip(step, -2, 2)
        if np.abs(step).max() < 1e-9:
            break
    else:
        return None
    pearson = float(((y - mean) ** 2 / mean).sum()) / (len(y) - 2)
    dispersion = max(1.0, pearson)
    return float(beta[1]), math.sqrt(dispersion * float(np.linalg.inv(information)[1, 1])), dispersion


def _refused(reason: NoTrend, months: int, events: int) -> YearlyTrend:
    return YearlyTrend(
        ratio=None,
        low=None,
        high=None,
        dispersion=None,
        months=months,
        events=events,
        reason=reason,
        sentence=_refusal(reason, months, events),
    )


def _no_trend(months: int, events: int, filled: int) -> NoTrend | None:
    if months < LEAST_MONTHS:
        return NoTrend.FEW_MONTHS
    if events < LEAST_EVENTS:
        return NoTrend.FEW_EVENTS
    return NoTrend.FEW_FILLED if filled < LEAST_FILLED else None


def _refusal(reason: NoTrend, months: int, events: int) -> str:
    match reason:
        case NoTrend.FEW_MONTHS:
            return f"Too few to say: a trend needs {LEAST_MONTHS} whole months, and the span has {months}."
        case NoTrend.FEW_EVENTS:
            return f"Too few to say: {events} counted in {months} months, and a trend needs {LEAST_EVENTS}."
        case NoTrend.FEW_FILLED:
            return f"Too few to say: all {events} fall into fewer than {LEAST_FILLED} months."
        case NoTrend.NO_FIT:
            return "No trend: no steady yearly change describes these months."
        case NoTrend.TOO_WIDE:
            return (
                f"Too few to say: {events} in {months} months do not tell a fall to a fifth a year from a rise"
                " to five times."
            )


def _sentence(ratio: float, low: float, high: float, months: int, events: int) -> str:
    interval = f"95 % interval {low:.2f} to {high:.2f}, {events:,} in {months} months"
    if low <= 1 <= high:
        return f"No clear change: {ratio:.2f} times as many each year ({interval})."
    return f"{'Rising' if ratio > 1 else 'Falling'}: {ratio:.2f} times as many each year ({interval})."


def _poisson_cdf(n: int, mean: float) -> float:
    """P(X <= n) for a Poisson mean, summed on the log scale."""
    if mean == 0:
        return 1.0
    k = np.arange(n + 1)
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    return float(np.exp(k * math.log(mean) - mean - log_factorial).sum())


def _bisect(rising: Callable[[float], float], low: float, high: float) -> float:
    """Where a rising function is 0, to a relative 1e-12."""
    for _ in range(200):
        middle = (low + high) / 2
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
        if high - low <= 1e-12 * high:
            break
    return (low + high) / 2
