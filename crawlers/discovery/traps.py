"""Calendars and session ids: patterns of URLs that never end.

Refuses more than 200 URLs of one pattern in one run; a story with words of its own in its path is its own pattern.
"""

from __future__ import annotations

import re
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

MAX_OF_PATTERN = 200
_NUMBER = re.compile(r"\d+")
_TOKEN = re.compile(r"(?<![a-z0-9])(?=[a-z0-9]*\d)[a-z0-9]{12,}(?![a-z0-9])", re.IGNORECASE)  # session ids, hashes
_MONTH = re.compile(
    r"(?<![a-z])(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}(?![a-z])", re.IGNORECASE
)


def pattern_of(url: str) -> str:
    """A URL with its numbers, months, tokens and parameter values taken out.

    >>> pattern_of("https://a.example/calendar/2026/05?day=3")
    'a.example/calendar/0/0?day'
    """
    parts = urlsplit(url)
    path = _NUMBER.sub("0", _MONTH.sub("0", _TOKEN.sub("x", parts.path)))
    names = ",".join(sorted({name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}))
    return f"{parts.netloc.lower()}{path}?{_NUMBER.sub('0', names)}"


class TrapWatch:
    """Counts the patterns of one source in one run."""

    def __init__(self, limit: int = MAX_OF_PATTERN) -> None:
        self._limit = limit
        self._seen: Counter[str] = Counter()

    def admits(self, url: str) -> bool:
        """True for the first `limit` URLs of a pattern."""
        pattern = pattern_of(url)
        self._seen[pattern] += 1
        return self._seen[pattern] <= self._limit
