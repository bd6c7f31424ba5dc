"""Copies of one report: the pairs of the gold set, signatures that never change, and groups as texts come in."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import rensa
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import syndication as bench
from storage.resolution import syndication
from storage.resolution.syndication import Grouped, Text, bands, groups, is_copy, signature, similarity

WORDS = " ".join(f"word{n}" for n in range(60))
DIGEST = "08d331ee1f648423b2f8f032eeb5a7af9332b7f30139f6c8df09fa113a8602c9"
SHORT = "01a60c4b95afe0669f4319452a42423e40"
ROOT = Path(__file__).parents[2]
STORY = bench.pairs(bench.OPEN)[0].a
KNOWN_MISSES = {"d051", "h005"}
"""Copies that are not found: one with a fifth of the sentences; two half copies, one full of errors."""


def test_gold_pairs() -> None:
    """No pair is wrongly called a copy, and exactly the copies are missed that docs/cases.md names."""
    wrong = bench.wrong(bench.ours, bench.pairs())
    assert {pair.id for pair in wrong} == KNOWN_MISSES
    assert all(pair.copy for pair in wrong)


def test_the_gold_set_is_what_its_documentation_says() -> None:
    pairs = bench.pairs()
    assert len(pairs) == len({pair.id for pair in pairs}) == 185
    assert len(bench.pairs(bench.HELD_OUT)) == 55
    assert sum(pair.copy for pair in pairs) == 136
    assert {"en", "es", "fr", "id", "ne", "pt", "th", "zh"} == {pair.language for pair in pairs}


@pytest.mark.slow
def test_ours_is_better_than_the_peers() -> None:
    held_out = bench.pairs(bench.HELD_OUT)
    scores = {name: bench.score(judge, held_out).f1 for name, judge in bench.judges().items()}
    assert scores.pop("ours") > max(scores.values()) + 0.2


def test_a_judge_that_says_nothing_has_full_precision_and_no_recall() -> None:
    silent = bench.score(lambda a, b: False, bench.pairs())
    assert (silent.precision, silent.recall, silent.f1) == (1.0, 0.0, 0.0)


def test_growth_is_near_linear() -> None:
    """In seconds of one core; an index that compared all with all would take 16 times as long."""
    (few, _), (many, joined) = (bench.seconds(bench.stories(count)) for count in (150, 600))
    assert many < 10 * few
    assert 115 <= joined <= 120  # a copy of a copy may have too little of the first text


SIGNED = """
from storage.resolution.syndication import bands, signature
text = " ".join(f"word{n}" for n in range(60))
print(signature(text).hex(), bands(signature(text)))
"""


@pytest.mark.parametrize("seed", ["0", "4711"])
def test_signatures_are_the_same_in_every_process(seed: str) -> None:
    told = subprocess.run(
        [sys.executable, "-c", SIGNED], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True, text=True, check=True, timeout=60,
    ).stdout  # fmt: skip
    assert told.strip() == f"{signature(WORDS).hex()} {bands(signature(WORDS))}"


def test_signatures_are_those_of_form_1() -> None:
    """Fails where another rensa, Python or machine signs otherwise: then `FORM` must rise, and all be signed."""
    assert rensa.RMinHash.ALGORITHM_VERSION == syndication.ALGORITHM
    signed = signature(WORDS)
    assert signed[0] == syndication.FORM == 1
    assert len(signed) == 1 + 4 * syndication.VALUES
    assert hashlib.sha256(signed).hexdigest() == DIGEST
    assert signature("A short text.").hex() == SHORT


def test_bands_fit_a_signed_64_bit_column_and_tell_their_place() -> None:
    found = bands(signature(WORDS))
    assert len(found) == len(set(found)) == syndication.BANDS
    assert all(0 <= band < 2**63 for band in found)
    assert {band >> 32 & 0xFFFF for band in found} == set(range(syndication.BANDS))
    (short,) = bands(signature("A short text."))
    assert -(2**63) <= short < 2**63
    assert bands(signature("")) == bands(signature("— …")) == ()


@pytest.mark.parametrize(
    ("a", "b", "likeness"),
    [
        (STORY, STORY, 1.0),
        (STORY, STORY.upper(), 1.0),
        (STORY, STORY.replace("\n\n", "  "), 1.0),
        ("A short text.", "a SHORT text", 1.0),
        ("A short text.", "A short tale.", None),
        ("", "", None),
        ("", STORY, None),
        ("Évora, 3 mai", "Evora, 3 mai", 1.0),
        (STORY, "A short text.", None),
    ],
)
def test_equal_and_short_texts(a: str, b: str, likeness: float | None) -> None:
    estimate = similarity(signature(a), signature(b))
    assert is_copy(a, b, estimate) == is_copy(b, a, estimate) == likeness


def test_similarity_estimates_the_share_of_common_shingles() -> None:
    words = [f"w{n}" for n in range(400)]
    left, right = " ".join(words[:300]), " ".join(words[100:])
    assert similarity(signature(left), signature(right)) == pytest.approx(195 / 395, abs=0.15)
    assert similarity(signature(left), signature(left)) == 1.0
    assert similarity(signature(left), signature("short")) == 0.0
    assert similarity(signature(""), signature("")) == 0.0
    other_form = bytes([2]) + signature(left)[1:]
    assert similarity(signature(left), other_form) == 0.0
    assert set(bands(signature(left))).isdisjoint(bands(other_form))


def test_a_corrected_name_is_not_hidden_in_the_group_of_the_wrong_one() -> None:
    """Two texts that differ in whom they accuse are never one report, however equal the rest."""
    other = STORY.replace("Orlan", "Perrin").replace("Vestrik", "Aldgate")
    more = "\n\nVestrik was calm, a witness said. Vestrik then asked for water."
    left, right = STORY + more, other + more.replace("Vestrik", "Aldgate")
    assert is_copy(left, right, 0.9) is None


def texts(*contents: str) -> list[Text]:
    return [
        Text(id=f"t{n}", order=f"2026-01-{n + 1:02}", text=content, signature=signature(content))
        for n, content in enumerate(contents)
    ]


def grouped(found: Sequence[Grouped]) -> dict[str, str]:
    return {one.id: one.group for one in found}


def test_copies_join_the_earliest_text() -> None:
    pair = next(pair for pair in bench.pairs(bench.OPEN) if pair.kind == "own lead and shortened")
    other = next(pair for pair in bench.pairs(bench.OPEN) if pair.kind == "two cases")
    found = groups(texts(pair.a, other.b, pair.b, pair.a + " End."))
    assert grouped(found) == {"t0": "t0", "t1": "t1", "t2": "t0", "t3": "t0"}
    assert [one.similarity for one in found][:2] == [1.0, 1.0]
    assert 0.5 <= found[2].similarity < 1


@pytest.mark.parametrize(
    ("content", "days", "group"),
    [(STORY + " End.", 3, "a"), (STORY + " End.", 300, "b"), (STORY, 300, "a"), (STORY + " End.", None, "a")],
)
def test_a_text_of_another_month_is_a_copy_only_word_by_word(content: str, days: int | None, group: str) -> None:
    day = dt.date(2024, 1, 5)
    first = Text(id="a", order="1", text=STORY, signature=signature(STORY), published=day)
    later = None if days is None else day + dt.timedelta(days=days)
    second = Text(id="b", order="2", text=content, signature=signature(content), published=later)
    assert grouped(groups([first, second])) == {"a": "a", "b": group}


def test_releases_under_one_long_tail_are_no_copies() -> None:
    tail = " ".join(f"clause{n}" for n in range(300))
    one = "Rufus Ambleside was charged today. Ambleside lives in Torre. Ambleside denies it. " + tail
    other = "Today saw the sentencing of Petra Gelling to nine years. Gelling wept. Gelling was alone. " + tail
    assert similarity(signature(one), signature(other)) > 0.7
    assert is_copy(one, other, 0.9) is None


def test_a_known_text_needs_its_group() -> None:
    with pytest.raises(ValueError, match="text=t0"):
        groups([], texts(STORY))


def test_a_group_whose_first_text_is_gone_lives_on() -> None:
    known = Text(id="b", order="1", text=STORY, signature=signature(STORY), group="gone")
    new = Text(id="c", order="2", text=STORY, signature=signature(STORY))
    assert grouped(groups([new], [known])) == {"c": "gone"}


def test_a_chain_of_ever_looser_copies_ends() -> None:
    """Each text keeps two thirds of the one before: the last has nothing of the first, nor its group."""
    words = [f"word{n}" for n in range(700)]
    found = grouped(groups(texts(*(" ".join(words[start : start + 240]) for start in range(0, 480, 80)))))
    assert found["t1"] == "t0"
    assert found["t5"] != "t0"


CONTENTS = [pair.a for pair in bench.pairs(bench.OPEN)[::9]] + [pair.b for pair in bench.pairs(bench.OPEN)[::9]]


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(CONTENTS), min_size=1, max_size=8), st.integers(0, 8), st.randoms())
def test_one_by_one_or_at_once_is_the_same(contents: list[str], cut: int, rng: random.Random) -> None:
    every = texts(*contents)
    at_once = groups(every)
    first = groups(every[:cut])
    known = {one.id: one.group for one in first}
    held = [
        Text(id=one.id, order=one.order, text=one.text, signature=one.signature, group=known[one.id])
        for one in every[:cut]
    ]
    assert (*first, *groups(every[cut:], held)) == at_once
    shuffled = list(every)
    rng.shuffle(shuffled)
    assert groups(shuffled) == at_once


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=300))
def test_any_text_can_be_signed_and_equals_itself(content: str) -> None:
    signed = signature(content)
    assert signed[0] == syndication.FORM
    assert len(signed) in (1, 17, 1 + 4 * syndication.VALUES)
    assert is_copy(content, content, 1.0) == (None if len(signed) == 1 else 1.0)
