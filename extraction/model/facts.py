"""What one article states about the accused, each fact with its evidence.

Refuses a fact without evidence: every dataclass here carries the spans that it rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from extraction.model.palermo import ElementKind, PalermoPurpose
from extraction.model.statutes import ICCS, PURPOSES, CitedLaw
from extraction.model.terms import CountryRole, Offence, Regime, Role, Running, Stage


@dataclass(frozen=True, kw_only=True, slots=True)
class Evidence:
    """A span of `Article.text` and who says that it proves something.

    `article.text[start:end] == quote` always holds; `rule` is a rule's or model's id with its version
    ("stage.sentenced@1"); `score` is in [0, 1].
    """

    start: int
    end: int
    quote: str
    rule: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Charge:
    """An offence as worded, with its statute and section when named ("Section 370(5)", "Indian Penal Code")."""

    text: str
    offences: frozenset[Offence]
    evidence: Evidence
    statute: str | None = None
    section: str | None = None
    laws: tuple[CitedLaw, ...] = ()  # national statutes cited for it, of config/offences

    @property
    def iccs(self) -> tuple[str, ...]:
        """Its international classes (ICCS), of the sections cited and of its categories."""
        codes = {law.iccs for law in self.laws if law.iccs} | {ICCS[o] for o in self.offences if o in ICCS}
        return tuple(sorted(codes))

    @property
    def purposes(self) -> tuple[PalermoPurpose, ...]:
        """Its Palermo purposes, of the sections cited and of its categories."""
        found = {p for law in self.laws for p in law.purposes} | {
            PURPOSES[o] for o in self.offences if o in PURPOSES
        }
        return tuple(sorted(found))


@dataclass(frozen=True, kw_only=True, slots=True)
class Money:
    """A sum as worded ("N500,000"), its amount, and its currency (ISO 4217) where the sign leaves no doubt."""

    text: str
    amount: float
    currency: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Penalty:
    """What a court imposed on one person, as worded, with the parts that could be read; all times in months.

    `months` is the custodial term (None for a life or death sentence, and where only days were imposed: `days`);
    of several terms the longest, their sum when they run one after the other. `suspended` is True when any part
    is; `suspended_months` that part, where said. `minimum_months` must be served before parole,
    `default_months` if the fine is not paid. `fine` is the amount as worded, `fine_money` the same as a sum.
    """

    text: str
    evidence: Evidence
    months: int | None = None
    life: bool = False
    suspended: bool = False
    fine: str | None = None
    days: int | None = None
    death: bool = False
    suspended_months: int | None = None
    minimum_months: int | None = None
    default_months: int | None = None
    probation_months: int | None = None
    supervision_months: int | None = None  # supervised release after prison
    community_hours: int | None = None
    strokes: int | None = None  # of the cane
    fine_money: Money | None = None
    option_of_fine: bool = False  # prison *or* fine, at the convict's choice
    restitution: Money | None = None  # to the victims: restitution, compensation, back wages
    regime: Regime | None = None
    running: Running | None = None
    time_served: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Accused:
    """A natural person against whom this article reports an official action in a trafficking case.

    `name` is the fullest form in the article, without titles. `evidence` maps a field's name ("name", "stage",
    "stage_date", "age", "nationality", "aliases", "offences", "role") to the spans that it rests on; "name",
    "role" and "stage" are always there. `stage_date` is an ISO date, possibly partial, or None.
    """

    name: str
    stage: Stage
    evidence: Mapping[str, tuple[Evidence, ...]]
    score: float
    aliases: tuple[str, ...] = ()
    stage_date: str | None = None
    age: int | None = None
    minor: bool = False  # said to be under 18, in words or as a figure, now or at the time; never stored by name
    nationality: str | None = None  # ISO 3166-1 alpha-2, lower case
    offences: frozenset[Offence] = frozenset()
    charges: tuple[Charge, ...] = ()
    penalties: tuple[Penalty, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Any named person with the decided role; lives in memory only, to decide and to score. Never stored."""

    name: str
    role: Role
    score: float
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """An act, means, purpose or ILO indicator that the text states for its case (`extraction.model.palermo`)."""

    kind: ElementKind
    value: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class CountryFact:
    """A country and its part in the story. `evidence` is empty only for a role taken from the source's country."""

    country: str  # ISO 3166-1 alpha-2, lower case
    role: CountryRole
    evidence: tuple[Evidence, ...]
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Court:
    """A court that the text names for these proceedings, as worded ("Kathmandu District Court")."""

    name: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class VictimCount:
    """How many victims the text states, one for each statement that stands ("three girls aged 14 to 17").

    `sex` is "female", "male" or "unknown"; `age_band` "child" (under 18), "adult" or "unknown". Never a name; the
    quote is masked like every other before it is stored.
    """

    n: int
    sex: str
    age_band: str
    evidence: Evidence


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseReport:
    """Everything that one article states about the accused; one a story.

    `language_read` is False when the text is in a language that this version does not read: then nothing is
    claimed and coverage counts the story as unread. `others` never leaves memory (see `Person`).
    `doubtful` are persons who are rather accused than not, with a score below `SURE`: they wait for review.
    `doubts` names what was left undecided, by kind ("role", "stage", "age"), for coverage and review; no names.
    """

    article_id: str
    relevant: bool
    relevance_score: float
    extractor_version: str
    language_read: bool = True
    relevance_evidence: tuple[Evidence, ...] = ()
    accused: tuple[Accused, ...] = ()
    doubtful: tuple[Accused, ...] = ()
    countries: tuple[CountryFact, ...] = ()
    organisations_accused: tuple[str, ...] = ()
    elements: tuple[Element, ...] = ()
    courts: tuple[Court, ...] = ()
    victim_counts: tuple[VictimCount, ...] = ()
    others: tuple[Person, ...] = field(default=(), repr=False)
    doubts: Mapping[str, int] = field(default_factory=dict)

    @property
    def named(self) -> tuple[Accused, ...]:
        """The accused, and those of whom it is doubtful."""
        return (*self.accused, *self.doubtful)
