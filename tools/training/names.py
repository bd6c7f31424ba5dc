"""Texts with every person's name marked, for the tagger of names: `python -m tools.training.names build/names`.

Refuses to teach names: each text comes again with every name swapped for others, of many cultures.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import spacy
from faker import Faker
from spacy.tokens import DocBin

from tools.training.corpus import stories

SEED = 7
COPIES = 2
LABEL = "PERSON"
SHARE = 60  # given and family names taken of each locale
LOCALES = (
    "en_US", "en_GB", "en_IN", "en_NG", "en_KE", "es_MX", "es_CO", "pt_BR", "fr_FR", "id_ID", "fil_PH",
    "ro_RO", "tr_TR", "it_IT", "pl_PL", "de_DE", "nl_NL", "cs_CZ", "hu_HU", "sq_AL", "vi_VN", "yo_NG", "ha_NG",
    "zu_ZA", "tw_GH",
)  # fmt: skip
LATIN = 0x250
WORD = re.compile(r"[^\W\d_]\w*(?:['’-][^\W\d_]\w*)*\.?|@")
POSSESSIVE = re.compile(r"['’]s$")
SMALL = frozenset(
    "the of and a alias mr mrs ms dr al el de la van von bin binti ibn da do dos e y jr sr ii iii".split()  # noqa: SIM905
)
# Half of the sets: on the others the network then meets the tagger's mistakes as the reader will.
TAUGHT = (
    "open_en", "open2_en", "open3_en", "train_a_en", "train_b_en", "train_d_en",
    "train_m_en", "train_n_en", "train_o_en", "train_p_en",
)  # fmt: skip
CHOSEN_BY = ("train_c_en",)  # the set that the best epoch is chosen by
Span = tuple[int, int]


def fold(word: str) -> str:
    """Case-free word without its marks."""
    return POSSESSIVE.sub("", word).strip(".'’").casefold()


def mentions(text: str, persons: Sequence[Mapping[str, Any]]) -> list[Span]:
    """Spans of every form of every person's name: whole forms first, then runs of one person's words."""
    taken: list[Span] = []
    forms = [form for p in persons for form in (p["name"], *p.get("aliases", ()))]
    for form in sorted(forms, key=len, reverse=True):
        for m in re.finditer(rf"(?<!\w){re.escape(form)}(?!\w)", text):
            if not any(a < m.end() and m.start() < b for a, b in taken):
                taken.append(m.span())
    known = [{fold(w) for w in WORD.findall(form)} for form in forms]
    strong = [{w for w in words if len(w) > 1 and w not in SMALL} for words in known]
    tokens = [m for m in WORD.finditer(text) if not any(a <= m.start() < b for a, b in taken)]
    i = 0
    while i < len(tokens):
        best = i
        if tokens[i].group()[0].isupper():
            for words, sure in zip(known, strong, strict=True):
                j = i
                while (
                    j < len(tokens)
                    and fold(tokens[j].group()) in words
                    and (j == i or text[tokens[j - 1].end() : tokens[j].start()] == " ")
                ):
                    j += 1
                if j > best and any(fold(t.group()) in sure for t in tokens[i:j]):
                    best = j
        if best > i:
            start, end = tokens[i].start(), tokens[best - 1].end()
            if POSSESSIVE.search(text[start:end]):
                end -= 2
            elif text[start:end].endswith(".") and end - start > 3:
                end -= 1
            taken.append((start, end))
        i = max(best, i + 1)
    return sorted(taken)


def swap(text: str, spans: Sequence[Span], rng: random.Random, pool: Sequence[str]) -> tuple[str, list[Span]]:
    """The text with every word of every name swapped, alike wherever it stands."""
    table: dict[str, str] = {}

    def other(m: re.Match[str]) -> str:
        word = m.group()
        key = fold(word)
        if key in SMALL or len(key) < 2 or not word[0].isupper():
            return word
        new = table.setdefault(key, rng.choice(pool))
        return new.upper() if word.isupper() and len(word) > 3 else new

    parts: list[str] = []
    found: list[Span] = []
    position = length = 0
    for start, end in spans:
        new = re.sub(r"[^\W\d_][\w'’-]*", other, text[start:end])
        parts += [text[position:start], new]
        length += start - position
        found.append((length, length + len(new)))
        length += len(new)
        position = end
    return "".join([*parts, text[position:]]), found


def name_pool(texts: Sequence[Sequence[Mapping[str, Any]]]) -> list[str]:
    """Words of names: those of our stories and of Faker's locales in Latin letters."""
    pool = [w for persons in texts for p in persons for w in re.findall(r"[^\W\d_][\w'’-]+", p["name"])]
    for locale in LOCALES:
        fake = Faker(locale)
        fake.seed_instance(SEED)
        pool += [name for _ in range(SHARE) for name in (fake.first_name(), fake.last_name())]
    return [
        w
        for w in dict.fromkeys(pool)
        if w[0].isupper() and " " not in w and fold(w) not in SMALL and all(ord(c) < LATIN for c in w)
    ]


def marked(nlp: spacy.language.Language, items: Sequence[tuple[str, Sequence[Span]]]) -> DocBin:
    """Texts with their names as entities."""
    found = DocBin()
    for text, spans in items:
        doc = nlp.make_doc(text)
        last = 0
        ents = []
        for start, end in spans:
            span = doc.char_span(start, end, label=LABEL, alignment_mode="expand")
            if span is not None and span.start >= last:
                ents.append(span)
                last = span.end
        doc.ents = ents
        found.add(doc)
    return found


def texts(names: Sequence[str]) -> Iterator[tuple[str, list[Mapping[str, Any]]]]:
    """Text and persons of every story that is not held out."""
    for name in names:
        for article, gold in stories(name, held_out=False):
            yield article["text"], gold["persons"]


def main() -> int:
    """Write train.spacy and dev.spacy."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    rng = random.Random(SEED)  # noqa: S311 - an order, no secret
    nlp = spacy.blank("en")
    every = list(texts(TAUGHT))
    pool = name_pool([persons for _, persons in every])
    train = [(text, mentions(text, persons)) for text, persons in every]
    dev = [(text, mentions(text, persons)) for text, persons in texts(CHOSEN_BY)]
    swapped = [swap(text, marks, rng, pool) for _ in range(COPIES) for text, marks in train]
    both = [*train, *swapped]
    rng.shuffle(both)
    options.folder.mkdir(parents=True, exist_ok=True)
    marked(nlp, both).to_disk(options.folder / "train.spacy")
    marked(nlp, dev).to_disk(options.folder / "dev.spacy")
    print(f"{len(train)} stories, {len(both)} texts, {len(dev)} to choose by; {len(pool)} words of names")
    return 0


if __name__ == "__main__":
    sys.exit(main())
