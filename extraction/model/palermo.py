"""The elements of trafficking in international law: act, means and purpose, and the ILO's signs of forced labour.

Refuses a verdict: an element that a text states is a fact about the text, not a finding about the crime.
"""

from __future__ import annotations

from enum import StrEnum


class PalermoAct(StrEnum):
    """What was done to the victim (Palermo Protocol, art. 3 a)."""

    RECRUITMENT = "recruitment"
    TRANSPORTATION = "transportation"
    TRANSFER = "transfer"
    HARBOURING = "harbouring"
    RECEIPT = "receipt"


class PalermoMeans(StrEnum):
    """How the victim's will was overcome (art. 3 a); not needed for a child (art. 3 c)."""

    FORCE = "force"
    COERCION = "coercion"
    ABDUCTION = "abduction"
    FRAUD = "fraud"
    DECEPTION = "deception"
    ABUSE_OF_POWER = "abuse_of_power"
    ABUSE_OF_VULNERABILITY = "abuse_of_vulnerability"
    PAYMENT = "payment"


class PalermoPurpose(StrEnum):
    """What the victim is exploited for (art. 3 a names these "at a minimum")."""

    SEXUAL_EXPLOITATION = "sexual_exploitation"
    FORCED_LABOUR = "forced_labour"
    SLAVERY = "slavery"
    SERVITUDE = "servitude"
    ORGAN_REMOVAL = "organ_removal"


class IloIndicator(StrEnum):
    """The ILO's eleven indicators of forced labour (ILO, 2012)."""

    ABUSE_OF_VULNERABILITY = "abuse_of_vulnerability"
    DECEPTION = "deception"
    RESTRICTION_OF_MOVEMENT = "restriction_of_movement"
    ISOLATION = "isolation"
    VIOLENCE = "physical_and_sexual_violence"
    INTIMIDATION = "intimidation_and_threats"
    RETENTION_OF_DOCUMENTS = "retention_of_identity_documents"
    WITHHOLDING_OF_WAGES = "withholding_of_wages"
    DEBT_BONDAGE = "debt_bondage"
    ABUSIVE_CONDITIONS = "abusive_working_and_living_conditions"
    EXCESSIVE_OVERTIME = "excessive_overtime"


class ElementKind(StrEnum):
    """Which list an element's value is from."""

    ACT = "act"
    MEANS = "means"
    PURPOSE = "purpose"
    INDICATOR = "indicator"


VALUES: dict[ElementKind, frozenset[str]] = {
    ElementKind.ACT: frozenset(PalermoAct),
    ElementKind.MEANS: frozenset(PalermoMeans),
    ElementKind.PURPOSE: frozenset(PalermoPurpose),
    ElementKind.INDICATOR: frozenset(IloIndicator),
}
