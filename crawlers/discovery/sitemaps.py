"""Sitemaps, news sitemaps and their indexes (sitemaps.org 0.9, Google News 0.9).

Refuses entities, networks and huge trees; a broken sitemap gives what stood before the break.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from crawlers.addresses import is_web_url
from crawlers.discovery.entries import Entry, Unreadable, iso_time, plain
from crawlers.discovery.markup import harmless

MAX_LOCATIONS = 50_000  # the protocol's own limit


@dataclass(frozen=True, kw_only=True, slots=True)
class SitemapPage:
    """One document: `entries` of a sitemap, or `children` (URLs of sitemaps, the freshest first) of an index."""

    entries: tuple[Entry, ...] = ()
    children: tuple[str, ...] = ()


def read_sitemap(body: bytes, now: dt.datetime, max_age: dt.timedelta, follow: str | None) -> SitemapPage:
    """Entries and children that are younger than `max_age`, or undated. `follow` is searched in children's URLs.

    Raises Unreadable when it is no sitemap.
    """
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        recover=True,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(harmless(body).lstrip(), parser)
    except etree.XMLSyntaxError as error:
        raise Unreadable("not XML") from error
    if root is None:
        raise Unreadable("not XML")
    name = _name(root)
    if name == "sitemapindex":
        return SitemapPage(children=_children(root, now, max_age, follow))
    if name == "urlset":
        return SitemapPage(entries=_entries(root, now, max_age))
    raise Unreadable("not a sitemap")


def _children(root: Any, now: dt.datetime, max_age: dt.timedelta, follow: str | None) -> tuple[str, ...]:
    wanted = None if follow is None else re.compile(follow)
    dated: list[tuple[float, str]] = []
    for element in _items(root, "sitemap"):
        url = _text(element, "loc")
        when = iso_time(_text(element, "lastmod"), now)
        is_old = when is not None and when < now - max_age
        if url is not None and is_web_url(url) and not is_old and (wanted is None or wanted.search(url)):
            dated.append((0.0 if when is None else -when.timestamp(), url))
    return tuple(dict.fromkeys(url for _, url in sorted(dated, key=lambda pair: pair[0])))


def _entries(root: Any, now: dt.datetime, max_age: dt.timedelta) -> tuple[Entry, ...]:
    entries: dict[str, Entry] = {}
    for element in _items(root, "url"):
        url = _text(element, "loc")
        if url is None or url in entries or not is_web_url(url):
            continue
        published = _text(element, "publication_date")
        when = iso_time(published, now) or iso_time(_text(element, "lastmod"), now)
        if when is not None and when < now - max_age:
            continue
        # `lastmod` is when a page changed, not when a story appeared: it ages the entry, it does not date it.
        entries[url] = Entry(url=url, title=plain(_text(element, "title")), date=published, when=when)
    return tuple(entries.values())


def _items(root: Any, name: str) -> Any:
    seen = 0
    for element in root:
        if isinstance(element.tag, str) and _name(element) == name:
            seen += 1
            if seen > MAX_LOCATIONS:
                return
            yield element


def _text(element: Any, name: str) -> str | None:
    """The text of the first descendant of that name; an image's or video's own `loc` and `title` do not count."""
    for child in element:
        if not isinstance(child.tag, str):
            continue
        if _name(child) == name and not _is_media(child):
            text = _own_text(child)
            if text:
                return text
        if _name(child) == "news":
            found = _text(child, name)
            if found is not None:
                return found
    return None


def _own_text(element: Any) -> str:
    try:
        return (element.text or "").strip()
    except UnicodeDecodeError:  # half a character (`&#xD800;`), which lxml takes in and cannot give out
        return ""


def _name(element: Any) -> str:
    """The name without its namespace, or without the prefix that the document forgot to declare."""
    return str(element.tag).rpartition("}")[2].rpartition(":")[2]


def _is_media(element: Any) -> bool:
    tag = str(element.tag)
    return tag.startswith(("image:", "video:")) or "sitemap-image" in tag or "sitemap-video" in tag
