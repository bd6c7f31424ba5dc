"""What a court imposed on one person: terms, fines and the rest, out of that person's own statement.

Refuses what is only possible or asked for ("faces up to 20 years"), and what another defendant got.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from extraction.components.case import Case
from extraction.components.cues import Cue
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.money import MoneyReader, Sum
from extraction.components.people import Known
from extraction.components.stages import stage_of
from extraction.model.facts import Evidence, Money, Penalty
from extraction.model.terms import Regime, Running, Stage

YEAR, WEEK_DAYS, PAIR = 12, 7, 2
BESIDE = 120  # characters before and after a duration that say what it is
SHORT = 40  # characters in which "suspended" follows its part of a term
MAX_MONTHS = 12_000
KINDS = ("suspension", "suspended", "minimum", "default", "served", "supervision",
         "probation", "community", "prison")  # fmt: skip
UNITS = ("year", "month", "week", "day", "hour")
FIRM = KINDS[:5]  # kinds that the words before decide, whatever stands behind


@dataclass(frozen=True, slots=True)
class Term:
    """A duration with what it is ("prison", "probation"); `months` is None where only days or hours are said."""

    kind: str
    months: int | None
    days: int | None
    start: int
    end: int
    total: bool = False


@dataclass(slots=True)
class Imposed:
    """One person's penalty while it is being read; `start`:`end` its span in the text."""

    start: int
    end: int
    terms: list[Term] = field(default_factory=list)
    life: bool = False
    death: bool = False
    suspended: bool = False
    fine: Sum | None = None
    restitution: Sum | None = None
    option_of_fine: bool = False
    regime: Regime | None = None
    running: Running | None = None
    time_served: bool = False
    strokes: int | None = None

    def first(self, kind: str) -> int | None:
        """Months of the longest term of a kind."""
        found = [t.months for t in self.terms if t.kind == kind and t.months is not None]
        return max(found) if found else None

    def prison(self) -> int | None:
        """Months in prison: the total where stated, the sum of consecutive terms, else the longest."""
        kind = "prison" if any(t.kind == "prison" for t in self.terms) else "suspended"
        terms = [t for t in self.terms if t.kind == kind and t.months is not None]
        total = [t.months for t in terms if t.total]
        months = [t.months for t in terms if t.months is not None]
        if total and total[0] is not None:
            return total[0]
        return sum(months) if self.running is Running.CONSECUTIVE and months else max(months, default=None)

    def days(self) -> int | None:
        """Days in prison, where the whole term is said in days or weeks."""
        return max((t.days for t in self.terms if t.kind == "prison" and t.days is not None), default=None)

    def fact(self, proof: Evidence, text: str) -> Penalty:
        """The penalty as a fact; `text` is the article's, of which `proof` quotes a stretch."""

        def money(found: Sum | None) -> Money | None:
            if found is None:
                return None
            return Money(text=text[found.start : found.end], amount=found.amount, currency=found.currency)

        months = self.prison()
        return Penalty(
            text=proof.quote,
            evidence=proof,
            months=None if self.life or self.death else months,
            days=self.days() if months is None else None,
            life=self.life,
            death=self.death,
            suspended=self.suspended,
            suspended_months=self.first("suspended"),
            minimum_months=self.first("minimum"),
            default_months=self.first("default"),
            probation_months=self.first("probation"),
            supervision_months=self.first("supervision"),
            community_hours=next((t.days for t in self.terms if t.kind == "community"), None),
            strokes=self.strokes,
            fine=None if self.fine is None else text[self.fine.start : self.fine.end],
            fine_money=money(self.fine),
            option_of_fine=self.option_of_fine,
            restitution=money(self.restitution),
            regime=self.regime,
            running=self.running,
            time_served=self.time_served,
        )

    @property
    def is_empty(self) -> bool:
        """True when nothing was read."""
        nothing = not (self.terms or self.life or self.death or self.suspended or self.time_served)
        return nothing and self.fine is None and self.restitution is None and self.strokes is None


class PenaltyReader:
    """Reads the penalties of each person."""

    def __init__(self, lexis: Lexis) -> None:
        def pattern(name: str) -> re.Pattern[str]:
            return lexis.pattern(f"penalty.{name}", num=lexis.lexicon.words["pattern.penalty.number"][0])

        words = lexis.lexicon.words
        self.duration, self.bare, self.strokes = pattern("duration"), pattern("bare"), pattern("strokes")
        self.life, self.death, self.suspended = pattern("life"), pattern("death"), pattern("suspended")
        self.void, self.void_after, self.crime = pattern("void"), pattern("void_after"), pattern("crime")
        self.before = {k: pattern(f"kind.{k}") for k in KINDS if f"pattern.penalty.kind.{k}" in words}
        self.after = {k: pattern(f"kind.{k}_after") for k in KINDS if f"pattern.penalty.kind.{k}_after" in words}
        self.total, self.served = pattern("total"), pattern("served")
        self.running = ((Running.CONCURRENT, pattern("concurrent")), (Running.CONSECUTIVE, pattern("consecutive")))
        self.regimes = (
            (Regime.RIGOROUS, pattern("rigorous")),
            (Regime.SIMPLE, pattern("simple")),
            (Regime.HARD_LABOUR, pattern("hard_labour")),
        )
        self.option, self.no_option = pattern("option"), pattern("no_option")
        self.fine_before, self.fine_after = pattern("fine_before"), pattern("fine_after")
        self.repay_before, self.repay_after = pattern("restitution_before"), pattern("restitution_after")
        self.money_void, self.each = pattern("money_void"), pattern("each")
        self.respectively, self.goes_on = pattern("respectively"), pattern("goes_on")
        self.pair = pattern("pair")
        self.past, self.sentencing, self.many = pattern("past"), pattern("sentencing"), pattern("many")
        self.money_void_after = pattern("money_void_after")
        self.money = MoneyReader(lexis)
        self.units = {w: n for n, w in enumerate(words["words.numbers"])} | {"a": 1, "an": 1}
        for one, more in zip(
            words.get("words.numbers_same", ()), words.get("words.numbers_more", ()), strict=True
        ):
            self.units[more] = self.units[one]
        self.tens = {w: (n + 2) * 10 for n, w in enumerate(words["penalty.tens"])}
        self.halves = frozenset(words.get("penalty.half", ()))  # "oito anos e meio"
        self.unit_of = {w: unit for unit in UNITS for w in words.get(f"penalty.units.{unit}", ())}

    def read(
        self, layout: Layout, case: Case, known: Known, country: str | None, lead: tuple[int, int] | None
    ) -> list[Imposed]:
        """Penalties imposed on `known`; `lead` is the span of the stage's proof, which may be a lead on nobody."""
        found = self.own(layout, case, known, country) or self.named(layout, case, known, country)
        if found or lead is None:
            return found
        index = next((i for i, s in enumerate(layout.sentences) if s.start <= lead[0] < s.end), None)
        if index is None or any(m.sentence == index for k in case.accused if k is not known for m in k.mentions):
            return []
        s = layout.sentences[index]
        imposed = self.parse(layout.text, s.start, s.end, country)
        if imposed.is_empty or not (
            len(case.accused) == 1 or self.speaks_of_all(layout, case, index, imposed, country)
        ):
            return []
        return [imposed]

    def speaks_of_all(self, layout: Layout, case: Case, index: int, imposed: Imposed, country: str | None) -> bool:
        """ "Three siblings got ten years": one penalty for as many accused as have none of their own."""
        if sum(t.kind == "prison" for t in imposed.terms) + imposed.life > 1:
            return False
        s = layout.sentences[index]
        without = [k for k in case.accused if not self.own(layout, case, k, country)]
        many = self.many.search(layout.text, s.start, s.end)
        number = self.number(many["n"]) if many else None
        return number == len(without) or (number is None and len(without) == len(case.accused))

    def named(self, layout: Layout, case: Case, known: Known, country: str | None) -> list[Imposed]:
        """A sentence that names this accused alone and states a term with a word of sentencing."""
        for index in sorted({m.sentence for m in known.mentions} - case.unrelated):
            s = layout.sentences[index]
            if any(m.sentence == index for k in case.accused if k is not known for m in k.mentions):
                continue
            if self.is_owner(layout, known, index) or not self.sentencing.search(layout.text, s.start, s.end):
                continue
            imposed = self.parse(layout.text, s.start, s.end, country)
            if imposed.prison() is not None or imposed.life or imposed.death:
                return [imposed]
        return []

    def own(self, layout: Layout, case: Case, known: Known, country: str | None) -> list[Imposed]:
        """Penalties in sentences that name the person, or go on about them; replaced ones only if alone."""
        found: list[tuple[bool, Imposed]] = []
        for start, end, share in self.statements(layout, case, known):
            imposed = self.parse(layout.text, start, end, country, share)
            if not imposed.is_empty and all(not same(imposed, other) for _, other in found):
                found.append((self.past.search(layout.text, start, end) is not None, imposed))
        lasting = [one for past, one in found if not past]
        return lasting or [one for _, one in found]

    def statements(
        self, layout: Layout, case: Case, known: Known
    ) -> Iterator[tuple[int, int, tuple[int, int] | None]]:
        """Spans that sentence this person, with (place, people) where terms are dealt out "respectively"."""
        cues = [
            c
            for c in case.cues
            if known.index in c.people
            and c.group == "stage"
            and stage_of(c) is Stage.SENTENCED
            and c.sentence not in case.unrelated
        ]
        seen: set[int] = set()
        for cue in sorted(cues, key=lambda c: (not c.named, c.sentence, c.start)):
            if cue.sentence in seen or self.is_owner(layout, known, cue.sentence):
                continue
            seen.add(cue.sentence)
            start, end = self.share(layout, case, known, cue)
            place = None
            s = layout.sentences[cue.sentence]
            pair = len(cue.people) == PAIR and self.pair.search(layout.text, s.start, s.end)
            if len(cue.people) > 1 and (pair or self.respectively.search(layout.text, s.start, s.end)):
                place = (cue.people.index(known.index), len(cue.people))
                start, end = s.start, s.end
            yield start, end, place
            yield from self.going_on(layout, case, known, cue.sentence, seen)

    def is_owner(self, layout: Layout, known: Known, index: int) -> bool:
        """True where the person is named only as whose accomplice somebody is: "X's driver got ten years"."""
        here = [m for m in known.mentions if m.sentence == index]
        return bool(here) and all(layout.text[m.end : m.end + 2] in ("'s", "’s") for m in here)

    def share(self, layout: Layout, case: Case, known: Known, cue: Cue) -> tuple[int, int]:
        """The part of a sentence that is about this person: from the accused before to the accused after."""
        s = layout.sentences[cue.sentence]
        here = sorted(
            (m.phrase_start, m.phrase_end, k.index)
            for k in case.accused
            for m in k.mentions
            if m.sentence == cue.sentence
        )
        dealt = self.dealt(layout, here, known, s.end)
        if dealt is not None:
            return dealt
        own = [(a, e) for a, e, p in here if p in cue.people]
        first = min([a for a, _ in own], default=cue.start)
        last = max([e for _, e in own if e <= cue.end], default=cue.end)
        others = [(a, e) for a, e, p in here if p not in cue.people]
        start = max([e for a, e in others if a < min(first, cue.start)], default=s.start)
        end = min([a for a, _ in others if a >= max(last, cue.start)], default=s.end)
        return min(start, cue.start), max(end, min(cue.end, s.end))

    def dealt(
        self, layout: Layout, here: list[tuple[int, int, int]], known: Known, end: int
    ) -> tuple[int, int] | None:
        """ "X to ten years, Y and Z to five years each": the first part behind the name that holds a term."""
        parts = [(e, here[n + 1][0] if n + 1 < len(here) else end, p) for n, (_, e, p) in enumerate(here)]
        full = [self.holds_term(layout.text[a:e]) for a, e, _ in parts]
        if sum(full) < 2:
            return None
        place = next((n for n, (_, _, p) in enumerate(parts) if p == known.index), None)
        if place is None:
            return None
        return next(((a, e) for (a, e, _), has in zip(parts[place:], full[place:], strict=True) if has), None)

    def holds_term(self, words: str) -> bool:
        """True when a stretch states a term of its own."""
        return any(t.kind in ("prison", "probation", "suspended") for t in self.terms(words)) or bool(
            self.life.search(words)
        )

    def going_on(
        self, layout: Layout, case: Case, known: Known, index: int, seen: set[int]
    ) -> Iterator[tuple[int, int, None]]:
        """The next sentences of the paragraph that go on about the same person: "He was also fined"."""
        alone = {k.index for k in case.accused for m in k.mentions if m.sentence == index} <= {known.index}
        block = layout.sentences[index].block
        for later in range(index + 1, min(index + 3, len(layout.sentences))):
            s = layout.sentences[later]
            others = any(m.sentence == later for k in case.accused if k is not known for m in k.mentions)
            words = layout.text[s.start : s.end]
            if later in seen or s.block != block or others or not alone or not self.goes_on.match(words):
                return
            seen.add(later)
            yield s.start, s.end, None

    def parse(
        self, text: str, start: int, end: int, country: str | None, share: tuple[int, int] | None = None
    ) -> Imposed:
        """Everything imposed in a stretch of text."""
        words = text[start:end]
        made = Imposed(start, end)
        spans: list[tuple[int, int]] = []
        terms = list(self.terms(words))
        if share is not None:
            prison = [t for t in terms if t.kind == "prison"]
            pair = self.pair.search(words) if share[1] == PAIR else None
            if pair is not None and not self.is_void(words[: pair.start()]):
                number = self.real(pair[share[0] + 1])
                terms = [Term("prison", None if number is None else round(number * YEAR), None, *pair.span())]
            elif len(prison) == share[1]:
                terms = [prison[share[0]]]
        for term in terms:
            made.terms.append(term)
            spans.append((term.start, term.end))
        for flag, pattern in (("life", self.life), ("death", self.death)):
            m = next((m for m in pattern.finditer(words) if not self.is_void(words[: m.start()])), None)
            if m is not None:
                setattr(made, flag, True)
                spans.append(m.span())
        self.add_money(made, words, start, country, spans)
        made.suspended = any(t.kind.startswith("suspen") for t in terms) or bool(
            spans and self.suspended.search(words)
        )
        made.option_of_fine = bool(self.option.search(words)) and not self.no_option.search(words)
        made.regime = next((r for r, p in self.regimes if p.search(words)), None) if spans else None
        made.running = next((r for r, p in self.running if p.search(words)), None) if spans else None
        made.time_served = bool(self.served.search(words)) or any(t.kind == "served" for t in terms)
        strokes = self.strokes.search(words)
        if strokes is not None and not self.is_void(words[: strokes.start()]):
            made.strokes = self.number(strokes["n"])
            spans.append(strokes.span())
        if spans:
            made.start, made.end = start + min(a for a, _ in spans), start + max(e for _, e in spans)
        return made

    def terms(self, words: str) -> Iterator[Term]:
        """Durations that are penalties."""
        taken = 0
        for m in self.duration.finditer(words):
            left, right = words[max(0, m.start() - BESIDE) : m.start()], words[m.end() : m.end() + BESIDE]
            if self.void_after.match(right) or self.is_void(left):
                continue
            if m["n"].lower() == "a" and m["u"].lower() in ("day", "hour"):
                continue
            kind = self.kind(left, right)
            if kind is None or (
                kind == "prison" and self.crime.search(left) and not self.after["prison"].match(right)
            ):
                continue
            months, days = self.length(m, kind)
            if months is None and days is None:
                continue
            total = bool(self.total.search(left) or self.total.match(right))
            taken += 1
            yield Term(kind, months, days, m.start(), m.end(), total)
        if not taken:
            for m in self.bare.finditer(words):
                number = self.number(m["n"])
                if number is not None and not self.is_void(words[: m.start()]):
                    yield Term("prison", number * YEAR, None, m.start("n"), m.end("n"))

    def kind(self, left: str, right: str) -> str | None:
        """What a duration is, by the words beside it; None when it is no penalty."""
        for kind in KINDS[:-1]:
            if kind in self.after and self.after[kind].match(right):
                return kind
        for kind in FIRM:
            if self.before[kind].search(left):
                if kind == "suspended" and "suspend" not in left + right[:SHORT]:
                    continue
                return kind
        if self.after["prison"].match(right):
            return "prison"
        return next((k for k in KINDS if k not in FIRM and k in self.before and self.before[k].search(left)), None)

    def is_void(self, left: str) -> bool:
        """True after words of possibility or demand, in the same clause."""
        return bool(self.void.search(left))

    def length(self, m: re.Match[str], kind: str) -> tuple[int | None, int | None]:
        """(months, days) of a duration; hours of community work count as days here."""
        months, days = 0.0, 0
        for number, unit in ((m["n"], m["u"]), (m["n2"], m["u2"]), (m["n3"], m["u3"])):
            if number is None:
                continue
            value = self.real(number)
            if value is None:
                return None, None
            match self.unit_of.get(unit.lower(), unit.lower()):
                case "year" | "yr":
                    months += value * YEAR
                case "month":
                    months += value
                case "week":
                    days += int(value * WEEK_DAYS)
                case "day":
                    days += int(value)
                case _:
                    return (None, int(value)) if kind == "community" else (None, None)
        if months > MAX_MONTHS:
            return None, None
        return (round(months), None) if months else (None, days or None)

    def real(self, word: str) -> float | None:
        """A number, also "18 and a half", "2½", "two-and-a-half"."""
        low = word.lower()
        if low in self.halves:
            return 0.5
        half = 0.0
        for mark in ("and-a-half", "and a half", "½", "1/2"):
            if mark in low:
                low, half = low.replace(mark, "").strip(" -"), 0.5
        try:
            return float(low.replace(",", "")) + half
        except ValueError:
            number = self.number(low)
        return None if number is None else number + half

    def number(self, word: str) -> int | None:
        """A whole number in figures or words."""
        low = word.lower().strip()
        if low.isdigit():
            return int(low)
        if low in ("one hundred", "a hundred"):
            return 100
        first, _, rest = low.replace("-", " ").partition(" ")
        if first in self.tens:
            return self.tens[first] + (self.units.get(rest, 0) if rest else 0)
        return self.units.get(low)

    def add_money(
        self, made: Imposed, words: str, start: int, country: str | None, spans: list[tuple[int, int]]
    ) -> None:
        """Fine and restitution, with spans of the whole text."""
        for found in self.money.find(words, country):
            left, right = words[max(0, found.start - BESIDE) : found.start], words[found.end : found.end + BESIDE]
            if self.is_void(left) or self.money_void.search(left) or self.money_void_after.match(right):
                continue
            if self.fine_before.search(left) or self.fine_after.match(right):
                if made.fine is None:
                    made.fine = replace(found, start=start + found.start, end=start + found.end)
                    spans.append((found.start, found.end))
            elif made.restitution is None and (self.repay_before.search(left) or self.repay_after.match(right)):
                made.restitution = replace(found, start=start + found.start, end=start + found.end)
                spans.append((found.start, found.end))


def same(one: Imposed, other: Imposed) -> bool:
    """True when a later statement only repeats an earlier one, or says less."""
    if one.fine is not None and (other.fine is None or other.fine.amount != one.fine.amount):
        return False
    if one.restitution is not None and other.restitution is None:
        return False
    if (one.life, one.death, one.strokes) != (other.life, other.death, other.strokes):
        return False
    have = {(t.kind, t.months, t.days) for t in other.terms}
    return {(t.kind, t.months, t.days) for t in one.terms} <= have
