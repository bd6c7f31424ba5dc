"""The words around a quote with others' names masked, out of a text that is masked once for all its quotes.

Refuses half a name: what the mask or the edge of the window would cut is left out whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import product

from storage.masking import WORD, folded_word

LONGEST = 32
"""Characters kept on each side (for a W3C TextQuoteSelector: enough to find the place again)."""
WIDE = 250
"""Characters that are masked on each side, so that a name is seen whole."""
EDGE = 120
"""Of these the outer ones, never shown: a name that the window's edge cuts is there. No name is longer."""
WORD_LENGTH = 60
"""Characters of a word at most."""
CONTROL = re.compile("[\x01-\x08\x0e-\x1b]")
MARKS = tuple("".join(pair) for pair in product(map(chr, range(0x01, 0x09)), map(chr, range(0x0E, 0x1C))))
"""Two signs that no text needs, to mark where quotes begin and end. ASCII: other signs make masking slow."""
MOST = len(MARKS) // 2
"""Quotes of one window."""
Span = tuple[int, int]
Around = tuple[str, str]


def around(
    text: str, spans: Iterable[Span], mask: Callable[[str], str], own: Iterable[str] | None = None
) -> Mapping[Span, Around]:
    r"""Prefix and suffix of each span of `text`, masked: whole words, "" where none is safe.

    With `own` (the names that may stand there) each side ends at a word that is written as a name is and that the
    text nowhere writes small: the reader does not see everybody (81 of 1,188 protected persons of our gold had no
    role or half their name; 2026-11-23), and whom it does not see nobody masks.

    Beside a name that reaches into the quote nothing is kept on that side.

    >>> told = "Judge Olga Benchly jailed Ravi"
    >>> around(told, [(19, 25), (11, 25)], lambda text: re.sub(r"Olga\W+Benchly", "[official]", text))
    {(11, 25): ('', ' Ravi'), (19, 25): ('Judge [official] ', ' Ravi')}
    """
    found: dict[Span, Around] = {}
    for several in _windows(sorted(set(spans))):
        found |= _around(text, several, mask)
    if own is None or not found:
        return found
    known = {folded_word(word) for name in own for word in WORD.findall(name)} | _small(text)
    return {span: (_after_names(prefix, known), _before_names(suffix, known))
            for span, (prefix, suffix) in found.items()}  # fmt: skip


def _small(text: str) -> set[str]:
    """Words that the text writes without a capital somewhere: "Josefa" is none, "The" is."""
    return {folded_word(word) for word in WORD.findall(text) if word[0].islower()}


def _before_names(text: str, known: Collection[str]) -> str:
    """The text up to the first word that may be a name."""
    for match in WORD.finditer(text):
        if (
            not match.group()[0].islower()
            and match.group()[0].isalpha()
            and folded_word(match.group()) not in known
        ):
            return text[: match.start()].rstrip()
    return text


def _after_names(text: str, known: Collection[str]) -> str:
    """The text after the last word that may be a name."""
    for match in reversed(list(WORD.finditer(text))):
        if (
            not match.group()[0].islower()
            and match.group()[0].isalpha()
            and folded_word(match.group()) not in known
        ):
            return text[match.end() :].lstrip()
    return text


def _windows(spans: Iterable[Span]) -> Iterator[list[Span]]:
    """Spans whose surroundings overlap are masked together."""
    together: list[Span] = []
    reach = 0
    for span in spans:
        if together and (span[0] - 2 * WIDE > reach or len(together) >= MOST):
            yield together
            together, reach = [], 0
        together.append(span)
        reach = max(reach, span[1])
    if together:
        yield together


def _around(text: str, spans: list[Span], mask: Callable[[str], str]) -> dict[Span, Around]:
    low = max(0, spans[0][0] - WIDE)
    high = min(len(text), max(end for _, end in spans) + WIDE)
    edges = {span: (_word_edges(text, span[0])[0], _word_edges(text, span[1])[1]) for span in spans}
    places = sorted({place for pair in edges.values() for place in pair})
    marks = dict(zip(places, MARKS, strict=False))
    pieces, done = [], low
    for place in places:
        pieces += [CONTROL.sub(" ", text[done:place]), marks[place]]
        done = place
    masked = mask("".join([*pieces, CONTROL.sub(" ", text[done:high])]))
    found: dict[Span, Around] = {}
    for span, (start, end) in edges.items():
        before, is_there, _ = masked.partition(marks[start])
        prefix = _last(CONTROL.sub("", before), from_edge=low > 0) if is_there else ""
        _, is_there, after = masked.partition(marks[end])
        suffix = _first(CONTROL.sub("", after), to_edge=high < len(text)) if is_there else ""
        found[span] = (prefix if start == span[0] else "", suffix if end == span[1] else "")
    return found


def _word_edges(text: str, place: int) -> Span:
    """Where the word begins and ends that this place lies in; the place itself twice where it lies in none."""
    if not 0 < place < len(text) or text[place - 1].isspace() or text[place].isspace():
        return place, place
    for match in WORD.finditer(text, max(0, place - WORD_LENGTH), place + WORD_LENGTH):
        if match.start() < place < match.end():
            return match.start(), match.end()
    return place, place


def _last(text: str, *, from_edge: bool) -> str:
    safe = text[EDGE:] if from_edge else text
    kept = safe[-LONGEST:]
    if (len(kept) < len(safe) and not safe[-len(kept) - 1].isspace()) or (from_edge and len(kept) == len(safe)):
        kept = kept[next((k for k, sign in enumerate(kept) if sign.isspace()), len(kept)) :]
    opened, closed = kept.find("["), kept.find("]")
    if closed >= 0 and not 0 <= opened < closed:
        kept = kept[closed + 1 :]  # the rest of a label
    return kept.lstrip()


def _first(text: str, *, to_edge: bool) -> str:
    safe = text[:-EDGE] if to_edge else text
    kept = safe[:LONGEST]
    if (len(kept) < len(safe) and not safe[len(kept)].isspace()) or (to_edge and len(kept) == len(safe)):
        kept = kept[: next((k for k in range(len(kept) - 1, -1, -1) if kept[k].isspace()), 0)]
    opened = kept.rfind("[")
    if opened > kept.rfind("]"):
        kept = kept[:opened]
    return kept.rstrip()
