"""Takes out of a page's tree what a reader's browser would not show.

Refuses to trust text that nobody can see: somebody may have planted a name there.
"""

from __future__ import annotations

import re
from functools import cached_property

from lxml.html import HtmlElement

from extraction.markup import Budget
from extraction.stylesheet import (
    Declarations,
    Place,
    Stylesheet,
    alike,
    background,
    colour,
    declared,
    hides,
    place_of,
)

# Elements whose text no browser shows as text of the page (or only in another form, or without scripts).
UNSHOWN = frozenset(
    (
        "script", "style", "template", "noembed", "noframes", "iframe", "object", "embed",
        "applet", "audio", "video", "canvas", "svg", "math", "map", "textarea", "select", "datalist",
        "option", "xmp", "plaintext", "param", "source", "track", "rp", "portal",
        "fencedframe",
    )
)  # fmt: skip
_NO_STORY = UNSHOWN | {"a", "title"}
_KEPT = frozenset({"html", "body", "head", "title", "meta", "link", "base"})
_ARIA_EXEMPT = frozenset({"html", "body", "main", "article"})

# Class names that the common frameworks define as "not shown": Bootstrap, Tailwind, WordPress, Drupal, Foundation.
HIDDEN_CLASSES = frozenset(
    (
        "hidden", "hide", "d-none", "invisible", "sr-only", "visually-hidden", "visuallyhidden",
        "visually_hidden", "screen-reader-text", "screen-reader", "screenreader", "screen-reader-only",
        "sr-text", "element-invisible", "element-hidden", "is-hidden", "u-hidden", "ishidden", "js-hidden",
        "js-hide", "display-none", "displaynone", "hide-text", "offscreen", "off-screen", "u-visually-hidden",
        "is-visually-hidden", "is-sr-only", "show-for-sr", "a11y-hidden", "a11y-only", "assistive-text",
        "accessibility-hidden", "clip-text", "noshow", "no-show", "hidden-text", "hiddentext", "uk-hidden",
        "ui-hidden-accessible", "cdk-visually-hidden", "elementor-screen-only", "hidden-accessible",
        "mw-empty-elt",
    )
)  # fmt: skip
MAX_VISITS = 300_000
"""Paragraphs counted, again for every element in question, that one page may cost."""
MAX_TEXT_VISITS = 1_000_000
"""The same for elements whose text is measured."""
_LOADING, _MUCH = 0.9, 0.3
"""Shares of the page's paragraphs and of all its text outside links: a story may have no paragraphs at all."""
_SHOWN_WIDE = re.compile(
    r"^(?:(?:sm|md|lg|xl|2xl)[:-](?:block|flex|grid|inline|table|contents|visible)|d-(?:sm|md|lg|xl|xxl)-)"
)
_HIDING_STYLE = re.compile(
    r"none|hidden|collapse|opacity|font|indent|left|right|top|bottom|margin|transform|clip|color|height|"
    r"width|background|z-index"
)


def remove_hidden(tree: HtmlElement) -> int:
    """Remove every hidden element from `tree` in place; returns how many. Text after an element stays.

    Hidden are: what HTML never shows, `hidden`, `aria-hidden`, closed `dialog` and `details` (but its summary),
    popovers, framework classes, and what inline styles or simple `<style>` rules hide by any of the usual ways.
    A style, `noscript` or `aria-hidden` around more than nine tenths of the page's paragraphs is its loading state
    (critical CSS, a fade-in) and is not believed; what it holds is looked at piece by piece.
    """
    sheets = [css for one in tree.iter("style") if _for_screen(one) and (css := (one.text or "").strip())]
    sheet = Stylesheet(*sheets) if sheets else None
    page = _Page(tree)
    doomed: list[HtmlElement] = []
    # (element, its parent's place, colour and background that it inherits; None: nobody said, so white paper)
    stack: list[tuple[HtmlElement, Place | None, str | None, str | None]] = [(tree, None, None, None)]
    while stack:
        element, parent, ink, ground = stack.pop()
        if not isinstance(element.tag, str):
            continue
        place = place_of(element, parent)
        style = _style(element, place, sheet)
        if style:
            ink, ground = colour(style.get("color")) or ink, background(style) or ground
        if element.tag not in _KEPT:
            # Each of these may be around a whole page: a loading state, an open dialogue before it.
            doubtful = _is_doubtful(element) or (bool(style) and _is_hidden(style, ink, ground))
            if _is_unshown(element) or (doubtful and not page.is_within(element)):
                doomed.append(element)
                continue
        stack.extend((child, place, ink, ground) for child in element)
    for element in doomed:
        drop(element)
    return len(doomed)


class _Page:
    """How much a page says, to tell its loading state from a piece of it that is hidden."""

    def __init__(self, tree: HtmlElement) -> None:
        self._paragraphs = Budget("hidden elements", MAX_VISITS)
        self._elements = Budget("hidden text", MAX_TEXT_VISITS)
        self._tree, self._prose = tree, prose(tree, self._paragraphs)

    @cached_property
    def _text(self) -> int:
        return self._size(self._tree)

    def is_within(self, element: HtmlElement) -> bool:
        """Whether the page's story, paragraphs and text, stands in this element."""
        return (
            self._prose > 0
            and prose(element, self._paragraphs) > _LOADING * self._prose
            and self._size(element) > _MUCH * self._text
        )

    def _size(self, element: HtmlElement) -> int:
        """Characters of an element's text outside links and of what HTML never shows."""
        total = visits = 0
        for one in element.iter():
            visits += 1
            if isinstance(one.tag, str) and one.tag not in _NO_STORY:
                total += len((one.text or "").strip())
            if one is not element:
                total += len((one.tail or "").strip())
        self._elements.spend(visits)
        return total


def prose(element: HtmlElement, budget: Budget) -> int:
    """Characters in paragraphs: the measure of how much of the page's story an element holds."""
    total = visits = 0
    for paragraph in element.iter("p"):
        total += len("".join(paragraph.itertext()))
        visits += 1
    budget.spend(visits)
    return total


def drop(element: HtmlElement) -> None:
    """Remove one element and what is in it; the text after it stays, a space takes its place."""
    parent = element.getparent()
    if parent is None:
        return
    tail = f" {element.tail}" if element.tail else " "
    previous = element.getprevious()
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _style(element: HtmlElement, place: Place, sheet: Stylesheet | None) -> dict[str, str]:
    style = sheet.declarations(place) if sheet is not None else {}
    inline = element.get("style")
    if inline and _HIDING_STYLE.search(inline.lower()):
        own = declared(inline)
        for name, value in own.items():
            if not style.get(name, "").endswith("!important") or value.endswith("!important"):
                style[name] = value
    if element.tag == "font" and element.get("color"):
        style.setdefault("color", element.get("color").strip().lower())
    if element.get("bgcolor"):
        style.setdefault("background-color", element.get("bgcolor").strip().lower())
    return style


def _is_hidden(style: Declarations, ink: str | None, ground: str | None) -> bool:
    if hides(style):
        return True
    # Text in the colour of its ground. Where no ground was stated the paper is white; over a picture nobody knows.
    return "color" in style and ink is not None and ground != "picture" and alike(ink, ground or "ffffff")


def _is_doubtful(element: HtmlElement) -> bool:
    if element.tag == "noscript":
        return True
    return (element.get("aria-hidden") or "").strip().lower() == "true" and element.tag not in _ARIA_EXEMPT


def _is_unshown(element: HtmlElement) -> bool:
    tag = element.tag
    if tag in UNSHOWN or element.get("hidden") is not None or element.get("popover") is not None:
        return True
    if tag == "input" or (tag == "dialog" and element.get("open") is None):
        return True
    parent = element.getparent()
    if parent is not None and parent.tag == "details" and parent.get("open") is None and tag != "summary":
        return True
    classes = element.get("class")
    if not classes:
        return False
    names = classes.lower().split()
    return any(name in HIDDEN_CLASSES for name in names) and not any(_SHOWN_WIDE.match(name) for name in names)


def _for_screen(style: HtmlElement) -> bool:
    media = (style.get("media") or "all").lower()
    parent = style.getparent()
    return (
        media.strip() in ("all", "screen", "only screen", "")
        and parent is not None
        and parent.tag not in UNSHOWN | {"noscript"}
    )
