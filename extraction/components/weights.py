"""Linear weights over traits: a second opinion on role, stage and topic, learnt from stories that we wrote.

Refuses to be more than a sum: every opinion is `intercept + weights of the traits seen`, so it can be taken apart.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import exp, sqrt
from typing import Any

ROLE, STAGE, TOPIC = "role", "stage", "topic"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Weights:
    """One multinomial logistic regression: a row of weights a trait, a column a class."""

    classes: tuple[str, ...]
    intercept: tuple[float, ...]
    weights: Mapping[str, Sequence[float]]

    def weigh(self, traits: Collection[str]) -> dict[str, float]:
        """Probability of each class; they sum to one. Traits that the training never saw say nothing."""
        rows = [row for t in sorted(traits) if (row := self.weights.get(t)) is not None]
        scale = 1.0 / sqrt(max(1, len(rows)))
        sums = [b + scale * sum(row[n] for row in rows) for n, b in enumerate(self.intercept)]
        top = max(sums)
        grown = [exp(s - top) for s in sums]
        return {name: g / sum(grown) for name, g in zip(self.classes, grown, strict=True)}

    def leaning(self, traits: Collection[str], name: str) -> float:
        """What the traits alone add for one class, unscaled; to find the passage that speaks loudest."""
        column = self.classes.index(name)
        return sum(row[column] for t in traits if (row := self.weights.get(t)) is not None)


@cache
def load_weights(language: str) -> Mapping[str, Weights] | None:
    """The three models of a language, read once from this package's own data; None where nothing was trained."""
    file = files("extraction") / "weights" / f"{language}.json.gz"
    if not file.is_file():
        return None
    return {name: weights_of(model) for name, model in json.loads(gzip.decompress(file.read_bytes())).items()}


def weights_of(model: Mapping[str, Any]) -> Weights:
    """One model as `tools/train_weights.py` writes it."""
    return Weights(classes=tuple(model["classes"]), intercept=tuple(model["intercept"]), weights=model["weights"])
