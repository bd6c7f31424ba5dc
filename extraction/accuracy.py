"""The accuracy card: how well each language and field is read, measured on gold that nobody built the reader with.

Refuses a card without its cases: every figure stands beside the number it was counted on and its interval.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

FORMAT = "tipwatch-accuracy/1"
FILE = Path(__file__).resolve().parent / "weights" / "accuracy.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Measure:
    """One figure in [0, 1]: `right` of `cases`, with the 95 % interval from `low` to `high`.

    `field` is what was read, `measure` precision, recall or accuracy. `precision` of the field `accused` says how
    many of the named are accused in truth; `recall` how many of the accused are named.
    """

    language: str
    field: str
    measure: str
    right: int
    cases: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, kw_only=True, slots=True)
class LanguageAccuracy:
    """What was measured in one language. `digest` is over the gold's files."""

    language: str
    gold: str
    digest: str
    articles: int
    victims_named: int
    officials_named: int
    measures: tuple[Measure, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class AccuracyCard:
    """Every language that was measured; `measured` is an ISO date."""

    extractor_version: str
    measured: str
    languages: tuple[LanguageAccuracy, ...]

    def as_json(self) -> str:
        """The card as a file."""
        return json.dumps({"format": FORMAT, **asdict(self)}, indent=1) + "\n"


def parse(text: str, where: str) -> AccuracyCard:
    """A card from its file's text. Raises ValueError that names the file and the remedy."""
    try:
        return _card(json.loads(text))
    except (ValueError, KeyError, TypeError) as error:
        remedy = "write it anew with `make eval EVAL=--card`"
        raise ValueError(f"{where}: no accuracy card ({error}); {remedy}") from error


def _card(found: Mapping[str, Any]) -> AccuracyCard:
    if found["format"] != FORMAT:
        raise ValueError(f"format is not {FORMAT}")
    return AccuracyCard(
        extractor_version=found["extractor_version"],
        measured=found["measured"],
        languages=tuple(map(_language, found["languages"])),
    )


def _language(row: Mapping[str, Any]) -> LanguageAccuracy:
    rows: Sequence[Mapping[str, Any]] = row["measures"]
    return LanguageAccuracy(**{**row, "measures": tuple(Measure(**one) for one in rows)})


@cache
def shipped_card(file: Path = FILE) -> AccuracyCard:
    """The card of the reader that is installed. Raises ValueError, FileNotFoundError."""
    return parse(file.read_text(encoding="utf-8"), str(file))
