"""A text cut where its evidence begins and ends, so that overlapping spans can be shown and clicked.

Refuses to trust an offset: a span that lies outside the text, or is empty, marks nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from storage.records.people import ShownEvidence


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
    held = {i: one for i, one in enumerate(evidence) if 0 <= one.start < one.end <= len(text)}
    cuts = sorted({0, len(text)} | {one.start for one in held.values()} | {one.end for one in held.values()})
    made = []
    for start, end in pairwise(cuts):
        over = [i for i, one in held.items() if one.start <= start and end <= one.end]
        over.sort(key=lambda i: (held[i].end - held[i].start, i))
        begins = tuple(i for i in over if held[i].start == start)
        made.append(Segment(text=text[start:end], spans=tuple(over), begins=begins))
    return tuple(made)
