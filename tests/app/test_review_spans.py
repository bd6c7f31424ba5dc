"""Evidence in a text: spans that overlap, touch, repeat or lie, cut so that each can be shown and clicked.

Refuses a lost or doubled character: the pieces joined are the text.
"""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.records.people import ShownEvidence
from tipwatch.review.spans import fewer, segments


def span(start: int, end: int, fact: str = "name") -> ShownEvidence:
    return ShownEvidence(fact=fact, start=start, end=end, quote="", rule="rule@1", score=1.0)


@pytest.mark.parametrize(
    ("spans", "pieces"),
    [
        ([], [("abcdef", ())]),
        ([(0, 6)], [("abcdef", (0,))]),
        ([(1, 3)], [("a", ()), ("bc", (0,)), ("def", ())]),
        ([(0, 4), (2, 6)], [("ab", (0,)), ("cd", (0, 1)), ("ef", (1,))]),
        ([(0, 6), (2, 3)], [("ab", (0,)), ("c", (1, 0)), ("def", (0,))]),  # the shortest first
        ([(1, 3), (1, 3)], [("a", ()), ("bc", (0, 1)), ("def", ())]),
        ([(0, 2), (2, 4)], [("ab", (0,)), ("cd", (1,)), ("ef", ())]),
        ([(4, 4), (5, 3), (-1, 2), (3, 99)], [("abcdef", ())]),  # empty, reversed, outside
    ],
)
def test_a_text_is_cut_where_spans_begin_and_end(
    spans: list[tuple[int, int]], pieces: list[tuple[str, tuple[int, ...]]]
) -> None:
    made = segments("abcdef", [span(*one) for one in spans])
    assert [(piece.text, piece.spans) for piece in made] == pieces


def test_offsets_count_code_points() -> None:
    made = segments("\U0001f600रवि x", [span(1, 4)])
    assert [piece.text for piece in made if piece.spans] == ["रवि"]


@given(st.text(max_size=40), st.lists(st.tuples(st.integers(-3, 45), st.integers(-3, 45)), max_size=8))
def test_nothing_is_lost_and_every_span_is_whole(text: str, spans: list[tuple[int, int]]) -> None:
    made = segments(text, [span(*one) for one in spans])
    assert "".join(piece.text for piece in made) == text
    for i, (start, end) in enumerate(spans):
        held = [piece for piece in made if i in piece.spans]
        valid = 0 <= start < end <= len(text)
        assert "".join(piece.text for piece in held) == (text[start:end] if valid else "")
        assert [piece for piece in made if i in piece.begins] == held[:1]


def test_twenty_thousand_spans_are_cut_at_once() -> None:
    text = "x" * 40_000
    began = time.perf_counter()
    made = segments(text, [span(2 * n, 2 * n + 1) for n in range(20_000)])
    assert len([piece for piece in made if piece.spans]) == 20_000
    assert time.perf_counter() - began < 5.0  # quadratic work took over a minute


@given(st.lists(st.sampled_from(["name", "stage", "charge/0", "charge/1"]), max_size=60), st.integers(4, 20))
def test_of_too_many_spans_no_fact_is_left_without_one(facts: list[str], most: int) -> None:
    given_ = [span(n, n + 1, fact) for n, fact in enumerate(facts)]
    kept = fewer(given_, most)
    assert len(kept) == min(most, len(given_))
    assert {one.fact for one in kept} == set(facts)
    assert list(kept) == [one for one in given_ if one in kept]
