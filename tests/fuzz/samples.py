"""What the demo's newsroom serves, as samples to attack: pages, feeds, sitemaps, listings, robots.txt.

Refuses the network: the sites are built, not asked.
"""

from __future__ import annotations

import datetime as dt
from functools import cache

from tipwatch.demo.newsroom import build_site
from tipwatch.demo.outlets import OUTLETS
from tipwatch.demo.stories import load_stories

NOW = dt.datetime(2026, 3, 1, 23, tzinfo=dt.UTC)
BASE = "http://127.0.0.1:9"


@cache
def served() -> dict[str, tuple[bytes, ...]]:
    """Bodies by kind: "page", "feed", "sitemap", "listing", "robots"."""
    stories = load_stories(NOW.date())
    found: dict[str, list[bytes]] = {"page": [], "feed": [], "sitemap": [], "listing": [], "robots": []}
    for code, outlet in OUTLETS.items():
        for path, reply in build_site(outlet, stories[code], BASE).items():
            found[_kind(path, reply.content_type)].append(reply.body)
    return {kind: tuple(bodies) for kind, bodies in found.items()}


def _kind(path: str, content_type: str) -> str:
    if path == "/robots.txt":
        return "robots"
    if "rss" in content_type:
        return "feed"
    if "xml" in path:
        return "sitemap"
    return "listing" if path.startswith("/news?page=") else "page"
