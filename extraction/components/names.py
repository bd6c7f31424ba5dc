"""Names of natural persons in a text: runs of capitals weighed by titles, ages, aliases, places and our tagger.

Refuses to trust one sign alone: NER mistakes South Asian and African names for places, capitals mark everything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spacy.tokens import Doc

from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis, expand
from extraction.model.terms import Role

WORD = re.compile(
    r"(?:[^\W\d_]\.){1,4}(?=[\s,]|[^\W\d_])|[as]/[lpo]\b|[^\W\d_][\w]*(?:[’'\-][^\W\d_][\w]*)*\.?|\d[\w,.]*|[^\w\s]|\n"
)
QUOTED = re.compile(r"(?:(?P<g>«\s?)|[\"“‘'])(?P<q>(?(g)[^«»\n]{2,40}?|[^\"”’'\n]{2,40}))(?(g)\s?»|[\"”’'])")
MIN_SCORE = 2.0
LONE = 2.0  # a single capital after a preposition is a place
SHORT_TITLE = 3
CALENDAR_NAMES = {"may", "april", "june", "august", "christmas", "easter", "sunday", "friday", "monday"}
BRACKETED = re.compile(r" ?\([\"“‘']?(?P<q>[A-Z][^()\d]{1,30}?)[\"”’']?\)")
NEVER = re.compile(r"(?!)")
COORDINATED = re.compile(r"(?:,? and |, |; (?:and )?)(?:[a-z]+ ){0,3}$")
BULLET = re.compile(r"^\W{0,3}(?:[A-Z]?\d{1,2}|[ivx]{1,4})?[.):]?\s*$")
INITIALS = re.compile(r"^(?:[A-Z]\.){1,4}[A-Z]?\.?$")
SPOKEN_TITLES = {
    "mr",
    "mrs",
    "ms",
    "mx",
    "dr",
    "sr",
    "fr",
    "det",
    "lt",
    "col",
    "gen",
    "maj",
    "sgt",
    "cpl",
    "sir",
    "mdm",
    "adv",
    "one",
    "hon",
    "rev",
    "sen",
    "rep",
    "cst",
    "smt",
    "pol",
}
GIVEN, FAMILY = 1.5, 0.5  # what a known first or family name weighs
TAGGED = 2.0  # what the trained tagger's word weighs


@dataclass(frozen=True, kw_only=True, slots=True)
class Name:
    """One mention. `start`:`end` is the name, `phrase_start`:`phrase_end` with titles, aliases and age."""

    start: int
    end: int
    words: tuple[str, ...]
    phrase_start: int
    phrase_end: int
    score: float
    role: Role | None = None  # what its title says
    title: str = ""
    age: int | None = None
    age_span: tuple[int, int] | None = None
    aliases: tuple[tuple[str, int, int], ...] = ()
    organisation: bool = False
    tagged: bool = False  # the trained tagger sees a person here


@dataclass(slots=True)
class Token:
    """A word with its span."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Signs:
    """What is known about a run of capitals when its surroundings are weighed."""

    titled: bool
    noun_before: bool
    aged: bool
    day: bool
    several: bool

    def weight(self, value: str, score: float) -> float:
        """The signed weight of a rule, zero where its condition does not hold."""
        match value:
            case "for":
                return score
            case "against":
                return -score
            case "against_untitled":
                return 0.0 if self.titled else -score
            case "against_bare":
                return 0.0 if self.titled or self.noun_before else -(score if self.several else LONE)
            case "against_day":
                return -score if self.day else 0.0
            case "against_ageless":
                return 0.0 if self.titled or self.aged else -score
            case _:
                raise ValueError(value)


class NameFinder:
    """Finds candidate names; clustering them into people is `people.py`'s work."""

    def __init__(self, lexis: Lexis) -> None:
        self.lexis = lexis
        self.word = lexis.optional("name.word", WORD)
        self.coordinated = lexis.optional("name.coordinated", COORDINATED)
        self.plain_start = lexis.optional("name.plain_start", NEVER)
        s = lexis.sets
        self.spoken = SPOKEN_TITLES | s.get("words.spoken_titles", frozenset())
        self.particles = s["words.particles"]
        self.also_names = s.get("words.title_or_name", frozenset())
        self.given = s.get("names.given", frozenset())  # none in English, whose tagger knows them
        self.family = s.get("names.family", frozenset())
        self.of_places = s.get("words.title_of_place", frozenset())
        self.nation_or_name = s.get("words.nation_or_name", frozenset())
        self.initials = bool(s.get("words.initials_only"))
        self.masked_tail = lexis.optional("name.masked_tail", NEVER)
        self.placeholders = s["words.placeholder"]
        self.not_name = s["words.not_name"]
        self.organisation = s["words.organisation"]
        self.months = s["words.months"]
        self.person_nouns = s["nouns.person"]
        self.companies = s["words.company"]
        self.person_verbs = s["verbs.before_name"]
        self.titles = {
            Role.OFFICIAL: s["titles.official"],
            Role.LAWYER: s["titles.lawyer"],
            Role.WITNESS: s["titles.witness"],
            Role.VICTIM: s["titles.victim"],
            Role.OTHER: s["titles.other"],
        }
        self.before_rules, self.after_rules = lexis.group("name_before"), lexis.group("name_after")
        self.every_title = s["titles.plain"].union(*self.titles.values())
        official = sorted(s["phrases.official"], key=len, reverse=True)
        self.official_phrase = re.compile(
            rf"\b(?:{'|'.join(map(re.escape, official))})(?: [A-Za-z]+)?\W*$", re.IGNORECASE
        )
        self.age, self.age_before = lexis.pattern("name.age"), lexis.pattern("name.age_before")
        self.honorific_tail = lexis.pattern("name.honorific_tail")
        words = lexis.lexicon.words
        links = "|".join(expand(w, words) for w in words["alias.links"])
        self.alias_link = re.compile(
            rf"(?:, an? (?!man|woman)(?:[a-z-]+ ){{1,4}}?|\s?[,(]?\s?)(?:{links})(?![A-Za-z]),?[\s:]*",
            re.IGNORECASE,
        )

    def find(self, doc: Doc, layout: Layout) -> list[Name]:
        """Every accepted name outside headings, in order."""
        text = layout.text
        lower = set(re.findall(r"(?<![\w])[a-z][a-z'’-]+", text))
        found: list[Name] = []
        for sentence in layout.sentences:
            if sentence.heading:
                continue
            done = sentence.start
            for run in self.runs(text, sentence, lower):
                if run[0].start < done:
                    continue
                joined = bool(found) and bool(self.coordinated.match(text, found[-1].phrase_end, run[0].start))
                name = self.weigh(doc, text, sentence, run, bonus=1.0 if joined else 0.0)
                if name is not None and not self.is_plain(name, lower):
                    found.append(name)
                    done = name.phrase_end
        return found

    def is_plain(self, name: Name, lower: set[str]) -> bool:
        """One word at a sentence's start that the text also writes small ("Pimping is ..."), or a placeholder."""
        if " ".join(name.words).lower() in self.placeholders:
            return True
        alone = len(name.words) == 1 and name.role is None and name.age is None and not name.aliases
        return alone and name.words[0].lower() in lower

    def runs(self, text: str, sentence: Sentence, lower: set[str]) -> Iterator[list[Token]]:
        """Maximal runs of capitalised words joined by single spaces or particles."""
        tokens = [
            Token(m.group(), m.start(), m.end()) for m in self.word.finditer(text, sentence.start, sentence.end)
        ]
        for token in tokens:  # a full stop belongs to initials and abbreviations only
            if token.text.endswith(".") and len(token.text) > 4:
                token.text, token.end = token.text[:-1], token.end - 1
            if token.text[-2:] in ("'s", "’s"):
                token.text, token.end = token.text[:-2], token.end - 2
        i = 0
        while i < len(tokens):
            if not is_capital(tokens[i].text):
                i += 1
                continue
            j = i + 1
            while j < len(tokens) and text[tokens[j - 1].end : tokens[j].start] in (" ", ""):
                here = tokens[j].text
                adjacent = tokens[j].start == tokens[j - 1].end
                if adjacent and not tokens[j - 1].text.endswith((".", "'", "’")):
                    break
                if is_capital(here) or (
                    here.lower() in self.particles
                    and j + 1 < len(tokens)
                    and (is_capital(tokens[j + 1].text) or tokens[j + 1].text.lower() in self.particles)
                    and text[tokens[j].end : tokens[j + 1].start] == " " * (here[-1] not in "'’")
                ):
                    j += 1
                else:
                    break
            run = tokens[i:j]
            first = run[0]
            if (
                first.start == sentence.start
                and len(run) > 1
                and (first.text.lower() in lower or self.plain_start.fullmatch(first.text))
                and not self.is_title(first)
            ):
                run = run[1:]
            yield run
            i = j

    def is_title(self, token: Token) -> bool:
        """True for a title word, also with a number or hyphenated part ("Judge-II")."""
        word = token.text.lower().rstrip(".")
        if len(word) <= SHORT_TITLE and word not in self.spoken and not token.text.rstrip(".").isupper():
            return False
        return word in self.every_title or word.split("-")[0] in self.titles[Role.OFFICIAL]

    def is_worn(self, run: list[Token], k: int) -> bool:
        """True for a title that is no name as well ("Hakim"), or that stands first or behind other titles."""
        if k and k == len(run) - 1 and INITIALS.match(run[k].text):
            return False  # "Sonia M." is no Mister
        return run[k].text.lower() not in self.also_names or all(self.is_title(t) for t in run[:k])

    def without_place(self, titles: list[Token], words: list[Token]) -> list[Token]:
        """ "Bupati Malang X": the words behind an office's place, where the language writes it so."""
        if not titles or titles[-1].text.lower() not in self.of_places:
            return words
        for n in (3, 2, 1):
            if len(words) > n and " ".join(w.text.lower() for w in words[:n]) in self.lexis.place_words:
                return words[n:]
        return words

    def weigh(  # noqa: PLR0912, PLR0915 - one list of signs, read top to bottom
        self, doc: Doc, text: str, sentence: Sentence, run: list[Token], *, bonus: float = 0.0
    ) -> Name | None:
        """The name in `run`, or None: signs for and against are summed."""
        cut = max((k + 1 for k, t in enumerate(run) if self.is_title(t) and self.is_worn(run, k)), default=0)
        if cut == len(run) and cut > 1 and not run[-1].text.isupper() and len(run[-1].text) > 3:
            cut = max(
                (k + 1 for k, t in enumerate(run[:-1]) if self.is_title(t) and self.is_worn(run, k)), default=0
            )
        titles, words = run[:cut], run[cut:]
        words = self.without_place(titles, words)
        while words and (words[0].text.lower() in self.not_name and not self.likely_name(words)):
            words = words[1:]
        while words and (words[-1].text.lower() in self.not_name or words[-1].text in self.particles):
            words = words[:-1]
        if not words:
            return None
        while len(words) > 1 and words[-1].text in ("SC", "QC", "KC", "SAN", "CID", "FIA"):
            words = words[:-1]
        low = [w.text.lower() for w in words]
        start, end = words[0].start, words[-1].end
        start, end, words = self.nickname_inside(text, sentence, start, end, words)
        low = [w.text.lower() for w in words]
        before = text[max(sentence.start, start - 60) : titles[0].start if titles else start]
        company = low[-1].rstrip(".") in self.companies
        organisation = (
            company or any(w.strip(".") in self.organisation for w in low) or low[-1].startswith(("pvt", "ltd"))
        )
        named = self.known_names(low)
        organisation = organisation and (company or named < GIVEN)
        score = bonus + named
        role, title = self.title_role(text, sentence, titles, start)
        previous = re.findall(r"[\w'’\-]+$", before.rstrip(" :,"))
        noun_before = bool(previous) and previous[0].lower().split("’")[0] in self.person_nouns
        if titles or role is not None:
            score += 3.0
        elif noun_before:
            score += 2.0
        phrase_end, age, age_span, aliases = self.tail(text, sentence, end)
        if age is None and (
            m := self.age_before.search(text, sentence.start, titles[0].start if titles else start)
        ):
            age, age_span = int(m["age"]), (m.start(), m.start("age") + 2)
        if age is not None:
            score += 3.0
        if aliases:
            score += 3.0
        tagged = tagged_person(doc, start, end)
        score += TAGGED if tagged else 0.0
        score += 1.0 if len(words) > 1 else -1.0
        after = text[phrase_end : phrase_end + 30].lstrip(' ,"”')
        signs = Signs(bool(titles), noun_before, age is not None, self.is_day(low[0]), len(words) > 1)
        score += self.signs_before(before, signs) + self.signs_after(after)
        joined = " ".join(low)
        if joined in self.lexis.place_words or joined in self.lexis.demonyms:
            score -= 4.0 if not titles and age is None else 1.0
        elif (count := self.nation_words(low)) and not tagged_first(doc, words[0]):
            rest = words[count:]
            if low[0] != "lao":
                return self.weigh(doc, text, sentence, rest, bonus=bonus) if rest else None
        if any(w in self.months for w in low) and len(words) == 1:
            return None
        if organisation and not (titles and age is not None):
            score -= 6.0
        initials = self.initials and len(words) > 1 and all(INITIALS.match(w.text) for w in words)
        score += 1.0 if initials else 0.0
        if all(w.text.isupper() and len(w.text) > 1 for w in words) and age is None and not initials:
            score -= 3.0
        if len(words) > 6 or any(re.search(r"\d", w.text) for w in words):
            score -= 3.0
        if previous and previous[0].lower() in self.person_verbs and len(words) > 1:
            score += 1.0
        if re.match(r" ?\((?:Mrs?|Ms|Miss|Chief|Alhaji|Alhaja|Madam|Dr|Pastor)\.? [A-Z]", text[end : end + 16]):
            score += 2.0
        head = text[sentence.start : titles[0].start if titles else start]
        if (
            BULLET.match(head)
            and re.match(r"\s?(?:\||[–—:]|-\s)", text[phrase_end : phrase_end + 3])
            and len(words) > 1
        ):
            score += 1.5
        if re.match(r"(?:an?|the|his|her) [a-z-]+", after) and text[phrase_end : phrase_end + 1] == ",":
            score += 1.0
        if (
            len(words) == 1
            and INITIALS.match(words[0].text)
            and words[0].text.rstrip(".") not in ("U.S", "U.K", "D.C", "U.N", "U.A.E")
        ):
            score += 2.0
        if (organisation and not company and score < MIN_SCORE) or (score < MIN_SCORE and not company):
            return None
        return Name(
            start=start,
            end=end,
            words=tuple(w.text for w in words),
            phrase_start=titles[0].start if titles else start,
            phrase_end=phrase_end,
            score=score,
            role=role,
            title=title,
            age=age,
            age_span=age_span,
            aliases=aliases,
            organisation=organisation,
            tagged=bool(tagged),
        )

    def known_names(self, low: list[str]) -> float:
        """What it weighs that a run begins with a first name and ends in a family name of the language's lists."""
        if len(low) == 1:
            return 0.0
        return GIVEN * (low[0].split("-")[0] in self.given) + FAMILY * (low[-1] in self.family)

    def nation_words(self, low: list[str]) -> int:
        """How many words at the start say a nation: "Nigerian", "Sri Lankan", "Zambians", "Angolan-born"."""
        demonyms = self.lexis.demonyms
        if low[0] in self.nation_or_name:
            return 0
        if " ".join(low[:2]) in demonyms:
            return 2
        first = low[0]
        return int(
            first in demonyms or first.removesuffix("s") in demonyms or first.removesuffix("-born") in demonyms
        )

    def is_day(self, word: str) -> bool:
        """True for a day or month."""
        return word in self.months or word.endswith("day")

    def signs_before(self, before: str, signs: Signs) -> float:
        """Sum of the signs directly before a run."""
        total = 0.0
        for rule in self.before_rules:
            if rule.regex.search(before):
                total += signs.weight(rule.value, rule.score)
        return total

    def signs_after(self, after: str) -> float:
        """Sum of the signs directly after a run."""
        return sum(r.score if r.value == "for" else -r.score for r in self.after_rules if r.regex.search(after))

    def likely_name(self, words: list[Token]) -> bool:
        """May and April are names when another capital follows and no figure."""
        first = words[0].text.lower()
        return len(words) > 1 and (first in self.months or first.endswith("day") or first in CALENDAR_NAMES)

    def nickname_inside(
        self, text: str, sentence: Sentence, start: int, end: int, words: list[Token]
    ) -> tuple[int, int, list[Token]]:
        """Extend over an inner nickname: Anil "Boysie" Maharaj."""
        m = re.compile(
            r" \(?[\"“‘](?P<q>[^\"”’)\d\n]{2,25})[\"”’]\)?((?: (?:[a-z]{1,3} )?[A-Z\u00c0-\u00de][\w'’-]+){1,3})"
        ).match(text, end, sentence.end)
        if m is None:
            tail = self.masked_tail.match(text, end, sentence.end)  # 'Jaime "N"': a family name withheld
            if tail is None:
                return start, end, words
            return start, tail.end(), [*words, Token(tail.group().strip(), tail.start(), tail.end())]
        offset = m.start(2)
        extra = [Token(w.group(), offset + w.start(), offset + w.end()) for w in re.finditer(r"\S+", m.group(2))]
        return start, m.end(), words + extra

    def title_role(
        self, text: str, sentence: Sentence, titles: list[Token], start: int
    ) -> tuple[Role | None, str]:
        """What the words directly before a name say: capitals in its run, or lower-case words."""
        window = text[max(sentence.start, start - 70) : start]
        if self.official_phrase.search(window):
            return Role.OFFICIAL, "official"
        tail = re.findall(r"[^\W\d_][\w’'\-]*\.?|[,;:.\"”]", window)
        for word in reversed(tail[-4:]):
            low = word.lower().rstrip(".").split("’")[0].removesuffix("'s")
            if not low or low in (",", ";", ":", '"', "”"):
                break
            for role in (Role.VICTIM, Role.WITNESS, Role.LAWYER, Role.OFFICIAL, Role.OTHER):
                if low in self.titles[role] or (role is Role.OFFICIAL and low.split("-")[0] in self.titles[role]):
                    return role, low
            if low not in self.lexis.sets["titles.plain"] and not word[0].isupper():
                break
        return None, ""

    def tail(
        self, text: str, sentence: Sentence, end: int
    ) -> tuple[int, int | None, tuple[int, int] | None, tuple[tuple[str, int, int], ...]]:
        """Aliases and age after a name, and where the phrase ends."""
        aliases: list[tuple[str, int, int]] = []
        age: int | None = None
        span: tuple[int, int] | None = None
        at = end
        for _ in range(6):
            if age is None and (m := self.age.match(text, at, sentence.end)):
                group = next(g for g in ("a1", "a2", "a3", "a4", "a5") if m[g])
                number = int(m[group])
                if 10 <= number <= 99:
                    age, span, at = number, m.span(group), m.end()
                    continue
            if m := self.honorific_tail.match(text, at, sentence.end):
                at = m.end()
                continue
            if (m := BRACKETED.match(text, at, sentence.end)) and QUOTED.search(m.group()):
                aliases.append((m["q"], *m.span("q")))
                at = m.end()
                continue
            link = self.alias_link.match(text, at, sentence.end)
            if link is None:
                break
            alias = self.alias_at(text, link.end(), sentence.end)
            if alias is None:
                break
            aliases.append(alias)
            at = alias[2]
            quote_after = re.compile(r",?[\"”’]").match(text, at, sentence.end)
            if quote_after is not None:
                at = quote_after.end()
                late = re.compile(r" (?P<a>\d\d)(?=[,;.)])").match(text, at, sentence.end)
                if late is not None and age is None and quote_after.group()[0] == ",":
                    age, span, at = int(late["a"]), late.span("a"), late.end()
            closing = re.compile(r"\s?»").match(text, at, sentence.end)
            at = closing.end() if closing is not None else at
            while at < sentence.end and text[at] in "\"”’')":
                at += 1
            while m := re.compile(r" (?:and|or|/) ").match(text, at, sentence.end):
                more = QUOTED.match(text, m.end(), sentence.end)
                if more is None:
                    break
                aliases.append((more["q"], *more.span("q")))
                at = more.end()
        return at, age, span, tuple(aliases)

    def alias_at(self, text: str, at: int, end: int) -> tuple[str, int, int] | None:
        """The alias that begins at `at`: a quoted string, or up to three capitalised words."""
        if m := QUOTED.match(text, at, end):
            q = m["q"].rstrip(",.")
            return q, m.start("q"), m.start("q") + len(q)
        m2 = re.compile(r"(?:[A-Z\u00c0-\u00de][\w’'\-]*\.?)(?: [A-Z\u00c0-\u00de][\w’'\-]*){0,2}").match(
            text, at, end
        )
        if m2 is None:
            return None
        return m2.group().rstrip("."), m2.start(), m2.start() + len(m2.group().rstrip("."))


def tagged_person(doc: Doc, start: int, end: int) -> bool | None:
    """Whether the trained tagger sees a person here; None where no tagger was trained."""
    spans = doc._.tip_persons
    if spans is None:
        return None
    return any(s.start_char <= start < s.end_char or start <= s.start_char < end for s in spans)


def tagged_first(doc: Doc, word: Token) -> bool:
    """Whether the trained tagger takes the first word of a run for part of a name."""
    return any(s.start_char <= word.start < s.end_char for s in doc._.tip_persons or ())


def is_capital(word: str) -> bool:
    """True when `word` begins with a capital letter."""
    return word[0].isalpha() and word[0].isupper() and not any(c.isdigit() for c in word)
