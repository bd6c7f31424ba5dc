"""When two names mean one person, as the gold's guidelines count it.

Refuses near misses: one shared word is nobody, and spelling is not forgiven.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

TITLES = frozenset(
    ["mr", "mrs", "ms", "miss", "dr", "judge", "justice", "sir", "jr", "sr", "ii", "iii", "iv", "pastor", "capt"]
)
_WORD = re.compile(r"\w+")


def tokens(name: str) -> list[str]:
    """Folded words of a name, without accents, titles and suffixes: `Dr. José Ruiz Jr.` is `jose ruiz`."""
    flat = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    return [word for word in _WORD.findall(flat) if word not in TITLES]


def same_person(left: Iterable[str], right: Iterable[str]) -> bool:
    """Equal words, the same letters in a row, or one name within the other with two shared words."""
    rights = [tokens(name) for name in right]
    return any(_agree(one, other) for one in map(tokens, left) for other in rights)


def _agree(one: list[str], other: list[str]) -> bool:
    if not one or not other:
        return False
    if one == other or "".join(one) == "".join(other):
        return True
    a, b = set(one), set(other)
    return (a <= b or b <= a) and len(a & b) >= 2


def forms(person: Mapping[str, Any]) -> list[str]:
    """Name and aliases of a person as the JSON lines of gold and predictions have them."""
    return [person["name"], *person.get("aliases", ())]
