"""What a text shows of each person, as named traits that a linear model can weigh.

Refuses names: every name, place and number is masked, so that no trait can remember a person, a town or an outlet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from extraction.components.cues import Cue
from extraction.components.layout import Layout
from extraction.components.lexis import Lexis
from extraction.components.people import Known, Mention, title_role

WORD = re.compile(r"\w+(?:['’-]\w+)*|[^\w\s]")
SELF, OTHER, PLACE, NUMBER, AGE = "§self", "§other", "§place", "§number", "§age"
LEFT, RIGHT, WINDOW = 6, 8, 14
MANY = 6
STEM = 5
LEAD = 500
GROUPS = ("stage", "accused", "victim", "official", "lawyer", "witness", "other")


def person_traits(
    lexis: Lexis,
    layout: Layout,
    people: Sequence[Known],
    known: Known,
    cues: Sequence[Cue],
    *,
    apart: frozenset[int],
) -> frozenset[str]:
    """Traits of one person over all mentions; `cues` are those about this person."""
    traits: set[str] = set()
    for number, mention in enumerate(known.mentions[:12]):
        for trait in mention_traits(lexis, layout, people, known, mention):
            traits.add(trait)
            if number == 0:
                traits.add(f"first:{trait}")
    traits.update(standing(known, cues, apart, len(people)))
    return frozenset(traits)


def standing(known: Known, cues: Sequence[Cue], apart: frozenset[int], people: int) -> Iterator[str]:
    """What rules, titles and the person's place in the text say."""
    title = title_role(known)
    yield f"title:{title[0].value if title else 'none'}"
    yield f"words:{min(len(known.words), 4)}"
    yield f"mentions:{min(len(known.mentions), 5)}"
    yield f"rank:{min(known.index, MANY)}"
    yield f"people:{min(people, 12) // 3}"
    yield f"age:{any(n.age is not None for n in known.names)}"
    yield f"alias:{bool(known.aliases)}"
    if known.mentions and all(m.sentence in apart for m in known.mentions):
        yield "apart"
    for cue in cues:
        yield f"cue:{cue.group}:{cue.value}:{'named' if cue.named else 'meant'}"
        yield f"cue:{cue.group}"
    for group in GROUPS:
        if not any(c.group == group for c in cues):
            yield f"no:{group}"


def mention_traits(
    lexis: Lexis, layout: Layout, people: Sequence[Known], known: Known, mention: Mention
) -> Iterator[str]:
    """Words around one mention, by place and as a bag."""
    words, at = masked_sentence(lexis, layout, people, known, mention)
    left = [*words[max(0, at - LEFT) : at][::-1], "§start"]
    right = [*words[at + 1 : at + 1 + RIGHT], "§end"]
    for n, word in enumerate(left[:4]):
        yield f"l{n}:{word}"
    for n, word in enumerate(right[:5]):
        yield f"r{n}:{word}"
    for a, b in pairwise(left[:5]):
        yield f"l:{b} {a}"
    for a, b in pairwise(right[:7]):
        yield f"r:{a} {b}"
    if len(left) > 1 and len(right) > 1:
        yield f"lr:{left[0]} {right[0]}"
    for word in set(words[max(0, at - WINDOW) : at]):
        yield f"bl:{word}"
        yield f"sl:{word[:STEM]}"
    for word in set(words[at + 1 : at + 1 + WINDOW]):
        yield f"br:{word}"
        yield f"sr:{word[:STEM]}"
    sentence = layout.sentences[mention.sentence]
    if sentence.heading:
        yield "heading"
    if mention.sentence <= 2:
        yield "lead"


def masked_sentence(
    lexis: Lexis, layout: Layout, people: Sequence[Known], known: Known, mention: Mention
) -> tuple[list[str], int]:
    """The sentence's words with names, places and numbers masked, and where this mention stands."""
    sentence = layout.sentences[mention.sentence]
    spans = sorted(
        (m.start, m.end, person is known)
        for person in people
        for m in person.mentions
        if m.sentence == mention.sentence
    )
    words: list[str] = []
    at = 0
    position = sentence.start
    for start, end, same in spans:
        if start < position and words:
            continue
        words.extend(plain_words(lexis, layout.text[position:start]))
        if start == mention.start:
            at = len(words)
        words.append(SELF if same else OTHER)
        position = end
    words.extend(plain_words(lexis, layout.text[position : max(position, sentence.end)]))
    return words, at


def plain_words(lexis: Lexis, text: str) -> list[str]:
    """Lowered words; places and numbers by kind."""
    found = []
    for m in WORD.finditer(text):
        word = m.group()
        low = word.lower()
        if word.isdigit():
            found.append(AGE if len(word) == 2 else NUMBER)
        elif any(c.isdigit() for c in word):
            found.append(low if re.fullmatch(r"\d\d?-year-olds?", low) is None else "§year-old")
        elif word[0].isupper() and low in lexis.place_words:
            found.append(PLACE)
        else:
            found.append(low)
    return found


def lead_words(lexis: Lexis, layout: Layout, title: str | None, people: Sequence[Known]) -> list[str]:
    """Words of the title and the first lines, without any word of anybody's name."""
    names = {word.lower() for known in people for name in known.names for word in name.words}
    names |= {word.lower() for known in people for alias, _, _ in known.aliases for word in alias.split()}
    return [w for w in plain_words(lexis, f"{title or ''} . {layout.text[:LEAD]}") if w not in names]


def lead_traits(lexis: Lexis, layout: Layout, title: str | None, people: Sequence[Known]) -> frozenset[str]:
    """Stems of the title and the first lines, which often say for everybody how far a case got."""
    return frozenset(f"lead:{word[:STEM]}" for word in lead_words(lexis, layout, title, people))


def text_traits(lexis: Lexis, layout: Layout, title: str | None, people: Sequence[Known]) -> frozenset[str]:
    """Traits of a whole text: its words, those of its lead, and pairs of them, without names."""
    spans = sorted((m.start, m.end) for person in people for m in person.mentions)
    parts: list[str] = []
    position = 0
    for start, end in spans:
        if start >= position:
            parts.append(layout.text[position:start])
            position = end
    parts.append(layout.text[position:])
    words = plain_words(lexis, " ".join(parts))
    lead = lead_words(lexis, layout, title, people)
    traits = {f"t:{w}" for w in words}
    traits |= {f"p:{a} {b}" for a, b in pairwise(words)}
    traits |= {f"lead:{w}" for w in lead}
    traits |= {f"leadp:{a} {b}" for a, b in pairwise(lead)}
    return frozenset(traits)
