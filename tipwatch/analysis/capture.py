"""How many cases the watched press could have reported, from how many of its sources reported the same case.

Refuses a figure where too few sources or cases overlap, and any figure without its assumptions in words.

**The estimate.** m independent sources; source j reports any one case with odds o_j. Let f1_j be the cases that
source j alone reported, f1 their sum, f2 the cases reported by exactly two. Then E[f1_j] = f0 o_j and
E[f2] = f0 * sum of o_j o_k over pairs, so that what nobody reported is

    f0 = (sum over pairs j<k of f1_j f1_k) / f2 = f1^2 / (2 f2) * (1 - sum of (f1_j / f1)^2).

Where all sources report equally often the last factor is (m - 1)/m and this is Chao's estimator for incidence data
(Chao2: Chao 1984, Scand. J. Statist. 11:265; Chao 1987, Biometrics 43:783; Colwell et al. 2012, J. Plant Ecol.
5:3; Chao & Chiu 2016, Wiley StatsRef). Newspapers do not report equally often: with m = 3 and a large paper beside
two small ones the textbook factor 2/3 is far too large, and Chao2 is no lower bound any more. The factor above is
estimated from the sources' own exclusives; it is the moment form of the lower bound with unequal occasions of
Rivest & Baillargeon (2007, Biometrics 63:999). For m = 2 it is Lincoln-Petersen's estimate, whatever the sources.
A source that reported nothing changes nothing. Dividing by f2 + 1 instead of f2 removes the bias of small counts
(Chao 2005); for m = 2 that is Chapman's estimator (1951), exactly.

**The interval** has two parts. How well the *expected* f0 is known: its logarithm is nearly normal with variance
sum_j f1_j (f1 - f1_j)^2 / P^2 + 1/f2, P the sum over pairs (delta method; half a case is added to f2 and one case,
shared out, to f1, as Sadinle 2009 does for m = 2). How far the cases that were *in fact* missed stray from the
expected: Poisson, on the square-root scale. The two are combined by recovering their variances at each end (MOVER:
Zou & Donner 2008, Statist. Med. 27:1693). The log-normal interval of Chao (1987) takes both on the log scale; it
covers 64-92 % where it should cover 95, and runs away where next to nothing was missed. Measured in
docs/estimates.md.

**What bends it.** Cases that differ in how newsworthy they are, and sources that follow each other, make it too
low: a lower bound. Sources that share the country out between them (each reports its own region) make it too high.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Z95 = 1.959963984540054  # standard normal quantile of 0.975
LEAST_CASES = 10  # fewer distinct cases say nothing about a press
LEAST_TWICE = 3  # fewer cases seen by exactly two sources: the interval spans an order of magnitude

ASSUMPTIONS = (
    "This assumes that sources report independently, and each is as likely to report one case as another."
    " Where some cases draw more press, or sources follow each other, it is a lower bound; where sources share"
    " the country out by region it is too high. It counts cases that the watched press reported or could have,"
    " not crime. Sources of one publisher, and copies of one text, count as one."
)
"""What stands behind every figure of this module, in words."""


class Method(StrEnum):
    """How the cases that nobody reported were estimated."""

    CHAO = "chao"  # from each source's exclusives: sources of unequal reach
    CHAO_EQUAL = "chao_equal_sources"  # exclusives by source unknown: equal reach assumed
    CHAPMAN = "chapman"  # two groups of sources


class TooFew(StrEnum):
    """Why there is no figure."""

    NO_CASES = "no_cases"
    ONE_SOURCE = "one_source"
    FEW_CASES = "few_cases"
    FEW_SHARED = "few_shared"
    NEARLY_ALL_SHARED = "nearly_all_shared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Captures:
    """Cases by how many independent sources reported each.

    `sources` groups were watched and could have reported; `counts[k]` cases were reported by exactly k of them;
    `alone` are the cases that exactly one source reported, by that source (in any order, zeros may be left out;
    empty where it is not known by source). ValueError when they contradict each other.
    """

    sources: int
    counts: Mapping[int, int]
    alone: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.sources < 0 or any(n < 0 for n in (*self.counts.values(), *self.alone)):
            raise ValueError("negative counts")
        if any(n > 0 and not 1 <= k <= self.sources for k, n in self.counts.items()):
            raise ValueError(f"a case was reported by 0, or by more than the {self.sources} sources watched")
        if self.alone and (sum(self.alone) != self.once or len(self.alone) > self.sources):
            raise ValueError(
                f"cases of one source: {self.once} in all, {sum(self.alone)} by source,"
                f" {len(self.alone)} sources named of {self.sources}"
            )

    @classmethod
    def of(cls, cases: Iterable[Collection[str]], *, sources: int) -> Captures:
        """From the set of sources that reported each case; a case without any is not observed and not counted.

        >>> Captures.of([{"a"}, {"a", "b"}, {"b"}, {"b"}], sources=3)
        Captures(sources=3, counts={1: 3, 2: 1}, alone=(1, 2))
        """
        counts: dict[int, int] = {}
        alone: dict[str, int] = {}
        for reporters in map(frozenset, cases):
            if not reporters:
                continue
            counts[len(reporters)] = counts.get(len(reporters), 0) + 1
            if len(reporters) == 1:
                (source,) = reporters
                alone[source] = alone.get(source, 0) + 1
        return cls(
            sources=sources, counts=dict(sorted(counts.items())), alone=tuple(alone[key] for key in sorted(alone))
        )

    @property
    def observed(self) -> int:
        """Distinct cases."""
        return sum(self.counts.values())

    @property
    def once(self) -> int:
        """Cases that exactly one source reported."""
        return self.counts.get(1, 0)

    @property
    def twice(self) -> int:
        """Cases that exactly two sources reported."""
        return self.counts.get(2, 0)


@dataclass(frozen=True, kw_only=True, slots=True)
class TwoSamples:
    """Cases that each of two independent groups of sources reported, and those that both did."""

    first: int
    second: int
    both: int

    def __post_init__(self) -> None:
        if not 0 <= self.both <= min(self.first, self.second):
            raise ValueError(f"both = {self.both} of first = {self.first} and second = {self.second}")


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseEstimate:
    """Distinct cases seen, and how many the watched press could have reported, with the 95 % interval.

    `estimate`, `low`, `high` and `standard_error` are None where `reason` says why; `observed` <= `low`. The
    sentence holds figure and assumptions and is never empty.
    """

    method: Method
    sources: int
    observed: int
    once: int
    twice: int
    estimate: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    reason: TooFew | None
    sentence: str


def estimate_cases(captures: Captures) -> CaseEstimate:
    """Chao's lower bound for sources of unequal reach, or why there is none."""
    method = Method.CHAO if captures.alone or captures.once == 0 else Method.CHAO_EQUAL
    return _estimate(captures, method)


def estimate_two_groups(samples: TwoSamples) -> CaseEstimate:
    """Chapman's estimate with Sadinle's interval: for two groups of sources that are independent of each other.

    >>> round(estimate_two_groups(TwoSamples(first=10, second=15, both=5)).estimate, 1)
    28.3
    """
    alone = (samples.first - samples.both, samples.second - samples.both)
    counts = {1: sum(alone), 2: samples.both}
    return _estimate(Captures(sources=2, counts=counts, alone=alone), Method.CHAPMAN)


def _estimate(captures: Captures, method: Method) -> CaseEstimate:
    observed, twice = captures.observed, captures.twice
    reason = _too_few(captures)
    if reason is not None:
        return _record(captures, method, None, reason, _refusal(captures, reason))
    alone = _by_source(captures)
    # f1 (f1 - 1) where the exclusives are not known by source: the unbiased form of f1^2.
    pairs = _pairs(alone) if captures.alone else _pairs(alone) * max(0.0, 1 - 1 / max(1, captures.once))
    unseen = pairs / (twice + 1)

    low, high, standard_error = _interval(captures, alone)
    estimate = observed + unseen
    low, high = min(estimate, max(float(observed), low)), max(estimate, high)
    return _record(
        captures,
        method,
        (estimate, low, high, standard_error),
        None,
        _sentence(captures, method, estimate, low, high),
    )


def _interval(captures: Captures, alone: Sequence[float]) -> tuple[float, float, float]:
    """Ends of the 95 % interval of all cases, not yet held to those observed, and the standard error."""
    padded = [n + 1 / captures.sources for n in alone]
    total, pairs, twice = sum(padded), _pairs(padded), captures.twice + 0.5
    unseen = pairs / twice
    relative = sum(n * (total - n) ** 2 for n in padded) / pairs**2 + 1 / twice
    spread = math.exp(Z95 * math.sqrt(relative))
    fewest, most = max(0.0, math.sqrt(unseen) - Z95 / 2) ** 2, (math.sqrt(unseen) + Z95 / 2) ** 2
    centre = captures.observed - 0.5 + unseen
    return (
        centre - math.hypot(unseen - unseen / spread, unseen - fewest),
        centre + math.hypot(unseen * spread - unseen, most - unseen),
        math.sqrt(unseen + unseen**2 * relative),
    )


def _by_source(captures: Captures) -> list[float]:
    """Exclusives of each of the m sources; shared out equally where they are not known."""
    if captures.alone:
        return [float(n) for n in captures.alone] + [0.0] * (captures.sources - len(captures.alone))
    return [captures.once / captures.sources] * captures.sources


def _pairs(values: Sequence[float]) -> float:
    """Sum over pairs j < k of the product of their values."""
    return (sum(values) ** 2 - sum(value**2 for value in values)) / 2


def _too_few(captures: Captures) -> TooFew | None:
    if captures.observed == 0:
        return TooFew.NO_CASES
    if captures.sources < 2:
        return TooFew.ONE_SOURCE
    if captures.observed < LEAST_CASES:
        return TooFew.FEW_CASES
    if captures.twice < LEAST_TWICE:
        return TooFew.FEW_SHARED if captures.once >= LEAST_TWICE else TooFew.NEARLY_ALL_SHARED
    return None


def _refusal(captures: Captures, reason: TooFew) -> str:
    match reason:
        case TooFew.NO_CASES:
            return "No case was reported, so nothing can be said about cases that we missed; that is not a zero."
        case TooFew.ONE_SOURCE:
            return (
                f"Too few to say: {_cases(captures.observed)}, but fewer than two independent sources, and what"
                " one source misses only another can show."
            )
        case TooFew.FEW_CASES:
            return (
                f"Too few to say: {_cases(captures.observed)}, and an estimate needs {LEAST_CASES} distinct ones."
            )
        case TooFew.FEW_SHARED:
            return (
                f"Too few to say: {_cases(captures.observed)}, only {captures.twice} of them reported by exactly"
                f" two sources ({LEAST_TWICE} are needed). So little overlap means that much was probably missed."
            )
        case TooFew.NEARLY_ALL_SHARED:
            return (
                f"No estimate is needed: {_cases(captures.observed)}, nearly all of them by three or more sources."
                " If these are independent, next to nothing that the watched press reports was missed."
            )


def _cases(n: int) -> str:
    return "1 case was reported" if n == 1 else f"{n} cases were reported"


def _sentence(captures: Captures, method: Method, estimate: float, low: float, high: float) -> str:
    sources = (
        "two independent groups of sources"
        if method is Method.CHAPMAN
        else (f"{captures.sources} independent sources")
    )
    figure = (
        f"The {sources} that we watched reported {captures.observed} distinct cases, {captures.once} of them in"
        f" one only; they could have reported about {estimate:.0f}"
        f" (95 % interval {math.floor(low)} to {math.ceil(high)})."
    )
    equal = (
        " All sources are taken to report equally often, because it is not known who reported alone."
        if method is Method.CHAO_EQUAL
        else ""
    )
    return figure + equal + " " + ASSUMPTIONS


def _record(
    captures: Captures,
    method: Method,
    figures: tuple[float, float, float, float] | None,
    reason: TooFew | None,
    sentence: str,
) -> CaseEstimate:
    estimate, low, high, standard_error = (None, None, None, None) if figures is None else figures
    return CaseEstimate(
        method=method,
        sources=captures.sources,
        observed=captures.observed,
        once=captures.once,
        twice=captures.twice,
        estimate=estimate,
        low=low,
        high=high,
        standard_error=standard_error,
        reason=reason,
        sentence=sentence,
    )
