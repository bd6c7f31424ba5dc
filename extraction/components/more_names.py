"""Names that no run of capitals gave: court lists' "SURNAME, First", and what only the trained tagger sees.

Refuses what overlaps a name already found: this adds, it never changes.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from spacy.language import Language
from spacy.tokens import Doc, Span

from extraction.components.layout import Layout, Sentence
from extraction.components.lexis import bound
from extraction.components.name_parts import Name, Token
from extraction.components.names import NameFinder

CAP = r"[A-Z\u00c0-\u00de][\w\u2019'-]+"
# A list item or a case title, the family name first, then an age, a bracket or a description.
REVERSED = re.compile(
    rf"(?:^|(?<=\bv\. )|(?<=\bv ))\W{{0,3}}(?P<family>{CAP}(?: {CAP})?), (?P<given>{CAP}(?: (?:{CAP}|[A-Z]\.?))?)"
    r"(?=(?: [\"\u201c(][^\"\u201d)]{2,20}[\"\u201d),]{1,2})?,? (?:\(|aged? )?\d\d\b| \()"
)
TAGGED_SCORE = 2.5
ALONE = 1.5  # one word that only the tagger sees
AFTER, FIRM = 30, -5.0  # characters behind a name, and what speaks there against a person beyond doubt


class MoreNames:
    """Adds to the names that `NameFinder` found."""

    def __init__(self, finder: NameFinder) -> None:
        self.finder = finder
        self.introduced = finder.lexis.pattern("name.introduced")
        self.before = finder.lexis.sets["words.before_tagged"]

    def add(self, doc: Doc, layout: Layout, found: Sequence[Name]) -> list[Name]:
        """All names in order."""
        spans = doc._.tip_persons or ()
        turned = [n for s in layout.sentences if (n := self.turned(layout.text, s, spans)) is not None]
        names = [n for n in found if not any(overlap(n, t) for t in turned)] + turned
        starts = [s.start for s in layout.sentences]
        for span in spans:
            at = bisect_right(starts, span.start_char) - 1
            sentence = layout.sentences[at] if at >= 0 and span.start_char < layout.sentences[at].end else None
            if sentence is None or any(
                n.phrase_start < span.end_char and span.start_char < n.phrase_end for n in names
            ):
                continue
            name = self.tagged(layout.text, sentence, span.start_char, min(span.end_char, sentence.end))
            if name is None or (len(name.words) == 1 and not self.stands_alone(layout.text, name, names)):
                continue
            names.append(name)
        return sorted(names, key=lambda n: n.start)

    def is_plain(self, text: str, words: Sequence[Token]) -> bool:
        """True when the text also writes one of several words small: a headline, an office, an event."""
        small = [w.text.lower() for w in words if len(w.text) > 2 and w.text.lower() not in self.finder.particles]
        return len(words) > 1 and any(
            w in text and re.search(rf"(?<![\w-]){re.escape(w)}(?!\w)", text) for w in small
        )

    def stands_alone(self, text: str, name: Name, names: Sequence[Name]) -> bool:
        """One word is a name only where another sign says so: a list, "his wife", an age."""
        word = name.words[0]
        if (
            word.isupper()
            or word.lower() in self.finder.lexis.place_words
            or word.lower() in self.finder.lexis.demonyms
        ):
            return False
        if re.search(rf"(?<!\w){re.escape(word.lower())}(?!\w)", text):
            return False
        before = text[max(0, name.start - 40) : name.start]
        last = re.findall(r"[\w'’-]+$", before.rstrip())
        return (
            name.age is not None
            or bool(name.aliases)
            or self.introduced.search(before) is not None
            or bool(last and last[0].lower() in self.finder.person_nouns)
            or any(
                n.phrase_end <= name.start and self.finder.coordinated.match(text, n.phrase_end, name.start)
                for n in names
            )
        )

    def turned(self, text: str, sentence: Sentence, tagged: Sequence[Span]) -> Name | None:
        """A name written family name first: in capitals, or where the tagger takes its first word for a person."""
        m = REVERSED.search(text[sentence.start : sentence.end])
        if m is None:
            return None
        start, end = sentence.start + m.start("family"), sentence.start + m.end("given")
        family = [w.lower() for w in m["family"].split()]
        lexis = self.finder.lexis
        if any(w in self.finder.not_name or w in lexis.place_words or self.finder.is_day(w) for w in family):
            return None
        if not m["family"].isupper() and (len(family) > 1 or not any(s.start_char == start for s in tagged)):
            return None
        end_of_phrase, age, age_span, aliases = self.finder.tails.read(text, sentence, end)
        return Name(
            start=start,
            end=end,
            words=(*m["given"].split(), *m["family"].split()),
            phrase_start=start,
            phrase_end=end_of_phrase,
            score=TAGGED_SCORE,
            age=age,
            age_span=age_span,
            aliases=aliases,
            tagged=True,
        )

    def is_no_person(self, text: str, sentence: Sentence, words: Sequence[Token]) -> bool:
        """True where the words, or what stands behind them, speak against the tagger: "X (Pty) Ltd"."""
        finder = self.finder
        low = [w.text.lower() for w in words]
        return (
            not words[0].text[0].isupper()
            or any(c.isdigit() for w in words for c in w.text)
            or (len(words) == 1 and sentence.heading)
            or all(w in finder.not_name for w in low)
            or finder.signs_after(text[words[-1].end : words[-1].end + AFTER].lstrip()) <= FIRM
            or " ".join(low) in finder.placeholders
            or self.is_plain(text, words)
            or finder.nation_words(low) == len(words)
            or low[-1] in finder.companies
            or any(w in finder.organisation for w in low)
        )

    def tagged(self, text: str, sentence: Sentence, start: int, end: int) -> Name | None:
        """A span that only the tagger takes for a person."""
        words = [
            Token(m.group(), start + m.start(), start + m.end())
            for m in re.finditer(r"[^\s,;:()\"\u201c\u201d]+", text[start:end])
        ]
        while words and words[0].text.rstrip(".").lower() in self.before:
            words = words[1:]
        if not words or self.is_no_person(text, sentence, words):
            return None
        start, end = words[0].start, words[-1].end
        end_of_phrase, age, age_span, aliases = self.finder.tails.read(text, sentence, end)
        role, title = self.finder.title_role(text, sentence, [], start)
        return Name(
            start=start,
            end=end,
            words=tuple(w.text for w in words),
            phrase_start=start,
            phrase_end=end_of_phrase,
            score=TAGGED_SCORE if len(words) > 1 else ALONE,
            role=role,
            title=title,
            age=age,
            age_span=age_span,
            aliases=aliases,
            tagged=True,
        )


def overlap(left: Name, right: Name) -> bool:
    """True when two names share a letter."""
    return left.start < right.end and right.start < left.end


@Language.factory("tip_names", assigns=["doc._.tip_names"], requires=["doc._.tip_persons", "doc._.tip_layout"])
class NamesComponent:
    """Writes `doc._.tip_names`, a list of `Name`."""

    def __init__(self, nlp: Language, name: str) -> None:
        self.finder = NameFinder(bound(nlp))
        self.more = MoreNames(self.finder)

    def __call__(self, doc: Doc) -> Doc:
        doc._.tip_names = self.more.add(doc, doc._.tip_layout, self.finder.find(doc, doc._.tip_layout))
        return doc


if not Doc.has_extension("tip_names"):
    Doc.set_extension("tip_names", default=None)
