"""Two names side by side: which words answer each other, what is left over, and whether they can be one person's.

Refuses brothers: where each name has another word at the same place, they are two persons' names.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from rapidfuzz.distance import OSA, JaroWinkler

from config.person_names import load_person_names
from storage.resolution.spelling import ParsedName, initial, parse, skeleton

LONG = 5  # letters from which a word may be mistyped; shorter ones are other names ("Ana", "Ani")
LONGER = 9  # letters from which two signs may be wrong
NEAR = 0.87  # Jaro-Winkler from which two words that do not answer each other leave a doubt, not a contradiction


class Answer(StrEnum):
    """How a word of one name answers a word of the other, surest first."""

    SAME = "same"
    SPELLED = "spelled"  # another romanisation, or the same letters with other gaps
    SHORT = "short"  # Bob for Robert
    TYPED = "typed"  # a sign is wrong
    INITIAL = "initial"


@dataclass(frozen=True, slots=True)
class Likeness:
    """What two names have in common. `words` are those of the left name that are answered, with how.

    `left` and `right` are the positions ("first", "middle", "last") of the words left over on each side. `apart`:
    the names can not be one person's. `near`: words that differ at one place but are alike. `crossed`: the words
    stand in another order. `suffix`: one name has a Jr and the other has none.
    """

    words: tuple[tuple[str, str, Answer], ...]
    left: tuple[str, ...]
    right: tuple[str, ...]
    apart: bool
    near: bool = False
    loose: bool = False
    crossed: bool = False
    suffix: bool = False

    @property
    def sole(self) -> bool:
        """True where both names are one word, and the same."""
        return len(self.words) == 1 and self.whole == 1 and not self.left and not self.right

    @property
    def whole(self) -> int:
        """Answered words that are more than an initial."""
        return sum(max(len(x.split()), len(y.split())) for x, y, how in self.words if how is not Answer.INITIAL)


@lru_cache(maxsize=400_000)
def likeness(left: str, right: str) -> Likeness:
    """The likeness of two names as written. Symmetric but for whose words and leftovers come first."""
    if (right, left) < (left, right):
        return _swapped(likeness(right, left))
    a, b = parse(left), parse(right)
    if not a.words or not b.words:
        return Likeness(words=(), left=(), right=(), apart=True)
    pairs = _pairs(a.words, b.words)
    if _contrary(a, b):
        return Likeness(words=(), left=(), right=(), apart=True)
    return _judged(a, b, pairs)


def _contrary(a: ParsedName, b: ParsedName) -> bool:
    if a.suffix is not None and b.suffix is not None and a.suffix != b.suffix:
        return True
    return a.sex is not None and b.sex is not None and a.sex != b.sex


Spot = tuple[tuple[int, ...], tuple[int, ...], Answer]


def _pairs(a: tuple[str, ...], b: tuple[str, ...]) -> list[Spot]:
    """Which places answer each other: one to one, surest first, nearest first; two words may answer one."""
    found: list[Spot] = []
    free_a, free_b = set(range(len(a))), set(range(len(b)))
    options = [(how, i, j) for i, x in enumerate(a) for j, y in enumerate(b) if (how := answer(x, y)) is not None]
    order = list(Answer)
    sure = [o for o in options if o[0] is Answer.SAME]
    for how, i, j in sorted(sure, key=lambda o: (abs(o[1] - o[2]), o[1], o[2])):
        if i in free_a and j in free_b:
            found.append(((i,), (j,), how))
            free_a.discard(i)
            free_b.discard(j)
    found.extend(_joined(a, b, free_a, free_b))
    rest = [o for o in options if o[0] is not Answer.SAME]
    for how, i, j in sorted(rest, key=lambda o: (order.index(o[0]), abs(o[1] - o[2]), o[1], o[2])):
        if i in free_a and j in free_b:
            found.append(((i,), (j,), how))
            free_a.discard(i)
            free_b.discard(j)
    return found


def _joined(a: tuple[str, ...], b: tuple[str, ...], free_a: set[int], free_b: set[int]) -> list[Spot]:
    """Runs of two or three words that are one word on the other side: "Min Soo" and "Minsoo"."""
    found: list[Spot] = []
    for size in (3, 2):
        for one, other, free_one, free_other, flip in (
            (a, b, free_a, free_b, False),
            (b, a, free_b, free_a, True),
        ):
            for i in range(len(one) - size + 1):
                run = tuple(range(i, i + size))
                if not free_one.issuperset(run):
                    continue
                word = skeleton("".join(one[i : i + size]))
                for j in sorted(free_other):
                    if len(other[j]) > 3 and skeleton(other[j]) == word:
                        found.append(((j,), run, Answer.SPELLED) if flip else (run, (j,), Answer.SPELLED))
                        free_one.difference_update(run)
                        free_other.discard(j)
                        break
    return found


@lru_cache(maxsize=400_000)
def answer(x: str, y: str) -> Answer | None:
    """How two words answer each other; None where they are two names."""
    if x == y:
        return Answer.SAME
    if initial(x) or initial(y):
        return Answer.INITIAL if x[0] == y[0] else None
    known = load_person_names()
    if known.full.get(x, frozenset()) & known.full.get(y, frozenset()):
        both_full = x in known.full.get(x, ()) and y in known.full.get(y, ())
        return None if both_full else Answer.SHORT
    if min(len(x), len(y)) > 3 and skeleton(x) == skeleton(y):
        return Answer.SPELLED
    if known.is_known(x) and known.is_known(y):
        return None
    return Answer.TYPED if _mistyped(x, y) else None


def _mistyped(x: str, y: str) -> bool:
    shorter = min(len(x), len(y))
    if shorter < LONG or x[0] != y[0] or _other_sex(x, y):
        return False
    return OSA.distance(x, y, score_cutoff=2) <= (2 if shorter >= LONGER else 1)


def _other_sex(x: str, y: str) -> bool:
    """Roberto and Roberta, Ivanov and Ivanova, Daniel and Daniela: what differs is a vowel at the end."""
    if len(x) == len(y):
        return x[:-1] == y[:-1] and x[-1] in "aeiou" and y[-1] in "aeiou"
    short, long = sorted((x, y), key=len)
    return len(long) - len(short) <= 2 and long.startswith(short) and long[-1] in "ae" and short[-1] not in "aeiou"


def _judged(a: ParsedName, b: ParsedName, pairs: list[Spot]) -> Likeness:
    pairs = sorted(pairs)
    words = tuple(
        (" ".join(a.words[i] for i in left), " ".join(b.words[j] for j in right), how)
        for left, right, how in pairs
    )
    taken_a = {i for left, _, _ in pairs for i in left}
    taken_b = {j for _, right, _ in pairs for j in right}
    over_a = [i for i in range(len(a.words)) if i not in taken_a]
    over_b = [j for j in range(len(b.words)) if j not in taken_b]
    starts = [right[0] for _, right, _ in pairs]
    crossed = starts != sorted(starts)
    near = apart = loose = False
    if not pairs:
        apart = True
        near = bool(over_a and over_b) and all(
            max(_alike(a.words[i], b.words[j]) for j in over_b) >= NEAR for i in over_a
        )
    elif over_a and over_b:
        clash = _clash(pairs, over_a, over_b, crossed)
        near = bool(clash) and all(_alike(a.words[i], b.words[j]) >= NEAR for i, j in clash)
        apart = bool(clash) and not near
        loose = not clash
    if near and sum(how is not Answer.INITIAL for _, _, how in words) == 0:
        apart = True
    return Likeness(
        words=words,
        left=tuple(_place(i, len(a.words)) for i in over_a),
        right=tuple(_place(j, len(b.words)) for j in over_b),
        apart=apart,
        near=near,
        loose=loose,
        crossed=crossed,
        suffix=(a.suffix is None) != (b.suffix is None),
    )


def _clash(pairs: list[Spot], over_a: list[int], over_b: list[int], crossed: bool) -> list[tuple[int, int]]:
    """Leftovers that stand at the same place between answered words; in another order every two do."""
    if crossed:
        return [(i, j) for i in over_a for j in over_b]
    ends_a = [left[-1] for left, _, _ in pairs]
    ends_b = [right[-1] for _, right, _ in pairs]
    return [(i, j) for i in over_a for j in over_b if sum(e < i for e in ends_a) == sum(e < j for e in ends_b)]


def _alike(x: str, y: str) -> float:
    known = load_person_names()
    if (known.is_known(x) and known.is_known(y)) or min(len(x), len(y)) < LONG or _other_sex(x, y):
        return 0.0
    return JaroWinkler.similarity(x, y)


def _place(i: int, size: int) -> str:
    return "first" if i == 0 else ("last" if i == size - 1 else "middle")


def _swapped(found: Likeness) -> Likeness:
    return Likeness(
        words=tuple((y, x, how) for x, y, how in found.words),
        left=found.right,
        right=found.left,
        apart=found.apart,
        near=found.near,
        loose=found.loose,
        crossed=found.crossed,
        suffix=found.suffix,
    )
