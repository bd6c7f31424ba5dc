# ruff: noqa: E501 - tables of markup
"""A grammar of bad XML for feeds and sitemaps: DTDs, entities, undeclared prefixes, lying encodings, odd dates.

Refuses well-formedness as a rule: publishers do not keep it either.
"""

from __future__ import annotations

import gzip

from hypothesis import strategies as st

PROLOGUES = (
    "", "<?xml version='1.0'?>", "<?xml version='1.1'?>", "<?xml version='1.0' encoding='utf-16'?>", "\ufeff", "\n\n  ",
    "<?xml version='1.0' encoding='x-none'?>", "<?xml version='1.0' encoding='latin-1'?>", "<?xml encoding='utf-7'?>",
    "<?xml version='1.0' encoding='cp037'?>", "<?xml version='1.0' encoding='hex'?>", "<?xml-stylesheet href='file:///etc/passwd'?>",
)  # fmt: skip
DTDS = (
    "", "<!DOCTYPE rss>", "<!DOCTYPE rss SYSTEM 'file:///etc/passwd'>", "<!DOCTYPE x PUBLIC '-//a' 'http://127.0.0.1:9/x.dtd'>",
    "<!DOCTYPE x [<!ENTITY a 'b'>]>", "<!DOCTYPE x [<!ENTITY % p SYSTEM 'file:///etc/passwd'> %p;]>", "<!DOCTYPE x [",
    "<!DOCTYPE x [<!ATTLIST url a CDATA 'b'>]>", "<!DOCTYPE x [<!ELEMENT x ANY>]>", "<! ENTITY a 'b'>",
    "<!DOCTYPE x [<!NOTATION n SYSTEM 'file:///etc/passwd'>]>",
)  # fmt: skip
_NAMES = (
    "rss", "channel", "item", "feed", "entry", "rdf:RDF", "urlset", "url", "loc", "lastmod", "sitemapindex", "sitemap",
    "news:news", "news:title", "news:publication_date", "image:image", "image:loc", "title", "link", "guid", "id",
    "pubDate", "published", "updated", "dc:date", "content:encoded", "description", "feedburner:origLink", "a:b:c", ":x",
    "opml", "outline", "media:content", "svg", "xhtml:link", "author", "category", "enclosure", "source", "base", "div",
)  # fmt: skip
_GIVEN = (
    " version='2.0'", " xmlns='http://www.w3.org/2005/Atom'", " xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'",
    " xmlns:news='http://www.google.com/schemas/sitemap-news/0.9'", " href='/a'", " href='http://['", " rel=alternate",
    " xml:base='http://['", " xml:base='file:///'", " isPermaLink='true'", " type='xhtml'", " type='html' mode='base64'",
    " xml:lang='x'", " xmlns:x=''", " xmlns=''", " a", " a='1' a='2'", " domain='x'", " url='data:,x' length='-1'",
)  # fmt: skip
_TEXTS = (
    "https://news.example/a", "/a", "http://[", "https://news.example:99999/", "javascript:alert(1)", "//news.example//b",
    "https://u:p@news.example/", "file:///etc/passwd", "http://127.0.0.1/", "https://news.example/" + "a" * 3_000, "tag:x,1",
    "2026-02-28", "2026-02-30", "0000-00-00", "9999-12-31T23:59:59-23:59", "Sat, 28 Feb 2026 10:00:00 GMT", "-1", "1e9",
    "Sat, 99 Feb 99999999 99:99:99 +9999", "28. februar 2026", "2026年2月28日 오전", "Δευ, 12 Ιούν 2026", "20260228T", "24:00",
    "&lt;b&gt;Court&lt;/b&gt;", "&amp;#60;", "&nbsp;", "&a;", "&#0;", "&#xD800;", "&#x110000;", "<![CDATA[<b>x]]>", "]]>",
    "\x00", "\x0b", "\ud7ff", "\ufffe", "Iker Ôn", "&", "<", "%", "\u202e", "東京",
)  # fmt: skip
TOKENS = (
    *(token.encode() for token in (*_TEXTS[:16], *DTDS[1:], *PROLOGUES[1:])),
    b"<item>", b"</item>", b"<url>", b"</url>", b"<loc>", b"</loc>", b"<", b"</", b">", b"&", b"&#", b"<![CDATA[", b"]]>",
    b"<!--", b"-->", b"<?", b"?>", b"\0", b"\xff", b"\xfe\xff", b"xmlns:a='", b"<a:b>", b" ", b"\n", b"<x>", b"'", b'"', b"=",
    b"<pubDate>", b"<title>", b"<content:encoded>", b"<div>", b"1", b":", b"-", b"(", b"<link>", b"<base href='http://['>",
    b"<li class=teaser>", b"<a href='", b"<ul>", b"</li>", b"<table>", b"<template>",
)  # fmt: skip


def _element(children: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    names = st.sampled_from(_NAMES)
    given = st.lists(st.sampled_from(_GIVEN), max_size=2).map("".join)
    inside = st.lists(children, max_size=5).map("".join)
    proper = st.builds(lambda n, g, i: f"<{n}{g}>{i}</{n}>", names, given, inside)
    crossed = st.builds(lambda n, g, i, m: f"<{n}{g}>{i}</{m}>", names, given, inside, names)
    return proper | proper | crossed | st.builds(lambda n, g, i: f"<{n}{g}>{i}", names, given, inside)


tree = st.recursive(st.sampled_from(_TEXTS), _element, max_leaves=30)


def _rooted(root: str, item: str) -> st.SearchStrategy[str]:
    parts = st.lists(tree.map(f"<{item}>{{}}</{item}>".format), max_size=4).map("".join)
    return st.builds(
        lambda given, inside: f"<{root}{given}>{inside}</{root}>", st.sampled_from(("", *_GIVEN)), parts
    )


document = st.builds(
    lambda prologue, dtd, body: prologue + dtd + body,
    st.sampled_from(PROLOGUES),
    st.sampled_from(DTDS),
    st.one_of(
        tree, _rooted("rss", "item"), _rooted("rss version='2.0'><channel", "item"), _rooted("urlset", "url"),
        _rooted("feed xmlns='http://www.w3.org/2005/Atom'", "entry"), _rooted("sitemapindex", "sitemap"),
    ),
)  # fmt: skip
encoded = st.builds(
    lambda text, name, packed: (
        gzip.compress(text.encode(name, "replace")) if packed else text.encode(name, "replace")
    ),
    document,
    st.sampled_from(("utf-8", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp037")),
    st.booleans(),
)
