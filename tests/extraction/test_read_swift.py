"""A swift pattern finds what `re` finds, to the group, whatever the text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.reading_lexicons import load_reading_lexicons
from extraction.components.lexis import compile_lexicon
from extraction.components.swift import Swift, is_foreign, without_assertions

GOLD = Path(__file__).resolve().parents[2] / "benchmarks" / "gold"
RULES = [
    rule
    for group in ("topic", "purpose", "minor", "tip")
    for rule in compile_lexicon(load_reading_lexicons()["en"]).rules[group]
]


def spans(found: object) -> list[tuple[tuple[int, int], tuple[object, ...]]]:
    return [(one.span(), one.groups()) for one in found]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("source", "plain"),
    [
        (r"a(?!b)c", "ac"),
        (r"(?<!x)a(?=(b|[)])+)", "a"),
        (r"a\(?!b", r"a\(?!b"),
        (r"[(?=]a[]()]", r"[(?=]a[]()]"),
        (r"[^]]a(?!\))", "[^]]a"),
        (r"(a)\1", None),
        (r"(?P<n>a)(?P=n)", None),
        (r"^a", None),
        (r"a$", None),
        (r"a++", None),
        (r"\Aa", None),
    ],
)
def test_assertions_are_taken_out(source: str, plain: str | None) -> None:
    assert without_assertions(source) == plain


@pytest.mark.parametrize("text", ["naïve", "a\u00a0b", "a\u2003b", "a\x0bb", "a\x1cb", "１２", "\u017fo"])
def test_texts_that_engines_read_differently(text: str) -> None:
    assert is_foreign(text)


@pytest.mark.parametrize("text", ["", "plain", "“quoted” – it’s £5…", "tab\tand\nline"])
def test_texts_that_engines_read_alike(text: str) -> None:
    assert not is_foreign(text)


TEXT = st.text(st.sampled_from("abAB 1’-é\u00a0\nſ"), max_size=24)
PART = st.recursive(
    st.sampled_from(
        [
            "a",
            "b",
            "ab",
            r"\b",
            r"\w",
            r"\s",
            "[ab]",
            "[^a]",
            ".",
            "(?!a)",
            "(?=b)",
            "(?<!b)",
            r"(?<=\s)",
            "’",
            r"\d",
        ]
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{1,2}", "*?"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=7,
)


@given(source=PART, text=TEXT)
@settings(max_examples=600)
def test_swift_finds_what_re_finds(source: str, text: str) -> None:
    pattern = re.compile(source, re.IGNORECASE)
    swift = Swift(pattern)
    assert spans(swift.finditer(text)) == spans(pattern.finditer(text))
    assert swift.count(text) == len(spans(pattern.finditer(text)))


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_swift_rules_on_stories(rule: object) -> None:
    pattern = rule.regex  # type: ignore[attr-defined]
    swift = Swift(pattern)
    for line in (GOLD / "open_en.articles.jsonl").read_text(encoding="utf-8").splitlines():
        text = json.loads(line)["text"]
        for one in (text, text.upper(), text.replace(" ", "\u00a0"), text.replace("e", "é")):
            assert spans(swift.finditer(one)) == spans(pattern.finditer(one))
