"""Decoded HTML to a tree, within bounds that keep a hostile page from costing seconds or gigabytes.

Refuses pages beyond the bounds before it parses them: `TooComplex` says which bound.
"""

from __future__ import annotations

import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

MAX_CHARACTERS = 10 * 1024 * 1024
MAX_TAGS = 60_000
"""The largest of 200 real pages has 12,000 tags; the time of trafilatura grows faster than their number."""
MAX_LINKS = 12_000
MAX_DEPTH = 250
MAX_ATTRIBUTE = 200_000
MAX_TEXT_IN_BLOCK = 1_000_000

_LINK = re.compile(r"<a[\s>]", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_DOCTYPE = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)


class TooComplex(Exception):  # noqa: N818 - a verdict on a page, no fault of ours
    """A page beyond a bound; `bound` is its name, `measured` what was found."""

    def __init__(self, bound: str, measured: int) -> None:
        super().__init__(f"{bound}={measured}")
        self.bound = bound
        self.measured = measured


def parse(html: str) -> HtmlElement | None:
    """The tree of a page without comments and processing instructions; None where there is no element.

    Raises TooComplex. Linear in time: the counts come before the parser, depth is bounded after it.
    """
    for bound, measured, limit in (
        ("characters", len(html), MAX_CHARACTERS),
        ("tags", html.count("<"), MAX_TAGS),
        ("links", sum(1 for _ in _LINK.finditer(html)), MAX_LINKS),
    ):
        if measured > limit:
            raise TooComplex(bound, measured)
    cleaned = _CONTROLS.sub("", _DOCTYPE.sub("", html, count=1))
    if not cleaned.strip():
        return None
    parser = HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    try:
        tree = document_fromstring(cleaned.encode("utf-8"), parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    _check_depth(tree)
    return tree


def _check_depth(tree: HtmlElement) -> None:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise TooComplex("depth", depth)
