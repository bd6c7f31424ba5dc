"""Just enough CSS to know what a browser would not show: inline styles and simple rules of `<style>` blocks.

Refuses layout: pseudo-classes, sizes of screens, scripts and external sheets are beyond it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from lxml.html import HtmlElement

from extraction.markup import Budget

Declarations = Mapping[str, str]

MAX_CSS = 600_000
MAX_RULES = 6_000
MAX_TESTS = 500_000
"""Tests of a rule on an element that one page may cost; the most of 200 real pages is under 100,000."""
_MAX_NESTING = 4

_BRACE = re.compile(r"[{}]")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)  # an open one reaches to the end, as in browsers
_NUMBER = r"(?:\d+(?:\.\d+)?|\.\d+)"  # one way to read a run of digits: `\d*\.?\d+` has a square of them
_LENGTH = re.compile(rf"^(-?{_NUMBER})(px|r?em|ex|ch|pt|pc|cm|mm|in|v[wh]|vmin|vmax|%)?$")
_PIXELS = {
    "px": 1.0, "em": 16.0, "rem": 16.0, "ex": 8.0, "ch": 8.0, "pt": 1.33, "pc": 16.0, "cm": 37.8, "mm": 3.78,
    "in": 96.0, "vw": 12.8, "vh": 8.0, "vmin": 8.0, "vmax": 12.8, "%": 10.0,
}  # fmt: skip
_NUMBERS = re.compile(r"-?\d*\.?\d+(?:px|r?em|pt|v[wh]|%)?")
_COMPOUND = re.compile(r"^(?P<tag>\*|[a-z][a-z0-9-]*)?(?P<rest>(?:[.#][\w-]+|\[hidden\])*)$", re.IGNORECASE)
_PART = re.compile(r"([.#])([\w-]+)")
_COMBINATOR = re.compile(r"\s*>\s*|\s+")
_MEDIA_ALWAYS = re.compile(r"^@(?:media\s+(?:only\s+)?(?:all|screen)\s*$|layer\b|supports\b)", re.IGNORECASE)
_WANTED = frozenset(
    (
        "display", "visibility", "opacity", "font", "font-size", "text-indent", "position", "left", "right",
        "top", "bottom", "margin", "margin-left", "margin-top", "transform", "clip", "clip-path", "height",
        "width", "max-height", "max-width", "overflow", "overflow-x", "overflow-y", "color", "background",
        "background-color", "background-image", "content-visibility", "filter", "z-index", "line-height",
        "-webkit-text-fill-color", "background-clip", "-webkit-background-clip",
    )
)  # fmt: skip
_NAMED = {
    "white": "ffffff",
    "black": "000000",
    "snow": "fffafa",
    "ivory": "fffff0",
    "red": "ff0000",
    "blue": "0000ff",
}
_NO_CLASSES: frozenset[str] = frozenset()
_FAR = 500.0  # pixels beyond which a box is off every screen it was shifted from
_INDENT = 200.0


class Place(NamedTuple):
    """An element as selectors see it, with the place of its parent; cheaper than asking the tree each time."""

    tag: str
    id: str | None
    classes: frozenset[str]
    hidden: bool
    parent: Place | None


def place_of(element: HtmlElement, parent: Place | None) -> Place:
    """The place of one element below `parent`."""
    classes = element.get("class")
    return Place(
        element.tag,
        element.get("id"),
        frozenset(classes.split()) if classes else _NO_CLASSES,
        element.get("hidden") is not None,
        parent,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Compound:
    tag: str | None
    classes: frozenset[str]
    id: str | None
    hidden: bool

    def matches(self, place: Place) -> bool:
        return (
            (self.tag is None or place.tag == self.tag)
            and (self.id is None or place.id == self.id)
            and (not self.hidden or place.hidden)
            and self.classes <= place.classes
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Rule:
    chain: tuple[tuple[str, _Compound], ...]  # (combinator before it, compound), left to right
    specificity: tuple[int, int, int]
    order: int
    declarations: Declarations

    def matches(self, place: Place) -> bool:
        return self.chain[-1][1].matches(place) and _ancestors_match(self.chain, len(self.chain) - 1, place)


def _ancestors_match(chain: tuple[tuple[str, _Compound], ...], link: int, place: Place) -> bool:
    if link == 0:
        return True
    combinator, compound = chain[link][0], chain[link - 1][1]
    parent = place.parent
    if combinator == ">":
        return parent is not None and compound.matches(parent) and _ancestors_match(chain, link - 1, parent)
    while parent is not None:
        if compound.matches(parent):  # the nearest is as good as any but in contrived chains
            return _ancestors_match(chain, link - 1, parent)
        parent = parent.parent
    return False


class Stylesheet:
    """The rules of a page's `<style>` blocks that may hide something or undo it."""

    def __init__(self, *sheets: str) -> None:
        self._budget = Budget("style rules", MAX_TESTS)
        self._by_class: dict[str, list[_Rule]] = {}
        self._by_id: dict[str, list[_Rule]] = {}
        self._by_tag: dict[str, list[_Rule]] = {}
        for order, (selector, block) in enumerate(_all_rules(sheets)):
            if order >= MAX_RULES:
                break
            declarations = declared(block)
            if declarations:
                for one in selector.split(","):
                    self._add(one.strip(), declarations, order)

    def declarations(self, place: Place) -> dict[str, str]:
        """What the rules say of one element; of two rules the more specific, then the later wins."""
        rules = [*self._by_tag.get(place.tag, ()), *self._by_tag.get("*", ())]
        for name in place.classes:
            rules += self._by_class.get(name, ())
        if place.id is not None:
            rules += self._by_id.get(place.id, ())
        if not rules:
            return {}
        self._budget.spend(sum(len(rule.chain) for rule in rules))
        merged: dict[str, str] = {}
        important: dict[str, str] = {}
        for rule in sorted((rule for rule in rules if rule.matches(place)), key=_weight):
            for name, value in rule.declarations.items():
                (important if value.endswith("!important") else merged)[name] = value
        return merged | important

    def _add(self, selector: str, declarations: Declarations, order: int) -> None:
        chain: list[tuple[str, _Compound]] = []
        parts = _COMBINATOR.split(selector)
        marks = ["", *(mark.strip() for mark in _COMBINATOR.findall(selector))]
        ids = classes = tags = 0
        for mark, part in zip(marks, parts, strict=False):
            match = _COMPOUND.match(part)
            if match is None or not part:
                return
            found = _PART.findall(match["rest"])
            tag = match["tag"].lower() if match["tag"] and match["tag"] != "*" else None
            identifier = next((name for sign, name in found if sign == "#"), None)
            names = frozenset(name for sign, name in found if sign == ".")
            hidden = "[hidden]" in match["rest"].lower()
            chain.append((mark, _Compound(tag=tag, classes=names, id=identifier, hidden=hidden)))
            ids += identifier is not None
            classes += len(names) + hidden
            tags += tag is not None
        if not chain:
            return
        rule = _Rule(chain=tuple(chain), specificity=(ids, classes, tags), order=order, declarations=declarations)
        last = chain[-1][1]
        if last.id is not None:
            self._by_id.setdefault(last.id, []).append(rule)
        elif last.classes:
            self._by_class.setdefault(min(last.classes), []).append(rule)
        else:
            self._by_tag.setdefault(last.tag or "*", []).append(rule)


def _weight(rule: _Rule) -> tuple[tuple[int, int, int], int]:
    return rule.specificity, rule.order


def _all_rules(sheets: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The rules of every block in turn: what one leaves open (a comment, a brace) ends with it, as in browsers."""
    left = MAX_CSS
    for css in sheets:
        yield from _rules(css[:left])
        left -= min(left, len(css))


def _rules(css: str, nesting: int = 0) -> Iterator[tuple[str, str]]:
    """(selector, block) of every rule that always applies."""
    text = _COMMENT.sub(" ", css).replace("<!--", " ").replace("-->", " ")
    place = 0
    while (start := text.find("{", place)) >= 0:
        selector = text[place:start].rpartition(";")[2].strip()
        end = _closing(text, start)
        block = text[start + 1 : end]
        if selector.startswith("@"):
            if nesting < _MAX_NESTING and _MEDIA_ALWAYS.match(selector) and "{" in block:
                yield from _rules(block, nesting + 1)
        elif selector and "{" not in block:
            yield selector, block
        place = end + 1


def _closing(text: str, start: int) -> int:
    depth, place = 0, start
    for match in _BRACE.finditer(text, start):
        depth += 1 if match.group() == "{" else -1
        place = match.start()
        if depth == 0:
            return place
    return len(text)


def declared(block: str) -> dict[str, str]:
    """The declarations of a block that matter here, names and values in lower case."""
    found: dict[str, str] = {}
    for declaration in block.split(";"):
        name, colon, value = declaration.partition(":")
        name = name.strip().lower()
        if colon and name in _WANTED:
            found[name] = " ".join(value.lower().split()).replace("! important", "!important")
    return found


def hides(declarations: Declarations) -> bool:
    """True when an element with these declarations shows none of its text, whatever is around it."""
    style = {name: value.removesuffix("!important").strip() for name, value in declarations.items()}
    return (
        style.get("display") == "none"
        or style.get("visibility") in ("hidden", "collapse")
        or style.get("content-visibility") == "hidden"
        or _faint(style)
        or _tiny(style)
        or _shifted(style)
        or _clipped(style)
        or _colourless(style)
    )


def colour(value: str | None) -> str | None:  # noqa: PLR0911 - one return a notation
    """Six hexadecimal digits, "transparent", or None for what is no plain colour."""
    if value is None:
        return None
    value = value.removesuffix("!important").strip()
    if value in _NAMED:
        return _NAMED[value]
    if value == "transparent":
        return value
    if re.fullmatch(r"#[0-9a-f]{3,4}", value):
        return "transparent" if value[4:] == "0" else "".join(digit * 2 for digit in value[1:4])
    if re.fullmatch(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?", value):
        return "transparent" if value[7:] == "00" else value[1:7]
    if value.startswith(("rgb(", "rgba(")):
        numbers = re.findall(r"\d*\.?\d+%?", value)
        if len(numbers) == 4 and _ratio(numbers[3]) <= 0.05:
            return "transparent"
        if len(numbers) in (3, 4) and not any("%" in number for number in numbers[:3]):
            return "".join(f"{int(min(255.0, float(number))):02x}" for number in numbers[:3])
    if re.match(r"hsla?\(", value) and re.search(
        r"\b100%\s*(?:[,/)]|$)", value.split(",")[-1] if "," in value else value
    ):
        return "ffffff"
    return None


def alike(one: str, other: str) -> bool:
    """True for two colours that no eye tells apart (a distance of at most 24 in 255 on every channel)."""
    if len(one) != 6 or len(other) != 6:
        return one == other
    return all(abs(int(one[at : at + 2], 16) - int(other[at : at + 2], 16)) <= 24 for at in (0, 2, 4))


def background(declarations: Declarations) -> str | None:
    """The background's colour; "picture" where there is an image or gradient, None where nothing is said."""
    image = declarations.get("background-image", "")
    shorthand = declarations.get("background", "")
    if "url(" in image + shorthand or "gradient(" in image + shorthand:
        return "picture"
    stated = colour(declarations.get("background-color"))
    if stated is None and shorthand:
        stated = next((found for word in _words(shorthand) if (found := colour(word)) is not None), None)
    return None if stated == "transparent" else stated


def _words(value: str) -> list[str]:
    return re.findall(r"[\w#.-]+\([^()]*\)|[^\s]+", value)


def _pixels(value: str | None) -> float | None:
    match = _LENGTH.match((value or "").strip())
    if match is None:
        return None
    return float(match.group(1)) * _PIXELS[match.group(2) or "px"]


def _ratio(value: str) -> float:
    try:
        return float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        return 1.0


def _faint(style: Mapping[str, str]) -> bool:
    if "opacity" in style and _ratio(style["opacity"]) <= 0.1:
        return True
    match = re.search(rf"opacity\(\s*({_NUMBER}%?)\s*\)", style.get("filter", ""))
    return match is not None and _ratio(match.group(1)) <= 0.1


def _tiny(style: Mapping[str, str]) -> bool:
    value = style.get("font-size")
    if value is not None and value.endswith("%"):
        return _ratio(value) <= 0.1
    size = _pixels(value)
    if size is None and (
        short := re.match(rf"(?:[a-z]+\s+)*({_NUMBER}(?:px|r?em|pt)?)(?:/|\s)", style.get("font", ""))
    ):
        size = _pixels(short.group(1))
    return size is not None and size <= 2


def _shifted(style: Mapping[str, str]) -> bool:
    indent = _pixels(style.get("text-indent"))
    if indent is not None and (indent <= -_INDENT or indent >= 2_000):
        return True
    placed = style.get("position") in ("absolute", "fixed", "relative", "sticky")
    sides = ("left", "right", "top", "bottom") if placed else ()
    shifts = [_pixels(style.get(side)) for side in (*sides, "margin-left", "margin-top")]
    shifts += [_pixels(word) for word in style.get("margin", "").split()]
    if any(shift is not None and (shift <= -_FAR or shift >= 20 * _FAR) for shift in shifts):
        return True
    z_index = style.get("z-index", "")
    if placed and style["position"] in ("absolute", "fixed") and re.fullmatch(r"-\d+", z_index):
        return True
    transform = style.get("transform", "")
    if re.search(r"scale[xy3d]*\(\s*(?:0+(?:\.0*)?|\.0+)?\s*[,)]", transform):
        return True
    if "translate" in transform:
        moves = (_pixels(number) for number in _NUMBERS.findall(transform))
        return any(move is not None and abs(move) >= _FAR * (2 if "%" in transform else 1) for move in moves)
    return False


def _clipped(style: Mapping[str, str]) -> bool:
    clip = style.get("clip", "")
    if clip.startswith("rect(") and all(abs(_pixels(number) or 0) <= 1 for number in _NUMBERS.findall(clip)):
        return "auto" not in clip
    path = style.get("clip-path", "")
    if path.startswith("inset(") and any(_ratio(n) >= 0.5 for n in re.findall(r"(?<!\d)\d+%", path)):
        return True
    if re.match(
        r"circle\(\s*0|ellipse\(\s*0|polygon\(\s*(?:0(?:px|%)?\s+0(?:px|%)?(?:\s*,\s*|\s+|(?=\))))+\)", path
    ):
        return True
    cut = {style.get(name, "").split(" ")[0] for name in ("overflow", "overflow-x", "overflow-y")}
    if not cut & {"hidden", "clip"}:
        return False
    boxes = (_pixels(style.get(name)) for name in ("height", "width", "max-height", "max-width", "line-height"))
    return any(box is not None and box <= 2 for box in boxes) and style.get("line-height") != "1"


def _colourless(style: Mapping[str, str]) -> bool:
    if "text" in (style.get("background-clip", "") + style.get("-webkit-background-clip", "")):
        return False  # text cut out of a coloured ground
    if colour(style.get("-webkit-text-fill-color")) == "transparent":
        return True
    own = colour(style.get("color"))
    if own is None:
        return False
    ground = background(style)
    return own == "transparent" or (ground is not None and alike(own, ground))
