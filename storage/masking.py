"""Takes the names of everyone who is not accused out of quotes before they are stored.

Refuses a victim's or an innocent's name in evidence: a quote that proves a stage must not expose its victim.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from urllib.parse import unquote_plus

from extraction.model import Accused, CaseReport, Role
from extraction.model.terms import ADULT

PROTECTED_ROLES = frozenset({Role.VICTIM, Role.WITNESS})
MINOR = "minor"
WORD = re.compile(
    r"\w+(?:[\u0300-\u036f\u0900-\u0dff\u00ad\u200b-\u200d\u2060]+\w*)*"
)  # marks are not \w, yet of the word; nor are soft hyphens and zero-width signs, which a page hides in a name
HIDDEN = re.compile("[\u0300-\u036f\u00ad\u200b\u2060]")
STROKES = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe"})
ENDING = 3  # letters that a case, a plural or a married name adds: Sampleson, Samplesonová, Samplesons
LONG = 5  # letters of a word that may take an ending
Name = tuple[str, ...]
PUBLIC_ROLES = frozenset({Role.OFFICIAL, Role.LAWYER})
PART = re.compile(r"\w+")
PROTECTING = re.compile(r"\[(?!official\]|lawyer\])[a-z ]+\]")
LEAST_JOINED = 8  # letters of a full name that is looked for without its spaces
LEAST_TAGGED = 4  # letters of a part of a name that gives somebody away inside a hashtag
HUMP = re.compile(r"(?<=[^\W\d_A-Z\u00c0-\u00de])(?=[A-Z\u00c0-\u00de])|[_\d]+")
TAG = frozenset("#@\uff03\uff20")
LABEL = re.compile(r"\[[a-z ]+\]")
UNSPACED = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\u31f0-\u31ff\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]"
)  # Han, Kana, Thai, Lao, Khmer, Myanmar: a name stands there inside of what else would be a word
MARKS = (
    r"[\u3099\u309a\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u17b4-\u17d3\u17dd"
    r"\u102b-\u103e\u1056-\u1060\u1062-\u106d\u1071-\u1074\u1082-\u108f\u109a-\u109d]"
)  # vowels and tones of these, which are no letters to `WORD`
GAP = rf"(?:{MARKS}|[ \u00a0\u3000\u00b7\u2027\u30fb\u200b]){{0,4}}"  # between the words of such a name
PREFIXES = frozenset("\u0648\u0641\u0628\u0644\u0643\u0627\u05d5\u05d1\u05dc\u05de\u05e9\u05d4\u05db")
"""Letters of Arabic and Hebrew that are written together with the word behind them: and, in, to, like, from."""
MOST_PREFIXES = 3
LABELS: Mapping[Role, str] = {
    Role.ACCUSED: "accused",
    Role.VICTIM: "victim",
    Role.OFFICIAL: "official",
    Role.LAWYER: "lawyer",
    Role.WITNESS: "witness",
    Role.OTHER: "other person",
}


def name_key(name: str) -> str:
    """A name without case and spacing, to compare within one article only."""
    return " ".join(name.casefold().split())


def match_key(name: str) -> str:
    """A name by which an accused is compared with a victim: accents and hidden signs make no other person."""
    return " ".join(_words(name))


def masker(report: CaseReport) -> Callable[[str], str]:
    """A function that replaces names of non-accused persons and minors by "[victim]", "[official]", "[minor]".

    Full names and aliases go for every role; single parts of a name too for victims, witnesses and minors, since
    "Maya" alone gives Maya Tamang away, unless an accused shares that part (a family name). Of who is neither
    victim nor official as far as the reader sees, parts go where they are written as names are: of the protected
    persons of our gold it gave half that role (625 of 1,188; 2026-11-23). Names of stored
    accused are left whole, the longest first. Compares words without case, accents and hidden signs, and with an
    ending where they are written as names are; whatever stands between them.
    """
    victims = victim_names(report)
    kept = {_words(name) for one in report.named if not is_minor(one) for name in (one.name, *one.aliases)}
    shared = {word for name in kept for word in name}
    labels: dict[Name, str] = {}
    for person in report.others:
        _add(labels, (person.name, *person.aliases), LABELS[person.role], shared, person.role in PROTECTED_ROLES)
    for one in report.named:
        if is_minor(one):
            _add(labels, (one.name, *one.aliases), MINOR, shared, True)
    before = set(labels)
    for person in report.others:
        if person.role is Role.OTHER:
            _add(labels, (person.name, *person.aliases), LABELS[person.role], shared, True)
    return _replacer(labels, kept - {_words(name) for name in victims}, labels.keys() - before)


def hider(names: Iterable[str], own: Iterable[str], label: str = LABELS[Role.OTHER]) -> Callable[[str], str]:
    """A function that replaces these names by "[other person]" (or `label`), and leaves those of `own` whole.

    Single parts go too, where they are written as names are ("Rose", not "rose") and `own` does not share them.
    """
    safe = {_words(name) for name in own}
    labels: dict[Name, str] = {}
    _add(labels, names, label, {word for name in safe for word in name}, with_parts=True)
    return _replacer(labels, safe, labels)


def _replacer(
    labels: Mapping[Name, str], safe: Collection[Name], capitals: Collection[Name]
) -> Callable[[str], str]:
    """A function that replaces the names in `labels`; single words of `capitals` only where they are not small."""
    replaced = _Replaced(labels, safe, capitals)
    return replaced.__getitem__ if replaced.signs else lambda text: text


class _Replaced(dict[str, str]):
    """Texts with the names replaced, by text: what stands around a quote comes again beside the next one.

    A cache of its own: a function that knew itself would stay, with all its texts, until cycles are collected.
    """

    def __init__(self, labels: Mapping[Name, str], safe: Collection[Name], capitals: Collection[Name]) -> None:
        self._labels, self._safe, self._capitals = labels, safe, capitals
        self._by_first: dict[str, list[tuple[Name, str | None]]] = {}
        sought = {name: label for name, label in labels.items() if name and name not in safe}
        self.signs = {name[0] for name in sought}
        self._single = {name[0] for name in sought if len(name) == 1}
        self._several = [name for name in sought if self._single.isdisjoint(name)]
        self._hidden: list[tuple[str, str, bool]] = []
        self._kept: set[str] = set()
        self._unspaced = _unspaced(labels, safe)

    def _prepare(self) -> None:
        """What is needed once a text may hold a name: most masks never meet one."""
        labels, safe = self._labels, self._safe
        for name in sorted({*labels, *safe}, key=lambda name: (-len(name), name)):
            if name:
                known = (name, None if name in safe else labels[name])
                self._by_first.setdefault(name[0], []).append(known)
        self._hidden = [
            ("".join(name), label, len(name) == 1)
            for name, label in labels.items()
            if name and name not in safe
            if len("".join(name)) >= (LEAST_TAGGED if len(name) == 1 else LEAST_JOINED)
        ]
        self._kept = {word for name in safe for word in name}

    def __missing__(self, text: str) -> str:
        made = self[text] = self._masked(self._unspaced(text))
        return made

    def _may_hold(self, text: str, folded: str) -> bool:
        """False for most quotes: no name of which any word stands there. Five times faster than to part them."""
        if not any(map(folded.__contains__, self.signs)):
            return False
        if any(map(folded.__contains__, self._single)) or not text.isascii():
            return True  # marks of other scripts may change places as a text is folded: no word is asked for alone
        return any(all(map(folded.__contains__, name)) for name in self._several)

    def _masked(self, text: str) -> str:
        folded = folded_word(text)
        if not self._may_hold(text, folded):
            return text
        if not self._by_first:
            self._prepare()
        spans = [match.span() for match in WORD.finditer(text)]
        if text.isascii():
            words = [folded[start:end] for start, end in spans]
        else:
            words = [folded_word(text[start:end]) for start, end in spans]
        by_first, kept = self._by_first, self._kept
        made, done, i = [], 0, 0
        while i < len(words):
            start, end = spans[i]
            small = text[start].islower()
            for name, label in by_first.get(words[i], ()) if small else _beginning(words[i], by_first, kept):
                there = words[i : i + len(name)]
                if tuple(there) == name or (label is not None and not small and _ended(there, name, kept)):
                    if small and len(name) == 1 and label is not None and name in self._capitals:
                        continue
                    if label is not None:
                        made += [text[done:start], f"[{label}]"]
                        done = spans[i + len(name) - 1][1]
                    i += len(name)
                    break
            else:
                hidden = self._parted(text[start:end], words[i], text[start - 1 : start])
                if hidden is not None:
                    made += [text[done:start], hidden]
                    done = end
                i += 1
        return "".join([*made, text[done:]])

    def _parted(self, token: str, word: str, before: str) -> str | None:
        """The label of a name that stands in a hashtag or a handle, without its spaces; `word` is folded."""
        if word in self._kept:
            return None
        if not (token.isalpha() and token[1:].islower()):  # else it has no hump
            parts = HUMP.sub(" ", token).split()
            if len(parts) > 1 and (found := LABEL.search(self[" ".join(parts)])) is not None:
                return found.group()
        for name, label, alone in self._hidden:
            if name in word and (not alone or before in TAG):
                return f"[{label}]"
        return None


def _unspaced(labels: Mapping[Name, str], safe: Collection[Name]) -> Callable[[str], str]:
    """A function that replaces names in scripts without spaces wherever they stand; those of `safe` stay whole."""
    if not any(name and UNSPACED.match(name[0]) for name in labels):
        return lambda text: text  # most names
    found = [
        name for name in {*labels, *safe} if name and all(map(UNSPACED.match, name)) and _tells_unspaced(name)
    ]
    found.sort(key=lambda name: (-sum(map(len, name)), name))
    if not any(name in labels and name not in safe for name in found):
        return lambda text: text
    pattern = re.compile("|".join(f"({_composed(name)})" for name in found))

    def replaced(match: re.Match[str]) -> str:
        name = found[(match.lastindex or 1) - 1]
        return match.group() if name in safe else f"[{labels[name]}]"

    return lambda text: pattern.sub(replaced, text)


def _tells_unspaced(name: Name) -> bool:
    """Two signs of Han or Kana are a name; of an alphabet, a single word wants four letters."""
    letters = sum(map(len, name))
    return letters >= 2 if len(name) > 1 or name[0][:1] > "\u2fff" else letters >= LEAST_TAGGED


def _composed(name: Name) -> str:
    """The pattern of a name: folded words as a page writes them."""
    words = (re.escape(unicodedata.normalize("NFC", word)) for word in name)
    made = GAP.join(words) + f"{MARKS}{{0,3}}"
    for sign, parted in ((r"\u0e33", r"\u0e4d\u0e32"), (r"\u0eb3", r"\u0ecd\u0eb2")):  # NFKD parts Thai and Lao AM
        made = made.replace(parted.encode().decode("unicode_escape"), f"(?:{sign}|{parted})")
    return made


def folded_word(word: str) -> str:
    """Without case, accents, strokes and signs that a page hides: María, MARIA and Ma\u00adria are one."""
    if word.isascii():
        return word.casefold()
    return HIDDEN.sub("", unicodedata.normalize("NFKD", word)).casefold().translate(STROKES)


def _beginning(
    word: str, by_first: Mapping[str, Sequence[tuple[Name, str | None]]], kept: Collection[str]
) -> Sequence[tuple[Name, str | None]]:
    """Names that begin with this word, or with it less an ending."""
    found = by_first.get(word)
    if found is not None or word in kept:
        return found or ()
    for cut in range(1, ENDING + 1):
        found = by_first.get(word[:-cut]) if len(word) - cut >= LONG else None
        if found is not None:
            return found
    for cut in range(1, MOST_PREFIXES + 1):
        found = by_first.get(word[cut:]) if len(word) - cut > 2 and word[cut - 1] in PREFIXES else None
        if found is not None:
            return found
        if word[cut - 1 : cut] not in PREFIXES:
            break
    return ()


def _ended(there: Sequence[str], name: Name, kept: Collection[str]) -> bool:
    """True where each word is the name's, or a long one of it with an ending that no accused's name has."""
    return len(there) == len(name) and all(
        word == part
        or (word not in kept and len(part) >= LONG and word.startswith(part) and len(word) - len(part) <= ENDING)
        or (word not in kept and _is_prefixed(word, part))
        for word, part in zip(there, name, strict=True)
    )


def _is_prefixed(word: str, part: str) -> bool:
    """True where only letters stand before the part that Arabic and Hebrew write together with a word."""
    before = word.removesuffix(part)
    return (
        0 < len(before) <= MOST_PREFIXES
        and len(part) > 2
        and PREFIXES.issuperset(before)
        and before + part == word
    )


def is_minor(one: Accused) -> bool:
    """Under 18, as a figure or in the story's words ("a Class 9 student"). Unknown is not a minor."""
    return one.minor or (one.age is not None and one.age < ADULT)


def victim_names(report: CaseReport) -> frozenset[str]:
    """Keys of the names that the report gives to a victim: nobody of that name is stored as accused."""
    return frozenset(
        match_key(name)
        for person in report.others
        if person.role is Role.VICTIM
        for name in (person.name, *person.aliases)
    )


def protected_names(report: CaseReport) -> frozenset[Name]:
    """Full names (two words or more) of victims, witnesses and minors: who is read under a name that holds one is
    not stored ("the complainant's driver Maya Sampleson" was not accused by it)."""
    people = [
        *((one.name, *one.aliases) for one in report.others if one.role in PROTECTED_ROLES),
        *((one.name, *one.aliases) for one in report.named if is_minor(one)),
    ]
    return frozenset(words for names in people for words in map(_words, names) if len(words) > 1)


def holds(name: str, others: Collection[Name]) -> bool:
    """True when one of these names is this name, or stands in it word after word."""
    words = _words(name)
    return any(
        words[at : at + len(other)] == other for other in others for at in range(len(words) - len(other) + 1)
    )


def address_reader(report: CaseReport, mask: Callable[[str], str]) -> Callable[[str], bool]:
    """A function that says whether an address holds the name of a victim, a witness, a minor or a bystander.

    An address is public, but a list that gives it points at the victim: slugs are made of headlines. Names are
    found as words ("maya-sampleson-speaks", "%20" too), and full ones also written together.
    """
    people = [one for one in report.others if one.role not in PUBLIC_ROLES]
    names = [name for one in people for name in (one.name, *one.aliases)]
    names += [name for one in report.named if is_minor(one) for name in (one.name, *one.aliases)]
    joined = joined_names(names)

    def holds_name(url: str) -> bool:
        words = address_words(url)
        return PROTECTING.search(mask(words)) is not None or holds_joined(words, joined)

    return holds_name


@functools.lru_cache(maxsize=1 << 10)
def address_words(url: str) -> str:
    """The words of an address, written as names are.

    >>> address_words("https://herald.example/maya-sampleson_speaks%20up")
    'Https Herald Example Maya Sampleson Speaks Up'
    """
    return " ".join(PART.findall(HUMP.sub(" ", unquote_plus(url)))).title()


def joined_names(names: Iterable[str]) -> frozenset[str]:
    """Full names without their spaces, where they are long enough to be nothing else."""
    words = (_words(name) for name in names)
    return frozenset(name for one in words if len(one) > 1 and len(name := "".join(one)) >= LEAST_JOINED)


def holds_joined(words: str, joined: Collection[str]) -> bool:
    """True when one of these names stands in the words, once their spaces are gone."""
    squeezed = "".join(_words(words))
    return any(name in squeezed for name in joined)


def _add(
    labels: dict[Name, str], names: Iterable[str], label: str, shared: Collection[str], with_parts: bool
) -> None:
    for name in map(_words, names):
        labels.setdefault(name, label)
        if with_parts:
            for word in name:
                if len(word) > 2 and word not in shared:
                    labels.setdefault((word,), label)


@functools.lru_cache(maxsize=1 << 12)
def _words(name: str) -> Name:
    return tuple(folded_word(word) for word in WORD.findall(name))
