"""Keeps out of a text whoever a human said to be its victim, a witness or a minor, and whose name went by now.

Refuses to remember the name: it is known by digests only, and everything that has it is masked or not stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations

from extraction.model import Accused, CaseReport, Person, Role
from storage.masking import LABELS as STORY_LABELS
from storage.masking import MINOR, WORD
from storage.records.people import RejectReason
from storage.resolution.names import digest, fold
from storage.resolution.spelling import DIGEST, skeleton

LONGEST = 6
"""Words of a name that are looked for in a quote, and parts of a name that are tried one with another."""
LEAST_WORD = 3
"""Letters of a single part of a name that gives somebody away; as `storage.masking` has it."""

ROLES: Mapping[RejectReason, Role] = {
    RejectReason.VICTIM: Role.VICTIM,
    RejectReason.WITNESS: Role.WITNESS,
    RejectReason.OFFICIAL: Role.OFFICIAL,
    RejectReason.LAWYER: Role.LAWYER,
}


def label(reason: RejectReason | None) -> str:
    """What stands in a quote in the place of a name that had to go."""
    return MINOR if reason is RejectReason.MINOR else STORY_LABELS[_role(reason)]


def _role(reason: RejectReason | None) -> Role:
    return Role.OTHER if reason is None else ROLES.get(reason, Role.OTHER)


def digests(names: Iterable[str], *, parts: bool = False) -> list[str]:
    """Digests of these forms of a name; with `parts` also of every word in them, of how each sounds, and of the
    shorter forms, for who must be forgotten.

    >>> len(digests(["Maya Sampleson"])), len(digests(["Maya Sampleson"], parts=True)) > 3
    (1, True)
    """
    found = set()
    every = [(name, fold(name).split()) for name in names]
    if parts and all(len(words) < 2 for _, words in every):
        found |= {_mark("alone", *words) for _, words in every if words}
    for name, words in every:
        if words:
            found.add(digest(name))
        if parts:
            found |= {digest(word) for word in words if len(word) >= LEAST_WORD}
            found |= close_forms(name, asked=False) | set(filter(None, map(_sound, words)))
    return sorted(found)


def close_forms(name: str, *, asked: bool = True) -> set[str]:
    """Digests under which a name meets its other spellings: without its middle, its first word as an initial, and
    by its sound. A name that is `asked` for and one that is kept are alike when they share one; two first names
    that only share an initial are not, nor are two different middle names.
    """
    words = fold(name).split()
    found = {digest(name)} if words else set()
    long = [word for word in words if len(word) > 1]
    if len(words) < 2 or not long:
        return found
    if len(long) > 1:
        ends, has_middle = (long[0], long[-1]), len(long) > 2
        found.add(_mark("sound", *map(_consonants, long)))
        if asked and has_middle:
            found |= {_mark("no middle", *ends), _mark("no middle sound", *map(_consonants, ends))}
        else:
            found |= {digest(" ".join(ends)), _mark("sound", *map(_consonants, ends))}
        if not has_middle and not asked:
            found |= {_mark("no middle", *ends), _mark("no middle sound", *map(_consonants, ends))}
    for first, last in ((words[0], long[-1]), (words[-1], long[0])):
        if first == last:
            continue
        is_initial = len(first) == 1
        kind = "initial" if is_initial is asked else "whole"
        found.add(_mark(kind, first[0], last))
    return found


def words_of(names: Iterable[str]) -> set[str]:
    """Digests of the words of these names and of how they sound: what one of a family shares."""
    words = {word for name in names for word in fold(name).split()}
    joined = {"".join(fold(name).split()) for name in names}
    return {
        *(digest(word) for word in words if len(word) >= LEAST_WORD),
        *filter(None, map(_sound, words)), *filter(None, map(_sound, joined)),
    }  # fmt: skip


def _mark(kind: str, *words: str) -> str:
    return hashlib.sha256("\n".join([f"{kind}:", *sorted(words)]).encode()).hexdigest()[:DIGEST]


def _sound(word: str) -> str | None:
    """The digest of a word's consonants; None for one that has too few of them to tell anybody."""
    left = _consonants(word)
    return _mark("word", left) if len(left) >= LEAST_WORD else None


def _consonants(word: str) -> str:
    """What most romanisations of one name share: "Mayawati" and "Mayavati" are "mvt"."""
    found: list[str] = []
    for letter in skeleton(word).translate(_ALIKE):
        if letter not in _VOWELS and found[-1:] != [letter]:
            found.append(letter)
    return "".join(found) or word


_ALIKE = str.maketrans("cn", "km")
_VOWELS = frozenset("aeiouyh")


@dataclass(frozen=True, kw_only=True)
class Forgotten:
    """Who is to be forgotten in one text: by digest, why a human rejected them (None: the name was pruned)."""

    reasons: Mapping[str, RejectReason | None] = field(default_factory=dict)
    spans: Mapping[tuple[int, int], RejectReason | None] = field(default_factory=dict)
    """Where the names stood in this very text."""
    beside: frozenset[str] = frozenset()
    """Digests of the names of who was known of the text when they went: whose own span may overlap."""

    def why(self, one: Accused) -> tuple[RejectReason | None, bool]:
        """Why somebody is not stored, and True; (None, False) for who is."""
        known = self.finds((one.name, *one.aliases))
        if known is not None:
            return self.reasons[known], True
        if self.beside.isdisjoint(digests((one.name, *one.aliases))):
            for word in fold(one.name).split():  # "Maya Sampleson", of whom "Maya" was all that was known
                if (alone := _mark("alone", word)) in self.reasons:
                    return self.reasons[alone], True
            for proof in one.evidence.get("name", ()):
                for (start, end), reason in self.spans.items():
                    if proof.start < end and start < proof.end:
                        return reason, True
        return None, False

    def finds(self, names: Iterable[str]) -> str | None:
        """The digest by which somebody of these names is known, and not to be stored; None for everybody else.

        Of a longer name any two parts may be the forgotten one ("Maya Kumari Sampleson"); of a shorter one, all
        of its parts are ("Maya"). One part shared by two longer names is a family's.
        """
        for name in names if self.reasons else ():
            words = fold(name).split()[:LONGEST]
            for size in range(len(words), 1, -1):
                for some in combinations(words, size):
                    if (found := digest(" ".join(some))) in self.reasons:
                        return found
            single = [digest(word) for word in words]
            if single and all(one in self.reasons for one in single):
                return single[0]
        return None

    def out_of(self, report: CaseReport) -> CaseReport:
        """The report without them among the accused: they are others now, whose names quotes may not show."""
        if not self.reasons and not self.spans:
            return report
        others = list(report.others)

        def kept(people: Iterable[Accused]) -> tuple[Accused, ...]:
            found = []
            for one in people:
                reason, is_known = self.why(one)
                if not is_known:
                    found.append(one)
                elif reason is RejectReason.MINOR:
                    found.append(replace(one, minor=True))  # counted and held back with the minors
                else:
                    role = _role(reason)
                    others.append(Person(name=one.name, aliases=one.aliases, role=role, score=one.score))
                    if role is Role.VICTIM:
                        found.append(one)  # counted and held back with who has a victim's name
            return tuple(found)

        accused, doubtful = kept(report.accused), kept(report.doubtful)
        return replace(report, accused=accused, doubtful=doubtful, others=tuple(others))

    def masker(self, names: Iterable[str]) -> Callable[[str], str]:
        """A function that replaces their names in a quote; `names` are those of who is stored, and stay."""
        if not self.reasons:
            return lambda text: text
        shared = {word for name in names for word in fold(name).split()}
        return lambda text: self._masked(text, shared)

    def _masked(self, text: str, shared: set[str]) -> str:
        spans = [(match.start(), match.end()) for match in WORD.finditer(text)]
        made, done, i = [], 0, 0
        while i < len(spans):
            for size in range(min(LONGEST, len(spans) - i), 0, -1):
                end = spans[i + size - 1][1]
                words = fold(text[spans[i][0] : end]).split()
                if not words or (len(words) == 1 and words[0] in shared):
                    continue
                known = digest(" ".join(words))
                if known in self.reasons:
                    made += [text[done : spans[i][0]], f"[{label(self.reasons[known])}]"]
                    done = end
                    i += size
                    break
            else:
                i += 1
        return "".join([*made, text[done:]])
