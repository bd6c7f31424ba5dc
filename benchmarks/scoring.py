"""The gold's scoring for scripts: `score(gold, predicted)` over plain objects; made by `tipwatch.evaluation`.

Refuses figures of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from tipwatch.evaluation.figures import figures
from tipwatch.evaluation.names import forms, same_person, tokens
from tipwatch.evaluation.outcomes import compare_all
from tipwatch.evaluation.records import article_record

__all__ = ["forms", "same_person", "score", "tokens"]


def score(gold: Sequence[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Figures of one set under the names of score.py; an article without a prediction counts as irrelevant."""
    said = {key: article_record(line) for key, line in predicted.items()}
    return figures(compare_all([article_record(line) for line in gold], said)).scored()
