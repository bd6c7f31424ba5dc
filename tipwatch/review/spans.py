"""A text cut where its evidence begins and ends, so that overlapping spans can be shown and clicked.

Refuses to trust an offset: a span that lies outside the text, or is empty, marks nothing.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.records.people import ShownEvidence

MOST = 500
"""Spans that a page shows: a text has dozens; thousands come of a broken reading, and would freeze a browser."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """A piece of the text. `spans` are the indices of the evidence that covers it, the shortest first.

    `begins` are those of them that begin here.
    """

    text: str
    spans: tuple[int, ...] = ()
    begins: tuple[int, ...] = ()


def segments(text: str, evidence: Sequence[ShownEvidence]) -> tuple[Segment, ...]:
    """The text in order, joined again it is the text itself; offsets count code points.

    >>> one = ShownEvidence(fact="name", start=0, end=2, quote="ab", rule="r", score=1.0)
    >>> [(piece.text, piece.spans) for piece in segments("abc", [one])]
    [('ab', (0,)), ('c', ())]
    """
    begin: dict[int, list[tuple[int, int]]] = {}
    end: dict[int, list[tuple[int, int]]] = {}
    for i, one in enumerate(evidence):
        if 0 <= one.start < one.end <= len(text):
            key = (one.end - one.start, i)
            begin.setdefault(one.start, []).append(key)
            end.setdefault(one.end, []).append(key)
    made: list[Segment] = []
    over: list[tuple[int, int]] = []  # what covers the piece, the shortest first
    for here, after in pairwise(sorted({0, len(text)} | begin.keys() | end.keys())):
        for key in end.get(here, ()):
            del over[bisect_left(over, key)]
        begun = sorted(begin.get(here, ()))
        for key in begun:
            insort(over, key)
        made.append(
            Segment(text=text[here:after], spans=tuple(i for _, i in over), begins=tuple(i for _, i in begun))
        )
    return tuple(made)


def fewer(evidence: Sequence[ShownEvidence], most: int = MOST) -> tuple[ShownEvidence, ...]:
    """At most so many spans, in their order: of each fact the first before the second of any."""
    if len(evidence) <= most:
        return tuple(evidence)
    counted: Counter[str] = Counter()
    ranks = []
    for i, one in enumerate(evidence):
        ranks.append((counted[one.fact], i))
        counted[one.fact] += 1
    return tuple(evidence[i] for i in sorted(i for _, i in sorted(ranks)[:most]))
