"""What an outlet announces: RSS 2.0 with a short window, a sitemap index with its children, a paginated listing.

Refuses completeness where real sites lack it: what has left the window is announced no more.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from email.utils import format_datetime
from html import escape

from tipwatch.demo.outlets import Outlet
from tipwatch.demo.pages import human_date, story_path
from tipwatch.demo.stories import Story

_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_NEWS = "http://www.google.com/schemas/sitemap-news/0.9"
_XML = '<?xml version="1.0" encoding="UTF-8"?>\n'


def feed(outlet: Outlet, stories: Sequence[Story], base: str) -> bytes:
    """RSS 2.0 of the newest `outlet.window` stories."""
    items = "".join(
        f"<item><title>{escape(story.title)}</title><link>{base}{story_path(story)}</link>"
        f'<guid isPermaLink="false">{story.key}</guid><category>{escape(story.section)}</category>'
        f"<description>{escape(story.title)}</description>"
        f"<pubDate>{format_datetime(story.published)}</pubDate></item>\n"
        for story in stories[: outlet.window]
    )
    return (
        f'{_XML}<rss version="2.0"><channel><title>{escape(outlet.title)}</title><link>{base}/</link>'
        f"<description>Latest stories</description><language>{outlet.language}</language>"
        f"{items}</channel></rss>\n"
    ).encode()


def sitemaps(outlet: Outlet, stories: Sequence[Story], base: str) -> Mapping[str, bytes]:
    """Path -> document: the index, a news sitemap of the newest, and a gzipped archive of the rest."""
    fresh, old = stories[: outlet.window], stories[outlet.window :]
    news = "".join(
        f"<url><loc>{base}{story_path(story)}</loc><news:news><news:publication><news:name>{escape(outlet.title)}"
        f"</news:name><news:language>{outlet.language}</news:language></news:publication>"
        f"<news:publication_date>{story.published.isoformat()}</news:publication_date>"
        f"<news:title>{escape(story.title)}</news:title></news:news></url>\n"
        for story in fresh
    )
    archive = "".join(
        f"<url><loc>{base}{story_path(story)}</loc><lastmod>{story.published.isoformat()}</lastmod></url>\n"
        for story in old
    )
    children = (("/sitemap-news.xml", fresh), ("/sitemap-archive.xml.gz", old))
    index = "".join(
        f"<sitemap><loc>{base}{path}</loc><lastmod>{part[0].published.isoformat()}</lastmod></sitemap>\n"
        for path, part in children
        if part
    )
    # Pages that are no stories are listed too, in a child that the catalogue's `follow` leaves alone.
    index += f"<sitemap><loc>{base}/sitemap-pages.xml</loc></sitemap>\n"
    return {
        "/sitemap_index.xml": f'{_XML}<sitemapindex xmlns="{_SITEMAP}">\n{index}</sitemapindex>\n'.encode(),
        "/sitemap-news.xml": f'{_XML}<urlset xmlns="{_SITEMAP}" xmlns:news="{_NEWS}">\n{news}</urlset>\n'.encode(),
        "/sitemap-archive.xml.gz": gzip.compress(
            f'{_XML}<urlset xmlns="{_SITEMAP}">\n{archive}</urlset>\n'.encode(), mtime=0
        ),
        "/sitemap-pages.xml": (
            f'{_XML}<urlset xmlns="{_SITEMAP}"><url><loc>{base}/about</loc></url></urlset>\n'.encode()
        ),
    }


def listing(outlet: Outlet, stories: Sequence[Story], base: str) -> Mapping[str, bytes]:
    """Path with query -> page of teasers, `outlet.window` a page. The first also teases a page that is closed."""
    size = outlet.window
    pages = [stories[start : start + size] for start in range(0, len(stories), size)]
    found: dict[str, bytes] = {}
    for number, part in enumerate(pages, start=1):
        teasers = "".join(
            f'<article class="teaser"><h2><a href="{story_path(story)}">{escape(story.title)}</a></h2>'
            f'<time datetime="{story.published.isoformat()}">{human_date(story, outlet)}</time></article>\n'
            for story in part
        )
        if number == 1:
            teasers += (
                f'<article class="teaser promo"><h2><a href="{outlet.closed}crossword">Members: today\'s crossword'
                f'</a></h2><time datetime="{part[0].published.isoformat()}"></time></article>\n'
            )
        following = (
            f'<a rel="next" href="/news?page={number + 1}">Older stories</a>' if number < len(pages) else ""
        )
        found[f"/news?page={number}"] = (
            f'<!DOCTYPE html><html lang="{outlet.language}"><head><title>News | {escape(outlet.title)}'
            f"</title></head><body><h1>News</h1><main>\n{teasers}</main><nav>{following}</nav></body></html>"
        ).encode()
    return found


def robots(outlet: Outlet, base: str) -> bytes:
    """robots.txt: one closed folder, and where the sitemap lies."""
    return f"User-agent: *\nDisallow: {outlet.closed}\n\nSitemap: {base}/sitemap_index.xml\n".encode()
