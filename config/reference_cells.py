"""One cell of a reference file: which texts are numbers, names or nothing, and what to say to the rest.

Refuses to read a number into a text: "1,234" and "<5" are told apart, never guessed at.
"""

from __future__ import annotations

import difflib
import re

from babel.core import get_global

from config import codes

NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")
NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
NEGATIVE = re.compile(r"[-\u2212\u2013]\s*[0-9].*")
THOUSANDS = re.compile(r"[0-9]{1,3}(?:[,.'’_\s][0-9]{2,3})*[,.'’_\s][0-9]{3}(?:[.,][0-9]{1,2})?")
DECIMAL_COMMA = re.compile(r"[0-9]+,[0-9]{1,2}")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
NO_FIGURE = frozenset(
    {"-", "--", "–", "—", ".", "..", "...", "…", "?", "n/a", "na", "n.a.", "#n/a", "nil", "none", "null"}
    | {"nan", "inf", "-inf", "infinity", "-infinity", "unknown", "not available", "no data", "missing"}
)
LEAVE_OUT = 'leave the line out: a missing line means "not known", never zero'


def country_remedy(given: str) -> str:
    """The country that was meant where that is sure: by three letters, by number, or by nearly its name."""
    named = {name.casefold(): code for code, name in codes.countries().items()}
    meant = get_global("territory_aliases").get(given.upper(), ())  # NPL, 524, UK
    near = [meant[0].lower()] if len(meant) == 1 else []
    near += [named[name] for name in difflib.get_close_matches(given.casefold(), named, n=1, cutoff=0.8)]
    known = next((code for code in near if code in codes.countries()), None)
    if known is not None:
        return f"did you mean {known} ({codes.countries()[known]})?"
    return "write two letters of ISO 3166-1, as in np; a region is no country"


def no_number(given: str) -> tuple[str, str]:
    """Problem and remedy of a value that is no number."""
    shown = quoted(given)
    if given.lower() in NO_FIGURE:
        return f"{shown} is no number", LEAVE_OUT
    if NEGATIVE.fullmatch(given):
        return f"{shown} is negative", "a figure is 0 or more: correct it, or leave the line out"
    if DECIMAL_COMMA.fullmatch(given):
        return f"{shown} has a comma", f"write {given.replace(',', '.')}"
    if THOUSANDS.fullmatch(given):
        whole = re.sub(r"[.,][0-9]{1,2}$", lambda end: f".{end[0][1:]}", given)
        head, point, cents = whole.rpartition(".") if re.search(r"\.[0-9]{1,2}$", whole) else (whole, "", "")
        return f"{shown} has a thousands separator", f"write {re.sub(r'[^0-9]', '', head)}{point}{cents}"
    if any(char.isdigit() for char in given):
        return f"{shown} is no number", "digits alone, as in 1234 or 63.3; a text such as <5 belongs in value_text"
    return f"{shown} is no number", LEAVE_OUT


def one_typo(given: str, known: str) -> bool:
    """True when one letter more, less or other, or two neighbours swapped, parts the two (or nothing does)."""
    start = _shared(given, known)
    left, right = given[start:], known[start:]
    end = _shared(left[::-1], right[::-1])
    left, right = left[: len(left) - end], right[: len(right) - end]
    return max(len(left), len(right)) <= 1 or (len(left) == 2 and left == right[::-1])


def _shared(left: str, right: str) -> int:
    """How many letters two words begin with alike."""
    return next(
        (n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right))
    )


def quoted(given: str) -> str:
    """A cell as a message shows it: short, and nothing that a terminal obeys."""
    shown = "".join(char if char.isprintable() else "\ufffd" for char in given)
    return f'"{shown}"' if len(shown) <= 40 else f'"{shown[:37]}…"'
