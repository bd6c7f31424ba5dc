"""Which accused of a new reading is which mention of the readings before: pure, one to one.

Refuses a guess between two names that are merely alike: a mention that a human decided on would stand for another.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from storage.masking import name_key
from storage.resolution.names import tokens

ALIKE = 0.89
"""The least likeness of two forms of one name: "Bikram Rai" and "Vikram Rai" have 0.90, "Amit Shah" and
"Ajit Shah" 0.888. In one text, after all equal names are taken away, a spelling is what is mostly left."""
PART = 0.90
"""Likeness of a single word to a name that has it ("Tamang", "Ram Tamang")."""
SHORTER = 0.95
"""Likeness of two words or more to a longer name that has them all."""
LEAST_WORD = 3
"""Letters that a single word must have: initials fit everybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """An accused of the new reading. `id` is the one that it gets when no mention is it."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A mention of earlier readings. `names` are the main ones: the machine's, the reviewed one, the human's."""

    id: str
    names: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    decided: bool = False  # a human spoke of it: it has the first choice


def mention_id(article_id: str, name: str, occurrence: int) -> str:
    """The id of a mention: text, name without case and spacing, and the how manieth of that name in it."""
    return hashlib.sha256(f"{article_id}\n{name_key(name)}\n{occurrence}".encode()).hexdigest()[:20]


def named(article_id: str, people: Iterable[tuple[str, tuple[str, ...]]]) -> list[Named]:
    """The accused of one reading, by (name, aliases) in its order, with the ids that they would get."""
    met: Counter[str] = Counter()
    found = []
    for name, aliases in people:
        key = name_key(name)
        met[key] += 1
        found.append(Named(id=mention_id(article_id, name, met[key]), name=name, aliases=aliases))
    return found


def align(new: Sequence[Named], old: Sequence[Held]) -> list[str | None]:
    """The mention that each of the new ones is, in their order; None for somebody new.

    Equal ids go first, then equal names, then a name that is the other's alias, then the likest; in each of the
    first three what a human decided on chooses before the rest, so that a rejected name does not come in again
    beside a mention that nobody has seen.

    >>> align([Named(id="1", name="Ram Tamang")], [Held(id="9", names=("Ram Bahadur Tamang",))])
    ['9']
    """
    if not new or not old:
        return [None] * len(new)
    found: list[str | None] = [None] * len(new)
    free = {one.id: one for one in sorted(old, key=lambda one: one.id)}

    def take(fits: Callable[[Named, Held], bool], decided: bool) -> None:
        for place, one in enumerate(new):
            if found[place] is None:
                held = next((h for h in free.values() if h.decided is decided and fits(one, h)), None)
                if held is not None:
                    found[place] = held.id
                    del free[held.id]

    for decided in (True, False):
        for fits in (_equal_id, _equal_name, _is_alias):
            take(fits, decided)
    _take_likest(new, free, found)
    take(lambda one, held: one.id == held.id, False)  # it drifted away and came back
    return found


def _equal_id(one: Named, held: Held) -> bool:
    return one.id == held.id and any(likeness(one.name, name) >= ALIKE for name in held.names)


def _equal_name(one: Named, held: Held) -> bool:
    return name_key(one.name) in set(map(name_key, held.names))


def _is_alias(one: Named, held: Held) -> bool:
    """One's name is a further form of the other. Two shared aliases are not enough: a family has one name."""
    main, others = set(map(name_key, held.names)), set(map(name_key, held.aliases))
    return name_key(one.name) in others or not main.isdisjoint(map(name_key, one.aliases))


def _take_likest(new: Sequence[Named], free: dict[str, Held], found: list[str | None]) -> None:
    left = [place for place, one in enumerate(found) if one is None]
    pairs = [
        (-likest, not held.decided, held.id, place)
        for place in left
        for held in free.values()
        if (likest := max((likeness(new[place].name, name) for name in held.names), default=0.0)) >= ALIKE
    ]
    for _, _, held_id, place in sorted(pairs):
        if found[place] is None and held_id in free:
            found[place] = held_id
            del free[held_id]


def likeness(one: str, other: str) -> float:
    """0 to 1: how much two forms of a name look like one person's, within one text."""
    left, right = tokens(one), tokens(other)
    if not left or not right:
        return 0.0
    less, more = sorted((set(left), set(right)), key=len)
    if less == more:
        return 1.0
    if less < more:
        if len(less) > 1:
            return SHORTER
        return PART if len(min(less)) >= LEAST_WORD else 0.0
    one, other = " ".join(left), " ".join(right)
    return max(fuzz.ratio(one, other), fuzz.token_sort_ratio(one, other)) / 100
