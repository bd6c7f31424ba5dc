"""Every example sentence of every reading rule, in every language, is a test of that rule.

Refuses rules without a proof: stage and role rules that name people must carry or share an example.
"""

from __future__ import annotations

import re

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.components.cues import GROUPS, person_group
from extraction.components.layout import Sentence
from extraction.components.lexis import Lexis, RuleError, compile_lexicon, compile_rule
from extraction.components.masks import Slot, mask, people_of
from extraction.model import Offence, Stage
from extraction.model.lexicon import PhraseRule, ReadingLexicon

LEXICONS: dict[str, ReadingLexicon] = load_reading_lexicons()
LEXIS: dict[str, Lexis] = {language: compile_lexicon(lexicon) for language, lexicon in LEXICONS.items()}
MARKED = re.compile(r"\[([^\]]+)\]")
AGE = re.compile(r",? (?:\(?\d\d\)?)(?: (?:ans|años|anos|tahun|anni))?(?=[,.;) ]|$)")


def cases(kind: str) -> list[tuple[str, PhraseRule, str]]:
    return [
        (language, rule, sentence)
        for language, lexicon in LEXICONS.items()
        for group in GROUPS
        for rule in lexicon.rules[group]
        for sentence in getattr(rule, kind)
    ]


def found_people(language: str, rule: PhraseRule, marked: str) -> tuple[set[int], int]:
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
    compiled = compile_rule(rule, LEXICONS[language].words)
    found: set[int] = set()
    for appositive in (None, LEXIS[language].pattern("mask.appositive")):
        masked = mask(plain, Sentence(0, len(plain), 0, False), slots, appositive=appositive)
        for match in compiled.regex.finditer(masked.text):
            found |= set(people_of(person_group(match)[1]))
    return found, len(slots)


@pytest.mark.parametrize(("language", "rule", "sentence"), cases("examples"), ids=lambda v: getattr(v, "id", None))
def test_example_is_found(language: str, rule: PhraseRule, sentence: str) -> None:
    if not MARKED.search(sentence):
        pytest.fail(f"{rule.id}: example marks nobody")
    found, marked = found_people(language, rule, sentence)
    assert found == set(range(marked)), f"{rule.id}: {sentence}"


@pytest.mark.parametrize(
    ("language", "rule", "sentence"), cases("counterexamples"), ids=lambda v: getattr(v, "id", None)
)
def test_counterexample_is_left_alone(language: str, rule: PhraseRule, sentence: str) -> None:
    found, _ = found_people(language, rule, sentence)
    assert not found, f"{rule.id}: {sentence}"


@pytest.mark.parametrize(
    ("language", "group"), [(n, g) for n, lexicon in LEXICONS.items() for g in lexicon.rules if g not in GROUPS]
)
def test_plain_rules_compile_and_their_examples_match(language: str, group: str) -> None:
    for rule in LEXICONS[language].rules[group]:
        compiled = compile_rule(rule, LEXICONS[language].words)
        for sentence in rule.examples:
            text = sentence.split("[")[0] if "[" in sentence else sentence
            assert compiled.regex.search(text), f"{rule.id}: {sentence}"
        for sentence in rule.counterexamples:
            assert not compiled.regex.search(sentence), f"{rule.id}: {sentence}"


@pytest.mark.parametrize("language", LEXICONS)
def test_values_are_those_that_reading_knows(language: str) -> None:
    rules = LEXICONS[language].rules
    stages, offences = {s.value for s in Stage}, {o.value for o in Offence}
    known = {"stage": stages | {"inverted", "fled"}, "lead": stages, "offence": offences}
    known |= {"item": stages | {"accused"}, "intro": stages | {"accused"}, "tip": offences | {"trafficking"}}
    wrong = [rule.id for group, values in known.items() for rule in rules[group] if rule.value not in values]
    assert wrong == []


@pytest.mark.parametrize(
    ("rules", "words", "sentence"),
    [
        (
            {"stage": (PhraseRule(id="stage.x", version=1, pattern="<G> (", value="sentenced"),)},
            {},
            "rule stage.x: does not compile",
        ),
        ({}, {"pattern.age.grown": ("(",)}, "rule pattern.age.grown: does not compile"),
        ({}, {"pattern.age.grown": ()}, "rule pattern.age.grown: is missing"),
    ],
)
def test_what_does_not_compile_is_named_with_its_folder(
    rules: dict[str, tuple[PhraseRule, ...]], words: dict[str, tuple[str, ...]], sentence: str
) -> None:
    macros = {"macro.link": (" and ",), "macro.plain": ("",)}
    own = ReadingLexicon(language="it", words={**macros, **words}, rules=rules, demonyms={}, places={})
    with pytest.raises(RuleError, match=f"^config/lexicons/it: {sentence}"):
        compile_lexicon(own).pattern("age.grown")


@pytest.mark.parametrize("language", LEXICONS)
def test_rule_ids_are_unique(language: str) -> None:
    ids = [rule.id for rules in LEXICONS[language].rules.values() for rule in rules]
    assert len(ids) == len(set(ids))
