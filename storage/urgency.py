"""What a human minute is worth: doubt x consequence x age, each a plain formula (docs/review.md, "The queue").

Refuses hidden weights: every figure of the order is here, and in the docs.
"""

from __future__ import annotations

from extraction.model import Stage
from extraction.model.terms import CLEARED_STAGES

LEAST_DOUBT = 0.02
"""Nothing is certain: sure records come last, not never."""
FULL = 1.0
"""Doubt of what contradicts itself: a reopened record, a conviction and an acquittal without their order."""
AGE_DAYS = 90
"""Days of waiting after which an item weighs twice what a new one does, and no more."""
LISTED, ACCUSED, SUSPECT, CLEARED = 1.0, 0.7, 0.4, 0.5
"""Consequence of an error: a name on the list of convicted, of charged; of wanted or arrested (in no list); in the
list of cleared, which takes people off lists."""
MISSED_ACQUITTAL = 1.0
HELD_BACK = 0.5
"""Consequence of holding back somebody who only has the name of a person who was taken down: a missing row."""


def doubt(score: float) -> float:
    """How undecided a calibrated score is: 1 at 0.5, next to nothing at 0 and at 1.

    >>> [round(doubt(score), 2) for score in (0.5, 0.75, 0.95, 0.05, 1.0)]
    [1.0, 0.5, 0.1, 0.1, 0.02]
    """
    return max(LEAST_DOUBT, 1 - abs(2 * min(max(score, 0.0), 1.0) - 1))


def consequence(stage: Stage) -> float:
    """What an error at this stage does to a person, 0 to 1."""
    if stage.is_perpetrator:
        return LISTED
    if stage in CLEARED_STAGES:
        return CLEARED
    return ACCUSED if stage in (Stage.CHARGED, Stage.ON_TRIAL) else SUSPECT


def age_factor(days: int) -> float:
    """1 for a new item, growing evenly to 2 after `AGE_DAYS`."""
    return 1 + min(max(days, 0), AGE_DAYS) / AGE_DAYS


def urgency(score: float, stage: Stage) -> float:
    """Doubt x consequence of a record that nobody has seen: what `mention.urgency` holds."""
    return doubt(score) * consequence(stage)
