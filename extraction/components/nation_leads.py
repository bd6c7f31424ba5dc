"""Nationality of people whom a lead describes before it names them: "A Thai couple were jailed ...".

Refuses a match that numbers, ages or order leave in doubt.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.nation_words import NationWords, mentions_in
from extraction.components.stated import Stated

SOON = 2  # sentences from a lead on one person to that person's name
BELONGING = frozenset({"his", "her", "their"})
PAIR = 2
SHORT = 60  # characters; shorter lines of a lead are bylines
LEAD = 4  # prose sentences in which people are described before they are named
DESCRIPTIONS = (("d", "rest"), ("d2", "rest2"), ("d3", "rest3"), ("d4", "rest4"))  # groups of one pattern


@dataclass(frozen=True, slots=True)
class Group:
    """Anonymous people of a lead: how many, of which nationality (None: not said), and where that stands."""

    count: int
    code: str | None
    span: tuple[int, int]
    bound: bool = False  # "his Thai wife": named after whom they belong to


class LeadNations:
    """Reads headings and the first sentences."""

    def __init__(self, words: NationWords) -> None:
        self.words = words
        self.described, self.introduces = words.pattern("described"), words.pattern("introduces")
        self.law_verb, self.item = words.pattern("law_verb"), words.pattern("group_item")
        self.link, self.of_them = words.pattern("group_link"), words.pattern("of_them")
        self.heading, self.beside = words.pattern("heading_group"), words.pattern("beside")
        self.subject, self.opening = words.pattern("subject"), words.pattern("opening")

    def add_described(self, layout: Layout, case: Case, found: dict[int, Stated], said: Collection[int]) -> None:
        """ "The 43-year-old Singaporean was jailed": whom the age, or a story with one accused, makes certain."""
        for index in sorted(set(said) - case.unrelated):
            s = layout.sentences[index]
            for m in self.described.finditer(layout.text, s.start, s.end):
                group, rest = next((g, m[r] or "") for g, r in DESCRIPTIONS if m[g])
                if self.words.not_accused.match(rest.strip()):
                    continue
                if self.words.things.match(rest.strip()) and not self.words.citizen_rest.match(rest):
                    continue
                person = self.meant(layout, case, s, index, m)
                if person is not None:
                    stated = self.words.stated(m[group], m.start(group), "nationality.described@1", 0.7)
                    found.setdefault(person, stated)

    def meant(self, layout: Layout, case: Case, s: Sentence, index: int, m: re.Match[str]) -> int | None:
        """The accused whom a description can only mean."""
        accused = [k.index for k in case.accused]
        if m["age"]:
            same = [k.index for k in case.accused if int(m["age"]) in {n.age for n in k.names}]
            previous = {p for _, _, p in mentions_in(case, index - 1)} if index else set()
            ageless = {k.index for k in case.accused if all(n.age is None for n in k.names)}
            named = list(previous & ageless) if len(previous) == 1 else []
            if len(same) == 1 or named:
                return same[0] if len(same) == 1 else named[0]
            accused = [p for p in accused if p in ageless] if len(accused) == 1 else []
        after = layout.text[m.end("d") if m["d"] else m.start() : s.end]
        acted_on = self.words.acted_on.search(after) and not self.words.not_accused.search(after[:60])
        if len(accused) == 1:
            return accused[0] if acted_on or m["d4"] else None
        before = [p for i in (index, index - 1) for a, _, p in reversed(mentions_in(case, i)) if a < m.start()]
        return before[0] if acted_on and not m["d4"] and before and before[0] in accused else None

    def add_groups(self, layout: Layout, case: Case, found: dict[int, Stated], said: Collection[int]) -> None:
        """Anonymous groups of the lead matched with the accused, where their numbers leave no doubt."""
        accused = [k.index for k in case.accused if any(m.sentence not in case.unrelated for m in k.mentions)]
        if not accused or all(p in found for p in accused):
            return
        for index, groups in self.leads(layout, case, said):
            people = self.matching(layout, case, groups, accused, found, index)
            slots = [g for g in groups for _ in range(g.count)]
            if people is None or any(
                p in found and g.code is not None and found[p].value != g.code
                for p, g in zip(people, slots, strict=True)
            ):
                continue
            for person, group in zip(people, slots, strict=True):
                if group.code is not None:
                    stated = Stated(group.code, *group.span, "nationality.lead@1", 0.7)
                    found.setdefault(person, stated)

    def matching(  # noqa: PLR0917
        self,
        layout: Layout,
        case: Case,
        groups: Sequence[Group],
        accused: Sequence[int],
        found: Mapping[int, Stated],
        index: int,
    ) -> list[int] | None:
        """As many accused as the groups have people: all, those named together first, or all who lack one."""
        total = sum(g.count for g in groups)
        if any(g.code is None and not g.bound for g in groups) and not any(g.bound for g in groups):
            return None  # in which order they are named later is anybody's guess
        if total == len(accused) and (total > 1 or self.is_near(case, accused[0], index)):
            return list(accused)
        for later in range(index, index + 6):
            named = [p for p in dict.fromkeys(p for _, _, p in mentions_in(case, later)) if p in accused]
            if named:
                if len(named) == total and (total > 1 or named[0] == accused[0]):
                    return named
                if len(groups) == 1 and total > PAIR and len(named) == total - 1:
                    return [*named, named[-1]]
                if total == 1 and self.leads_others(layout, case, later, named):
                    return named[:1]
                break
        rest = [p for p in accused if p not in found]
        return rest if total == len(rest) > 1 else None

    def is_near(self, case: Case, person: int, index: int) -> bool:
        """True when one person's name follows a lead on one person soon, or stood before."""
        first = min(m.sentence for k in case.accused if k.index == person for m in k.mentions)
        return first <= index + SOON

    def leads_others(self, layout: Layout, case: Case, index: int, named: Sequence[int]) -> bool:
        """ "The suspect, X, and her husband, Y" after a lead on one person: X is that person."""
        here = [(a, e) for a, e, p in mentions_in(case, index) if p in named[:2]]
        start = layout.sentences[index].start
        if self.subject.match(layout.text[start : here[0][0]]) is None:
            return False
        return len(here) > 1 and self.beside.match(layout.text[here[0][1] : here[1][0]]) is not None

    def leads(self, layout: Layout, case: Case, said: Collection[int]) -> Iterator[tuple[int, list[Group]]]:
        """Groups of headings and of the first sentences, each list with its sentence's index."""
        prose = 0
        for index, s in enumerate(layout.sentences):
            if prose >= LEAD:
                return
            if index in case.unrelated:
                continue
            words = layout.text[s.start : s.end]
            if index in said and (s.heading or not prose):
                m = self.heading.match(words)
                if m:
                    yield index, [self.heading_group(s, m)]
            prose += not s.heading and s.end - s.start > SHORT
            if index not in said:
                continue
            part = self.part(case, s, words)
            if part is not None:
                yield index, [part]
                continue
            groups = self.groups(case, index, s, words)
            if any(g.code is not None for g in groups):
                yield index, groups

    def part(self, case: Case, s: Sentence, words: str) -> Group | None:
        """ "Five people, four of them Chinese nationals", where the law acts on those people."""
        m = self.of_them.search(words)
        if m is None:
            return None
        left, right = words[: m.start()], words[m.end() :]
        acted_on = self.words.acted_on.search(right[:30]) or self.law_verb.search(left.rsplit(",", 1)[0] + " ")
        if not acted_on:
            return None
        n = m["n"].lower()
        count = self.words.numbers.get(n) or (len(case.accused) if n == "all" else 2)
        return Group(count, self.words.demonyms[m["d"].lower()], (s.start + m.start("d"), s.start + m.end("d")))

    def heading_group(self, s: Sentence, m: re.Match[str]) -> Group:
        """ "Tanzanian couple get 30 years"."""
        noun = (m["noun"] or "").lower()
        count = self.words.amount(m["n"]) if m["n"] else self.words.sizes.get(noun, 1)
        return Group(
            count or 1, self.words.demonyms[m["d"].lower()], (s.start + m.start("d"), s.start + m.end("d"))
        )

    def groups(self, case: Case, index: int, s: Sentence, words: str) -> list[Group]:
        """The coordination of unnamed people that a lead begins with or that its active verb of the law takes."""
        names = [(a - s.start, e - s.start) for a, e, _ in mentions_in(case, index)]
        for first in self.item.finditer(words):
            left = words[: first.start()]
            subject = self.opening.match(left) is not None
            if not subject and not self.law_verb.search(left):
                continue
            found, end = [], first.start()
            item: re.Match[str] | None = first
            while item is not None and not any(a < item.end() and item.start() < e for a, e in names):
                found.append(self.group(s, item))
                end = item.end()
                link = self.link.match(words[end:])
                item = self.item.match(words, end + link.end()) if link else None
            rest = words[end:]
            if not any(g.code for g in found) or self.words.not_accused.match(rest.lstrip(" ,")):
                continue
            acted_on = self.words.acted_on.search(rest)
            if subject and (acted_on is None or self.words.not_accused.search(rest[: acted_on.start()])):
                continue
            noun = (first["noun"] or "").strip()
            if self.words.things.match(noun.split(" ")[-1]):
                continue
            if any(a <= end + 12 and a >= end and self.introduces.match(words[end:a]) for a, _ in names):
                continue
            return found
        return []

    def group(self, s: Sentence, item: re.Match[str]) -> Group:
        """One item of a coordination."""
        noun = (item["noun"] or item["plain"] or "").strip().split(" ")[-1].lower()
        count = self.words.amount(item["n"]) if item["n"] else self.words.sizes.get(noun, 1)
        bound = (item["det"] or "").lower() in BELONGING
        if not item["d"]:
            return Group(count or 1, None, (s.start + item.start(), s.start + item.end()), bound)
        span = (s.start + item.start("d"), s.start + item.end("d"))
        return Group(count or 1, self.words.demonyms[item["d"].lower()], span, bound)
