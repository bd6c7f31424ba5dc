"""How rare a name is: words counted in the corpus, with a prior that knows common names before it has read any.

Refuses to hold a name for rare because the corpus is small.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from config.person_names import load_person_names
from storage.resolution.mention import Mention
from storage.resolution.spelling import initial, skeleton, tokens

EVERYWHERE = 1 / 60
OFTEN = 1 / 250
UNLISTED = 1 / 8_000
"""Tiers of `config/person_names.yml`, as orders of magnitude: Wang is borne by one in 14 in China, Nguyen by one
in 3 in Viet Nam, Garcia by one in 30 in Spain, Smith by one in 120 in the US (Census 2010); over a corpus of many
cultures each is a third to a tenth of that. The surname at rank 1,000 of the US Census stands at one in 9,000."""
INITIAL = 1 / 12
"""The chance that two names begin alike: sum of squares of the letters' shares as initials."""
OWN = 3
"""Groups of a word that do not count: three stories of one person do not make a name common."""
PRIOR_WEIGHT = 2_000  # groups of stories after which the corpus has as much to say as the prior
TOGETHER = 2.0
"""Log-odds that a further word loses: the words of a name go by culture (a Tamang is likelier a Bahadur), and a
corpus has about eight cultures (log 8 = 2.1) that matter at once."""
WORDS = 2.5  # of a name, about
UNIVERSE = 20_000
"""The least number of other persons of whom a name could speak, however few were read: the order of magnitude of
those whom the world prosecutes for trafficking in a year (US TIP reports)."""


class NameCounts(Mapping[str, int]):
    """In how many distinct groups of stories each word of a name was met (`names.tokens` of every accused).

    `total` is the number of groups; where it is not given, that of the words by `WORDS` a name. A word that was
    never met counts 0, and its prior still holds.
    """

    __slots__ = ("_counts", "_shares", "total")

    def __init__(self, counts: Mapping[str, int], total: int | None = None) -> None:
        self._counts = dict(counts)
        self.total = round(sum(self._counts.values()) / WORDS) if total is None else total
        self._shares: dict[str, float] = {}

    @classmethod
    def of(cls, mentions: Iterable[Mention]) -> NameCounts:
        """Counted from mentions: a word counts once in a group."""
        met: dict[str, set[str]] = {}
        groups: set[str] = set()
        for mention in mentions:
            groups.add(mention.group)
            for word in tokens(mention.name):
                met.setdefault(word, set()).add(mention.group)
        return cls({word: len(found) for word, found in met.items()}, len(groups))

    def __getitem__(self, word: str) -> int:
        return self._counts.get(word, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._counts)

    def __len__(self) -> int:
        return len(self._counts)

    @property
    def universe(self) -> int:
        """How many persons a name could speak of."""
        return max(self.total, UNIVERSE)

    def share(self, word: str) -> float:
        """The part of persons whose name has this word, in (0, 1)."""
        share = self._shares.get(word)
        if share is None:
            share = (max(0, self[word] - OWN) + PRIOR_WEIGHT * prior(word)) / (self.total + PRIOR_WEIGHT)
            self._shares[word] = share = min(share, 0.5)
        return share

    def rarity(self, words: Iterable[str]) -> float:
        """Log of one in how many persons bears all these words: about 7 for John Smith, 16 for two rare ones."""
        return sum(sorted((-math.log(self.share(w)) for w in words), reverse=True)) - self._together(words)

    def namesakes(self, words: Iterable[str]) -> float:
        """How many persons of the universe are expected to bear all these words."""
        held = tuple(words)
        return self.universe * math.exp(-max(0.0, self.rarity(held)))

    @staticmethod
    def _together(words: Iterable[str]) -> float:
        return TOGETHER * max(0, sum(1 for _ in words) - 1)


@lru_cache(maxsize=100_000)
def prior(word: str) -> float:
    """The share of a word before anything was read; a transliteration counts as the listed name it stands for."""
    known = load_person_names()
    if initial(word):
        return INITIAL
    if word in known.everywhere:
        return EVERYWHERE
    if word in known.often or word in known.full:
        return OFTEN
    return _skeletons().get(skeleton(word), UNLISTED)


@lru_cache(maxsize=1)
def _skeletons() -> Mapping[str, float]:
    known = load_person_names()
    found = {skeleton(word): OFTEN for word in known.often if len(word) > 3}
    return found | {skeleton(word): EVERYWHERE for word in known.everywhere if len(word) > 3}
