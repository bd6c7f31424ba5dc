"""Feeds, sitemaps and listings as bytes: what is found, and what is refused in under a second."""

from __future__ import annotations

import contextlib
import datetime as dt
import gzip
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.source import Feed, Listing, Sitemap
from crawlers.discovery.entries import Unreadable, iso_time
from crawlers.discovery.traps import TrapWatch, pattern_of
from crawlers.documents import Document, Reading, read_document

NOW = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
MIB = 1024 * 1024


def read(body: bytes, discovery: Feed | Sitemap | Listing, content_type: str | None = None) -> Document:
    return read_document(
        Reading(body=body, url="https://news.example/x/index", content_type=content_type, now=NOW, limit=10 * MIB),
        discovery,
        (),
    )


FEED = Feed(url="https://news.example/feed")
SITEMAP = Sitemap(url="https://news.example/sitemap.xml", max_age_days=7)
LISTING = Listing(
    url="https://news.example/court", item="li.teaser", link="a::attr(href)", title="a::text",
    date="time::attr(datetime)", next_page="a.next::attr(href)",
)  # fmt: skip

RSS = b"""<?xml version="1.0"?><!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN"
 "http://my.netscape.com/publish/formats/rss-0.91.dtd"><rss version="2.0"><channel><title>x</title>
<item><title>Court &amp;amp; <b>crime</b></title><link>/a?id=1</link>
<pubDate>Tue, 19 May 2026 10:00:00 +0530</pubDate></item>
<item><title>Future</title><link>https://news.example/b</link>
<pubDate>Tue, 19 May 2099 10:00:00 GMT</pubDate></item>
<item><title>Undated</title><guid isPermaLink="true">https://news.example/c</guid></item>
<item><title>No web link</title><link>mailto:desk@news.example</link></item>
<item><title>Twice</title><link>https://news.example/b</link></item>
</channel></rss>"""
ATOM = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>x</title><entry><title>One</title><id>tag:x,1</id>
<link href="/one"/>
<published>2026-05-19T08:00:00Z</published>
<updated>2026-05-19T09:00:00Z</updated></entry>
<entry><title>Two</title><id>tag:x,2</id><link href="/two"/>
<updated>2026-05-19T09:00:00Z</updated></entry></feed>"""


def test_rss() -> None:
    entries = read(RSS, FEED).entries
    assert [(one.url, one.title, one.date) for one in entries] == [
        ("https://news.example/a?id=1", "Court & crime", "Tue, 19 May 2026 10:00:00 +0530"),
        ("https://news.example/b", "Future", "Tue, 19 May 2099 10:00:00 GMT"),
        ("https://news.example/c", "Undated", None),
    ]
    assert [one.when for one in entries] == [dt.datetime(2026, 5, 19, 4, 30, tzinfo=dt.UTC), None, None]


def test_atom_updated_is_no_date_of_publication() -> None:
    entries = read(ATOM, FEED).entries
    assert [(one.url, one.date) for one in entries] == [
        ("https://news.example/one", "2026-05-19T08:00:00Z"),
        ("https://news.example/two", None),
    ]


def test_feed_in_utf16_and_torn() -> None:
    utf16 = (
        RSS.decode().replace('<?xml version="1.0"?>', '<?xml version="1.0" encoding="utf-16"?>').encode("utf-16")
    )
    assert len(read(utf16, FEED).entries) == 3
    assert len(read(RSS[: RSS.index(b"<item><title>Undated")], FEED).entries) == 2


@pytest.mark.parametrize("body", [b"", b"<html><body>404</body></html>", b"{}", b"\x00\x01", b"GIF89a"])
def test_no_feed_no_sitemap(body: bytes) -> None:
    for discovery in (FEED, SITEMAP):
        with pytest.raises(Unreadable):
            read(body, discovery)


NEWS_SITEMAP = b"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
 xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><image:image><image:loc>https://news.example/i.jpg</image:loc><image:title>An image</image:title>
</image:image>
<loc>https://news.example/new</loc><news:news><news:publication><news:name>N</news:name></news:publication>
<news:publication_date>2026-05-19T10:00:00+05:30</news:publication_date>
<news:title>New &amp; true</news:title></news:news></url>
<url><loc>https://news.example/old</loc><lastmod>2026-01-01</lastmod></url>
<url><loc>https://news.example/changed</loc><lastmod>2026-05-18</lastmod></url>
<url><loc>https://news.example/undated</loc></url><url><loc>ftp://news.example/x</loc></url></urlset>"""


@pytest.mark.parametrize("packed", [False, True])
def test_news_sitemap(packed: bool) -> None:
    entries = read(gzip.compress(NEWS_SITEMAP) if packed else NEWS_SITEMAP, SITEMAP).entries
    assert [(one.url, one.title, one.date) for one in entries] == [
        ("https://news.example/new", "New & true", "2026-05-19T10:00:00+05:30"),
        ("https://news.example/changed", None, None),  # lastmod ages, it does not date
        ("https://news.example/undated", None, None),
    ]


def test_index_freshest_first_old_left_alone_follow() -> None:
    index = b"""<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc>https://news.example/s-1.xml</loc><lastmod>2026-05-15</lastmod></sitemap>
    <sitemap><loc>https://news.example/s-2.xml</loc><lastmod>2026-05-20</lastmod></sitemap>
    <sitemap><loc>https://news.example/s-old.xml</loc><lastmod>2020-05-20</lastmod></sitemap>
    <sitemap><loc>https://news.example/images.xml</loc></sitemap></sitemapindex>"""
    followed = Sitemap(url="https://news.example/sitemap.xml", follow=r"/s-")
    assert read(index, followed).following == ("https://news.example/s-2.xml", "https://news.example/s-1.xml")


def test_listing() -> None:
    html = b"""<base href="/court/"><ul><li class=teaser><a href="a1">One</a>
    <time datetime="2026-05-01">1 May</time>
    <li class=teaser><a href="https://sub.news.example/a2">Two</a>
    <li class=teaser><a href="https://other.example/a3">x</a>
    <li class=teaser><a href="javascript:void(0)">x</a><li class=teaser>no link</ul>
    <a class=next href="?page=2">next</a>"""
    page = read(html, LISTING, "text/html")
    assert [(one.url, one.title, one.date) for one in page.entries] == [
        ("https://news.example/court/a1", "One", "2026-05-01"),
        ("https://sub.news.example/a2", "Two", None),
    ]
    assert page.following == ("https://news.example/court/?page=2",)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<html><body><div>new design</div></body></html>", "no item"),
        (b"<ul><li class=teaser onclick='go()'>One<li class=teaser>Two</ul><a href=/a1>One</a>", "no link"),
    ],
)
def test_listing_whose_layout_changed(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, LISTING)


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
XXE = '<!ENTITY l0 SYSTEM "file:///etc/passwd"><!ENTITY l99 SYSTEM "http://127.0.0.1:9/x">'
HOSTILE = {
    "laughs": f'<!DOCTYPE r [<!ENTITY l0 "lol">{LAUGHS}]>',
    "xxe": f"<!DOCTYPE r [{XXE}]>",
    "parameter": '<!DOCTYPE r [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
    "spaced": '<!DOCTYPE r [<! ENTITY l0 "lol">]>',
    "blowup": f'<!DOCTYPE r [<!ENTITY l0 "{"x" * 100_000}">]>',
}
SHELLS = {
    "rss": "<rss version='2.0'><channel><item><title>{0}</title><link>https://news.example/a</link></item></channel></rss>",
    "atom": "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>{0}</title><link href='/a'/></entry></feed>",
    "sitemap": "<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'><url><loc>{0}</loc></url></urlset>",
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32", "utf-16-le", "cp037", "utf-7"])
@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("attack", HOSTILE)
def test_xml_attacks_are_refused_at_once(attack: str, shell: str, encoding: str) -> None:
    declared = {"utf-16-le": "utf-16", "cp037": "cp037"}.get(encoding, encoding)
    text = (
        f'<?xml version="1.0" encoding="{declared}"?>{HOSTILE[attack]}{SHELLS[shell].format("&l11;" * 3 + "&l0;")}'
    )
    began = time.perf_counter()
    with pytest.raises(Unreadable):
        read(text.encode(encoding), SITEMAP if shell == "sitemap" else FEED)
    assert time.perf_counter() - began < 1.0


def test_nested_and_packed_sitemap_bomb_is_refused() -> None:
    bomb = gzip.compress(b"<urlset>" + b" " * (60 * MIB))
    with pytest.raises(Unreadable, match="too large"):
        read(bomb, SITEMAP)


@given(st.binary(max_size=400))
def test_no_bytes_break_the_readers(body: bytes) -> None:
    for discovery in (FEED, SITEMAP, LISTING):
        with contextlib.suppress(Unreadable):
            read(body, discovery)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-05-19", dt.datetime(2026, 5, 19, tzinfo=dt.UTC)),
        ("2026-05-19T10:00:00+05:30", dt.datetime(2026, 5, 19, 4, 30, tzinfo=dt.UTC)),
        ("2026-05-22", None),  # the future
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
        (None, None),
    ],
)
def test_iso_time(text: str | None, expected: dt.datetime | None) -> None:
    assert iso_time(text, NOW) == expected


@pytest.mark.parametrize(
    "template",
    [
        "https://n.example/calendar/{year}/{month:02d}/{n}",
        "https://n.example/events?date={year}-{month:02d}-{n}",
        "https://n.example/archive/may/{n}",
        "https://n.example/list?page={n}",
        "https://n.example/s/{session}/front",
        "https://n.example/front?sid={session}",
    ],
)
def test_a_trap_is_one_pattern(template: str) -> None:
    watch = TrapWatch()
    urls = (
        template.format(year=1900 + n // 12, month=n % 12 + 1, n=n, session=f"{n:032x}a1") for n in range(3000)
    )
    assert sum(watch.admits(url) for url in urls) == 200


def test_stories_are_not_a_trap() -> None:
    watch = TrapWatch()
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel"]
    urls = [
        f"https://n.example/2026/05/{a}-{b}-{c}-{n}.html"
        for n, (a, b, c) in enumerate((a, b, c) for a in words for b in words for c in words)
    ]
    assert all(watch.admits(url) for url in urls)
    assert pattern_of(urls[0]) != pattern_of(urls[1])
