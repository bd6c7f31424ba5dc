"""Keys under which mentions of one person meet: a rare name and its country, a common one and something more.

Refuses keys that grow with the population: nobody is compared with every John Smith of the world.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import combinations, islice

from config.person_names import load_person_names
from storage.resolution.evidence import YEAR
from storage.resolution.mention import Mention
from storage.resolution.rarity import NameCounts
from storage.resolution.spelling import initial, skeleton, tokens

RARE = 3.0
"""Namesakes that the universe may hold for a name to be keyed with its country alone."""
COMMON = 0.5
"""Namesakes from which a name is keyed with other features as well: a name grows common slowly, and whoever was
keyed while it was rare still meets whoever comes when it is not."""
UNIQUE = 0.1  # namesakes under which a name is keyed without a country too: cases cross borders
MOST = 64  # keys of a mention
PARTS = 5  # words of a name that are paired
FEATURES = 4  # courts, places, co-accused that are looked at of each kind
MONTH = 30  # days
LONG = 6  # letters of a word of which beginning and end are keyed
HALF = 4  # letters of each


def keys(mention: Mention, counts: NameCounts) -> frozenset[str]:
    """At most 64 keys of at most 64 characters; mentions worth comparing share one. No name can be read in them.

    A key is a kind and a digest of (words of the name, feature). The words are a pair of the name's words without
    spelling (or a lone word), or the letters of the whole name in order of the alphabet. The feature is the group,
    the year of birth, the outlet, a court, a place, a co-accused or the month; the country alone where the pair is
    rare, nothing where it is all but unique.
    """
    return frozenset(islice(dict.fromkeys(_keys(mention, counts)), MOST))


def _keys(mention: Mention, counts: NameCounts) -> Iterator[str]:
    forms = [_roots(name) for name in (mention.name, *sorted(set(mention.aliases)))]
    main = forms[0]
    words = dict.fromkeys(word for form in forms for word in form if not initial(word[1]))
    for root, _ in words:
        yield _key("g", root, mention.group)
    pairs = list(dict.fromkeys(pair for form in forms for pair in _pairs(form)))
    for pair in pairs:
        yield from _of_pair("|".join(sorted(root for root, _ in pair)), pair, mention, counts)
    for form in dict.fromkeys(forms):
        known = tuple(one for one in form if not initial(one[1]))
        if known:
            yield from _of_pair(_letters(known), known, mention, counts)
    yield from _mistyped(main, mention, counts)
    companions = sorted(filter(None, map(_short, mention.companions)))[:FEATURES]
    for root, word in main:
        if not initial(word):
            for companion in companions:
                yield _key("k", root, companion)
            if counts.namesakes((word,)) < RARE:
                for country in sorted(mention.countries) or [""]:
                    yield _key("t", root, country)


Words = tuple[tuple[str, str], ...]


def _of_pair(name: str, words: Words, mention: Mention, counts: NameCounts) -> Iterator[str]:
    namesakes = counts.namesakes(word for _, word in words)
    if namesakes < RARE:
        for country in sorted(mention.countries) or [""]:
            yield _key("n", name, country)
    if namesakes < UNIQUE:
        yield _key("u", name)
    if namesakes >= COMMON:
        for kind, feature in _features(mention):
            yield _key(kind, name, feature)


def _features(mention: Mention) -> Iterator[tuple[str, str]]:
    if mention.source is not None:
        yield "s", mention.source
    if mention.date is not None:
        if mention.age is not None:
            born = int(mention.date.toordinal() / YEAR) - mention.age
            where = "+".join(sorted(mention.countries))
            yield "b", f"{born} {where}"
            yield "b", f"{born - 1} {where}"
        month, rest = divmod(mention.date.toordinal(), MONTH)
        for country in sorted(mention.countries):
            yield "m", f"{month} {country}"
            yield "m", f"{month - 1 if rest < MONTH // 2 else month + 1} {country}"
    for court in sorted(mention.courts)[:FEATURES]:
        yield "c", " ".join(tokens(court))
    for place in sorted(mention.places)[:FEATURES]:
        yield "p", " ".join(tokens(place))


def _mistyped(form: Words, mention: Mention, counts: NameCounts) -> Iterator[str]:
    """A wrong sign leaves a word's beginning or end as it was: first and last word, one whole and one in part."""
    if len(form) < 2 or counts.namesakes((form[0][1], form[-1][1])) >= RARE:
        return
    ends = (form[0][0], form[-1][0])
    for whole, other in (ends, ends[::-1]):
        if len(other) >= LONG and len(whole) > 1:
            for country in sorted(mention.countries) or [""]:
                yield _key("h", whole, f"{other[:HALF]}-", country)
                yield _key("h", whole, f"-{other[-HALF:]}", country)


def _letters(form: Words) -> str:
    """The letters of all words in order of the alphabet: whatever the order and wherever a name is cut in two.

    Without h, which the cut joins with what stands before it ("Seung-hyeop", "Seunghyeop").
    """
    return "".join(sorted("".join(root for root, _ in form).replace("h", "")))


def _roots(name: str) -> Words:
    """The words of a name, each with what it is keyed by: the full name of a short form, without spelling."""
    return tuple((_root(word), word) for word in tokens(name)[:PARTS])


def _root(word: str) -> str:
    full = load_person_names().full.get(word)
    return skeleton(min(full) if full else word)


def _pairs(form: Words) -> Iterator[Words]:
    known = [one for one in form if not initial(one[1])]
    if len(known) == 1:
        yield (known[0],)
    yield from combinations(known, 2)


def _short(companion: str) -> str:
    """A co-accused by the first and last word that are no initials, in any order."""
    roots = [_root(word) for word in tokens(companion) if not initial(word)]
    return "|".join(sorted({roots[0], roots[-1]})) if roots else ""


def _key(kind: str, *parts: str) -> str:
    return kind + hashlib.blake2b("\n".join(parts).encode(), digest_size=12).hexdigest()
