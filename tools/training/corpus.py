"""Stories with gold as examples: what the rules' pipeline finds in a text beside what gold says of it.

Refuses sets named blind, which are only scored; keeps some stories apart to weigh rules and network on.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from spacy.language import Language

from benchmarks.scoring import forms, same_person
from config.reading_lexicons import load_reading_lexicons
from extraction.components.countries import CountryReader
from extraction.components.layout import mend
from extraction.components.lexis import bound
from extraction.encoder.masked import SLOTS, Masker, Subject, Window
from extraction.pipeline import build

GOLD = Path(__file__).resolve().parents[2] / "benchmarks" / "gold"
BLIND = "blind"
ENOUGH = (
    150  # stories from which a language is trained; with fewer, rules alone read better (docs/add-a-language.md)
)
HELD_SET, HELD_EVERY = "train_e_en", 8  # never fitted to: one author's set, and every eighth story of the others
NOBODY = "none"  # a candidate whom gold does not name: a place, a firm, a headline


@dataclass(frozen=True, kw_only=True)
class Labels:
    """What gold says of one candidate; stage and the rest only for the accused."""

    role: str
    stage: str | None = None
    offences: tuple[str, ...] = ()
    nationality: str | None = None


@dataclass(frozen=True, kw_only=True)
class Example:
    """One story: its windows, one label a candidate, and whether it is on topic."""

    id: str
    relevant: bool
    windows: tuple[Window, ...]
    people: tuple[Labels, ...]


def sets(folder: Path = GOLD, language: str = "*") -> list[str]:
    """Names of a language's sets to train on; without one, of all languages that have enough stories."""
    names = sorted(p.name.removesuffix(".gold.jsonl") for p in folder.glob(f"*_{language}.gold.jsonl"))
    names = [n for n in names if not n.startswith(BLIND)]
    count = Counter[str]()
    for name in names:
        count[language_of(name)] += len((folder / f"{name}.gold.jsonl").read_text(encoding="utf-8").splitlines())
    return [n for n in names if language != "*" or count[language_of(n)] >= ENOUGH]


def language_of(name: str) -> str:
    """The language of a set, which its name ends with."""
    return name.rsplit("_", 1)[1]


def stories(
    name: str, folder: Path = GOLD, *, held_out: bool | None = None
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Articles of one set with their gold; `held_out` chooses those that nothing is fitted to, or the others."""
    if name.startswith(BLIND):
        raise SystemExit(f"{name}: this set is only scored, never trained on; name another")
    lines = (folder / f"{name}.gold.jsonl").read_text(encoding="utf-8").splitlines()
    gold = {row["id"]: row for row in map(json.loads, lines)}
    rows = (folder / f"{name}.articles.jsonl").read_text(encoding="utf-8").splitlines()
    for n, line in enumerate(rows):
        held = name == HELD_SET or n % HELD_EVERY == HELD_EVERY - 1
        if held_out is None or held is held_out:
            article = json.loads(line)
            yield article, gold[article["id"]]


def examples(names: Sequence[str], masker: Masker, folder: Path = GOLD) -> Iterator[Example]:
    """Examples of every set, in order, without the stories held out."""
    lexicons = load_reading_lexicons()
    for language, own in groupby(sorted(names, key=language_of), key=language_of):
        nlp = build(lexicons[language])
        for name in own:
            for article, gold in stories(name, folder, held_out=False):
                yield example(nlp, masker, article, gold)


def example(nlp: Language, masker: Masker, article: Mapping[str, Any], gold: Mapping[str, Any]) -> Example:
    """One story as the reader will see it."""
    text = mend(article["text"])
    doc = nlp(text)
    people = [k for k in doc._.tip_case.people if k.mentions and not k.organisation][:SLOTS]
    subjects = [Subject(words=k.words, spans=tuple((m.start, m.end) for m in k.mentions)) for k in people]
    nations = CountryReader(bound(nlp)).mentions(text)
    return Example(
        id=article["id"],
        relevant=gold["relevant"],
        windows=tuple(masker.windows(text, article["title"], subjects, nations)),
        people=tuple(labels([k.text, *(a for a, _, _ in k.aliases)], gold) for k in people),
    )


def labels(names: Sequence[str], gold: Mapping[str, Any]) -> Labels:
    """Gold's word on the person of these names."""
    person = next((p for p in gold["persons"] if same_person(names, forms(p))), None)
    if person is None:
        return Labels(role=NOBODY)
    if person["role"] != "accused" or not gold["relevant"]:
        return Labels(role=person["role"])
    nationality = person.get("nationality")
    return Labels(
        role="accused",
        stage=person["status"],
        offences=tuple(person["offences"]),
        nationality=nationality.lower() if nationality else None,
    )
