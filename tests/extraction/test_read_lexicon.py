"""Every example sentence of every English reading rule is a test of that rule.

Refuses rules without a proof: stage and role rules that name people must carry or share an example.
"""

from __future__ import annotations

import re

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.components.cues import GROUPS, person_group
from extraction.components.layout import Sentence
from extraction.components.lexis import compile_lexicon, compile_rule
from extraction.components.masks import Slot, mask, people_of
from extraction.model.lexicon import PhraseRule, ReadingLexicon

LEXICON: ReadingLexicon = load_reading_lexicons()["en"]
LEXIS = compile_lexicon(LEXICON)
MARKED = re.compile(r"\[([^\]]+)\]")
AGE = re.compile(r",? (?:\(?\d\d\)?)(?=[,.;) ]|$)")


def cases(kind: str) -> list[tuple[PhraseRule, str]]:
    return [
        (rule, sentence) for group in GROUPS for rule in LEXICON.rules[group] for sentence in getattr(rule, kind)
    ]


def found_people(rule: PhraseRule, marked: str) -> tuple[set[int], int]:
    """People whom the rule finds, plain or with appositions absorbed, and how many are marked."""
    slots: list[Slot] = []
    plain, at = "", 0
    for n, m in enumerate(MARKED.finditer(marked)):
        plain += marked[at : m.start()]
        start = len(plain)
        plain += m[1]
        at = m.end()
        age = AGE.match(marked, at)
        tail = age.group() if age else ""
        plain += tail
        at += len(tail)
        slots.append(Slot(start, len(plain), (n,)))
    plain += marked[at:]
    compiled = compile_rule(rule, LEXICON.words)
    found: set[int] = set()
    for appositive in (None, LEXIS.pattern("mask.appositive")):
        masked = mask(plain, Sentence(0, len(plain), 0, False), slots, appositive=appositive)
        for match in compiled.regex.finditer(masked.text):
            found |= set(people_of(person_group(match)[1]))
    return found, len(slots)


@pytest.mark.parametrize(("rule", "sentence"), cases("examples"), ids=lambda v: getattr(v, "id", None))
def test_example_is_found(rule: PhraseRule, sentence: str) -> None:
    if not MARKED.search(sentence):
        pytest.fail(f"{rule.id}: example marks nobody")
    found, marked = found_people(rule, sentence)
    assert found == set(range(marked)), f"{rule.id}: {sentence}"


@pytest.mark.parametrize(("rule", "sentence"), cases("counterexamples"), ids=lambda v: getattr(v, "id", None))
def test_counterexample_is_left_alone(rule: PhraseRule, sentence: str) -> None:
    found, _ = found_people(rule, sentence)
    assert not found, f"{rule.id}: {sentence}"


@pytest.mark.parametrize("group", [g for g in LEXICON.rules if g not in GROUPS])
def test_plain_rules_compile_and_their_examples_match(group: str) -> None:
    for rule in LEXICON.rules[group]:
        compiled = compile_rule(rule, LEXICON.words)
        for sentence in rule.examples:
            text = sentence.split("[")[0] if "[" in sentence else sentence
            assert compiled.regex.search(text), f"{rule.id}: {sentence}"
        for sentence in rule.counterexamples:
            assert not compiled.regex.search(sentence), f"{rule.id}: {sentence}"


def test_rule_ids_are_unique() -> None:
    ids = [rule.id for rules in LEXICON.rules.values() for rule in rules]
    assert len(ids) == len(set(ids))
