"""Figures over outcomes: precision, recall, F1, accuracies and counts, as the gold's own scorer counts them.

Refuses a figure over nothing: a ratio without cases is None here, and only `scored()` writes it as 0.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from extraction.model import Role
from tipwatch.evaluation.outcomes import EXTRA_FIELDS, NOBODY, RECORD_FIELDS, Outcome


@dataclass(frozen=True, kw_only=True, slots=True)
class Retrieval:
    """Found, false and missed things."""

    tp: int
    fp: int
    fn: int

    @property
    def p(self) -> float | None:
        """Precision; None when nothing was said."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def r(self) -> float | None:
        """Recall; None when there was nothing to find."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None

    @property
    def f1(self) -> float | None:
        """2 tp / (2 tp + fp + fn); None when there was nothing to find and nothing was said."""
        whole = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / whole if whole else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """How many of `n` are right."""

    right: int
    n: int

    @property
    def accuracy(self) -> float | None:
        """None without a case."""
        return self.right / self.n if self.n else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Figures:
    """Everything that is counted over a number of articles.

    `false_roles` says whom false accusations hit, by gold's role (`nobody`: no person of gold). `whole` counts
    exact records among all accused of gold, missed ones included.
    """

    articles: int
    relevance: Retrieval
    accused: Retrieval
    offences: Retrieval
    countries: Retrieval
    fields: Mapping[str, Share]
    whole: Share
    false_roles: Mapping[str, int]

    def scored(self) -> dict[str, Any]:
        """The figures under the names of the gold's scorer (score.py), ratios without cases as 0, and ours."""
        roles = self.false_roles
        return {
            "articles": self.articles,
            "relevance": _retrieval(self.relevance),
            "accused": _retrieval(self.accused),
            "victims_named_as_accused": roles.get(Role.VICTIM, 0),
            "officials_named_as_accused": roles.get(Role.OFFICIAL, 0) + roles.get(Role.LAWYER, 0),
            **{f"{name}_accuracy": self.fields[name].accuracy or 0.0 for name in RECORD_FIELDS},
            "offences": _retrieval(self.offences),
            "prosecution_country": _retrieval(self.countries),
            "whole_record_exact": self.whole.accuracy or 0.0,
            "lawyers_named_as_accused": roles.get(Role.LAWYER, 0),
            "witnesses_named_as_accused": roles.get(Role.WITNESS, 0),
            "others_named_as_accused": roles.get(Role.OTHER, 0) + roles.get(Role.ACCUSED, 0),
            "nobodies_named_as_accused": roles.get(NOBODY, 0),
            **{f"{name}_accuracy": self.fields[name].accuracy or 0.0 for name in EXTRA_FIELDS},
            "cases": {name: {"right": share.right, "n": share.n} for name, share in self.fields.items()},
        }

    def flat(self) -> dict[str, float | None]:
        """One number a name, `accused.f1` for the parts; None where there was no case. What floors name."""
        roles = self.false_roles
        found: dict[str, float | None] = {}
        for name, one in (
            ("relevance", self.relevance),
            ("accused", self.accused),
            ("offences", self.offences),
            ("prosecution_country", self.countries),
        ):
            found |= {f"{name}.p": one.p, f"{name}.r": one.r, f"{name}.f1": one.f1}
        found |= {f"{name}_accuracy": share.accuracy for name, share in self.fields.items()}
        found["whole_record_exact"] = self.whole.accuracy
        found["victims_named_as_accused"] = roles.get(Role.VICTIM, 0)
        found["officials_named_as_accused"] = roles.get(Role.OFFICIAL, 0) + roles.get(Role.LAWYER, 0)
        found["witnesses_named_as_accused"] = roles.get(Role.WITNESS, 0)
        found["others_named_as_accused"] = roles.get(Role.OTHER, 0) + roles.get(Role.ACCUSED, 0)
        found["nobodies_named_as_accused"] = roles.get(NOBODY, 0)
        return found


def figures(outcomes: Iterable[Outcome]) -> Figures:
    """Count over outcomes; the order does not matter, and figures of parts come from the outcomes of parts."""
    n: Counter[str] = Counter()
    roles: Counter[str] = Counter()
    for one in outcomes:
        n["articles"] += 1
        n[f"relevance_{_kind(one.gold.relevant, one.said.relevant)}"] += 1
        n["tp"] += len(one.found)
        n["fp"] += len(one.false)
        n["fn"] += len(one.missed)
        n["country_tp"] += len(one.countries_right)
        n["country_fp"] += len(one.countries_false)
        n["country_fn"] += len(one.countries_missed)
        roles.update(false.role for false in one.false)
        for found in one.found:
            n["offence_tp"] += len(found.gold.offences & found.said.offences)
            n["offence_fp"] += len(found.surplus)
            n["offence_fn"] += len(found.missing)
            n["exact"] += found.exact
            for name, field in found.fields.items():
                n[f"{name}_n"] += 1
                n[f"{name}_right"] += field.right
    return Figures(
        articles=n["articles"],
        relevance=_counted(n, "relevance_"),
        accused=_counted(n, ""),
        offences=_counted(n, "offence_"),
        countries=_counted(n, "country_"),
        fields={
            name: Share(right=n[f"{name}_right"], n=n[f"{name}_n"]) for name in (*RECORD_FIELDS, *EXTRA_FIELDS)
        },
        whole=Share(right=n["exact"], n=n["tp"] + n["fn"]),
        false_roles=dict(roles),
    )


def _kind(want: bool, said: bool) -> str:
    if want:
        return "tp" if said else "fn"
    return "fp" if said else "tn"


def _counted(n: Counter[str], prefix: str) -> Retrieval:
    return Retrieval(tp=n[f"{prefix}tp"], fp=n[f"{prefix}fp"], fn=n[f"{prefix}fn"])


def _retrieval(one: Retrieval) -> dict[str, float]:
    counts = {"tp": one.tp, "fp": one.fp, "fn": one.fn}
    return {"p": one.p or 0.0, "r": one.r or 0.0, "f1": one.f1 or 0.0, **counts}
