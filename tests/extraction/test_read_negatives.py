"""Twice two thousand stories of other crimes, sport, politics and fiction: nobody may be accused of trafficking.

Refuses to hide the distance. Fewer than two false accused in 2,000 texts are asked for; the fresh set, which none
opened to mend the reader, has none (2026-11-23). The first one is full of traps and was read: its ceilings are
what was measured (18, in 3 of 235 skeletons; 22, 104 and 658 by the readers before; each skeleton once: 6, four
before, since one story has five accused) and may only come down.
"""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.negatives import COUNT, build, measure
from extraction.reader import Reader
from tests.extraction.negatives import FILE, FRESH, expand, load

CEILING, CEILING_ONCE = 18, 6
ASKED = 1  # the most that "fewer than two" allows
POSSIBLE = 0.4  # at least this share has a word of the topic: else the reader need not even read


@pytest.fixture(scope="module")
def reader() -> Reader:
    return build()


@pytest.mark.parametrize(("file", "least"), [(FILE, 220), (FRESH, 200)], ids=["traps", "fresh"])
def test_two_thousand_different_texts_come_from_the_skeletons(file: Path, least: int) -> None:
    _, skeletons = load(file)
    texts = [negative.article.text for negative in expand(COUNT, file=file)]
    assert len(texts) == len(set(texts)) == COUNT
    assert len(skeletons) >= least
    assert len({s.id for s in skeletons}) == len(skeletons)
    assert not [t for t in texts if re.search(r"[{}|]|\[\[|\]\]|\b[Nn]one\b\s*\.s", t)]


def test_the_same_seed_writes_the_same_texts() -> None:
    first, again, other = (list(expand(300, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert all(a.article.text != b.article.text for a, b in zip(first, other, strict=True))


def test_kinds_and_countries_are_many() -> None:
    _, skeletons = load()
    kinds, countries = Counter(s.kind for s in skeletons), Counter(s.country for s in skeletons)
    assert len(kinds) >= 30
    assert len(countries) >= 30
    assert max(kinds.values()) <= len(skeletons) / 6


def test_few_are_accused_in_any_skeleton(reader: Reader) -> None:
    """Every skeleton once. Prints the skeletons at fault."""
    tally = measure(reader, expand(len(load()[1])))
    print(tally)
    assert tally.failed == []
    assert tally.possible >= POSSIBLE * tally.texts
    assert sum(tally.accused.values()) <= CEILING_ONCE, dict(tally.accused)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize(("file", "ceiling"), [(FILE, CEILING), (FRESH, ASKED)], ids=["traps", "fresh"])
def test_few_are_accused_in_two_thousand_texts(reader: Reader, file: Path, ceiling: int) -> None:
    tally = measure(reader, expand(COUNT, file=file))
    print(tally)
    assert tally.failed == []
    assert tally.possible >= POSSIBLE * tally.texts
    assert sum(tally.accused.values()) <= ceiling, dict(tally.accused)
