"""The tagger of names that we trained: spaCy's NER taught on our stories, with names of many cultures swapped in.

Refuses to touch `doc.ents`: what the stock NER says of places and firms stays beside it.
"""

from __future__ import annotations

import warnings

import spacy
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.tokens import Doc, Span

from extraction.encoder.network import FOLDER

PIPE = "ner"


@Language.factory("tip_persons", default_config={"language": "en"}, assigns=["doc._.tip_persons"])
class PersonsComponent:
    """Writes `doc._.tip_persons`, the spans of persons; None where no tagger was trained."""

    def __init__(self, nlp: Language, name: str, language: str) -> None:
        folder = FOLDER / language / "names"
        self.tagger: EntityRecognizer | None = None
        if folder.is_dir():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # it was trained with the same spaCy; its vocabulary is not needed
                self.tagger = spacy.load(folder, vocab=nlp.vocab, exclude=["tokenizer"]).get_pipe(PIPE)

    @property
    def model(self) -> object:
        """The tagger's model, so that its products can be switched like every other's."""
        return self.tagger.model if self.tagger is not None else None

    def __call__(self, doc: Doc) -> Doc:
        if self.tagger is not None:
            copy = Doc(doc.vocab, words=[t.text for t in doc], spaces=[bool(t.whitespace_) for t in doc])
            doc._.tip_persons = tuple(Span(doc, e.start, e.end, e.label) for e in self.tagger(copy).ents)
        return doc


if not Doc.has_extension("tip_persons"):
    Doc.set_extension("tip_persons", default=None)
