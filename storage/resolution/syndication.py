"""Tells which texts are copies of one report: an agency's story as many papers ran it.

Refuses to call two reports of one hearing copies, or two releases of one template: see `is_copy`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import struct
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from rensa import RMinHash

FORM: Final = 1
"""First byte of every signature: raise it when anything changes that a signature depends on."""
ALGORITHM: Final = 2
"""`rensa.RMinHash.ALGORITHM_VERSION` that `FORM` rests on; a test compares it and a pinned signature."""
SEED: Final = 20261123
VALUES: Final = 64
BANDS: Final = 24
"""One minimum a band: two texts that share a fifth of their shingles meet with 1 - 0.8 ** 24 = 99.5 %."""

SHORT_WORDS, SHORT_CHARACTERS = 40, 100
"""Below this many words (characters of a script without spaces), only equal texts are copies."""
WIDE_WORDS, WIDE_CHARACTERS = 6, 12  # shingles of signatures
NARROW_WORDS, NARROW_CHARACTERS = 4, 8  # shingles that a copy is verified by

# What `is_copy` decides by: set on the open part of benchmarks/gold/syndication.jsonl, measured on the rest.
COVERED: Final = 0.5
"""Part of the shorter text that must lie in runs of the other. Two reporters at one hearing: 0.09 at most; a later
story that repeats paragraphs: 0.30; shortened copies with lead and tail of a paper: 0.57 at least."""
HALF: Final = 0.5
MOSTLY, THIRD = 0.7, 0.3
STRETCH, SPREAD = 8, 3  # words (characters) of a stretch, stretches
NAMES: Final = 0.7
REPEATED, TWICE = 3, 2
APART_WORDS, APART_CHARACTERS = 15, 60
"""A longer stretch that the other lacks stands apart (a lead, a tail, a paragraph): its names say nothing."""

UNSPACED = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]"
)


class _Letters(dict[int, str | None]):
    """`str.translate` table: letters, digits and their marks stay, unspaced scripts fall apart."""

    def __missing__(self, point: int) -> str | None:
        letter = chr(point)
        kept: str | None = " "
        if 0x300 <= point <= 0x36F:  # accents of Latin, Greek, Cyrillic, after NFKD
            kept = None
        elif UNSPACED.match(letter):
            kept = f" {letter} " if unicodedata.category(letter)[0] in "LMN" else " "
        elif unicodedata.category(letter)[0] in "LMN":
            kept = letter
        self[point] = kept
        return kept


_LETTERS = _Letters()


@dataclass(frozen=True, slots=True)
class _Read:
    """A text taken apart. `telling` counts its names and figures: what two stories of one template differ in."""

    words: tuple[str, ...]
    known: frozenset[str]
    unspaced: bool
    telling: Mapping[str, int]
    shingles: frozenset[tuple[str, ...]]

    @property
    def short(self) -> bool:
        return len(self.words) < (SHORT_CHARACTERS if self.unspaced else SHORT_WORDS)


def _shingles(words: Sequence[str], width: int) -> Iterable[tuple[str, ...]]:
    return zip(*(words[start:] for start in range(width)), strict=False)


@lru_cache(maxsize=2048)
def _read(text: str) -> _Read:
    written = unicodedata.normalize("NFKD", text).translate(_LETTERS).split()
    words = tuple(word.casefold() for word in written)
    unspaced = sum(1 for word in words if UNSPACED.match(word)) * 2 > len(words)
    width = NARROW_CHARACTERS if unspaced else NARROW_WORDS
    known, telling = _telling(written, words, unspaced)
    return _Read(
        words=words, known=known, unspaced=unspaced, telling=telling, shingles=frozenset(_shingles(words, width))
    )


def _telling(
    written: Sequence[str], words: Sequence[str], unspaced: bool
) -> tuple[frozenset[str], Mapping[str, int]]:
    """What the text knows, and its names and figures with their counts.

    Names are words never written small; in scripts without capitals, what is said at least twice: words, or three
    characters in a row where there are no spaces.
    """
    counts = Counter(words)
    figures = {word: n for word, n in counts.items() if len(word) > 1 and word.isdecimal()}
    if unspaced:
        threes = Counter("".join(three) for three in _shingles(words, 3))
        return frozenset(threes) | counts.keys(), figures | {word: n for word, n in threes.items() if n > 1}
    small = {word for word in written if word[:1].islower()}
    capital = {word.casefold() for word in written if word[:1].isupper() and len(word) > 1} - small
    if not small and not capital:
        capital = {word for word, n in counts.items() if n > 1 and len(word) > 2}
    return frozenset(counts), figures | {word: counts[word] for word in capital}


def signature(text: str) -> bytes:
    """The text's signature: form number, then 64 minima of its shingles as unsigned 32 bit, little-endian.

    Of a short text a digest of its words instead (17 bytes); of a text without words the form number alone.
    """
    read = _read(text)
    if not read.words:
        return bytes([FORM])
    if read.short:
        return bytes([FORM]) + hashlib.blake2b(" ".join(read.words).encode(), digest_size=16).digest()
    minima = RMinHash(VALUES, SEED)
    width = WIDE_CHARACTERS if read.unspaced else WIDE_WORDS
    minima.update([" ".join(shingle) for shingle in _shingles(read.words, width)])
    return struct.pack(f"<B{VALUES}I", FORM, *minima.digest())


def bands(signed: bytes) -> tuple[int, ...]:
    """Numbers (signed 64 bit) of which texts that may be copies share at least one. None for a text without words.

    The upper half holds form and place, so that bands of two forms never meet.
    """
    if len(signed) == 1:
        return ()
    if len(signed) == 17:
        return (int.from_bytes(signed[1:9], "little", signed=True),)
    minima = struct.unpack_from(f"<{BANDS}I", signed, 1)
    return tuple(signed[0] << 48 | place << 32 | least for place, least in enumerate(minima))


def similarity(left: bytes, right: bytes) -> float:
    """Estimated share (0 to 1) of the shingles of both texts that are in both (Jaccard), give or take 0.06.

    Short texts are equal (1) or not (0); signatures of two forms, or of texts without words, give 0.
    """
    if len(left) != len(right) or left[0] != right[0] or len(left) == 1:
        return 0.0
    if len(left) == 17:
        return float(left == right)
    pairs = zip(struct.iter_unpack("<I", left[1:]), struct.iter_unpack("<I", right[1:]), strict=True)
    return sum(one == other for one, other in pairs) / VALUES


def is_copy(text_a: str, text_b: str, estimate: float) -> float | None:
    """How surely two texts are one report (0 to 1), or None when they are not. Symmetric.

    What decides, in this order, of the shorter text S and the longer L (`estimate` is `similarity`):
    1. Equal words: 1. Else no text below `SHORT_WORDS` is a copy, none where `estimate` is 0, and none of
       one text in a script without spaces and one in another.
    2. At least `COVERED` of S's words lie in runs of four (eight characters) that L has as well.
    3. At least `HALF` of L lies in such runs of S. When `MOSTLY` of S does, `THIRD` of L is enough, or `SPREAD`
       stretches of it: a round-up that holds S among other matters has it in one.
    4. Names and figures, where S and L run beside each other (not in what stands `APART`): `NAMES` of S's must be
       in L, none that S says `REPEATED` times may be missing there, and not each text may say one `TWICE` that
       the other lacks. Two releases of one template differ in whom they are about. And wherever they stand: no
       name that S says `REPEATED` times may be missing in L while L says one `TWICE` that S lacks.
    The result is the share of rule 2, and below 1 where the words are not equal.
    """
    left, right = _read(text_a), _read(text_b)
    if not left.words or not right.words:
        return None
    if left.words == right.words:
        return 1.0
    if estimate <= 0 or left.short or right.short or left.unspaced is not right.unspaced:
        return None
    short, long = (
        (left, right) if (len(left.words), left.words) <= (len(right.words), right.words) else (right, left)
    )
    covered = _covered(short, long)
    share = sum(covered) / len(covered)
    if share < COVERED:
        return None
    rest = _covered(long, short)
    if not _belongs(share, rest) or not _same_names(short, long, covered, rest):
        return None
    return min(round(share, 4), 0.9999)


def _covered(text: _Read, other: _Read) -> bytearray:
    """One byte a word: 1 where it lies in a run that the other text has too."""
    width = NARROW_CHARACTERS if text.unspaced else NARROW_WORDS
    found = bytearray(len(text.words))
    run = b"\x01" * width
    for place, shingle in enumerate(_shingles(text.words, width)):
        if shingle in other.shingles:
            found[place : place + width] = run
    return found


def _same_names(short: _Read, long: _Read, covered: bytearray, rest: bytearray) -> bool:
    counts = Counter(word for word in _woven(short, covered) if word in short.telling)
    missing = [n for word, n in counts.items() if word not in long.known]
    if sum(missing) > (1 - NAMES) * counts.total() or max(missing, default=0) >= REPEATED:
        return False
    back = Counter(word for word in _woven(long, rest) if word in long.telling and word not in short.known)
    if max(missing, default=0) >= TWICE and max(back.values(), default=0) >= TWICE:
        return False
    return _most(short, long) < REPEATED or _most(long, short) < TWICE


def _most(text: _Read, other: _Read) -> int:
    """How often a text says the name that it says most of those that the other lacks; figures do not count."""
    return max(
        (n for word, n in text.telling.items() if word not in other.known and not word.isdecimal()), default=0
    )


def _woven(text: _Read, covered: bytearray) -> list[str]:
    """The text's words (or threes of characters) without what stands apart: own leads, tails, paragraphs."""
    apart = APART_CHARACTERS if text.unspaced else APART_WORDS
    places: list[int] = []
    for stretch in re.finditer(rb"\x01+|\x00+", covered):
        if covered[stretch.start()] or len(stretch[0]) <= apart:
            places.extend(range(*stretch.span()))
    if not text.unspaced:
        return [text.words[place] for place in places]
    single = [text.words[place] for place in places]
    return [*single, *("".join(three) for three in _shingles(single, 3))]


def _belongs(share: float, covered: bytearray) -> bool:
    """True when the longer text is the shorter one's report, and not a round-up that holds it as one item."""
    part = sum(covered) / len(covered)
    stretches = len(re.findall(rb"\x01{%d,}" % STRETCH, covered))
    return part >= HALF or (share >= MOSTLY and (part >= THIRD or stretches >= SPREAD))


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """A text to group. `group` is None for a new one. Texts are ordered by `order` (first fetched), then id.

    `published` is the day of the text where known: see `DAYS`.
    """

    id: str
    order: str  # sortable: an ISO time
    text: str
    signature: bytes
    group: str | None = None
    published: dt.date | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Grouped:
    """The group of a new text, and its likeness to the text that it was joined by (1 where alone)."""

    id: str
    group: str
    similarity: float


DAYS: Final = dt.timedelta(days=14)
"""Texts published further apart are copies only when their words are equal: an agency's copies run within days,
while an office's next release may repeat most of its last one."""

PER_BAND: Final = 200
"""Texts kept of a band. A tail that a publisher puts under everything says nothing, and must not cost squares."""


def groups(new: Sequence[Text], known: Iterable[Text] = ()) -> tuple[Grouped, ...]:
    """Each new text's group, in their order of time: the id of its earliest text.

    `known` are grouped texts that share a band with a new one, and the first texts of their groups. A text joins
    the group of the one it is most like (the earliest of equals), if it shares at least half as much with that
    group's first text: so a chain of ever looser copies ends. Groups never merge, hence ids never change, and
    texts that come one by one are grouped as those that come at once. Raises ValueError for a known text
    without a group.
    """
    held = {text.id: text for text in known}
    index: dict[int, list[str]] = defaultdict(list)
    group: dict[str, str] = {}
    for text in sorted(held.values(), key=lambda one: (one.order, one.id)):
        if text.group is None:
            raise ValueError(f"syndication text={text.id}: a known text needs its group")
        group[text.id] = text.group
        _enter(index, text)
    found = []
    for text in sorted(new, key=lambda one: (one.order, one.id)):
        near = {one for band in bands(text.signature) for one in index[band]}
        best = _nearest(text, [held[one] for one in near], held, group)
        group[text.id], likeness = best
        held[text.id] = text
        _enter(index, text)
        found.append(Grouped(id=text.id, group=group[text.id], similarity=likeness))
    return tuple(found)


def _enter(index: dict[int, list[str]], text: Text) -> None:
    for band in bands(text.signature):
        if len(index[band]) < PER_BAND:
            index[band].append(text.id)


def _nearest(
    text: Text, near: Iterable[Text], held: Mapping[str, Text], group: Mapping[str, str]
) -> tuple[str, float]:
    copies = []
    for other in near:
        likeness = is_copy(text.text, other.text, similarity(text.signature, other.signature))
        if likeness is not None and (likeness == 1 or _near(text.published, other.published)):
            copies.append((-likeness, other.order, other.id))
    for likeness, _, other_id in sorted(copies):
        head = held.get(group[other_id])
        if head is None or head.id == other_id or related(text.text, head.text) >= COVERED / 2:
            return group[other_id], -likeness
    return text.id, 1.0


def _near(one: dt.date | None, other: dt.date | None) -> bool:
    return one is None or other is None or abs(one - other) <= DAYS


def related(text_a: str, text_b: str) -> float:
    """Share (0 to 1) of the shorter text's words in runs that the other has as well; 0 for short texts."""
    left, right = sorted((_read(text_a), _read(text_b)), key=lambda read: (len(read.words), read.words))
    if left.short or left.unspaced is not right.unspaced:
        return 0.0
    return sum(_covered(left, right)) / len(left.words)
