"""Names as words that can be compared: folded, spelled alike, without titles; and digests of them.

Refuses to hold the order of words for proof: where a family's name stands differs by culture.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from anyascii import anyascii

from config.person_names import load_person_names

DIGEST = 32  # characters of a name's digest: 128 bits, no two names of the world meet by chance
LONGEST = 64  # characters of a word that is counted or keyed; a longer one is no name
MOST_WORDS = 8  # of a name that are looked at; a longer one is a sentence

LONG_SERVANT = 8  # letters beyond which what follows "Abdul" is a name of its own

_SCRIPT = re.compile(r"[㐀-䶿一-鿿豈-﫿가-힯]")  # Han, Hangul: a sign is a syllable
_APOSTROPHES = re.compile(r"[’'‘ʼʻ´`]")
_OTHER = re.compile(r"[^a-z0-9]+")
_DESCENT = (
    (re.compile(r"(?<![^\W\d_])[sa]/[ol](?![^\W\d_])", re.IGNORECASE), " bin "),
    (re.compile(r"(?<![^\W\d_])[da]/[op](?![^\W\d_])", re.IGNORECASE), " binti "),
)
"""Malaysia, Singapore, India: s/o, a/l (son of), d/o, a/p (daughter of)."""


@dataclass(frozen=True, slots=True)
class ParsedName:
    """A name in parts: its words in standard spelling, the suffix that tells father from son, and a sex it shows.

    `words` are in the order of the text, without particles where two other words remain.
    """

    words: tuple[str, ...]
    suffix: str | None
    sex: str | None


@lru_cache(maxsize=200_000)
def fold(name: str) -> str:
    """The name in small ASCII words with one space between: no signs, no titles before it, no suffix behind it.

    `fold("Dr. José O’Neill-Díaz, Jr.") == "jose oneill diaz"`. Empty where nothing of a name is left. Idempotent.
    """
    return " ".join(_strip(_plain(name))[0])


def tokens(name: str) -> tuple[str, ...]:
    """Its words in standard spelling ("Md" and "Muhammad" are one), of 64 characters at most: what is counted."""
    return parse(name).words


def digest(form: str) -> str:
    """SHA-256 of the folded words, sorted, as 32 hexadecimal characters: whoever has it can not read the name."""
    words = " ".join(sorted(fold(form).split()))
    return hashlib.sha256(words.encode()).hexdigest()[:DIGEST]


@lru_cache(maxsize=400_000)
def parse(name: str) -> ParsedName:
    """The parts of a name as written in any order and script."""
    known = load_person_names()
    words, suffix = _strip(_plain(name))
    sex = _sex(words)
    standard = tuple(known.standard.get(part, part) for word in words for part in _servant(word))
    core = tuple(word for word in standard if word not in known.particles)
    return ParsedName(words=core if len(core) > 1 else standard, suffix=suffix, sex=sex)


def _servant(word: str) -> tuple[str, ...]:
    """Abdulrahman is Abdul Rahman: a servant of one of God's names, written in one or in two."""
    if len(word) > LONG_SERVANT and word.startswith(("abdel", "abdul", "abdur", "abdal")):
        return "abdul", word[5:]
    return (word,)


def initial(word: str) -> bool:
    """True for the single letter that stands for a name."""
    return len(word) == 1 and word.isalpha()


@lru_cache(maxsize=200_000)
def skeleton(word: str) -> str:
    """A word without what transliterations disagree on: `skeleton("Krishnah") == skeleton("Krisna")`, folded."""
    if word.startswith(("hr", "hl")):  # Ukrainian h for Russian g
        word = f"g{word[1:]}"
    for before, after in _TRANSLITERATION:
        word = word.replace(before, after)
    return re.sub(r"(.)\1+", r"\1", word).removesuffix("h") or word


_TRANSLITERATION = (
    ("ck", "k"), ("ph", "f"), ("kh", "k"), ("gh", "g"), ("bh", "b"), ("dh", "d"), ("th", "t"), ("jh", "j"),
    ("sh", "s"), ("tz", "s"), ("ts", "s"), ("z", "s"), ("x", "ks"), ("q", "k"), ("w", "v"), ("ou", "u"),
    ("ue", "u"), ("oe", "o"), ("ae", "a"), ("oo", "u"), ("ee", "i"), ("y", "i"), ("ii", "i"),
)  # fmt: skip
"""The letters in which romanisations of Arabic, of India's languages and of Cyrillic differ (BGN/PCGN, ISO)."""


def _plain(name: str) -> list[str]:
    text = unicodedata.normalize("NFKC", name)
    for pattern, word in _DESCENT:
        text = pattern.sub(word, text)
    text = _SCRIPT.sub(lambda sign: f" {sign[0]} ", _APOSTROPHES.sub("", text))
    plain = _APOSTROPHES.sub("", anyascii(text)).casefold()
    return [word[:LONGEST] for word in _OTHER.split(plain) if word][:MOST_WORDS]


def _strip(words: list[str]) -> tuple[list[str], str | None]:
    """The words without titles in front and suffixes behind, and the suffix; one word always stays."""
    known = load_person_names()
    while len(words) > 1 and words[0] in known.titles:
        words = words[1:]
    suffix: str | None = None
    while len(words) > 2 and words[-1] in known.suffixes:
        suffix, words = _SUFFIX.get(words[-1], words[-1]), words[:-1]
    return words, suffix


_SUFFIX = {"junior": "jr", "filho": "jr", "senior": "sr"}


def _sex(words: list[str]) -> str | None:
    known = load_person_names()
    male = any(word in known.male for word in words)
    female = any(word in known.female for word in words)
    return None if male == female else ("male" if male else "female")
