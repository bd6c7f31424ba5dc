"""Lexicon entries as byte patterns for google-re2, blind to case, accents and markup between words.

Refuses capture groups and look-around: one linear automaton over UTF-8 bytes.

Syntax of an entry: words divided by a space; `*` at a word's end or start stands for any letters (a stem:
"traffick*", "*handel"); the word `...` for up to three words between. A space matches any run of white space,
no-break spaces, hyphens, tags. Entries that begin or end with an ASCII letter match at a word boundary there.
An accent in an entry may be missing in the text; an accent in the text that the entry lacks is a difference.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import re2

# White space, no-break and zero-width spaces, soft hyphens, hyphens, underscores, tags, any entity: to name those
# of spaces and dashes alone made the automaton of re2 ten times slower (2.7 ms a page, 2026-11).
_BETWEEN = (
    rb"(?:[\s_/-]|\xc2[\xa0\xad]|\xe2\x80[\x80-\x95\xa8-\xaf]|\xe2\x81\xa0|\xe3\x80\x80"
    rb"|&[#a-zA-Z0-9]{1,17};|<[^>]*>)"
)
_SEPARATOR = _BETWEEN + b"+"
_LETTERS = rb"[^\s<>\"'.,:()_/-]*"
_LONG_WORD = 4
INLINE_TAG = rb"</?(?:b|i|u|em|strong|span|a|mark|font|q|s|sup|sub|small|big|ins|abbr|wbr)(?:\s[^<>]*)?/?>"
"""Tags that stand inside words and change nothing about them."""
_GAP = rb"(?:[^\s<>]+(?:(?i:" + INLINE_TAG + rb")+[^\s<>]+)*" + _SEPARATOR + rb"){0,3}?"

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
_APOSTROPHES = ("'", "\u2019", "\u2018", "\u02bc", "\u00b4", "`", "&#39;", "&#039;", "&#x27;", "&apos;", "&rsquo;",
    "&lsquo;", "&#8217;", "&#8216;", "&#x2019;", "&#x2018;")  # fmt: skip
# Here the press never drops the marks, and words without them are other languages' words ("nô lệ", "no le").
_MARKED = frozenset({"vi"})


@dataclass(frozen=True, kw_only=True, slots=True)
class EntryWord:
    """One word of an entry: for each of its letters the ways in which it is spelled (UTF-8).

    One ASCII letter alone is blind to case. `starts`, `ends`: a word boundary stands there; `begins_open`,
    `ends_open`: any letters may (`*`). `is_gap` is the word `...`, which has no letters.
    """

    letters: tuple[tuple[bytes, ...], ...] = ()
    starts: bool = False
    ends: bool = False
    begins_open: bool = False
    ends_open: bool = False
    is_gap: bool = False

    @property
    def size(self) -> int:
        """Bytes of the shortest spelling."""
        return sum(min(map(len, spelled)) for spelled in self.letters)

    @property
    def pattern(self) -> bytes:
        """The word by itself, its boundaries included: `rb"\\b(?i:pimp)\\b"`."""
        out: list[bytes] = []
        plain = b""
        for spelled in self.letters:
            if len(spelled) == 1 and spelled[0].isascii():
                plain += spelled[0]
                continue
            if plain:
                out.append(b"(?i:" + escaped(plain) + b")")
                plain = b""
            out.append(b"(?:" + b"|".join(escaped(form) for form in spelled) + b")")
        if plain:
            out.append(b"(?i:" + escaped(plain) + b")")
        return (rb"\b" if self.starts else b"") + b"".join(out) + (rb"\b" if self.ends else b"")


def escaped(literal: bytes) -> bytes:
    """`literal` as a pattern that means itself; other bytes than ASCII need no escape in Latin-1 patterns."""
    return re.escape(literal)


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


def compile_words(entries: Iterable[tuple[str, str]], *, max_mem: int = 128 << 20) -> Any:
    """One matcher for the single words of the entries, over lines of text: a line without a match holds no word of
    any entry. Words of less than four bytes must stand between ends or separators, since "a" is in every line.
    """
    long: set[bytes] = set()
    short: set[bytes] = set()
    for language, entry in entries:
        for word in entry_words(entry, language) if entry.strip() else ():
            if not word.is_gap:
                (long if word.size >= _LONG_WORD else short).add(word.pattern)
    edge = rb"(?:[\"'(),.;:!?\[\]]|\xc2[\xa0\xab\xbb]|\xe2\x80[\x80-\xaf])*"
    joint = rb"[\s_/-]|\xc2[\xa0\xad]|\xe2\x80[\x80-\x95\xa8-\xaf]|\xe2\x81\xa0|\xe3\x80\x80"
    before, after = rb"(?:(?m:^)" + edge + b"|" + joint + b")", b"(?:" + edge + rb"(?m:$)|<|" + joint + b")"
    lone = [before + b"(?:" + b"|".join(sorted(short)) + b")" + after] if short else []
    return compile_bytes(b"|".join([*sorted(long), *lone]), max_mem=max_mem)


def entry_words(entry: str, language: str = "") -> list[EntryWord]:
    """The words of an entry in their order. Raises ValueError when it has no letters."""
    words = unicodedata.normalize("NFC", entry.strip().lower()).split()
    if not words or all(set(word) <= {"*", "."} for word in words):
        raise ValueError(f"an entry without letters: {entry!r}")
    out: list[EntryWord] = []
    for word in words:
        if word == "...":
            out.append(EntryWord(is_gap=True))
            continue
        core = word.strip("*")
        begins_open, ends_open = word.startswith("*"), word.endswith("*")
        out.append(
            EntryWord(
                letters=tuple(_spellings(cluster, language) for cluster in _clusters(core)),
                starts=not begins_open and _bounded(core[0], language),
                ends=not ends_open and _bounded(core[-1], language),
                begins_open=begins_open,
                ends_open=ends_open,
            )
        )
    return out


def entry_pattern(entry: str, language: str = "") -> bytes:
    """`entry_pattern("pimp") == b"\\\\b(?i:pimp)\\\\b"`."""
    words = entry_words(entry, language)
    parts: list[bytes] = []
    last = len(words) - 1
    for place, word in enumerate(words):
        if word.is_gap:
            parts.append(_GAP)
            continue
        if word.begins_open and place > 0:
            parts.append(_LETTERS)
        parts.append(word.pattern)
        if place < last:
            if word.ends_open:
                parts.append(_LETTERS)
            parts.append(_SEPARATOR)
    return b"".join(parts)


def _bounded(letter: str, language: str) -> bool:
    """True when every spelling of the letter is ASCII, so that the engine's word boundary works beside it."""
    return letter.isascii() and not (letter == "i" and language in _DOTTED)


def _clusters(word: str) -> list[str]:
    clusters: list[str] = []
    for character in word:
        if clusters and character in _NUKTA_SIGNS:
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


def _spellings(cluster: str, language: str) -> tuple[bytes, ...]:
    """The longest first, so that a leftmost match takes it."""
    if cluster in "'\u2019":
        forms = set(_APOSTROPHES)
    elif len(cluster) == 1 and _bounded(cluster, language):
        return (cluster.encode(),)
    else:
        forms = _forms(cluster, language)
    return tuple(sorted((form.encode() for form in forms if form), key=lambda form: (-len(form), form)))


def _forms(cluster: str, language: str) -> set[str]:
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
    return forms
