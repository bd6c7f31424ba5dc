"""National statutes and what they mean internationally: Palermo act, means and purpose, and the ICCS class.

Refuses the text of a law: a section here is its number, its heading and what it makes an offence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from extraction.model.palermo import PalermoAct, PalermoMeans, PalermoPurpose
from extraction.model.terms import Offence

PURPOSES: Mapping[Offence, PalermoPurpose] = {
    Offence.SEX_TRAFFICKING: PalermoPurpose.SEXUAL_EXPLOITATION,
    Offence.CHILD_SEX_TRAFFICKING: PalermoPurpose.SEXUAL_EXPLOITATION,
    Offence.LABOUR_TRAFFICKING: PalermoPurpose.FORCED_LABOUR,
    Offence.ORGAN_TRAFFICKING: PalermoPurpose.ORGAN_REMOVAL,
}
"""The purpose that a category of trafficking has by its definition; the others have none."""

ICCS: Mapping[Offence, str] = {
    Offence.SEX_TRAFFICKING: "02041",
    Offence.CHILD_SEX_TRAFFICKING: "02041",
    Offence.LABOUR_TRAFFICKING: "02042",
    Offence.ORGAN_TRAFFICKING: "02043",
    Offence.TRAFFICKING_UNSPECIFIED: "0204",
    Offence.PIMPING_PROCURING: "0302",
    Offence.SEXUAL_OFFENCE: "03",
    Offence.SMUGGLING: "08051",
    Offence.KIDNAPPING_DETENTION: "0202",
    Offence.ORGANISED_CRIME: "0905",
    Offence.IMMIGRATION: "0805",
}
"""International Classification of Crime for Statistical Purposes, version 1.0 (UNODC 2015).
Categories that span several of its sections (fraud and forgery, violence and drugs, other) have none."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Section:
    """One section of a statute. `number` is as the press cites it ("370", "4(1)", "279.011").

    `offences` are the guidelines' categories; `trafficking_unspecified` means that the section leaves the purpose
    open, so that the story decides. `acts`, `means` and `purposes` are given only where the section fixes them.
    """

    number: str
    title: str
    offences: tuple[Offence, ...]
    acts: tuple[PalermoAct, ...] = ()
    means: tuple[PalermoMeans, ...] = ()
    purposes: tuple[PalermoPurpose, ...] = ()
    minor: bool = False  # the victim is a child by definition
    iccs: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statute:
    """A national statute as the press names it.

    `names` mean this statute wherever they stand; `shared_names` ("Penal Code") only when its country prosecutes.
    `offences` is what a bare mention of it charges; empty for a general code. Dates are ISO, possibly partial.
    """

    id: str
    country: str  # ISO 3166-1 alpha-2, lower case
    title: str
    names: tuple[str, ...]
    year: int
    source: str
    shared_names: tuple[str, ...] = ()
    offences: tuple[Offence, ...] = ()
    sections: tuple[Section, ...] = ()
    in_force_from: str | None = None
    in_force_to: str | None = None
    replaced_by: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CitedLaw:
    """A statute that a charge names, with its section when one is cited: the national side of a charge."""

    statute: str  # id in config/offences
    title: str
    country: str
    quote: str  # as the text has it: "Section 370(5) of the IPC"
    section: str | None = None  # as cited
    heading: str | None = None
    offences: frozenset[Offence] = frozenset()
    acts: tuple[PalermoAct, ...] = ()
    means: tuple[PalermoMeans, ...] = ()
    purposes: tuple[PalermoPurpose, ...] = ()
    iccs: str | None = None
