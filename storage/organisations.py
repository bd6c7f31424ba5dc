"""Who an organisation is: an id out of its name and country; and which of them were taken down.

Refuses names: a takedown knows an organisation by digests of its name, and by countries.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.errors import ReviewConflict, UnknownRecord
from storage.places import countries_of
from storage.resolution.names import fold
from storage.stale import chunks
from storage.tables.facts import OrganisationRow
from storage.tables.people import TakedownRow

CHUNK = 250
"""Stories read at once."""
PREFIX = "o-"
"""Of an organisation's id."""
ANYWHERE = "*"
"""Stands for the country in the digest of a name alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Organisation:
    """What the tables say of one id: the forms of its name, and the stories and countries that it is told of."""

    id: str
    names: frozenset[str]
    articles: frozenset[str]
    countries: frozenset[str]

    @property
    def digests(self) -> list[str]:
        """Of its name, whatever the country; sorted. They are like no digest of a person's name."""
        return sorted({organisation_id(name, ANYWHERE) for name in self.names})


@dataclass(frozen=True, kw_only=True, slots=True)
class Taken:
    """The organisations whose takedown stands, each by the digests of its name and its countries."""

    downs: tuple[tuple[frozenset[str], frozenset[str]], ...] = ()

    def holds(self, name: str, countries: Collection[str]) -> bool:
        """True for an equal name in a shared country, or where one is not known: as persons are held back.

        So a story that is read again and then tells of a further country, or of none, does not bring it back.
        """
        if not self.downs:
            return False
        digest = organisation_id(name, ANYWHERE)
        return any(
            digest in digests and (not places or not countries or not places.isdisjoint(countries))
            for digests, places in self.downs
        )


def organisation_id(name: str, country: str) -> str:
    """Stable, and without the name: "o-" and 20 hexadecimal characters."""
    told = f"{fold(name)}|{country}"
    return f"{PREFIX}{hashlib.sha256(told.encode()).hexdigest()[:20]}"


def is_organisation(given: str) -> bool:
    """True for what has the form of an organisation's id."""
    return given.startswith(PREFIX)


def find(session: Session, given: str) -> Organisation:
    """The organisation that stories accuse, by its id; raises `UnknownRecord`. A scan: their ids have no table."""
    names: set[str] = set()
    articles: set[str] = set()
    countries: set[str] = set()
    told = select(OrganisationRow.article_id).distinct().order_by(OrganisationRow.article_id)
    for some in chunks(list(session.scalars(told)), CHUNK):
        places = countries_of(session, some)
        query = select(OrganisationRow.article_id, OrganisationRow.name)
        for article_id, name in session.execute(query.where(OrganisationRow.article_id.in_(some))):
            if any(organisation_id(name, country) == given for country in (*places[article_id], "")):
                names.add(name)
                articles.add(article_id)
                countries |= places[article_id]
    if not articles:
        raise UnknownRecord(
            f"There is no organisation {given!r}: no story accuses an organisation of this id (any more).",
            "Take the id of an Organization from the newest feed (tw-o-…).",
        )
    return Organisation(
        id=given, names=frozenset(names), articles=frozenset(articles), countries=frozenset(countries)
    )


def subject(session: Session, given: str) -> Organisation:
    """As `find`, for whoever takes it down. Raises `ReviewConflict` too: it is taken down already."""
    query = select(TakedownRow.id).where(TakedownRow.person_id == given, TakedownRow.lifted_at.is_(None))
    number = session.scalar(query.limit(1))
    if number is not None:
        raise ReviewConflict(
            f"This organisation is taken down already (takedown {number}).",
            f"`tipwatch takedown --lift {number}` takes that back.",
        )
    return find(session, given)


def told_now(session: Session, given: str) -> int:
    """How many stories accuse the organisation; 0 where none does any more."""
    try:
        return len(find(session, given).articles)
    except UnknownRecord:
        return 0


def taken(session: Session) -> Taken:
    """Every takedown of an organisation that was not lifted."""
    query = select(TakedownRow.digests, TakedownRow.countries).where(
        TakedownRow.person_id.startswith(PREFIX), TakedownRow.lifted_at.is_(None)
    )
    rows = session.execute(query.order_by(TakedownRow.id))
    return Taken(downs=tuple((frozenset(digests), frozenset(countries)) for digests, countries in rows))


def taken_names(session: Session, article_ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """By text the names of organisations in it that were taken down: nobody beside them is shown with these."""
    down, found = taken(session), defaultdict[str, list[str]](list)
    if not down.downs:
        return {}
    for some in chunks(article_ids, CHUNK):
        places = countries_of(session, some)
        query = select(OrganisationRow.article_id, OrganisationRow.name)
        for article_id, name in session.execute(query.where(OrganisationRow.article_id.in_(some))):
            if down.holds(name, places[article_id]):
                found[article_id].append(name)
    return {article_id: tuple(sorted(names)) for article_id, names in found.items()}
