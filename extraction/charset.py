"""Bytes of a page to text: byte-order mark, UTF-8 where it proves itself, HTTP header, `<meta>`, then a guess.

Refuses to raise on odd charsets: what cannot be decoded becomes U+FFFD, which the caller can count.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes
from w3lib.encoding import html_body_declared_encoding, resolve_encoding

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16 LE, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADER_CHARSET = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
# Python codecs that are no charsets of pages; a header that names one is nonsense.
_NOT_CHARSETS = frozenset({"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape", "mbcs", "oem"})
# Charsets whose bytes are all ASCII, so that valid UTF-8 proves nothing.
_SEVEN_BIT = ("iso2022", "hz")
_MARKUP = re.compile(rb"<[^<>]*>")  # no "<" inside: 400,000 of them would cost a square
_HIGH_RUN = re.compile(rb"[^\n<>]{0,200}[\x80-\xff][^\n<>]{0,200}")
_GUESS_BYTES = 12_000
_TOLERATED = 0.002  # share of U+FFFD above which a declared charset is disbelieved
_MOSTLY_UTF8 = 20  # well-formed sequences for each broken byte: UTF-8 that somebody cut or glued
_NON_ASCII = re.compile(r"[^\x00-\x7f]")
_UTF16_SAMPLE = 2_000


def decode(body: bytes, content_type: str | None = None) -> str:
    """Text of `body`; `decode(b"caf\\xe9", "text/html; charset=latin1") == "café"`.

    Valid UTF-8 with non-ASCII characters wins over a header or `<meta>` that says otherwise: by chance it is
    next to impossible, misconfigured servers are common. A declaration that makes more than 0.2 % of the text
    U+FFFD is disbelieved if another candidate does better. Never raises.
    """
    name = fast_charset(body, content_type)
    if name is not None:
        return _strip_bom(body.decode(name, "replace"))
    broken = body.decode("utf-8", "replace")
    bad = broken.count("\ufffd")
    if sum(1 for _ in _NON_ASCII.finditer(broken)) - bad >= _MOSTLY_UTF8 * bad:
        return _strip_bom(broken)
    best, worst_share = "", 2.0
    for candidate in _candidates(body, content_type):
        text = _strip_bom(body.decode(candidate, "replace"))
        share = text.count("\ufffd") / max(len(text), 1)
        if share <= _TOLERATED:
            return text
        if share < worst_share:
            best, worst_share = text, share
    return best


def fast_charset(body: bytes, content_type: str | None = None) -> str | None:
    """The charset where no guess is needed: a byte-order mark, UTF-16 by its zeros, or valid UTF-8; else None."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return name
    sample = body[:_UTF16_SAMPLE]
    zeros = sample.count(0)
    if zeros > len(sample) // 4:
        return "utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le"
    if body.isascii():
        declared = declared_charset(body, content_type)
        if declared is not None and declared.startswith(_SEVEN_BIT):
            return declared
        if b"\x1b$" in body:
            return "iso2022_jp"
        return "utf-8"
    return "utf-8" if is_utf8(body) else None


def declared_charset(body: bytes, content_type: str | None) -> str | None:
    """Python's name of the charset that the HTTP header, else the page's own `<meta>`, states."""
    for label in _header_labels(content_type):
        if (name := _known(label)) is not None:
            return name
    try:
        meta = html_body_declared_encoding(body[:4096])
    except (ValueError, LookupError):
        return None
    return _known(meta) if meta is not None else None


def is_utf8(body: bytes) -> bool:
    """True when the whole body is valid UTF-8 (a cut last character is forgiven)."""
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.start >= len(body) - 4
    return True


def _candidates(body: bytes, content_type: str | None) -> Iterator[str]:
    """Charsets worth a try for bytes that are not UTF-8, best first; ends with one that always decodes."""
    seen: set[str] = set()
    labels = list(_header_labels(content_type))
    try:
        meta = html_body_declared_encoding(body[:4096])
    except (ValueError, LookupError):
        meta = None
    if meta is not None:
        labels.append(meta)
    for label in labels:
        name = _known(label)
        if name is not None and name not in seen:
            seen.add(name)
            yield name
    # A declared UTF-8 with a few broken bytes has come first; now the statistics.
    for match in from_bytes(_telling_bytes(body), steps=5, chunk_size=1024):
        name = _known(match.encoding)
        if name is not None and name not in seen:
            seen.add(name)
            yield name
    for name in ("utf-8", "cp1252", "latin-1"):
        if name not in seen:
            yield name


def _telling_bytes(body: bytes) -> bytes:
    """The runs of text around non-ASCII bytes: what a statistic can learn from, without markup and scripts."""
    runs: list[bytes] = []
    size = 0
    for match in _HIGH_RUN.finditer(_MARKUP.sub(b"\n", body[:400_000])):
        runs.append(match.group())
        size += len(match.group())
        if size >= _GUESS_BYTES:
            break
    return b"\n".join(runs)


def _header_labels(content_type: str | None) -> Iterator[str]:
    if content_type:
        for match in _HEADER_CHARSET.finditer(content_type):
            yield match.group(1)


def _known(label: str) -> str | None:
    resolved = resolve_encoding(label)
    if resolved is None or resolved in _NOT_CHARSETS:
        return None
    try:
        b"a".decode(resolved, "replace")  # of no bytes Python makes "" without asking the codec
    except (LookupError, ValueError):  # hex, base64, rot13: codecs, but of no text
        return None
    return resolved


def _strip_bom(text: str) -> str:
    return text.removeprefix("\ufeff")
