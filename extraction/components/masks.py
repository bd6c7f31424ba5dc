"""A sentence with its people masked, so that small patterns can say who did what to whom.

Refuses to lose its place: every character of a masked sentence knows where it stood in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from extraction.components.layout import Sentence
from extraction.components.lexis import CLOSE, FIRST, LAST, OPEN

APPOSITIVE = re.compile(
    r",? \([^()]{1,60}\)"
    r"| (?:of|from) (?:(?:no|the|a|an|nearby|north|south|east|west|central)[ -])*[A-Z\u00c0-\u00de][^,;:.]{0,50}?(?=[,;:.]| (?:and|was|were|is|are|has|had|who|on|for|to|with)\b|$)"
    r"|, (?:of|from|an?|the|both|formerly|then|now|resident|residents|no fixed|same address|owner|who|whose|whom|wife|son|"
    r"daughter|s/o|d/o|w/o|hailing|based|living|last|another|alleged|in (?:his|her)|with (?:an?|his|her|a former|no fixed) (?:[a-z]+ )?address|native|originally|"
    r"identified|described|currently|allegedly|both|all|driver|manager|believed|said to|listed|popularly|representing)\b"
    r"(?:[^,;:.\n–]|[.,](?=\d)|(?<=\b[A-Z])\.){0,140}(?=[,;:.\n–]|$)"
    r"|, (?:[a-z-]+ )?(?:father|mother|wife|husband|son|daughter|brother|sister|owner|manager|director|proprietor|leader|head|"
    r"founder|resident|native|member|widow|employee|chairman|partner|operator|keeper|mother-of-\w+|father-of-\w+)s?(?: (?:of|at|in|for|from))? (?:[^,;:.\n–]|[.,](?=\d)|(?<=\b[A-Z])\.){0,80}(?=[,;:.\n–]|$)"
    r"|, (?:[A-Z\u00c0-\u00de][\w’'.-]+(?: [A-Z\u00c0-\u00de][\w’'.-]+){0,3}(?: national| citizen)?)(?=[,;:]|$| and\b| is\b| was\b)"
)
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


def mask(text: str, sentence: Sentence, slots: Sequence[Slot], *, absorb: bool) -> Masked:
    """`sentence` with its slots masked; with `absorb`, appositions after a name vanish into its mask."""
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
        if absorb:
            limit = min((s.start for s in ordered[number + 1 :] if s.start >= end), default=sentence.end)
            end = absorbed(text, end, limit, last=limit >= sentence.end)
        letters = OPEN + "".join(chr(FIRST + p) for p in slot.people) + CLOSE
        out.extend(letters)
        offsets.extend([slot.start] * len(letters))
        at = end
    for i in range(at, sentence.end):
        out.append(text[i])
        offsets.append(i)
    offsets.append(sentence.end)
    return Masked("".join(out), tuple(offsets))


def absorbed(text: str, at: int, limit: int, *, last: bool) -> int:
    """Where the appositions after a name end; never up to `limit` when the next name stands there."""
    for _ in range(4):
        while at < limit and NICKNAME_TAIL.match(text[at : at + 1]) and text[at] not in "'’":
            at += 1
        found = APPOSITIVE.match(text, at, limit)
        if found is None or (found.end() >= limit and not last):
            break
        at = found.end()
    return at


def slots_of(mentions: Iterable[tuple[int, int, int]]) -> list[Slot]:
    """Slots from (start, end, person) triples."""
    return [Slot(start, end, (person,)) for start, end, person in mentions]
