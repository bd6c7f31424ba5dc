"""Markup made to cost our patterns a square of its length, or to slip past style sheets. Found by tests/fuzz.

Refuses wall clock: seconds of this process, so that a busy machine changes nothing.
"""

from __future__ import annotations

import datetime as dt
import time

import pytest

from extraction.addresses import canonical_url
from extraction.charset import declared_charset, decode
from extraction.model import Article, PageHints
from extraction.model.lexicon import GateLexicon
from extraction.relevance import Gate
from extraction.text import extract_article

STORY = "<p>A court in the harbour town sentenced two brothers to twelve years in prison for trafficking.</p>" * 5
HINTS = PageHints(url="https://news.example/a", fetched_at=dt.datetime(2024, 6, 1, tzinfo=dt.UTC))
PLANTED = "Otto Hollenquist was sentenced for trafficking women on Tuesday after a trial of four weeks."
SECONDS = 4.0
NO_CHARSETS = (
    "unicode_escape", "unicode-escape", "raw_unicode_escape", "utf-7", "undefined", "hex", "base64", "rot13", "uu",
)  # fmt: skip

PUMPED = {
    "comments opened in a style sheet": "<style>" + "/* " * 150_000 + "</style>",
    "corners of a polygon": "<p style='clip-path:polygon(" + "0 0 " * 40 + "x'>a</p>",
    "zeros of a scale": "<p style='transform:scale(" + "0" * 300_000 + "x'>a</p>",
    "digits of a length": "<p style='position:absolute;left:" + "1" * 300_000 + "q'>a</p>",
    "digits of an inset": "<p style='clip-path:inset(" + "1" * 300_000 + "x'>a</p>",
    "digits of an opacity": "<p style='filter:opacity(" + "1" * 300_000 + "x'>a</p>",
    "digits of a font": "<p style='font:bold " + "1" * 300_000 + "x'>a</p>",
    "digits of a colour": "<p style='color:rgb(" + "9" * 400 + ",0,0)'>a</p>",
    "brackets of a background": "<p style='background:" + "a( " * 100_000 + "'>a</p>",
    "letters before a first of the month": "<p>" + "a" * 300_000 + "</p><time datetime='2024-05-01'>May</time>",
}


def page(extra: str, head: str = "") -> bytes:
    return (
        f"<html><head>{head}</head><body><h1>Two jailed in harbour case</h1>{STORY}{extra}</body></html>".encode()
    )


@pytest.mark.parametrize("markup", PUMPED.values(), ids=PUMPED.keys())
def test_a_pumped_page_is_read_in_bounded_time(markup: str) -> None:
    began = time.process_time()
    found = extract_article(page(markup), HINTS)
    assert time.process_time() - began < SECONDS
    assert isinstance(found, Article), found
    assert "harbour town sentenced two brothers" in found.text


def test_bytes_of_no_charset_and_many_brackets_are_decoded_in_bounded_time() -> None:
    began = time.process_time()
    assert len(decode(b"\xff" + b"<" * 400_000)) == 400_001
    assert time.process_time() - began < SECONDS


@pytest.mark.parametrize("left_open", [".a{color:red", "/* nothing", "@media screen{.a{color:red}"])
def test_what_one_style_sheet_leaves_open_ends_with_it(left_open: str) -> None:
    head = f"<style>{left_open}</style><style>.xq{{display:none}}</style>"
    found = extract_article(page(f"<p class=xq>{PLANTED}</p>", head), HINTS)
    assert isinstance(found, Article)
    assert "Hollenquist" not in found.text


@pytest.mark.parametrize("label", NO_CHARSETS)
def test_a_codec_of_python_is_no_charset_of_a_page(label: str) -> None:
    assert declared_charset(b"", f"text/html; charset={label}") is None
    assert decode(b"caf\xe9 \\u0041 \\ud800", f"text/html; charset={label}") == "café \\u0041 \\ud800"


def test_half_a_character_in_an_address_is_replaced() -> None:
    known = canonical_url("https://news.example/a\ud800?b=\udc00")
    assert known == canonical_url(known)
    assert known.encode("ascii").startswith(b"https://news.example/a%EF%BF%BD?b=")


@pytest.mark.parametrize(
    "tail", [">" * 900, "?" + "a=>&" * 600, "?" + ">" * 900, "#!" + ">" * 900, "?" + "b=1&a=" + "ü" * 700]
)
def test_an_address_too_long_has_a_form_of_its_own(tail: str) -> None:
    known = canonical_url(f"https://news.example/story{tail}")
    assert len(known) <= 2_000
    assert known == canonical_url(known)
    assert known.startswith("https://news.example/story")


def test_a_stem_that_takes_in_a_page_or_a_control_is_cut() -> None:
    gate = Gate([GateLexicon(language="en", strong=("person* traffick*",), weak=())])
    decision = gate.admit(
        b"<p>person" + b"a" * 300_000 + b" trafficking, persons\0\x1f trafficking</p>", "text/html"
    )
    assert decision.keep
    assert [len(word) <= 100 for word in decision.words] == [True, True]
    assert decision.words[1] == "persons traffick"


@pytest.mark.parametrize(
    "sign", ["&#x1f;", "&#31;", "&#11;", "&#x0B;", "&#3", "&#0;", "&#xD800;", "\x00", "&#xFFFE;"]
)
def test_a_control_sign_written_as_a_reference_does_not_cost_the_page(sign: str) -> None:
    found = extract_article(page("").replace(b"sentenced", f"sen{sign} tenced".encode()), HINTS)
    assert isinstance(found, Article), found
    assert "tenced two brothers" in found.text
    assert "\0" not in found.text
