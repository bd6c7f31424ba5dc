"""The gate with Hyperscan decides as it does without, and cleaning words finds what cleaning pages found."""

from __future__ import annotations

import html
import random
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.gate_lexicons import load_gate_lexicons
from extraction import foresearch
from extraction.disguises import DISGUISE_PARTS, disguised_spans, disguised_words
from extraction.model.lexicon import GateLexicon
from extraction.relevance import Gate

LEXICONS = load_gate_lexicons()
PLAIN = Gate(list(LEXICONS.values()))
FAST = Gate(list(LEXICONS.values()), foresearch=True)
ENTRIES = [
    (language, entry) for language, lexicon in LEXICONS.items() for entry in (*lexicon.strong, *lexicon.weak)
]
TYPE = "text/html; charset=utf-8"
PAGES = Path(__file__).parents[3] / "shared" / "data" / "pages.warc.gz"

needs_hyperscan = pytest.mark.skipif(not FAST.foresees, reason="hyperscan (the extra `fast`) is not installed")

_INLINE = re.compile(
    r"</?(?:b|i|u|em|strong|span|a|mark|font|q|s|sup|sub|small|big|ins|abbr|wbr)(?:\s[^<>]*)?/?>", re.IGNORECASE
)


def whole_page_cleaned(body: bytes) -> bytes:
    """What the gate of 2026-11-22 did with every page that had one disguise."""
    text = re.sub("[\u00ad\u200b-\u200d\u2060\ufeff]", "", html.unescape(body.decode("utf-8", "replace")))
    return _INLINE.sub("", text).encode("utf-8", "replace")


def shown(entry: str) -> str:
    return " ".join("xyz" if word == "..." else word.strip("*") for word in entry.split())


def as_numbers(word: str) -> str:
    return "".join(f"&#{ord(sign)};" if sign.isalpha() else sign for sign in word)


def as_hexadecimal(word: str) -> str:
    return word[:1] + "".join(f"&#x{ord(sign):X};" if sign.isalpha() else sign for sign in word[1:2]) + word[2:]


def as_names(word: str) -> str:
    named = {text: name for name, text in html.entities.html5.items() if name.endswith(";") and len(text) == 1}
    return "".join(f"&{named[s]}" if s.isalpha() and not s.isascii() and s in named else s for s in word)


DISGUISES = (
    str,
    str.upper,
    as_numbers,
    as_hexadecimal,
    as_names,
    lambda word: f"{word[:2]}&shy;{word[2:]}",
    lambda word: f"{word[:2]}\u00ad{word[2:]}",
    lambda word: f"{word[:1]}<b>{word[1:2]}</b>{word[2:]}",
    lambda word: f"{word[:1]}<b><i class='x y'>{word[1:]}</i></b>",
    lambda word: f"{word[:2]}<wbr>{word[2:]}",
    lambda word: f"{word[:1]}\u200b{word[1:]}",
    lambda word: word.replace("'", "&#39;").replace("\u2019", "&rsquo;"),
)
BETWEEN = (
    " ",
    "\n  ",
    "&nbsp;",
    "-",
    "</b> <i>",
    "<br/>",
    "&mdash;",
    "&#8209;",
    "&ensp;",
    "\u00a0",
    "&lt;/b&gt; ",
    " <a href='x'>",
)


def page(text: str, filler: str = "") -> bytes:
    return f"<!doctype html><html><head><title>News</title></head><body><p>{filler} ({text}) </p>".encode()


@needs_hyperscan
@pytest.mark.parametrize("disguise", range(len(DISGUISES)))
def test_every_entry_in_every_disguise_is_decided_alike(disguise: int) -> None:
    change = DISGUISES[disguise]
    dice = random.Random(disguise)
    for language, entry in ENTRIES:
        words = [change(word) for word in shown(entry).split()]
        body = page(dice.choice(BETWEEN).join(words))
        assert FAST.admit(body, TYPE) == PLAIN.admit(body, TYPE), (language, entry, body)


@pytest.mark.parametrize("disguise", range(len(DISGUISES)))
def test_nothing_is_lost_that_cleaning_the_whole_page_finds(disguise: int) -> None:
    change = DISGUISES[disguise]
    dice = random.Random(disguise)
    lost = []
    for language, entry in ENTRIES:
        words = [change(word) if dice.random() < 0.7 else word for word in shown(entry).split()]
        body = page(dice.choice(BETWEEN).join(words))
        if PLAIN.admit(whole_page_cleaned(body), TYPE).keep and not PLAIN.admit(body, TYPE).keep:
            lost.append((language, entry, body))
    assert lost == []


pieces = st.lists(
    st.one_of(
        st.sampled_from([entry for _, entry in ENTRIES])
        .map(shown)
        .flatmap(
            lambda text: st.tuples(
                st.lists(st.sampled_from(DISGUISES), min_size=1, max_size=4), st.sampled_from(BETWEEN)
            ).map(
                lambda how: how[1].join(
                    how[0][place % len(how[0])](word) for place, word in enumerate(text.split())
                )
            )
        ),
        st.sampled_from(
            ["a", "de", "caf&eacute;", "<b>x</b>y", "<script>var a='b&lt;i&gt;'</script>", "\u0130", "&"]
        ),
        st.text(max_size=8),
    ),
    max_size=6,
)


@needs_hyperscan
@settings(max_examples=150, deadline=None)
@given(parts=pieces, between=st.sampled_from(BETWEEN))
def test_pages_of_any_make_are_decided_alike(parts: list[str], between: str) -> None:
    body = page(between.join(parts)).decode().encode("utf-8", "replace")
    decision = PLAIN.admit(body, TYPE)
    assert FAST.admit(body, TYPE) == decision
    if PLAIN.admit(whole_page_cleaned(body), TYPE).keep and not _markup_was_escaped(body):
        assert decision.keep


def _markup_was_escaped(body: bytes) -> bool:
    """Cleaning a page turned &lt; and &gt; into tags, which may hide and join what no reader sees joined."""
    return re.search(rb"&(?:lt|gt|LT|GT|#0*6[02]|#[xX]0*3[ceCE])|<(?![a-z/!])", body) is not None


@needs_hyperscan
@given(body=st.binary(max_size=400), kind=st.sampled_from(["text/html", None, "text/html; charset=koi8-r"]))
@settings(max_examples=100, deadline=None)
def test_bytes_of_any_make_are_decided_alike(body: bytes, kind: str | None) -> None:
    body = b"<html>" + body
    assert FAST.admit(body, kind) == PLAIN.admit(body, kind)


@needs_hyperscan
@pytest.mark.shared
@pytest.mark.skipif(not PAGES.is_file(), reason="../shared is absent: only the founders' machines have it")
def test_the_shared_pages_are_decided_alike() -> None:
    from tipwatch.jobs.warc import Captured, read_warc

    pages = [one for one in read_warc(PAGES, max_body=10_000_000) if isinstance(one, Captured)]
    assert len(pages) > 150
    for one in pages:
        decision = PLAIN.admit(one.body, one.content_type)
        assert FAST.admit(one.body, one.content_type) == decision
        if not decision.keep:
            assert not PLAIN.admit(whole_page_cleaned(one.body), TYPE).keep


def test_without_hyperscan_the_gate_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(foresearch, "hyperscan", None)
    gate = Gate([GateLexicon(language="en", strong=("human traffick*",), weak=("pimp",))], foresearch=True)
    assert not gate.foresees
    assert gate.admit(page("human traf&shy;ficking"), TYPE).words == ("human traffick",)


@needs_hyperscan
def test_a_gate_of_short_words_alone_can_be_built() -> None:
    lexicons = [GateLexicon(language="id", strong=("psk", "sex den", "a ... b"), weak=())]
    fast, plain = Gate(lexicons, foresearch=True), Gate(lexicons)
    for text in ("PSK", "sex</b> <i>den", "sexden", "a x y b", "a x y z w b", "p&shy;sk", "&#112;sk", "nothing"):
        assert fast.admit(page(text), TYPE) == plain.admit(page(text), TYPE), text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<p>human traf&shy;ficking, a <b>crime</b></p>", b"trafficking"),
        (b"plain words, &amp; tags <b>between</b> them &#8217;", b""),
        (b"tr<b><i class='a b'>at</i></b>a de", b"trata"),
        (b"d&#39;&ecirc;tres humains", "d'\u00eatres".encode()),
        (b"&#116rata x", b"trata"),
    ],
)
def test_the_words_that_are_cleaned(body: bytes, words: bytes) -> None:
    assert disguised_words(body, disguised_spans(body)) == words


@pytest.mark.parametrize("reach", [0, 900, 5_000])
@pytest.mark.parametrize(
    "word",
    [
        "tr&shy;ata",
        "t<b>r</b>ata",
        '<p>t<a href="' + "x" * 3_000 + '">rata</a>',
        'tr<a href="' + "x" * 3_000 + '">a</a>t<a href="' + "y" * 3_000 + '">a</a>',
        "".join(f"&#x{ord(sign):04x};&shy;" for sign in "menschenhandelsprozesse"),
    ],
)
def test_around_its_places_a_disguise_is_cleaned_as_in_the_whole_page(word: str, reach: int) -> None:
    around = "w " * reach
    text = f"<html><title>a > b</title><p {'z' * reach}>{around}{word} {around}<p class='{'v' * reach}'"
    body = text.encode()
    ends = [match.end() for part in DISGUISE_PARTS for match in re.finditer(part, body)]
    assert ends
    lines = disguised_words(body, disguised_spans(body, ends)).splitlines()
    assert lines == disguised_words(body, disguised_spans(body)).splitlines()
    assert lines[0].startswith((b"trata", b"menschenhandels"))
