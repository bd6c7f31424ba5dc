"""The pieces that names are made of: a name with its span, words, and the signs around a run of capitals.

Refuses to find anything: these are what the finders hand on.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extraction.model.terms import Role

WORD = re.compile(
    r"(?:[^\W\d_]\.){1,4}(?=[\s,]|[^\W\d_])|[as]/[lpo]\b|[^\W\d_][\w]*(?:[’'\-][^\W\d_][\w]*)*\.?|\d[\w,.]*|[^\w\s]|\n"
)
INITIALS = re.compile(r"^(?:[A-Z]\.){1,4}[A-Z]?\.?$")
LONE = 2.0  # a single capital after a preposition is a place


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One mention. `start`:`end` is the name, `phrase_start`:`phrase_end` with titles, aliases and age."""

    start: int
    end: int
    words: tuple[str, ...]
    phrase_start: int
    phrase_end: int
    score: float
    role: Role | None = None  # what its title says
    title: str = ""
    age: int | None = None
    age_span: tuple[int, int] | None = None
    aliases: tuple[tuple[str, int, int], ...] = ()
    organisation: bool = False
    tagged: bool = False  # the trained tagger sees a person here


@dataclass(slots=True)
class Token:
    """A word with its span."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about a run of capitals when its surroundings are weighed."""

    titled: bool
    noun_before: bool
    aged: bool
    day: bool
    several: bool

    def weight(self, value: str, score: float) -> float:
        """The signed weight of a rule, zero where its condition does not hold."""
        match value:
            case "for":
                return score
            case "against":
                return -score
            case "against_untitled":
                return 0.0 if self.titled else -score
            case "against_bare":
                return 0.0 if self.titled or self.noun_before else -(score if self.several else LONE)
            case "against_day":
                return -score if self.day else 0.0
            case "against_ageless":
                return 0.0 if self.titled or self.aged else -score
            case _:
                raise ValueError(value)


def is_capital(word: str) -> bool:
    """True when `word` begins with a capital letter."""
    return word[0].isalpha() and word[0].isupper() and not any(c.isdigit() for c in word)
