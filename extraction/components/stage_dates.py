"""When a person's stage happened: the date that belongs to its verb, resolved against the day of publication.

Refuses the dates of crimes, births, reports and hearings to come, and any day after publication.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from dateparser.date import DateDataParser

from extraction.components.case import Case
from extraction.components.cues import Cue
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis, Rule
from extraction.components.people import Known
from extraction.components.stages import stage_of
from extraction.components.stated import Stated
from extraction.model.terms import Stage

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
LEAD = 8  # sentences that speak of the story's main act without names
FAR, NEAR = 170, 80  # characters between a verb and its date; where the date may be the crime's
RECENT = 14 * DAY  # a story's own day in court, not one of its background
AHEAD, BEHIND = 120, 240  # days: "on August 24", written in May, is a day to come
SCORE = {0: 0.9, 1: 0.8, 2: 0.6, 3: 0.5}
SAME_DAY = {  # what one court says on one day to several accused
    Stage.SENTENCED: {"sentenced", "convicted", "acquitted", "court"},
    Stage.CONVICTED: {"convicted", "sentenced", "acquitted", "court"},
    Stage.ACQUITTED: {"acquitted", "convicted", "sentenced", "court"},
    Stage.DISMISSED: {"dismissed", "convicted", "sentenced", "acquitted"},
    Stage.OVERTURNED: {"overturned", "court"},
    Stage.PLEADED_GUILTY: {"pleaded_guilty"},
    Stage.CHARGED: {"charged", "court"},
    Stage.ARRESTED: {"arrested"},
    Stage.ON_TRIAL: {"on_trial", "court"},
    Stage.WANTED: {"wanted"},
}
STAGED = frozenset({"weekday", "phrase"})  # written of the last days: the crimes of a case are older
EARLIEST = 1980
OTHER = frozenset({"reporting", "crime", "future", "clause"})
LAST = frozenset({"last", "passado", "pasado"})
DAYS = 2  # hyphens in a full ISO date
STOP = re.compile(r"[;]|[.!?] ")
AND = re.compile(r"\band\b")


@dataclass(frozen=True, slots=True)
class Dated:
    """A date of the text: ISO, as partial as was written, with its span and rule."""

    value: str
    start: int
    end: int
    rule: str


@dataclass(frozen=True, slots=True)
class Word:
    """A word that a date may belong to; `families` are its meanings ("arrested", "crime", "reporting")."""

    start: int
    end: int
    families: frozenset[str]


class StageDateReader:
    """Reads the date of each accused's stage."""

    def __init__(self, lexis: Lexis) -> None:
        self.rules = lexis.group("stage_date")
        lists = lexis.lexicon.words
        self.families = {
            name.removeprefix("dates."): re.compile(rf"(?i)(?<![\w-])(?:{'|'.join(entries)})(?![\w])")
            for name, entries in lists.items()
            if name.startswith("dates.")
        }
        self.fronted, self.preceded = lexis.pattern("dates.fronted"), lexis.pattern("dates.preceded")
        self.relative, self.auxiliary = lexis.pattern("dates.relative"), lexis.pattern("dates.auxiliary")
        self.place, self.offence = lexis.pattern("dates.place"), lexis.pattern("dates.offence")
        self.pending, self.earlier = lexis.pattern("dates.pending"), lexis.pattern("dates.earlier")
        self.written = lru_cache(maxsize=256)(self._written)
        self.words = lru_cache(maxsize=64)(self._words)  # a sentence is asked once for each accused
        self.resolver = Resolver(lexis.lexicon.language)

    def read(  # noqa: PLR0917
        self, layout: Layout, case: Case, known: Known, stage: Stage, published: str | None, proof: tuple[int, int]
    ) -> Stated | None:
        """The date of `known`'s `stage`; `published` is the article's ISO date, `proof` the stage's span."""
        base = full_date(published)
        cues = [c for c in case.cues if known.index in c.people and c.group == "stage" and stage_of(c) is stage]
        spans = [(c.start, c.end) for c in cues] + [proof]
        for tier, places in enumerate(self.places(layout, case, known, cues, proof)):
            found: list[tuple[int, str, Dated]] = []
            for index in places:
                for date, word in self.belonging(layout, case, index, {stage.value}, base):
                    near = min(gap(word, span) for span in spans)
                    if near and not self.is_about(case, known, index, word):
                        continue
                    found.append((-near if tier == 0 else 0, date.value, date))
            if found:
                best = max(found, key=lambda f: (f[0], f[1], -f[2].start))[2]
                return Stated(best.value, best.start, best.end, best.rule, SCORE[tier])
        return self.same_day(layout, case, stage, base, [c.sentence for c in cues])

    def is_about(self, case: Case, known: Known, index: int, word: Word) -> bool:
        """False when another accused is named between this one and the verb."""
        here = [(m.start, k.index) for k in case.accused for m in k.mentions if m.sentence == index]
        before = [p for start, p in sorted(here) if start < word.start]
        return not before or before[-1] == known.index

    def same_day(
        self, layout: Layout, case: Case, stage: Stage, base: dt.date | None, own: Sequence[int]
    ) -> Stated | None:
        """The day of the story's own act, for those of whom it says nothing else: "Y was cleared"."""
        text = [layout.text[layout.sentences[i].start : layout.sentences[i].end] for i in own]
        if base is None or any(self.earlier.search(t) or self.written(t) for t in text):
            return None
        for index in range(min(LEAD, len(layout.sentences))):
            if index in case.unrelated:
                continue
            for date, _ in self.belonging(layout, case, index, SAME_DAY[stage], base):
                if date.value.count("-") == DAYS and base - dt.date.fromisoformat(date.value) <= RECENT:
                    return Stated(date.value, date.start, date.end, date.rule, SCORE[3])
        return None

    def places(
        self, layout: Layout, case: Case, known: Known, cues: Sequence[Cue], proof: tuple[int, int]
    ) -> Iterator[list[int]]:
        """Sentences in which to look, surest first: with the stage's cues, with the person, the lead on nobody."""
        at = [i for i, s in enumerate(layout.sentences) if s.start <= proof[0] < s.end]
        own = [i for i in dict.fromkeys([*(c.sentence for c in cues), *at]) if i not in case.unrelated]
        yield own
        named = sorted({m.sentence for m in known.mentions} - set(own) - case.unrelated)
        yield named
        accused = {k.index for k in case.accused}
        busy = {m.sentence for k in case.people if k.index in accused for m in k.mentions}
        yield [i for i in range(min(LEAD, len(layout.sentences))) if i not in busy and i not in case.unrelated]

    def belonging(
        self, layout: Layout, case: Case, index: int, stages: Collection[str], base: dt.date | None
    ) -> Iterator[tuple[Dated, Word]]:
        """Dates of a sentence that belong to a verb of these stages, with that verb."""
        s = layout.sentences[index]
        text = layout.text[s.start : s.end]
        taken = [
            (m.phrase_start - s.start, m.end - s.start)
            for k in case.people
            for m in k.mentions
            if m.sentence == index
        ]
        for rule, m in self.written(text):
            if any(a < m.end() and m.start() < e for a, e in taken):
                continue
            taken.append(m.span())  # "last year" of "on 3 June last year" is no date of its own
            if self.preceded.search(text[: m.start()]) and not self.is_spanless(m):
                continue
            word = self.verb_of(text, self.words(text), m, stages, rule.value)
            if word is None:
                continue
            value = self.resolver.resolve(m, rule, base)
            if value is not None:
                start = s.start + m.start()
                date = Dated(value, start, s.start + m.end(), rule.tag)
                yield date, Word(s.start + word.start, s.start + word.end, word.families)

    def _written(self, text: str) -> tuple[tuple[Rule, re.Match[str]], ...]:
        return tuple((rule, m) for rule in self.rules for m in rule.regex.finditer(text))

    def is_spanless(self, m: re.Match[str]) -> bool:
        """Rules whose own words contain the preposition need no look at what stands before."""
        return m.group()[:3].lower() in ("in ", "las", "ear", "yes", "tod", "thi", "ton")

    def _words(self, text: str) -> tuple[Word, ...]:
        """Every verb, report, crime, hearing to come and beginning of a clause, in order."""
        found: dict[tuple[int, int], set[str]] = {}
        for name, pattern in self.families.items():
            for m in pattern.finditer(text):
                found.setdefault(m.span(), set()).add(name)
        every = sorted((Word(a, e, frozenset(f)) for (a, e), f in found.items()), key=lambda w: (w.start, -w.end))
        kept: list[Word] = []
        for word in every:
            if kept and word.end <= kept[-1].end:
                continue
            if self.pending.search(text[: word.start]) and "clause" not in word.families:
                kept.append(Word(word.start, word.end, frozenset({"future"})))
            else:
                kept.append(word)
        return tuple(kept)

    def verb_of(
        self, text: str, words: Sequence[Word], date: re.Match[str], stages: Collection[str], kind: str
    ) -> Word | None:
        """The verb of these stages to which a date belongs; None when it belongs to something else."""
        before = text[: date.start()]
        if self.fronted.match(before) or (self.auxiliary.search(before) and not self.place.search(before)):
            word = self.after(text, words, date)
        else:
            word = self.governor(text, words, date, kind)
        if word is None or not word.families.isdisjoint(stages):
            return word
        if word.families <= {"court", "arrested"} or word.families.isdisjoint(OTHER):
            later = [w for w in words if w.start > word.start and not w.families.isdisjoint(stages)]
            joined = later and AND.search(text[word.end : later[0].start])
            if "court" in word.families or joined:
                nearest = [w for w in words if not w.families.isdisjoint(stages)]
                return min(nearest, key=lambda w: abs(w.start - date.start())) if nearest else None
        return None

    def governor(self, text: str, words: Sequence[Word], date: re.Match[str], kind: str) -> Word | None:
        """The nearest verb before a date in its own clause; the one behind it where none stands before."""
        for word in reversed([w for w in words if w.end <= date.start()]):
            between = text[word.end : date.start()]
            if kind not in STAGED and (len(between) > NEAR or self.offence.search(between)):
                return None
            if STOP.search(between) or len(between) > FAR or "clause" in word.families:
                return None
            if "crime" in word.families and kind in STAGED:
                continue
            return word
        return self.after(text, words, date)

    def after(self, text: str, words: Sequence[Word], date: re.Match[str]) -> Word | None:
        """The first verb behind a date that is in no clause of its own."""
        asides = [m.span() for m in self.relative.finditer(text)]
        for word in words:
            if word.start < date.end() or any(a <= word.start < e for a, e in asides):
                continue
            if word.families <= {"crime"}:
                continue
            return None if "clause" in word.families else word
        return None


class Resolver:
    """Dates in words to ISO dates, by dateparser, against the day of publication and never after it."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.parse = lru_cache(maxsize=4096)(self._parse)

    def resolve(self, m: re.Match[str], rule: Rule, base: dt.date | None) -> str | None:
        """ISO date, month or year; None when it cannot be told or lies after `base`."""
        parts = m.groupdict()
        words = m["d"]
        if base is None and parts.get("y") is None:
            return None
        today = base or dt.date(EARLIEST + 100, 1, 1)
        match rule.value:
            case "weekday":
                day = self.parse(f"{words}day" if self.language == "en" else words, today + DAY)
                if day is None:
                    return None
                found = day[0]
                if parts.get("last") and found == today:
                    found -= WEEK
                if parts.get("past") and (found.isocalendar()[:2] == today.isocalendar()[:2]):
                    found -= WEEK
                return found.isoformat()
            case "phrase":
                return self.phrase(words if not parts.get("now") else "today", words, today)
            case "year":
                return words if EARLIEST <= int(words) <= today.year else None
            case "month" | "absolute":
                return self.calendar(parts, words, today, whole_month=rule.value == "month")
        raise AssertionError(rule.value)

    def phrase(self, words: str, written: str, today: dt.date) -> str | None:
        """ "Yesterday", "three months ago", "last week": as exact as it is said."""
        if written.endswith("month") and written.startswith("this"):
            return today.strftime("%Y-%m")
        if written.endswith("year") and written.startswith("this"):
            return str(today.year)
        made = self.parse(words, today)
        if made is None:
            return None
        day, period = made
        if period == "day":
            return day.isoformat()
        if period == "week":
            first, last = day - 3 * DAY, min(day + 3 * DAY, today)
            return day.strftime("%Y-%m") if first.month == last.month else None
        return day.strftime("%Y-%m") if period == "month" else str(day.year)

    def calendar(
        self, parts: dict[str, str | None], words: str, today: dt.date, *, whole_month: bool
    ) -> str | None:
        """A day or month of the calendar; without a year the last one that is not in the future."""
        made = self.parse(words, today)
        if made is None:
            return None
        day = made[0]
        if parts.get("y") is None:
            if parts.get("rel") is not None:
                last = str(parts["rel"]).lower() in LAST
                day = moved(day, today.year - last)
            elif day > today:
                day = moved(day, day.year - 1)
            ahead = moved(day, day.year + 1) - today
            if parts.get("rel") is None and ahead.days < AHEAD and (today - day).days > BEHIND:
                return None
        if whole_month:
            return day.strftime("%Y-%m") if (day.year, day.month) <= (today.year, today.month) else None
        return day.isoformat() if day.year >= EARLIEST and day <= today else None

    def _parse(self, words: str, today: dt.date) -> tuple[dt.date, str] | None:
        base = dt.datetime(today.year, today.month, today.day, 12)  # noqa: DTZ001 - dateparser's are naive
        settings = {"RELATIVE_BASE": base, "PREFER_DATES_FROM": "past", "TIMEZONE": "UTC"}
        made = DateDataParser(languages=[self.language], settings=settings).get_date_data(words)
        if made.date_obj is None or made.period is None:
            return None
        return made.date_obj.date(), str(made.period)


def moved(day: dt.date, year: int) -> dt.date:
    """The same day of another year; the 28th for a leap day that is missing there."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def full_date(published: str | None) -> dt.date | None:
    """The day of publication; None when it is unknown or only a month."""
    if published is None:
        return None
    try:
        return dt.date.fromisoformat(published[:10])
    except ValueError:
        return None


def gap(word: Word, span: tuple[int, int]) -> int:
    """Characters between a verb and a span; 0 inside it."""
    return max(0, span[0] - word.end, word.start - span[1])
