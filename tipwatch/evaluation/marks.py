"""Where the persons of gold and prediction stand in a text, and the spans that prove facts, for eyes.

Refuses overlaps: the graver mark wins, and of two alike the longer; a name is marked whole or not at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from extraction.model import Role
from tipwatch.evaluation.outcomes import Outcome
from tipwatch.evaluation.readings import Span

FALSE = "false accused"
MISSED = "missed"
FOUND = "accused"
PEOPLE = (FALSE, MISSED, FOUND, *(role.value for role in Role if role is not Role.ACCUSED))
RANK = (*PEOPLE, "stage", "penalty", "nationality", "age", "offences")
"""Labels, the gravest first."""
SHORTEST_PART = 3
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Mark:
    """Characters of the text with a label of `RANK`."""

    start: int
    end: int
    label: str


def marks(text: str, outcome: Outcome, spans: Iterable[Span]) -> tuple[Mark, ...]:
    """Marks in the order of the text, none over another; a proof that holds a name is marked around it."""
    people = list(_people(outcome))
    parts = Counter(part for forms, _ in people for part in {p for form in forms for p in _parts(form)})
    found: list[Mark] = []
    for forms, label in people:
        whole = [form for form in forms if form.strip()]
        lone = [part for form in whole for part in _parts(form) if parts[part] == 1]
        for pattern in (*map(_pattern, whole), *map(_part_pattern, dict.fromkeys(lone))):
            found += [Mark(start=m.start(), end=m.end(), label=label) for m in pattern.finditer(text)]
    for span in spans:
        if 0 <= span.start < span.end <= len(text):
            found.append(Mark(start=span.start, end=span.end, label=span.fact))
    return tuple(_apart(text, found))


def _people(outcome: Outcome) -> Iterator[tuple[tuple[str, ...], str]]:
    for false in outcome.false:
        yield false.said.forms, FALSE
    for missed in outcome.missed:
        yield missed.forms, MISSED
    for found in outcome.found:
        yield (*found.gold.forms, *found.said.forms), FOUND
    known = {person.name for person in (*outcome.missed, *(found.gold for found in outcome.found))}
    for person in outcome.gold.persons:
        if person.name not in known and person.role in RANK:
            yield person.forms, person.role


def _parts(form: str) -> Sequence[str]:
    """First and last word of a name of several words: how the rest of a story calls the person."""
    words = _WORD.findall(form)
    ends = (words[0], words[-1]) if len(words) > 1 else ()
    return [word for word in ends if len(word) >= SHORTEST_PART]


def _pattern(form: str) -> re.Pattern[str]:
    """The words of a name, whatever little stands between them; a name without words is nowhere."""
    words = r"\W{1,3}".join(map(re.escape, _WORD.findall(form))) or "(?!)"
    return re.compile(rf"(?<!\w){words}(?!\w)", re.IGNORECASE)


def _part_pattern(word: str) -> re.Pattern[str]:
    """One word counts as spelt, or in capitals."""
    return re.compile(rf"(?<!\w)(?:{re.escape(word)}|{re.escape(word.upper())})(?!\w)")


def _apart(text: str, found: Iterable[Mark]) -> list[Mark]:
    kept: list[Mark] = []
    for mark in sorted(found, key=lambda m: (RANK.index(m.label), m.start - m.end, m.start)):
        pieces = list(_uncovered(text, mark, kept))
        if pieces == [mark] or mark.label not in PEOPLE:
            kept += pieces
    return sorted(kept, key=lambda m: m.start)


def _uncovered(text: str, mark: Mark, kept: Iterable[Mark]) -> Iterator[Mark]:
    """What other marks leave of this one, without spaces at its ends: a name within a proof splits the proof."""
    at = mark.start
    over = sorted((one.start, one.end) for one in kept if one.start < mark.end and mark.start < one.end)
    for start, end in (*over, (mark.end, mark.end)):
        piece = text[at:start]
        if piece.strip():
            left = at + len(piece) - len(piece.lstrip())
            yield Mark(start=left, end=left + len(piece.strip()), label=mark.label)
        at = max(at, end)
