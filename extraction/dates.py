"""When a story was published: the feed's word, the page's metadata, its address, in that order.

Refuses "now", the future and guesses: a date that nobody stated is None.
"""

from __future__ import annotations

import datetime as dt
import re
from email.utils import parsedate_to_datetime

from htmldate import find_date
from lxml.html import HtmlElement

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
_DAY_FIRST = re.compile(r"^(?:[a-z]{3,9}\.?,?\s+)?(\d{1,2})(?:st|nd|rd|th)?[\s-]+([a-z]{3,9})\.?,?[\s-]+(\d{4})\b", re.I)
_MONTH_FIRST = re.compile(r"^(?:[a-z]{3,9}\.?,\s+)?([a-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b", re.I)


def published_date(
    tree: HtmlElement | None, *, url: str, fetched_at: dt.datetime, feed_date: str | None = None
) -> tuple[str | None, str | None]:
    """(ISO date, rule) of a page; (None, None) when nobody stated one.

    The date may be partial ("2024-05"). The rule is "feed", "html" or "url". `fetched_at` (aware) bounds every date
    from above with a day's tolerance; what lies beyond is discarded, never moved. `tree` is not changed.
    """
    latest = (fetched_at.astimezone(dt.UTC) + TOLERANCE).date()
    if feed_date is not None and (stated := parse_date(feed_date, latest=latest)) is not None:
        return stated, "feed"
    if tree is not None and (found := _from_html(tree, latest)) is not None:
        return found, "html"
    if (in_url := url_date(url, latest=latest)) is not None:
        return in_url, "url"
    return None, None


def parse_date(text: str, *, latest: dt.date) -> str | None:
    """A date as feeds and sitemaps write it, in ISO form and as partial as it was; None when malformed or implausible.

    RFC 822, ISO 8601 and English month names are read; "03/04/2024" is not, since its order is anyone's guess.
    The day is that of the writer's own clock. `parse_date("Tue, 05 Mar 2024 23:10:00 -0600", ...) == "2024-03-05"`.
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
        first = dt.date(year, month or 1, day or 1)
    except ValueError:
        return None
    if not EARLIEST <= first <= latest:
        return None
    if month is None:
        return f"{year:04d}"
    return first.strftime("%Y-%m") if day is None else first.isoformat()


def _from_html(tree: HtmlElement, latest: dt.date) -> str | None:
    """htmldate without its extensive search: measured on 200 pages, that one guesses (see benchmarks/pages.py)."""
    bound = dt.datetime(latest.year, latest.month, latest.day, 23, 59, 59)  # noqa: DTZ001 - htmldate compares naive
    try:
        found = find_date(tree, extensive_search=False, original_date=True, max_date=bound)
    except Exception:  # noqa: BLE001 - a library over hostile markup; a date is never worth a page
        return None
    return parse_date(found, latest=latest) if found else None
