"""Runs of capitalised words, and which of them are titles.

Refuses to weigh: whether a run is a name is `names.py`'s work.
"""

from __future__ import annotations

from collections.abc import Iterator

from extraction.components.layout import Sentence
from extraction.components.lexis import NEVER, Lexis
from extraction.components.name_parts import INITIALS, WORD, Token, is_capital

SHORT_TITLE = 3
SPOKEN_TITLES = {
    "mr",
    "mrs",
    "ms",
    "mx",
    "dr",
    "sr",
    "fr",
    "det",
    "lt",
    "col",
    "gen",
    "maj",
    "sgt",
    "cpl",
    "sir",
    "mdm",
    "adv",
    "one",
    "hon",
    "rev",
    "sen",
    "rep",
    "cst",
    "smt",
    "pol",
}


class RunCutter:
    """Cuts sentences into runs of capitals, and runs into titles and words."""

    def __init__(self, lexis: Lexis) -> None:
        s = lexis.sets
        self.word = lexis.optional("name.word", WORD)
        self.plain_start = lexis.optional("name.plain_start", NEVER)
        self.place_words = lexis.place_words
        self.particles = s["words.particles"]
        self.spoken = SPOKEN_TITLES | s.get("words.spoken_titles", frozenset())
        self.also_names = s.get("words.title_or_name", frozenset())
        self.of_places = s.get("words.title_of_place", frozenset())
        self.official = s["titles.official"]
        kinds = ("plain", "official", "lawyer", "witness", "victim", "other")
        self.every_title = frozenset().union(*(s[f"titles.{kind}"] for kind in kinds))

    def cut(self, text: str, sentence: Sentence, lower: set[str]) -> Iterator[list[Token]]:
        """Maximal runs of capitalised words joined by single spaces or particles."""
        tokens = [
            Token(m.group(), m.start(), m.end()) for m in self.word.finditer(text, sentence.start, sentence.end)
        ]
        for token in tokens:  # a full stop belongs to initials and abbreviations only
            if token.text.endswith(".") and len(token.text) > 4:
                token.text, token.end = token.text[:-1], token.end - 1
            if token.text[-2:] in ("'s", "’s"):
                token.text, token.end = token.text[:-2], token.end - 2
        i = 0
        while i < len(tokens):
            if not is_capital(tokens[i].text):
                i += 1
                continue
            j = i + 1
            while j < len(tokens) and text[tokens[j - 1].end : tokens[j].start] in (" ", ""):
                here = tokens[j].text
                adjacent = tokens[j].start == tokens[j - 1].end
                if adjacent and not tokens[j - 1].text.endswith((".", "'", "’")):
                    break
                if is_capital(here) or (
                    here.lower() in self.particles
                    and j + 1 < len(tokens)
                    and (is_capital(tokens[j + 1].text) or tokens[j + 1].text.lower() in self.particles)
                    and text[tokens[j].end : tokens[j + 1].start] == " " * (here[-1] not in "'’")
                ):
                    j += 1
                else:
                    break
            run = tokens[i:j]
            first = run[0]
            if (
                first.start == sentence.start
                and len(run) > 1
                and (first.text.lower() in lower or self.plain_start.fullmatch(first.text))
                and not self.is_title(first)
            ):
                run = run[1:]
            yield run
            i = j

    def is_title(self, token: Token) -> bool:
        """True for a title word, also with a number or hyphenated part ("Judge-II")."""
        word = token.text.lower().rstrip(".")
        if len(word) <= SHORT_TITLE and word not in self.spoken and not token.text.rstrip(".").isupper():
            return False
        return word in self.every_title or word.split("-")[0] in self.official

    def is_worn(self, run: list[Token], k: int) -> bool:
        """True for a title that is no name as well ("Hakim"), or that stands first or behind other titles."""
        if k and k == len(run) - 1 and INITIALS.match(run[k].text):
            return False  # "Sonia M." is no Mister
        return run[k].text.lower() not in self.also_names or all(self.is_title(t) for t in run[:k])

    def behind_titles(self, run: list[Token]) -> int:
        """Where the words of a run begin, behind the last title that is worn."""
        return max((k + 1 for k, t in enumerate(run) if self.is_title(t) and self.is_worn(run, k)), default=0)

    def without_place(self, titles: list[Token], words: list[Token]) -> list[Token]:
        """ "Bupati Malang X": the words behind an office's place, where the language writes it so."""
        if not titles or titles[-1].text.lower() not in self.of_places:
            return words
        for n in (3, 2, 1):
            if len(words) > n and " ".join(w.text.lower() for w in words[:n]) in self.place_words:
                return words[n:]
        return words
