"""Estimates of unreported cases: published examples, identities, refusals, and coverage by simulation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.capture import ALL, CELLS, World, measure, textbook
from tipwatch.analysis.capture import (
    Captures,
    Method,
    TooFew,
    TwoSamples,
    estimate_cases,
    estimate_two_groups,
)
from tipwatch.analysis.textbook import chao2, sadinle

# Units (m), observed, f1, f2, bias-corrected; then estimate, s.e., lower, upper as printed.
# 1, 2: Hsieh, Ma & Chao, "A Quick Introduction to iNEXT via Examples" (vignette of iNEXT, 2016-03-23), $AsyEst of
#   the spider data (girdled and logged hemlock). 3-6: ChaoSpecies of SpadeR (Chao, Ma, Hsieh & Chiu 2016), rows
#   "Chao1 (Chao, 1984)" and "Chao1-bc", on two sites whose f1 and f2 iNEXT's $DataInfo prints beside them.
# Chao2 with m units has the same formulas as Chao1 with n individuals (Chao & Chiu 2016, eq. 11a).
PUBLISHED = [
    (168, 26, 12, 4, False, 43.893, 14.306, 30.511, 96.971),
    (252, 37, 14, 4, False, 61.403, 18.532, 43.502, 128.583),
    (448, 93, 31, 18, False, 119.635, 12.553, 104.072, 157.075),
    (448, 93, 31, 18, True, 117.419, 11.562, 103.114, 151.960),
    (483, 94, 35, 16, False, 132.202, 17.211, 110.451, 182.714),
    (483, 94, 35, 16, True, 128.928, 15.685, 109.078, 174.910),
]


@pytest.mark.parametrize(
    ("m", "observed", "once", "twice", "corrected", "estimate", "error", "low", "high"), PUBLISHED
)
def test_the_textbook_estimator_prints_what_was_published(
    m: int,
    observed: int,
    once: int,
    twice: int,
    corrected: bool,
    estimate: float,
    error: float,
    low: float,
    high: float,
) -> None:
    captures = Captures(sources=m, counts={1: once, 2: twice, 3: observed - once - twice})
    found = chao2(captures, bias_corrected=corrected)
    assert found is not None
    got = (found.estimate, found.standard_error, found.low, found.high)
    assert [round(value, 3) for value in got] == [estimate, error, low, high]


def test_two_groups_give_the_turtles_of_the_encyclopedia() -> None:
    # 10 turtles marked, 15 caught, 5 of them marked: Chapman 28.33, transformed logit interval 22 to 65
    # (Wikipedia, "Mark and recapture"; Sadinle 2009).
    turtles = TwoSamples(first=10, second=15, both=5)
    assert [round(end) for end in sadinle(turtles)] == [22, 65]
    found = estimate_two_groups(turtles)
    assert found.method is Method.CHAPMAN
    assert found.estimate == pytest.approx(11 * 16 / 6 - 1)
    # Ours takes those in fact missed as Poisson, not log-normal: close by.
    assert (found.low, found.high) == (pytest.approx(20.6, abs=0.1), pytest.approx(60.0, abs=0.1))


@given(st.integers(10, 300), st.integers(10, 300), st.integers(3, 100))
def test_with_two_sources_chao_is_chapman(first: int, second: int, both: int) -> None:
    both = min(both, first, second)
    two = estimate_two_groups(TwoSamples(first=first, second=second, both=both))
    chao = estimate_cases(
        Captures(sources=2, counts={1: first + second - 2 * both, 2: both}, alone=(first - both, second - both))
    )
    assert two.estimate == pytest.approx((first + 1) * (second + 1) / (both + 1) - 1)
    assert (chao.estimate, chao.low, chao.high) == (two.estimate, two.low, two.high)


@given(
    st.lists(st.integers(0, 60), min_size=2, max_size=12),
    st.integers(3, 80),
    st.integers(0, 80),
)
def test_the_interval_holds_the_estimate_and_never_undercuts_what_was_seen(
    alone: list[int], twice: int, thrice: int
) -> None:
    m = len(alone)
    counts = {1: sum(alone), 2: twice} | ({3: thrice} if m > 2 else {})
    found = estimate_cases(Captures(sources=m, counts=counts, alone=tuple(alone)))
    if found.reason is None:
        assert found.estimate is not None
        assert found.low is not None
        assert found.high is not None
        assert found.observed <= found.low <= found.estimate <= found.high
    # The order of the sources says nothing, and a source without a case of its own changes no estimate.
    turned = estimate_cases(Captures(sources=m, counts=counts, alone=tuple(reversed(alone))))
    assert turned.estimate == pytest.approx(found.estimate)
    more = estimate_cases(Captures(sources=m + 1, counts=counts, alone=(*alone, 0)))
    assert more.estimate == pytest.approx(found.estimate)


def test_sources_of_equal_reach_give_the_textbook_figure_without_being_named() -> None:
    captures = Captures(sources=6, counts={1: 40, 2: 20, 3: 10})
    found, book = estimate_cases(captures), chao2(captures, bias_corrected=True)
    assert book is not None
    assert found.estimate == pytest.approx(book.estimate)
    assert found.method is Method.CHAO_EQUAL
    assert "taken to report equally often" in found.sentence


def test_one_large_paper_beside_two_small_ones_is_not_taken_for_three_equals() -> None:
    unequal = estimate_cases(Captures(sources=3, counts={1: 60, 2: 12, 3: 3}, alone=(56, 2, 2)))
    equal = estimate_cases(Captures(sources=3, counts={1: 60, 2: 12, 3: 3}))
    assert unequal.estimate is not None
    assert equal.estimate is not None
    assert unequal.estimate - 75 < (equal.estimate - 75) / 4


@pytest.mark.parametrize(
    ("captures", "reason", "words"),
    [
        (Captures(sources=4, counts={}), TooFew.NO_CASES, "not a zero"),
        (Captures(sources=1, counts={1: 30}), TooFew.ONE_SOURCE, "fewer than two independent sources"),
        (Captures(sources=3, counts={1: 5, 2: 4}), TooFew.FEW_CASES, "needs 10 distinct"),
        (Captures(sources=3, counts={1: 30, 2: 2}, alone=(20, 10)), TooFew.FEW_SHARED, "only 2 of them"),
        (Captures(sources=3, counts={1: 30, 3: 9}, alone=(20, 10)), TooFew.FEW_SHARED, "only 0 of them"),
        (Captures(sources=4, counts={3: 10, 4: 30}), TooFew.NEARLY_ALL_SHARED, "three or more sources"),
    ],
)
def test_too_few_to_say(captures: Captures, reason: TooFew, words: str) -> None:
    found = estimate_cases(captures)
    assert (found.estimate, found.low, found.high, found.standard_error) == (None, None, None, None)
    assert found.reason is reason
    assert words in found.sentence


def test_where_next_to_nothing_was_missed_the_interval_stays_near() -> None:
    found = estimate_cases(Captures(sources=4, counts={2: 6, 3: 10, 4: 24}))
    assert found.estimate == 40
    assert found.high is not None
    assert found.high < 45


def test_the_sentence_states_figure_and_assumptions() -> None:
    found = estimate_cases(Captures.of([{"a"}] * 20 + [{"b"}] * 10 + [{"a", "b"}] * 12, sources=2))
    for words in ("42 distinct cases", "about 57", "lower bound", "not crime", "independent", "count as one"):
        assert words in found.sentence


@pytest.mark.parametrize(
    ("sources", "counts", "alone", "words"),
    [
        (2, {1: -1}, (), "negative"),
        (2, {3: 1}, (), "more than the 2"),
        (2, {1: 3}, (1, 1), "3 in all, 2 by source"),
        (1, {1: 3}, (1, 2), "2 sources named of 1"),
    ],
)
def test_contradicting_counts_are_refused(
    sources: int, counts: dict[int, int], alone: tuple[int, ...], words: str
) -> None:
    with pytest.raises(ValueError, match=words):
        Captures(sources=sources, counts=counts, alone=alone)
    with pytest.raises(ValueError, match="both = 4"):
        TwoSamples(first=3, second=5, both=4)


@pytest.mark.parametrize("seed", [20261123, 1, 2])
def test_the_interval_covers_the_truth_in_1000_countries_with_independent_sources(seed: int) -> None:
    result = measure(World.INDEPENDENT, ALL, n=1000, seed=seed)
    assert 0.93 <= result.covered <= 0.97
    assert result.answered >= 950
    assert abs(result.bias) < 0.03


@pytest.mark.parametrize("drawn", [CELLS[3], CELLS[7], CELLS[-1]], ids=str)
def test_it_covers_small_and_large_countries_alike(drawn: object) -> None:
    result = measure(World.INDEPENDENT, drawn, n=1000)  # type: ignore[arg-type]
    assert 0.93 <= result.covered <= 0.97


def test_the_textbook_interval_would_not_have_done() -> None:
    assert measure(World.INDEPENDENT, ALL, n=1000, method=textbook).covered < 0.93


@pytest.mark.parametrize("world", [World.NEWSWORTHY, World.FOLLOWING])
def test_newsworthy_cases_and_sources_that_follow_make_it_a_lower_bound(world: World) -> None:
    result = measure(world, CELLS[7], n=400)
    assert result.bias < -0.05
    assert result.above < 0.025
    assert result.below > 0.025
