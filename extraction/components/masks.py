"""A sentence with its people masked, so that small patterns can say who did what to whom.

Refuses to lose its place: every character of a masked sentence knows where it stood in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.components.layout import Sentence
from extraction.components.lexis import CLOSE, FIRST, LAST, OPEN

NICKNAME_TAIL = re.compile(r"^[\"”’')]")


@dataclass(frozen=True, slots=True)
class Masked:
    """`text` with masks; `offsets[i]` is where character i stood, `offsets[-1]` the end."""

    text: str
    offsets: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The original span of `text[start:end]`, without outer spaces."""
        while start < end and self.text[start] == " ":
            start += 1
        return self.offsets[start], max(self.offsets[end], self.offsets[start] + 1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of text to be masked with the people whom it means."""

    start: int
    end: int
    people: tuple[int, ...]


def people_of(mask: str) -> tuple[int, ...]:
    """Indices of the people in a matched stretch."""
    return tuple(dict.fromkeys(ord(c) - FIRST for c in mask if FIRST <= ord(c) <= LAST))


def mask(text: str, sentence: Sentence, slots: Sequence[Slot], *, appositive: re.Pattern[str] | None) -> Masked:
    """`sentence` with its slots masked; with `appositive`, appositions after a name vanish into its mask."""
    out: list[str] = []
    offsets: list[int] = []
    at = sentence.start
    ordered = sorted(slots, key=lambda s: s.start)
    for number, slot in enumerate(ordered):
        if slot.start < at:
            continue
        for i in range(at, slot.start):
            out.append(text[i])
            offsets.append(i)
        end = slot.end
        if appositive is not None:
            limit = min((s.start for s in ordered[number + 1 :] if s.start >= end), default=sentence.end)
            end = absorbed(text, end, limit, appositive, last=limit >= sentence.end)
        letters = OPEN + "".join(chr(FIRST + p) for p in slot.people) + CLOSE
        out.extend(letters)
        offsets.extend([slot.start] * len(letters))
        at = end
    for i in range(at, sentence.end):
        out.append(text[i])
        offsets.append(i)
    offsets.append(sentence.end)
    return Masked("".join(out), tuple(offsets))


def absorbed(text: str, at: int, limit: int, appositive: re.Pattern[str], *, last: bool) -> int:
    """Where the appositions after a name end; never up to `limit` when the next name stands there."""
    for _ in range(4):
        while at < limit and NICKNAME_TAIL.match(text[at : at + 1]) and text[at] not in "'’":
            at += 1
        found = appositive.match(text, at, limit)
        if found is None or (found.end() >= limit and not last):
            break
        at = found.end()
    return at


def slots_of(mentions: Iterable[tuple[int, int, int]]) -> list[Slot]:
    """Slots from (start, end, person) triples."""
    return [Slot(start, end, (person,)) for start, end, person in mentions]
