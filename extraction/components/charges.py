"""What the accused are charged with: charge texts after their cues, offences by category, the story's purpose.

Refuses categories by statute numbers alone, save those that mean trafficking by name.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis
from extraction.model.terms import Offence


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


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the trafficking of a story is for, and whether its victims are minors or adults."""

    kind: str | None  # "sex", "labour", "organ"
    minor: bool
    adult: bool

    def offence(self) -> Offence:
        """The category of "trafficking" without a stated purpose in this story."""
        match self.kind:
            case "sex":
                return Offence.CHILD_SEX_TRAFFICKING if self.minor else Offence.SEX_TRAFFICKING
            case "labour":
                return Offence.LABOUR_TRAFFICKING
            case "organ":
                return Offence.ORGAN_TRAFFICKING
            case _:
                return Offence.TRAFFICKING_UNSPECIFIED


class ChargeReader:
    """Finds charge texts and maps them to categories."""

    def __init__(self, lexis: Lexis) -> None:
        self.offence_rules = lexis.group("offence")
        self.tip_rules = lexis.group("tip")
        self.purpose_rules = lexis.group("purpose")
        self.minor_rules = lexis.group("minor")
        self.introduces = lexis.pattern("charge.introduces")
        self.formal = lexis.pattern("charge.formal")
        self.stops = lexis.pattern("charge.stops")
        self.enhancement = lexis.pattern("charge.enhancement")
        self.along = lexis.pattern("charge.along")
        self.added = lexis.pattern("charge.added")
        self.parts = lexis.pattern("charge.parts")
        self.same = lexis.pattern("charge.same")
        self.harbouring = lexis.pattern("charge.harbouring")
        self.statute = lexis.pattern("charge.statute")
        self.section = lexis.pattern("charge.section")
        self.general = lexis.pattern("charge.general")
        self.minor_words = lexis.pattern("charge.minor")

    def purpose(self, text: str, title: str | None) -> Purpose:
        """Weigh purpose words; the headline and the first third count more."""
        third = max(len(text) // 3, 600)
        weights: dict[str, float] = {}
        for rule in self.purpose_rules:
            hits = [m.start() for m in rule.regex.finditer(text)]
            weights[rule.value] = sum(2.0 if h < third else 1.0 for h in hits)
            weights[rule.value] += 3.0 * len(rule.regex.findall(title or ""))
        kind = max(weights, key=lambda k: weights[k]) if weights and max(weights.values()) >= 1 else None
        head = f"{title or ''}\n{text[: max(len(text) // 2, 1500)]}"
        minor = sum(len(r.regex.findall(head)) for r in self.minor_rules if r.value == "minor")
        adult = sum(len(r.regex.findall(head)) for r in self.minor_rules if r.value == "adult")
        return Purpose(kind, minor >= 2 and minor * 1.5 >= adult, adult > 0)

    def categories(self, text: str, purpose: Purpose) -> frozenset[Offence]:
        """Categories of one charge text."""
        text = self.enhancement.sub("", text)
        found = {Offence(r.value) for r in self.offence_rules if r.regex.search(text)}
        found |= self.trafficking(text, purpose)
        if not found and self.harbouring.search(text):
            found.add(Offence.IMMIGRATION)
        return frozenset(found)

    def trafficking(self, text: str, purpose: Purpose) -> set[Offence]:
        """Trafficking categories, each part of a list read for itself."""
        found: set[Offence] = set()
        generic = plain_sex = False
        for part in self.parts.split(text):
            hits = {r.value for r in self.tip_rules if r.regex.search(part)}
            minor = bool(self.minor_words.search(part))
            if "organ_trafficking" in hits:
                found.add(Offence.ORGAN_TRAFFICKING)
            elif "labour_trafficking" in hits:
                found.add(Offence.LABOUR_TRAFFICKING)
            elif "sex_trafficking" in hits:
                found.add(Offence.CHILD_SEX_TRAFFICKING if minor else Offence.SEX_TRAFFICKING)
                plain_sex = plain_sex or not minor
            elif "trafficking" in hits and minor and purpose.kind == "sex":
                found.add(Offence.CHILD_SEX_TRAFFICKING)
            elif "trafficking" in hits:
                generic = True
        child = Offence.CHILD_SEX_TRAFFICKING in found
        if generic:
            found.add(Offence.SEX_TRAFFICKING if child else purpose.offence())
        if plain_sex and not child and purpose.minor:
            found.discard(Offence.SEX_TRAFFICKING)
            found.add(Offence.CHILD_SEX_TRAFFICKING)
        return found

    def find(self, layout: Layout, case: Case, purpose: Purpose) -> list[ChargeFound]:
        """Charge texts with their people, then those on everybody."""
        accused = {k.index for k in case.accused}
        found: list[ChargeFound] = []
        used: set[int] = set()
        for cue in case.cues:
            if cue.group not in ("stage", "accused") or not accused.intersection(cue.people):
                continue
            sentence = layout.sentences[cue.sentence]
            for start, end, formal in self.spans(
                layout, case, sentence, cue.sentence, cue.start, cue.end, cue.people
            ):
                mine = tuple(p for p in cue.people if p in accused)
                added = bool(self.added.search(layout.text, cue.start, min(start + 12, end)))
                charge = self.make(layout.text, start, end, purpose, mine, formal=formal, added=added)
                if charge is not None:
                    found.append(charge)
                    used.add(cue.sentence)
        for index, sentence in enumerate(layout.sentences):
            if index in used or index in case.unrelated:
                continue
            named = any(m.sentence == index for k in case.accused for m in k.mentions)
            if named or sentence.heading:
                continue
            text = layout.text[sentence.start : sentence.end]
            m = self.general.search(text)
            if m is None:
                continue
            begin = m.start() if m.group().lower().startswith("section") else m.end()
            charge = self.make(layout.text, sentence.start + begin, sentence.end, purpose, ())
            if charge is not None:
                found.append(charge)
        return self.with_same(layout.text, found)

    def with_same(self, text: str, found: list[ChargeFound]) -> list[ChargeFound]:
        """ "The same offences, plus ..." takes those of the nearest charge before it."""
        ordered = sorted(found, key=lambda c: c.start)
        filled: list[ChargeFound] = []
        for found_charge in ordered:
            charge = found_charge
            if self.same.search(text[charge.start : charge.end]):
                before = [c for c in filled if c.end <= charge.start and c.offences]
                if before:
                    charge = replace(charge, offences=charge.offences | before[-1].offences)
            if charge.offences:
                filled.append(charge)
        return filled

    def spans(  # noqa: PLR0917
        self,
        layout: Layout,
        case: Case,
        sentence: Sentence,
        index: int,
        start: int,
        end: int,
        people: Sequence[int],
    ) -> Iterator[tuple[int, int, bool]]:
        """Where a charge text may stand: after the cue, up to the next person who is not of the cue."""
        limit = sentence.end
        for known in case.people:
            for m in known.mentions:
                if m.sentence == index and m.start >= end and known.index not in people and not known.organisation:
                    limit = min(limit, m.phrase_start)
        intro = self.introduces.search(layout.text, max(start, 0), limit)
        if intro is None and limit < sentence.end:
            intro, limit = self.along.search(layout.text, end, sentence.end), sentence.end
        if intro is None:
            return
        begin = intro.end()
        stop = self.stops.search(layout.text, begin, limit)
        yield begin, stop.start() if stop else limit, bool(self.formal.search(intro.group()))

    def make(
        self,
        text: str,
        start: int,
        end: int,
        purpose: Purpose,
        people: tuple[int, ...],
        *,
        formal: bool = True,
        added: bool = False,
    ) -> ChargeFound | None:
        """A charge from a stretch of text, None when it names no offence."""
        while start < end and not text[start].isalnum():
            start += 1
        while end > start and text[end - 1] in ' ,;:.–—-\n"“”':
            end -= 1
        words = text[start:end]
        offences = self.categories(words, purpose)
        if not offences and not self.same.search(words):
            return None
        statute, section = self.statute.search(words), self.section.search(words)
        return ChargeFound(
            start,
            end,
            offences,
            people,
            statute.group(1).strip() if statute else None,
            section.group(1) if section else None,
            formal,
            added,
        )
