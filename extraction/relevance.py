"""The gate: whether a fetched page may be about trafficking in persons, before anything is parsed.

Refuses precision: recall first, one word admits a page; `score_text` weighs the words later, on visible text.
"""

from __future__ import annotations

import html
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from extraction.charset import decode, fast_charset
from extraction.disguises import disguised_spans, disguised_words, passages, undisguised, without_invisible
from extraction.foresearch import EVERYTHING, Foresearch
from extraction.model import DropReason
from extraction.model.lexicon import GateLexicon
from extraction.phrases import compile_entries, compile_words

MAX_BYTES = 10 * 1024 * 1024
"""A larger body is dropped; the crawler's own limit is the same (RELIABILITY.md)."""

_MAX_WORDS = 12
_LONGEST_WORD = 100  # characters kept of one, with what its stem took in: rows are no place for a page
_HTML_TYPES = ("html", "xml", "text/plain", "application/octet-stream", "unknown")
_NOT_PAGES = (b"%PDF", b"\x89PNG", b"GIF8", b"\xff\xd8\xff", b"PK\x03\x04", b"RIFF", b"\x1f\x8b", b"ID3", b"OggS")
_MARKUP_START = re.compile(
    rb"<\s*(?:!doctype\s+html|html|head|body|div|p|article|meta|title|table|h1|!--)", re.IGNORECASE
)
_FEED_START = re.compile(rb"<\s*(?:rss|feed|urlset|sitemapindex|rdf:RDF|opml)\b", re.IGNORECASE)

_TAG = re.compile(r"<[^>]*>")
_SPACE = re.compile(r"[\s\x00-\x1f\x7f\u00a0_/-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class GateDecision:
    """`words` are the lexicon's words as they stood in the page (lower case, at most twelve); empty for a drop."""

    keep: bool
    reason: DropReason | None = None
    words: tuple[str, ...] = ()


class Gate:
    """One automaton over the strong and weak words of every language; build it once, share it between threads.

    `foresearch` puts Hyperscan before it where that is installed: worth its second of building from some ten
    thousand pages on. The decision is the same with and without.

    >>> Gate([lexicon]).admit(b"<p>held for human trafficking</p>", "text/html").keep
    True
    """

    def __init__(self, lexicons: Sequence[GateLexicon], *, foresearch: bool = False) -> None:
        if not lexicons:
            raise ValueError("a gate without words would drop every page")
        entries = [(lexicon.language, entry) for lexicon in lexicons for entry in (*lexicon.strong, *lexicon.weak)]
        self._matcher = compile_entries(entries)
        self._words = compile_words(entries)
        self._foresearch = Foresearch.over(entries) if foresearch else None

    @property
    def foresees(self) -> bool:
        """True when Hyperscan stands before the automaton."""
        return self._foresearch is not None

    def admit(self, body: bytes, content_type: str | None) -> GateDecision:
        """Keep `body`, or the reason to drop it. Never raises, never parses; under a millisecond a page."""
        if not body or body.isspace():
            return GateDecision(keep=False, reason=DropReason.EMPTY)
        if len(body) > MAX_BYTES:
            return GateDecision(keep=False, reason=DropReason.TOO_LARGE)
        if not _is_page(body, content_type):
            return GateDecision(keep=False, reason=DropReason.NOT_HTML)
        if fast_charset(body, content_type) != "utf-8":
            body = decode(body, content_type).encode("utf-8", "replace")
        sight = EVERYTHING if self._foresearch is None else self._foresearch.look(body)
        found = self._search(body) if sight.words else ()
        if not found and sight.disguises and self._is_disguised(body, sight.places):
            found = self._search(undisguised(body))
        if not found:
            return GateDecision(keep=False, reason=DropReason.NO_GATE_WORD)
        return GateDecision(keep=True, words=found)

    def _is_disguised(self, body: bytes, places: Sequence[int] | None) -> bool:
        """Whether an entry stands in the page around a disguised word."""
        spans = disguised_spans(body, places)
        if not spans or self._words.search(disguised_words(body, spans)) is None:
            return False
        telling = [span for span in spans if self._words.search(disguised_words(body, [span])) is not None]
        return any(self._matcher.search(passage) is not None for passage in passages(body, telling))

    def _search(self, body: bytes) -> tuple[str, ...]:
        words: dict[str, None] = {}
        for match in self._matcher.finditer(body):
            words[_plain(match.group())] = None
            if len(words) >= _MAX_WORDS:
                break
        return tuple(words)


def score_text(text: str, title: str | None, lexicon: GateLexicon) -> float:
    """How much `text` speaks of a prosecution of trafficking, in [0, 1]; 0.0 without a strong or weak word.

    A logistic sum: logarithms of the counts of strong, weak, context and negative words per kind, and whether the
    title has one. Weights are set by hand (see tests/extraction/test_gate_score.py), so that one strong word in
    the title with court words passes 0.5, and a drug case or a film review does not.
    """
    strong, weak, context, negative = _counts(text, lexicon)
    in_title = _counts(title, lexicon) if title else (0, 0, 0, 0)
    if strong + weak + in_title[0] + in_title[1] == 0:
        return 0.0
    total = (
        -2.6
        + 1.3 * math.log1p(strong)
        + 0.5 * math.log1p(weak)
        + 0.7 * math.log1p(context)
        - 0.8 * math.log1p(negative)
        + 0.8 * min(in_title[0], 1)
        + 0.4 * min(in_title[1], 1)
        + 0.4 * min(in_title[2], 1)
        - 0.5 * min(in_title[3], 1)
    )
    return round(1 / (1 + math.exp(-total)), 4)


def _counts(text: str, lexicon: GateLexicon) -> tuple[int, int, int, int]:
    body = without_invisible(text).encode("utf-8", "replace")
    strong, weak, context, negative = (
        0 if matcher is None else sum(1 for _ in matcher.finditer(body)) for matcher in _matchers(lexicon)
    )
    return strong, weak, context, negative


@lru_cache(maxsize=256)
def _matchers(lexicon: GateLexicon) -> tuple[Any, ...]:
    return tuple(
        compile_entries(((lexicon.language, entry) for entry in entries), max_mem=32 << 20)
        for entries in (lexicon.strong, lexicon.weak, lexicon.context, lexicon.negative)
    )


def _is_page(body: bytes, content_type: str | None) -> bool:
    start = body[:2048].lstrip(b"\xef\xbb\xbf \t\r\n\x00")
    if start.startswith(_NOT_PAGES):
        return False
    kind = (content_type or "").partition(";")[0].strip().lower()
    if "html" in kind:
        return True
    if kind and not any(known in kind for known in _HTML_TYPES):
        # A wrong header over real markup is still a page; scripts and style sheets that quote markup are not.
        return kind.startswith("text/") and "script" not in kind and "css" not in kind and _looks_like_page(start)
    return _looks_like_page(start) or fast_charset(body[:2048]) not in (None, "utf-8")


def _looks_like_page(start: bytes) -> bool:
    return _MARKUP_START.search(start) is not None and _FEED_START.search(start) is None


def _plain(word: bytes) -> str:
    text = _TAG.sub(" ", word.decode("utf-8", "replace"))
    return _SPACE.sub(" ", without_invisible(html.unescape(text))).lower()[:_LONGEST_WORD].strip()
