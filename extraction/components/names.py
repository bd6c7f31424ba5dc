"""Names of natural persons in a text: runs of capitals weighed by titles, ages, aliases, places and our tagger.

Refuses to trust one sign alone: NER mistakes South Asian and African names for places, capitals mark everything.
"""

from __future__ import annotations

import re

from spacy.tokens import Doc

from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis
from extraction.components.name_parts import INITIALS, Name, Signs, Token
from extraction.components.name_runs import RunCutter
from extraction.components.name_tails import TailReader
from extraction.model.terms import Role

MIN_SCORE = 2.0
CALENDAR_NAMES = {"may", "april", "june", "august", "christmas", "easter", "sunday", "friday", "monday"}
COORDINATED = re.compile(r"(?:,? and |, |; (?:and )?)(?:[a-z]+ ){0,3}$")
BULLET = re.compile(r"^\W{0,3}(?:[A-Z]?\d{1,2}|[ivx]{1,4})?[.):]?\s*$")
GIVEN, FAMILY = 1.5, 0.5  # what a known first or family name weighs
TAGGED = 2.0  # what the trained tagger's word weighs


class NameFinder:
    """Finds candidate names; clustering them into people is `people.py`'s work."""

    def __init__(self, lexis: Lexis) -> None:
        self.lexis = lexis
        self.runs, self.tails = RunCutter(lexis), TailReader(lexis)
        self.coordinated = lexis.optional("name.coordinated", COORDINATED)
        s = lexis.sets
        self.particles = s["words.particles"]
        self.given = s.get("names.given", frozenset())  # none in English, whose tagger knows them
        self.family = s.get("names.family", frozenset())
        self.nation_or_name = s.get("words.nation_or_name", frozenset())
        self.initials = bool(s.get("words.initials_only"))
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
        official = sorted(s["phrases.official"], key=len, reverse=True)
        self.official_phrase = re.compile(
            rf"\b(?:{'|'.join(map(re.escape, official))})(?: [A-Za-z]+)?\W*$", re.IGNORECASE
        )
        self.age_before = lexis.pattern("name.age_before")

    def find(self, doc: Doc, layout: Layout) -> list[Name]:
        """Every accepted name outside headings, in order."""
        text = layout.text
        lower = set(re.findall(r"(?<![\w])[a-z][a-z'’-]+", text))
        found: list[Name] = []
        for sentence in layout.sentences:
            if sentence.heading:
                continue
            done = sentence.start
            for run in self.runs.cut(text, sentence, lower):
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

    def weigh(  # noqa: PLR0912, PLR0915 - one list of signs, read top to bottom
        self, doc: Doc, text: str, sentence: Sentence, run: list[Token], *, bonus: float = 0.0
    ) -> Name | None:
        """The name in `run`, or None: signs for and against are summed."""
        cut = self.runs.behind_titles(run)
        if cut == len(run) and cut > 1 and not run[-1].text.isupper() and len(run[-1].text) > 3:
            cut = self.runs.behind_titles(run[:-1])
        titles, words = run[:cut], run[cut:]
        words = self.runs.without_place(titles, words)
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
        start, end, words = self.tails.nickname_inside(text, sentence, start, end, words)
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
        phrase_end, age, age_span, aliases = self.tails.read(text, sentence, end)
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


def tagged_person(doc: Doc, start: int, end: int) -> bool | None:
    """Whether the trained tagger sees a person here; None where no tagger was trained."""
    spans = doc._.tip_persons
    if spans is None:
        return None
    return any(s.start_char <= start < s.end_char or start <= s.start_char < end for s in spans)


def tagged_first(doc: Doc, word: Token) -> bool:
    """Whether the trained tagger takes the first word of a run for part of a name."""
    return any(s.start_char <= word.start < s.end_char for s in doc._.tip_persons or ())
