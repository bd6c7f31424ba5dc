"""Lexicon entries as byte patterns for google-re2, blind to case, accents and markup between words.

Refuses capture groups and look-around: one linear automaton over UTF-8 bytes.

Syntax of an entry: words divided by a space; `*` at a word's end or start stands for any letters (a stem:
"traffick*", "*handel"); the word `...` for up to three words between. A space matches any run of white space,
no-break spaces, hyphens, tags. Entries that begin or end with an ASCII letter match at a word boundary there.
An accent in an entry may be missing in the text; an accent in the text that the entry lacks is a difference.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Any

import re2

# White space, no-break and zero-width spaces, soft hyphens, hyphens, underscores, tags and their entities.
_BETWEEN = (
    rb"(?:[\s_/-]|\xc2[\xa0\xad]|\xe2\x80[\x80-\x95\xa8-\xaf]|\xe2\x81\xa0|\xe3\x80\x80|&(?:nbsp|shy|#160|"
    rb"#xa0|#173);"
    rb"|<[^>]*>)"
)
_SEPARATOR = _BETWEEN + b"+"
_LETTERS = rb"[^\s<>&\"'.,;:()_/-]*"
_GAP = rb"(?:[^\s<>]+" + _SEPARATOR + rb"){0,3}?"

# Letters whose plain spelling is no mere dropping of a mark.
_PLAIN = {
    "ä": ("a", "ae"), "ö": ("o", "oe"), "ü": ("u", "ue"), "ß": ("ss",), "ø": ("o", "oe"), "æ": ("ae",),
    "å": ("a", "aa"), "œ": ("oe",), "ł": ("l",), "đ": ("d", "dj"), "ı": ("i",), "ð": ("d",), "þ": ("th",),
    "أ": ("ا",), "إ": ("ا",), "آ": ("ا",), "ٱ": ("ا",), "ى": ("ي",), "ی": ("ي", "ى"), "ک": ("ك",), "ة": ("ه",),
    "ς": ("σ",), "ә": ("а",),
}  # fmt: skip
# Letter and nukta, which Unicode never composes but many keyboards do.
_NUKTA = {
    "क़": "\u0958", "ख़": "\u0959", "ग़": "\u095a", "ज़": "\u095b", "ड़": "\u095c", "ढ़": "\u095d", "फ़": "\u095e",
    "ড়": "\u09dc", "ঢ়": "\u09dd", "য়": "\u09df",
}  # fmt: skip
_NUKTA_SIGNS = "\u093c\u09bc"
_DOTTED = frozenset({"tr", "az"})
# Here the press never drops the marks, and words without them are other languages' words ("nô lệ", "no le").
_MARKED = frozenset({"vi"})


def compile_entries(entries: Iterable[tuple[str, str]], *, max_mem: int = 256 << 20) -> Any:
    """One case-blind matcher for `(language, entry)` pairs, to be used on UTF-8 bytes; None when there are none.

    The memory bound (bytes) is for the lazily built automaton; beyond it re2 flushes its cache and stays right.
    """
    patterns = sorted({entry_pattern(entry, language) for language, entry in entries if entry.strip()})
    if not patterns:
        return None
    return compile_bytes(b"(?:" + b"|".join(patterns) + b")", max_mem=max_mem)


def compile_bytes(pattern: bytes, *, max_mem: int = 64 << 20) -> Any:
    """An re2 matcher over plain bytes, without groups; `max_mem` in bytes."""
    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes: an automaton without Unicode's tables
    options.max_mem = max_mem
    options.never_capture = True
    options.log_errors = False
    return re2.compile(pattern, options)


def entry_pattern(entry: str, language: str = "") -> bytes:
    """`entry_pattern("pimp") == b"\\\\b(?i:pimp)\\\\b"`."""
    words = unicodedata.normalize("NFC", entry.strip().lower()).split()
    if not words or all(set(word) <= {"*", "."} for word in words):
        raise ValueError(f"an entry without letters: {entry!r}")
    parts: list[bytes] = []
    last = len(words) - 1
    for place, word in enumerate(words):
        if word == "...":
            parts.append(_GAP)
            continue
        core = word.strip("*")
        pattern = _word(core, language)
        if word.startswith("*"):
            pattern = (_LETTERS if place > 0 else b"") + pattern
        elif _bounded(core[0], language):
            pattern = rb"\b" + pattern
        if word.endswith("*"):
            pattern += _LETTERS if place < last else b""
        elif _bounded(core[-1], language):
            pattern += rb"\b"
        parts.append(pattern)
        if place < last:
            parts.append(_SEPARATOR)
    return b"".join(parts)


def _bounded(letter: str, language: str) -> bool:
    """True when every spelling of the letter is ASCII, so that the engine's word boundary works beside it."""
    return letter.isascii() and not (letter == "i" and language in _DOTTED)


def _word(word: str, language: str) -> bytes:
    out: list[bytes] = []
    plain = ""
    for cluster in _clusters(word):
        if len(cluster) == 1 and _bounded(cluster, language):
            plain += cluster
            continue
        if plain:
            out.append(b"(?i:" + re2.escape(plain).encode() + b")")
            plain = ""
        out.append(_alternatives(cluster, language))
    if plain:
        out.append(b"(?i:" + re2.escape(plain).encode() + b")")
    return b"".join(out)


def _clusters(word: str) -> list[str]:
    clusters: list[str] = []
    for character in word:
        if clusters and character in _NUKTA_SIGNS:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _alternatives(cluster: str, language: str) -> bytes:
    forms = {cluster, cluster.upper(), unicodedata.normalize("NFD", cluster)}
    forms.add(unicodedata.normalize("NFD", cluster.upper()))
    bare = "".join(c for c in unicodedata.normalize("NFD", cluster) if not unicodedata.combining(c))
    if language not in _MARKED and bare and unicodedata.category(bare[0]).startswith("L"):
        forms |= {bare, bare.upper()}
    for plain in _PLAIN.get(cluster, ()) if language not in _MARKED else ():
        forms |= {plain, plain.upper(), plain.title()}
    if cluster in _NUKTA:
        forms.add(_NUKTA[cluster])
    if language in _DOTTED and cluster in "iı":
        forms |= {"i", "I", "İ", "ı", "i\u0307"}
    spelled = sorted((form.encode() for form in forms if form), key=lambda form: (-len(form), form))
    return b"(?:" + b"|".join(re2.escape(form) for form in spelled) + b")"
