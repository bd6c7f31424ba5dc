"""A page's text and what is known about it before anyone reads it.

Refuses markup and facts: an `Article` is visible text with metadata, a `Quarantine` is why there is none.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, kw_only=True, slots=True)
class PageHints:
    """What discovery and HTTP told us about a page; every field may be unknown (None).

    `fetched_at` (aware UTC) is the upper bound for every date: no article is from the future.
    """

    url: str
    fetched_at: dt.datetime
    content_type: str | None = None
    source: str | None = None
    source_country: str | None = None
    source_languages: tuple[str, ...] = ()
    feed_title: str | None = None
    feed_date: str | None = None  # as the feed or sitemap wrote it, unparsed


@dataclass(frozen=True, kw_only=True, slots=True)
class Article:
    """Visible text of one story. Spans of every fact count code points of `text`.

    `id` is the SHA-256 (hex, 64 characters) of the normalised text, so that an exact copy elsewhere is the
    same article; in `tipwatch extract --input` it is the id of the input line.
    `published` is an ISO date, possibly partial ("2024-05"), or None when nobody stated one.
    `country` is the country of the source (ISO 3166-1 alpha-2, lower case), a hint and no fact about the story.
    """

    id: str
    url: str
    text: str
    title: str | None = None
    published: str | None = None
    published_rule: str | None = None  # which rule found the date: "feed", "htmldate", "url", ...
    language: str | None = None  # ISO 639-1, None when unsure
    language_score: float | None = None
    canonical_url: str | None = None
    source: str | None = None
    country: str | None = None
    author: str | None = None


class QuarantineReason(StrEnum):
    """Why kept bytes gave no article. The page stays in the archive and can be tried again."""

    UNDECODABLE = "undecodable"
    NO_TEXT = "no_text"
    TOO_COMPLEX = "too_complex"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    EXTRACTOR_ERROR = "extractor_error"
    READER_ERROR = "reader_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Quarantine:
    """A page that gave no article, with its reason; `detail` never holds a person's name."""

    url: str
    reason: QuarantineReason
    detail: str
