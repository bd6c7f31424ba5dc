"""Retry-After as no RFC has it: a minute's pause, and the crawl goes on. Found by tests/fuzz.

Refuses a raise: it would take the answer's whole host slot with it.
"""

from __future__ import annotations

import datetime as dt

import pytest
from scrapy.http import Response

from crawlers.turns import MAX_PAUSE, asked_pause

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("120", 120.0),
        ("0", 0.0),
        ("9" * 400, MAX_PAUSE.total_seconds()),
        ("\u00b2", 60.0),
        ("1\u00b9", 60.0),
        ("-1", 60.0),
        ("1e9", 60.0),
        ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", 60.0),
        ("Mon, 99 Jan 2026 00:00:00 GMT", 60.0),
        ("Sun, 01 Mar 2026 00:02:00 -0000", 60.0),
        ("Sun, 01 Mar 2026 00:02:00 +99999999", 60.0),
        ("Sun, 01 Mar 2026 00:02:00 GMT", 120.0),
        ("Sun, 01 Mar 2020 00:02:00 GMT", 0.0),
        ("\x00", 60.0),
    ],
)
def test_whatever_a_server_asks_for_is_a_bounded_pause(stated: str, seconds: float) -> None:
    response = Response("https://news.example/", status=429, headers={"Retry-After": stated.encode("latin-1")})
    assert asked_pause(response, NOW) == seconds
