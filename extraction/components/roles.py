"""Who is accused, victim, official, lawyer, witness or other: every cue of the whole text, weighed once.

Refuses the doubtful: an accused needs an action against them and no stronger sign that they are someone else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from extraction.components.cues import Cue
from extraction.components.people import Known, title_role
from extraction.model.terms import Role

MIN_ACCUSED = 1.2
DOUBT = 0.7
FULL_WEIGHT = 4.0  # a decision of this weight counts as certain: score 1.0
TITLE_WEIGHT = {Role.OFFICIAL: 1.6, Role.LAWYER: 1.6, Role.VICTIM: 2.0, Role.WITNESS: 1.0, Role.OTHER: 1.0}


@dataclass(frozen=True, slots=True)
class Decision:
    """A person's role with the weight behind it and the cues that made it; `doubt` when it was close."""

    role: Role
    score: float
    cues: tuple[Cue, ...]
    doubt: bool = False


def decide(people: Sequence[Known], cues: Sequence[Cue], unrelated: Mapping[int, bool]) -> dict[int, Decision]:
    """Role of every person. `unrelated[p]` is True when p is only named in passages on other cases."""
    by_person: dict[int, list[Cue]] = defaultdict(list)
    for cue in cues:
        for person in cue.people:
            by_person[person].append(cue)
    return {k.index: _decide(k, by_person[k.index], unrelated.get(k.index, False)) for k in people}


def weigh(cues: Sequence[Cue], group: str) -> float:
    """Sum of the best score of each rule of `group`; a rule counts once, however often it matched."""
    best: dict[str, float] = {}
    for cue in cues:
        if cue.group == group:
            weight = cue.rule.score if cue.named else 0.6 * cue.rule.score
            best[cue.rule.id] = max(best.get(cue.rule.id, 0.0), weight)
    return sum(best.values())


def _decide(known: Known, cues: Sequence[Cue], unrelated: bool) -> Decision:
    if known.organisation:
        return Decision(Role.OTHER, 1.0, tuple(cues))
    accused = weigh(cues, "stage") + weigh(cues, "accused")
    against = {
        Role.VICTIM: weigh(cues, "victim"),
        Role.OFFICIAL: weigh(cues, "official"),
        Role.LAWYER: weigh(cues, "lawyer"),
        Role.WITNESS: weigh(cues, "witness"),
        Role.OTHER: weigh(cues, "other"),
    }
    title = title_role(known)
    if title is not None:
        against[title[0]] += TITLE_WEIGHT.get(title[0], 0.0)
    role, weight = max(against.items(), key=lambda item: item[1])
    if accused >= MIN_ACCUSED and accused > weight and not unrelated:
        if against[Role.VICTIM] >= 1.6 and accused < 2 * against[Role.VICTIM]:
            return Decision(Role.VICTIM, against[Role.VICTIM], tuple(cues), doubt=True)
        return Decision(Role.ACCUSED, accused - 0.5 * weight, tuple(cues), doubt=accused - weight < DOUBT)
    if unrelated and accused > weight:
        return Decision(Role.OTHER, accused, tuple(cues))
    if weight == 0.0:
        return Decision(Role.OTHER, 0.0, tuple(cues), doubt=accused > 0)
    return Decision(role, weight, tuple(cues), doubt=accused > 0 and weight - accused < DOUBT)
