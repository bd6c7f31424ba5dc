"""A small fact as the text states it: value, span, rule and score.

Refuses a value without its span.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stated:
    """A value with the span that states it and the rule that read it."""

    value: str
    start: int
    end: int
    rule: str
    score: float
