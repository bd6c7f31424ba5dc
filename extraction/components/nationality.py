"""Nationality of the accused: in a person's own phrase, shared by several, or in an anonymous lead about them.

Refuses residence ("of Manila"), places ("asked Sri Lanka to hand over X") and the nationality of victims.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from extraction.components.case import Case
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.nation_leads import LeadNations
from extraction.components.nation_shared import SharedNations
from extraction.components.nation_words import NationWords, people_in
from extraction.components.people import Known, Mention
from extraction.components.stated import Stated

PHRASE = 160  # characters after a name in which an apposition may end
APPOSITION = re.compile(r"^ ?,? ?\(?(?:who (?:is|was) )?(?:an?|the|both|all) (?:[a-z]+ )?$")
WORD = re.compile(r"[\w.’'-]+")
RELATIVE = re.compile(r" (?:who|from|of|in|at|and|living|based|with) ")
BOUNDARY = re.compile(r"^s?(?:$|[\s]*[),;.:]| (?:who|and|from|based|living|by|in|at|is|was)\b)")
DESCRIBED = re.compile(
    r"^s? (?:[a-z’'-]+ ?){1,6}$|^s? (?:[a-z’'-]+ ){1,5}?(?:who|and|from|based|living|of|in|at|with)\b"
)


class NationalityReader:
    """Reads every accused's nationality at once, since one statement may speak of several."""

    def __init__(self, lexis: Lexis) -> None:
        self.words = NationWords(lexis)
        self.shared, self.leads = SharedNations(self.words), LeadNations(self.words)
        self.inside = re.compile(rf"(?i)({self.words.parts['people']})(?:s|-born) (?=\w)")
        nation = self.words.pattern
        self.before, self.after, self.after_list = nation("before"), nation("after"), nation("after_list")
        self.after_of, self.after_from = nation("after_of"), nation("after_from")
        self.citizen, self.pronoun = nation("citizen"), nation("pronoun")
        self.heads = frozenset(w.split(" ")[0] for w in self.words.demonyms)
        self.boundary = lexis.optional("nation.boundary", BOUNDARY)
        self.described_rest = lexis.optional("nation.described_rest", DESCRIBED)

    def read(self, layout: Layout, case: Case, home: str | None) -> Mapping[int, Stated]:
        """Nationality by person's index. `home` is the source's country: "from Leeds, UK" is residence there."""
        people = tuple(k for k in case.people if k.text.lower() not in self.words.demonyms)
        case = replace(case, people=people)  # "a Sri Lankan" that passed for a name must not cut a phrase short
        found: dict[int, Stated] = {}
        said = self.said(layout)
        for known in case.accused:
            stated = self.own(layout, case, known, home, said)
            if stated is not None:
                found[known.index] = stated
        for several, stated in (
            *self.shared.shared_by(layout, case, said),
            *self.shared.listed(layout, case, said),
        ):
            for index in several:
                found.setdefault(index, stated)
        self.shared.add_compatriots(layout, case, found)
        self.leads.add_described(layout, case, found, said)
        self.leads.add_groups(layout, case, found, said)
        return found

    def said(self, layout: Layout) -> frozenset[int]:
        """Sentences with a word of nationality: only they are worth the large patterns."""
        return frozenset(
            index
            for index, s in enumerate(layout.sentences)
            if any(self.heads.intersection(forms(w)) for w in WORD.findall(layout.text, s.start, s.end))
        )

    def own(
        self, layout: Layout, case: Case, known: Known, home: str | None, said: Collection[int]
    ) -> Stated | None:
        """What stands beside any of the person's mentions; then sentences that speak of nobody else."""
        for m in known.mentions:
            if m.sentence not in said:
                continue
            inside = self.inside.match(layout.text, m.start, m.end)
            if inside:
                return self.words.stated(inside[1], m.start, "nationality.before_name@2", 0.85)
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
                return self.words.stated(found["d"], base + found.start("d"), "nationality.after_name@2", 0.85)
            found = self.after_list.match(stretch)
            if found is None:
                found = self.after_of.match(stretch)
            group = next((g for g in ("d", "d2", "d3") if found and found.groupdict().get(g)), "d")
            if found and (group != "d3" or self.words.demonyms[found[group].lower()] != home):
                return self.words.stated(found[group], base + found.start(group), "nationality.after_name@2", 0.85)
            found = self.after_from.match(stretch)
            if found and found["d"][0].isupper():
                code = self.words.demonyms[found["d"].lower()]
                if code != home or not found["place"]:
                    return self.words.stated(found["d"], base + found.start("d"), "nationality.from@1", 0.8)
        return None

    def is_described(self, found: re.Match[str], next_name: bool) -> bool:
        """True when the word describes the person: "a Thai cook", no "a Thai restaurant", no "a Thai named Y"."""
        word, rest = found["d"].lower(), found["rest"]
        if next_name and not RELATIVE.search(rest):
            return False
        if self.words.citizen_rest.match(rest) or found["born"]:
            return True
        if (
            word in self.words.places
            or self.words.things.match(rest.strip())
            or self.words.many.match(rest.strip())
        ):
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
            if found is None or self.words.blocked.search(left[: found.start()]):
                continue
            group = "d" if found["d"] else "d2"
            between = found["r"]
            if self.words.things.match(between.strip()) or self.words.many.match(between.strip()):
                continue
            apposition = bool(ends) and APPOSITION.match(left[: found.start()]) is not None
            if apposition and ("," in between or ")" in between):
                continue
            return self.words.stated(found[group], start + found.start(group), "nationality.before_name@2", 0.85)
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
                if self.words.not_accused.search(clause) or (self.words.capital and not found[group][0].isupper()):
                    continue
                return self.words.stated(found[group], found.start(group), "nationality.citizen@2", 0.8)
        return None


def forms(word: str) -> tuple[str, ...]:
    """A word as it is, without a plural's or possessive's end, and before its hyphen: "Nigerians", "Thai-born"."""
    low = word.lower()
    bare = low.rstrip(".").removesuffix("'s").removesuffix("’s")
    return low, bare.rstrip("s"), bare, bare.split("-")[0]
