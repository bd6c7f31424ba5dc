"""What `tipwatch evaluate` prints: tables for eyes, and the same as one JSON object.

Refuses names: figures only; who was missed stands in the report page alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from extraction.model import Article
from tipwatch.evaluation.breakdown import By, by_country, by_kind, by_language, field_rows, summary_row
from tipwatch.evaluation.figures import Figures, figures
from tipwatch.evaluation.floors import Breach
from tipwatch.evaluation.outcomes import Outcome
from tipwatch.evaluation.reliability import Reliability, bin_rows, reliability, threshold_rows
from tipwatch.evaluation.results import Pool, Result
from tipwatch.tables import Row, as_table

DIGITS = 3
Kind = Callable[[str | None], str]
Part = tuple[str, tuple[Outcome, ...], Mapping[str, Article]]


def _table(rows: Sequence[Row], title: str | None = None) -> str:
    return as_table(rows, title=title, digits=DIGITS)


def parts(results: Sequence[Result], pools: Sequence[Pool]) -> Iterator[Part]:
    """Name, outcomes and articles of every set and every pool."""
    for one in results:
        yield one.gold.name, one.outcomes, one.gold.by_id
    for pool in pools:
        yield pool.name, pool.outcomes, {k: a for one in pool.results for k, a in one.gold.by_id.items()}


def as_tables(results: Sequence[Result], pools: Sequence[Pool], by: By | None, kind: Kind) -> str:
    """The table of sets; the breakdown asked for; the reliability of scores, of pools where there are any."""
    every = list(parts(results, pools))
    written = [_table([summary_row(name, figures(outcomes)) for name, outcomes, _ in every])]
    if by is not None:
        for name, outcomes, articles in every:
            rows = breakdown(by, outcomes, articles, kind)
            written.append(_table(rows, title=f"{name}, by {by.value}"))
    scores = [(name, reliability(outcomes)) for name, outcomes, _ in every]
    written.append(_table([score_row(name, one) for name, one in scores], title="How far scores can be believed"))
    whole = {pool.name for pool in pools} or {one.gold.name for one in results}
    for name, one in scores:
        if name in whole and one.n:
            written.append(_table(bin_rows(one), title=f"{name}: accused by score"))
            written.append(_table(threshold_rows(one), title=f"{name}: with --min-score"))
    return "\n".join(written)


def breakdown(
    by: By | None, outcomes: Sequence[Outcome], articles: Mapping[str, Article], kind: Kind
) -> list[Row]:
    """Lines of one breakdown; none without one."""
    match by:
        case None:
            return []
        case By.FIELD:
            return field_rows(outcomes)
        case By.COUNTRY:
            return [summary_row(name, of, "country") for name, of in by_country(outcomes, articles).items()]
        case By.LANGUAGE:
            return [summary_row(name, of, "language") for name, of in by_language(outcomes, articles).items()]
        case By.KIND:
            return [summary_row(name, of, "kind") for name, of in by_kind(outcomes, articles, kind).items()]


def score_row(name: str, of: Reliability) -> Row:
    """One line a set: error 0 would be a score that is a probability."""
    return {
        "set": name,
        "accused": of.n,
        "without score": of.without_score,
        "calibration error": of.error,
        "Brier": of.brier,
    }


def as_object(
    results: Sequence[Result], pools: Sequence[Pool], breaches: Sequence[Breach], by: By | None, kind: Kind
) -> dict[str, Any]:
    """Everything as JSON: `sets` and `pools` by name with score.py's figures and ours, and the broken floors."""
    found: dict[str, Any] = {"sets": {}, "pools": {}, "broken_floors": [one.sentence for one in breaches]}
    for one in results:
        found["sets"][one.gold.name] = {
            **_figures(one.figures, one.outcomes, one.gold.by_id, by, kind),
            "digest": one.gold.digest,
            "words_per_second": one.readings.words_per_second,
            "unreadable": one.readings.failed,
        }
    for name, outcomes, articles in parts([], pools):
        found["pools"][name] = _figures(figures(outcomes), outcomes, articles, by, kind)
    return found


def _figures(
    of: Figures, outcomes: Sequence[Outcome], articles: Mapping[str, Article], by: By | None, kind: Kind
) -> dict[str, Any]:
    more = {} if by is None else {f"by_{by.value}": breakdown(by, outcomes, articles, kind)}
    return {**of.scored(), "reliability": asdict(reliability(outcomes)), **more}
