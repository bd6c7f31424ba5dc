"""Reads one invented text with the rules alone, for the tables on nationality, dates and penalties.

Refuses the trained opinion: a table must not change with the weights.
"""

from __future__ import annotations

from dataclasses import dataclass

from config.reading_lexicons import load_reading_lexicons
from extraction.components.case import Case
from extraction.components.layout import Layout, mend
from extraction.components.lexis import Lexis, bound
from extraction.components.people import Known
from extraction.pipeline import build

NLP = build(load_reading_lexicons()["en"])
LEXIS: Lexis = bound(NLP)


@dataclass(frozen=True)
class Reading:
    """A text as the pipeline laid it out."""

    text: str
    layout: Layout
    case: Case

    def named(self, last: str) -> Known:
        """The accused whose name ends with `last`."""
        return next(k for k in self.case.accused if k.words[-1] == last)


def reading(text: str) -> Reading:
    """Layout and case of a text."""
    doc = NLP(mend(text))
    return Reading(text, doc._.tip_layout, doc._.tip_case)
