"""RSS and Atom, by feedparser.

Refuses to fetch: feedparser gets bytes in a buffer, never a URL or a file name.
"""

from __future__ import annotations

import calendar
import datetime as dt
import io
import logging
import re
from typing import Any
from urllib.parse import urljoin

import feedparser

from crawlers.addresses import is_web_url
from crawlers.discovery.entries import Entry, Unreadable, not_future, plain
from crawlers.discovery.markup import harmless
from extraction.charset import decode

log = logging.getLogger(__name__)

MAX_ENTRIES = 2_000
_REFERENCE = re.compile(r"&#(x[0-9a-f]{1,8}|[0-9]{1,10});", re.IGNORECASE)
_DECLARATION = re.compile(r"^\s*<\?xml[^<>]*\?>", re.IGNORECASE)


def read_feed(body: bytes, url: str, content_type: str | None, now: dt.datetime) -> tuple[Entry, ...]:
    """The entries with a web link, in the feed's order. Raises Unreadable when it is no feed."""
    parsed = _parsed(harmless(body), url, content_type)
    if not parsed.entries and not parsed.get("version"):
        raise Unreadable("not a feed")
    entries: dict[str, Entry] = {}
    for raw in parsed.entries[:MAX_ENTRIES]:
        link = _link(raw, url)
        if link is not None and link not in entries:
            entries[link] = Entry(
                url=link, title=plain(raw.get("title")), date=_written(raw), when=_when(raw, now)
            )
    return tuple(entries.values())


def _parsed(body: bytes, url: str, content_type: str | None) -> Any:
    """What feedparser finds; where a charset that is none, or not the document's, leaves nothing, in ours.

    It is one of many parsers in one and raises whatever its parts raise: that is the feed's fault, not the poll's.
    """
    headers = {"content-location": url}
    if content_type is not None:
        headers["content-type"] = content_type
    try:
        parsed = _feedparser(body, headers)
    except Exception:
        log.debug("feed.again url=%s", url)
    else:
        if parsed.entries or not parsed.get("bozo"):
            return parsed
    text = _REFERENCE.sub(_whole, _DECLARATION.sub("", decode(body, content_type), count=1))
    try:
        return _feedparser(
            text.encode("utf-8"), {"content-location": url, "content-type": "text/xml; charset=utf-8"}
        )
    except Exception as error:
        raise Unreadable("broken feed") from error


def _whole(reference: re.Match[str]) -> str:
    """A numeric reference, or nothing for half a character: emoji cut in two, on which feedparser fails."""
    number = reference.group(1).lower()
    code = int(number[1:], 16) if number.startswith("x") else int(number)
    return "" if 0xD800 <= code <= 0xDFFF else reference.group()


def _feedparser(body: bytes, headers: dict[str, str]) -> Any:
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _link(raw: Any, base: str) -> str | None:
    # FeedBurner keeps the publisher's own address apart; a guid is a link when it says so or looks like one.
    for stated in (raw.get("feedburner_origlink"), raw.get("link"), raw.get("id")):
        if isinstance(stated, str) and stated.strip():
            try:
                joined = urljoin(base, stated.strip())
            except ValueError:
                continue
            if is_web_url(joined) and (stated != raw.get("id") or "://" in stated):
                return joined
    return None


def _written(raw: Any) -> str | None:
    # `updated` is no date of publication: a corrected old story must not look new.
    stated = raw.get("published")
    return plain(stated) if isinstance(stated, str) else None


def _when(raw: Any, now: dt.datetime) -> dt.datetime | None:
    parsed = raw.get("published_parsed") or raw.get("updated_parsed")
    if parsed is None:
        return None
    try:
        return not_future(dt.datetime.fromtimestamp(calendar.timegm(parsed), dt.UTC), now)
    except (ValueError, OverflowError, OSError, TypeError):
        return None
