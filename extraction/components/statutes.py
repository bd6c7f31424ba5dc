"""Laws that a text cites, by the maintained table of national statutes: statute, section, and what it charges.

Refuses to take a name that many countries share ("Penal Code") for a law of a country that does not prosecute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.components.lexis import NEVER, Lexis
from extraction.model.statutes import CitedLaw, Section, Statute
from extraction.model.terms import Offence

REACH = 200  # characters between a section and the law named after a list of them
LIST = 80  # characters of a list of numbers before a law
BRACKETS = re.compile(r"\([^()]*\)$")
JOIN = re.compile(r"\W*(?:\([^()]*\))?\W*(?:of|under|in|from)?\s*(?:the\s+)?", re.IGNORECASE)
LETTERED = re.compile(
    r"\s+|\.?[º°]|[–-]+(?=[^\W\d])"
)  # "145 bis" and "145bis", "188-A", "188 A" and "188A" are one
SIGN = r"(?:n(?:r?o|um|úm|[uú]mero|um[eé]ro|omor|umber|r)?\s?[.°º]{0,2}\s?)"  # "No. 21", "n.º 6/2008", "N° 28950"
SIGNED = re.compile(rf"(?<=\s){SIGN}(?=\d)", re.IGNORECASE)
YEAR = r",?\s(?:(?:of|de|tahun)\s)?(?:18|19|20)\d\d"


@dataclass(frozen=True, slots=True)
class Citation:
    """A law cited at a span: the section's words and the name's, when both stand there."""

    start: int
    end: int
    laws: tuple[CitedLaw, ...]

    @property
    def offences(self) -> frozenset[Offence]:
        """What the cited sections charge; of a bare statute what it charges as a whole."""
        return frozenset(o for law in self.laws for o in law.offences)


@dataclass(frozen=True, slots=True)
class _Named:
    start: int
    end: int
    statutes: tuple[Statute, ...]


class StatuteReader:
    """Finds citations by the statutes' names and the language's word for a section."""

    def __init__(self, lexis: Lexis) -> None:
        self.by_name: dict[str, list[tuple[Statute, bool]]] = {}
        for statute in lexis.lexicon.statutes:
            for name in statute.names:
                self.by_name.setdefault(key(name), []).append((statute, True))
            for name in statute.shared_names:
                self.by_name.setdefault(key(name), []).append((statute, False))
        names = sorted(self.by_name, key=len, reverse=True)
        alternatives = "|".join(spelt(n) for n in names)
        self.names = re.compile(
            rf"(?<![\w-])(?:{alternatives})(?![\w-])(?:{YEAR}\b)?" if names else r"(?!)",
            re.IGNORECASE,
        )
        self.sections = lexis.pattern("law.sections")
        self.number = lexis.pattern("law.number")
        self.before = lexis.pattern("law.before")
        self.breaks = lexis.pattern("law.breaks")
        self.join = lexis.optional("law.join", JOIN)
        self.title = lexis.optional("law.title", NEVER)  # "UU 21/2007 tentang ...": the words that follow a number

    def read(self, text: str, start: int, end: int, country: str | None) -> list[Citation]:
        """Citations of one sentence, in order; `country` prosecutes and decides names that many countries have."""
        named = list(self.named(text, start, end, country))
        found: list[Citation] = []
        used: set[int] = set()
        for cite in self.sections.finditer(text, start, end):
            numbers = [m.group() for m in self.number.finditer(text, cite.start("list"), cite.end("list"))]
            law = self.law_of(text, cite, named)
            if law is None or not numbers:
                continue
            used.add(law.start)
            joined = self.join.fullmatch(text, cite.end(), law.start) if law.start >= cite.end() else None
            near = self.titled(text, law) if joined else cite.end()
            first = law.start if law.end <= cite.start() <= law.end + 3 else cite.start()
            quote = text[first:near]
            laws = tuple(cited for n in numbers for cited in self.cited(law.statutes, n, quote))
            found.append(Citation(first, near, laws))
        found.extend(self.alone(text, law) for law in named if law.start not in used)
        return sorted(found, key=lambda c: (c.start, c.end))

    def alone(self, text: str, law: _Named) -> Citation:
        """A law without the word "section": numbers beside it ("370/372 IPC"), else all of it is meant."""
        listed = self.before.search(text, max(0, law.start - LIST), law.start)
        if listed is not None:
            quote = text[listed.start() : law.end]
            numbers = [m.group() for m in self.number.finditer(listed.group())]
            laws = tuple(x for n in numbers for x in self.cited(law.statutes, n, quote) if x.heading is not None)
            if laws:
                return Citation(listed.start(), law.end, laws)
        m = self.number.match(text, law.end + 1)
        if m is not None and text[law.end] == " " and any(find_section(s, m.group()) for s in law.statutes):
            laws = tuple(self.cited(law.statutes, m.group(), text[law.start : m.end()]))
            return Citation(law.start, m.end(), laws)
        end = self.titled(text, law)
        quote = text[law.start : end]
        return Citation(law.start, end, tuple(whole(s, quote) for s in law.statutes[:1]))

    def titled(self, text: str, law: _Named) -> int:
        """Where a law's name ends, with the title that follows its number."""
        title = self.title.match(text, law.end)
        return title.end() if title else law.end

    def named(self, text: str, start: int, end: int, country: str | None) -> Iterator[_Named]:
        """Laws by name; a short name in brackets after the long one is the same law."""
        last: _Named | None = None
        for m in self.names.finditer(text, start, end):
            full = key(m.group())
            entries = self.by_name.get(full) or self.by_name.get(
                key(re.sub(rf"{YEAR}$", "", m.group(), flags=re.IGNORECASE))
            )
            if not entries:
                continue
            home = tuple(s for s, _ in entries if s.country == country)
            own = tuple(s for s, own in entries if own)
            statutes = home or own
            if not statutes:
                continue
            if last is not None and last.statutes[0] == statutes[0] and text[last.end : m.start()] in (" (", ", "):
                continue
            last = _Named(m.start(), m.end(), statutes)
            yield last

    def law_of(self, text: str, cite: re.Match[str], named: Sequence[_Named]) -> _Named | None:
        """The law that a section is of: the next one named, unless a clause ends between; else the one before."""
        after = next((n for n in named if n.start >= cite.end()), None)
        before = next((n for n in reversed(named) if n.end <= cite.start()), None)
        if after is not None and self.join.fullmatch(text, cite.end(), after.start):
            return after
        if before is not None and not text[before.end : cite.start()].strip(" ,’'s"):
            return before
        if after is not None:
            between = text[cite.end() : after.start]
            if len(between) <= REACH and self.breaks.search(between) is None:
                return after
        return before

    def cited(self, statutes: Sequence[Statute], number: str, quote: str) -> Iterator[CitedLaw]:
        """The section of the first statute that has it; without one the statute alone, its section as cited."""
        for statute in statutes:
            section = find_section(statute, number)
            if section is not None:
                yield CitedLaw(
                    statute=statute.id,
                    title=statute.title,
                    country=statute.country,
                    quote=quote,
                    section=number,
                    heading=section.title,
                    offences=frozenset(section.offences),
                    acts=section.acts,
                    means=section.means,
                    purposes=section.purposes,
                    iccs=section.iccs,
                )
                return
        for statute in statutes[:1]:
            yield CitedLaw(
                statute=statute.id, title=statute.title, country=statute.country, quote=quote, section=number
            )


def find_section(statute: Statute, number: str) -> Section | None:
    """The entry of a cited number; "370(4)" falls back to "370"; "4-A" is "4A"."""
    wanted = number.strip(" .,")
    while wanted:
        for section in statute.sections:
            if compact(section.number) == compact(wanted):
                return section
        shorter = BRACKETS.sub("", wanted).strip()
        if shorter == wanted:
            return None
        wanted = shorter
    return None


def whole(statute: Statute, quote: str) -> CitedLaw:
    """A statute cited without a section."""
    return CitedLaw(
        statute=statute.id,
        title=statute.title,
        country=statute.country,
        quote=quote,
        offences=frozenset(statute.offences),
    )


def compact(number: str) -> str:
    """A section's number as it is compared: "145 bis", "145BIS" and "145bis"; "188-A" and "188A"."""
    return LETTERED.sub("", number.lower().replace("á", "a"))


def spelt(name: str) -> str:
    """The pattern of a name in lower case: any spaces and apostrophes, any sign before a number."""
    pattern = re.escape(name).replace("\\ ", r"\s+").replace("'", "['’]")
    return re.sub(r"\\s\+(?=\d)", lambda _: rf"\s+{SIGN}?", pattern)


def key(name: str) -> str:
    """A name as it is compared: case, apostrophes, spaces and the sign of its number aside."""
    return SIGNED.sub("", re.sub(r"\s+", " ", name.lower().replace("’", "'")))
