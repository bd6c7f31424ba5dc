"""A source of news as the catalogue describes it: who publishes, what it covers, how to discover its stories.

Refuses measured facts: whether a source was reached stands in the database, never here.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, fields
from enum import StrEnum


class SourceState(StrEnum):
    """`unverified`: nobody has reached it yet; `paused` and `retired` are never crawled."""

    UNVERIFIED = "unverified"
    ACTIVE = "active"
    PAUSED = "paused"
    RETIRED = "retired"


class Level(StrEnum):
    """The reach of a source's reporting."""

    LOCAL = "local"
    REGIONAL = "regional"
    NATIONAL = "national"
    INTERNATIONAL = "international"
    UNKNOWN = "unknown"


class PublisherKind(StrEnum):
    """The medium of a publisher."""

    NEWSPAPER = "newspaper"
    BROADCASTER = "broadcaster"
    AGENCY = "agency"
    DIGITAL = "digital"
    GOVERNMENT = "government"
    NGO = "ngo"
    UNKNOWN = "unknown"


class Ownership(StrEnum):
    """Who owns a publisher, as far as it was stated."""

    PRIVATE = "private"
    STATE = "state"
    PUBLIC_SERVICE = "public_service"
    COMMUNITY = "community"
    UNKNOWN = "unknown"


class Access(StrEnum):
    """What a reader must do to read the whole story."""

    OPEN = "open"
    REGISTRATION = "registration"
    METERED = "metered"
    PAYWALL = "paywall"
    UNKNOWN = "unknown"


class Permission(StrEnum):
    """What a publisher says of a use, in its terms or its robots.txt."""

    ALLOWED = "allowed"
    RESTRICTED = "restricted"
    FORBIDDEN = "forbidden"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class Restrictions:
    """What the publisher says of crawling and of use by AI, where a person read it (`source`), and when."""

    crawling: Permission = Permission.UNKNOWN
    ai: Permission = Permission.UNKNOWN
    source: str | None = None
    date: dt.date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Audience:
    """How large an outlet is, as somebody stated it: `value` of `unit` ("copies a day", "visitors a month")."""

    value: int
    unit: str
    year: int
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Publisher:
    """`official` is true for an authority that speaks about its own cases (police, prosecutors, courts)."""

    name: str
    kind: PublisherKind
    ownership: Ownership
    official: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Feed:
    """An RSS or Atom feed."""

    url: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sitemap:
    """A sitemap, news sitemap or sitemap index. Entries older than `max_age_days` are left alone."""

    url: str
    max_age_days: int = 7
    follow: str | None = None  # regular expression: which children of an index to read


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A paginated list of stories. Selectors are CSS; `item` is one teaser, the others are relative to it."""

    url: str
    item: str
    link: str = "a::attr(href)"
    title: str | None = None
    date: str | None = None
    next_page: str | None = None
    max_pages: int = 3


Discovery = Feed | Sitemap | Listing


@dataclass(frozen=True, kw_only=True, slots=True)
class Politeness:
    """`delay` in seconds between requests to one host; `pages_per_run` bounds article fetches of one run."""

    delay: float
    pages_per_run: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Volume:
    """Stories a month that we expect to discover; outside it the source needs a look."""

    min_month: int
    max_month: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Status:
    """The catalogue's word on a source, with its reason and the date it was given."""

    state: SourceState
    reason: str
    date: dt.date


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """One catalogue entry. `id` is `<iso2>_<name>` from its path and names its spider: `in_thehindu`."""

    id: str
    country: str  # country of publication, from the folder
    title: str
    homepage: str
    publisher: Publisher
    countries: tuple[str, ...]  # countries that it covers
    languages: tuple[str, ...]
    level: Level
    discover: tuple[Discovery, ...]
    politeness: Politeness
    expected: Volume
    status: Status
    interval_minutes: int = 60
    include: tuple[str, ...] = ()  # regular expressions on article URLs; empty: all
    exclude: tuple[str, ...] = ()
    access: Access = Access.UNKNOWN
    restrictions: Restrictions = Restrictions()
    audience: Audience | None = None
    notes: str | None = None
    file: str = ""

    @property
    def discovery_digest(self) -> str:
        """16 hex digits over what discovers and filters stories: equal digests, the same stories found.

        The order of discovery addresses and of patterns means nothing and changes nothing. What is left out (None)
        is not digested, so that a key which a later version invents does not look like a change of every source.
        """
        whole = {
            "discover": sorted(json.dumps(_said(part)) for part in self.discover),
            "include": sorted(set(self.include)),
            "exclude": sorted(set(self.exclude)),
        }
        return hashlib.sha256(json.dumps(whole).encode()).hexdigest()[:16]


def _said(part: Discovery) -> dict[str, object]:
    given = {one.name: getattr(part, one.name) for one in fields(part)}
    said = {name: value for name, value in sorted(given.items()) if value is not None}
    return {"kind": type(part).__name__} | said
