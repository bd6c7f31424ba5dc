"""Builds the spaCy pipeline that reads one language.

Refuses a base model: nothing of one is needed beside the components that we trained.
"""

from __future__ import annotations

import spacy
from spacy.language import Language

import extraction.components.case
import extraction.components.layout
import extraction.components.more_names
import extraction.components.people
import extraction.components.persons  # noqa: F401 - registers factories
from extraction.components.lexis import bind, compile_lexicon
from extraction.gemm import multiply_by_numpy
from extraction.model.lexicon import ReadingLexicon

COMPONENTS = ("tip_names", "tip_people", "tip_case")


def build(lexicon: ReadingLexicon) -> Language:
    """The pipeline of `lexicon`'s language, by rules alone where no weights lie; takes under a second."""
    nlp = spacy.blank(lexicon.language)
    bind(nlp, compile_lexicon(lexicon))
    nlp.add_pipe("tip_layout", first=True)
    nlp.add_pipe("tip_persons", config={"language": lexicon.language})
    for name in COMPONENTS:
        nlp.add_pipe(name)
    multiply_by_numpy(nlp)
    return nlp
