"""Records of the feed for due diligence: a person with cases and the stories that prove it, once for all formats.

Refuses whoever may not be published: only persons that pass the gate are given, with the records that stand.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from extraction.model import Offence, Stage
from extraction.model.palermo import ElementKind
from storage.records.exports import ExportStage


class FeedStage(StrEnum):
    """How far a case must have got. `charged` includes everyone further; cleared persons are in neither."""

    CONVICTED = "convicted"
    CHARGED = "charged"

    @property
    def stages(self) -> frozenset[Stage]:
        """The stages that this list holds: those of `ExportStage`."""
        return ExportStage(self.value).stages


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedSpan:
    """A quote with its place: `text[start:end]`. In all three texts every name but the person's own is masked."""

    fact: str  # "name", "stage", "charge/0", "penalty/0", …
    exact: str
    prefix: str  # at most 32 characters, whole words; "" where not kept
    suffix: str
    start: int
    end: int
    rule: str
    score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedElement:
    """An act, means, purpose or ILO indicator that a story states, with its quotes: of the crime, not of a person.

    No court need have found it; it stands in the record of everybody whom the story accuses.
    """

    kind: ElementKind
    value: str  # one of `extraction.model.palermo.VALUES[kind]`
    spans: tuple[FeedSpan, ...]  # without prefix and suffix, where victims are named most


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedStory:
    """A story, by the first address that held it. `digest` is "sha256:<hex>" of that page's bytes.

    `address_shortened`: `url` is the site's root only, since the address holds a name that must not go out (a
    victim's in a slug), or nobody has looked whether it does; such other addresses are left out.
    """

    article_id: str
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
    extractor_version: str
    address_shortened: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedRecord(FeedStory):
    """One story that accuses the person, as it stands: a human's word where there is one.

    `corrected_fields` are that word; the spans stay what the machine read. `first_seen` is when the story was
    first met.
    """

    mention_id: str
    case_id: str | None
    name: str
    aliases: tuple[str, ...] = ()
    stage: Stage
    stage_date: str | None
    age: int | None
    nationality: str | None
    countries: tuple[str, ...] = ()  # of prosecution, else of reporting, else of the source
    offences: tuple[Offence, ...]
    charges: tuple[tuple[str, str | None, str | None], ...]  # as worded, statute, section
    charge_offences: tuple[tuple[Offence, ...], ...] = ()  # of each of `charges`; an empty one: not known
    penalties: tuple[str, ...]
    score: float
    reviewed: str  # "accepted", "corrected", or "" where no human has looked
    reviewed_at: dt.datetime | None = None
    corrected_fields: tuple[str, ...] = ()
    first_seen: dt.datetime
    spans: tuple[FeedSpan, ...]
    elements: tuple[FeedElement, ...] = ()  # of the story, by kind and value


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedCase:
    """A case in which the person stands accused or convicted now. Victims are counts: sex, age band, number.

    `offences` and `charges` are the person's own; courts and victims are what the stories listed here say.
    """

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

    Everything is told by the records that are listed, nothing by those that are not. `reviewed` is True when a
    human accepted or corrected at least one record that puts the person on this list.
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
    """An organisation that stories accuse, by its name folded; an organisation has no stage of its own here.

    No human ever looks at one: it is given only with unreviewed records, out of stories that list a person.
    """

    id: str  # "o-" and a digest of the folded name and country
    name: str
    countries: tuple[str, ...]
    records: tuple[FeedStory, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Listed:
    """What the feed would say of an id now, as far as whoever serves an older feed must know.

    An older feed says too much where it has a name, a case or a story that is not here, or a further stage of a
    case: a name that turned out to be a victim's, a case that ended in an acquittal, a story that is gone.
    """

    id: str  # where the id leads now: another one after a merge
    names: frozenset[str]
    cases: Mapping[str, Stage]  # stage by case; empty for an organisation
    articles: frozenset[str]
