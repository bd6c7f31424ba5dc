"""Laws of the gate: it never raises, costs little, keeps a page with a word on it, however it is written.

Refuses precision here: what the gate may drop is the business of tests/extraction/test_gate.py.
"""

from __future__ import annotations

import html

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from config.gate_lexicons import load_gate_lexicons
from extraction.model import DropReason
from extraction.relevance import Gate, score_text
from tests.fuzz.bounds import bounded, sealed
from tests.fuzz.effort import effort
from tests.fuzz.mutation import mutated, pumped
from tests.fuzz.pages import TOKENS, encoded, tree
from tests.fuzz.samples import served

pytestmark = pytest.mark.fuzz

LEXICONS = load_gate_lexicons()
WORDS = sorted({
    entry.replace("*", "")
    for code in ("en", "es", "fr", "pt", "id", "it", "de", "hi", "ar", "vi", "tr", "ru")
    for entry in LEXICONS[code].strong
    if "..." not in entry and "* " not in entry
})  # fmt: skip
LONGEST_WORD = 100
MIB = 1024 * 1024


@pytest.fixture(scope="module")
def gate() -> Gate:
    found = Gate(list(LEXICONS.values()))
    found.admit(b"<p>warm</p>", "text/html")
    return found


def attack(gate: Gate, body: bytes, content_type: str | None, seconds: float = 3.0) -> bool:
    """Whether the gate keeps `body`; the laws of every decision hold."""
    with bounded(seconds, 300), sealed():
        decision = gate.admit(body, content_type)
    assert decision.keep is (decision.reason is None)
    assert decision.keep is bool(decision.words)
    assert len(decision.words) <= 12
    for word in decision.words:
        assert word == word.strip().lower()
        assert len(word) <= LONGEST_WORD
        word.encode("utf-8")
        assert "\0" not in word
    return decision.keep


def _cut_in_two(word: str, sign: str) -> str:
    middle = next((at for at in range(len(word) // 2, len(word)) if word[at - 1 : at + 1].isalpha()), 0)
    return word[:middle] + sign + word[middle:] if middle else word


WAYS = {
    "as it is": lambda word: word,
    "upper case": lambda word: word.upper() if word.isascii() else word,
    "no-break spaces": lambda word: word.replace(" ", "\u00a0"),
    "entities of spaces": lambda word: word.replace(" ", "&nbsp;"),
    "a tag between": lambda word: word.replace(" ", "</b> <br/>"),
    "a line between": lambda word: word.replace(" ", "\n\t "),
    "letters as entities": lambda word: "".join(f"&#{ord(sign)};" if sign.isalpha() else sign for sign in word),
    "letters as hexadecimal entities": lambda word: "".join(
        f"&#x{ord(sign):x};" if sign.isalpha() else sign for sign in word
    ),
    "a soft hyphen": lambda word: _cut_in_two(word, "\u00ad"),
    "a soft hyphen's entity": lambda word: _cut_in_two(word, "&shy;"),
    "a zero-width space": lambda word: _cut_in_two(word, "\u200b"),
    "bold inside": lambda word: _cut_in_two(word, "<b>") + "</b>",
}


@effort(60, 2_500)
@given(
    body=mutated(served()["page"], TOKENS),
    content_type=st.sampled_from((None, "text/html", "text/plain", "image/png")),
)
def test_a_real_page_made_wrong(gate: Gate, body: bytes, content_type: str | None) -> None:
    attack(gate, body, content_type)


@effort(60, 2_500)
@given(page=encoded)
def test_a_page_of_the_grammar_in_any_charset(gate: Gate, page: tuple[bytes, str | None]) -> None:
    attack(gate, *page)


@effort(12, 300)
@given(
    pump=pumped((*TOKENS, b"human", b"sex ", b"trafficking", b"in ", b"<a "), length=300_000), bad=st.booleans()
)
def test_a_pumped_page(gate: Gate, pump: bytes, bad: bool) -> None:
    attack(gate, b"<html><body><p>human " + (b"\xff" if bad else b"") + pump + b" trafficking</p>", "text/html")


@effort(120, 5_000)
@given(
    word=st.sampled_from(WORDS),
    way=st.sampled_from(sorted(WAYS)),
    around=st.tuples(tree, tree),
    charset=st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252", "gb18030", "koi8-r")),
    stated=st.booleans(),
)
def test_no_way_of_writing_a_word_loses_a_page(
    gate: Gate, word: str, way: str, around: tuple[str, str], charset: str, stated: bool
) -> None:
    written = WAYS[way](html.escape(word))
    page = f"<html><body>{around[0]}<p>So {written} was said.</p>{around[1]}</body></html>"
    try:
        body = page.encode(charset)
    except UnicodeEncodeError:
        assume(False)
    if not charset.startswith("utf"):
        stated = True  # nobody can know it else
    assert attack(gate, body, f"text/html; charset={charset}" if stated else "text/html")


@effort(60, 3_000)
@given(text=st.text(max_size=400) | tree, title=st.none() | st.text(max_size=80) | st.sampled_from(WORDS))
def test_a_score_is_a_share(text: str, title: str | None) -> None:
    with bounded(1, 200):
        assert 0.0 <= score_text(text, title, LEXICONS["en"]) <= 1.0


def test_a_page_beyond_the_bound_is_dropped_before_it_costs(gate: Gate) -> None:
    with bounded(0.5, 50):
        assert gate.admit(b"\xff" * (10 * MIB + 1), None).reason is DropReason.TOO_LARGE
