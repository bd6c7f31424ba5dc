"""What the accused are charged with: each charge in the shortest words that name it, and whose it is.

Refuses what stands around a charge: courts, dates, penalties and the telling of what happened are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction.components.case import Case
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.offences import OffenceReader, Purpose, Reading
from extraction.components.statutes import Citation, StatuteReader
from extraction.components.stretches import MARKS, Stretch, StretchReader
from extraction.model.statutes import PURPOSES, CitedLaw
from extraction.model.terms import Offence

FEW = 4  # characters of the shortest offence that no rule knows ("one count of ...")
LAW = "\u00a7"  # stands for every character of a cited law
OPEN = frozenset({Offence.TRAFFICKING_UNSPECIFIED, *PURPOSES})  # what "trafficking" alone may mean
TRAFFICKING = frozenset(PURPOSES)
BEFORE = 40  # characters before a stretch in which a law may still be meant ("under section 370 for ...")
SHORT = 5  # words of a part without an offence that may begin the next one ("recruiting, harbouring and ...")


@dataclass(frozen=True, slots=True)
class ChargeFound:
    """A charge text with what it means. `people` is empty for a charge on everybody."""

    start: int
    end: int
    offences: frozenset[Offence]
    people: tuple[int, ...]
    statute: str | None
    section: str | None
    formal: bool = True
    added: bool = False  # beside charges named elsewhere ("also charged with")
    laws: tuple[CitedLaw, ...] = ()
    bare: bool = False  # a law is cited, and no words say for what


@dataclass(frozen=True, slots=True)
class Item:
    """One charge of a stretch: the span of its words, and how they read."""

    start: int
    end: int
    reading: Reading


class ChargeReader:
    """Finds charges and maps them to categories."""

    def __init__(self, lexis: Lexis) -> None:
        self.offences = OffenceReader(lexis)
        self.stretches = StretchReader(lexis, self.offences)
        self.statutes = StatuteReader(lexis)
        self.enhancement = lexis.pattern("charge.enhancement")
        self.same = lexis.pattern("charge.same")
        self.statute = lexis.pattern("charge.law")
        self.section = lexis.pattern("charge.section")
        self.drugs = lexis.pattern("charge.drugs")
        self.human = lexis.pattern("charge.human")
        self.aside = lexis.pattern("charge.aside")
        self.split = lexis.pattern("charge.split")
        self.head = lexis.pattern("charge.head")
        self.tail = lexis.pattern("charge.tail")
        self.parenthesis = lexis.pattern("charge.parenthesis")
        self.noise = lexis.pattern("charge.noise")
        self.link = lexis.pattern("charge.link")
        self.clause = lexis.pattern("charge.clause")
        self.count = lexis.pattern("charge.count")
        self.one_victim = "charge.one_victim" in lexis.lexicon.words

    def purpose(self, text: str, title: str | None) -> Purpose:
        """What the story's trafficking is for."""
        return self.offences.purpose(text, title)

    def find(self, layout: Layout, case: Case, purpose: Purpose, country: str | None = None) -> list[ChargeFound]:
        """Charges with their people, then those on everybody; `country` prosecutes (alpha-2, lower case)."""
        named = sorted({(m.phrase_start, m.phrase_end) for k in case.people for m in k.mentions})
        found: list[ChargeFound] = []
        for index, stretch in self.stretches.find(layout, case):
            sentence = layout.sentences[index]
            cited = self.statutes.read(layout.text, sentence.start, max(stretch.end, sentence.end), country)
            cited = [c for c in cited if c.end > stretch.start - BEFORE and c.start < stretch.end]
            found.extend(self.charges(layout.text, stretch, purpose, named, cited))
        return self.with_same(layout.text, list(dict.fromkeys(found)))

    def charges(
        self,
        text: str,
        stretch: Stretch,
        purpose: Purpose,
        named: Sequence[tuple[int, int]],
        cited: Sequence[Citation],
    ) -> Iterator[ChargeFound]:
        """The charges of one stretch, each with the laws cited for it."""
        words = text[stretch.start : stretch.end]
        plain = self.without_laws(text, stretch, cited)
        items = [
            whole
            for item in self.items(plain, stretch.start, stretch.end)
            if (whole := self.without_names(plain, item, named)) is not None
        ]
        same = self.same.search(text, stretch.start, stretch.end)
        if same is not None and not any(i.start <= same.start() < i.end for i in items):
            end = items[0].start if items and items[0].start > same.start() else stretch.end
            items.insert(0, Item(*self.trim(text, same.start(), end, same.start()), Reading(frozenset())))
        if not items:
            yield from self.bare(cited, stretch, purpose)
            return
        faced = {o for item in items for o in item.reading.offences}
        if any(item.reading.generic and item.reading.minor for item in items) and purpose.kind == "sex":
            faced.add(Offence.CHILD_SEX_TRAFFICKING)
        if self.drugs.search(words):
            items = [
                i if self.human.search(text, i.start, i.end) else Item(i.start, i.end, as_drugs(i.reading))
                for i in items
            ]
        counted = bool(self.count.search(words))
        young = any(item.reading.minor for item in items)
        statute, section = self.statute.search(words), self.section.search(words)
        for item, laws in zip(items, share(items, cited), strict=True):
            reading = with_laws(item.reading, laws)
            yield ChargeFound(
                item.start,
                item.end,
                self.settle(reading, faced, purpose, counted=counted, young=young),
                stretch.people,
                laws[0].title if laws else statute.group(1).strip() if statute else None,
                sections_of(laws) if laws else section.group(1) if section else None,
                stretch.formal,
                stretch.added,
                laws,
            )

    def bare(self, cited: Sequence[Citation], stretch: Stretch, purpose: Purpose) -> Iterator[ChargeFound]:
        """Laws that stand alone: the citation is the charge."""
        for citation in cited:
            if not citation.offences:
                continue
            reading = with_laws(Reading(frozenset(), generic=True), citation.laws)
            offences = self.settle(reading, set(), purpose, counted=False, young=False)
            yield ChargeFound(
                citation.start,
                citation.end,
                offences,
                stretch.people,
                citation.laws[0].title,
                sections_of(citation.laws),
                stretch.formal,
                stretch.added,
                citation.laws,
                bare=True,
            )

    def settle(
        self, reading: Reading, faced: set[Offence], purpose: Purpose, *, counted: bool, young: bool
    ) -> frozenset[Offence]:
        """A charge's categories; an open purpose or age is read from its neighbours, then the story."""
        found = set(reading.offences)
        beside = Offence.CHILD_SEX_TRAFFICKING in faced and not (reading.minor or reading.same or self.one_victim)
        minor = reading.minor or (not reading.adult and (young if counted else young or purpose.minor))
        minor = minor and (reading.minor or not (beside or (counted and purpose.grown)))
        if reading.generic:
            apart = beside or reading.adult or (counted and young and purpose.grown)
            found.add(purpose.offence(minor=minor or (purpose.minor and not apart)))
        if Offence.SEX_TRAFFICKING in found and minor:
            found = found - {Offence.SEX_TRAFFICKING} | {Offence.CHILD_SEX_TRAFFICKING}
        return frozenset(found)

    def without_names(self, text: str, item: Item, named: Sequence[tuple[int, int]]) -> Item | None:
        """A charge without the people whom its words name: what stands before them, or else after."""
        inside = [(a, b) for a, b in named if a < item.end and item.start < b]
        if not inside:
            return item
        for start, end in ((item.start, inside[0][0]), (inside[-1][1], item.end)):
            if start < end and (reading := self.offences.read(text[start:end])):
                head, last = self.trim(text, start, end, start + reading.at)
                if head < last:
                    return Item(head, last, reading)
        return None

    def without_laws(self, text: str, stretch: Stretch, cited: Sequence[Citation]) -> str:
        """`text` up to the stretch's end, laws and sections blanked: the name of an act is no charge."""
        words = text[stretch.start : stretch.end]
        for pattern in (self.offences.unit, self.statutes.names, self.statute, self.section):
            words = pattern.sub(lambda m: LAW * len(m.group()), words)
        plain = text[: stretch.start] + words
        for citation in cited:
            inner = self.parenthesis.search(plain, citation.start, citation.end)
            gap = (inner.start(), inner.end()) if inner else (citation.end, citation.end)
            for a, b in ((citation.start, gap[0]), (gap[1], citation.end)):
                first, last = max(a, stretch.start), min(b, stretch.end)
                if first < last:
                    plain = plain[:first] + LAW * (last - first) + plain[last:]
        return plain

    def items(self, text: str, start: int, end: int) -> Iterator[Item]:
        """Charges of a stretch, in order: parts between commas and "and" that name an offence."""
        cut = self.enhancement.search(text, start, end)
        end = cut.start() if cut else end
        bounds = [(m.start(), m.end()) for m in self.split.finditer(text, start, end)]
        parts = list(zip([start, *(b for _, b in bounds)], [*(a for a, _ in bounds), end], strict=True))
        held: int | None = None
        for first, last in parts:
            if self.aside.match(text, first, last):
                return
            begin = first if held is None else held
            stop = self.clause.search(text, first, last)
            until = stop.start() if stop else last
            reading = self.offences.read(text[begin:until])
            head, tail = self.trim(text, begin, until, begin + reading.at)
            counted = self.count.match(text, first, until)
            if not reading and counted and not stop and until - counted.end() >= FEW and head < tail:
                reading = Reading(frozenset({Offence.OTHER}))
            if reading and head < tail:
                yield Item(head, tail, reading)
            few = len(text[begin:until].split()) <= SHORT and text[until - 1 : until] not in ".!?"
            held = begin if not reading and few and not stop and head < tail else None
            if reading and stop:
                return

    def trim(self, text: str, start: int, end: int, at: int) -> tuple[int, int]:
        """The span without counts, terms and courts before the offence, and laws, dates and places after it."""
        head = self.head.match(text, start, end)
        if head is not None and head.end() < end:
            start = head.end()
        if start < at and self.noise.search(text, start, at):
            links = list(self.link.finditer(text, start, at))
            start = links[-1].end() if links else start
        tail = self.tail.search(text, max(start, at), end)
        if tail is not None and tail.start() > start:
            end = tail.start()
        while start < end and text[start] in MARKS + LAW:
            start += 1
        while end > start and text[end - 1] in MARKS + LAW:
            end -= 1
        return start, end

    def with_same(self, text: str, found: list[ChargeFound]) -> list[ChargeFound]:
        """ "The same offences, plus ..." takes those of the nearest charge before it."""
        ordered = sorted(found, key=lambda c: (c.start, c.end))
        filled: list[ChargeFound] = []
        for found_charge in ordered:
            charge = found_charge
            if self.same.search(text[charge.start : charge.end]):
                before = [c for c in filled if c.end <= charge.start and c.offences]
                if before:
                    kin = {o for c in before if c.people == before[-1].people for o in c.offences}
                    charge = replace(charge, offences=charge.offences | kin)
            if charge.offences:
                filled.append(charge)
        return filled


def share(items: Sequence[Item], cited: Sequence[Citation]) -> list[tuple[CitedLaw, ...]]:
    """The laws of each charge: those cited after it and before the next one; one without takes them all."""
    every = tuple(dict.fromkeys(law for c in cited for law in c.laws))
    shares: list[tuple[CitedLaw, ...]] = []
    for n, item in enumerate(items):
        until = items[n + 1].start if n + 1 < len(items) else None
        mine = [c for c in cited if c.end > item.start and (until is None or c.start < until)]
        own = tuple(dict.fromkeys(law for c in mine for law in c.laws)) or every
        shares.append(tuple(law for law in own if is_of(law, item.reading)) or own)
    return shares


def as_drugs(reading: Reading) -> Reading:
    """ "Trafficking" beside the name of a drug, or of the law on drugs, is not of persons."""
    if not reading.generic or reading.offences - {Offence.VIOLENCE_WEAPONS_DRUGS}:
        return reading
    return Reading(frozenset({Offence.VIOLENCE_WEAPONS_DRUGS}))


def is_of(law: CitedLaw, reading: Reading) -> bool:
    """True when a section charges what the words name."""
    generic = reading.generic and bool(law.offences & OPEN)
    return generic or bool(law.offences & reading.offences)


def with_laws(reading: Reading, laws: Sequence[CitedLaw]) -> Reading:
    """A reading with what its sections fix: an open purpose, and trafficking beside what the words name."""
    fixed = frozenset(o for law in laws for o in law.offences) - {Offence.TRAFFICKING_UNSPECIFIED}
    if not reading.generic:
        kin = frozenset(o for law in laws if law.offences & reading.offences for o in law.offences & TRAFFICKING)
        return replace(reading, offences=reading.offences | kin)
    open_too = any(Offence.TRAFFICKING_UNSPECIFIED in law.offences for law in laws)
    if not fixed or (reading.offences and open_too):
        return reading
    return replace(reading, offences=reading.offences | fixed, generic=open_too)


def sections_of(laws: Sequence[CitedLaw]) -> str | None:
    """Sections of the first law as cited."""
    first = [law.section for law in laws if law.statute == laws[0].statute and law.section is not None]
    return ", ".join(first) or None
