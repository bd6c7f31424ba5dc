"""Names gathered into people, and every later short form, alias or heading found again.

Refuses a person from a short form alone when two could be meant: the one introduced first is taken, and only them.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from spacy.language import Language
from spacy.tokens import Doc

from extraction.components.layout import Layout
from extraction.components.lexis import Lexis, bound
from extraction.components.name_parts import WORD, Name, is_capital
from extraction.model.terms import Role

ANCHOR_SCORE = 3.0
PARENTHESISED = re.compile(r"^\s?\($")


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a person is named. `sentence` indexes the layout's sentences."""

    start: int
    end: int
    phrase_start: int
    phrase_end: int
    sentence: int
    name: Name | None


@dataclass(slots=True)
class Known:
    """A person of the text while it is being read. `index` is the order of introduction."""

    index: int
    words: tuple[str, ...]
    names: list[Name] = field(default_factory=list)
    aliases: list[tuple[str, int, int]] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    organisation: bool = False

    tokens: set[str] = field(default_factory=set)
    """Folded words of every form of the name, without particles' dots."""
    alias_tokens: set[str] = field(default_factory=set)
    """Folded words of the aliases."""
    whole: set[str] = field(default_factory=set)
    """Every alias, folded as a whole."""

    @property
    def text(self) -> str:
        """The fullest form."""
        return " ".join(self.words)

    def take(self, name: Name) -> None:
        """One more form of the name."""
        self.names.append(name)
        self.tokens.update(map(fold, name.words))

    def call(self, alias: tuple[str, int, int]) -> None:
        """One more alias, with its span."""
        self.aliases.append(alias)
        self.alias_tokens.update(map(fold, alias[0].split()))
        self.whole.add(fold(alias[0]))


@lru_cache(maxsize=1 << 16)
def fold(word: str) -> str:
    """Case- and accent-free form."""
    flat = unicodedata.normalize("NFKD", word.casefold().strip(".\"'“”‘’"))
    return "".join(c for c in flat if not unicodedata.combining(c))


class Gatherer:
    """Clusters names and finds their other mentions."""

    def __init__(self, lexis: Lexis) -> None:
        self.lexis = lexis
        self.word = lexis.optional("name.word", WORD)
        self.weak = lexis.sets["words.particles"] | lexis.sets["words.not_name"]

    def gather(self, layout: Layout, names: list[Name]) -> list[Known]:
        """People in order of introduction, with all mentions."""
        people: list[Known] = []
        table: dict[str, set[int]] = {}
        later: list[Name] = []
        previous: tuple[Name, Known] | None = None
        for name in names:
            anchor = len(name.words) > 1 or name.score >= ANCHOR_SCORE
            if not anchor:
                later.append(name)
                continue
            known = self.match(people, table, name)
            inside = previous is not None and PARENTHESISED.match(
                layout.text[previous[0].phrase_end : name.phrase_start]
            )
            if known is None and inside and previous is not None and not name.organisation:
                known = previous[1]
                known.call((" ".join(previous[0].words), previous[0].start, previous[0].end))
                known.words = name.words
            if known is None:
                known = Known(index=len(people), words=name.words, organisation=name.organisation)
                people.append(known)
            self.add(known, name, table)
            previous = (name, known)
        for name in later:
            known = self.match(people, table, name)
            if known is None:
                known = Known(index=len(people), words=name.words, organisation=name.organisation)
                people.append(known)
            self.add(known, name, table)
        self.find_mentions(layout, people)
        order = sorted(people, key=lambda k: k.mentions[0].start if k.mentions else 0)
        for index, known in enumerate(order):
            known.index = index
        return order

    def add(self, known: Known, name: Name, table: dict[str, set[int]]) -> None:
        """Take one more form of a name; `table` says which words are whose."""
        known.take(name)
        known.organisation = known.organisation or name.organisation
        if len(name.words) > len(known.words) or (known.text.isupper() and not " ".join(name.words).isupper()):
            known.words = name.words
        have = known.whole | {fold(" ".join(n.words)) for n in known.names}
        for alias in name.aliases:
            if fold(alias[0]) not in have:
                known.call(alias)
        for token in known.tokens | known.alias_tokens:
            table.setdefault(token, set()).add(known.index)

    def match(self, people: list[Known], table: dict[str, set[int]], name: Name) -> Known | None:
        """The person that `name` is a form of; only those who share a word with it are asked, in order."""
        tokens = {fold(w) for w in name.words} - {""}
        strong = tokens - self.weak
        joined = fold(" ".join(name.words))
        for index in sorted(set().union(*(table.get(t, ()) for t in tokens))):
            known = people[index]
            if joined in known.whole or joined == fold(known.text):
                return known
            mine = known.tokens
            reach = mine | known.alias_tokens
            if len(strong & reach) >= 2 and (tokens <= reach or mine <= tokens):
                return known
            if len(strong) == 1 and strong <= reach and len(tokens) == 1:
                ages = {n.age for n in known.names} - {None}
                if name.age is None or not ages or name.age in ages:
                    return known
            if (
                len(mine) == 1
                and mine <= tokens
                and known.names[0].words[0] == name.words[0]
                and not known.organisation
            ):
                return known
        return None

    def find_mentions(self, layout: Layout, people: list[Known]) -> None:
        """Write every person's mentions, sorted; names first, then short forms elsewhere."""
        starts = [s.start for s in layout.sentences]
        phrases: list[tuple[int, int]] = []
        for known in people:
            for name in known.names:
                index = max(bisect_right(starts, name.start) - 1, 0)
                known.mentions.append(
                    Mention(name.start, name.end, name.phrase_start, name.phrase_end, index, name)
                )
                phrases.append((name.phrase_start, name.phrase_end))
        taken = Taken(phrases)
        table: dict[str, list[Known]] = {}
        for known in people:
            places = {t for t in known.alias_tokens if t in self.lexis.place_words or t in self.lexis.demonyms}
            for token in (known.tokens | (known.alias_tokens - places)) - self.weak:
                if len(token) > 1:
                    table.setdefault(token, []).append(known)
        for index, sentence in enumerate(layout.sentences):
            tokens = list(self.word.finditer(layout.text, sentence.start, sentence.end))
            i = 0
            while i < len(tokens):
                step = self.at(layout, tokens, i, table, sentence.heading)
                if step is None:
                    i += 1
                    continue
                known, j = step
                start, end = tokens[i].start(), tokens[j - 1].end()
                if layout.text[end - 2 : end] in ("'s", "’s"):
                    end -= 2
                elif layout.text[start:end].endswith("."):
                    end -= 1
                if not taken.meets(start, end):
                    known.mentions.append(Mention(start, end, start, end, index, None))
                i = j
        for known in people:
            known.mentions.sort(key=lambda m: m.start)

    def at(
        self,
        layout: Layout,
        tokens: list[re.Match[str]],
        i: int,
        table: dict[str, list[Known]],
        heading: bool,
    ) -> tuple[Known, int] | None:
        """The person named at token `i` and where the name ends; the longest form wins."""
        text = layout.text
        if not is_capital(tokens[i].group()):
            return None
        best: tuple[int, int, Known] | None = None
        for known in table.get(short(tokens[i].group()), ()):
            reach = known.tokens | known.alias_tokens
            j = i + 1
            while (
                j < len(tokens)
                and text[tokens[j - 1].end() : tokens[j].start()] in (" ", "")
                and (short(tokens[j].group()) in reach and tokens[j].group()[0].isalpha())
            ):
                j += 1
            key = (j - i, -known.index)
            if best is None or key > best[:2]:
                best = (j - i, -known.index, known)
        if best is None:
            return None
        known, j = best[2], i + best[0]
        if heading and best[0] < 2:
            return None
        if best[0] == 1:
            before = tokens[i - 1] if i else None
            after = tokens[j] if j < len(tokens) else None
            if (
                before is not None
                and text[before.end() : tokens[i].start()] == " "
                and self.blocks(before.group())
            ):
                return None
            if after is not None and text[tokens[i].end() : after.start()] == " " and self.blocks(after.group()):
                return None
        return known, j

    def blocks(self, word: str) -> bool:
        """True when a capitalised neighbour makes a lone token part of another name."""
        low = word.lower().rstrip(".")
        sets = self.lexis.sets
        title = any(
            low in sets[f"titles.{r}"] for r in ("official", "plain", "lawyer", "other", "victim", "witness")
        )
        return is_capital(word) and not title and low not in sets["words.not_name"]


class Taken:
    """Stretches of a text, to be asked whether another one meets any of them."""

    def __init__(self, stretches: Iterable[tuple[int, int]]) -> None:
        self.starts: list[int] = []
        self.ends: list[int] = []  # the farthest end of all that begin so far
        for start, end in sorted(stretches):
            self.starts.append(start)
            self.ends.append(max(end, self.ends[-1] if self.ends else end))

    def meets(self, start: int, end: int) -> bool:
        """True when a stretch shares a letter with [start, end)."""
        before = bisect_left(self.starts, end)  # those that begin before `end`
        return before > 0 and self.ends[before - 1] > start


def short(word: str) -> str:
    """Folded word without a possessive."""
    return fold(re.sub(r"['’]s?$", "", word))


def title_role(known: Known) -> tuple[Role, Name] | None:
    """What the titles say about a person: the first mention that wears one decides."""
    for name in known.names:
        if name.role is not None:
            return name.role, name
    return None


@Language.factory("tip_people", assigns=["doc._.tip_people"], requires=["doc._.tip_names", "doc._.tip_layout"])
class PeopleComponent:
    """Writes `doc._.tip_people`, a list of `Known`."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.gatherer = Gatherer(bound(nlp))

    def __call__(self, doc: Doc) -> Doc:
        doc._.tip_people = self.gatherer.gather(doc._.tip_layout, doc._.tip_names)
        return doc


if not Doc.has_extension("tip_people"):
    Doc.set_extension("tip_people", default=None)
