"""The case that a text is about: cues read twice, roles decided, passages on other cases set apart.

Refuses a verdict sentence by sentence: a role belongs to a person and a whole text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from spacy.language import Language
from spacy.tokens import Doc

from extraction.components.cues import Cue, CueReader
from extraction.components.items import ItemReader
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis, bound
from extraction.components.people import Known
from extraction.components.references import Referrer
from extraction.components.roles import Decision, decide
from extraction.components.sieve import Sieve
from extraction.model.terms import Role

EARLY = 6  # a person of the first sentences may be meant by "the 43-year-old" even without an age of their own
LATE = 0.55  # another crime of new people counts as another case only in the last part of a text


@dataclass(frozen=True, slots=True)
class Case:
    """Everything decided about a text's people. `unrelated` are sentence indices on other cases."""

    people: tuple[Known, ...]
    cues: tuple[Cue, ...]
    decisions: dict[int, Decision] = field(default_factory=dict)
    unrelated: frozenset[int] = frozenset()

    @property
    def accused(self) -> tuple[Known, ...]:
        """The accused in order of introduction."""
        return tuple(k for k in self.people if self.decisions[k.index].role is Role.ACCUSED)


class CaseReader:
    """Layout and people to a `Case`."""

    def __init__(self, lexis: Lexis) -> None:
        self.lexis = lexis
        self.cues = CueReader(lexis)
        self.referrer = Referrer(lexis)
        self.items = ItemReader(lexis)
        unrelated = lexis.group("unrelated")
        self.start = [r for r in unrelated if r.value == "start"]
        self.marker = [r for r in unrelated if r.value == "unrelated"]
        self.other_crime = [r for r in unrelated if r.value == "crime"]
        self.same_case = [r for r in unrelated if r.value == "same"]
        self.apart_heading = [r for r in unrelated if r.value == "heading"]
        tip = [*lexis.group("tip"), *(r for r in lexis.group("topic") if r.value == "tip")]
        self.near = [r.regex for r in (*tip, *self.same_case)]
        self.sieve = Sieve(self.near)

    def read(self, layout: Layout, people: Sequence[Known]) -> Case:
        """Decide roles, twice: first by names, then with group words and pronouns."""
        items = self.items.read(layout, people)
        apart = self.unrelated_sentences(layout, people) - {c.sentence for c in items}
        cues = [*self.cues.read(layout, people), *items]
        away = {k.index: bool(k.mentions) and all(m.sentence in apart for m in k.mentions) for k in people}
        cues = [c for c in cues if c.sentence not in apart or all(away[p] for p in c.people)]
        first = decide(people, cues, away)
        accused = [k.index for k in people if first[k.index].role is Role.ACCUSED]
        eligible = [
            k.index
            for k in people
            if k.index in accused or (is_candidate(k, first[k.index]) and not away[k.index])
        ]
        slots = self.referrer.slots(layout, people, accused, eligible)
        more = [c for c in self.cues.read(layout, people, slots) if not c.named and c.sentence not in apart]
        more = [c for c in more if c.group in ("stage", "accused") and set(c.people) <= set(eligible)]
        every = [*cues, *more]
        return Case(tuple(people), tuple(every), decide(people, every, away), frozenset(apart))

    def unrelated_sentences(self, layout: Layout, people: Sequence[Known]) -> set[int]:
        """Sentences on other cases: marked, on other crimes of new people, or in blocks that begin apart."""
        first_block: dict[int, int] = {}
        here: dict[int, set[int]] = {}
        for known in people:
            for m in known.mentions:
                here.setdefault(m.sentence, set()).add(known.index)
                block = layout.sentences[m.sentence].block
                first_block[known.index] = min(first_block.get(known.index, block), block)
        blocks: dict[int, list[int]] = {}
        for index, sentence in enumerate(layout.sentences):
            blocks.setdefault(sentence.block, []).append(index)
        apart: set[int] = set()
        heading_apart = False
        for block, indices in blocks.items():
            head = layout.sentences[indices[0]]
            text = layout.text[head.start : layout.sentences[indices[-1]].end]
            if head.heading:
                heading_apart = block > 2 and any(r.regex.search(text) for r in self.apart_heading)
                continue
            mine = set().union(*(here.get(i, set()) for i in indices))
            new_only = all(first_block[p] >= block for p in mine) and block > 2
            if heading_apart or (new_only and any(r.regex.search(text) for r in self.start)):
                apart.update(indices)
                continue
            for index in indices:
                s = layout.sentences[index]
                if self.is_apart(
                    layout.text[s.start : s.end],
                    new={p for p in here.get(index, set()) if first_block[p] == block},
                    block=block,
                    late=block > LATE * len(blocks),
                ):
                    apart.add(index)
        return apart

    def is_apart(self, text: str, new: set[int], block: int, *, late: bool) -> bool:
        """One sentence: marked as another case, or another crime of people who are new here."""
        if any(r.regex.search(text) for r in self.marker):
            return True
        if block > 2 and new and any(r.regex.search(text) for r in self.start):
            return True
        if not new or any(self.near[n].search(text) for n in self.sieve.passing(text)):
            return False
        crime = any(r.regex.search(text) for r in self.other_crime)
        return crime and block > 2 and late


def is_candidate(known: Known, decision: Decision) -> bool:
    """Somebody named with an age, of whom nothing speaks against being meant by "both" or "the duo"."""
    return (
        not known.organisation
        and decision.role is Role.OTHER
        and decision.score == 0.0
        and (any(n.age is not None for n in known.names) or known.mentions[0].sentence <= EARLY)
        and all(n.role is None for n in known.names)
    )


@Language.factory("tip_case", assigns=["doc._.tip_case"], requires=["doc._.tip_people", "doc._.tip_layout"])
class CaseComponent:
    """Writes `doc._.tip_case`."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.reader = CaseReader(bound(nlp))

    def __call__(self, doc: Doc) -> Doc:
        doc._.tip_case = self.reader.read(doc._.tip_layout, doc._.tip_people)
        return doc


if not Doc.has_extension("tip_case"):
    Doc.set_extension("tip_case", default=None)
