"""Age, nationality and penalty of a person, each with the span that states it.

Refuses residence as nationality and the ages of others: only what stands in the person's own phrase counts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.components.case import Case
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.people import Known

NEAR = 40  # characters between two names of one list


@dataclass(frozen=True, slots=True)
class Stated:
    """A value with the span that states it and the rule that read it."""

    value: str
    start: int
    end: int
    rule: str
    score: float


class DetailReader:
    """Reads the small facts."""

    def __init__(self, lexis: Lexis) -> None:
        self.demonyms = lexis.demonyms
        words = sorted(lexis.demonyms, key=len, reverse=True)
        self.nation = re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, words))})s?(?![\w-])", re.IGNORECASE)
        alternatives = "|".join(map(re.escape, words))

        def nation(name: str) -> re.Pattern[str]:
            return lexis.pattern(f"nation.{name}", demonym=alternatives)

        self.before, self.abstract = nation("before"), nation("citizen")
        self.after = tuple(nation(n) for n in ("after_noun", "after_bare", "after_of", "after_from"))
        self.plural, self.shared, self.not_before = nation("plural"), nation("shared"), nation("not_before")
        self.n_year_old, self.grown = lexis.pattern("age.n_year_old"), lexis.pattern("age.grown")
        self.minor_before, self.minor_after = lexis.group("minor_before"), lexis.group("minor_after")
        self.term, self.life = lexis.pattern("penalty.term"), lexis.pattern("penalty.life")
        self.suspended, self.fine = lexis.pattern("penalty.suspended"), lexis.pattern("penalty.fine")
        self.numbers = {w: n for n, w in enumerate(lexis.lexicon.words["words.numbers"])}

    def age(self, known: Known) -> Stated | None:
        """The current age: as first stated beside the name."""
        for name in known.names:
            if name.age is not None and name.age_span is not None:
                return Stated(str(name.age), *name.age_span, "age.beside_name@1", 0.95)
        return None

    def is_minor(self, layout: Layout, known: Known) -> bool:
        """True when the words beside any mention say that the person is, or was at the time, under 18."""
        for m in known.mentions:
            before = layout.text[max(0, m.phrase_start - 70) : m.phrase_start]
            after = layout.text[m.end : m.end + 60]
            if any(r.regex.search(before) for r in self.minor_before):
                return True
            if any(r.regex.search(after) for r in self.minor_after):
                return True
        return False

    def age_elsewhere(self, layout: Layout, case: Case, known: Known) -> Stated | None:
        """ "The 41-year-old" in a sentence right after one that names only this accused."""
        if len(case.accused) != 1:
            return None
        for m in self.n_year_old.finditer(layout.text):
            if 16 <= int(m[1]) <= 95 and self._main_male(layout, m.start()):
                return Stated(m[1], m.start(1), m.end(1), "age.the_n_year_old@1", 0.6)
        return None

    def _main_male(self, layout: Layout, at: int) -> bool:
        tail = layout.text[at : at + 90]
        return bool(self.grown.search(tail))

    def nationality(self, layout: Layout, case: Case, known: Known) -> Stated | None:
        """A stated nationality or country of origin in the phrase around a name."""
        text = layout.text
        for m in known.mentions:
            s = layout.sentences[m.sentence]
            others = [
                o.start for k in case.people for o in k.mentions if o.start > m.end and o.sentence == m.sentence
            ]
            right = text[m.phrase_end : min([s.end, *others, m.phrase_end + 110])]
            for stretch, base in (
                (right, m.phrase_end),
                (text[m.end : min([s.end, *others, m.end + 110])], m.end),
            ):
                found = next((m2 for m2 in (p.match(stretch) for p in self.after) if m2), None)
                if found:
                    code = self.demonyms[found["d"].lower()]
                    return Stated(
                        code, base + found.start("d"), base + found.end("d"), "nationality.after_name@1", 0.85
                    )
            before_limit = max(
                [
                    s.start,
                    *[
                        o.phrase_end
                        for k in case.people
                        for o in k.mentions
                        if o.end <= m.phrase_start and o.sentence == m.sentence
                    ],
                ]
            )
            left = text[before_limit : m.phrase_start]
            found = self.before.search(left)
            if found and not self.not_before.search(left[: found.start()]):
                code = self.demonyms[found["d"].lower()]
                return Stated(
                    code,
                    before_limit + found.start("d"),
                    before_limit + found.end("d"),
                    "nationality.before_name@1",
                    0.85,
                )
            abstract = self.abstract.search(text, m.end, s.end)
            if abstract and not others:
                return Stated(
                    self.demonyms[abstract["d"].lower()], *abstract.span("d"), "nationality.citizen@1", 0.8
                )
        return None

    def shared_nationality(self, layout: Layout, case: Case) -> list[tuple[tuple[int, ...], Stated]]:
        """Nationalities of several: "both Chinese nationals" after names, "Indian nationals" before them."""
        found = []
        for index, s in enumerate(layout.sentences):
            for m in self.shared.finditer(layout.text, s.start, s.end):
                before = [
                    k.index
                    for k in case.accused
                    if any(x.sentence == index and x.start < m.start() for x in k.mentions)
                ]
                if before:
                    stated = Stated(self.demonyms[m["d"].lower()], *m.span("d"), "nationality.shared@1", 0.8)
                    found.append((tuple(before), stated))
            for m in self.plural.finditer(layout.text, s.start, s.end):
                people, at = [], m.end()
                here = sorted(
                    (x.start, x.phrase_end, k.index)
                    for k in case.people
                    for x in k.mentions
                    if x.sentence == index
                )
                for start, end, person in here:
                    if start < m.end() - 1:
                        continue
                    if start - at > NEAR or self.nation.search(layout.text, at, start):
                        break
                    people.append(person)
                    at = end
                if people:
                    stated = Stated(self.demonyms[m["d"].lower()], *m.span("d"), "nationality.plural@1", 0.8)
                    found.append((tuple(people), stated))
        return found

    def penalty(self, text: str) -> tuple[int | None, bool, bool, str | None]:
        """Months, life, suspended, fine of one sentence's words; months of the first term only."""
        life = bool(self.life.search(text))
        months: int | None = None
        for m in self.term.finditer(text):
            number = self.amount(m["n"])
            if not number:
                continue
            months = number * (12 if m["u"].lower() == "year" else 1) + (self.amount(m["n2"] or "") or 0)
            break
        fine = self.fine.search(text)
        return None if life else months, life, bool(self.suspended.search(text)), fine.group(1) if fine else None

    def amount(self, word: str) -> int | None:
        """A number in figures or words."""
        return int(word) if word.isdigit() else self.numbers.get(word.lower())


def first(stated: Sequence[Stated | None]) -> Stated | None:
    """The first that is stated."""
    return next((s for s in stated if s is not None), None)
