"""What a mask may pass over without a look must hold no name: the quick search against the word by word one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.masking import hider

WORDS = (
    "Ram",
    "Lama",
    "Sita",
    "Li",
    "Rose",
    "José",
    "Łukasz",
    "Straße",
    "王小明",
    "सीता",
    "محمد",
    "Ma\u00adria",
    "O'Brien",
)
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
BETWEEN = st.sampled_from((" ", "-", "_", "", "\u200b", " (", ") ", ", ", " #", " @"))
TEXTS = st.lists(st.tuples(st.sampled_from((*WORDS, "police", "said", "rose")), BETWEEN), max_size=8).map(
    lambda parts: "".join(f"{word}{sign}" for word, sign in parts)
)
MARK = "कथा \u3099 "
"""In front of a text it has every word looked at: no sign of it is ASCII, and no name of `WORDS` begins so."""


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, max_size=2), TEXTS)
def test_a_text_that_is_passed_over_holds_no_name(others: list[str], own: list[str], text: str) -> None:
    quick, slow = hider(others, own), hider([*others, "कथा"], own)
    assert slow(f"{MARK}{text}").endswith(quick(text))


@given(st.lists(NAMES, min_size=1, max_size=3), st.lists(NAMES, max_size=2), TEXTS)
def test_the_same_text_is_masked_the_same_again_and_by_another_mask(
    others: list[str], own: list[str], text: str
) -> None:
    mask = hider(others, own)
    assert mask(text) == mask(text) == hider(reversed(others), own)(text)


TABLE = [
    # own, other, text, masked
    ("Ram Lama", "Lama Tashi", "Ram Lama left", "Ram Lama left"),
    ("Ram Lama", "Lama Tashi", "Ram Lama met Lama Tashi", "Ram Lama met [other person]"),
    ("Ram Lama", "Sita Lama", "Ram met Lama, then Sita", "Ram met Lama, then [other person]"),
    ("Ram Lama", "Li Lama", "Police took Ram Lama", "Police took Ram Lama"),
    ("Ram Lama", "Li Lama", "Police took LiLama2 and #LiLama", "Police took [other person] and #[other person]"),
    ("Ram Lama", "Li Lama", "Li-Lama", "[other person]"),
]


@pytest.mark.parametrize(("own", "other", "text", "masked"), TABLE)
def test_names_that_share_a_word_with_whom_they_stand_beside(own: str, other: str, text: str, masked: str) -> None:
    assert hider([other], [own])(text) == masked
