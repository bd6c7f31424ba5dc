"""What hides a word from a plain search of a page's bytes, and the words so hidden, cleaned.

Refuses whole pages: only the words that hold a disguise are cleaned, since cleaning a page costs a millisecond.

A disguise stands inside a word: a soft hyphen or zero-width character, an inline tag between two letters, a letter
written as an entity. What stands between words (other tags, `&nbsp;`, `&mdash;`) is `extraction.phrases`' to bear.
"""

from __future__ import annotations

import html
import re
from html.entities import html5

from extraction.phrases import INLINE_TAG, compile_bytes

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

DISGUISE_PARTS = (
    _INVISIBLE_BYTES,
    b"&(?:" + b"|".join(name.encode() for name in _names()) + rb"|nbsp[a-zA-Z]"
    rb"|#0*" + _DECIMAL + rb"|#[xX]0*" + _HEXADECIMAL + rb")",
    rb"&(?:lt|#0*60|#[xX]0*3[cC]);/?[a-zA-Z]",  # a tag escaped in an attribute or in JSON
    rb"(?i:<wbr(?:\s[^<>]*)?/?>)|" + _LETTER + rb"(?i:" + INLINE_TAG + rb")+" + _LETTER,
)
"""One pattern a kind; a page without a match of any has nothing to clean."""

_PIECE = rb"(?:[^\s<>&]|&#?[a-zA-Z0-9]*;?|(?i:" + INLINE_TAG + rb"))*"
_WORD = compile_bytes(_PIECE + rb"(?:" + b"|".join(DISGUISE_PARTS) + rb")" + _PIECE, max_mem=128 << 20)
_INLINE = re.compile(INLINE_TAG.decode(), re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")


def disguised_words(body: bytes) -> bytes:
    """Every run without white space or other tags that holds a disguise, cleaned, a line each (UTF-8).

    >>> disguised_words(b"<p>human traf&shy;ficking, a <b>crime</b></p>")
    b'trafficking,'
    """
    found = [match.group() for match in _WORD.finditer(body)]
    return undisguised(b"\n".join(found)) if found else b""


def undisguised(body: bytes) -> bytes:
    """`body` with entities as characters, without what is not seen and without inline tags."""
    text = without_invisible(html.unescape(body.decode("utf-8", "replace")))
    return _INLINE.sub("", text).encode("utf-8", "replace")


def without_invisible(text: str) -> str:
    """`text` without soft hyphens, zero-width characters and byte-order marks."""
    return _INVISIBLE.sub("", text)
