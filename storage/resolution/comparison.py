"""How surely two mentions are one person: log-odds of the name's rarity and of what stands beside it.

Refuses to join on a common name alone, and whatever a contradiction stands between.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from storage.resolution import evidence
from storage.resolution.likeness import Answer, Likeness, likeness
from storage.resolution.mention import RESOLVER_VERSION, Comparison
from storage.resolution.spelling import fold

if TYPE_CHECKING:
    from storage.resolution.mention import Mention
    from storage.resolution.rarity import NameCounts

__all__ = ["RESOLVER_VERSION", "SAME", "UNSURE", "compare"]

SAME = 0.98
"""From which the machine joins: of a hundred joins at the threshold two may be wrong; most stand far above."""
UNSURE = 0.5  # from which a human should look: rather one person than two

SPELLED = -0.5  # another romanisation: less than the same letters, since near names of others fold alike
SHORT = -1.0  # Bob for Robert; in one name of ten a paper uses the short form
TYPED = -4.5
"""A sign is wrong in about one name of fifty (log 1/50 = -3.9), and another name may be as near."""
INITIAL = 1.0  # the letter agrees: log of 12 chances, less what a missing name would have cost anyway
LEFT_OVER = {"first": -1.2, "middle": -0.7, "last": -1.2}
"""A word that only one paper gives: middle names and second surnames are left out in about half of all reports
(log 1/2 = -0.7), the word that a name begins or ends with more seldom."""
LOOSE = (
    -3.0
)  # each name has a word that the other lacks, at another place: "Juan Carlos Perez", "Juan Perez Garcia"
NEAR = -7.0  # words that differ at one place but are alike: never joined without much else
CROSSED = -0.3  # surname first here, last there
SUFFIX = -1.0  # a Jr here and none there: his father, or a short form
ONE_WORD = -3.0  # only one word answers: a given name, or a family's
ONE_NAME = -2.0  # both names are that one word: whoever has one name only, or papers that gave no more
MOST = 12.0  # what a name can say beyond the universe; three rare words are no surer than a passport
COMMON_FORMS = 3  # groups in which both spellings were met: then they are two names


@dataclass(slots=True)
class _Weighing:
    """What was said for and against, in the order of the saying."""

    total: float = 0.0
    reasons: list[str] = field(default_factory=list)

    def add(self, what: str, weight: float) -> None:
        if weight:
            self.total += weight
            self.reasons.append(f"{what} {weight:+.1f}")


def compare(a: Mention, b: Mention, counts: NameCounts) -> Comparison:
    """Two mentions weighed. Symmetric. The score is the logistic of the sum of all reasons."""
    if a.id == b.id:
        return Comparison(score=1.0, reasons=("the same mention",), contradiction=False)
    if a.article_id == b.article_id:
        return _apart("two persons of one text")
    if (b.id, b.name) < (a.id, a.name):
        a, b = b, a
    found = best_likeness(a, b)
    if found is None:
        return _apart("names differ")
    contradiction = evidence.age_gap(a, b) > evidence.AGE_SLACK
    weighing = _Weighing()
    what, rarity = _name(found, counts)
    weighing.add(what, rarity)
    copies = a.group == b.group and found.whole > 0
    if copies:
        weighing.add("copies of one story", evidence.COPIES)
    beside = tuple(evidence.beside(a, b))
    for what, weight in beside:
        weighing.add(what, weight)
    said = {what for what, _ in beside}
    personal = copies or not evidence.PERSONAL.isdisjoint(said)
    at_once = evidence.SOON in said and not evidence.VENUES.isdisjoint(said)
    common = rarity < (RARE_AT_ONCE if at_once else RARE) and not personal
    lone = found.whole < 2 and not found.sole and not copies
    if contradiction or found.near or common or lone:
        weighing.total = min(weighing.total, DOUBT)
    return Comparison(
        score=round(_logistic(weighing.total), 6),
        reasons=tuple(weighing.reasons),
        contradiction=contradiction,
    )


DOUBT = 3.0
"""Most that one word's answer, names that only look alike, or a common name without an age or a co-accused can
come to: 0.95, for a human to see."""
RARE_AT_ONCE = 0.0  # enough where one court or one outlet speaks of both within a month
RARE = 3.0  # from which a name needs neither: one namesake among twenty of its like (log 20 = 3.0)


def best_likeness(a: Mention, b: Mention) -> Likeness | None:
    """The likest two forms of the two names, aliases among them; None where every two exclude each other."""
    if not a.aliases and not b.aliases:
        found = likeness(a.name, b.name)
        return None if found.apart else found
    return _best_of((a.name, *sorted(set(a.aliases))), (b.name, *sorted(set(b.aliases))))


@lru_cache(maxsize=200_000)
def _best_of(left: tuple[str, ...], right: tuple[str, ...]) -> Likeness | None:
    best: tuple[tuple[float, ...], Likeness] | None = None
    for i, x in enumerate(left):
        for j, y in enumerate(right):
            found = likeness(x, y)
            if found.apart or ((i or j) and len(fold(x).split()) < 2):
                continue  # a nickname of one word is everybody's
            worth = (
                float(found.whole),
                -float(found.near or found.loose),
                -float(len(found.left) + len(found.right)),
                -float(sum(how is Answer.TYPED for _, _, how in found.words)),
            )
            if best is None or worth > best[0]:
                best = (worth, found)
    return None if best is None else best[1]


def _name(found: Likeness, counts: NameCounts) -> tuple[str, float]:
    """What the name says: one in how many bears it, against all those of whom it could speak."""
    whole = [(x, y, how) for x, y, how in found.words if how is not Answer.INITIAL]
    if not whole:
        return "initials only", -9.0
    shared = [word for x, y, _ in whole for word in _commoner(x, y, counts).split()]
    weight = counts.rarity(shared)
    for x, y, how in whole:
        weight += _answered(x, y, how, counts)
    weight += INITIAL * (len(found.words) - len(whole))
    weight = min(weight - math.log(counts.universe), MOST)
    weight += sum(LEFT_OVER[place] for place in (*found.left, *found.right))
    weight += LOOSE * found.loose + NEAR * found.near + CROSSED * found.crossed + SUFFIX * found.suffix
    if len(shared) < 2:
        weight += ONE_NAME if found.sole else ONE_WORD
    return _words_for(found, weight), round(weight, 2)


def _commoner(x: str, y: str, counts: NameCounts) -> str:
    """Of two spellings the commoner, which is the more careful; of joined words the parts."""
    if " " in x or " " in y:
        return x if " " in x else y
    return max((x, y), key=lambda word: (counts.share(word), word))


def _answered(x: str, y: str, how: Answer, counts: NameCounts) -> float:
    match how:
        case Answer.SPELLED:
            return SPELLED
        case Answer.SHORT:
            return SHORT
        case Answer.TYPED:
            return TYPED + (NEAR if min(counts[x], counts[y]) >= COMMON_FORMS else 0.0)
        case _:
            return 0.0


def _words_for(found: Likeness, weight: float) -> str:
    if len(found.words) < 2:
        return "a single word of the name"
    kind = "rare name" if weight > 4 else ("common name" if weight < 1 else "name")
    if found.near or any(how is Answer.TYPED for _, _, how in found.words):
        return f"{kind}, spelled almost alike"
    if found.left or found.right:
        return f"{kind}, one form fuller"
    return f"{kind}, the same"


def _apart(reason: str) -> Comparison:
    return Comparison(score=0.0, reasons=(reason,), contradiction=True)


def _logistic(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x > -40 else 0.0
