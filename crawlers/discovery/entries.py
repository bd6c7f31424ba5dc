"""What discovery finds: entries with the date and title that stood beside the link.

Refuses guesses: a date that is absent, unreadable or in the future is None.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from dataclasses import dataclass

_TAG = re.compile(r"<[^>]{0,500}>")
_SPACE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+"
)  # with NUL and half characters, which PostgreSQL refuses
_LONGEST_TITLE = 500
_LONGEST_RAW = 20_000  # characters with tags and entities; ten million "<" would cost half a minute
_TOLERANCE = dt.timedelta(hours=26)  # time zones are 26 hours apart at most; a later date is a mistake


class Unreadable(Exception):  # noqa: N818 - a verdict on the bytes
    """The bytes are not the feed, sitemap or listing that the catalogue promises. `reason` is fit for a log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One link. `date` is a publication date as written; `when` is what ages the entry (publication or change)."""

    url: str
    title: str | None = None
    date: str | None = None
    when: dt.datetime | None = None


def plain(text: str | None) -> str | None:
    """A title without tags and entities, on one line; None when nothing is left."""
    if text is None:
        return None
    bare = _SPACE.sub(" ", html.unescape(_TAG.sub("", text[:_LONGEST_RAW]))).strip()
    return bare[:_LONGEST_TITLE].rstrip() or None


def iso_time(text: str | None, now: dt.datetime) -> dt.datetime | None:
    """A W3C date ("2026-05-01", "2026-05-01T10:00:00+05:30") as aware UTC; without a zone it is taken as UTC."""
    if text is None:
        return None
    try:
        when = dt.datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=dt.UTC)
    try:
        return not_future(when.astimezone(dt.UTC), now)
    except OverflowError:
        return None


def not_future(when: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """`when`, or None when it lies in the future."""
    return when if when <= now + _TOLERANCE else None
