"""Who is meant by "the duo", "they", "the second accused", "he": slots for a second reading of the cues.

Refuses to make anybody an accused: it points at people who are, or (`reference.bold`) at candidates to be weighed.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence

from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.masks import Slot
from extraction.components.people import Known

JOINED = re.compile(r"(?:\band\b|[,;])\s*(?:\w+ ){0,2}$")  # what stands between two people of one subject


class Referrer:
    """Finds group words and pronouns."""

    def __init__(self, lexis: Lexis) -> None:
        words = lexis.lexicon.words

        def any_of(name: str) -> re.Pattern[str]:
            return re.compile(rf"\b(?:{'|'.join(words[f'reference.{name}'])})\b", re.IGNORECASE)

        self.pair, self.trio, self.all = any_of("pair"), any_of("trio"), any_of("all")
        self.one = any_of("one")
        self.they = frozenset(words.get("reference.they", ("they",)))
        self.bold = "reference.bold" in words  # pronouns may mean candidates: where no tagger and network speak
        self.joined = lexis.optional("reference.joined", JOINED)
        self.by_age = any_of("by_age")
        self.pronoun = re.compile(rf"(?:{'|'.join(words['reference.pronoun'])})\b", re.IGNORECASE)
        self.later_pronoun = re.compile(rf"\b(?:and|so|but) ({'|'.join(words['reference.pronoun'])})\b")
        self.ordinals = {word: n for n, word in enumerate(words["reference.ordinals"])}
        the = words.get("reference.the", ("the ",))[0]
        noun = "|".join(words["reference.ordinal_noun"])
        self.ordinal = re.compile(rf"\b{the}({'|'.join(self.ordinals)}) (?:{noun})\b(?!, [A-Z])", re.IGNORECASE)

    def slots(  # noqa: PLR0912
        self, layout: Layout, people: Sequence[Known], accused: Sequence[int], eligible: Sequence[int]
    ) -> list[tuple[int, Slot]]:
        """Slots by sentence index; `eligible` are the accused and those whom "both" may mean."""
        found: list[tuple[int, Slot]] = []
        if not eligible:
            return found
        by_sentence = self._named(people)
        last: tuple[int, ...] = ()
        reach = eligible if self.bold else accused
        for index, sentence in enumerate(layout.sentences):
            text = layout.text
            known_so_far = [p for p in accused if people[p].mentions[0].sentence <= index]
            recent = self._recent(by_sentence, index, eligible)
            taken: list[tuple[int, int]] = []

            def add(
                start: int, end: int, who: Sequence[int], at: int = index, used: list[tuple[int, int]] = taken
            ) -> None:
                if who and not any(a < end and start < b for a, b in used):
                    used.append((start, end))
                    found.append((at, Slot(start, end, tuple(who))))

            for m in self.ordinal.finditer(text, sentence.start, sentence.end):
                place = self.ordinals[m[1].lower()]
                if place < len(accused):
                    add(m.start(), m.end(), (accused[place],))
            for pattern, size in ((self.pair, 2), (self.trio, 3)):
                for m in pattern.finditer(text, sentence.start, sentence.end):
                    add(
                        m.start(),
                        _noun_end(m),
                        several(recent, accused, size),
                    )
            for m in self.all.finditer(text, sentence.start, sentence.end):
                plural = known_so_far or list(accused)
                if m.group().lower() in self.they:
                    plural = list(last) if len(last) > 1 and m.start() == sentence.start else []
                add(m.start(), _noun_end(m), plural)
            for m in self.one.finditer(text, sentence.start, sentence.end):
                if len(accused) == 1:
                    add(m.start(), m.end(), accused)
                elif len(last) == 1 and last[0] in reach:
                    add(m.start(), m.end(), last)
            for m in self.by_age.finditer(text, sentence.start, sentence.end):
                before = self._recent(by_sentence, index, [k.index for k in people if not k.organisation])
                mine = [p for p in before if p in eligible]
                if len(accused) == 1:
                    add(m.start(), m.end(), accused)
                elif len(mine) == 1 or (mine and len(before) == 1):
                    add(m.start(), m.end(), mine[-1:])
            pronoun = self.pronoun.match(text, sentence.start, sentence.end)
            if pronoun is not None and len(last) == 1 and last[0] in reach:
                add(pronoun.start(), pronoun.end(), last)
            here = by_sentence.get(index, [])
            later = self.later_pronoun.search(text, sentence.start, sentence.end)
            # "Judge X dismissed the charge and he left": of the people named only the one before can be meant.
            single = len(last) == 1 and last[0] in accused
            if later is not None and single and here and not {p for _, p in here} & set(eligible):
                add(later.start(1), later.end(1), last)
            if here:
                first = [p for _, p in here]
                subject = self._subject(layout, people, index, here)
                last = tuple(subject) if subject else tuple(dict.fromkeys(first))[:1]
            elif pronoun is None and not taken:
                last = last if len(last) == 1 and _same_block(layout, index) else ()
        return found

    def _named(self, people: Sequence[Known]) -> dict[int, list[tuple[int, int]]]:
        found: dict[int, list[tuple[int, int]]] = {}
        for known in people:
            for m in known.mentions:
                found.setdefault(m.sentence, []).append((m.start, known.index))
        return {k: sorted(v) for k, v in found.items()}

    def _recent(self, named: dict[int, list[tuple[int, int]]], index: int, accused: Sequence[int]) -> list[int]:
        """Accused in the order of their last mention before `index`, the latest last."""
        order: list[int] = []
        for i in range(max(0, index - 4), index):
            for _, person in named.get(i, []):
                if person in accused:
                    if person in order:
                        order.remove(person)
                    order.append(person)
        return order

    def _subject(
        self, layout: Layout, people: Sequence[Known], index: int, here: list[tuple[int, int]]
    ) -> list[int]:
        """The first person of a sentence, with those coordinated to it."""
        subject = [here[0][1]]
        ends = {m.start: m.phrase_end for p in people for m in p.mentions if m.sentence == index}
        starts = sorted(ends)
        for start, person in here[1:]:
            before = starts[bisect_left(starts, start) - 1]
            between = layout.text[ends[before] : start]
            if (
                len(between) < 60
                and self.joined.search(between)
                and " by " not in between
                and not between.endswith((" of ", " from ", " in ", " at ", " near "))
            ):
                subject.append(person)
            else:
                break
        return list(dict.fromkeys(subject))


def several(recent: Sequence[int], accused: Sequence[int], size: int) -> Sequence[int]:
    """Whom "the two" means: those just named, if they are enough; else the accused, if they are just so many."""
    known = [p for p in recent if p in accused]
    if len(known) >= size:
        return known[-size:]
    if len(recent) >= size:
        return recent[-size:]
    return accused if len(accused) == size else ()


def _noun_end(m: re.Match[str]) -> int:
    """Without the verb that a pattern needed to see ("both were")."""
    text = re.sub(r"\s(?:were|are|have been|have|was|denied|pleaded|face)$", "", m.group())
    return m.start() + len(text)


def _same_block(layout: Layout, index: int) -> bool:
    return index + 1 < len(layout.sentences) and layout.sentences[index].block == layout.sentences[index + 1].block
