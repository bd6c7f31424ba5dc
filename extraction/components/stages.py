"""How far each accused got: stage cues of the whole text, with courts, leads and list items.

Refuses two stages for one person: a cleared accused is cleared, else the furthest point wins.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from extraction.components.cues import Cue
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
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
CONVICT = re.compile(r"\bthe convicts?\b|\bconvicts (?:are|were|as|include)\b", re.IGNORECASE)


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
        elif cue.group == "accused" and CONVICT.search(cue.words):
            found.append(StageFound(Stage.CONVICTED, cue, 0.5))
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


LEAD_SENTENCES = 4
ORDER = {stage: n for n, stage in enumerate(STAGE_ORDER)}


@dataclass(frozen=True, slots=True)
class Lead:
    """What headings and first sentences say about people they do not name, with spans."""

    stages: tuple[tuple[Stage, tuple[int, int], str], ...]
    future_sentence: bool
    court_custody: tuple[tuple[int, int], ...]


class LeadReader:
    """Reads the lead."""

    def __init__(self, lexis: Lexis) -> None:
        self.lead = lexis.group("lead")
        self.future = lexis.group("void_sentence")
        self.custody = lexis.group("court_custody")
        self.void = lexis.group("void")

    def read(self, layout: Layout, apart: Collection[int]) -> Lead:
        """Stages in headings and the first sentences, and whether a court took custody anywhere."""
        found: list[tuple[Stage, tuple[int, int], str]] = []
        prose = 0
        for index, s in enumerate(layout.sentences):
            if prose >= LEAD_SENTENCES:
                break
            if index in apart:
                continue
            prose += not s.heading and s.end - s.start > 60
            text = layout.text[s.start : s.end]
            future = any(r.regex.search(text) for r in self.future)
            for rule in self.lead:
                m = rule.regex.search(text)
                if m and self.is_void(text, m.start()):
                    continue
                if m and not (future and rule.value == "sentenced"):
                    found.append((Stage(rule.value), (s.start + m.start(), s.start + m.end()), rule.tag))
        whole = [
            (s.start + m.start(), s.start + m.end())
            for i, s in enumerate(layout.sentences)
            if i not in apart and not s.heading
            for r in self.custody
            if (m := r.regex.search(layout.text[s.start : s.end]))
        ]
        text = "\n".join(layout.text[s.start : s.end] for i, s in enumerate(layout.sentences) if i not in apart)
        return Lead(tuple(found), any(r.regex.search(text) for r in self.future), tuple(whole))

    def is_void(self, text: str, at: int) -> bool:
        """True when the word before is "if" or the like."""
        clause = re.split(r"[,;:.]", text[max(0, at - 60) : at])[-1]
        return any(r.regex.search(clause) for r in self.void)


def with_lead(
    own: Stage | None, lead: Lead, *, single: bool, custody: tuple[int, int] | None
) -> tuple[Stage | None, tuple[int, int] | None, str]:
    """The stage after the lead's word: it may lift, never lower, and never a cleared or wanted person."""
    if own in CLEARED_STAGES or own is Stage.WANTED:
        return own, None, ""
    if own is None and not lead.stages:
        return own, None, ""
    best: Stage | None = own
    span: tuple[int, int] | None = None
    tag = ""
    for stage, where, rule in lead.stages:
        if stage in CLEARED_STAGES or (not single and not _same_kind(own, stage)):
            continue
        if (
            stage is Stage.SENTENCED
            and own in (Stage.CONVICTED, Stage.PLEADED_GUILTY)
            and lead.future_sentence
            and not single
        ):
            continue
        if best is None or ORDER[stage] > ORDER[best]:
            best, span, tag = stage, where, rule
    if best is Stage.ARRESTED and custody is not None:
        return Stage.CHARGED, custody, "court.custody@1"
    return best, span, tag


def _same_kind(own: Stage | None, lead: Stage) -> bool:
    """With several accused a lead lifts one step only: convicted to sentenced, arrested to charged."""
    if own is None:
        return lead in (Stage.ARRESTED, Stage.CHARGED, Stage.ON_TRIAL)
    if lead is Stage.SENTENCED:
        return own in (Stage.CONVICTED, Stage.PLEADED_GUILTY)
    if lead is Stage.CHARGED:
        return own is Stage.ARRESTED
    return lead is Stage.ON_TRIAL and own in (Stage.CHARGED, Stage.ARRESTED)
