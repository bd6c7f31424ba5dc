"""Records of persons, cases, and of what analysts decide.

Refuses a decision without its user and time, and a fact without the machine's original beside it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from extraction.model import Offence, Stage
from extraction.model.palermo import ElementKind

MACHINE = "machine"
"""Who judged, where no human did."""


TAKEN_DOWN = "taken_down"
REJECTED = "rejected"
LOOK_ALIKE = "look_alike"
CLEARED_ANEW = "cleared_anew"
LOST = "lost"
"""Why a record is withheld (`accused.withheld`): taken down; rejected by a human; like somebody who was
either, until a human has looked; accepted by a human and cleared by a later reading; not found any more."""


class Verdict(StrEnum):
    """What a reviewer said of a mention."""

    ACCEPTED = "accepted"
    CORRECTED = "corrected"
    REJECTED = "rejected"


class RejectReason(StrEnum):
    """Why a mention is not one of an accused. The first three take the name away as well."""

    VICTIM = "victim"
    WITNESS = "witness"
    MINOR = "minor"
    OFFICIAL = "official"
    LAWYER = "lawyer"
    OTHER_PERSON = "other_person"
    NOT_ACCUSED = "not_accused"
    NOT_TRAFFICKING = "not_trafficking"

    @property
    def forgets_name(self) -> bool:
        """True where even the database may not keep the name."""
        return self in (RejectReason.VICTIM, RejectReason.WITNESS, RejectReason.MINOR)


class JudgementVerdict(StrEnum):
    """What an edge between two mentions says."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"


class UserRole(StrEnum):
    """What a user may do: look, decide, or also undo takedowns and manage users."""

    READER = "reader"
    REVIEWER = "reviewer"
    ADMIN = "admin"

    def may(self, needed: UserRole) -> bool:
        """True when this role includes `needed`."""
        order = list(UserRole)
        return order.index(self) >= order.index(needed)


class Reason(StrEnum):
    """Why an item waits in the queue."""

    DOUBTFUL = "doubtful"  # score below the least that an export lists
    UNREVIEWED = "unreviewed"
    REOPENED = "reopened"  # the machine's original changed after a human's word
    LOST = "lost"  # the machine no longer finds what a human decided on
    CONFLICT = "conflict"  # conviction and acquittal, and the order is not known
    MATCH = "match"  # two persons who may be one
    TAKEDOWN = "takedown"  # held back because it looks like somebody who was taken down


FACT_FIELDS = ("name", "aliases", "stage", "stage_date", "age", "nationality", "offences")
"""What `Facts` holds, what a human may correct, and the keys of `mention.machine`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is said of an accused: the machine's original, or what stands after a correction."""

    name: str
    aliases: tuple[str, ...] = ()
    stage: Stage
    stage_date: str | None = None
    age: int | None = None
    nationality: str | None = None
    offences: tuple[Offence, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """One field in which an original changed after it was reviewed (texts, for show)."""

    field: str
    before: str | None
    now: str | None
    human: str | None  # what the human made of it; None where the human left it


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownEvidence:
    """A span: `text[start:end]` of the article. `fact` is "name", "stage", "charge/0", "penalty/0", …"""

    fact: str
    start: int
    end: int
    quote: str  # others' names masked
    rule: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class ShownElement:
    """What the story says of the crime, whoever did it; the spans' `fact` is "element/<kind>/<value>"."""

    kind: ElementKind
    value: str  # one of `extraction.model.palermo.VALUES[kind]`
    evidence: tuple[ShownEvidence, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordSummary:
    """A mention in a line: in lists, timelines and searches. `name` and `stage` are what stands."""

    mention_id: str
    article_id: str
    person_id: str | None
    name: str
    stage: Stage
    stage_date: str | None
    published: str | None
    source: str | None
    country: str | None  # of prosecution, else of reporting
    url: str
    title: str | None  # masked
    score: float
    verdict: Verdict | None
    reopened: bool
    withheld: str | None  # why it is not listed: "rejected", "taken_down", "look_alike", "cleared_anew", "lost"
    first_seen: dt.datetime
    syndicated: int = 1  # texts of its group


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueItem:
    """One thing to decide. `value` orders the queue: doubt x consequence x age (see docs/review.md)."""

    reason: Reason
    value: float
    doubt: float  # 0 to 1
    consequence: float  # 0 to 1
    age_days: int
    record: RecordSummary
    other: RecordSummary | None = None  # for a match: the other side
    match_score: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordView:
    """Everything about one mention that a reviewer sees. `text` is the source's text, unmasked."""

    summary: RecordSummary
    text: str
    urls: tuple[str, ...]
    language: str | None
    machine: Facts | None  # None: the machine no longer finds it, or its name had to go
    stands: Facts | None  # the human's word over the machine's; None when rejected for a protected role
    human: Mapping[str, Any]  # corrected fields only
    charges: tuple[str, ...]
    penalties: tuple[str, ...]
    countries: Mapping[str, tuple[str, ...]]  # by role
    evidence: tuple[ShownEvidence, ...]
    verdict: Verdict | None
    reject_reason: RejectReason | None
    reviewed_by: str | None
    reviewed_at: dt.datetime | None
    reopened: bool
    differences: tuple[Difference, ...]
    extractor_version: str
    seen: str  # digest of what is shown: decisions carry it, and are refused when it changed meanwhile
    others: tuple[RecordSummary, ...] = ()  # other accused of the same text
    elements: tuple[ShownElement, ...] = ()  # nobody decides on them: `seen` is without them


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineEntry:
    """A stage of a person in a case, with the stories that say so."""

    date: str | None  # of the stage, else of the first story
    stage: Stage
    stands: bool  # False where a later one took it back
    records: tuple[RecordSummary, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartyView:
    """A person's part in a case."""

    case_id: str
    person_id: str
    name: str  # "[taken down]", "[withheld]" of who is hidden
    stage: Stage
    stage_date: str | None
    cleared: bool
    doubtful: bool
    hidden: bool = False  # as `PersonSummary.hidden`


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseView:
    """A case. `victims` are counts by (sex, age band), as (label, number, mention of the count's story id)."""

    id: str
    country: str | None
    first_date: str | None
    last_date: str | None
    courts: tuple[str, ...]
    offences: tuple[Offence, ...]
    charges: tuple[str, ...]
    victims: tuple[tuple[str, str, int], ...]  # sex, age band, number: the most that one story says
    stage: Stage
    parties: tuple[PartyView, ...]
    stories: int
    publishers: int


@dataclass(frozen=True, kw_only=True, slots=True)
class JudgementRecord:
    """An edge between two mentions and who drew it."""

    id: int
    left: str
    right: str
    verdict: JudgementVerdict
    score: float | None
    reasons: tuple[str, ...]
    by: str
    at: dt.datetime
    undone_by: str | None
    undone_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonSummary:
    """A person in a line."""

    id: str
    name: str
    aliases: tuple[str, ...]
    nationality: str | None
    birth_years: tuple[int, int] | None
    countries: tuple[str, ...]
    stage: Stage
    stage_date: str | None
    cleared: bool
    stories: int
    first_seen: dt.datetime
    last_seen: dt.datetime
    taken_down: bool
    hidden: bool = False  # taken down, or no record that is not withheld: for reviewers only


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonView:
    """A person with everything that hangs on it."""

    summary: PersonSummary
    former_ids: tuple[str, ...]
    records: tuple[RecordSummary, ...]  # by date
    timeline: Mapping[str, tuple[TimelineEntry, ...]]  # by case id
    cases: tuple[CaseView, ...]
    judgements: tuple[JudgementRecord, ...]
    candidates: tuple[tuple[PersonSummary, float, tuple[str, ...]], ...]  # who it may be too: score, reasons


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditEntry:
    """A line of the log."""

    id: int
    at: dt.datetime
    by: str
    action: str
    subject: str
    detail: Mapping[str, Any]
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class User:
    """Somebody who may log in."""

    name: str
    role: UserRole
    epoch: int
    created_at: dt.datetime
    disabled_at: dt.datetime | None
    last_login: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Takedown:
    """A takedown, without a name."""

    id: int
    person_id: str
    reason: str
    mentions: int
    by: str
    at: dt.datetime
    lifted_by: str | None
    lifted_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ResolveSummary:
    """What a run of the resolution did."""

    mentions: int
    texts: int
    persons: int  # that there are now
    new_persons: int
    merged: int  # ids that went into others
    doubtful: int  # pairs left to a human
    cases: int
    seconds: float = 0.0
    counts: Mapping[str, int] = field(default_factory=dict)
