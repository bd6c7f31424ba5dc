"""Records of pages, their place in the archive, and the articles that came of them.

Refuses markup and facts: a page is bytes with their provenance.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from extraction.model import PageHints, QuarantineReason


@dataclass(frozen=True, kw_only=True, slots=True)
class FetchedPage:
    """A fetched page that the gate wants to keep.

    `url` is the address as requested, `final_url` after redirects, `canonical_url` what makes it one page.
    `headers` are the response's, in order; `body` is the payload after content decoding (the archive writes it
    so, and drops Content-Encoding and Transfer-Encoding). `feed_date` is as the feed wrote it, unparsed.
    """

    source_id: str
    url: str
    final_url: str
    canonical_url: str
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes = field(repr=False)
    fetched_at: dt.datetime
    feed_title: str | None = None
    feed_date: str | None = None
    gate_words: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchivePointer:
    """Where a WARC record lies: `file` relative to the archive's folder, `offset` and `length` in bytes of it.

    `digest` is "sha256:<hex>" of the payload (the body, without headers); reading verifies it.
    """

    file: str
    offset: int
    length: int
    digest: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageKept:
    """`is_new` is False when the same bytes were kept at this address before: then nothing was written.

    `completed` tells whether this call completed the given lease (False: no lease, or no longer ours).
    """

    page_id: int
    is_new: bool
    pointer: ArchivePointer
    completed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRef:
    """A kept page as the extract job needs it; `store.pages.read(ref)` gives the body.

    `source_country` and `source_languages` come from the last `coverage.sync_sources` (None, () when unknown).
    """

    page_id: int
    source_id: str
    url: str
    final_url: str
    canonical_url: str
    fetched_at: dt.datetime
    content_type: str | None
    feed_title: str | None
    feed_date: str | None
    pointer: ArchivePointer
    source_country: str | None = None
    source_languages: tuple[str, ...] = ()

    def hints(self) -> PageHints:
        """What `extraction.text.extract_article` wants to know about this page."""
        return PageHints(
            url=self.final_url,
            fetched_at=self.fetched_at,
            content_type=self.content_type,
            source=self.source_id,
            source_country=self.source_country,
            source_languages=self.source_languages,
            feed_title=self.feed_title,
            feed_date=self.feed_date,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SavedArticle:
    """`is_new` is True when the text was not known before (an exact copy elsewhere is not new).

    `current` is False when the address already holds a newer text: then nothing was saved.
    """

    article_id: str
    is_new: bool
    current: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredQuarantine:
    """A page (`page_id`) or an article (`article_id`) that could not be read, waiting for a better version."""

    page_id: int | None
    article_id: str | None
    url: str
    reason: QuarantineReason
    detail: str
    version: str
    at: dt.datetime
