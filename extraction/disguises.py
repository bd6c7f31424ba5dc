"""What hides a word from a plain search of a page's bytes, and the words so hidden, cleaned.

Refuses whole pages: only the words that hold a disguise are cleaned, since cleaning a page costs a millisecond.

A disguise stands inside a word: a soft hyphen or zero-width character, an inline tag between two letters, a letter
written as an entity. What stands between words (other tags, `&nbsp;`, `&mdash;`) is `extraction.phrases`' to bear.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from html.entities import html5

from extraction.phrases import INLINE_TAG, compile_bytes

Span = tuple[int, int]

_LETTER = rb"[a-zA-Z'\x80-\xff]"
_INVISIBLE_BYTES = rb"\xc2\xad|\xe2\x80[\x8b-\x8d]|\xe2\x81\xa0|\xef\xbb\xbf"
_INVISIBLE_NAMES = ("shy", "zwnj", "zwj", "ZeroWidthSpace", "NoBreak")


def _names() -> list[str]:
    """Names of entities that are letters, marks or not seen, with a semicolon or (the old ones) without."""
    return sorted(
        {
            re.escape(name)
            for name, text in html5.items()
            if any(sign.isalpha() or sign == "\u0307" for sign in text) or name.rstrip(";") in _INVISIBLE_NAMES
        },
        key=lambda name: (-len(name), name),
    )


# Numbers of letters, of ASCII's hyphen, and of what is not seen. Those of other punctuation (&#8217;, &#160;) are
# left out, since most pages have them. HTML forgives a missing semicolon.
_DECIMAL = (
    rb"(?:45|6[5-9]|[78]\d|90|9[7-9]|1[01]\d|12[0-2]|173|19[2-9]|[2-9]\d\d|820[345]|8288|[1-7]\d{3}|[1-9]\d{4,5})"
    rb"(?:;|[^\d;])"
)
_HEXADECIMAL = (
    rb"(?:2[dD]|[46][1-9a-fA-F]|[57][0-9aA]|[aA][dD]|[c-fC-F][0-9a-fA-F]|[1-9a-fA-F][0-9a-fA-F]{2}"
    rb"|200[b-dB-D]|2060|[013-9a-fA-F][0-9a-fA-F]{3}|1[0-9a-fA-F]{4})(?:;|[^0-9a-fA-F;])"
)

_ENTITY = (
    b"&(?:" + b"|".join(name.encode() for name in _names()) + rb"|nbsp[a-zA-Z]"
    rb"|#0*" + _DECIMAL + rb"|#[xX]0*" + _HEXADECIMAL + rb")"
)
_APOSTROPHE = rb"&(?:apos|[lr]squo|#0*39|#[xX]0*27|#0*821[67]|#[xX]0*201[89]);"

DISGUISE_PARTS = (
    _INVISIBLE_BYTES,
    _ENTITY,
    rb"&(?:lt|#0*60|#[xX]0*3[cC]);/?[a-zA-Z]",  # a tag escaped in an attribute or in JSON
    rb"(?i:<wbr(?:\s[^<>]*)?/?>)|" + _LETTER + rb"(?i:" + INLINE_TAG + rb")+" + _LETTER,
)
"""One pattern a kind; a page without a match of any has nothing to clean."""

# What an entry's word can consist of, disguised or not; other signs end it (see config/lexicons/README.md).
_PIECE = rb"(?:[a-zA-Z0-9'.\x80-\xff-]|" + _ENTITY + b"|" + _APOSTROPHE + rb"|(?i:" + INLINE_TAG + rb"))*"
_WORD = compile_bytes(_PIECE + rb"(?:" + b"|".join(DISGUISE_PARTS) + rb")" + _PIECE, max_mem=128 << 20)
_NEAR, _REACH = 96, 1024
"""Bytes on either side of a disguise, without tags, in which its word lies: most words; forty letters as
`&#x0441;&shy;`."""
_EDGE = 40
"""A word this near to the end of what was looked at may go on beyond: an entity may be cut there."""
_PHRASE = 2048
"""Bytes on either side of a disguised word in which the other words of its entry stand."""
_PLACES = 256
"""With more disguises than this the page is gone through as a whole."""
_INLINE = re.compile(INLINE_TAG.decode(), re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


def disguised_spans(body: bytes, places: Sequence[int] | None = None) -> list[Span]:
    """Where the runs of letters that hold a disguise begin and end.

    `places`: where disguises end, when that is known; only what lies around them is gone through then.
    """
    if places is None or len(places) > _PLACES:
        return [match.span() for match in _WORD.finditer(body)]
    near = [(place, place) for place in places]
    found: set[Span] = set()
    for start, end in _surroundings(body, near, _NEAR):
        seen = _words_of(body, start, end)
        if not seen or (start and seen[0][0] < start + _EDGE) or (end < len(body) and seen[-1][1] > end - _EDGE):
            inside = [(place, place) for place in places if start <= place <= end]
            seen = [span for far in _surroundings(body, inside, _REACH) for span in _words_of(body, *far)]
        found.update(seen)
    return sorted(found)


def disguised_words(body: bytes, spans: Iterable[Span]) -> bytes:
    """The words of these spans, cleaned, a line each (UTF-8).

    >>> body = b"<p>human traf&shy;ficking, a <b>crime</b></p>"
    >>> disguised_words(body, disguised_spans(body))
    b'trafficking'
    """
    return undisguised(b"\n".join(body[start:end] for start, end in spans))


def passages(body: bytes, spans: Sequence[Span]) -> Iterator[bytes]:
    """The text around these disguised words, cleaned: as much as an entry of several words takes."""
    for start, end in _surroundings(body, spans, _PHRASE):
        yield undisguised(body[start:end])


def _words_of(body: bytes, start: int, end: int) -> list[Span]:
    return [(start + match.start(), start + match.end()) for match in _WORD.finditer(body[start:end])]


def _surroundings(body: bytes, spans: Sequence[Span], reach: int) -> list[Span]:
    """Stretches around the spans that begin and end outside of tags, those that touch as one."""
    groups: list[Span] = []
    for first, last in sorted(spans):
        if groups and first - groups[-1][1] <= 2 * reach:
            begin, before = groups.pop()
            groups.append((begin, max(before, last)))
        else:
            groups.append((first, last))
    stretches: list[Span] = []
    for first, last in groups:
        start, end = max(0, first - reach), min(len(body), last + reach)
        while start > 0 and (opened := body.rfind(b"<", 0, start)) > body.rfind(b">", 0, start):
            start = max(0, opened - reach)
        while end < len(body) and body.rfind(b"<", 0, end) > body.rfind(b">", 0, end):
            closed = body.find(b">", end)
            end = len(body) if closed < 0 else min(len(body), closed + 1 + reach)
        if stretches and start <= stretches[-1][1]:
            start, before = stretches.pop()
            end = max(before, end)
        stretches.append((start, end))
    return stretches


def undisguised(body: bytes) -> bytes:
    """`body` with entities as characters, without what is not seen and without inline tags."""
    text = without_invisible(html.unescape(body.decode("utf-8", "replace")))
    return _INLINE.sub("", text).encode("utf-8", "replace")


def without_invisible(text: str) -> str:
    """`text` without soft hyphens, zero-width characters and byte-order marks."""
    return _INVISIBLE.sub("", text)
