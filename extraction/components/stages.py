"""How far each accused got: stage cues of the whole text, with courts, leads and list items.

Refuses two stages for one person: a cleared accused is cleared, else the furthest point wins.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from extraction.components.cues import Cue
from extraction.model.terms import CLEARED_STAGES, STAGE_ORDER, Stage

INVERTED = (
    ("acquit", Stage.ACQUITTED),
    ("clear", Stage.ACQUITTED),
    ("discharg", Stage.DISMISSED),
    ("sentenc", Stage.SENTENCED),
    ("jail", Stage.SENTENCED),
    ("convict", Stage.CONVICTED),
    ("charg", Stage.CHARGED),
    ("indict", Stage.CHARGED),
    ("remand", Stage.CHARGED),
    ("want", Stage.WANTED),
)
MIN_ACQUITTED = 1.4


@dataclass(frozen=True, slots=True)
class StageFound:
    """A stage with the cue that proves it."""

    stage: Stage
    cue: Cue
    score: float


def stage_of(cue: Cue) -> Stage | None:
    """The stage that a cue's value and words mean."""
    match cue.value:
        case "inverted":
            verb = cue.words.lower()
            return next((stage for stem, stage in INVERTED if verb.startswith(stem)), Stage.ARRESTED)
        case "fled":
            jumped = re.search(r"bail|failed to|the trial", cue.words)
            return Stage.CHARGED if jumped else Stage.WANTED
        case value:
            return Stage(value)


def decide_stage(cues: Sequence[Cue]) -> StageFound | None:
    """The furthest stage, or how it ended otherwise; None without any stage cue."""
    found = []
    for cue in cues:
        if cue.group == "stage":
            stage = stage_of(cue)
            if stage is not None:
                found.append(StageFound(stage, cue, cue.rule.score * (1.0 if cue.named else 0.6)))
    if not found:
        return None
    cleared = [f for f in found if f.stage in CLEARED_STAGES]
    firm = [f for f in found if f.stage in (Stage.SENTENCED, Stage.CONVICTED, Stage.PLEADED_GUILTY)]
    if cleared and sum(f.score for f in cleared) >= MIN_ACQUITTED:
        kinds = {f.stage for f in cleared}
        best = max(cleared, key=lambda f: f.score)
        if Stage.OVERTURNED in kinds:
            return next(f for f in cleared if f.stage is Stage.OVERTURNED)
        if max(f.score for f in cleared) >= max((f.score for f in firm if f.cue.named), default=0.0):
            return best
    going = [f for f in found if f.stage not in CLEARED_STAGES]
    if not going:
        return max(found, key=lambda f: f.score)
    wanted = [f for f in going if f.stage is Stage.WANTED]
    further = max(going, key=lambda f: (STAGE_ORDER.index(f.stage), f.score))
    if wanted and further.stage is Stage.ARRESTED and not further.cue.named:
        return wanted[0]
    return further
