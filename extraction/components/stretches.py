"""Where a text says what somebody is charged with: the stretch after the words that open it, and whose it is.

Refuses to read the charges themselves: a stretch may hold several, or none; `charges.py` takes it apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from extraction.components.case import Case
from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import Lexis
from extraction.components.offences import OffenceReader

MARKS = " ,;:.–—-\n\"“”'‘’()[]"
ROW = "0123456789ivxIVX#*"  # what may stand before the name in a row: numbers and marks
LINES = 8  # lines after a colon that may be a list of charges
LONG_LINE = 260

LONGEST = 2_000  # characters; the longest of the gold's has 750, and every rule goes through each


@dataclass(frozen=True, slots=True)
class Stretch:
    """Where charges stand: after the word that introduces them, up to the end of what it governs."""

    start: int
    end: int
    people: tuple[int, ...]
    formal: bool
    added: bool = False


class StretchReader:
    """Finds stretches by cues, by names in rows and sentences, and in sentences that name nobody."""

    def __init__(self, lexis: Lexis, offences: OffenceReader) -> None:
        self.offences = offences
        self.introduces = lexis.pattern("charge.intro")
        self.formal = lexis.pattern("charge.formal")
        self.stops = lexis.pattern("charge.ends")
        self.along = lexis.pattern("charge.along")
        self.added = lexis.pattern("charge.beside")
        self.general = lexis.pattern("charge.everybody")
        self.denied = lexis.pattern("charge.denied")
        self.single = lexis.pattern("charge.single")
        self.several = lexis.pattern("charge.several")
        self.row = lexis.pattern("charge.row")

    def find(self, layout: Layout, case: Case) -> list[tuple[int, Stretch]]:
        """Stretches with their sentence's index: those of people, then those on everybody."""
        found = [*self.of_cues(layout, case)]
        found += [*self.of_mentions(layout, case, found)]
        return [*found, *self.of_everybody(layout, case, {index for index, _ in found})]

    def of_cues(self, layout: Layout, case: Case) -> Iterator[tuple[int, Stretch]]:
        """Stretches that a cue on an accused introduces, with the sentence's index."""
        accused = {k.index for k in case.accused}
        for cue in case.cues:
            if cue.group not in ("stage", "accused") or not accused.intersection(cue.people):
                continue
            sentence = layout.sentences[cue.sentence]
            span = self.span(layout, case, sentence, cue.sentence, cue.start, cue.end, cue.people)
            if span is None:
                continue
            start, end, formal = span
            mine = tuple(p for p in cue.people if p in accused)
            added = bool(self.added.search(layout.text, cue.start, min(start + 12, end)))
            yield cue.sentence, Stretch(start, self.with_lines(layout, cue.sentence, end), mine, formal, added)

    def of_mentions(
        self, layout: Layout, case: Case, found: Sequence[tuple[int, Stretch]]
    ) -> Iterator[tuple[int, Stretch]]:
        """Stretches after the names of accused for whom no cue opened one: in sentences, and in rows of lists."""
        served = {person for _, stretch in found for person in stretch.people}
        for known in case.accused:
            if known.index in served:
                continue
            for m in known.mentions:
                sentence = layout.sentences[m.sentence]
                if m.sentence in case.unrelated:
                    continue
                row = self.row.match(layout.text, m.phrase_end, sentence.end)
                if row is not None and not layout.text[sentence.start : m.phrase_start].strip(MARKS + ROW):
                    limit = self.limit(layout, case, m.sentence, m.phrase_end, (known.index,))
                    yield m.sentence, Stretch(row.end(), max(limit, row.end()), (known.index,), formal=True)
                    continue
                if sentence.heading:
                    continue
                span = self.span(layout, case, sentence, m.sentence, m.phrase_end, m.phrase_end, (known.index,))
                if span is not None and span[2]:
                    yield m.sentence, Stretch(span[0], span[1], (known.index,), formal=True)

    def of_everybody(self, layout: Layout, case: Case, used: set[int]) -> Iterator[tuple[int, Stretch]]:
        """Stretches of sentences that speak of charges and name nobody."""
        named = {m.sentence for k in case.accused for m in k.mentions}
        for index, sentence in enumerate(layout.sentences):
            if index in used or index in case.unrelated or index in named or sentence.heading:
                continue
            found = self.opening(layout.text, self.general, sentence.start, sentence.end)
            if found is None or self.denied.search(layout.text[sentence.start : found[2]]):
                continue
            begin, end, _ = found
            people: tuple[int, ...] = ()
            lead = layout.text[sentence.start : begin]
            if case.accused and self.single.search(lead) and not self.several.search(lead):
                people = (case.accused[0].index,)
            yield index, Stretch(begin, self.with_lines(layout, index, end), people, formal=True)

    def opening(self, text: str, pattern: re.Pattern[str], start: int, limit: int) -> tuple[int, int, int] | None:
        """Begin and end of the first stretch that names an offence, and the end of what opened it."""
        first: tuple[int, int, int] | None = None
        for m in pattern.finditer(text, start, limit):
            begin = m.start() if m.group().lower().startswith("section") else m.end()
            stop = self.stops.search(text, begin, min(limit, begin + 2 * LONGEST))
            end = min(stop.start() if stop else limit, begin + LONGEST)
            first = first or (begin, end, m.end())
            if self.offences.read(text[begin:end]):
                return begin, end, m.end()
        return first

    def span(  # noqa: PLR0917
        self,
        layout: Layout,
        case: Case,
        sentence: Sentence,
        index: int,
        start: int,
        end: int,
        people: Sequence[int],
    ) -> tuple[int, int, bool] | None:
        """Where charges may stand: after the cue, up to the next person who is not of the cue."""
        limit = self.limit(layout, case, index, end, people)
        intro = self.opening(layout.text, self.introduces, max(start, 0), limit)
        if intro is None and limit < sentence.end:
            intro = self.opening(layout.text, self.along, end, sentence.end)
        if intro is None:
            return None
        begin, until, opened = intro
        return begin, until, bool(self.formal.search(layout.text[max(start, 0) : opened]))

    def limit(self, layout: Layout, case: Case, index: int, after: int, people: Sequence[int]) -> int:
        """Where the next person stands who is not of `people`, or the sentence's end."""
        end = layout.sentences[index].end
        for known in case.people:
            for m in known.mentions:
                if (
                    m.sentence == index
                    and m.start >= after
                    and known.index not in people
                    and not known.organisation
                ):
                    end = min(end, m.phrase_start)
        return end

    def with_lines(self, layout: Layout, index: int, end: int) -> int:
        """The end of a stretch; a sentence that ends in a colon goes on over the lines of its list."""
        sentence = layout.sentences[index]
        if end != sentence.end or layout.text[end - 1 : end] != ":":
            return end
        for line in layout.sentences[index + 1 : index + 1 + LINES]:
            words = layout.text[line.start : line.end]
            if len(words) > LONG_LINE or not self.offences.read(words):
                break
            end = line.end
        return end
