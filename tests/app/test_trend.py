"""Trends, ratios to official figures and concentration: known values, refusals, coverage by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.concentration import concentration
from tipwatch.analysis.trend import (
    NoRatio,
    NoTrend,
    observed_to_official,
    poisson_interval,
    student_quantile,
    yearly_trend,
)


# Garwood's limits (1936), chi2(0.025, 2n) / 2 and chi2(0.975, 2n + 2) / 2, from tables of chi-square.
@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        (0, 0.0, 3.689),
        (1, 0.0253, 5.572),
        (2, 0.242, 7.225),
        (3, 0.619, 8.767),
        (5, 1.623, 11.668),
        (10, 4.795, 18.390),
        (20, 12.217, 30.888),
        (50, 37.111, 65.919),
        (100, 81.364, 121.627),
    ],
)
def test_the_poisson_interval_is_garwoods(n: int, low: float, high: float) -> None:
    assert poisson_interval(n) == (pytest.approx(low, abs=6e-4), pytest.approx(high, abs=6e-4))


def test_the_poisson_interval_bears_large_counts() -> None:
    low, high = poisson_interval(20_000)
    assert (low, high) == (pytest.approx(20_000 - 277, abs=2), pytest.approx(20_000 + 279, abs=2))


@pytest.mark.parametrize(
    ("df", "quantile"),
    [(1, 12.706), (2, 4.303), (4, 2.776), (5, 2.571), (10, 2.228), (22, 2.074), (58, 2.002), (1000, 1.962)],
)
def test_students_quantile_is_the_tables(df: int, quantile: float) -> None:
    assert student_quantile(df) == pytest.approx(quantile, abs=2.5e-3)


@given(st.floats(0.3, 3), st.integers(12, 60), st.floats(100, 5000))
def test_an_exact_exponential_gives_its_own_ratio(ratio: float, months: int, start: float) -> None:
    counts = [round(start * 100 * ratio ** (month / 12)) for month in range(months)]
    if min(counts) < 1000:
        return
    found = yearly_trend(counts)
    assert found.ratio == pytest.approx(ratio, rel=0.01)
    assert found.dispersion == 1.0
    assert found.low is not None
    assert found.high is not None
    assert found.low < ratio * 1.01
    assert found.high > ratio * 0.99


def test_exposure_takes_the_growth_of_watching_out() -> None:
    watched = [30.0 * (1 + month) for month in range(24)]
    counts = [round(days) for days in watched]
    grown, level = yearly_trend(counts), yearly_trend(counts, watched)
    assert grown.low is not None
    assert grown.low > 1.5
    assert "Rising" in grown.sentence
    assert level.ratio == pytest.approx(1.0, abs=1e-6)
    assert "No clear change" in level.sentence


def test_months_nobody_watched_are_no_zeros() -> None:
    counts, watched = [30, 31, 29, 30, 0, 0, *[30] * 8], [1.0, 1, 1, 1, 0, 0, *[1.0] * 8]
    found = yearly_trend(counts, watched)
    assert found.months == 12
    assert found.ratio == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize(
    ("counts", "exposure", "reason", "words"),
    [
        ([], None, NoTrend.FEW_MONTHS, "the span has 0"),
        ([100] * 11, None, NoTrend.FEW_MONTHS, "needs 12"),
        ([100] * 8, [0.0] * 3 + [1.0] * 5, NoTrend.FEW_MONTHS, "the span has 5"),
        ([1] * 19, None, NoTrend.FEW_EVENTS, "19 counted in 19 months"),
        ([50, *[0] * 10, 50], None, NoTrend.FEW_FILLED, "fewer than 3 months"),
        ([4, 9, 0, 1, 8, 3, 0, 0, 7, 0, 1, 6], None, NoTrend.TOO_WIDE, "do not tell a fall to a fifth"),
    ],
)
def test_too_few_to_say(counts: list[int], exposure: list[float] | None, reason: NoTrend, words: str) -> None:
    found = yearly_trend(counts, exposure)
    assert (found.ratio, found.low, found.high) == (None, None, None)
    assert found.reason is reason
    assert words in found.sentence


def test_contradicting_months_are_refused() -> None:
    with pytest.raises(ValueError, match="2 months of counts, 1 of exposure"):
        yearly_trend([1, 2], [1.0])
    with pytest.raises(ValueError, match="negative"):
        yearly_trend([1, -2])


@pytest.mark.parametrize("spread", [math.inf, 5.0])
@pytest.mark.parametrize("months", [12, 24])
def test_the_interval_of_the_trend_covers_the_truth(months: int, spread: float) -> None:
    rng = np.random.default_rng(11)
    held = answered = 0
    for _ in range(600):
        slope = rng.uniform(math.log(0.5), math.log(2))
        watched = rng.uniform(100, 400, size=months)
        mean = 0.08 * watched * np.exp(slope * np.arange(months) / 12)
        rates = mean if math.isinf(spread) else rng.gamma(spread, mean / spread)
        found = yearly_trend(rng.poisson(rates).tolist(), watched.tolist())
        if found.low is not None and found.high is not None:
            answered += 1
            held += found.low <= math.exp(slope) <= found.high
    assert answered >= 570
    assert 0.93 <= held / answered <= 0.985


def test_observed_to_official() -> None:
    found = observed_to_official(10, 50)
    assert (found.ratio, found.low, found.high) == (
        0.2,
        pytest.approx(4.795 / 50, abs=1e-4),
        pytest.approx(18.390 / 50, abs=1e-4),
    )
    assert "10 for 50" in found.sentence
    nothing = observed_to_official(0, 50)
    assert (nothing.ratio, nothing.low) == (0.0, 0.0)
    assert nothing.high == pytest.approx(3.689 / 50, abs=1e-4)
    none = observed_to_official(4, 0)
    assert none.reason is NoRatio.OFFICIAL_ZERO
    assert none.ratio is None
    with pytest.raises(ValueError, match="negative"):
        observed_to_official(-1, 3)


@pytest.mark.parametrize(
    ("stories", "expected"),
    [
        ([], None),
        ([0, 0], None),
        ([7], (1, 1.0, 1.0, 1.0)),
        ([5, 5, 5, 5], (4, 0.25, 0.25, 4.0)),
        ([6, 3, 1, 0], (3, 0.6, 0.46, 1 / 0.46)),
    ],
)
def test_concentration(stories: list[int], expected: tuple[int, float, float, float] | None) -> None:
    found = concentration(stories)
    if expected is None:
        assert found is None
        return
    assert found is not None
    assert (found.sources, found.largest, found.hhi) == (expected[0], expected[1], pytest.approx(expected[2]))
    assert found.effective == pytest.approx(expected[3])


@given(st.lists(st.integers(0, 10_000), min_size=1, max_size=50))
def test_effective_sources_lie_between_one_and_all(stories: list[int]) -> None:
    found = concentration(stories)
    if found is None:
        assert sum(stories) == 0
        return
    assert 1 - 1e-9 <= found.effective <= found.sources + 1e-9
    assert found.hhi <= found.largest + 1e-12


def test_negative_stories_are_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        concentration([3, -1])
