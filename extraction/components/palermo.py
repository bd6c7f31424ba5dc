"""Act, means and purpose of trafficking, and the ILO's indicators, where the text states them of its case.

Refuses what is denied, supposed or said of another case; and a finding: it quotes, a reader concludes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from extraction.components.case import Case
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis, Rule
from extraction.model.palermo import VALUES, ElementKind

MANY = 3  # quotes of one element; more say nothing new
BEFORE = 80  # characters before a match in which a word may take it back


@dataclass(frozen=True, slots=True)
class ElementFound:
    """One element with its span and the rule that saw it."""

    kind: ElementKind
    value: str
    start: int
    end: int
    rule: Rule


class PalermoReader:
    """Reads elements sentence by sentence."""

    def __init__(self, lexis: Lexis) -> None:
        self.rules = [(*element_of(rule), rule) for rule in lexis.group("palermo")]
        self.void = lexis.group("palermo_void")

    def read(self, layout: Layout, case: Case) -> list[ElementFound]:
        """Elements in the order of their kinds and first quotes, at most three quotes each."""
        found: list[ElementFound] = []
        for kind, value, rule in self.rules:
            mine: list[ElementFound] = []
            for index, sentence in enumerate(layout.sentences):
                if index in case.unrelated or len(mine) == MANY:
                    continue
                mine.extend(
                    ElementFound(kind, value, start, end, rule)
                    for start, end in self.spans(layout.text, sentence.start, sentence.end, rule)
                )
            found.extend(mine[:MANY])
        return found

    def spans(self, text: str, start: int, end: int, rule: Rule) -> Iterator[tuple[int, int]]:
        """The first match of one rule in one sentence that no word before it takes back."""
        for m in rule.regex.finditer(text, start, end):
            before = text[max(start, m.start() - BEFORE) : m.start()]
            if not any(r.regex.search(before) for r in self.void):
                yield m.span()
                return


def element_of(rule: Rule) -> tuple[ElementKind, str]:
    """A rule's kind and value; ValueError names the rule when it says what is in no list."""
    kind, _, value = rule.value.partition(".")
    if kind not in frozenset(ElementKind) or value not in VALUES[ElementKind(kind)]:
        raise ValueError(f"rule {rule.id}: {rule.value} is no element")
    return ElementKind(kind), value
