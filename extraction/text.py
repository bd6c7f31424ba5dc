"""A page's bytes to an `Article`: its visible text under its headline, with date, language and address.

Refuses hidden text, readers' comments and guesses; never raises: an odd page is a `Quarantine` with its reason.
"""

from __future__ import annotations

import hashlib
import unicodedata

import trafilatura
from lxml.html import HtmlElement

from extraction.addresses import canonical_url
from extraction.charset import decode
from extraction.dates import published_date, stated_dates
from extraction.furniture import remove_furniture
from extraction.headline import byline, headline
from extraction.language import detect
from extraction.markup import TooComplex, parse
from extraction.model import Article, PageHints, Quarantine, QuarantineReason
from extraction.visible import remove_hidden

MAX_BYTES = 10 * 1024 * 1024
MIN_TEXT = 60
"""Characters below which a body is no story (a caption, a cookie notice)."""

_UNDECODABLE = 0.05  # share of U+FFFD above which the page's charset is a riddle


def extract_article(body: bytes, hints: PageHints) -> Article | Quarantine:
    """The story on a page, or why there is none. Deterministic, no network, no clock; never raises.

    `Article.text` is lines divided by a newline, the headline first when the page has one.
    """
    if len(body) > MAX_BYTES:
        return _quarantine(hints, QuarantineReason.TOO_COMPLEX, f"bytes={len(body)}")
    try:
        return _extract(body, hints)
    except TooComplex as bound:
        return _quarantine(hints, QuarantineReason.TOO_COMPLEX, str(bound))
    except (MemoryError, RecursionError) as error:
        return _quarantine(hints, QuarantineReason.OUT_OF_MEMORY, type(error).__name__)
    except Exception as error:
        return _quarantine(hints, QuarantineReason.EXTRACTOR_ERROR, type(error).__name__)


def visible_text(tree: HtmlElement, url: str | None = None) -> str:
    """The body text of a tree from which hidden parts and furniture are gone; "" when there is none."""
    found = trafilatura.extract(
        tree,
        url=url,
        fast=False,
        include_comments=False,
        include_tables=True,
        include_images=False,
        include_formatting=False,
        include_links=False,
        deduplicate=False,
        output_format="txt",
        with_metadata=False,
    )
    return found or ""


def article_id(text: str) -> str:
    """SHA-256 (hex) of the text in NFC with every run of white space as one space."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode()).hexdigest()


def _extract(body: bytes, hints: PageHints) -> Article | Quarantine:
    html = decode(body, hints.content_type)
    if html.count("\ufffd") > _UNDECODABLE * max(len(html), 1):
        return _quarantine(hints, QuarantineReason.UNDECODABLE, f"replaced={html.count(chr(0xFFFD))}")
    tree = parse(html)
    if tree is None:
        return _quarantine(hints, QuarantineReason.NO_TEXT, "no elements")
    dates = stated_dates(tree)
    stated = tree.xpath("string((//link[translate(@rel,'CANOIL','canoil')='canonical']/@href)[1])")
    author = byline(tree)
    remove_hidden(tree)
    remove_furniture(tree)
    # After the furniture: the dates of readers' comments are not the story's.
    published, rule = published_date(
        tree, url=hints.url, fetched_at=hints.fetched_at, feed_date=hints.feed_date, stated=dates
    )
    title = headline(tree, feed_title=hints.feed_title)
    text = _compose(visible_text(tree), title)
    if len(text) - len(title or "") < MIN_TEXT:
        return _quarantine(hints, QuarantineReason.NO_TEXT, f"characters={len(text)}")
    language, score = detect(text, expected=hints.source_languages)
    return Article(
        id=article_id(text),
        url=hints.url,
        text=text,
        title=title,
        published=published,
        published_rule=rule,
        language=language,
        language_score=round(score, 4),
        canonical_url=canonical_url(hints.url, stated),
        source=hints.source,
        country=hints.source_country,
        author=author,
    )


def _compose(text: str, title: str | None) -> str:
    """The headline's line, then the body's lines; the headline only once."""
    lines = [line for raw in unicodedata.normalize("NFC", text).splitlines() if (line := _line(raw))]
    if title is None:
        return "\n".join(lines)
    key = _key(title)
    return "\n".join([title, *(line for place, line in enumerate(lines) if place > 4 or _key(line) != key)])


def _line(raw: str) -> str:
    """A line of trafilatura's text without the frame of its tables: "| a | b |" as "a | b", "|---|" as nothing."""
    line = " ".join(raw.split())
    if line.startswith("|") and line.endswith("|"):
        cells = [cell for part in line.split("|") if (cell := part.strip()) and cell.strip("-: ")]
        return " | ".join(cells)
    return line


def _key(line: str) -> str:
    return "".join(character for character in line.casefold() if character.isalnum())


def _quarantine(hints: PageHints, reason: QuarantineReason, detail: str) -> Quarantine:
    return Quarantine(url=hints.url, reason=reason, detail=detail)


__all__ = ["article_id", "extract_article", "visible_text"]
