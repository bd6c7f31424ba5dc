"""Closed lists of the field: who somebody is, how far a case got, of what, and why a page was dropped.

Refuses free text: a value outside these lists is an error, not a new word.
"""

from __future__ import annotations

from enum import StrEnum

SURE = 0.75  # score from which an accused is listed; below it a person waits for review
ADULT = 18
"""Under it a person is a child, whatever the national law says (Palermo Protocol, art. 3 d)."""


class Role(StrEnum):
    """What a named natural person is in a story; the first that holds."""

    ACCUSED = "accused"
    VICTIM = "victim"
    OFFICIAL = "official"
    LAWYER = "lawyer"
    WITNESS = "witness"
    OTHER = "other"


class Stage(StrEnum):
    """The furthest point that one article reports for one accused, or how the case ended otherwise.

    `wanted` < `arrested` < `charged` < `on_trial` < `pleaded_guilty` < `convicted` < `sentenced`;
    `acquitted`, `dismissed` and `overturned` stand beside that order and always win over it.
    """

    WANTED = "wanted"
    ARRESTED = "arrested"
    CHARGED = "charged"
    ON_TRIAL = "on_trial"
    PLEADED_GUILTY = "pleaded_guilty"
    CONVICTED = "convicted"
    SENTENCED = "sentenced"
    ACQUITTED = "acquitted"
    DISMISSED = "dismissed"
    OVERTURNED = "overturned"

    @property
    def is_perpetrator(self) -> bool:
        """True when a court or a plea has established guilt; before that a person is *accused*."""
        return self in PERPETRATOR_STAGES

    @property
    def is_cleared(self) -> bool:
        """True when the proceedings ended without a standing conviction."""
        return self in CLEARED_STAGES


PERPETRATOR_STAGES = frozenset({Stage.PLEADED_GUILTY, Stage.CONVICTED, Stage.SENTENCED})
CLEARED_STAGES = frozenset({Stage.ACQUITTED, Stage.DISMISSED, Stage.OVERTURNED})
STAGE_ORDER = (
    Stage.WANTED,
    Stage.ARRESTED,
    Stage.CHARGED,
    Stage.ON_TRIAL,
    Stage.PLEADED_GUILTY,
    Stage.CONVICTED,
    Stage.SENTENCED,
)


class Offence(StrEnum):
    """Offence categories; one charge may carry several."""

    SEX_TRAFFICKING = "sex_trafficking"
    CHILD_SEX_TRAFFICKING = "child_sex_trafficking"
    LABOUR_TRAFFICKING = "labour_trafficking"
    ORGAN_TRAFFICKING = "organ_trafficking"
    TRAFFICKING_UNSPECIFIED = "trafficking_unspecified"
    PIMPING_PROCURING = "pimping_procuring"
    SEXUAL_OFFENCE = "sexual_offence"
    SMUGGLING = "smuggling"
    ILLEGAL_RECRUITMENT = "illegal_recruitment"
    KIDNAPPING_DETENTION = "kidnapping_detention"
    ORGANISED_CRIME = "organised_crime"
    FINANCIAL_DOCUMENT = "financial_document"
    VIOLENCE_WEAPONS_DRUGS = "violence_weapons_drugs"
    IMMIGRATION = "immigration"
    OTHER = "other"


class Regime(StrEnum):
    """How a prison term is served, in the words of the courts that distinguish it."""

    RIGOROUS = "rigorous"
    SIMPLE = "simple"
    HARD_LABOUR = "hard_labour"


class Running(StrEnum):
    """How several terms run."""

    CONCURRENT = "concurrent"
    CONSECUTIVE = "consecutive"


class CountryRole(StrEnum):
    """What a country is to a story."""

    REPORTING = "reporting"
    PROSECUTION = "prosecution"
    OFFENCE = "offence"
    ACCUSED_ORIGIN = "accused_origin"
    VICTIM_ORIGIN = "victim_origin"
    TRANSIT = "transit"
    DESTINATION = "destination"


class DropReason(StrEnum):
    """Why fetched bytes were not kept. Each is counted per source and day; the bytes are gone."""

    NO_GATE_WORD = "no_gate_word"
    NOT_HTML = "not_html"
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    DUPLICATE = "duplicate"
