"""Estimators of unseen cases as published, to check our own against other programs.

Refuses to be shown in a report: sources of unequal reach bias them (see `tipwatch.analysis.capture`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tipwatch.analysis.capture import Z95, Captures, TwoSamples


@dataclass(frozen=True, kw_only=True, slots=True)
class TextbookEstimate:
    """A published estimator's figure, standard error and 95 % interval."""

    estimate: float
    standard_error: float
    low: float
    high: float


def chao2(captures: Captures, *, bias_corrected: bool = False) -> TextbookEstimate | None:
    """Chao2 with factor (m - 1)/m and the log-normal interval of Chao (1987); None where f1 or f2 is too small.

    Formulas as in SpadeR and EstimateS (Chao & Chiu 2016, eq. 11a; bias-corrected: Chao 2005). With m the number
    of individuals it is Chao1 for abundances.
    """
    m, f1, f2 = captures.sources, captures.once, captures.twice
    if m < 2 or f1 < 2 or (f2 == 0 and not bias_corrected):
        return None
    share = (m - 1) / m
    if bias_corrected:
        unseen = share * f1 * (f1 - 1) / (2 * (f2 + 1))
        variance = (
            unseen
            + share**2 * f1 * (2 * f1 - 1) ** 2 / (4 * (f2 + 1) ** 2)
            + share**2 * f1**2 * f2 * (f1 - 1) ** 2 / (4 * (f2 + 1) ** 4)
        )
    else:
        unseen = share * f1**2 / (2 * f2)
        ratio = f1 / f2
        variance = f2 * (share / 2 * ratio**2 + share**2 * ratio**3 + share**2 / 4 * ratio**4)
    spread = math.exp(Z95 * math.sqrt(math.log1p(variance / unseen**2)))
    return TextbookEstimate(
        estimate=captures.observed + unseen,
        standard_error=math.sqrt(variance),
        low=captures.observed + unseen / spread,
        high=captures.observed + unseen * spread,
    )


def sadinle(samples: TwoSamples) -> tuple[float, float]:
    """Transformed logit 95 % interval for two groups (Sadinle 2009, Commun. Stat. Simul. Comput. 38:1909).

    >>> [round(end) for end in sadinle(TwoSamples(first=10, second=15, both=5))]
    [22, 65]
    """
    first, second, both = (
        samples.first - samples.both + 0.5,
        samples.second - samples.both + 0.5,
        samples.both + 0.5,
    )
    spread = math.exp(Z95 * math.sqrt(1 / first + 1 / second + 1 / both + both / (first * second)))
    seen = samples.first + samples.second - samples.both
    return seen - 0.5 + first * second / both / spread, seen - 0.5 + first * second / both * spread
