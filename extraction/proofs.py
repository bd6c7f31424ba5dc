"""Spans of the article as evidence: the quote is always the article's own text.

Refuses a quote of its own making.
"""

from __future__ import annotations

from extraction.components.charges import ChargeFound
from extraction.components.cues import Cue
from extraction.components.stated import Stated
from extraction.model import Article, Charge, Evidence


def charge_fact(article: Article, found: ChargeFound) -> Charge:
    """A `Charge` with its evidence."""
    proof = evidence(article, found.start, found.end, "charge.text@1", 0.8)
    return Charge(
        text=proof.quote,
        offences=found.offences,
        evidence=proof,
        statute=found.statute,
        section=found.section,
        laws=found.laws,
    )


def cue_evidence(article: Article, cue: Cue) -> Evidence:
    """A cue's span as evidence."""
    return evidence(article, cue.start, cue.end, cue.rule.tag, min(1.0, cue.rule.score / 2.0))


def stated_evidence(article: Article, stated: Stated) -> Evidence:
    """A detail's span as evidence."""
    return evidence(article, stated.start, stated.end, stated.rule, stated.score)


def evidence(article: Article, start: int, end: int, rule: str, score: float) -> Evidence:
    """Evidence whose quote is the article's own text at the span."""
    return Evidence(start=start, end=end, quote=article.text[start:end], rule=rule, score=round(score, 3))
