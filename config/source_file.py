"""The YAML of one source: every key, what it must be, and how it becomes a `Source`.

Refuses what cannot work (a selector that is none, a minimum above its maximum) before anything is crawled.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated, Any, Self
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    StrictBool,
    StrictInt,
    StringConstraints,
    Tag,
    ValidationInfo,
    field_validator,
    model_validator,
)

from config import codes, source
from config.source import Permission
from config.validation import fault

_HOST = re.compile(r"(?:[\w-]+\.)+[\w-]{2,}|localhost|[0-9.]+|[0-9a-f:.]+", re.IGNORECASE)
_NOT_IN_URL = re.compile(r"[\s<>\"\\^`{|}\x00-\x20]")
_CSS_VALUE = re.compile(r"::(?:text|attr\([^)]+\))$")


def _web_address(value: str) -> str:
    if _NOT_IN_URL.search(value):
        raise fault(f'"{value}" holds a character that no address may', "encode it (%20 for a space) or delete it")
    try:
        parts = urlsplit(value)
        port = parts.port
    except ValueError as error:
        raise fault(f'"{value}" is no address ({error})', "write https://host/path") from error
    if parts.scheme not in ("http", "https"):
        raise fault(f'"{value}" is no web address', "write https://host/path")
    if parts.username is not None or parts.password is not None:
        raise fault("an address with a user name or password", "remove everything between // and @")
    if parts.hostname is None or _HOST.fullmatch(parts.hostname) is None or port == 0:
        raise fault(f'"{value}" has no host', "write https://host/path")
    if parts.fragment:
        raise fault(f'"{value}" has a fragment', f"cut it at the #: {value.partition('#')[0]}")
    return value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise fault(f'"{value}" is no regular expression: {error}', "escape . ? ( [ with a backslash") from error
    return value


def _selector(value: str, *, gives_text: bool | None) -> str:
    from cssselect import SelectorError
    from parsel.csstranslator import HTMLTranslator  # only listings pay for this import

    try:
        HTMLTranslator().css_to_xpath(value)
    except SelectorError as error:
        raise fault(f'"{value}" is no CSS selector: {error}', "write one as in `article.teaser h2 a`") from error
    ends_in_text = _CSS_VALUE.search(value) is not None
    if gives_text and not ends_in_text:
        raise fault(f'"{value}" selects an element, no text', f"end it: {value}::text or {value}::attr(href)")
    if gives_text is False and ends_in_text:
        raise fault(f'"{value}" selects text, no element', f"write {_CSS_VALUE.sub('', value)}")
    return value


def _element(value: str) -> str:
    return _selector(value, gives_text=False)


def _value(value: str) -> str:
    return _selector(value, gives_text=True)


def _words(value: str) -> str:
    return _selector(value, gives_text=None)  # of an element its text is taken


def _distinct(values: tuple[str, ...]) -> tuple[str, ...]:
    for position, value in enumerate(values):
        if value in values[:position]:
            raise fault(f'"{value}" stands twice', "keep one of the two")
    return values


Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\r\n]+$")
]
Citation = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=r"^[^\r\n]+$")
]
Prose = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Address = Annotated[str, StringConstraints(max_length=2000), AfterValidator(_web_address)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=500), AfterValidator(_pattern)]
Element = Annotated[str, AfterValidator(_element)]
Value = Annotated[str, AfterValidator(_value)]
Words = Annotated[str, AfterValidator(_words)]
Country = Annotated[str, AfterValidator(codes.country)]
Language = Annotated[str, AfterValidator(codes.language)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PublisherPart(_Part):
    """Who publishes."""

    name: Line = Field(description="the publisher's name")
    kind: source.PublisherKind = Field(description="one of: " + ", ".join(source.PublisherKind))
    ownership: source.Ownership = Field(description="one of: " + ", ".join(source.Ownership))
    official: StrictBool = Field(description="true for police, prosecutors and courts, else false")


class FeedPart(_Part):
    """An RSS or Atom feed."""

    feed: Address = Field(description="address of an RSS or Atom feed")

    def freeze(self) -> source.Feed:
        return source.Feed(url=self.feed)


class SitemapPart(_Part):
    """A sitemap or index."""

    sitemap: Address = Field(description="address of a sitemap or sitemap index")
    max_age_days: StrictInt = Field(7, ge=1, le=3660, description="days, 1 to 3660")
    follow: Pattern | None = Field(None, description="regular expression on children of an index")

    def freeze(self) -> source.Sitemap:
        return source.Sitemap(url=self.sitemap, max_age_days=self.max_age_days, follow=self.follow)


class ListingPart(_Part):
    """A page that lists stories."""

    listing: Address = Field(description="address of a page that lists stories")
    item: Element = Field(description="CSS selector of one teaser, as in `article.teaser`")
    link: Value = Field("a::attr(href)", description="CSS selector within the teaser, as in `h2 a::attr(href)`")
    title: Words | None = Field(None, description="CSS selector within the teaser, as in `h2`")
    date: Words | None = Field(None, description="CSS selector within the teaser, as in `time::attr(datetime)`")
    next_page: Value | None = Field(None, description="CSS selector on the page, as in `a.next::attr(href)`")
    max_pages: StrictInt = Field(3, ge=1, le=100, description="pages, 1 to 100")

    def freeze(self) -> source.Listing:
        return source.Listing(url=self.listing, **self.model_dump(exclude={"listing"}))


_KINDS = ("feed", "sitemap", "listing")


def _kind(value: Any) -> str | None:
    if isinstance(value, _Part):
        return type(value).__name__.removesuffix("Part").lower()
    found = [kind for kind in _KINDS if isinstance(value, dict) and kind in value]
    return found[0] if len(found) == 1 else None


DiscoveryPart = Annotated[
    Annotated[FeedPart, Tag("feed")]
    | Annotated[SitemapPart, Tag("sitemap")]
    | Annotated[ListingPart, Tag("listing")],
    Discriminator(
        _kind,
        custom_error_type="fault",
        custom_error_message="not exactly one of feed, sitemap and listing",
        custom_error_context={
            "problem": "not exactly one of feed, sitemap and listing",
            "remedy": "write `- feed: https://…`, `- sitemap: https://…` or `- listing: https://…`, one each",
        },
    ),
]


class PolitenessPart(_Part):
    """How gently to fetch."""

    delay: float = Field(
        ge=0,
        le=3600,
        allow_inf_nan=False,
        strict=True,
        description="seconds between requests to a host, 0 to 3600",
    )
    pages_per_run: StrictInt = Field(ge=1, le=10_000, description="article pages a run, 1 to 10000")


class VolumePart(_Part):
    """Stories a month."""

    min: StrictInt = Field(ge=0, le=1_000_000, description="fewest stories a month, 0 or more")
    max: StrictInt = Field(ge=1, le=1_000_000, description="most stories a month, 1 or more")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise fault(f"min {self.min} is above max {self.max}", "swap them")
        return self


class StatusPart(_Part):
    """The catalogue's word on the source."""

    state: source.SourceState = Field(description="one of: " + ", ".join(source.SourceState))
    reason: Prose = Field(description="why, in a sentence")
    date: dt.date = Field(description="the day when this was decided, YYYY-MM-DD")


_PERMISSIONS = "one of: " + ", ".join(Permission)


class RestrictionsPart(_Part):
    """What the publisher says of crawling and of use by AI, with its evidence."""

    crawling: Permission = Field(Permission.UNKNOWN, description=_PERMISSIONS)
    ai: Permission = Field(Permission.UNKNOWN, description=_PERMISSIONS)
    source: Address | None = Field(
        None, validate_default=True, description="address of the terms or robots.txt where you read it"
    )
    date: dt.date | None = Field(None, validate_default=True, description="the day when you read it, YYYY-MM-DD")

    @field_validator("source", "date", mode="after")
    @classmethod
    def _evidence(cls, value: object, info: ValidationInfo) -> object:
        """Evidence for every fact: whoever says anything says where and when they read it."""
        said = [use for use in ("crawling", "ai") if info.data.get(use) not in (None, Permission.UNKNOWN)]
        if value is None and said:
            what = {"source": "the page where you read it", "date": "the day when you read it, YYYY-MM-DD"}
            name = str(info.field_name)
            raise fault(f"missing beside what is said of {' and '.join(said)}", f"add `{name}:` ({what[name]})")
        return value


class AudiencePart(_Part):
    """How large the outlet is, as somebody stated it."""

    value: StrictInt = Field(ge=1, le=10_000_000_000, description="a whole number, 1 or more")
    unit: Line = Field(description="what is counted, as in `copies a day` or `visitors a month`")
    year: StrictInt = Field(ge=1900, le=2200, description="the year of the figure, as in 2025")
    source: Citation = Field(description="who stated it and where: a title or an address")


class SourceFile(_Part):
    """One `config/sources/<iso2>/<name>.yml`."""

    title: Line = Field(description="the outlet's name, as it writes it")
    homepage: Address = Field(description="https://host/")
    publisher: PublisherPart = Field(description="with name, kind, ownership and official")
    countries: Annotated[tuple[Country, ...], AfterValidator(_distinct)] = Field(
        min_length=1, description="countries that it covers, the folder's among them: [in, np]"
    )
    languages: Annotated[tuple[Language, ...], AfterValidator(_distinct)] = Field(
        min_length=1, description="languages that it writes: [en, hi]"
    )
    level: source.Level = Field(description="one of: " + ", ".join(source.Level))
    discover: tuple[DiscoveryPart, ...] = Field(
        min_length=1, max_length=20, description="a list of `- feed: …`, `- sitemap: …` or `- listing: …`"
    )
    politeness: PolitenessPart = Field(description="with delay and pages_per_run")
    expected: VolumePart = Field(description="stories a month, with min and max")
    status: StatusPart = Field(description="with state, reason and date")
    interval_minutes: StrictInt = Field(60, ge=5, le=44_640, description="minutes between polls, 5 to 44640")
    include: tuple[Pattern, ...] = Field((), description="a list of regular expressions on article addresses")
    exclude: tuple[Pattern, ...] = Field((), description="a list of regular expressions on article addresses")
    access: source.Access = Field(source.Access.UNKNOWN, description="one of: " + ", ".join(source.Access))
    restrictions: RestrictionsPart | None = Field(None, description="with crawling, ai, source and date")
    audience: AudiencePart | None = Field(None, description="with value, unit, year and source")
    notes: Prose | None = Field(None, description="a text")

    def freeze(self, *, country: str, name: str, file: str) -> source.Source:
        """The frozen `Source` of `<country>/<name>.yml`."""
        said = self.restrictions
        return source.Source(
            id=f"{country}_{name}",
            country=country,
            title=self.title,
            homepage=self.homepage,
            publisher=source.Publisher(**self.publisher.model_dump()),
            countries=self.countries,
            languages=self.languages,
            level=self.level,
            discover=tuple(part.freeze() for part in self.discover),
            politeness=source.Politeness(**self.politeness.model_dump()),
            expected=source.Volume(min_month=self.expected.min, max_month=self.expected.max),
            status=source.Status(**self.status.model_dump()),
            interval_minutes=self.interval_minutes,
            include=self.include,
            exclude=self.exclude,
            access=self.access,
            restrictions=source.Restrictions(**({} if said is None else said.model_dump())),
            audience=None if self.audience is None else source.Audience(**self.audience.model_dump()),
            notes=self.notes,
            file=file,
        )
