"""`offences.csv`: each charge as worded, the statute that was cited, what it is internationally, and what is told.

Refuses names: persons stand here by their ids; and to call what a story says of the crime a finding of the court.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from extraction.model import Offence
from extraction.model.palermo import ElementKind
from extraction.model.statutes import ICCS, PURPOSES
from storage.records.feed import FeedPerson
from storage.spreadsheets import cell
from tipwatch.feed.dataset import guilty_offences, key, person_key

COLUMNS = (
    "entity_id", "case_id", "proof_id", "country", "stage", "found_guilty", "charge", "statute", "section",
    "offences", "offences_purposes", "iccs", "palermo_acts", "palermo_means", "palermo_purposes", "ilo_indicators",
)  # fmt: skip
"""`offences`, `offences_purposes` and `iccs` are of the record; of one that tells of guilt, those of which the
person was found guilty (`dataset.guilty_offences`). The last four are what the story says of the
crime, whoever did it: not of the charge, nor found by a court, nor compared with the story by a human."""
TOLD = (ElementKind.ACT, ElementKind.MEANS, ElementKind.PURPOSE, ElementKind.INDICATOR)
"""Kinds of elements in the order of the last columns."""

safe = lru_cache(maxsize=1 << 12)(cell)
"""Charges and statutes come again."""


def offence_rows(person: FeedPerson) -> Iterator[list[str | None]]:
    """Safe cells: a row for each charge of each record; one without a charge where a record has none."""
    countries = {case.id: case.country for case in person.cases}
    guilty = {case.id: guilty_offences(person, case) for case in person.cases}
    own = person_key(person.id)
    for record in person.records:
        of = guilty.get(record.case_id or "", frozenset()) if record.stage.is_perpetrator else frozenset()
        codes = tuple(sorted((of.intersection(record.offences) or of) if of else record.offences))
        begin = [
            own,
            None if record.case_id is None else key("", record.case_id),
            key("proof-", record.mention_id),
            countries.get(record.case_id or ""),
            record.stage.value,
            "yes" if record.stage.is_perpetrator else "no",
        ]
        end = [*_terms(codes), *_told(tuple((one.kind, one.value) for one in record.elements))]
        for charge, statute, section in record.charges or (("", None, None),):
            yield [*begin, safe(charge), safe(statute), safe(section), *end]


@lru_cache(maxsize=1 << 10)
def _terms(codes: tuple[Offence, ...]) -> tuple[str, str, str]:
    """`offences`, `offences_purposes`, `iccs`."""
    purposes = sorted({PURPOSES[one] for one in codes if one in PURPOSES})
    return "; ".join(codes), "; ".join(purposes), "; ".join(sorted({ICCS[one] for one in codes if one in ICCS}))


@lru_cache(maxsize=1 << 10)
def _told(elements: tuple[tuple[ElementKind, str], ...]) -> tuple[str, ...]:
    """The last four columns."""
    return tuple("; ".join(value for kind, value in elements if kind is wanted) for wanted in TOLD)
