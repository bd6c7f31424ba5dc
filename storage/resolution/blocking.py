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
MANY = 10.0
"""Namesakes from which one feature is not enough either: two are keyed together, so that no block grows."""
UNIQUE = 0.1  # namesakes under which a name is keyed without a country too: cases cross borders
MOST = 64  # keys of a mention
PARTS = 5  # words of a name that are paired
FEATURES = 4  # courts, places, co-accused that are looked at of each kind
MONTH = 30  # days
LONG = 6  # letters of a word of which beginning and end are keyed
HALF = 4  # letters of each


def keys(mention: Mention, counts: NameCounts) -> frozenset[str]:
    """At most 64 keys of at most 64 characters; mentions worth comparing share one. No name can be read in them.

    A key is a kind and a digest (24 hexadecimal characters) of words of the name and a feature. The words are a
    pair of the name's words without spelling (or a lone word), or the letters of the whole name, sorted.
    The feature is the group, the year of birth, the outlet, a court, a place, a co-accused or the month; two of
    them for the commonest names; the country alone where the pair is rare, nothing where it is all but unique.
    """
    return frozenset(islice(dict.fromkeys(_keys(mention, counts, every=False)), MOST))


def wider_keys(mention: Mention, counts: NameCounts) -> frozenset[str]:
    """Every key under which somebody may stand who was keyed when the name was rarer than now: to be looked up,
    not to be written. Includes `keys`.
    """
    return frozenset(_keys(mention, counts, every=True)) | keys(mention, counts)


def _keys(mention: Mention, counts: NameCounts, *, every: bool) -> Iterator[str]:
    forms = [_roots(name) for name in (mention.name, *sorted(set(mention.aliases)))]
    main = forms[0]
    words = dict.fromkeys(word for form in forms for word in form if not initial(word[1]))
    for root, _ in words:
        yield _key("g", root, mention.group)
    pairs = list(dict.fromkeys(pair for form in forms for pair in _pairs(form)))
    for pair in pairs:
        yield from _of_pair("|".join(sorted(root for root, _ in pair)), pair, mention, counts, every=every)
    for form in dict.fromkeys(forms):
        known = tuple(one for one in form if not initial(one[1]))
        if known:
            yield from _of_pair(_letters(known), known, mention, counts, every=every)
    yield from _mistyped(main, mention, counts, every=every)
    companions = sorted(filter(None, map(_short, mention.companions)))[:FEATURES]
    for root, word in main:
        if not initial(word):
            for companion in companions:
                yield _key("k", root, companion)
            if every or counts.namesakes((word,)) < RARE:
                for country in sorted(mention.countries) or [""]:
                    yield _key("t", root, country)


Words = tuple[tuple[str, str], ...]


def _of_pair(name: str, words: Words, mention: Mention, counts: NameCounts, *, every: bool) -> Iterator[str]:
    namesakes = counts.namesakes(word for _, word in words)
    if every or namesakes < RARE:
        for country in sorted(mention.countries) or [""]:
            yield _key("n", name, country)
    if every or namesakes < UNIQUE:
        yield _key("u", name)
    if every or COMMON <= namesakes < MANY:
        for kind, feature in _features(mention):
            yield _key(kind, name, feature)
    if every or namesakes >= MANY:
        for kind, feature in _narrow(mention):
            yield _key(kind, name, feature)


def _features(mention: Mention) -> Iterator[tuple[str, str]]:
    if mention.source is not None:
        yield "s", mention.source
    countries = sorted(mention.countries)
    for born in _born(mention):
        yield "b", f"{born} {'+'.join(countries)}"
    for month in _spans(mention, MONTH):
        for country in countries:
            yield "m", f"{month} {country}"
    yield from _venues(mention)


def _narrow(mention: Mention) -> Iterator[tuple[str, str]]:
    """For the commonest names, that are not joined without an age or a co-accused: the year of birth with the
    outlet, with a court or with the month; without an age the outlet with the quarter.
    """
    where = "+".join(sorted(mention.countries))
    born = _born(mention)
    for year in born:
        if mention.source is not None:
            yield "bs", f"{year} {mention.source}"
        for month in _spans(mention, MONTH):
            yield "bm", f"{year} {month} {where}"
        for kind, venue in _venues(mention):
            yield f"b{kind}", f"{year} {venue}"
    if mention.source is not None:
        for quarter in _spans(mention, 3 * MONTH):
            yield "sq", f"{quarter} {mention.source}"


def _born(mention: Mention) -> tuple[int, ...]:
    """The two years in which somebody of this age can be born."""
    if mention.date is None or mention.age is None:
        return ()
    born = int(mention.date.toordinal() / YEAR) - mention.age
    return born, born - 1


def _spans(mention: Mention, days: int) -> tuple[int, ...]:
    """The span of so many days that the date lies in, and the one that is nearer of its neighbours."""
    if mention.date is None:
        return ()
    span, rest = divmod(mention.date.toordinal(), days)
    return span, span - 1 if 2 * rest < days else span + 1


def _venues(mention: Mention) -> Iterator[tuple[str, str]]:
    for court in sorted(mention.courts)[:FEATURES]:
        yield "c", " ".join(tokens(court))
    for place in sorted(mention.places)[:FEATURES]:
        yield "p", " ".join(tokens(place))


def _mistyped(form: Words, mention: Mention, counts: NameCounts, *, every: bool) -> Iterator[str]:
    """A wrong sign leaves a word's beginning or end as it was: first and last word, one whole and one in part."""
    if len(form) < 2 or (not every and counts.namesakes((form[0][1], form[-1][1])) >= COMMON):
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
    return kind + hashlib.blake2b("\n".join((kind, *parts)).encode(), digest_size=12).hexdigest()
