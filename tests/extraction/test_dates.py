# ruff: noqa: E501 - tables of sentences and markup
"""Dates that were stated are found, partial ones stay partial; nothing is from the future, nothing is guessed."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.dates import parse_date, published_date, url_date
from extraction.markup import parse
from extraction.model import Article, PageHints
from extraction.text import extract_article

FETCHED = dt.datetime(2024, 6, 1, 12, tzinfo=dt.UTC)
LATEST = dt.date(2024, 6, 2)
URL = "https://news.example/harbour-case"
PROSE = "<p>A court in the harbour town sentenced two brothers to twelve years in prison for trafficking.</p>"


def of_page(
    head: str = "", body: str = "", *, url: str = URL, feed_date: str | None = None
) -> tuple[str | None, str | None]:
    tree = parse(f"<html><head><title>x</title>{head}</head><body><h1>Two jailed</h1>{body}{PROSE}</body></html>")
    return published_date(tree, url=url, fetched_at=FETCHED, feed_date=feed_date)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Tue, 05 Mar 2024 10:00:00 +0000", "2024-03-05"),
        ("Tue, 05 Mar 2024 23:10:00 -0600", "2024-03-05"),
        ("5 Mar 2024 10:00 GMT", "2024-03-05"),
        ("2024-03-05T10:00:00Z", "2024-03-05"),
        ("2024-03-05T10:00:00.123+05:30", "2024-03-05"),
        ("2024-03-05 10:00:00", "2024-03-05"),
        ("2024-03-05", "2024-03-05"),
        ("20240305", "2024-03-05"),
        ("20240305T101500Z", "2024-03-05"),
        ("2024-03", "2024-03"),
        ("2024", "2024"),
        ("March 5, 2024", "2024-03-05"),
        ("5th March 2024", "2024-03-05"),
        ("Tuesday, March 5, 2024 10:00 am", "2024-03-05"),
        ("2024-06-02T01:00:00+14:00", "2024-06-02"),
    ],
)
def test_dates_as_feeds_write_them(text: str, expected: str) -> None:
    assert parse_date(text, latest=LATEST) == expected


MALFORMED = [
    "", " ", "now", "today", "yesterday", "2 hours ago", "hace 2 horas", "0000-00-00", "0000-00-00 00:00:00",
    "0001-01-01T00:00:00", "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 00:00:00 GMT", "1899-12-30", "9999-12-31",
    "2024-13-01", "2024-02-30", "2023-02-29", "2024-00-10", "31/12/2023", "03/04/2024", "2024-06-03", "2025-01-01",
    "2024-07", "2025", "1709632800", "1709632800000", "{{ date }}", "%Y-%m-%d", "Invalid Date", "NaN-NaN-NaN",
    "null", "undefined", "Mar 2024 5", "5 Foo 2024", "Tue, 32 Mar 2024 10:00:00 +0000", "2024-03-05" * 20,
    "２０２４－０３－０５", "-2024-03-05", "20245-03-05", "Tue, 05 Mar 24 99:99:99 +9999", "\x00\x00", "١٢٣٤-١٢-١٢",
    "2024-W10-2", "12:30", "5 March", "Vol. 12, 2024",
]  # fmt: skip


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_dates_are_none(text: str) -> None:
    assert parse_date(text, latest=LATEST) is None


@pytest.mark.parametrize("text", [text for text in MALFORMED if "\x00" not in text])
@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="{}">',
        '<script type="application/ld+json">{{"@type":"NewsArticle","datePublished":"{}"}}</script>',
    ],
)
def test_malformed_dates_of_pages(text: str, head: str) -> None:
    found, _ = of_page(head.format(text.replace('"', "")), feed_date=text)
    assert found is None or "1995-01-01" <= found <= LATEST.isoformat()
    # htmldate understands a few that feeds must not use (03/04/2024, time stamps); a day that nobody named it must not give.
    assert found not in ("2024-06-01", dt.date.today().isoformat())


@pytest.mark.parametrize(
    "text", ["now", "today", "yesterday", "2 hours ago", "hace 2 horas", "vor 3 Stunden", "il y a 2 jours"]
)
def test_words_about_now_are_no_dates(text: str) -> None:
    assert of_page(body=f'<time class="date">{text}</time><span class="published-date">{text}</span>') == (
        None,
        None,
    )


@pytest.mark.parametrize(
    ("head", "body", "expected"),
    [
        ('<meta property="article:published_time" content="2024-05-17T08:00:00+05:30">', "", "2024-05-17"),
        (
            '<script type="application/ld+json">{"datePublished": "2024-05-17T08:00:00Z"}</script>',
            "",
            "2024-05-17",
        ),
        ("", '<time datetime="2024-05-17T08:00">May 17</time>', "2024-05-17"),
        ("", '<p class="byline date">17 May 2024</p>', "2024-05-17"),
        # The publication, not the update.
        (
            '<meta property="article:published_time" content="2024-05-17"><meta property="article:modified_time" '
            'content="2024-05-30">',
            "",
            "2024-05-17",
        ),
    ],
)
def test_dates_of_pages(head: str, body: str, expected: str) -> None:
    assert of_page(head, body) == (expected, "html")


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", ""),
        ("", "<footer><p>© 2024 The Example. All rights reserved.</p></footer>"),
        ("", "<footer><p>Copyright 2010-2024 The Example</p></footer>"),
        ('<meta itemprop="copyrightYear" content="2024">', ""),
        ("", "<p>The offences took place between 2011 and 2014, the court heard.</p>"),
        ("", "<p>He was arrested on 12 March 2019 at the airport, the court heard.</p>"),
        ('<meta property="article:published_time" content="2031-01-01">', ""),
        ("", '<div class="clock" data-now="2024-06-01">Saturday</div>'),
    ],
)
def test_no_guess(head: str, body: str) -> None:
    assert of_page(head, body) == (None, None)


def test_the_feed_comes_first_when_plausible() -> None:
    head = '<meta property="article:published_time" content="2024-05-17">'
    assert of_page(head, feed_date="Thu, 16 May 2024 09:00:00 GMT") == ("2024-05-16", "feed")
    assert of_page(head, feed_date="Fri, 16 May 2042 09:00:00 GMT") == ("2024-05-17", "html")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://news.example/2024/05/17/harbour", "2024-05-17"),
        ("https://news.example/2024/5/7/harbour", "2024-05-07"),
        ("https://news.example/2024/05/harbour", "2024-05"),
        ("https://news.example/news/2024-05-17-harbour", "2024-05-17"),
        ("https://news.example/story-20240517", None),
        ("https://news.example/2024/13/17/harbour", None),
        ("https://news.example/2025/05/17/harbour", None),
        ("https://news.example/1984/05/17/harbour", None),
        ("https://news.example/story/2024", None),
    ],
)
def test_dates_in_addresses(url: str, expected: str | None) -> None:
    assert url_date(url, latest=LATEST) == expected


@given(st.text(max_size=60))
def test_any_text_is_a_date_or_none(text: str) -> None:
    found = parse_date(text, latest=LATEST)
    assert found is None or "1995" <= found <= "2024-06-02"


@given(st.dates(min_value=dt.date(1995, 1, 1), max_value=LATEST))
def test_iso_dates_survive(day: dt.date) -> None:
    assert parse_date(day.isoformat(), latest=LATEST) == day.isoformat()


@pytest.mark.parametrize(
    "box",
    [
        '<div id="comments"><time datetime="2024-05-29">May 29</time><p>Well said, this took them far too long.</p></div>',
        '<p hidden class="date">29 May 2024</p>',
        '<div class="related-posts"><span class="date">29 May 2024</span></div>',
    ],
)
def test_dates_of_comments_and_boxes_are_not_the_story_s(box: str) -> None:
    body = f"<html><body><h1>Two jailed in harbour case</h1><article>{PROSE * 4}</article>{box}</body></html>"
    article = extract_article(body.encode(), PageHints(url=URL, fetched_at=FETCHED))
    assert isinstance(article, Article)
    assert (article.published, article.published_rule) == (None, None)
