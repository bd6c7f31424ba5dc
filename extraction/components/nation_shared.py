"""Nationality said of several people at once: "both Chinese", "two Romanians, X and Y", "his compatriot".

Refuses a group whose size and whose names do not agree.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.nation_words import NationWords, mentions_in
from extraction.components.stated import Stated

NEAR = 40  # characters between two names of one list
LEAD = 240  # characters before a name that "his compatriot" may take


class SharedNations:
    """Reads statements on lists of people."""

    def __init__(self, words: NationWords) -> None:
        self.words = words
        self.respectively, self.shared = words.pattern("respectively"), words.pattern("shared")
        self.plural, self.from_there = words.pattern("plural"), words.pattern("from_there")
        self.compatriot = words.pattern("compatriot")

    def shared_by(
        self, layout: Layout, case: Case, said: Collection[int]
    ) -> Iterator[tuple[tuple[int, ...], Stated]]:
        """ "X and Y, both Chinese nationals", "They are Nigerians", "X and Y, nationals of A and B"."""
        for index, s in enumerate(layout.sentences):
            if index not in said:
                continue
            for found in self.respectively.finditer(layout.text, s.start, s.end):
                pair = [p for _, _, p in mentions_in(case, index) if _ < found.start()][-2:]
                groups = ("d", "d2") if found["d"] else ("d3", "d4")
                if len(pair) == len(groups):
                    for person, group in zip(pair, groups, strict=True):
                        yield (
                            (person,),
                            self.words.stated(found[group], found.start(group), "nationality.shared@2", 0.8),
                        )
            for found in self.shared.finditer(layout.text, s.start, s.end):
                group = next(g for g in ("d", "d2", "d3", "d5") if found[g])
                if found["d4"] or not self.may_share(layout, s, found, group):
                    continue
                people = self.sharers(layout, case, index, found)
                if people:
                    yield people, self.words.stated(found[group], found.start(group), "nationality.shared@2", 0.8)

    def may_share(self, layout: Layout, s: Sentence, found: re.Match[str], group: str) -> bool:
        """ "Both Chinese", "both from China" and "both Chinese nationals", but no "both China"."""
        word = found[group].lower()
        alone = word in self.words.places and found.group().lower().rstrip("s").endswith(
            f"{found['q'] or ''} {word}".lower()
        )
        return not (alone and not self.words.citizen_rest.match(layout.text[found.end() : s.end]))

    def sharers(self, layout: Layout, case: Case, index: int, found: re.Match[str]) -> tuple[int, ...]:
        """The people of "both" and "all": the last ones named in this part, else in the sentence before."""
        here = [(a, e, p) for a, e, p in mentions_in(case, index) if a < found.start()]
        elsewhere = not here and index > 0
        if elsewhere:
            here = mentions_in(case, index - 1)
        people: list[int] = []
        at = found.start()
        for start, end, person in reversed(here):
            if ";" in layout.text[end:at] and not elsewhere:
                break
            if person not in people:
                people.insert(0, person)
            at = start
        word = (found["n"] or "").lower()
        size = 2 if (found["q"] or "").lower() == "both" else self.words.numbers.get(word)
        if found["pair"]:
            size = self.words.sizes.get(found["pair"].lower())
        if size is not None:
            people = people[-size:] if len(people) >= size else []
        accused = {k.index for k in case.accused}
        return tuple(p for p in people if p in accused) if len(people) > 1 else ()

    def listed(
        self, layout: Layout, case: Case, said: Collection[int]
    ) -> Iterator[tuple[tuple[int, ...], Stated]]:
        """ "Two Romanian nationals, X and Y", "Indian nationals X and Y", "three Nigerians - X, Y and Z"."""
        for index, s in enumerate(layout.sentences):
            here = mentions_in(case, index) if index in said else []
            for n, (start, _, _) in enumerate(here):
                words = layout.text[s.start : start]
                found = self.plural.search(words) or self.from_there.search(words)
                if found is None or (found["n"] is None and found["noun"] is None):
                    continue
                left = layout.text[s.start : s.start + found.start()]
                if self.words.blocked.search(left) or re.search(r"(?i)\b(?:both|all|of them)(?: \w+)? $", left):
                    continue
                noun = (found["noun"] or "").strip().split(" ")[-1].lower()
                size = self.words.amount(found["n"]) if found["n"] else self.words.sizes.get(noun)
                people = self.run(layout, here[n:], size)
                if len(people) > 1 or found["n"]:
                    yield (
                        people,
                        self.words.stated(found["d"], s.start + found.start("d"), "nationality.listed@1", 0.8),
                    )

    def run(self, layout: Layout, here: Sequence[tuple[int, int, int]], size: int | None) -> tuple[int, ...]:
        """The people of one list, up to `size` or to where another nationality or another list begins."""
        people: list[int] = []
        at = here[0][0]
        for start, end, person in here:
            between = layout.text[at:start]
            if people and (len(between) > NEAR or ";" in between or self.words.names_nation(between)):
                break
            if size is not None and len(people) >= size:
                break
            people.append(person)
            at = end
        return tuple(people)

    def add_compatriots(self, layout: Layout, case: Case, found: dict[int, Stated]) -> None:
        """ "His compatriot Y" is of the nationality of whoever was named before."""
        for known in case.accused:
            if known.index in found:
                continue
            for m in known.mentions:
                s = layout.sentences[m.sentence]
                # Every such pattern ends where the name begins: a list of thousands is not searched each time.
                near = self.compatriot.search(layout.text, max(s.start, m.phrase_start - LEAD), m.phrase_start)
                before = near and [p for a, _, p in mentions_in(case, m.sentence) if a < m.start and p in found]
                if near and before:
                    span = (near.start(), near.end())
                    found[known.index] = Stated(found[before[-1]].value, *span, "nationality.compatriot@1", 0.75)
                    break
