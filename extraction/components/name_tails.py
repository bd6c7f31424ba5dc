"""What follows a name: nicknames, aliases and ages, and where the phrase ends.

Refuses to go on past what it knows: the phrase ends at the first word that is none of these.
"""

from __future__ import annotations

import re

from extraction.components.layout import Sentence
from extraction.components.lexis import NEVER, Lexis, expand
from extraction.components.name_parts import Token

QUOTED = re.compile(r"(?:(?P<g>«\s?)|[\"“‘'])(?P<q>(?(g)[^«»\n]{2,40}?|[^\"”’'\n]{2,40}))(?(g)\s?»|[\"”’'])")
BRACKETED = re.compile(r" ?\([\"“‘']?(?P<q>[A-Z][^()\d]{1,30}?)[\"”’']?\)")
INNER = re.compile(
    r" \(?[\"“‘'](?P<q>[^\"”’')\d\n]{2,25})[\"”’']\)?((?: (?:[a-z]{1,3} )?[A-Z\u00c0-\u00de][\w'’-]+){1,3})"
)


class TailReader:
    """Reads on from the end of a name."""

    def __init__(self, lexis: Lexis) -> None:
        self.age = lexis.pattern("name.age")
        self.honorific_tail = lexis.pattern("name.honorific_tail")
        self.masked_tail = lexis.optional("name.masked_tail", NEVER)
        words = lexis.lexicon.words
        links = "|".join(expand(w, words) for w in words["alias.links"])
        self.alias_link = re.compile(
            rf"(?:, an? (?!man|woman)(?:[a-z-]+ ){{1,4}}?|\s?[,(]?\s?)(?:{links})(?![A-Za-z]),?[\s:]*",
            re.IGNORECASE,
        )

    def nickname_inside(
        self, text: str, sentence: Sentence, start: int, end: int, words: list[Token]
    ) -> tuple[int, int, list[Token]]:
        """Extend over an inner nickname: Anil "Boysie" Maharaj."""
        m = INNER.match(text, end, sentence.end)
        if m is None:
            tail = self.masked_tail.match(text, end, sentence.end)  # 'Jaime "N"': a family name withheld
            if tail is None:
                return start, end, words
            return start, tail.end(), [*words, Token(tail.group().strip(), tail.start(), tail.end())]
        offset = m.start(2)
        extra = [Token(w.group(), offset + w.start(), offset + w.end()) for w in re.finditer(r"\S+", m.group(2))]
        return start, m.end(), words + extra

    def read(
        self, text: str, sentence: Sentence, end: int
    ) -> tuple[int, int | None, tuple[int, int] | None, tuple[tuple[str, int, int], ...]]:
        """Aliases and age after a name, and where the phrase ends."""
        aliases: list[tuple[str, int, int]] = []
        age: int | None = None
        span: tuple[int, int] | None = None
        at = end
        for _ in range(6):
            if age is None and (m := self.age.match(text, at, sentence.end)):
                group = next(g for g in ("a1", "a2", "a3", "a4", "a5") if m[g])
                number = int(m[group])
                if 10 <= number <= 99:
                    age, span, at = number, m.span(group), m.end()
                    continue
            if m := self.honorific_tail.match(text, at, sentence.end):
                at = m.end()
                continue
            if (m := BRACKETED.match(text, at, sentence.end)) and QUOTED.search(m.group()):
                aliases.append((m["q"], *m.span("q")))
                at = m.end()
                continue
            link = self.alias_link.match(text, at, sentence.end)
            if link is None:
                break
            alias = self.alias_at(text, link.end(), sentence.end)
            if alias is None:
                break
            aliases.append(alias)
            at = alias[2]
            quote_after = re.compile(r",?[\"”’]").match(text, at, sentence.end)
            if quote_after is not None:
                at = quote_after.end()
                late = re.compile(r" (?P<a>\d\d)(?=[,;.)])").match(text, at, sentence.end)
                if late is not None and age is None and quote_after.group()[0] == ",":
                    age, span, at = int(late["a"]), late.span("a"), late.end()
            closing = re.compile(r"\s?»").match(text, at, sentence.end)
            at = closing.end() if closing is not None else at
            while at < sentence.end and text[at] in "\"”’')":
                at += 1
            while m := re.compile(r" (?:and|or|/) ").match(text, at, sentence.end):
                more = QUOTED.match(text, m.end(), sentence.end)
                if more is None:
                    break
                aliases.append((more["q"], *more.span("q")))
                at = more.end()
        return at, age, span, tuple(aliases)

    def alias_at(self, text: str, at: int, end: int) -> tuple[str, int, int] | None:
        """The alias that begins at `at`: a quoted string, or up to three capitalised words."""
        if m := QUOTED.match(text, at, end):
            q = m["q"].rstrip(",.")
            return q, m.start("q"), m.start("q") + len(q)
        m2 = re.compile(r"(?:[A-Z\u00c0-\u00de][\w’'\-]*\.?)(?: [A-Z\u00c0-\u00de][\w’'\-]*){0,2}").match(
            text, at, end
        )
        if m2 is None:
            return None
        return m2.group().rstrip("."), m2.start(), m2.start() + len(m2.group().rstrip("."))
