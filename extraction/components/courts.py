"""Which courts a text names for its own proceedings, as worded ("Kathmandu District Court").

Refuses a court as a place or an address, one of another case or of a career, and "the court" without a name.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.components.case import Case
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis, Rule
from extraction.components.people import Taken

REACH = 60  # characters beside a name in which a word may void it
MANY = 6  # courts of one story; more are a list of courts, and no story's own
FEW = 4  # letters of a word that may be missing in a shorter form of the same name
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class CourtFound:
    """A court's name with its span and the rule that saw it."""

    start: int
    end: int
    rule: Rule


class CourtReader:
    """Finds courts sentence by sentence, only where a word for a court stands at all."""

    def __init__(self, lexis: Lexis) -> None:
        self.head = lexis.pattern("court.head")
        self.rules = lexis.group("court")
        void = lexis.group("court_void")
        self.before = [r.regex for r in void if r.value == "before"]
        self.after = [r.regex for r in void if r.value == "after"]

    def read(self, layout: Layout, case: Case) -> list[CourtFound]:
        """Each court once, in the order of first mention and in its fullest wording."""
        named = Taken((m.start, m.end) for k in case.people if not k.organisation for m in k.mentions)
        found: list[CourtFound] = []
        for index, sentence in enumerate(layout.sentences):
            if index in case.unrelated or sentence.heading:
                continue
            if self.head.search(layout.text, sentence.start, sentence.end) is None:
                continue
            found += [c for c in self.sentence(layout.text, sentence.start, sentence.end) if not meets(named, c)]
        return distinct(layout.text, found)[:MANY]

    def sentence(self, text: str, start: int, end: int) -> list[CourtFound]:
        """Courts of one sentence; of two rules at one place the longer name stands."""
        found: list[CourtFound] = []
        for rule in self.rules:
            found.extend(
                CourtFound(m.start(), m.end(), rule)
                for m in rule.regex.finditer(text, start, end)
                if not self.is_void(text, m, start, end)
            )
        found.sort(key=lambda c: (c.start - c.end, c.start))
        kept: list[CourtFound] = []
        for one in found:
            if not any(one.start < other.end and other.start < one.end for other in kept):
                kept.append(one)
        return sorted(kept, key=lambda c: c.start)

    def is_void(self, text: str, m: re.Match[str], start: int, end: int) -> bool:
        """True where a word before or after makes the court a place, a title or another case's."""
        before = text[max(start, m.start() - REACH) : m.start()]
        after = text[m.end() : min(end, m.end() + REACH)]
        return any(r.search(before) for r in self.before) or any(r.match(after) for r in self.after)


def meets(named: Taken, court: CourtFound) -> bool:
    """True for what is, in part, a person's name."""
    return named.meets(court.start, court.end)


def distinct(text: str, found: Sequence[CourtFound]) -> list[CourtFound]:
    """Without repetitions: a name whose words all stand in another one's is a shorter form of it."""
    forms = [frozenset(w.lower() for w in WORD.findall(text[c.start : c.end]) if len(w) >= FEW) for c in found]
    kept: list[CourtFound] = []
    for n, (one, form) in enumerate(zip(found, forms, strict=True)):
        longer = any(form < other for other in forms)
        again = any(form == other for other in forms[:n])
        if not longer and not again:
            kept.append(one)
    return kept
