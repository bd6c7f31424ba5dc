"""What an offence is by its words: categories of one charge, and what the trafficking of a story is for.

Refuses to look at people: whom a charge belongs to stands in `charges.py`, who is accused in `case.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from extraction.components.lexis import Lexis
from extraction.components.sieve import Sieve
from extraction.components.swift import Swift
from extraction.model.terms import Offence

NAMED_PURPOSES = {
    "sex_trafficking": Offence.SEX_TRAFFICKING,
    "labour_trafficking": Offence.LABOUR_TRAFFICKING,
    "organ_trafficking": Offence.ORGAN_TRAFFICKING,
}


MINOR = 2.0  # one stated age, or two words for minors
FORCE = 2
PROCURING = 1


@dataclass(frozen=True, slots=True)
class Purpose:
    """What the trafficking of a story is for, and whether its victims are minors or adults."""

    kind: str | None  # "sex", "labour", "organ"
    minor: bool
    adult: bool
    business: bool = False  # prostitution is run as a business
    procuring: bool = False  # ... and somebody is said to run it
    mixed: bool = False  # victims are said to be minors and adults ("aged 15 to 22")
    grown: bool = False  # an adult victim's age is stated
    force: bool = False  # somebody was sold, tricked or forced

    def offences(self) -> frozenset[Offence]:
        """What an accused without a charge of their own stands for in this story."""
        main = self.offence()
        if self.kind == "sex" and self.mixed:
            return frozenset({Offence.SEX_TRAFFICKING, Offence.CHILD_SEX_TRAFFICKING})
        if self.kind != "sex" or not self.business:
            return frozenset({main})
        if self.force or self.minor:
            return frozenset({main, Offence.PIMPING_PROCURING} if self.procuring else {main})
        return frozenset({Offence.PIMPING_PROCURING})

    def offence(self, *, minor: bool | None = None) -> Offence:
        """The category of "trafficking" without a stated purpose in this story."""
        match self.kind:
            case "sex":
                young = self.minor if minor is None else minor
                return Offence.CHILD_SEX_TRAFFICKING if young else Offence.SEX_TRAFFICKING
            case "labour":
                return Offence.LABOUR_TRAFFICKING
            case "organ":
                return Offence.ORGAN_TRAFFICKING
            case _:
                return Offence.TRAFFICKING_UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Reading:
    """Categories that one charge's words name. `generic` is trafficking whose purpose the charge leaves open."""

    offences: frozenset[Offence]
    generic: bool = False
    minor: bool = False  # the charge itself says that the victim is a minor
    adult: bool = False  # ... or an adult
    same: bool = False  # the victim is one named before: "forcing her into prostitution"
    at: int = 0  # where the first word of the offence stands

    def __bool__(self) -> bool:
        return bool(self.offences) or self.generic


class OffenceReader:
    """Reads the words of charges and stories by the rules of the lexicon."""

    def __init__(self, lexis: Lexis) -> None:
        self.rules = lexis.group("offence")
        self.tip_rules = lexis.group("tip")
        self.sieve = Sieve([rule.regex for rule in (*self.rules, *self.tip_rules)])
        self.purpose_rules = [(rule, Swift(rule.regex)) for rule in lexis.group("purpose")]
        self.minor_rules = [(rule.value, Swift(rule.regex)) for rule in lexis.group("minor")]
        self.harbouring = lexis.pattern("charge.harbouring")
        self.minor_words = lexis.pattern("charge.minor")
        self.not_minor = lexis.pattern("charge.not_minor")
        self.pronoun = lexis.pattern("charge.pronoun")
        self.adult_words = lexis.pattern("charge.adult")
        self.minor_age = Swift(lexis.pattern("minor.age"))
        self.minor_word = lexis.pattern("minor.word")
        self.minor_child = lexis.pattern("minor.child")
        self.unit = lexis.pattern("story.unit")
        self.force = lexis.pattern("story.force")
        self.business = lexis.pattern("story.business")
        self.procuring = lexis.pattern("story.procuring")
        self.mixed = lexis.pattern("minor.mixed")
        self.grown = lexis.pattern("minor.grown")
        self.boilerplate = lexis.pattern("purpose.boilerplate")

    def purpose(self, text: str, title: str | None) -> Purpose:
        """Weigh purpose words; the headline and the first third count more."""
        text = self.boilerplate.split(text, maxsplit=1)[0]
        third = max(len(text) // 3, 600)
        weights: dict[str, float] = {}
        for rule, swift in self.purpose_rules:
            hits = [m.start() for m in swift.finditer(text)]
            weights[rule.value] = sum(2.0 if h < third else 1.0 for h in hits)
            weights[rule.value] += 3.0 * len(rule.regex.findall(title or ""))
        kind = max(weights, key=lambda k: weights[k]) if weights and max(weights.values()) >= 1 else None
        whole = f"{title or ''}\n{text}"
        young = 2.0 * self.minor_age.count(whole) + count(self.minor_word, whole)
        young += 0.5 * count(self.minor_child, whole)
        grown = sum(swift.count(whole) for value, swift in self.minor_rules if value == "adult")
        plain = self.unit.sub(" ", whole)
        return Purpose(
            kind,
            young >= MINOR and young * 1.5 >= grown,
            grown > 0,
            business=count(self.business, plain) >= 1,
            procuring=count(self.procuring, plain) >= PROCURING,
            mixed=self.mixed.search(whole) is not None,
            grown=self.grown.search(whole) is not None,
            force=count(self.force, plain) >= FORCE,
        )

    def read(self, words: str) -> Reading:
        """The categories that one charge names; a charge on trafficking alone is `generic`."""
        found: set[Offence] = set()
        starts: list[int] = []
        passing = set(self.sieve.passing(words))
        for n, rule in enumerate(self.rules):
            if n in passing and (m := rule.regex.search(words)):
                found.add(Offence(rule.value))
                starts.append(m.start())
        if not found and (m := self.harbouring.search(words)):
            found.add(Offence.IMMIGRATION)
            starts.append(m.start())
        hits: set[str] = set()
        for n, rule in enumerate(self.tip_rules, start=len(self.rules)):
            if n in passing and (m := rule.regex.search(words)):
                hits.add(rule.value)
                starts.append(m.start())
        minor = bool(self.minor_words.search(self.not_minor.sub(" ", words)))
        adult = not minor and bool(self.adult_words.search(words))
        named = {offence for value, offence in NAMED_PURPOSES.items() if value in hits}
        if Offence.SEX_TRAFFICKING in named and minor:
            named = named - {Offence.SEX_TRAFFICKING} | {Offence.CHILD_SEX_TRAFFICKING}
        generic = not named and "trafficking" in hits
        return Reading(
            frozenset(found | named),
            generic=generic,
            minor=minor,
            adult=adult,
            same=self.pronoun.search(words) is not None,
            at=min(starts, default=0),
        )


def count(pattern: re.Pattern[str], text: str) -> int:
    """How often a pattern matches."""
    return sum(1 for _ in pattern.finditer(text))
