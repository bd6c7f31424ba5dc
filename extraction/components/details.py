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
NUMBER_WORDS = {
    w: n
    for n, w in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
        "eighteen nineteen twenty".split()
    )
} | {"twenty-five": 25, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "life": 0, "a": 1, "an": 1}
TERM = re.compile(
    r"\b(?P<n>\d{1,3}|[a-z]+(?:-[a-z]+)?)[ -](?P<u>year|month)s?(?:['’])?(?: and (?P<n2>\d{1,2}|[a-z]+) months?)?",
    re.IGNORECASE,
)
LIFE = re.compile(
    r"\b(?:life (?:imprisonment|sentence|term|in (?:prison|jail))|imprisonment for life|to life\b|life-term|get life|life terms?|years to life)",
    re.I,
)
SUSPENDED = re.compile(r"\bsuspended\b", re.I)
FINE = re.compile(
    r"(?:\bfine(?:d)?(?: of)?|\bfined)\s((?:[A-Z]{2,3}\s?|Rs\.?\s?|[₦₱£€$₹]\s?|Tk\.?\s?|RM|Sh|Shs|KSh|GH¢|N|P|R|K|Dh|S\$|A\$|HK\$)[\d,.]+(?: (?:lakh|crore|million|thousand))?)"
)


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
        noun = (
            r"(?:[a-z-]+ ){0,3}?(?:national|citizen|nationals|citizens|man|woman|men|women|couple|passport|expatriate|expat|driver|"
            r"native|immigrant|migrant|businessman|businesswoman|who|subject|recruiter|girlfriend|boyfriend|housewife|princess|"
            r"cook|maid|student|agent|broker|teacher|trader|kingpin|receptionist|worker|by birth|origin)"
        )
        self.before = re.compile(
            rf"(?<![\w-])(?P<d>{alternatives})(?: {noun})?,? (?:(?:[a-z’'-]+ ){{0,3}}[a-z’'-]+,? |named |identified as |[\"“])?$",
            re.I,
        )
        lead = r"^[\"”’')]*(?:,? ?(?:of [^,;.()]{1,40},? )?)[,(]? ?(?:who (?:is|was) |who’s |is |was |are )?(?:both |all )?(?:an? |the )?"
        self.after = (
            re.compile(
                rf"{lead}(?P<d>{alternatives})s? (?:national|citizen|passport holder|man|woman|native|who|from|by|origin)",
                re.I,
            ),
            re.compile(rf"{lead}(?P<d>{alternatives})s?(?:\)|,|;|\.)", re.I),
            re.compile(rf"{lead}(?:national|citizen|native)s? of (?P<d>{alternatives})(?![\w-])", re.I),
            re.compile(
                rf"^[\"”’')]*,? (?:originally |who (?:is |was |comes |hails )|hailing |comes? |both |all )?(?:from|born in) "
                rf"(?:[A-Z][\w’'-]+,? (?:in |of )?){{0,3}}(?P<d>{alternatives})(?![\w-])",
                re.I,
            ),
        )
        self.plural = re.compile(
            rf"(?<![\w-])(?P<d>{alternatives}) (?:nationals|citizens|men|women|brothers|sisters|siblings|compatriots|couple|suspects)\b[,:]? ?(?:(?:named|identified as|namely|and)[: ]+)?",
            re.I,
        )
        self.abstract = re.compile(
            rf"\b(?:is (?:now )?an? |as an? )(?P<d>{alternatives}) (?:citizen|national)", re.I
        )

    def age(self, known: Known) -> Stated | None:
        """The current age: as first stated beside the name."""
        for name in known.names:
            if name.age is not None and name.age_span is not None:
                return Stated(str(name.age), *name.age_span, "age.beside_name@1", 0.95)
        return None

    def age_elsewhere(self, layout: Layout, case: Case, known: Known) -> Stated | None:
        """ "The 41-year-old" in a sentence right after one that names only this accused."""
        if len(case.accused) != 1:
            return None
        for m in re.finditer(
            r"\b(?:[Tt]he|[Aa]n?) (\d\d)-year-old (?!(?:victim|girl|woman who was|boy|student|complainant|daughter|son))",
            layout.text,
        ):
            if 16 <= int(m[1]) <= 95 and self._main_male(layout, m.start()):
                return Stated(m[1], m.start(1), m.end(1), "age.the_n_year_old@1", 0.6)
        return None

    def _main_male(self, layout: Layout, at: int) -> bool:
        tail = layout.text[at : at + 90]
        return bool(
            re.search(
                r"-year-old (?:[a-z]+ ){0,3}?(?:man|pastor|fisherman|suspect|accused|defendant|was|is|has|who|driver|trader|teacher)",
                tail,
            )
        )

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
            if found and not re.search(r"\b(?:in|to|from|of|into|against|the)\s*$", left[: found.start()]):
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
        """ "both Chinese nationals" after a list: everyone named before it in the sentence, back to the last break."""
        found = []
        pattern = re.compile(
            rf"\b(?:both|all)(?: (?:are|of them|two|three|four))?(?: from)? (?P<d>{'|'.join(map(re.escape, sorted(self.demonyms, key=len, reverse=True)))})s?(?: nationals?| citizens?)?\b",
            re.I,
        )
        for index, s in enumerate(layout.sentences):
            for m in pattern.finditer(layout.text, s.start, s.end):
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


def read_penalty(text: str) -> tuple[int | None, bool, bool, str | None]:
    """Months, life, suspended, fine of one sentence's words; months of the first term only."""
    life = bool(LIFE.search(text))
    months: int | None = None
    for m in TERM.finditer(text):
        number = amount(m["n"])
        if number is None or number == 0:
            continue
        months = number * (12 if m["u"].lower() == "year" else 1) + (amount(m["n2"] or "") or 0)
        break
    fine = FINE.search(text)
    return (None if life else months), life, bool(SUSPENDED.search(text)), fine.group(1) if fine else None


def amount(word: str) -> int | None:
    """A number in figures or words."""
    if word.isdigit():
        return int(word)
    return NUMBER_WORDS.get(word.lower())


def first(stated: Sequence[Stated | None]) -> Stated | None:
    """The first that is stated."""
    return next((s for s in stated if s is not None), None)
