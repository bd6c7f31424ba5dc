"""Reads articles: text in, `CaseReport` out, one spaCy pipeline a language, built once and only when needed.

Refuses to let one article stop the others: a poison article is a `ReadFailure`, and the rest goes on.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from spacy.language import Language
from spacy.tokens import Doc

from extraction.components.layout import mend
from extraction.components.lexis import bound
from extraction.facts import FactReader
from extraction.model.article import Article
from extraction.model.facts import CaseReport, CountryFact
from extraction.model.lexicon import GateLexicon, ReadingLexicon
from extraction.model.terms import CountryRole
from extraction.pipeline import build
from extraction.relevance import score_text
from extraction.version import EXTRACTOR_VERSION

BATCH = 8  # the models' products are larger, and memory is not: 16 and more give nothing (2026-11-22)
SHORT = 20_000  # characters; a longer text is read alone, so that a batch stays within the worker's memory
MAX_TEXT = 100_000  # characters that are read of one article; what lies beyond is a doubt
UNREAD_RELEVANT = 0.5


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadFailure:
    """An article that could not be read, by the class of the error; never its message, which may hold a name."""

    article_id: str
    error_class: str


class Reader:
    """One reader for all languages that have a lexicon and a pipeline."""

    def __init__(self, lexicons: Mapping[str, ReadingLexicon], gates: Mapping[str, GateLexicon]) -> None:
        self._lexicons = dict(lexicons)
        self._gates = gates
        self._pipelines: dict[str, tuple[Language, FactReader]] = {}

    @property
    def languages(self) -> frozenset[str]:
        """Languages that this reader reads."""
        return frozenset(self._lexicons)

    def read(self, article: Article) -> CaseReport:
        """The report of one article; errors propagate."""
        if article.language not in self._lexicons:
            return self._unread(article)
        nlp, facts = self._pipeline(article.language)
        text = mend(article.text[:MAX_TEXT])
        if not facts.topic.is_possible(text):
            return self._off_topic(article)
        return self._report(facts, nlp(text), article)

    def read_many(self, articles: Iterable[Article]) -> Iterator[CaseReport | ReadFailure]:
        """Reports in order, in batches, in constant memory."""
        stream = iter(articles)
        while batch := list(islice(stream, BATCH)):
            yield from self._batch(batch)

    def _batch(self, batch: list[Article]) -> Iterator[CaseReport | ReadFailure]:
        for language in sorted({a.language for a in batch if a.language in self._lexicons}):
            self._pipeline(language)  # a lexicon that does not compile is no article's fault
        docs = self._docs(batch)
        for n, article in enumerate(batch):
            try:
                doc = docs.pop(n, None)
                if doc is None or article.language is None:
                    yield self.read(article)
                else:
                    yield self._report(self._pipeline(article.language)[1], doc, article)
            except Exception as error:
                yield ReadFailure(article_id=article.id, error_class=type(error).__name__)

    def _docs(self, batch: list[Article]) -> dict[int, Doc]:
        """Docs by position in the batch, of what can be read together; whatever is missing is read alone."""
        found: dict[int, Doc] = {}
        together: dict[str, dict[int, str]] = {}
        for n, article in enumerate(batch):
            language = article.language
            if language not in self._lexicons or not isinstance(article.text, str) or len(article.text) > SHORT:
                continue
            try:
                text = mend(article.text)
                if self._pipeline(language)[1].topic.is_possible(text):
                    together.setdefault(language, {})[n] = text
            except Exception:  # noqa: S112 - poison: it is read alone, and named
                continue
        for language, texts in together.items():
            try:
                docs = list(self._pipeline(language)[0].pipe(texts.values(), batch_size=BATCH))
            except Exception:  # noqa: S112 - one of them is poison: each is read alone, and that one is named
                continue
            found |= dict(zip(texts, docs, strict=True))
        return found

    def _pipeline(self, language: str) -> tuple[Language, FactReader]:
        if language not in self._pipelines:
            nlp = build(self._lexicons[language])
            self._pipelines[language] = (nlp, FactReader(bound(nlp)))
        return self._pipelines[language]

    def _report(self, facts: FactReader, doc: Doc, article: Article) -> CaseReport:
        report = facts.read(doc, article)
        if len(article.text) > MAX_TEXT:
            report = replace(report, doubts={**report.doubts, "text_cut": 1})
        return report

    def _off_topic(self, article: Article) -> CaseReport:
        """Without a word of the topic or of an action there is nothing to judge: the models are spared."""
        reporting = article.country.lower() if article.country is not None else None
        return CaseReport(
            article_id=article.id,
            relevant=False,
            relevance_score=0.0,
            extractor_version=EXTRACTOR_VERSION,
            countries=()
            if reporting is None
            else (CountryFact(country=reporting, role=CountryRole.REPORTING, evidence=(), score=1.0),),
        )

    def _unread(self, article: Article) -> CaseReport:
        gate = self._gates.get(article.language or "")
        score = score_text(article.text, article.title, gate) if gate is not None else 0.0
        return CaseReport(
            article_id=article.id,
            relevant=score >= UNREAD_RELEVANT,
            relevance_score=score,
            extractor_version=EXTRACTOR_VERSION,
            language_read=False,
        )
