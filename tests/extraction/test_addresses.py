"""Canonical addresses: the same story under one, different stories never under one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.addresses import canonical_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("HTTPS://News.Example:443/a?utm_source=x&id=7#top", "https://news.example/a?id=7"),
        ("http://news.example:80/a", "http://news.example/a"),
        ("http://news.example:8080/a", "http://news.example:8080/a"),
        ("https://news.example", "https://news.example/"),
        ("https://news.example//a//b", "https://news.example/a/b"),
        ("https://news.example/a/?fbclid=1&gclid=2", "https://news.example/a/"),
        ("https://news.example/?p=12", "https://news.example/?p=12"),
        ("https://news.example/story.php?cid=3&eid=4", "https://news.example/story.php?cid=3&eid=4"),
        ("https://news.example/a?b=2&a=1", "https://news.example/a?a=1&b=2"),
        ("https://news.example/a?12345", "https://news.example/a?12345"),
        ("https://news.example/a;jsessionid=AB12?id=1", "https://news.example/a?id=1"),
        ("https://news.example/a#!/story/3", "https://news.example/a#!/story/3"),
        ("  https://news.example/a \n", "https://news.example/a"),
        ("https://news.example/caf%C3%A9", "https://news.example/caf%C3%A9"),
        ("https://news.example/café", "https://news.example/caf%C3%A9"),
        ("https://user:pw@news.example/a", "https://news.example/a"),
        ("https://news.example./a", "https://news.example/a"),
        ("http://[2001:db8::1]:8080/a", "http://[2001:db8::1]:8080/a"),
        ("mailto:desk@news.example", "mailto:desk@news.example"),
        ("not an address", "notanaddress"),
        ("http://", "http://"),
        ("http://news.example:99999/a", "http://news.example:99999/a"),
    ],
)
def test_canonical(url: str, expected: str) -> None:
    assert canonical_url(url) == expected


@pytest.mark.parametrize(
    ("url", "stated", "expected"),
    [
        (
            "https://news.example/a?x=1",
            "https://news.example/a",
            "https://news.example/a?x=1",
        ),  # x=1 may choose the story
        ("https://news.example/a?print=yes", "https://news.example/a", "https://news.example/a"),
        ("https://m.news.example/a", "https://www.news.example/a", "https://www.news.example/a"),
        ("https://amp.news.example/a", "/b", "https://amp.news.example/b"),
        ("https://news.example/a/amp", "https://news.example/a", "https://news.example/a"),
        ("https://news.example/a", "https://elsewhere.example/a", "https://news.example/a"),
        ("https://news.example/a", "https://news.example/", "https://news.example/a"),
        ("https://news.example/story?id=7", "https://news.example/story", "https://news.example/story?id=7"),
        ("https://news.example/a", "javascript:alert(1)", "https://news.example/a"),
        ("https://news.example/a", "", "https://news.example/a"),
        ("https://news.example/a", "http://[", "https://news.example/a"),
        ("https://news.example/a", "https://evilnews.example/a", "https://news.example/a"),
    ],
)
def test_the_page_s_own_word(url: str, stated: str, expected: str) -> None:
    assert canonical_url(url, stated) == expected


URLS = st.one_of(
    st.text(max_size=80),
    st.from_regex(
        r"https?://[a-zA-Z0-9.:-]{1,20}(/[\w%+;=.~!$'()*,@-]{0,10}){0,4}(\?[\w%+;=.&~!'*,@/-]{0,30})?(#[!\w/]{0,9})?",
        fullmatch=True,
    ),
)


@given(URLS)
def test_idempotent(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once


@given(
    st.sampled_from(["id", "p", "newsid", "article", "cid", "page", "story", "no", "aid", "nid", "v"]),
    st.integers(0, 99),
    st.integers(0, 99),
)
def test_parameters_that_choose_a_story_stay(name: str, one: int, other: int) -> None:
    same = canonical_url(f"https://a.example/x.php?{name}={one}") == canonical_url(
        f"https://a.example/x.php?{name}={other}"
    )
    assert same == (one == other)
