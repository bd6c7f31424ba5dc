"""What stands around a quote: whole words, nothing that the mask would have taken, and no half of a name."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.model import CaseReport, Person, Role
from storage.forgotten import Forgotten, digests
from storage.masking import masker
from storage.surroundings import EDGE, LONGEST, around

NAMES = ("Maya Tamang Sampleson", "Olga van der Benchly", "Peter Lookson")
REPORT = CaseReport(
    article_id="a", relevant=True, relevance_score=1.0, extractor_version="text-1.read-1",
    others=(
        Person(name=NAMES[0], role=Role.VICTIM, score=0.9),
        Person(name=NAMES[1], role=Role.OFFICIAL, score=0.9),
    ),
)  # fmt: skip
MASK = masker(REPORT)
UNSEEN = Forgotten(reasons=dict.fromkeys(digests([NAMES[2]], parts=True))).masker([])


def mask(text: str) -> str:
    return UNSEEN(MASK(text))


# text with "{" and "}" around the quote, what stands before and after it
TABLE = [
    ("{Ravi}", "", ""),
    ("He {saw} it", "He ", " it"),
    ("a word longer than thirty-two letters {saw} a word longer than thirty-two letters",
     "longer than thirty-two letters ", " a word longer than thirty-two"),
    ("said Maya Sampleson {wept}, Sampleson said", "said [victim] [victim] ", ", [victim] said"),
    ("Judge Olga van der {Benchly} said", "", " said"),
    ("Judge {Olga van} der Benchly said", "Judge ", ""),
    ("so Maya Samp{leson wept}", "", ""),
    ("the girl's friend Peter Lookson {wept} and Lookson left", "girl's friend [other person] ",
     " and [other person] left"),
    ("by her friends, Olga van der Benchly, here {wept}", "her friends, [official], here ", ""),
    ("that Olga van der Benchly x, said the whole {wept}", "[official] x, said the whole ", ""),
    ("Peter Lookson did a long enough thing {wept}", "did a long enough thing ", ""),
]  # fmt: skip


@pytest.mark.parametrize(("told", "prefix", "suffix"), TABLE)
def test_the_words_around(told: str, prefix: str, suffix: str) -> None:
    start = told.index("{")
    end = told.index("}") - 1
    text = told.replace("{", "").replace("}", "")
    assert around(text, [(start, end)], mask) == {(start, end): (prefix, suffix)}


def test_signs_that_mark_places_are_not_taken_from_a_text() -> None:
    assert around("a\x01\x0eb Ravi c\x02", [(5, 9)], mask) == {(5, 9): ("a  b ", " c")}


KNOWN = {
    "court", "said", "on", "Monday", "and", "the", "long", "winded", "so", "x", "victim", "official", "other",
    "person",
}  # fmt: skip
words = st.sampled_from([*NAMES, *NAMES, "court", "said", "on", "Monday,", "and", "the long-winded", "(so)", "x"])
texts = st.lists(words, min_size=1, max_size=120).map(" ".join)


@given(texts, st.data())
def test_no_name_and_no_half_of_one(text: str, data: st.DataObject) -> None:
    place = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(place, place).map(lambda two: (min(two), max(two))), max_size=8))
    found = around(text, spans, mask)
    assert found.keys() == set(spans)
    for prefix, suffix in found.values():
        for said in (prefix, suffix):
            assert len(said) <= LONGEST
            assert set(re.findall(r"\w+", said)) <= KNOWN, "whole words, labels, and nobody"
            assert said.count("[") == said.count("]")


def test_a_name_that_the_edge_of_the_window_cuts_is_not_shown() -> None:
    """Names so long and many that the window's edge lies in one, wherever it lies."""
    long = " ".join(["Mayamaya"] * 9)
    assert len(long) < EDGE
    hide = masker(
        CaseReport(
            article_id="a", relevant=True, relevance_score=1.0, extractor_version="text-1.read-1",
            others=(Person(name=long, role=Role.OFFICIAL, score=0.9),),
        )
    )  # fmt: skip
    for shift in range(90):
        text = "x " * shift + f"{long}, " * 12 + "{quote}" + f" {long}," * 12 + " x" * shift
        start = text.index("{")
        ((prefix, suffix),) = around(text, [(start, start + 7)], hide).values()
        assert "maya" not in (prefix + suffix).casefold()
