"""What the feed is called: data set, programmes, topics, and the ids of its entities.

Refuses a name inside an id, and a topic of crime for anybody whom no court has found guilty.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Final

from extraction.model import Offence
from storage.records.feed import FeedCase, FeedPerson, FeedRecord, FeedStage

PREFIX: Final = "tw-"
KEY: Final = re.compile(r"[A-Za-z0-9_.:-]+")

NAMES: Mapping[FeedStage, str] = {
    FeedStage.CONVICTED: "tipwatch_convicted",
    FeedStage.CHARGED: "tipwatch_charged",
}
TITLES: Mapping[FeedStage, str] = {
    FeedStage.CONVICTED: "Tipwatch: convicted in trafficking cases, by the press",
    FeedStage.CHARGED: "Tipwatch: charged or convicted in trafficking cases, by the press",
}

SUMMARY: Mapping[FeedStage, str] = {
    FeedStage.CONVICTED: "Persons of whom named sources report that a court or a plea has established guilt in a "
    "case of trafficking in persons or a related offence.",
    FeedStage.CHARGED: "Persons of whom named sources report a charge or more in a case of trafficking in "
    "persons. Whoever is in programme TW-ACCUSED is presumed innocent.",
}

CONVICTED = "TW-CONVICTED"
ACCUSED = "TW-ACCUSED"
UNREVIEWED = "TW-UNREVIEWED"
PROGRAMS: Mapping[str, str] = {
    CONVICTED: "Guilt established by a court or a plea, as reported",
    ACCUSED: "Accused, not convicted: presumed innocent",
    UNREVIEWED: "Read by a machine; no human has compared it with the story",
}
"""Their ids stand in `targets.simple.csv` too, which has no other column to tell accused from convicted."""

ACCUSED_TOPICS = ("poi",)
"""FollowTheMoney's "person of interest": a client that keeps risks only still shows whom the taker asked for, and
no crime is asserted. STANDARDS.md has no topic for the accused; `crime` would call somebody guilty."""
TRAFFICKING = frozenset(
    {
        Offence.SEX_TRAFFICKING,
        Offence.CHILD_SEX_TRAFFICKING,
        Offence.LABOUR_TRAFFICKING,
        Offence.ORGAN_TRAFFICKING,
        Offence.TRAFFICKING_UNSPECIFIED,
    }
)


def topics(offences: Collection[Offence]) -> tuple[str, ...]:
    """Topics of a perpetrator of these offences, parent and child together (children alone count as no risk).

    >>> topics({Offence.LABOUR_TRAFFICKING})
    ('crime', 'crime.traffick', 'crime.traffick.human', 'forced.labor')
    >>> topics({Offence.PIMPING_PROCURING})
    ('crime',)
    """
    found = ["crime"]
    if not TRAFFICKING.isdisjoint(offences):
        found += ["crime.traffick", "crime.traffick.human"]
    if Offence.LABOUR_TRAFFICKING in offences:
        found.append("forced.labor")
    return tuple(found)


def guilty_offences(person: FeedPerson, case: FeedCase) -> frozenset[Offence]:
    """The offences of which the person was found guilty in a case: those of the stories that report it.

    Where every such story words its charges, and none of these is trafficking, those of the charges alone: who is
    convicted of laundering a trafficker's money is none. Where such stories name no offence, those of the case;
    where the case is still open, none at all.
    """
    if not case.stage.is_perpetrator:
        return frozenset()
    guilt = [one for one in person.records if one.case_id == case.id and one.stage.is_perpetrator]
    worded = [offences for one in guilt if (offences := _worded(one)) is not None]
    charged = frozenset[Offence]().union(*worded)
    if len(worded) == len(guilt) and charged and TRAFFICKING.isdisjoint(charged):
        return charged
    told = frozenset(offence for one in guilt for offence in one.offences)
    return told or frozenset(case.offences)


def _worded(record: FeedRecord) -> frozenset[Offence] | None:
    """The categories of a record's charges, or those that a human gave it; None where not all are known."""
    if "offences" in record.corrected_fields:
        return frozenset(record.offences)
    of_charges = record.charge_offences
    if not of_charges or len(of_charges) != len(record.charges) or not all(of_charges):
        return None
    return frozenset(offence for offences in of_charges for offence in offences)


def programs(perpetrator: bool, reviewed: bool) -> tuple[str, ...]:
    """Ids of the programmes that somebody is in."""
    return (CONVICTED if perpetrator else ACCUSED, *(() if reviewed else (UNREVIEWED,)))


def key(kind: str, *ids: str) -> str:
    """The id of an entity, out of ids of storage. Raises ValueError for letters that those never have.

    >>> key("", "p-1f"), key("party-", "p-1f", "c-9")
    ('tw-p-1f', 'tw-party-p-1f-c-9')
    """
    made = PREFIX + kind + "-".join(ids)
    if KEY.fullmatch(made) is None:
        raise ValueError(f"{kind or 'person'}: an id with letters that no id of storage has")
    return made


def person_key(person_id: str) -> str:
    """The entity's id of a person or organisation."""
    return key("", person_id)


@lru_cache(maxsize=1 << 12)
def moment(at: dt.datetime) -> str:
    """UTC without a zone, as FollowTheMoney writes times ("2026-11-23T09:40:56")."""
    return at.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0).isoformat()
