"""Documents of a poll that used to end in an error of somebody else's library. Found by tests/fuzz.

Refuses any end but entries or Unreadable: a ValueError would take the source's whole poll with it.
"""

from __future__ import annotations

import datetime as dt
import gzip
import time

import pytest

from config.source import Feed, Listing, Sitemap
from crawlers.discovery.entries import Unreadable, plain
from crawlers.documents import Document, Reading, read_document

NOW = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)
SITEMAP = Sitemap(url="https://news.example/sitemap.xml", max_age_days=7)
FEED = Feed(url="https://news.example/feed")
LISTING = Listing(url="https://news.example/court", item="li", link="a::attr(href)", title="a::text")


def read(body: bytes, discovery: Feed | Sitemap | Listing, content_type: str | None = None) -> Document:
    reading = Reading(
        body=body, url="https://news.example/x", content_type=content_type, now=NOW, limit=10 * 1024 * 1024
    )
    return read_document(reading, discovery, ())


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset><url><loc>https://news.example/a</loc><news:news>"
        b"<news:publication_date>2026-05-19</news:publication_date><news:title>Two held</news:title></news:news>"
        b"<image:image><image:loc>https://news.example/b.jpg</image:loc></image:image></url></urlset>",
        b"<x:urlset><x:url><image:loc>https://news.example/b.jpg</image:loc><x:loc>https://news.example/a</x:loc>"
        b"<n:news><n:publication_date>2026-05-19</n:publication_date><n:title>Two held</n:title></n:news>"
        b"</x:url></x:urlset>",
    ],
)
def test_a_sitemap_that_forgot_to_declare_its_prefixes_is_read(body: bytes) -> None:
    (entry,) = read(body, SITEMAP).entries
    assert (entry.url, entry.title, entry.date) == ("https://news.example/a", "Two held", "2026-05-19")


@pytest.mark.parametrize("base", ["http://[", "//[", "https://news.example:port/", "javascript:x"])
def test_a_listing_with_a_broken_base_is_read_from_its_own_address(base: str) -> None:
    body = f"<base href='{base}'><ul><li><a href='/a'>Two held</a></li></ul>".encode()
    assert [entry.url for entry in read(body, LISTING).entries] == ["https://news.example/a"]


def test_a_listing_whose_header_names_a_codec_of_python_is_read() -> None:
    body = rb"<ul><li><a href='/a'>Two held \ud800</a></li></ul>" + "é".encode("latin-1")
    assert len(read(body, LISTING, "text/html; charset=unicode_escape").entries) == 1


@pytest.mark.parametrize("charset", [b"\x80TF-8", b"\0TF-8", b"hex", b"x-none", b"utf-16", b"rot13", b""])
def test_a_feed_in_a_charset_that_is_none_is_read(charset: bytes) -> None:
    body = (
        b'<?xml version="1.0" encoding="'
        + charset
        + b'"?><rss version="2.0"><channel><item><title>Two held</title>'
        b"<link>/a</link></item></channel></rss>"
    )
    (entry,) = read(body, FEED).entries
    assert (entry.url, entry.title) == ("https://news.example/a", "Two held")


@pytest.mark.parametrize("sign", ["\0", "\x0b", "\x1f", "\x85", "&#0;", "&#xD800;", "&#55357;&#56832;", "&#x1F;"])
@pytest.mark.parametrize("kind", ["feed", "sitemap", "listing"])
def test_no_sign_that_a_database_refuses_gets_into_an_entry(kind: str, sign: str) -> None:
    item = f"<title>Two{sign}held</title><link>https://news.example/a</link><pubDate>1{sign}May 2026</pubDate>"
    entry = f"<loc>https://news.example/a</loc><news><title>Two{sign}held</title></news>"
    listed = f"<a href='https://news.example/a'>Two{sign}held</a>"
    body, discovery = {
        "feed": (
            f"<rss><channel><item>{item}</item><item>{item.replace('/a', f'/b{sign}')}</item></channel></rss>",
            FEED,
        ),
        "sitemap": (f"<urlset><url>{entry}</url><url>{entry.replace('/a', f'/b{sign}')}</url></urlset>", SITEMAP),
        "listing": (f"<ul><li>{listed}</li><li>{listed.replace('/a', f'/b{sign}')}</li></ul>", LISTING),
    }[kind]
    entries = read(body.encode(), discovery).entries
    assert "https://news.example/a" in {entry.url for entry in entries}
    for entry in entries:
        for text in (entry.url, entry.title or "", entry.date or ""):
            assert "\0" not in text
            text.encode("utf-8")


@pytest.mark.parametrize("at", [3, 10, 12, 20])
def test_a_sitemap_whose_gzip_is_broken_is_unreadable(at: int) -> None:
    packed = bytearray(gzip.compress(b"<urlset><url><loc>https://news.example/a</loc></url></urlset>", mtime=0))
    packed[at] ^= 0xFF
    with pytest.raises(Unreadable):
        read(bytes(packed), SITEMAP)


def test_a_title_of_brackets_alone_costs_little() -> None:
    began = time.process_time()
    assert len(plain("<" * 5_000_000) or "") == 500
    assert time.process_time() - began < 1.0
