"""Who of a feed may be meant by a name: few enough to be compared one by one, whatever the script or spelling.

Refuses to judge: it estimates what `LogicV2` will say, and leaves nobody out whom that would show, as far as
`tests/feed/test_feed_search.py` measures it.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

Floats = np.ndarray[Any, np.dtype[np.float32]]
Ints = np.ndarray[Any, np.dtype[np.int32]]

NEAR = 0.6
"""Words are near from this share of letters in common on (Levenshtein, normalised). LogicV2 asks for more."""
SAME_NAME = 0.9
"""What LogicV2 gives two words that Wikidata has as forms of one name ("Yusuf", "يوسف")."""
EXTRA_QUERY, EXTRA_RESULT = 0.8, 0.2
"""What LogicV2 gives words of the query, and of the entity, that have no counterpart (its defaults)."""
NOBODY: Ints = np.empty(0, dtype=np.int32)
NAMING = ("NAME", "NICK")
"""Kinds of symbols that stand for words of a name; an initial or "Ltd" alone leads nowhere."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Word:
    """A word of an analysed name: how it is compared, and the names of Wikidata that it may be."""

    text: str
    symbols: frozenset[str]


def analysed(names: Sequence[str], kind: str, *, query: bool = False) -> Iterator[tuple[Word, ...]]:
    """Names as LogicV2 takes them apart, titles and accents off. `kind` is PER, ORG or ENT (rigour's tags)."""
    rigour = import_module("rigour.names")
    tag = getattr(rigour.NameTypeTag, kind)
    found = rigour.analyze_names(
        tag, list(names), infer_initials=query, phonetics=False, numerics=False, consolidate=False
    )
    for name in sorted(found, key=lambda one: str(one.comparable)):
        symbols: dict[int, set[str]] = {}
        for span in name.spans:
            if span.symbol.category.value in NAMING:
                for part in span.parts:
                    symbols.setdefault(part.index, set()).add(span.symbol.id)
        yield tuple(
            Word(text=part.comparable, symbols=frozenset(symbols.get(part.index, ())))
            for part in name.parts
            if part.comparable
        )


class Names:
    """The names of a feed by their words. Threads may share it. Entities are numbers, in the order of adding."""

    def __init__(self, entities: Iterable[Iterable[tuple[Word, ...]]]) -> None:
        self._owner, self._length, postings = array("i"), array("i"), _Postings()
        sizes = array("i")
        for number, names in enumerate(entities):
            sizes.append(0)
            for name in names:
                if not name:
                    continue
                for k, word in enumerate(name):
                    postings.add(word.text, len(self._owner), word.symbols)
                    if k:  # "Al Hassan" is looked for as "Alhassan" too
                        postings.add(name[k - 1].text + word.text, len(self._owner), frozenset())
                self._owner.append(number)
                self._length.append(len(name))
                sizes[number] += len(name)
        self.sizes: Ints = np.array(sizes, dtype=np.int32)  # words of all names of each entity
        self.owners: Ints = np.array(self._owner, dtype=np.int32)
        self._lengths: Floats = np.array(self._length, dtype=np.float32)
        self._words, self._starts, self._postings, self._of_symbol = postings.packed()
        self._sizes = [len(word) for word in self._words]
        letters: dict[str, list[Ints]] = {}
        for place, text in enumerate(self._words):
            begun = self._postings[self._starts[place] : self._starts[place + 1]]
            letters.setdefault(text[0], []).append(begun)
        self._initials = {letter: np.unique(np.concatenate(several)) for letter, several in letters.items()}

    def estimates(self, name: Sequence[Word]) -> tuple[Ints, Floats]:
        """Entities that share a word with a name, or have a near one, and what LogicV2 may give them (0 to 1).

        The work is bounded by the words of the name, times the words of all names once.
        """
        total = np.zeros(len(self.owners), dtype=np.float32)
        matched = np.zeros(len(self.owners), dtype=np.float32)
        for k in sorted(range(len(name)), key=lambda k: len(name[k].text) == 1):  # initials last
            best = np.zeros(len(self.owners), dtype=np.float32)
            if len(name[k].text) == 1:  # too many begin so: it counts for those whom another word has found
                best[self._initials.get(name[k].text, NOBODY)] = SAME_NAME
                best[total == 0] = 0
            joined = [(name[i].text, name[i + 1].text) for i in (k - 1, k) if 0 <= i < len(name) - 1]
            for place, share in sorted(self._near(name[k], joined).items(), key=lambda one: one[1]):
                best[self._postings[self._starts[place] : self._starts[place + 1]]] = share  # the best comes last
            total += best
            matched += best > 0
        found = np.flatnonzero(total)
        pairs = matched[found]
        missing = EXTRA_QUERY * (len(name) - pairs) + EXTRA_RESULT * np.maximum(self._lengths[found] - pairs, 0)
        return self._by_entity(self.owners[found], total[found] / (pairs + missing))

    @staticmethod
    def _by_entity(owners: Ints, shares: Floats) -> tuple[Ints, Floats]:
        """The best of every entity's names; owners are sorted."""
        if not len(owners):
            return owners, shares
        firsts = np.flatnonzero(np.concatenate(([True], owners[1:] != owners[:-1])))
        return owners[firsts], np.maximum.reduceat(shares, firsts)

    def _near(self, word: Word, joined: Collection[tuple[str, str]]) -> dict[int, float]:
        """Words of the feed that may stand for a word, by number, with what LogicV2 may give the pair.

        `joined` are the word with the one before, and with the one after: "Jean", "Pierre" may be "Jeanpierre".
        """
        found: dict[int, float] = {}
        for sought in (word.text, *(one + other for one, other in joined)):
            low = bisect_left(self._sizes, len(sought) * NEAR)
            high = bisect_left(self._sizes, len(sought) / NEAR + 1)
            shares = process.cdist(
                [sought], self._words[low:high], scorer=Levenshtein.normalized_similarity, score_cutoff=NEAR,
                dtype=np.float32,
            )[0]  # fmt: skip
            for near in np.flatnonzero(shares):
                found[low + int(near)] = max(found.get(low + int(near), 0.0), float(shares[near]))
        for symbol in word.symbols:
            for place in self._of_symbol.get(symbol, ()):
                found[place] = max(found.get(place, 0.0), SAME_NAME)
        turned = (other + one for one, other in joined)
        for text in (*turned, word.text[:1]):  # an initial may stand for the word
            exact = self._place(text)
            if exact is not None:
                found[exact] = max(found.get(exact, 0.0), SAME_NAME)
        return found

    def _place(self, text: str) -> int | None:
        low = bisect_left(self._words, (len(text), text), key=lambda one: (len(one), one))
        return low if low < len(self._words) and self._words[low] == text else None


class _Postings:
    """Where every word stands, while names are added."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._of, self._where = array("i"), array("i")
        self._symbols: dict[str, set[int]] = {}

    def add(self, word: str, name: int, symbols: frozenset[str]) -> None:
        number = self._numbers.setdefault(word, len(self._numbers))
        self._of.append(number)
        self._where.append(name)
        for symbol in symbols:
            self._symbols.setdefault(symbol, set()).add(number)

    def packed(self) -> tuple[list[str], Ints, Ints, Mapping[str, tuple[int, ...]]]:
        """Words by length, where the names of each begin, the names, and the words of each symbol."""
        words = sorted(self._numbers, key=lambda one: (len(one), one))
        places = np.empty(len(words), dtype=np.int32)
        places[[self._numbers[word] for word in words]] = np.arange(len(words), dtype=np.int32)
        of = places[np.array(self._of, dtype=np.int32)]
        order = np.argsort(of, kind="stable")
        starts = np.searchsorted(of[order], np.arange(len(words) + 1)).astype(np.int32)
        symbols = {
            symbol: tuple(sorted(int(places[one]) for one in numbers)) for symbol, numbers in self._symbols.items()
        }
        return words, starts, np.array(self._where, dtype=np.int32)[order], symbols
