"""`perpetrators.htcds.csv`: perpetrators in the words of IOM's Human Trafficking Case Data Standard (HTCDS 2.0).

Refuses the accused, names, and a role that the offence itself does not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from extraction.model import Offence
from storage.records.feed import FeedPerson
from tipwatch.feed.dataset import guilty_offences, key, person_key

COLUMNS = (
    "per_ID", "per_Citizenship", "per_RoleInProcess", "vic_TypeOfExploitation", "hte_Type", "case_ID",
    "case_CountryOfProsecution", "case_Status", "case_StatusDate",
)  # fmt: skip
"""The standard's fields that the press fills; `per_RoleInProcess`, `vic_TypeOfExploitation` and `hte_Type` hold
its terms. Forced criminality (scam compounds) has no term in it."""

ROLES: Mapping[Offence, str] = {
    Offence.ILLEGAL_RECRUITMENT: "RecruiterOrIntermediary",
    Offence.SMUGGLING: "Smuggler",
    Offence.KIDNAPPING_DETENTION: "Kidnapper",
    Offence.SEXUAL_OFFENCE: "Abuser",
    Offence.PIMPING_PROCURING: "Exploiter",
}
EXPLOITATION: Mapping[Offence, str] = {
    Offence.SEX_TRAFFICKING: "SexualExploitation",
    Offence.CHILD_SEX_TRAFFICKING: "SexualExploitation",
    Offence.PIMPING_PROCURING: "SexualExploitation",
    Offence.LABOUR_TRAFFICKING: "ForcedLabour",
    Offence.ORGAN_TRAFFICKING: "OrganRemoval",
}
EVENTS: Mapping[Offence, str] = {
    Offence.ILLEGAL_RECRUITMENT: "Recruitment",
    Offence.SMUGGLING: "Transit",
    **dict.fromkeys(EXPLOITATION, "Exploitation"),
}


def htcds_rows(person: FeedPerson) -> Iterator[list[str | None]]:
    """A row for each case in which the person was found guilty; terms joined by "; "."""
    for case in person.cases:
        if case.stage.is_perpetrator:
            offences = guilty_offences(person, case)
            yield [
                person_key(person.id),
                person.nationality,
                _terms(ROLES, offences) or "Other",
                _terms(EXPLOITATION, offences),
                _terms(EVENTS, offences),
                key("", case.id),
                case.country,
                case.stage.value,
                case.stage_date,
            ]


def _terms(table: Mapping[Offence, str], offences: Iterable[Offence]) -> str:
    return "; ".join(sorted({table[one] for one in offences if one in table}))
