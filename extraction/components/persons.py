"""The tagger of names that we trained: spaCy's NER taught on our stories, with names of many cultures swapped in.

Refuses to touch `doc.ents`: what it finds are candidates, not facts.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator

import spacy
from spacy.language import Language
from spacy.pipeline import EntityRecognizer
from spacy.tokens import Doc

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
        return self.moved(self.tagger(doc)) if self.tagger is not None else doc

    def pipe(self, stream: Iterable[Doc], batch_size: int = 8) -> Iterator[Doc]:
        """Docs in batches, which makes the model's products larger."""
        return (
            map(self, stream)
            if self.tagger is None
            else map(self.moved, self.tagger.pipe(stream, batch_size=batch_size))
        )

    @staticmethod
    def moved(doc: Doc) -> Doc:
        """What was found, taken out of `doc.ents`."""
        doc._.tip_persons = tuple(doc.ents)
        doc.ents = ()
        return doc


if not Doc.has_extension("tip_persons"):
    Doc.set_extension("tip_persons", default=None)
