"""Trains the weights of reading (role, stage, topic) from gold that we wrote: `python -m tools.train_weights`.

Refuses the blind set and anything outside this repository. Needs scikit-learn (dependency group `train`).
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from benchmarks.scoring import forms, same_person
from config.reading_lexicons import load_reading_lexicons
from extraction.components.charges import ChargeReader
from extraction.components.layout import mend
from extraction.components.lexis import Lexis, bound
from extraction.components.opinion import topic_traits
from extraction.components.topic import TopicReader
from extraction.components.traits import lead_traits, person_traits, text_traits
from extraction.pipeline import build_english

GOLD = Path(__file__).resolve().parent.parent / "benchmarks" / "gold"
TARGET = Path(__file__).resolve().parent.parent / "extraction" / "weights" / "en.json.gz"
BLIND = "blind"
MIN_ARTICLES = 3  # a trait seen in fewer articles could remember one of them
SEED = 7
ROLE_C, TOPIC_C = (
    10.0,
    5.0,
)  # inverse strength of regularisation; of 1 to 100 the best on sets held out (2026-11-22)


@dataclass(frozen=True, kw_only=True)
class Example:
    """Traits with their label; `group` is the article, which is never split between training and test."""

    traits: frozenset[str]
    label: str
    group: str


@dataclass(frozen=True, kw_only=True)
class Examples:
    """What one folder of gold teaches."""

    roles: list[Example]
    stages: list[Example]
    topics: list[Example]


def read_gold(name: str, folder: Path = GOLD) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Articles of one set with their gold."""
    if name.startswith(BLIND):
        raise SystemExit(f"{name}: the blind set is never trained on")
    gold = {}
    with (folder / f"{name}.gold.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            gold[row["id"]] = row
    with (folder / f"{name}.articles.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            article = json.loads(line)
            yield article, gold[article["id"]]


def collect(names: Sequence[str], folder: Path = GOLD) -> Examples:
    """Examples of every set, read by the rules' pipeline as it is now."""
    nlp = build_english(load_reading_lexicons()["en"])
    lexis = bound(nlp)
    found = Examples(roles=[], stages=[], topics=[])
    for name in names:
        for article, gold in read_gold(name, folder):
            teach(found, lexis, nlp(mend(article["text"])), article, gold)
    return found


def teach(found: Examples, lexis: Lexis, doc: Any, article: Mapping[str, Any], gold: Mapping[str, Any]) -> None:
    """Add one article's examples."""
    layout, case = doc._.tip_layout, doc._.tip_case
    group = article["id"]
    charges = ChargeReader(lexis)
    faced = charges.find(layout, case, charges.purpose(layout.text, article["title"]))
    topic = TopicReader(lexis).read(layout, article["title"], case, faced)
    found.topics.append(
        Example(
            traits=text_traits(lexis, layout, article["title"], case.people) | set(topic_traits(topic)),
            label="yes" if gold["relevant"] else "no",
            group=group,
        )
    )
    lead = lead_traits(lexis, layout, article["title"], case.people)
    for known in case.people:
        if known.organisation or not known.mentions:
            continue
        cues = [c for c in case.cues if known.index in c.people]
        traits = person_traits(lexis, layout, case.people, known, cues, apart=case.unrelated)
        mine = [known.text, *(a for a, _, _ in known.aliases)]
        person = next((p for p in gold["persons"] if same_person(mine, forms(p))), None)
        # In an irrelevant story "accused" has no meaning; whoever is charged there is no example for either side.
        if gold["relevant"]:
            found.roles.append(Example(traits=traits, label=person["role"] if person else "other", group=group))
            if person and person["role"] == "accused":
                found.stages.append(Example(traits=traits | lead, label=person["status"], group=group))
        elif person and person["role"] != "other":
            found.roles.append(Example(traits=traits, label=person["role"], group=group))


class Model:
    """A multinomial logistic regression over traits that stand in at least MIN_ARTICLES articles."""

    def __init__(self, examples: Sequence[Example], c: float) -> None:
        articles: dict[str, set[str]] = {}
        for e in examples:
            for t in e.traits:
                articles.setdefault(t, set()).add(e.group)
        self.known = {t for t, groups in articles.items() if len(groups) >= MIN_ARTICLES}
        self.vectors = DictVectorizer()
        x = self.vectors.fit_transform([self.row(e.traits) for e in examples])
        self.fitted = LogisticRegression(C=c, max_iter=3000, random_state=SEED)
        self.fitted.fit(x, [e.label for e in examples])

    def row(self, traits: frozenset[str]) -> dict[str, float]:
        """Traits of one example as a vector of length one."""
        mine = [t for t in traits if t in self.known]
        return dict.fromkeys(mine, 1.0 / max(1.0, len(mine)) ** 0.5) if mine else {}

    def weigh(self, examples: Sequence[Example]) -> np.ndarray[Any, Any]:
        """Probabilities, a row an example, columns as `classes`."""
        return self.fitted.predict_proba(self.vectors.transform([self.row(e.traits) for e in examples]))

    @property
    def classes(self) -> list[str]:
        """Labels in the order of the columns."""
        return [str(c) for c in self.fitted.classes_]

    def as_json(self) -> dict[str, Any]:
        """Classes, intercepts and weights, rounded; weights near nothing are left out."""
        names = self.vectors.get_feature_names_out()
        coefficients = self.fitted.coef_
        if len(self.classes) == 2:  # scikit-learn keeps one row for two classes
            coefficients = np.vstack([-coefficients[0] / 2, coefficients[0] / 2])
            intercept = [-self.fitted.intercept_[0] / 2, self.fitted.intercept_[0] / 2]
        else:
            intercept = list(self.fitted.intercept_)
        weights = {
            str(n): [round(float(v), 3) for v in column]
            for n, column in zip(names, coefficients.T, strict=True)
            if np.abs(column).max() >= 0.01
        }
        return {"classes": self.classes, "intercept": [round(float(v), 4) for v in intercept], "weights": weights}


def report(
    name: str, model: Model, examples: Sequence[Example], positive: str, thresholds: Sequence[float]
) -> None:
    """Print precision and recall of `positive` at some thresholds, and the accuracy over all labels."""
    p = model.weigh(examples)
    column = model.classes.index(positive)
    truth = np.array([e.label == positive for e in examples])
    right = np.mean([model.classes[i] == e.label for i, e in zip(p.argmax(axis=1), examples, strict=True)])
    print(f"{name}: {len(examples)} examples, accuracy {right:.3f}")
    for threshold in thresholds:
        said = p[:, column] >= threshold
        hits = int((said & truth).sum())
        print(f"  >= {threshold:.2f}: P {hits / max(1, said.sum()):.3f}  R {hits / max(1, truth.sum()):.3f}")


def main() -> int:
    """Train on the named sets; with --test print figures on others, else write the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", help="sets in benchmarks/gold; default: all but the blind ones")
    parser.add_argument("--test", nargs="*", default=[], help="sets to score instead of writing")
    parser.add_argument("--test-folder", type=Path, default=GOLD)
    options = parser.parse_args()
    names = options.sets or sorted(
        p.name.removesuffix(".gold.jsonl") for p in GOLD.glob("*.gold.jsonl") if not p.name.startswith(BLIND)
    )
    examples = collect(names)
    models = {
        "role": Model(examples.roles, ROLE_C),
        "stage": Model(examples.stages, ROLE_C),
        "topic": Model(examples.topics, TOPIC_C),
    }
    if options.test:
        unseen = collect(options.test, options.test_folder)
        report("role", models["role"], unseen.roles, "accused", (0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9))
        report("stage", models["stage"], unseen.stages, "charged", (0.5,))
        report("topic", models["topic"], unseen.topics, "yes", (0.3, 0.4, 0.5, 0.6, 0.7))
        return 0
    TARGET.parent.mkdir(exist_ok=True)
    body = json.dumps({k: m.as_json() for k, m in models.items()}, sort_keys=True).encode()
    TARGET.write_bytes(gzip.compress(body, mtime=0))
    print(f"wrote {TARGET} ({TARGET.stat().st_size // 1024} kB) from {', '.join(names)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
