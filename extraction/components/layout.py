"""The shape of a text: soft line breaks mended, blocks, sentences, headings and list items.

Refuses to move a character: the mended text has the length of the original, so every span holds in both.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from spacy.language import Language
from spacy.tokens import Doc

from extraction.components.lexis import bound

SPACES = re.compile(r"[\u00a0\u2000-\u200b\u202f\u3000\t\r]")
DROP_CAP = re.compile(r"(?<=[\s.])([A-Z])\n([a-z]{2})")
LINE = re.compile(r"[^\n]+")
END = re.compile(r"[.!?…](?:\s?»|[\"”’')\]])*(?=\s+(?:«\s?|[\"“‘'(\[])*[A-Z0-9\u00c0-\u00de@*])")
ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Mx|Dr|Dra|Sra|Prof|St|Sr|Jr|Sgt|Cpl|Cst|Lt|Col|Cmdr|Capt|Maj|Gen|Insp|Supt|Det|Pol|Atty|Adv|Hon|Rev|Fr|"
    r"Ma|Md|Mst|Mt|Rs|Tk|No|Nos|vs|v|Inc|Ltd|Co|Corp|Calif|Ont|Que|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec|"
    r"a\.k\.a|a\.m|p\.m|i\.e|e\.g|u/s|Sec|Art|Engr|Barr|Smt|Kum|Shri|Gov|Sen|Rep|Dist|Dept|Ave|Blvd|Fla|Tex|Ariz)"
    r"|(?:^|[\s(“\"‘.])[A-Z](?:\.[A-Z])*)$"
)
NUMBERED = re.compile(r"\b(?:arts?|n|nr|núm)$")  # end no sentence before a figure
ITEM = re.compile(
    r"^\W{0,3}(?:\(?(?:[A-Z]?\d{1,2}|[ivx]{1,4}|[a-h])[.):]?\s+|[·•▪*–-]\s*)?(?=[\"“]?[A-Z\u00c0-\u00de])"
)
SOFT_END = re.compile(
    r"(?:[,—]|\b(?:and|or|of|the|a|an|in|to|for|with|by|was|were|is|are|at|on|from|year-old))$", re.IGNORECASE
)
TERMINAL = re.compile(r"[.!?:…][\"”’')\]]*$")
CONTINUES = re.compile(r"^(?:[a-z]|[,;.)](?!\.)|and\b)")
AGED = re.compile(r"\(\d\d\)")
MAX_HEADING = 160
MAX_SENTENCE = 4000  # characters; what is longer is no sentence: like a heading it introduces nobody
MAX_RUN = 20  # marks in a row; spaCy's tokenizer takes time quadratic in longer ones (20,000 quotes: 31 s)
RUN = re.compile(r"[^\w\s]{21,}")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A span of the mended text. `block` counts paragraphs; `heading` marks lines without a sentence's shape."""

    start: int
    end: int
    block: int
    heading: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """The mended text and its sentences, in order."""

    text: str
    sentences: tuple[Sentence, ...]


def mend(text: str) -> str:
    """`text` with odd spaces and soft line breaks as plain spaces; same length."""
    text = SPACES.sub(" ", text)
    text = RUN.sub(lambda m: m.group()[:MAX_RUN] + " " * (len(m.group()) - MAX_RUN), text)
    text = DROP_CAP.sub(r"\n\1\2", text)
    chars = list(text)
    lines = list(LINE.finditer(text))
    for before, after in pairwise(lines):
        if after.start() - before.end() != 1:
            continue
        left, right = before.group().rstrip(), after.group().lstrip()
        if left and right and _is_soft(left, right):
            chars[before.end()] = " "
    return "".join(chars)


def _is_soft(left: str, right: str) -> bool:
    if CONTINUES.match(right):
        return not TERMINAL.search(left)
    return bool(SOFT_END.search(left)) and not left.isupper() and len(left.split()) > 1


def split(text: str, *, title_case: bool = True, figures: bool = False) -> tuple[Sentence, ...]:
    """Sentences of a mended text: lines, cut after terminal marks that end no abbreviation.

    `title_case`: headlines of the language begin every word with a capital; `figures`: also those with numbers.
    """
    found: list[Sentence] = []
    block = 0
    last_end = 0
    for line in LINE.finditer(text):
        if not line.group().strip():
            continue
        if text.count("\n", last_end, line.start()) >= 1:
            block += 1
        last_end = line.end()
        start = line.start()
        pieces = []
        for mark in END.finditer(text, line.start(), line.end()):
            if ABBREVIATION.search(text[start : mark.start()]) and mark.group()[0] == ".":
                continue
            if text[mark.end() : mark.end() + 2].strip().isdigit() and NUMBERED.search(text[start : mark.start()]):
                continue
            pieces.append((start, mark.end()))
            start = mark.end()
        pieces.append((start, line.end()))
        heading = len(pieces) == 1 and is_heading(line.group(), title_case=title_case, figures=figures)
        for a, b in pieces:
            raw = text[a:b]
            lead = len(raw) - len(raw.lstrip())
            if raw.strip():
                found.append(Sentence(a + lead, a + len(raw.rstrip()), block, heading or b - a > MAX_SENTENCE))
    return tuple(found)


def is_heading(line: str, *, title_case: bool = True, figures: bool = False) -> bool:
    """True for a line in capitals, or a short line in title case without a sentence's end."""
    line = line.strip()
    letters = [c for c in line if c.isalpha()]
    if len(line) > MAX_HEADING or not letters:
        return not letters
    if sum(c.isupper() for c in letters) > 0.8 * len(letters):
        return True
    if TERMINAL.search(line) or (any(c.isdigit() for c in line) and not figures):
        return False
    words = [w for w in re.findall(r"[^\W\d_]+", line) if len(w) > 3]
    share = 0.7 if figures else 0.8
    aged = figures and AGED.search(line)  # "X (41), Y": an item of a list
    return title_case and not aged and len(words) > 3 and sum(w[0].isupper() for w in words) >= share * len(words)


@Language.factory("tip_layout", assigns=["doc._.tip_layout"])
class LayoutComponent:
    """Writes `doc._.tip_layout`."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.title_case = not bound(nlp).sets.get("words.small_headlines")
        self.figures = bool(bound(nlp).sets.get("words.figured_headlines"))

    def __call__(self, doc: Doc) -> Doc:
        text = mend(doc.text)
        doc._.tip_layout = Layout(text, split(text, title_case=self.title_case, figures=self.figures))
        return doc


if not Doc.has_extension("tip_layout"):
    Doc.set_extension("tip_layout", default=None)
