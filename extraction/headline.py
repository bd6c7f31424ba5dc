"""The headline and the byline of a story.

Refuses a site's name for a headline, and a headline that the page does not show.
"""

from __future__ import annotations

import re
import unicodedata

from lxml.html import HtmlElement

from extraction.markup import CONTROLS

_DIVIDER = re.compile(r"\s+[|–—·•»«:-]\s+|\s*[|»«•]\s*")
_MAX = 300


def headline(tree: HtmlElement, feed_title: str | None = None) -> str | None:
    """The story's headline, as the page shows it; None when it shows none.

    `tree` is already without hidden parts. Among visible `h1` (else `h2`) the one that the metadata (`<title>`,
    the feed, `og:title`) also states wins, else a lone `h1`, else `<title>` or the feed's without the site's name.
    """
    tab = [line for text in (_title(tree), feed_title) if text and (line := _line(text))]
    stated = [*tab, *(line for name in ("og:title", "twitter:title") if (line := _line(_meta(tree, name) or "")))]
    shown = _shown(tree, "h1")
    for candidate in (*shown, *_shown(tree, "h2")[:12]):
        if any(_same(candidate, text) for text in stated):
            return candidate
    if len(shown) == 1 and len(_words(shown[0])) >= 3:
        return shown[0]
    for text in tab:  # the browser shows these two; `og:title` only machines
        bare = without_site(text, _meta(tree, "og:site_name"))
        if len(_words(bare)) >= 3:
            return bare
    return None


def byline(tree: HtmlElement) -> str | None:
    """The author that the metadata states in so many words; None otherwise."""
    for name in ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator"):
        value = _line(_meta(tree, name) or "")
        if value and len(value) <= 100 and "://" not in value and "@" not in value:
            return value
    return None


def without_site(title: str, site: str | None = None) -> str:
    """`without_site("Two held over brothel | The Daily Example") == "Two held over brothel"`."""
    parts = [part.strip() for part in _DIVIDER.split(title) if part.strip()]
    if len(parts) < 2:
        return title.strip()
    longest = max(parts, key=len)
    if site and _key(parts[-1]) == _key(site):
        return title[: title.rindex(parts[-1])].rstrip(" |–—·•»«:-")
    # A site's name is short; a headline with a dash in it is long on both sides.
    if len(_words(parts[-1])) <= 5 and len(longest) > len(parts[-1]) * 1.5:
        return title[: title.rindex(parts[-1])].rstrip(" |–—·•»«:-")
    return title.strip()


def _shown(tree: HtmlElement, tag: str) -> list[str]:
    found = (_line(element.text_content()) for element in tree.iter(tag))
    return [text for text in found if 8 <= len(text) <= _MAX]


def _same(shown: str, stated: str) -> bool:
    one, other = _key(shown), _key(stated)
    return len(one) >= 8 and (one in other or (len(other) >= 20 and other in one))


def _meta(tree: HtmlElement, name: str) -> str | None:
    for element in tree.iter("meta"):
        if (element.get("property") or element.get("name") or "").lower() == name:
            return element.get("content") or None
    return None


def _title(tree: HtmlElement) -> str | None:
    element = tree.find(".//head/title")
    return element.text_content() if element is not None else None


def _line(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", CONTROLS.sub("", text)).split())[:_MAX].rstrip()


def _words(text: str) -> list[str]:
    dense = sum(1 for character in text if character >= "\u3040")
    return list(text) if dense * 2 > len(text) else text.split()


def _key(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())
