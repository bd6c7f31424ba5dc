"""Records of the feed for due diligence: a person with cases and the stories that prove it, once for all formats.

Refuses whoever may not be published: only persons that pass the gate are given, with the records that stand.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from extraction.model import Offence, Stage


class FeedStage(StrEnum):
    """How far a case must have got. `charged` includes everyone further; cleared persons are in neither."""

    CONVICTED = "convicted"
    CHARGED = "charged"


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSpan:
    """A quote with its place: `text[start:end]`; the quote and what stands around it have others' names masked."""

    fact: str  # "name", "stage", "charge/0", …
    exact: str
    prefix: str  # at most 32 characters, whole words; "" where not kept
    suffix: str
    start: int
    end: int
    rule: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRecord:
    """One story that accuses the person, as it stands. Its page is what `digest` (SHA-256 of its bytes) says."""

    mention_id: str
    article_id: str
    case_id: str | None
    url: str
    other_urls: tuple[str, ...]
    title: str | None  # masked
    language: str | None
    published: str | None
    retrieved: dt.datetime
    digest: str | None
    source_id: str | None
    source_title: str | None
    source_country: str | None
    publisher: str | None
    official: bool | None
    name: str
    stage: Stage
    stage_date: str | None
    age: int | None
    nationality: str | None
    offences: tuple[Offence, ...]
    charges: tuple[tuple[str, str | None, str | None], ...]  # as worded, statute, section
    penalties: tuple[str, ...]
    score: float
    reviewed: str  # "accepted", "corrected", or "" where no human has looked
    extractor_version: str
    spans: tuple[FeedSpan, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedCase:
    """A case in which the person stands accused or convicted now. Victims are counts."""

    id: str
    country: str | None
    courts: tuple[str, ...]
    first_date: str | None
    last_date: str | None
    stage: Stage  # the person's, as it stands
    stage_date: str | None
    offences: tuple[Offence, ...]
    charges: tuple[str, ...]
    victims: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedPerson:
    """A person of the feed. `id` ("p-…") is stable and holds no name; `former_ids` were joined into it.

    `reviewed` is True when a human accepted or corrected at least one record that puts the person on this list.
    """

    id: str
    former_ids: tuple[str, ...]
    name: str
    aliases: tuple[str, ...]
    nationality: str | None
    birth_years: tuple[int, int] | None
    countries: tuple[str, ...]  # of prosecution
    stage: Stage  # the furthest that stands
    stage_date: str | None
    perpetrator: bool
    reviewed: bool
    first_seen: dt.datetime
    last_seen: dt.datetime
    cases: tuple[FeedCase, ...]
    records: tuple[FeedRecord, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedOrganisation:
    """An organisation that stories accuse, by its name folded; an organisation has no stage of its own here."""

    id: str  # "o-" and a digest of the folded name and country
    name: str
    countries: tuple[str, ...]
    records: tuple[FeedRecord, ...]
