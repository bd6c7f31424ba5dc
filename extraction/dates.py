"""When a story was published: the feed's word, the page's metadata, its address, in that order.

Refuses "now", the future and guesses: a date that nobody stated is None.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from email.utils import parsedate_to_datetime

from htmldate import find_date
from lxml.html import HtmlElement, tostring

EARLIEST = dt.date(1995, 1, 1)
"""Before that there was hardly a news site; htmldate's own bound."""

TOLERANCE = dt.timedelta(days=1)
"""A page may be dated tomorrow where it is tomorrow already (UTC+14), not later."""

_ISO = re.compile(r"^(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(?=$|[T\s])")
_COMPACT = re.compile(r"^(\d{4})(\d{2})(\d{2})(?:$|T?\d{4,6}Z?$)")
_URL = re.compile(r"/((?:19|20)\d{2})[/-](0?[1-9]|1[0-2])(?:[/-](0?[1-9]|[12]\d|3[01]))?(?=[/-]|$)")
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
            "sep sept september", "oct october", "nov november", "dec december",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_META = (
    "article:published_time", "og:article:published_time", "datepublished", "og:published_time",
    "article:published",
    "parsely-pub-date", "sailthru.date", "dc.date.issued", "dcterms.created", "dc.date.created", "dcterms.issued",
    "publishdate", "publish-date", "publish_date", "published_time", "pubdate", "date_published",
    "publication_date",
    "cxenseparse:recs:publishtime", "article.published", "rnews:datepublished", "article_date_original",
    "datecreated",
    "dc.date", "dcterms.date", "date",
)  # fmt: skip
_JSON_DATE = re.compile(r'"datePublished"\s*:\s*"([^"]{4,64})"')
_DAY_FIRST = re.compile(
    r"^(?:[a-z]{3,9}\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})\b", re.IGNORECASE
)
_MONTH_FIRST = re.compile(
    r"^(?:[a-z]{3,9}\.?,\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.IGNORECASE
)


def published_date(
    tree: HtmlElement | None,
    *,
    url: str,
    fetched_at: dt.datetime,
    feed_date: str | None = None,
    stated: Sequence[str] | None = None,
) -> tuple[str | None, str | None]:
    """(ISO date, rule) of a page; (None, None) when nobody stated one.

    The date may be partial ("2024-05"). The rule is "feed", "html" or "url". `fetched_at` (aware) bounds every
    date from above with a day's tolerance; what lies beyond is discarded, never moved. `tree` is not changed.
    `stated` are the metadata's dates where `tree` has lost its scripts already; None asks `tree`.
    """
    latest = (fetched_at.astimezone(dt.UTC) + TOLERANCE).date()
    if feed_date is not None and (fed := parse_date(feed_date, latest=latest)) is not None:
        return fed, "feed"
    if tree is not None and (found := _from_html(tree, latest, stated)) is not None:
        return found, "html"
    if (in_url := url_date(url, latest=latest)) is not None:
        return in_url, "url"
    return None, None


def parse_date(text: str, *, latest: dt.date) -> str | None:
    """A date as feeds and sitemaps write it, in ISO form, as partial as was; None when malformed or implausible.

    RFC 822, ISO 8601 and English month names are read; "03/04/2024" is not, since its order is anyone's guess.
    The day is that of the writer's own clock: "Tue, 05 Mar 2024 23:10:00 -0600" is 2024-03-05.
    """
    value = " ".join(text.split())
    if not 4 <= len(value) <= 64:
        return None
    if (match := _COMPACT.match(value)) or (match := _ISO.match(value)):
        year, month, day = match.groups()
        return _plausible(int(year), int(month) if month else None, int(day) if day else None, latest)
    if match := _DAY_FIRST.match(value):
        month_number = _MONTHS.get(match.group(2).lower())
        return _plausible(int(match.group(3)), month_number, int(match.group(1)), latest) if month_number else None
    if match := _MONTH_FIRST.match(value):
        month_number = _MONTHS.get(match.group(1).lower())
        return _plausible(int(match.group(3)), month_number, int(match.group(2)), latest) if month_number else None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return _plausible(moment.year, moment.month, moment.day, latest)


def url_date(url: str, *, latest: dt.date) -> str | None:
    """The date in an address: ".../2024/05/17/story" or, partial, ".../2024/05/story"."""
    match = _URL.search(url)
    if match is None:
        return None
    year, month, day = match.groups()
    return _plausible(int(year), int(month), int(day) if day else None, latest)


def _plausible(year: int, month: int | None, day: int | None, latest: dt.date) -> str | None:
    """The ISO form, or None for a date that does not exist, is from the future or from before 1995."""
    try:
        first = dt.date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    if not EARLIEST <= first <= latest:
        return None
    if month is None:
        return f"{year:04d}"
    return first.strftime("%Y-%m") if day is None else first.isoformat()


def _from_html(tree: HtmlElement, latest: dt.date, given: Sequence[str] | None) -> str | None:
    """What the metadata states, else what htmldate finds in visible date elements.

    Metadata that states a date which cannot be is a broken clock: then the page's markup is not asked any further.
    """
    stated = [value for value in (stated_dates(tree) if given is None else given) if value.strip()]
    for value in stated:
        if (found := parse_date(value, latest=latest)) is not None:
            return found
    if any(_ISO.match(value.strip()) for value in stated):
        return None
    return _by_htmldate(tree, latest)


def stated_dates(tree: HtmlElement) -> tuple[str, ...]:
    """Dates of publication in metadata (meta, JSON-LD, microdata), surest first, unparsed."""
    return tuple(_stated(tree))


def _stated(tree: HtmlElement) -> Iterator[str]:
    named: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        if name in _META and name not in named and (content := meta.get("content")):
            named[name] = content
    for name in _META:
        if name in named:
            yield named[name]
    for script in tree.iter("script"):
        if "ld+json" in (script.get("type") or "") and (match := _JSON_DATE.search(script.text or "")):
            yield match.group(1)
    for element in tree.xpath(".//*[@itemprop='datePublished'] | .//time[@pubdate]"):
        yield element.get("datetime") or element.get("content") or element.text_content()


def _by_htmldate(tree: HtmlElement, latest: dt.date) -> str | None:
    """htmldate without its extensive search, whose results are guesses (a copyright year, any date of the text).

    htmldate fills in a first of the month or of the year where only the rest was said: such a day counts only
    if the page names it.
    """
    bound = dt.datetime(latest.year, latest.month, latest.day, 23, 59, 59)  # noqa: DTZ001 - htmldate's are naive
    try:
        found = find_date(tree, extensive_search=False, original_date=True, max_date=bound)
    except Exception:
        return None
    if not found or (date := parse_date(found, latest=latest)) is None:
        return None
    if not date.endswith("-01") or _names_first_day(tree, dt.date.fromisoformat(date)):
        return date
    return None if date.endswith("-01-01") else date[:7]


def _names_first_day(tree: HtmlElement, day: dt.date) -> bool:
    numbers = rf"{day.year}[-./]?0?{day.month}[-./]?01?\b|\b0?1[-./]\s?0?{day.month}[-./]\s?{day.year}"
    slashes = rf"\b0?{day.month}/0?1/{day.year}"
    words = rf"\b0?1(?:st|er|º|\.)?\s+(?:de\s+)?[^\W\d]+\.?,?\s+(?:de\s+)?{day.year}"
    american = rf"(?<![^\W\d])[^\W\d]+\.?\s+0?1(?:st)?,?\s+{day.year}"
    pattern = re.compile(f"{numbers}|{slashes}|{words}|{american}")
    return pattern.search(tostring(tree, encoding="unicode")) is not None
