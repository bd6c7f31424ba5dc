"""Countries and their parts in a story: where it is prosecuted, where victims come from.

Refuses a part from a bare mention: a country needs a place, a court or police, or the word for victims beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.swift import Swift
from extraction.model.terms import CountryRole

PLACE = re.compile(r"(?<![\w])[A-Z\u00c0-\u00de][\w’'-]+(?: [A-Z\u00c0-\u00de][\w’'-]+){0,2}")


@dataclass(frozen=True, slots=True)
class CountryFound:
    """A country's part with its span (None: only from the source)."""

    country: str
    role: CountryRole
    span: tuple[int, int] | None
    score: float


class CountryReader:
    """Reads countries by demonyms and places."""

    def __init__(self, lexis: Lexis) -> None:
        self.demonyms = lexis.demonyms
        self.places = lexis.places
        names = sorted(lexis.demonyms, key=len, reverse=True)
        alternatives = "|".join(map(re.escape, names))
        self.nation = Swift(re.compile(rf"(?<![\w-])({alternatives})s?(?![\w-])", re.IGNORECASE))
        either = f"{alternatives}|{'|'.join(re.escape(n.title()) for n in names)}"
        self.force = Swift(lexis.pattern("country.force", demonym=alternatives))
        self.before_court = lexis.pattern("country.before_court", demonym=alternatives)
        self.victim = lexis.pattern("country.victims", demonym_i=either)
        self.court_near = lexis.pattern("country.court_near")

    def mentions(self, text: str) -> list[tuple[int, int, str]]:
        """Every country word of `text` with its span and ISO code."""
        return [(m.start(1), m.end(1), self.demonyms[m[1].lower()]) for m in self.nation.finditer(text)]

    def prosecution(self, layout: Layout, source: str | None) -> list[CountryFound]:
        """Where police and courts act: the source's country, else the one named most; others by their courts."""
        votes: Counter[str] = Counter()
        spans: dict[str, tuple[int, int]] = {}
        for m in self.nation.finditer(layout.text):
            code = self.demonyms[m[1].lower()]
            votes[code] += 1
            spans.setdefault(code, m.span(1))
        for m in PLACE.finditer(layout.text):
            word = m.group()
            codes = self.places.get(word) or self.places.get(word.split(" ")[0])
            if codes:
                votes[codes[0]] += 2 if self.court_near.search(layout.text[m.end() : m.end() + 40]) else 1
                spans.setdefault(codes[0], m.span())
        found: list[CountryFound] = []
        main = source
        if main is None and votes:
            main = votes.most_common(1)[0][0]
        if main is not None:
            span = spans.get(main)
            found.append(CountryFound(main, CountryRole.PROSECUTION, span, 0.9 if span else 0.6))
        for pattern in (self.force, self.before_court):
            for m in pattern.finditer(layout.text):
                code = self.demonyms[m[1].lower()]
                if code not in {f.country for f in found}:
                    found.append(CountryFound(code, CountryRole.PROSECUTION, m.span(1), 0.7))
        return found

    def victims(self, layout: Layout) -> list[CountryFound]:
        """Stated origins of victims."""
        found: dict[str, CountryFound] = {}
        for m in self.victim.finditer(layout.text):
            if m[2]:
                stretch, base = m[2], m.start(2)
                for n in self.nation.finditer(stretch):
                    code = self.demonyms[n[1].lower()]
                    found.setdefault(
                        code,
                        CountryFound(code, CountryRole.VICTIM_ORIGIN, (base + n.start(1), base + n.end(1)), 0.7),
                    )
            else:
                group = next(n for n, word in enumerate(m.groups(), 1) if word)
                code = self.demonyms[m[group].lower()]
                found.setdefault(code, CountryFound(code, CountryRole.VICTIM_ORIGIN, m.span(group), 0.7))
        return list(found.values())
