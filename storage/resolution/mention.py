"""What the resolution knows of one accused in one text, and what it says of two of them.

Refuses texts and rows: these records are made from what stands in the database, by whoever speaks SQL.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from extraction.model import Offence, Stage

RESOLVER_VERSION = "match-1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mention:
    """One accused in one text. `group` is the text's syndication group; two mentions of one text are two persons.

    `date` is when the text was published, else when it was first seen. `countries` are those of prosecution, else
    of reporting. `companions` are folded names of the co-accused of the same text. `age` is in years at `date`.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    article_id: str
    group: str
    date: dt.date | None = None
    age: int | None = None
    nationality: str | None = None
    countries: frozenset[str] = frozenset()
    source: str | None = None
    places: frozenset[str] = frozenset()
    courts: frozenset[str] = frozenset()
    stage: Stage
    offences: frozenset[Offence] = frozenset()
    companions: frozenset[str] = frozenset()
    first_seen: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """How surely two mentions are one person: `score` in [0, 1], with what spoke for and against it.

    `reasons` are short sentences with their weight in log-odds, never a name ("age fits +2.7").
    `contradiction` is True where the two can not be one person, however they are linked through others.
    """

    score: float
    reasons: tuple[str, ...]
    contradiction: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Edge:
    """Two mentions that the machine holds for one person, or doubts. `left` < `right`."""

    left: str
    right: str
    score: float
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class HumanEdge:
    """A human's word on two mentions. Of several on one pair the latest stands; at one instant, "different"."""

    left: str
    right: str
    same: bool
    at: dt.datetime
