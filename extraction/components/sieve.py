"""Which rules can match a text at all: each rule's words that must stand there, found for all rules in one pass.

Refuses to decide: a rule that passes the sieve is still to be matched, and one without such words always passes.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from re import _constants as op  # type: ignore[attr-defined]  # the parser's own; a test holds every rule to it
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import re2

SHORTEST = 2
CLAUSES = 3
"""Sets of words that a rule is held to: three sort out nearly all, more cost more than they save."""
PLAIN = frozenset(string.ascii_letters + string.digits + " -'")
LOOKALIKES = re.compile("[\u0130\u0131\u017f\u212a]")
"""What `re.IGNORECASE` takes for i, s and k, and lower-casing does not: such a text passes the sieve whole."""

Clause = frozenset[str]


class Sieve:
    """Rules by position; `passing(text)` yields, in order, those that can match."""

    def __init__(self, patterns: Sequence[re.Pattern[str]]) -> None:
        self._all = range(len(patterns))
        held = [clauses(pattern.pattern, pattern.flags) for pattern in patterns]
        self._words = sorted({word for one in held for clause in one for word in clause})
        self._free = [sum(1 << i for i, one in enumerate(held) if len(one) <= k) for k in range(CLAUSES)]
        self._bits = [
            [sum(1 << i for i, one in enumerate(held) if len(one) > k and word in one[k]) for k in range(CLAUSES)]
            for word in self._words
        ]
        self._set: Any = None
        if self._words:
            options = re2.Options()
            options.log_errors = False
            self._set = re2.Set.SearchSet(options)
            for word in self._words:
                self._set.Add(re2.escape(word))
            self._set.Compile()

    def passing(self, text: str) -> Iterator[int]:
        """Positions of rules that `search` might find in `text`; never leaves one out that would."""
        if self._set is None or LOOKALIKES.search(text):
            yield from self._all
            return
        open_ = list(self._free)
        for found in self._set.Match(text.lower()) or ():  # None when nothing is there
            for k, bits in enumerate(self._bits[found]):
                open_[k] |= bits
        both = open_[0]
        for more in open_[1:]:
            both &= more
        while both:
            low = both & -both
            yield low.bit_length() - 1
            both ^= low


def clauses(pattern: str, flags: int) -> tuple[Clause, ...]:
    """The best sets of words of which a match holds one each, the strictest first; none when nothing is certain.

    Words are lower case and plain ASCII. Without `re.IGNORECASE` they are only laxer than need be.
    """
    found = {one for one in _clauses(parser.parse(pattern, flags & ~re.DEBUG)) if _is_useful(one)}
    return tuple(sorted(found, key=_strictness, reverse=True)[:CLAUSES])


def _is_useful(clause: Clause) -> bool:
    return bool(clause) and min(map(len, clause)) >= SHORTEST


def _strictness(clause: Clause) -> tuple[int, int, list[str]]:
    return min(map(len, clause)), -len(clause), sorted(clause)


def _clauses(parsed: Any) -> list[Clause]:
    """Every set of words that a match of this sequence must hold one of."""
    found: list[Clause] = []
    run = ""
    for code, value in parsed:
        letter = chr(value) if code is op.LITERAL else ""
        if letter in PLAIN and letter:
            run += letter.lower()
            continue
        if run:
            found.append(frozenset({run}))
            run = ""
        found += _of_node(code, value)
    if run:
        found.append(frozenset({run}))
    return found


def _of_node(code: Any, value: Any) -> list[Clause]:
    if code is op.SUBPATTERN:
        return _clauses(value[3])
    if code is op.ATOMIC_GROUP:
        return _clauses(value)
    if code in {op.MAX_REPEAT, op.MIN_REPEAT, op.POSSESSIVE_REPEAT}:
        least, _, inner = value
        return _clauses(inner) if least >= 1 else []
    if code is op.BRANCH:
        best = []
        for branch in value[1]:
            choices = [one for one in _clauses(branch) if _is_useful(one)]
            if not choices:
                return []
            best.append(max(choices, key=_strictness))
        return [frozenset().union(*best)]
    return []  # sets of characters, anchors, assertions, references: nothing that must stand in the match itself
