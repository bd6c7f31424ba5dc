# ruff: noqa: E501 - tables of hostile text
"""Laws of small texts that strangers write: addresses, charsets, dates, robots.txt.

Refuses a raise where "never raises" was promised, and a date from the future.
"""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from protego import Protego
from scrapy.http import Response

from crawlers.addresses import AddressRefused, split_web_url
from crawlers.discovery.listings import same_site as same_domain
from crawlers.identity import PRODUCT
from crawlers.robots import RobotsRules, _text
from crawlers.turns import MAX_PAUSE, asked_pause
from extraction.addresses import canonical_url, same_site
from extraction.charset import declared_charset, decode, fast_charset
from extraction.dates import parse_date, url_date
from tests.fuzz.bounds import bounded, sealed
from tests.fuzz.effort import effort
from tests.fuzz.mutation import mutated, pumped
from tests.fuzz.pages import CHARSETS
from tests.fuzz.samples import served

pytestmark = pytest.mark.fuzz

PIECES = (
    "http", "https", "HTTP", "ftp", ":", "//", "/", "\\", "@", "u:p@", "[", "]", "[::1]", "[::ffff:7f00:1]", "127.1", "0x7f",
    "2130706433", "news.example", "NEWS.Example.", "www.", "m.", "xn--", "xn--nxasmq6b", "ä.example", ".", "..", ":80", ":443",
    ":0", ":99999", ":x", "?", "&", "=", "id=1", "utm_source=a", "fbclid=1", ";jsessionid=1", "#", "#!/a", "%", "%2F", "%zz", "%00",
    "%ff", "+", " ", "\t", "\n", "\0", "\u202e", "\ud800", "İ", "ß", "。", "{", "<", "a" * 2_100, "é", "page=2", "sid=", "sid=a",
)  # fmt: skip
ADDRESSES = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=60)
LABELS = st.sampled_from((
    *CHARSETS, "hex", "base64", "rot13", "idna", "punycode", "undefined", "unicode_escape", "utf-7", "utf_8_sig", "utf-32",
    "mbcs", "oem", "uu", "bz2", "zlib", "hz", "big5hkscs", "iso2022_jp_2", "iso2022_kr", "cp65001", "x-user-defined", "quopri",
    "raw_unicode_escape", "ascii", "utf-16-le", "", "utf8", "\0", "a" * 300,
))  # fmt: skip


DAY = dt.date(2026, 3, 1)
ROBOTS = (
    b"User-agent: *\nDisallow: /\n", b"User-agent: tipwatch\nAllow: /a\nDisallow: /\nCrawl-delay: 5\n", b"Disallow: /*$\n", b"*",
    b"Crawl-delay: 1e999\n", b"Crawl-delay: -1\n", b"Crawl-delay: nan\n", b"Request-rate: 1/0s\n", b"Visit-time: 9999-1\n", b"$",
    b"Sitemap: http://[\n", b"\xef\xbb\xbf", b"\xff", b"\0", b"\r", b"\n", b":", b"#", b"%", b"/*/*/*a", b"?", b"Disallow: ",
)  # fmt: skip


@effort(300, 20_000)
@given(url=ADDRESSES, stated=st.none() | ADDRESSES)
@example(url="https://a.example/%", stated=None)
def test_a_canonical_address_is_its_own(url: str, stated: str | None) -> None:
    with bounded(2, 100), sealed():
        known = canonical_url(url, stated)
        assert canonical_url(known) == known
        same_site(url, stated)
        assert url_date(known, latest=DAY) is None or url_date(known, latest=DAY) <= DAY.isoformat()
        try:
            parts = split_web_url(url)
        except AddressRefused:
            pass
        else:
            assert parts.scheme in ("http", "https")
            assert same_domain(url, url)
            assert "@" not in parts.netloc


@effort(200, 10_000)
@given(
    body=st.binary(max_size=200)
    | mutated(served()["page"], (b"\xff", b"\0", b"\x1b$B", b"<meta charset='", b"\xef\xbb\xbf")),
    label=st.none() | LABELS,
    meta=LABELS,
)
def test_decoding_never_raises_and_gives_text(body: bytes, label: str | None, meta: str) -> None:
    header = None if label is None else f"text/html; charset={label}"
    whole = f"<meta charset='{meta}'>".encode() + body
    with bounded(3, 200), sealed():
        for given_body in (body, whole):
            text = decode(given_body, header)
            text.encode("utf-8")
            name = fast_charset(given_body, header)
            assert name is None or isinstance(given_body.decode(name, "replace"), str)
            declared_charset(given_body, header)
            assert len(text) <= 2 * len(given_body) + 2


@effort(8, 150)
@given(pump=pumped((b"<", b">", b"\xff", b"a", b"\xc3", b" ", b"\n", b"charset=", b"\x80\x81"), length=300_000))
def test_decoding_a_pumped_body(pump: bytes) -> None:
    with bounded(5, 300):
        decode(b"\xff" + pump, None)


@effort(300, 20_000)
@given(
    text=st.text(max_size=70)
    | st.from_regex(r"(Mon, )?\d{1,3}[ -](Jan|mai|Sept?)[a-z]*\.?[ -]\d{1,7}( \d\d:\d\d:\d\d ([+-]\d{1,6}|GMT|X))?", fullmatch=True)
    | st.from_regex(r"\d{3,9}-?\d{0,3}-?\d{0,3}T?[\d:.]*Z?", fullmatch=True)
)  # fmt: skip
def test_a_date_is_past_or_none(text: str) -> None:
    with bounded(1, 50), sealed():
        found = parse_date(text, latest=DAY)
    assert found is None or ("1995" <= found <= DAY.isoformat() and len(found) in (4, 7, 10))


@effort(200, 10_000)
@given(
    stated=st.binary(max_size=40)
    | st.from_regex(
        r"[A-Z][a-z]{2}, \d{1,4} [A-Z][a-z]{2} \d{1,20} \d\d:\d\d:\d\d ([+-]\d{1,9}|GMT|)", fullmatch=True
    ).map(str.encode),
    status=st.sampled_from((429, 503)),
)
def test_a_server_may_ask_for_any_pause(stated: bytes, status: int) -> None:
    now = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    pause = asked_pause(Response("https://news.example/", status=status, headers={"Retry-After": stated}), now)
    assert pause is not None
    assert 0.0 <= pause <= MAX_PAUSE.total_seconds()


@effort(60, 3_000)
@given(body=mutated((*served()["robots"], *ROBOTS), ROBOTS), path=ADDRESSES)
def test_robots_txt_answers_whatever_it_says(body: bytes, path: str) -> None:
    url = f"https://news.example/{path}"
    try:
        split_web_url(url)
    except AddressRefused:
        return
    with bounded(5, 200), sealed():
        rules = RobotsRules(rules=Protego.parse(_text(body)))
        assert rules.may_fetch(url) in (True, False)
        assert 0.0 <= rules.delay <= 3_600.0
    assert PRODUCT
