"""The vocabulary of tipwatch: enums and frozen dataclasses on the standard library alone.

Refuses behaviour: no parsing, no I/O, no third-party import. Every floor above speaks these words.
"""

from extraction.model.article import Article, PageHints, Quarantine, QuarantineReason
from extraction.model.facts import (
    Accused,
    CaseReport,
    Charge,
    CountryFact,
    Element,
    Evidence,
    Penalty,
    Person,
)
from extraction.model.terms import CountryRole, DropReason, Offence, Role, Stage

__all__ = [
    "Accused",
    "Article",
    "CaseReport",
    "Charge",
    "CountryFact",
    "CountryRole",
    "DropReason",
    "Element",
    "Evidence",
    "Offence",
    "PageHints",
    "Penalty",
    "Person",
    "Quarantine",
    "QuarantineReason",
    "Role",
    "Stage",
]
