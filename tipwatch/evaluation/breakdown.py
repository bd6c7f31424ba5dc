"""Figures by country, by language, by kind of outlet and by field, so that a mean does not hide a hole.

Refuses to guess a kind: an outlet whose name says nothing is `unknown`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum

from extraction.model import Article, Offence, Stage
from tipwatch.evaluation.figures import Figures, Retrieval, Share, figures
from tipwatch.evaluation.outcomes import EXTRA_FIELDS, RECORD_FIELDS, Outcome
from tipwatch.tables import Cell, Row


class By(StrEnum):
    """What a breakdown has a line for."""

    COUNTRY = "country"
    LANGUAGE = "language"
    KIND = "kind"
    FIELD = "field"


SUMMARY = (
    "relevance.f1",
    "accused.p",
    "accused.r",
    "accused.f1",
    "victims_named_as_accused",
    "officials_named_as_accused",
    "status_accuracy",
    "age_accuracy",
    "nationality_accuracy",
    "offences.f1",
    "prosecution_country.f1",
    "whole_record_exact",
)
"""The figures of one line, in the order of the targets."""

HEADINGS: Mapping[str, str] = {
    "relevance.f1": "relev. F1",
    "accused.p": "acc. P",
    "accused.r": "acc. R",
    "accused.f1": "acc. F1",
    "victims_named_as_accused": "victims",
    "officials_named_as_accused": "officials",
    "status_accuracy": "status",
    "age_accuracy": "age",
    "nationality_accuracy": "nation.",
    "offences.f1": "off. F1",
    "prosecution_country.f1": "ctry F1",
    "whole_record_exact": "whole",
}


def grouped(outcomes: Sequence[Outcome], key: Callable[[str], str]) -> dict[str, Figures]:
    """Figures by the key of the article's id, sorted by the number of articles, then by key."""
    parts: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        parts[key(one.gold.id)].append(one)
    return {name: figures(part) for name, part in sorted(parts.items(), key=lambda item: (-len(item[1]), item[0]))}


def by_country(outcomes: Sequence[Outcome], articles: Mapping[str, Article]) -> dict[str, Figures]:
    """By the country of publication; `unknown` where the line has none."""
    return grouped(outcomes, lambda key: (articles[key].country or "unknown") if key in articles else "unknown")


def by_language(outcomes: Sequence[Outcome], articles: Mapping[str, Article]) -> dict[str, Figures]:
    """By the language of the article; `unknown` where the line has none."""
    return grouped(outcomes, lambda key: (articles[key].language or "unknown") if key in articles else "unknown")


def by_kind(
    outcomes: Sequence[Outcome], articles: Mapping[str, Article], kind: Callable[[str | None], str]
) -> dict[str, Figures]:
    """By what `kind` makes of the outlet's name."""
    return grouped(outcomes, lambda key: kind(articles[key].source) if key in articles else "unknown")


def summary_row(name: str, of: Figures, head: str = "set") -> Row:
    """One line of a table of sets, countries or kinds; `head` is what its first column is called."""
    flat = of.flat()
    cells: dict[str, Cell] = {head: name, "articles": of.articles, "accused": of.accused.tp + of.accused.fn}
    return cells | {HEADINGS[key]: flat[key] for key in SUMMARY}


def field_rows(outcomes: Sequence[Outcome]) -> list[Row]:
    """One line a field; statuses and offences also one by one. Every line has its number of cases."""
    of = figures(outcomes)
    rows = [_retrieved("relevance", of.relevance), _retrieved("accused", of.accused)]
    for name in RECORD_FIELDS:
        rows.append(_shared(name, of.fields[name]))
        if name == "status":
            rows.extend(_statuses(outcomes))
    rows.append(_retrieved("offences", of.offences))
    rows.extend(_offences(outcomes))
    rows.append(_retrieved("prosecution country", of.countries))
    rows.extend(_shared(name.replace("_", " "), of.fields[name]) for name in EXTRA_FIELDS if of.fields[name].n)
    rows.append(_shared("whole record", of.whole))
    return rows


def _statuses(outcomes: Sequence[Outcome]) -> list[Row]:
    pairs = [
        (str(one.fields["status"].want), str(one.fields["status"].said))
        for outcome in outcomes
        for one in outcome.found
    ]
    found = [(stage.value, _labelled(stage.value, pairs)) for stage in Stage]
    return [_retrieved(f"· {name}", one) for name, one in found if one.tp + one.fp + one.fn]


def _labelled(label: str, pairs: Sequence[tuple[str, str]]) -> Retrieval:
    return Retrieval(
        tp=sum(want == label == said for want, said in pairs),
        fp=sum(want != label == said for want, said in pairs),
        fn=sum(want == label != said for want, said in pairs),
    )


def _offences(outcomes: Sequence[Outcome]) -> list[Row]:
    people = [(one.gold.offences, one.said.offences) for outcome in outcomes for one in outcome.found]
    rows = []
    for offence in Offence:
        one = Retrieval(
            tp=sum(offence in want and offence in said for want, said in people),
            fp=sum(offence not in want and offence in said for want, said in people),
            fn=sum(offence in want and offence not in said for want, said in people),
        )
        if one.tp + one.fp + one.fn:
            rows.append(_retrieved(f"· {offence.value}", one))
    return rows


def _retrieved(name: str, one: Retrieval) -> Row:
    cells: dict[str, Cell] = {"field": name, "cases": one.tp + one.fn, "right": one.tp}
    return cells | {"false": one.fp, "missed": one.fn, "P": one.p, "R": one.r, "F1": one.f1, "accuracy": None}


def _shared(name: str, one: Share) -> Row:
    cells: dict[str, Cell] = {"field": name, "cases": one.n, "right": one.right, "false": None, "missed": None}
    return cells | {"P": None, "R": None, "F1": None, "accuracy": one.accuracy}
