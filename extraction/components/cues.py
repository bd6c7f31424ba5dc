"""What each sentence says about its people: the rules of the lexicon on masked sentences.

Refuses to decide: a cue is one rule's word with its span; `roles.py` and `stages.py` weigh them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.components.layout import MAX_SENTENCE, Layout
from extraction.components.lexis import MASK, Lexis, Rule
from extraction.components.masks import Masked, Slot, mask, people_of
from extraction.components.people import Known
from extraction.components.sieve import Sieve

GROUPS = ("stage", "accused", "victim", "official", "lawyer", "witness", "other")


@dataclass(frozen=True, slots=True)
class Cue:
    """One rule that matched: `people` are indices, `start`:`end` its span; `named` is False for pronouns."""

    group: str
    value: str
    rule: Rule
    people: tuple[int, ...]
    sentence: int
    start: int
    end: int
    named: bool = True
    words: str = ""


class CueReader:
    """Runs the rule groups over sentences."""

    def __init__(self, lexis: Lexis) -> None:
        self.lexis = lexis
        self.appositive = lexis.pattern("mask.appositive")
        self.void = lexis.group("void")
        self.void_after = lexis.group("void_after")
        self.rules = [(g, rule) for g in GROUPS for rule in lexis.group(g)]
        self.sieve = Sieve([rule.regex for _, rule in self.rules])

    def read(self, layout: Layout, people: Sequence[Known], extra: Sequence[tuple[int, Slot]] = ()) -> list[Cue]:
        """Cues of every sentence; `extra` are slots for pronouns and group words (sentence index, slot)."""
        by_sentence = slots_by_sentence(people)
        pronouns: dict[int, list[Slot]] = {}
        for index, slot in extra:
            pronouns.setdefault(index, []).append(slot)
        cues: list[Cue] = []
        for index, sentence in enumerate(layout.sentences):
            if sentence.end - sentence.start > MAX_SENTENCE:
                continue
            named = by_sentence.get(index, [])
            more = pronouns.get(index, [])
            if not named and not more:
                continue
            if extra and not more:
                continue
            seen: set[tuple[str, tuple[int, ...]]] = set()
            for appositive in (None, self.appositive):
                masked = mask(layout.text, sentence, [*named, *more], appositive=appositive)
                for cue in self.match(masked, index, pronoun_starts={s.start for s in more}):
                    key = (cue.rule.id, cue.people)
                    if key not in seen:
                        seen.add(key)
                        cues.append(cue)
        return cues

    def match(self, masked: Masked, index: int, pronoun_starts: set[int]) -> Iterator[Cue]:
        """Every rule on one masked sentence."""
        for position in self.sieve.passing(masked.text):
            group, rule = self.rules[position]
            for found in rule.regex.finditer(masked.text):
                at, mask_text = person_group(found)
                if not mask_text or self.is_void(masked.text, found, group):
                    continue
                start, end = masked.span(found.start(), found.end())
                origin = masked.offsets[at]
                yield Cue(
                    group=group,
                    value=rule.value,
                    rule=rule,
                    people=people_in(mask_text),
                    sentence=index,
                    start=start,
                    end=end,
                    named=origin not in pronoun_starts,
                    words=found.group(),
                )

    def is_void(self, text: str, found: re.Match[str], group: str) -> bool:
        """True for an action that is only feared, asked for or long past."""
        if group != "stage":
            return False
        clause = re.split(r"[,;:.]", text[max(0, found.start() - 60) : found.start()])[-1]
        if any(r.regex.search(clause) for r in self.void):
            return True
        return any(r.regex.search(text[found.end() :]) for r in self.void_after)


def person_group(found: re.Match[str]) -> tuple[int, str]:
    """Where the rule's people stand and their masks."""
    for name, value in found.groupdict().items():
        if name.startswith("g") and value:
            return found.start(name), value
    return 0, ""


def people_in(group: str) -> tuple[int, ...]:
    """People of a coordination; in a list with semicolons only those at the head of each part."""
    if ";" not in group:
        return people_of(group)
    found: list[int] = []
    for part in group.split(";"):
        last = 0
        for n, m in enumerate(re.finditer(MASK, part)):
            if n and re.search(r"\b(?:of|with|by|at|for|to|from|near)\b", part[last : m.start()]):
                break
            found.extend(people_of(m.group()))
            last = m.end()
    return tuple(dict.fromkeys(found))


def slots_by_sentence(people: Sequence[Known]) -> dict[int, list[Slot]]:
    """Named slots per sentence index."""
    found: dict[int, list[Slot]] = {}
    for known in people:
        for m in known.mentions:
            found.setdefault(m.sentence, []).append(Slot(m.phrase_start, m.phrase_end, (known.index,)))
    return found
