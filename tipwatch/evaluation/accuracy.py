"""The accuracy card of closed sets: precision, recall and accuracy by language and field, with their intervals.

Refuses open sets: what the reader was built on says nothing of how it reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import sqrt

from extraction.accuracy import AccuracyCard, LanguageAccuracy, Measure
from extraction.version import EXTRACTOR_VERSION
from tipwatch.evaluation.figures import Figures, Retrieval
from tipwatch.evaluation.outcomes import RECORD_FIELDS
from tipwatch.evaluation.results import Result

Z = 1.959964  # two-sided 95 % of the normal distribution
DIGITS = 3


def accuracy_card(results: Sequence[Result], measured: str) -> AccuracyCard:
    """A card of the closed sets among `results`, one a language. Raises ValueError for two sets of a language."""
    parts: dict[str, list[Result]] = defaultdict(list)
    for one in results:
        if one.gold.closed:
            parts[one.gold.articles[0].language or "unknown"].append(one)
    for language, found in parts.items():
        if len(found) > 1:
            raise ValueError(f"{language}: two closed sets; the card has one a language")
    return AccuracyCard(
        extractor_version=EXTRACTOR_VERSION,
        measured=measured,
        languages=tuple(_language(language, one) for language, (one,) in sorted(parts.items())),
    )


def _language(language: str, one: Result) -> LanguageAccuracy:
    counted = one.figures.scored()
    return LanguageAccuracy(
        language=language,
        gold=one.gold.name,
        digest=one.gold.digest,
        articles=one.figures.articles,
        victims_named=counted["victims_named_as_accused"],
        officials_named=counted["officials_named_as_accused"],
        measures=tuple(_measures(language, one.figures)),
    )


def _measures(language: str, of: Figures) -> Iterator[Measure]:
    for name, one in (
        ("relevance", of.relevance),
        ("accused", of.accused),
        ("offences", of.offences),
        ("prosecution_country", of.countries),
    ):
        yield from _retrieved(language, name, one)
    for name in RECORD_FIELDS:
        yield from _measure(language, name, "accuracy", of.fields[name].right, of.fields[name].n)
    yield from _measure(language, "whole_record", "accuracy", of.whole.right, of.whole.n)


def _retrieved(language: str, name: str, one: Retrieval) -> Iterator[Measure]:
    yield from _measure(language, name, "precision", one.tp, one.tp + one.fp)
    yield from _measure(language, name, "recall", one.tp, one.tp + one.fn)


def _measure(language: str, field: str, measure: str, right: int, cases: int) -> Iterator[Measure]:
    """Nothing without a case."""
    if cases:
        low, high = wilson(right, cases)
        yield Measure(
            language=language,
            field=field,
            measure=measure,
            right=right,
            cases=cases,
            value=round(right / cases, DIGITS),
            low=round(low, DIGITS),
            high=round(high, DIGITS),
        )


def wilson(right: int, cases: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927, J. Am. Stat. Assoc. 22: 209-212); `cases` > 0.

    Persons of one article are not independent, so the true interval is wider.
    """
    share, z2 = right / cases, Z * Z
    middle = share + z2 / (2 * cases)
    half = Z * sqrt(share * (1 - share) / cases + z2 / (4 * cases * cases))
    return max(0.0, (middle - half) / (1 + z2 / cases)), min(1.0, (middle + half) / (1 + z2 / cases))
