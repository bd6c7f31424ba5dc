"""A look ahead with Hyperscan: whether a page can hold a word of the gate, or a disguise, at all.

Refuses to decide: "no" is certain, "maybe" goes to the exact search, so the gate's answers do not depend on it.

For each entry it looks for a piece of its longest words, in every spelling, anywhere in the page: literals, which
Hyperscan finds at 1-2 GB/s; the entries themselves take 8 s to build and run little faster than in re2 (2026-11).
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.disguises import DISGUISE_PARTS
from extraction.phrases import EntryWord, entry_words, escaped

try:
    import hyperscan
except ImportError:  # the extra `fast` is not installed; the gate is right without
    hyperscan = None  # type: ignore[assignment]

_SPELLINGS = 32
"""Literals that a piece may stand for; more cost building time and catch no more."""
_ENOUGH = 12
_LEAST = 5
"""Bytes of a piece: from twelve on a longer one tells no more; below five it is in every page."""
_ALONE = 7
"""Bytes with which one word of a phrase is telling without the others."""
_NO_LETTER = rb"[^a-zA-Z0-9_]"
"""Ends a word; Hyperscan combines no patterns that end in `\\b`, so a page is given a blank to end on."""
_LOOSELY = rb"[^\s<>]*(?:[^a-zA-Z0-9<&]|<[^>]*>|&[^<>]*;)+[^\s<>]*"
"""What may stand between two words of an entry, and more: rest of a word, separators, beginning of a word."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """What a page may hold; two Falses are certain. `places`: where disguises end (bytes), None when unknown."""

    words: bool
    disguises: bool
    places: tuple[int, ...] | None = None


EVERYTHING = Sight(words=True, disguises=True)
NOTHING = Sight(words=False, disguises=False)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of a word that every match of the word contains, in each of its spellings."""

    literals: frozenset[bytes]
    starts: bool
    ends: bool

    @property
    def size(self) -> int:
        return min(map(len, self.literals))

    @property
    def pattern(self) -> bytes:
        before, after = rb"\b" if self.starts else b"", _NO_LETTER if self.ends else b""
        return b"|".join(before + escaped(literal) + after for literal in sorted(self.literals))


class Foresearch:
    """A Hyperscan database. Safe for threads: one that finds it busy is told "maybe"."""

    def __init__(self, entries: Iterable[tuple[str, str]]) -> None:
        plan = _plan(entries)
        self._first_disguise = plan.first_disguise
        self._database = hyperscan.Database(mode=hyperscan.HS_MODE_BLOCK)
        self._database.compile(
            expressions=plan.expressions, ids=plan.ids, elements=len(plan.ids), flags=plan.flags
        )
        self._lock = threading.Lock()

    @classmethod
    def over(cls, entries: Iterable[tuple[str, str]]) -> Foresearch | None:
        """A foresearch for these `(language, entry)` pairs; None when Hyperscan is not installed."""
        return None if hyperscan is None else cls(entries)

    def look(self, body: bytes) -> Sight:
        """What `body` (UTF-8) may hold."""
        if not self._lock.acquire(blocking=False):
            return EVERYTHING
        first_disguise = self._first_disguise
        words = False
        places: list[int] = []

        def seen(number: int, _start: int, end: int, _flags: int, _context: object) -> None:
            nonlocal words
            if number >= first_disguise:
                places.append(end)
            else:
                words = True

        try:
            self._database.scan(body + b" ", match_event_handler=seen)
        finally:
            self._lock.release()
        if not words and not places:
            return NOTHING
        return Sight(words=words, disguises=bool(places), places=tuple(places))


@dataclass(kw_only=True)
class _Plan:
    expressions: list[bytes]
    ids: list[int]
    flags: list[int]
    first_disguise: int = 0

    def add(self, expression: bytes, flags: int) -> int:
        number = len(self.ids)
        self.expressions.append(expression)
        self.ids.append(number)
        self.flags.append(flags)
        return number


def _plan(entries: Iterable[tuple[str, str]]) -> _Plan:
    """Pieces that tell alone, sets of pieces that must all be in the page, and entries too short for either."""
    alone: set[_Piece] = set()
    phrases: list[tuple[str, str, list[_Piece]]] = []
    whole: set[bytes] = set()
    for language, entry in dict.fromkeys(entries):
        if not entry.strip():
            continue
        pieces = [_piece(word) for word in entry_words(entry, language) if not word.is_gap]
        if len(pieces) > 1:
            phrases.append((language, entry, pieces))
        elif pieces[0].size >= _LEAST:
            alone.add(pieces[0])
        else:
            whole.add(_whole(entry, language))
    together: set[frozenset[_Piece]] = set()
    for language, entry, pieces in phrases:
        if any(piece in alone for piece in pieces):
            continue  # whatever holds the phrase is found by its word
        telling = frozenset(piece for piece in pieces if piece.size >= _LEAST)
        if len(telling) > 1 or any(piece.size >= _ALONE for piece in telling):
            together.add(telling)
        else:
            whole.add(_whole(entry, language))
    alone |= {next(iter(pieces)) for pieces in together if len(pieces) == 1}
    together = {pieces for pieces in together if len(pieces) > 1 and not pieces & alone}
    return _arranged(alone, together, whole)


def _arranged(alone: set[_Piece], together: set[frozenset[_Piece]], whole: set[bytes]) -> _Plan:
    once = hyperscan.HS_FLAG_SINGLEMATCH | hyperscan.HS_FLAG_DOTALL
    plan = _Plan(expressions=[], ids=[], flags=[])
    for piece in sorted(alone, key=lambda one: one.pattern):
        plan.add(piece.pattern, once | hyperscan.HS_FLAG_CASELESS)
    numbers: dict[_Piece, int] = {}
    quietly = once | hyperscan.HS_FLAG_CASELESS | hyperscan.HS_FLAG_QUIET
    for piece in sorted({piece for pieces in together for piece in pieces}, key=lambda one: one.pattern):
        numbers[piece] = plan.add(piece.pattern, quietly)
    for group in sorted(sorted(numbers[piece] for piece in pieces) for pieces in together):
        both = hyperscan.HS_FLAG_COMBINATION | hyperscan.HS_FLAG_SINGLEMATCH
        plan.add(b"&".join(b"%d" % number for number in group), both)
    for pattern in sorted(whole):
        plan.add(pattern, once)
    plan.first_disguise = len(plan.ids)
    for part in DISGUISE_PARTS:
        plan.add(part, hyperscan.HS_FLAG_DOTALL)
    return plan


def _whole(entry: str, language: str) -> bytes:
    """An entry whose words are too short to tell alone, with more between them than the entry allows."""
    parts: list[bytes] = []
    for word in entry_words(entry, language):
        if not word.is_gap:
            parts.extend((word.pattern, _LOOSELY))
        else:
            parts[-1] = b".*"
    return b"".join(parts[:-1])


def _piece(word: EntryWord) -> _Piece:
    """The stretch of the word that tells most for at most `_SPELLINGS` literals."""
    best: tuple[float, int, int, int] = (-1.0, 0, 0, 0)
    for first in range(len(word.letters)):
        spellings, size = 1, 0
        for last in range(first, len(word.letters)):
            spellings *= len(word.letters[last])
            if spellings > _SPELLINGS:
                break
            size += min(map(len, word.letters[last]))
            edges = (first == 0 and word.starts) + (last == len(word.letters) - 1 and word.ends)
            best = max(best, (min(size, _ENOUGH) + 0.5 * edges, -spellings, -size, -first * 1000 - last))
    _, _, _, place = best
    first, last = divmod(-place, 1000)
    stretch: Sequence[tuple[bytes, ...]] = word.letters[first : last + 1]
    literals = frozenset(b"".join(spelled) for spelled in itertools.product(*stretch))
    ends = last == len(word.letters) - 1 and word.ends
    return _Piece(literals, starts=first == 0 and word.starts, ends=ends)
