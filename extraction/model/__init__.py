"""The vocabulary of tipwatch: enums and frozen dataclasses on the standard library alone.

Refuses behaviour: no parsing, no I/O, no third-party import. Every floor above speaks these words.
"""

from extraction.model.article import Article, PageHints, Quarantine, QuarantineReason
from extraction.model.facts import (
    Accused,
    CaseReport,
    Charge,
    CountryFact,
    Court,
    Element,
    Evidence,
    Money,
    Penalty,
    Person,
    VictimCount,
)
from extraction.model.terms import CountryRole, DropReason, Offence, Regime, Role, Running, Stage

__all__ = [
    "Accused",
    "Article",
    "CaseReport",
    "Charge",
    "CountryFact",
    "CountryRole",
    "Court",
    "DropReason",
    "Element",
    "Evidence",
    "Money",
    "Offence",
    "PageHints",
    "Penalty",
    "Person",
    "Quarantine",
    "QuarantineReason",
    "Regime",
    "Role",
    "Running",
    "Stage",
    "VictimCount",
]
