"""Paginated lists of stories, by the catalogue's CSS selectors.

Refuses links to other sites, unless the source's own `include` names them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit

from courlan import extract_domain
from parsel import Selector

from config.source import Listing
from crawlers.addresses import is_web_url
from crawlers.discovery.entries import Entry, Unreadable, plain

# 10 MB of links cost a tree of 1.2 GB (measured with trafilatura's); the longest real listing seen had 0.9 MB.
MAX_CHARACTERS = 3_000_000
MAX_ITEMS = 1_000


@dataclass(frozen=True, kw_only=True, slots=True)
class ListingPage:
    """The teasers of one page and the address of the next."""

    entries: tuple[Entry, ...]
    next_page: str | None


def read_listing(text: str, url: str, listing: Listing, include: Sequence[str] = ()) -> ListingPage:
    """Teasers in their order.

    Raises Unreadable when no element matches `listing.item`, or none of them holds a link: the layout has changed.
    """
    if len(text) > MAX_CHARACTERS:
        raise Unreadable("too large")
    selector = Selector(text=text, type="html")
    base = _joined(url, selector.css("base::attr(href)").get()) or url
    items = selector.css(listing.item)
    if not items:
        raise Unreadable("no item")
    links = [_joined(base, item.css(listing.link).get()) for item in items[:MAX_ITEMS]]
    if not any(links):
        raise Unreadable("no link in any item")
    entries: dict[str, Entry] = {}
    for item, link in zip(items, links, strict=False):
        if link is None or link in entries or not _is_ours(link, url, include):
            continue
        title = _words(item, listing.title)
        entries[link] = Entry(url=link, title=title, date=_words(item, listing.date))
    following = None if listing.next_page is None else _joined(base, selector.css(listing.next_page).get())
    if following is not None and not same_site(following, url):
        following = None
    return ListingPage(entries=tuple(entries.values()), next_page=following)


def same_site(one: str, other: str) -> bool:
    """True when both URLs share their registrable domain (for an IP address or a bare name: the host and port)."""
    return _site(one) == _site(other)


def _site(url: str) -> str:
    parts = urlsplit(url)
    host = (parts.hostname or "").rstrip(".")
    if "." not in host or ":" in host or host.rpartition(".")[2].isdigit():
        return parts.netloc.lower()
    domain = extract_domain(url)
    # A top-level domain that the public suffix list does not know is a suffix of one label (the list's own rule).
    return domain if isinstance(domain, str) else ".".join(host.split(".")[-2:])


def _is_ours(link: str, url: str, include: Sequence[str]) -> bool:
    return same_site(link, url) or any(re.search(pattern, link) for pattern in include)


def _joined(base: str, link: str | None) -> str | None:
    if link is None or not link.strip():
        return None
    try:
        joined = urljoin(base, link.strip())
    except ValueError:
        return None
    return joined if is_web_url(joined) else None


def _words(item: Selector, css: str | None) -> str | None:
    if css is None:
        return None
    found = item.css(css)
    if "::" in css:
        return plain(found.get())
    return plain(" ".join(found[:1].css("::text").getall()))
