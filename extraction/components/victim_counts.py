"""How many victims a text states: number, sex and age band of each statement, read from its own words.

Refuses a count of anybody else: accused, customers, officers, statistics, another case's victims; and it never
adds: a total and its parts are statements side by side (see `extraction.victims.at_least`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis, Rule

REACH = 110  # characters beside a number in which a word may say that it counts victims
GROWN = 18  # years; below, a child (Palermo Protocol, art. 3 d)
OLDEST = 90
MOST = 3000  # more victims than any one case has had; beyond stand statistics
YEARS = range(1900, 2100)  # "in 2019 women were ..."
MANY = 12
FIGURE = re.compile(r"\d[\d.,\u00a0 ]*")
AGES = re.compile(r"(?<![\d.,])\d{1,2}(?![\d.,]*\d)")


@dataclass(frozen=True, slots=True)
class VictimsFound:
    """One statement; `sex` is female, male or unknown, `band` child, adult or unknown."""

    n: int
    sex: str
    band: str
    start: int
    end: int
    sentence: int
    rule: Rule


class VictimCountReader:
    """Finds a number before people, then asks what stands beside it whether they are victims."""

    def __init__(self, lexis: Lexis) -> None:
        words = lexis.lexicon.words
        self.values = values_of(words["victims.numbers"])
        self.joint = re.compile(words["victims.joint"][0])
        self.counts = lexis.group("victims")
        self.traits = lexis.group("victim_trait")
        self.sure = lexis.pattern("victims.sure")
        self.joined = lexis.pattern("victims.joined")
        self.part = lexis.pattern("victims.part")
        self.before = [r.regex for r in lexis.group("victim_before")]
        self.after = [r.regex for r in lexis.group("victim_after")]
        void = lexis.group("victim_void")
        self.void = {
            place: [r.regex for r in void if r.value == place] for place in ("before", "after", "sentence")
        }

    def read(self, layout: Layout, case: Case) -> list[VictimsFound]:
        """Statements in the order of the text, equal ones once."""
        found: list[VictimsFound] = []
        for index, sentence in enumerate(layout.sentences):
            if index in case.unrelated or sentence.heading:
                continue
            found += self.sentence(layout.text, sentence, index, found)
        first: dict[tuple[int, str, str], VictimsFound] = {}
        for one in found:
            first.setdefault((one.n, one.sex, one.band), one)
        return list(first.values())[:MANY]

    def sentence(
        self, text: str, sentence: Sentence, index: int, earlier: Sequence[VictimsFound]
    ) -> list[VictimsFound]:
        """Statements of one sentence; `earlier` are those of the sentences before."""
        found: list[VictimsFound] = []
        at = sentence.start
        for rule, m in self.matches(text, sentence):
            n = self.number(m["n"])
            if m.start() < at or n is None:
                continue
            before = text[max(sentence.start, m.start() - REACH) : m.start()]
            after = text[m.end() : min(sentence.end, m.end() + REACH)]
            head = found[-1] if found else None
            gap = text[head.end : m.start()] if head else ""
            joined = head is not None and self.joined.fullmatch(gap) is not None
            if rule.value == "part":
                near = head or (earlier[-1] if earlier and index - earlier[-1].sentence <= 1 else None)
                if near is None:
                    continue
                head = near
            elif not (joined or self.is_victims(m, before, after)):
                continue
            if self.is_void(before, after, text[sentence.start : sentence.end]):
                continue
            sex, band = self.traits_of(m)
            if head is not None and (rule.value == "part" or (joined and self.part.search(gap))):
                sex = head.sex if sex == "unknown" else sex
                if band == "child" and head.band == "adult" and found and head is found[-1]:
                    found[-1] = replace(head, band="unknown")
            found.append(VictimsFound(n, sex, band, m.start(), m.end(), index, rule))
            at = m.end()
        return found

    def matches(self, text: str, sentence: Sentence) -> list[tuple[Rule, re.Match[str]]]:
        """Numbers before people, in order; parts of a total first where two begin at one place."""
        found = [(r, m) for r in self.counts for m in r.regex.finditer(text, sentence.start, sentence.end)]
        return sorted(found, key=lambda one: (one[1].start(), one[0].value != "part"))

    def number(self, words: str) -> int | None:
        """The number's value; None for a year, a statistic's size or a word that means none."""
        if FIGURE.fullmatch(words):
            n = int(re.sub(r"\D", "", words))
            return None if words.isdigit() and n in YEARS else n if 0 < n <= MOST else None
        low = words.lower()
        if low in self.values:
            return self.values[low]
        parts = [self.values.get(part) for part in self.joint.split(low) if part]
        known = [part for part in parts if part is not None]
        return sum(known) if known and len(known) == len(parts) else None

    def is_victims(self, m: re.Match[str], before: str, after: str) -> bool:
        """True when the words themselves, or those beside them, say that these people are victims."""
        return (
            self.sure.search(m.group()) is not None
            or any(r.search(before) for r in self.before)
            or any(r.match(after) for r in self.after)
        )

    def is_void(self, before: str, after: str, sentence: str) -> bool:
        """True where the words beside them, or of the sentence, make them somebody else."""
        return (
            any(r.search(before) for r in self.void["before"])
            or any(r.match(after) for r in self.void["after"])
            or any(r.search(sentence) for r in self.void["sentence"])
        )

    def traits_of(self, m: re.Match[str]) -> tuple[str, str]:
        """Sex and age band: stated ages first, then the words for people."""
        words = m.group()
        traits = {r.value for r in self.traits if r.regex.search(words)}
        sex = "female" if {"female", "male"} & traits == {"female"} else "unknown"
        sex = "male" if {"female", "male"} & traits == {"male"} else sex
        rest = words[m.end("n") - m.start() :]
        ages = [int(a) for a in AGES.findall(rest) if int(a) <= OLDEST]
        if "minor" in traits:
            return sex, "child"
        if ages:
            return sex, "child" if max(ages) < GROWN else "adult" if min(ages) >= GROWN else "unknown"
        if {"child", "adult"} <= traits:
            return sex, "unknown"
        return sex, next((band for band in ("child", "adult") if band in traits), "unknown")


def values_of(entries: Sequence[str]) -> Mapping[str, int]:
    """Number words with their values, written "twelve = 12"."""
    pairs = (entry.split("=") for entry in entries)
    return {word.strip(): int(value) for word, value in pairs}
