"""Words and patterns of nationality that every reader of it shares.

Refuses to decide whose nationality a word says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from extraction.components.case import Case
from extraction.components.lexis import Lexis
from extraction.components.stated import Stated

US = "(?-i:US)|"  # in any case but capitals it is a pronoun
CITIZEN = re.compile(r"(?i)^s? ?-?(?:national|citizen|passport[- ]holder|native|subject|by birth|man\b|woman\b)")


class NationWords:
    """A language's words of nationality; `demonyms` maps each, in small letters, to an ISO code."""

    def __init__(self, lexis: Lexis) -> None:
        self.lexis = lexis
        self.demonyms = dict(lexis.demonyms) | {"us": "us"}
        words = lexis.lexicon.words
        places = frozenset(words["words.nation.countries"])
        self.places = places | {"us"}

        def either(chosen: Sequence[str], more: str = "") -> str:
            return more + "|".join(map(re.escape, sorted(chosen, key=len, reverse=True)))

        self.parts = {
            "demonym": either(list(lexis.demonyms), US),
            "people": either([w for w in lexis.demonyms if w not in places]),
            "country": either([w for w in lexis.demonyms if w in places], US),
        }
        self.things, self.many = self.pattern("things"), self.pattern("many")
        self.not_accused, self.acted_on = self.pattern("not_accused"), self.pattern("acted_on")
        self.blocked = self.pattern("blocked_before")
        self.citizen_rest = lexis.optional("nation.citizen_rest", CITIZEN)
        self.numbers = {w: n for n, w in enumerate(words["words.numbers"])}
        self.capital = not words.get("words.nation_small")  # nationality words begin with a capital
        self.sizes = dict.fromkeys(words["words.nation.two"], 2) | dict.fromkeys(words["words.nation.three"], 3)

    def pattern(self, name: str) -> re.Pattern[str]:
        """`pattern.nation.<name>` with the language's nations in it."""
        return self.lexis.pattern(f"nation.{name}", **self.parts)

    def names_nation(self, words: str) -> bool:
        """True when the words name a nationality."""
        return any(w.strip(",.").lower() in self.demonyms for w in words.split())

    def amount(self, word: str) -> int | None:
        """A number in figures or words."""
        return int(word) if word.isdigit() else self.numbers.get(word.lower())

    def stated(self, word: str, start: int, rule: str, score: float) -> Stated:
        """A `Stated` for a nationality word at `start` of the text."""
        return Stated(self.demonyms[word.lower()], start, start + len(word), rule, score)


def mentions_in(case: Case, index: int) -> list[tuple[int, int, int]]:
    """(start, end, person) of every mention in a sentence, in order."""
    return sorted(
        (m.phrase_start, m.phrase_end, k.index) for k in case.people for m in k.mentions if m.sentence == index
    )


def people_in(case: Case, index: int) -> set[int]:
    """Indices of the people named in a sentence."""
    return {k.index for k in case.people for m in k.mentions if m.sentence == index}
