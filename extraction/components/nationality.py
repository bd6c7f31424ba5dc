"""Nationality of the accused: in a person's own phrase, shared by several, or in an anonymous lead about them.

Refuses residence ("of Manila"), places ("asked Sri Lanka to hand over X") and the nationality of victims.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis
from extraction.components.people import Known, Mention
from extraction.components.stated import Stated

SOON = 2  # sentences from a lead on one person to that person's name
PHRASE = 160  # characters after a name in which an apposition may end
NEAR = 40  # characters between two names of one list
BELONGING = frozenset({"his", "her", "their"})
PAIR = 2
SHORT = 60  # characters; shorter lines of a lead are bylines
LEAD = 4  # prose sentences in which people are described before they are named
US = "(?-i:US)|"  # in any case but capitals it is a pronoun
APPOSITION = re.compile(r"^ ?,? ?\(?(?:who (?:is|was) )?(?:an?|the|both|all) (?:[a-z]+ )?$")
WORD = re.compile(r"[\w.’'-]+")
CITIZEN = re.compile(r"(?i)^s? ?-?(?:national|citizen|passport[- ]holder|native|subject|by birth|man\b|woman\b)")
RELATIVE = re.compile(r" (?:who|from|of|in|at|and|living|based|with) ")
BOUNDARY = re.compile(r"^s?(?:$|[\s]*[),;.:]| (?:who|and|from|based|living|by|in|at|is|was)\b)")
DESCRIBED = re.compile(
    r"^s? (?:[a-z’'-]+ ?){1,6}$|^s? (?:[a-z’'-]+ ){1,5}?(?:who|and|from|based|living|of|in|at|with)\b"
)


DESCRIPTIONS = (("d", "rest"), ("d2", "rest2"), ("d3", "rest3"), ("d4", "rest4"))  # groups of one pattern


@dataclass(frozen=True, slots=True)
class Group:
    """Anonymous people of a lead: how many, of which nationality (None: not said), and where that stands."""

    count: int
    code: str | None
    span: tuple[int, int]
    bound: bool = False  # "his Thai wife": named after whom they belong to


class NationalityReader:
    """Reads every accused's nationality at once, since one statement may speak of several."""

    def __init__(self, lexis: Lexis) -> None:
        self.demonyms = dict(lexis.demonyms) | {"us": "us"}
        words = lexis.lexicon.words
        places = frozenset(words["words.nation.countries"])
        self.places = places | {"us"}

        def either(chosen: Sequence[str], more: str = "") -> str:
            return more + "|".join(map(re.escape, sorted(chosen, key=len, reverse=True)))

        parts = {
            "demonym": either(list(lexis.demonyms), US),
            "people": either([w for w in lexis.demonyms if w not in places]),
            "country": either([w for w in lexis.demonyms if w in places], US),
        }

        self.inside = re.compile(rf"(?i)({parts['people']})(?:s|-born) (?=\w)")

        def nation(name: str) -> re.Pattern[str]:
            return lexis.pattern(f"nation.{name}", **parts)

        self.before, self.after, self.after_list = nation("before"), nation("after"), nation("after_list")
        self.after_of, self.after_from = nation("after_of"), nation("after_from")
        self.citizen, self.pronoun = nation("citizen"), nation("pronoun")
        self.shared, self.plural = nation("shared"), nation("plural")
        self.respectively, self.compatriot = nation("respectively"), nation("compatriot")
        self.described, self.things = nation("described"), nation("things")
        self.many, self.introduces = nation("many"), nation("introduces")
        self.not_accused, self.acted_on = nation("not_accused"), nation("acted_on")
        self.law_verb, self.item, self.link = nation("law_verb"), nation("group_item"), nation("group_link")
        self.of_them, self.heading = nation("of_them"), nation("heading_group")
        self.from_there, self.beside, self.subject = nation("from_there"), nation("beside"), nation("subject")
        self.opening, self.blocked = nation("opening"), nation("blocked_before")
        self.heads = frozenset(w.split(" ")[0] for w in self.demonyms)
        self.numbers = {w: n for n, w in enumerate(words["words.numbers"])}
        self.citizen_rest = lexis.optional("nation.citizen_rest", CITIZEN)
        self.boundary = lexis.optional("nation.boundary", BOUNDARY)
        self.described_rest = lexis.optional("nation.described_rest", DESCRIBED)
        self.capital = not words.get("words.nation_small")  # nationality words begin with a capital
        self.sizes = dict.fromkeys(words["words.nation.two"], 2) | dict.fromkeys(words["words.nation.three"], 3)

    def read(self, layout: Layout, case: Case, home: str | None) -> Mapping[int, Stated]:
        """Nationality by person's index. `home` is the source's country: "from Leeds, UK" is residence there."""
        people = tuple(k for k in case.people if k.text.lower() not in self.demonyms)
        case = replace(case, people=people)  # "a Sri Lankan" that passed for a name must not cut a phrase short
        found: dict[int, Stated] = {}
        said = self.said(layout)
        for known in case.accused:
            stated = self.own(layout, case, known, home, said)
            if stated is not None:
                found[known.index] = stated
        for several, stated in (*self.shared_by(layout, case, said), *self.listed(layout, case, said)):
            for index in several:
                found.setdefault(index, stated)
        self.add_compatriots(layout, case, found)
        self.add_described(layout, case, found, said)
        self.add_groups(layout, case, found, said)
        return found

    def said(self, layout: Layout) -> frozenset[int]:
        """Sentences with a word of nationality: only they are worth the large patterns."""
        return frozenset(
            index
            for index, s in enumerate(layout.sentences)
            if any(self.heads.intersection(forms(w)) for w in WORD.findall(layout.text, s.start, s.end))
        )

    # One person's own phrase

    def own(
        self, layout: Layout, case: Case, known: Known, home: str | None, said: Collection[int]
    ) -> Stated | None:
        """What stands beside any of the person's mentions; then sentences that speak of nobody else."""
        for m in known.mentions:
            if m.sentence not in said:
                continue
            inside = self.inside.match(layout.text, m.start, m.end)
            if inside:
                return self.stated(inside[1], m.start, "nationality.before_name@2", 0.85)
            stated = self.before_name(layout, case, m) or self.after_name(layout, case, m, home)
            if stated is not None:
                return stated
        return self.alone(layout, case, known, said)

    def after_name(self, layout: Layout, case: Case, m: Mention, home: str | None) -> Stated | None:
        """ "X, 34, a Ghanaian", "X, who hails from Nepal", "X (Chinese)"."""
        text, s = layout.text, layout.sentences[m.sentence]
        after = [
            o.phrase_start for k in case.people for o in k.mentions if o.start > m.end and o.sentence == m.sentence
        ]
        stop = min([s.end, *after])
        for base in dict.fromkeys((m.phrase_end, m.end)):
            stretch = text[base : min(stop, base + PHRASE)]
            found = self.after.match(stretch)
            names_next = base + len(stretch) in after
            if found and self.is_described(found, names_next and found.end() == len(stretch)):
                return self.stated(found["d"], base + found.start("d"), "nationality.after_name@2", 0.85)
            found = self.after_list.match(stretch)
            if found is None:
                found = self.after_of.match(stretch)
            group = next((g for g in ("d", "d2", "d3") if found and found.groupdict().get(g)), "d")
            if found and (group != "d3" or self.demonyms[found[group].lower()] != home):
                return self.stated(found[group], base + found.start(group), "nationality.after_name@2", 0.85)
            found = self.after_from.match(stretch)
            if found and found["d"][0].isupper():
                code = self.demonyms[found["d"].lower()]
                if code != home or not found["place"]:
                    return self.stated(found["d"], base + found.start("d"), "nationality.from@1", 0.8)
        return None

    def is_described(self, found: re.Match[str], next_name: bool) -> bool:
        """True when the word describes the person: "a Thai cook", no "a Thai restaurant", no "a Thai named Y"."""
        word, rest = found["d"].lower(), found["rest"]
        if next_name and not RELATIVE.search(rest):
            return False
        if self.citizen_rest.match(rest) or found["born"]:
            return True
        if word in self.places or self.things.match(rest.strip()) or self.many.match(rest.strip()):
            return False
        if self.boundary.match(rest):
            return True
        return found["art"] is not None and bool(self.described_rest.match(rest))

    def before_name(self, layout: Layout, case: Case, m: Mention) -> Stated | None:
        """ "Nigerian national X", "a Chinese businessman, X", "Thai-born X"."""
        text, s = layout.text, layout.sentences[m.sentence]
        ends = [
            o.phrase_end
            for k in case.people
            for o in k.mentions
            if o.end <= m.phrase_start and o.sentence == m.sentence
        ]
        start = max([s.start, *ends])
        for end in dict.fromkeys((m.phrase_start, m.start)):  # a title may have swallowed "Thai-born Mr"
            left = text[start:end]
            found = self.before.search(left)
            if found is None or self.blocked.search(left[: found.start()]):
                continue
            group = "d" if found["d"] else "d2"
            between = found["r"]
            if self.things.match(between.strip()) or self.many.match(between.strip()):
                continue
            apposition = bool(ends) and APPOSITION.match(left[: found.start()]) is not None
            if apposition and ("," in between or ")" in between):
                continue
            return self.stated(found[group], start + found.start(group), "nationality.before_name@2", 0.85)
        return None

    def alone(self, layout: Layout, case: Case, known: Known, said: Collection[int]) -> Stated | None:
        """ "He is a Ghanaian citizen" where the sentence, or the one before a pronoun, names nobody else."""
        text = layout.text
        for index, s in enumerate(layout.sentences):
            if index not in said:
                continue
            here = people_in(case, index)
            before = people_in(case, index - 1) if index else set()
            words = text[s.start : s.end]
            named = here == {known.index}
            meant = not here and before == {known.index} and self.pronoun.match(words) is not None
            if not named and not meant:
                continue
            if named:
                first = min(m.end for m in known.mentions if m.sentence == index)
            for found in self.citizen.finditer(text, first if named else s.start, s.end):
                group = next(g for g in ("d", "d2", "d3", "d4", "d5", "d6", "d7") if found[g])
                clause = text[max(s.start, found.start() - 60) : found.start()]
                if self.not_accused.search(clause) or (self.capital and not found[group][0].isupper()):
                    continue
                return self.stated(found[group], found.start(group), "nationality.citizen@2", 0.8)
        return None

    # Several people at once

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
                        yield (person,), self.stated(found[group], found.start(group), "nationality.shared@2", 0.8)
            for found in self.shared.finditer(layout.text, s.start, s.end):
                group = next(g for g in ("d", "d2", "d3", "d5") if found[g])
                if found["d4"] or not self.may_share(layout, s, found, group):
                    continue
                people = self.sharers(layout, case, index, found)
                if people:
                    yield people, self.stated(found[group], found.start(group), "nationality.shared@2", 0.8)

    def may_share(self, layout: Layout, s: Sentence, found: re.Match[str], group: str) -> bool:
        """ "Both Chinese", "both from China" and "both Chinese nationals", but no "both China"."""
        word = found[group].lower()
        alone = word in self.places and found.group().lower().rstrip("s").endswith(
            f"{found['q'] or ''} {word}".lower()
        )
        return not (alone and not self.citizen_rest.match(layout.text[found.end() : s.end]))

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
        size = 2 if (found["q"] or "").lower() == "both" else self.numbers.get(word)
        if found["pair"]:
            size = self.sizes.get(found["pair"].lower())
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
                if self.blocked.search(left) or re.search(r"(?i)\b(?:both|all|of them)(?: \w+)? $", left):
                    continue
                noun = (found["noun"] or "").strip().split(" ")[-1].lower()
                size = self.amount(found["n"]) if found["n"] else self.sizes.get(noun)
                people = self.run(layout, here[n:], size)
                if len(people) > 1 or found["n"]:
                    yield people, self.stated(found["d"], s.start + found.start("d"), "nationality.listed@1", 0.8)

    def run(self, layout: Layout, here: Sequence[tuple[int, int, int]], size: int | None) -> tuple[int, ...]:
        """The people of one list, up to `size` or to where another nationality or another list begins."""
        people: list[int] = []
        at = here[0][0]
        for start, end, person in here:
            between = layout.text[at:start]
            if people and (len(between) > NEAR or ";" in between or self.names_nation(between)):
                break
            if size is not None and len(people) >= size:
                break
            people.append(person)
            at = end
        return tuple(people)

    def names_nation(self, words: str) -> bool:
        """True when the words name a nationality."""
        return any(w.strip(",.").lower() in self.demonyms for w in words.split())

    def add_compatriots(self, layout: Layout, case: Case, found: dict[int, Stated]) -> None:
        """ "His compatriot Y" is of the nationality of whoever was named before."""
        for known in case.accused:
            if known.index in found:
                continue
            for m in known.mentions:
                s = layout.sentences[m.sentence]
                near = self.compatriot.search(layout.text[s.start : m.phrase_start])
                before = [p for a, _, p in mentions_in(case, m.sentence) if a < m.start and p in found]
                if near and before:
                    span = (s.start + near.start(), s.start + near.end())
                    found[known.index] = Stated(found[before[-1]].value, *span, "nationality.compatriot@1", 0.75)
                    break

    # People described without their names

    def add_described(self, layout: Layout, case: Case, found: dict[int, Stated], said: Collection[int]) -> None:
        """ "The 43-year-old Singaporean was jailed": whom the age, or a story with one accused, makes certain."""
        for index in sorted(set(said) - case.unrelated):
            s = layout.sentences[index]
            for m in self.described.finditer(layout.text, s.start, s.end):
                group, rest = next((g, m[r] or "") for g, r in DESCRIPTIONS if m[g])
                if self.not_accused.match(rest.strip()):
                    continue
                if self.things.match(rest.strip()) and not self.citizen_rest.match(rest):
                    continue
                person = self.meant(layout, case, s, index, m)
                if person is not None:
                    stated = self.stated(m[group], m.start(group), "nationality.described@1", 0.7)
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
        acted_on = self.acted_on.search(after) and not self.not_accused.search(after[:60])
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
        acted_on = self.acted_on.search(right[:30]) or self.law_verb.search(left.rsplit(",", 1)[0] + " ")
        if not acted_on:
            return None
        n = m["n"].lower()
        count = self.numbers.get(n) or (len(case.accused) if n == "all" else 2)
        return Group(count, self.demonyms[m["d"].lower()], (s.start + m.start("d"), s.start + m.end("d")))

    def heading_group(self, s: Sentence, m: re.Match[str]) -> Group:
        """ "Tanzanian couple get 30 years"."""
        noun = (m["noun"] or "").lower()
        count = self.amount(m["n"]) if m["n"] else self.sizes.get(noun, 1)
        return Group(count or 1, self.demonyms[m["d"].lower()], (s.start + m.start("d"), s.start + m.end("d")))

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
            if not any(g.code for g in found) or self.not_accused.match(rest.lstrip(" ,")):
                continue
            acted_on = self.acted_on.search(rest)
            if subject and (acted_on is None or self.not_accused.search(rest[: acted_on.start()])):
                continue
            noun = (first["noun"] or "").strip()
            if self.things.match(noun.split(" ")[-1]):
                continue
            if any(a <= end + 12 and a >= end and self.introduces.match(words[end:a]) for a, _ in names):
                continue
            return found
        return []

    def group(self, s: Sentence, item: re.Match[str]) -> Group:
        """One item of a coordination."""
        noun = (item["noun"] or item["plain"] or "").strip().split(" ")[-1].lower()
        count = self.amount(item["n"]) if item["n"] else self.sizes.get(noun, 1)
        bound = (item["det"] or "").lower() in BELONGING
        if not item["d"]:
            return Group(count or 1, None, (s.start + item.start(), s.start + item.end()), bound)
        span = (s.start + item.start("d"), s.start + item.end("d"))
        return Group(count or 1, self.demonyms[item["d"].lower()], span, bound)

    def amount(self, word: str) -> int | None:
        """A number in figures or words."""
        return int(word) if word.isdigit() else self.numbers.get(word.lower())

    def stated(self, word: str, start: int, rule: str, score: float) -> Stated:
        """A `Stated` for a nationality word at `start` of the text."""
        return Stated(self.demonyms[word.lower()], start, start + len(word), rule, score)


def mentions_in(case: Case, index: int) -> list[tuple[int, int, int]]:
    """(start, end, person) of every mention in a sentence, in order."""
    return sorted(
        (m.phrase_start, m.phrase_end, k.index) for k in case.people for m in k.mentions if m.sentence == index
    )


def people_in(case: Case, index: int) -> set[int]:
    """Indices of the people named in a sentence."""
    return {k.index for k in case.people for m in k.mentions if m.sentence == index}


def forms(word: str) -> tuple[str, ...]:
    """A word as it is, without a plural's or possessive's end, and before its hyphen: "Nigerians", "Thai-born"."""
    low = word.lower()
    bare = low.rstrip(".").removesuffix("'s").removesuffix("’s")
    return low, bare.rstrip("s"), bare, bare.split("-")[0]
