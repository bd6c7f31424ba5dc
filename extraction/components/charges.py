"""What the accused are charged with: each charge in the shortest words that name it, and whose it is.

Refuses what stands around a charge: courts, dates, penalties and the telling of what happened are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis
from extraction.components.offences import OffenceReader, Purpose, Reading
from extraction.components.statutes import Citation, StatuteReader
from extraction.model.statutes import PURPOSES, CitedLaw
from extraction.model.terms import Offence

MARKS = " ,;:.–—-\n\"“”'‘’()[]"
FEW = 4  # characters of the shortest offence that no rule knows ("one count of ...")
ROW = "0123456789ivxIVX#*"  # what may stand before the name in a row: numbers and marks
LINES = 8  # lines after a colon that may be a list of charges
LONG_LINE = 260
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
class Stretch:
    """Where charges stand: after the word that introduces them, up to the end of what it governs."""

    start: int
    end: int
    people: tuple[int, ...]
    formal: bool
    added: bool = False


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
        self.statutes = StatuteReader(lexis)
        self.introduces = lexis.pattern("charge.intro")
        self.formal = lexis.pattern("charge.formal")
        self.stops = lexis.pattern("charge.ends")
        self.enhancement = lexis.pattern("charge.enhancement")
        self.along = lexis.pattern("charge.along")
        self.added = lexis.pattern("charge.beside")
        self.same = lexis.pattern("charge.same")
        self.statute = lexis.pattern("charge.law")
        self.section = lexis.pattern("charge.section")
        self.general = lexis.pattern("charge.everybody")
        self.denied = lexis.pattern("charge.denied")
        self.drugs = lexis.pattern("charge.drugs")
        self.human = lexis.pattern("charge.human")
        self.single = lexis.pattern("charge.single")
        self.several = lexis.pattern("charge.several")
        self.aside = lexis.pattern("charge.aside")
        self.row = lexis.pattern("charge.row")
        self.split = lexis.pattern("charge.split")
        self.head = lexis.pattern("charge.head")
        self.tail = lexis.pattern("charge.tail")
        self.parenthesis = lexis.pattern("charge.parenthesis")
        self.noise = lexis.pattern("charge.noise")
        self.link = lexis.pattern("charge.link")
        self.clause = lexis.pattern("charge.clause")
        self.count = lexis.pattern("charge.count")

    def purpose(self, text: str, title: str | None) -> Purpose:
        """What the story's trafficking is for."""
        return self.offences.purpose(text, title)

    def find(self, layout: Layout, case: Case, purpose: Purpose, country: str | None = None) -> list[ChargeFound]:
        """Charges with their people, then those on everybody; `country` prosecutes (alpha-2, lower case)."""
        stretches = [*self.of_cues(layout, case)]
        stretches += [*self.of_mentions(layout, case, stretches)]
        used = {index for index, _ in stretches}
        stretches += [*self.of_everybody(layout, case, used)]
        named = sorted({(m.phrase_start, m.phrase_end) for k in case.people for m in k.mentions})
        found: list[ChargeFound] = []
        for index, stretch in stretches:
            sentence = layout.sentences[index]
            cited = self.statutes.read(layout.text, sentence.start, max(stretch.end, sentence.end), country)
            cited = [c for c in cited if c.end > stretch.start - BEFORE and c.start < stretch.end]
            found.extend(self.charges(layout.text, stretch, purpose, named, cited))
        return self.with_same(layout.text, list(dict.fromkeys(found)))

    def of_cues(self, layout: Layout, case: Case) -> Iterator[tuple[int, Stretch]]:
        """Stretches that a cue on an accused introduces, with the sentence's index."""
        accused = {k.index for k in case.accused}
        for cue in case.cues:
            if cue.group not in ("stage", "accused") or not accused.intersection(cue.people):
                continue
            sentence = layout.sentences[cue.sentence]
            span = self.span(layout, case, sentence, cue.sentence, cue.start, cue.end, cue.people)
            if span is None:
                continue
            start, end, formal = span
            mine = tuple(p for p in cue.people if p in accused)
            added = bool(self.added.search(layout.text, cue.start, min(start + 12, end)))
            yield cue.sentence, Stretch(start, self.with_lines(layout, cue.sentence, end), mine, formal, added)

    def of_mentions(
        self, layout: Layout, case: Case, found: Sequence[tuple[int, Stretch]]
    ) -> Iterator[tuple[int, Stretch]]:
        """Stretches after the names of accused for whom no cue opened one: in sentences, and in rows of lists."""
        served = {person for _, stretch in found for person in stretch.people}
        for known in case.accused:
            if known.index in served:
                continue
            for m in known.mentions:
                sentence = layout.sentences[m.sentence]
                if m.sentence in case.unrelated:
                    continue
                row = self.row.match(layout.text, m.phrase_end, sentence.end)
                if row is not None and not layout.text[sentence.start : m.phrase_start].strip(MARKS + ROW):
                    limit = self.limit(layout, case, m.sentence, m.phrase_end, (known.index,))
                    yield m.sentence, Stretch(row.end(), max(limit, row.end()), (known.index,), formal=True)
                    continue
                if sentence.heading:
                    continue
                span = self.span(layout, case, sentence, m.sentence, m.phrase_end, m.phrase_end, (known.index,))
                if span is not None and span[2]:
                    yield m.sentence, Stretch(span[0], span[1], (known.index,), formal=True)

    def of_everybody(self, layout: Layout, case: Case, used: set[int]) -> Iterator[tuple[int, Stretch]]:
        """Stretches of sentences that speak of charges and name nobody."""
        named = {m.sentence for k in case.accused for m in k.mentions}
        for index, sentence in enumerate(layout.sentences):
            if index in used or index in case.unrelated or index in named or sentence.heading:
                continue
            found = self.opening(layout.text, self.general, sentence.start, sentence.end)
            if found is None or self.denied.search(layout.text[sentence.start : found[2]]):
                continue
            begin, end, _ = found
            people: tuple[int, ...] = ()
            lead = layout.text[sentence.start : begin]
            if case.accused and self.single.search(lead) and not self.several.search(lead):
                people = (case.accused[0].index,)
            yield index, Stretch(begin, self.with_lines(layout, index, end), people, formal=True)

    def opening(self, text: str, pattern: re.Pattern[str], start: int, limit: int) -> tuple[int, int, int] | None:
        """Begin and end of the first stretch that names an offence, and the end of what opened it."""
        first: tuple[int, int, int] | None = None
        for m in pattern.finditer(text, start, limit):
            begin = m.start() if m.group().lower().startswith("section") else m.end()
            stop = self.stops.search(text, begin, limit)
            end = stop.start() if stop else limit
            first = first or (begin, end, m.end())
            if self.offences.read(text[begin:end]):
                return begin, end, m.end()
        return first

    def span(  # noqa: PLR0917
        self,
        layout: Layout,
        case: Case,
        sentence: Sentence,
        index: int,
        start: int,
        end: int,
        people: Sequence[int],
    ) -> tuple[int, int, bool] | None:
        """Where charges may stand: after the cue, up to the next person who is not of the cue."""
        limit = self.limit(layout, case, index, end, people)
        intro = self.opening(layout.text, self.introduces, max(start, 0), limit)
        if intro is None and limit < sentence.end:
            intro = self.opening(layout.text, self.along, end, sentence.end)
        if intro is None:
            return None
        begin, until, opened = intro
        return begin, until, bool(self.formal.search(layout.text[max(start, 0) : opened]))

    def limit(self, layout: Layout, case: Case, index: int, after: int, people: Sequence[int]) -> int:
        """Where the next person stands who is not of `people`, or the sentence's end."""
        end = layout.sentences[index].end
        for known in case.people:
            for m in known.mentions:
                if (
                    m.sentence == index
                    and m.start >= after
                    and known.index not in people
                    and not known.organisation
                ):
                    end = min(end, m.phrase_start)
        return end

    def with_lines(self, layout: Layout, index: int, end: int) -> int:
        """The end of a stretch; a sentence that ends in a colon goes on over the lines of its list."""
        sentence = layout.sentences[index]
        if end != sentence.end or layout.text[end - 1 : end] != ":":
            return end
        for line in layout.sentences[index + 1 : index + 1 + LINES]:
            words = layout.text[line.start : line.end]
            if len(words) > LONG_LINE or not self.offences.read(words):
                break
            end = line.end
        return end

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
        beside = Offence.CHILD_SEX_TRAFFICKING in faced and not reading.minor and not reading.same
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
