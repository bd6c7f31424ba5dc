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
from extraction.model.terms import Role


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
        self.start = [r for r in lexis.group("unrelated") if r.value == "start"]
        self.marker = [r for r in lexis.group("unrelated") if r.value == "unrelated"]
        self.tip = [*lexis.group("tip"), *lexis.group("topic")[:1]]
        self.offences = lexis.group("offence")

    def read(self, layout: Layout, people: Sequence[Known]) -> Case:
        """Decide roles, twice: first by names, then with group words and pronouns."""
        apart = self.unrelated_sentences(layout, people)
        cues = [*self.cues.read(layout, people), *self.items.read(layout, people)]
        away = {k.index: bool(k.mentions) and all(m.sentence in apart for m in k.mentions) for k in people}
        first = decide(people, [c for c in cues if c.sentence not in apart or away[c.people[0]]], away)
        accused = [k.index for k in people if first[k.index].role is Role.ACCUSED]
        slots = self.referrer.slots(layout, people, accused)
        known = set(accused)
        more = [c for c in self.cues.read(layout, people, slots) if not c.named and set(c.people) <= known]
        more = [c for c in more if c.group in ("stage", "accused")]
        every = [c for c in (*cues, *more) if c.sentence not in apart or away[c.people[0]]]
        return Case(tuple(people), tuple(every), decide(people, every, away), frozenset(apart))

    def unrelated_sentences(self, layout: Layout, people: Sequence[Known]) -> set[int]:
        """Sentences on other cases: marked ones, and whole late blocks about other crimes and new people only."""
        first_block = {k.index: layout.sentences[k.mentions[0].sentence].block for k in people if k.mentions}
        blocks: dict[int, list[int]] = {}
        for index, sentence in enumerate(layout.sentences):
            blocks.setdefault(sentence.block, []).append(index)
        apart: set[int] = set()
        heading_apart = False
        for block, indices in blocks.items():
            if block <= 1:
                continue
            start, end = layout.sentences[indices[0]].start, layout.sentences[indices[-1]].end
            text = layout.text[start:end]
            heading = layout.sentences[indices[0]].heading
            if heading:
                heading_apart = any(r.regex.search(text) for r in self.start if "verdicts" in text.lower())
                continue
            new_only = all(
                first_block[k.index] >= block
                for k in people
                if not k.organisation and any(m.sentence in indices for m in k.mentions)
            )
            other_crime = bool(
                any(
                    r.regex.search(text)
                    for r in self.offences
                    if r.value in ("violence_weapons_drugs", "other", "financial_document")
                )
            ) and not any(r.regex.search(text) for r in self.tip)
            begins = any(r.regex.search(text) for r in self.start)
            if heading_apart or (new_only and (other_crime or begins)):
                apart.update(indices)
                continue
            for index in indices:
                s = layout.sentences[index]
                piece = layout.text[s.start : s.end]
                if any(r.regex.search(piece) for r in (*self.marker, *self.start)):
                    apart.add(index)
        return apart


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
