"""Loads the national statutes of `config/offences/<iso2>.yml`: what the press calls them, and what they charge.

Refuses a statute without a source, a name that two statutes claim as their own, and a code that is not of ICCS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from config.codes import country as known_country
from config.validation import ConfigError, ConfigErrors, fault, load_yaml
from extraction.model.palermo import PalermoAct, PalermoMeans, PalermoPurpose
from extraction.model.statutes import Section, Statute
from extraction.model.terms import Offence

OFFENCES = Path(__file__).resolve().parent / "offences"
ID = re.compile(r"[a-z]{2}-[a-z0-9]+(?:-[a-z0-9]+)*")
DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
TRAFFICKING_CODES = ("0203", "0204", "02041", "02042", "02043", "02044")
FIRST_YEAR, LAST_YEAR = 1800, 2100


def _date(value: str) -> str:
    if DATE.fullmatch(value) is None:
        raise fault(f'"{value}" is no date', 'write "2024-07-01", "2024-07" or "2024", in quotes')
    return value


def _iccs(value: str) -> str:
    if value not in TRAFFICKING_CODES:
        raise fault(f'"{value}" is no ICCS code of trafficking or exploitation', f"one of {TRAFFICKING_CODES}")
    return value


def _id(value: str) -> str:
    if ID.fullmatch(value) is None:
        raise fault(f'"{value}" is no statute id', "the country, a hyphen and a short word: in-ipc")
    return value


Date = Annotated[str, AfterValidator(_date)]
Id = Annotated[str, AfterValidator(_id)]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class InForceEntry(_Entry):
    """From when to when a statute holds, where that matters; each may be unknown."""

    from_: Date | None = Field(default=None, alias="from")
    to: Date | None = None
    replaced_by: Id | None = None


class SectionEntry(_Entry):
    """One section; see `Section`."""

    number: str = Field(min_length=1, description='as cited, in quotes: "370", "4(1)"')
    title: str = Field(min_length=3, description="the section's heading")
    offences: tuple[Offence, ...] = Field(min_length=1, description="categories of the guidelines")
    acts: tuple[PalermoAct, ...] = ()
    means: tuple[PalermoMeans, ...] = ()
    purposes: tuple[PalermoPurpose, ...] = ()
    minor: bool = False
    iccs: Annotated[str, AfterValidator(_iccs)] | None = None


class StatuteEntry(_Entry):
    """One statute; see `Statute`."""

    id: Id
    title: str = Field(min_length=3, description="the short title with its year")
    names: tuple[str, ...] = Field(min_length=1, description="as the press writes it, without the year")
    shared_names: tuple[str, ...] = ()
    year: int = Field(ge=FIRST_YEAR, le=LAST_YEAR)
    in_force: InForceEntry = InForceEntry()
    source: str = Field(min_length=10, description="jurisdiction and number of the act, or its official address")
    offences: tuple[Offence, ...] = ()
    sections: tuple[SectionEntry, ...] = ()


class StatutesFile(_Entry):
    """One country's statutes."""

    country: Annotated[str, AfterValidator(known_country)]
    statutes: tuple[StatuteEntry, ...] = Field(min_length=1)


def load_statutes(directory: Path | None = None) -> tuple[Statute, ...]:
    """Every country's statutes, by country and in the file's order; raises ConfigErrors with all faults."""
    found: list[Statute] = []
    errors: list[ConfigError] = []
    for file in sorted((directory or OFFENCES).glob("*.yml")):
        try:
            content = load_yaml(file, StatutesFile)
        except ConfigErrors as error:
            errors.extend(error.errors)
            continue
        errors.extend(faults_of(file, content))
        found.extend(statute_of(content.country, entry) for entry in content.statutes)
    if errors:
        raise ConfigErrors(errors)
    return tuple(found)


def statute_of(country: str, entry: StatuteEntry) -> Statute:
    """The typed object of one entry."""
    return Statute(
        id=entry.id,
        country=country,
        title=entry.title,
        names=entry.names,
        shared_names=entry.shared_names,
        year=entry.year,
        source=entry.source,
        offences=entry.offences,
        sections=tuple(Section(**s.model_dump()) for s in entry.sections),
        in_force_from=entry.in_force.from_,
        in_force_to=entry.in_force.to,
        replaced_by=entry.in_force.replaced_by,
    )


def faults_of(file: Path, content: StatutesFile) -> Iterable[ConfigError]:
    """What only the whole file shows: its name, doubles, and successors that are not there."""

    def error(key: str, problem: str, remedy: str) -> ConfigError:
        return ConfigError(file=str(file), line=1, key=key, problem=problem, remedy=remedy)

    if file.stem != content.country:
        yield error("country", f"{content.country} stands in {file.name}", f"call the file {content.country}.yml")
    ids = [s.id for s in content.statutes]
    names: dict[str, str] = {}
    for n, statute in enumerate(content.statutes):
        key = f"statutes[{n}]"
        if not statute.id.startswith(f"{content.country}-"):
            yield error(f"{key}.id", f"{statute.id} is of another country", f"begin it with {content.country}-")
        if ids.count(statute.id) > 1 and ids.index(statute.id) != n:
            yield error(f"{key}.id", f"{statute.id} stands twice", "give each statute an id of its own")
        successor = statute.in_force.replaced_by
        if successor is not None and successor not in ids:
            yield error(
                f"{key}.in_force.replaced_by", f"{successor} is not in this file", "add it, or leave it out"
            )
        for name in statute.names:
            other = names.setdefault(name.lower(), statute.id)
            if other != statute.id:
                yield error(f"{key}.names", f'"{name}" also names {other}', "make it one of their shared_names")
        numbers = [s.number for s in statute.sections]
        for number in sorted({x for x in numbers if numbers.count(x) > 1}):
            yield error(f"{key}.sections", f"section {number} stands twice", "merge the two")
