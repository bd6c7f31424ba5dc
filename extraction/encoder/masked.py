"""A text as the trained reader sees it: word pieces, with every mention of a person as that person's number.

Refuses to let a name through: what stands for a person is one piece, the same for all names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokenizers import Tokenizer

from extraction.components.people import fold

CLS, SEP = "[CLS]", "[SEP]"
SLOTS = 98  # word pieces that the base model reserved and never used: [unused0] to [unused97]
CHUNK, OVERLAP, TITLE, WINDOWS = 380, 80, 48, 6  # word pieces; what lies beyond the last window is not seen
SHORT = 2  # letters up to which a word of a name is too common to be looked for in a title
WORD = re.compile(r"\w[\w.'’-]*")
POSSESSIVE = re.compile(r"['’]s$")

Span = tuple[int, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A person to be judged: the name's words and where they are named, as spans of the text."""

    words: tuple[str, ...]
    spans: tuple[Span, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """One stretch of a text with its title before it.

    `pieces` are ids of the vocabulary, or `-(n + 1)` for person n; `spans` their places in the text, None in the
    title; `nations` are pairs of a piece's position and a country's code.
    """

    pieces: tuple[int, ...]
    spans: tuple[Span | None, ...]
    nations: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Word pieces of one text with their spans."""

    ids: list[int]
    spans: list[Span]


class Masker:
    """Cuts texts into windows."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self.cls, self.sep = int(tokenizer.token_to_id(CLS) or 0), int(tokenizer.token_to_id(SEP) or 0)

    def windows(
        self, text: str, title: str | None, people: Sequence[Subject], nations: Sequence[tuple[int, int, str]]
    ) -> list[Window]:
        """Windows of `text`, at least one; `nations` are spans of country words with ISO codes."""
        head = self.pieces(title or "", title_names(title or "", people)).ids[:TITLE]
        marks = [(start, end, n) for n, person in enumerate(people) for start, end in person.spans]
        body = self.pieces(text, marks)
        lands = list(self.places(body, nations))
        shift = len(head) + 2
        found: list[Window] = []
        for at in range(0, max(1, WINDOWS * (CHUNK - OVERLAP)), CHUNK - OVERLAP):
            chunk = body.ids[at : at + CHUNK]
            found.append(
                Window(
                    pieces=(self.cls, *head, self.sep, *chunk, self.sep),
                    spans=(*[None] * shift, *body.spans[at : at + CHUNK], None),
                    nations=tuple((k - at + shift, code) for k, code in lands if at <= k < at + CHUNK),
                )
            )
            if at + CHUNK >= len(body.ids):
                break
        return found

    def pieces(self, text: str, marks: Sequence[tuple[int, int, int]]) -> Pieces:
        """Word pieces with a person's number for each mark (start, end, person); marks in marks are dropped."""
        ids: list[int] = []
        spans: list[Span] = []
        position = 0
        for start, end, person in [*sorted(marks), (len(text), len(text), -1)]:
            if start < position:
                continue
            stretch = self.tokenizer.encode(text[position:start], add_special_tokens=False)
            ids.extend(stretch.ids)
            spans.extend((position + a, position + b) for a, b in stretch.offsets)
            if person >= 0:
                ids.append(-(person + 1))
                spans.append((start, end))
            position = end
        return Pieces(ids, spans)

    @staticmethod
    def places(body: Pieces, nations: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, str]]:
        """Position and code of every country word that survived masking."""
        first = 0
        for start, end, code in sorted(nations):
            while first < len(body.spans) and body.spans[first][1] <= start:
                first += 1
            if first < len(body.spans) and body.spans[first][0] < end and body.ids[first] >= 0:
                yield first, code


def title_names(title: str, people: Sequence[Subject]) -> list[tuple[int, int, int]]:
    """Marks for words of people's names in a title; the longest run wins."""
    words = list(WORD.finditer(title))
    known = [{fold(w) for w in p.words if len(w) > SHORT} for p in people]
    found: list[tuple[int, int, int]] = []
    i = 0
    while i < len(words):
        best, whose = i, -1
        if words[i].group()[0].isupper():
            for n, mine in enumerate(known):
                j = i
                while j < len(words) and fold(POSSESSIVE.sub("", words[j].group())) in mine:
                    j += 1
                if j > best:
                    best, whose = j, n
        if whose >= 0:
            found.append((words[i].start(), words[best - 1].end(), whose))
        i = max(best, i + 1)
    return found
