"""Decoded HTML to a tree, within bounds that keep a hostile page from costing seconds or gigabytes.

Refuses pages beyond the bounds before it parses them: `TooComplex` says which bound.
"""

from __future__ import annotations

import math
import re

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from extraction.phrases import compile_bytes

MAX_CHARACTERS = 10 * 1024 * 1024
MAX_TAGS = 60_000
"""The largest of 200 real pages has 12,000 tags; the time of trafilatura grows faster than their number."""
MAX_LINKS = 12_000
MAX_DEPTH = 250
MAX_ATTRIBUTES = 250
"""Attributes of one element: libxml2 compares each with all before it, so 300,000 cost it minutes."""
MAX_ALL_ATTRIBUTES = 300_000
MAX_RUN = 20_000
"""Words in runs without markup (the root of the sum of their squares), for the same reason."""

_LINK = re.compile(r"<a[\s>]", re.IGNORECASE)
_LONG_TAG = re.compile(rb"<[a-zA-Z][^<>]{800,}")
# A run without markup; after a quoted ">" it may still be inside a tag.
_LONG_RUN = re.compile(rb">[^<>]{2000,}")
# re2, since an unclosed <script> a thousand times over costs `re` a square of the page.
_SCRIPT = compile_bytes(rb"(?is)<script\b.*?</script|<style\b.*?</style")
_QUOTED = re.compile(rb"\"[^\"]*\"|'[^']*'")
CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# The same as references ("&#11;", which word processors leave): one of them would cost the whole page its text.
_CONTROL_REFERENCE = re.compile(
    r"&#(?:0*(?:[1-8]|1[124-9]|2\d|3[01]|6553[45])(?!\d)"
    r"|[xX]0*(?:[1-8bcefBCEF]|1[0-9a-fA-F]|[fF]{3}[eEfF])(?![0-9a-fA-F]));?"
)
# Browsers go on in the body after these; libxml2 loses the rest, and adverts paste whole documents into stories.
_ENDS = re.compile(r"</(?:html|body)\b[^<>]*>", re.IGNORECASE)
_DOCTYPE = re.compile(r"^\s*<\?xml[^>]*\?>", re.IGNORECASE)


class TooComplex(Exception):  # noqa: N818 - a verdict on a page, no fault of ours
    """A page beyond a bound; `bound` is its name, `measured` what was found."""

    def __init__(self, bound: str, measured: int) -> None:
        super().__init__(f"{bound}={measured}")
        self.bound = bound
        self.measured = measured


class Budget:
    """Steps that one page may cost in one kind of work; raises TooComplex when they are spent."""

    def __init__(self, bound: str, steps: int) -> None:
        self._bound = bound
        self._steps = steps
        self._left = steps

    def spend(self, steps: int) -> None:
        """Take `steps` off; raises TooComplex."""
        self._left -= steps
        if self._left < 0:
            raise TooComplex(self._bound, self._steps - self._left)


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
    cleaned = _ENDS.sub("", _CONTROL_REFERENCE.sub(" ", CONTROLS.sub("", _DOCTYPE.sub("", html, count=1))))
    if not cleaned.strip():
        return None
    data = cleaned.encode("utf-8")
    _check_attributes(data)
    parser = HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
    try:
        tree = document_fromstring(data, parser=parser, ensure_head_body=True)
    except (etree.ParserError, etree.XMLSyntaxError):
        return None
    _check_depth(tree)
    return tree


def _check_attributes(html: bytes) -> None:
    text = _SCRIPT.sub(b"<", html)
    if (signs := text.count(b"=")) > MAX_ALL_ATTRIBUTES:
        raise TooComplex("all attributes", signs)
    for match in _LONG_TAG.finditer(text):
        attributes = len(_QUOTED.sub(b'"" ', match.group()).split())
        if attributes > MAX_ATTRIBUTES:
            raise TooComplex("attributes", attributes)
    squares = sum(len(match.group().split()) ** 2 for match in _LONG_RUN.finditer(text))
    if squares > MAX_RUN**2:
        raise TooComplex("run of words", math.isqrt(squares))


def _check_depth(tree: HtmlElement) -> None:
    depth = 0
    for event, _ in etree.iterwalk(tree, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > MAX_DEPTH:
            raise TooComplex("depth", depth)
