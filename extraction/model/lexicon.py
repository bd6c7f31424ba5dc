"""Typed shapes of the word lists that `config` loads and `extraction` is given.

Refuses files: extraction never opens a lexicon; it receives these objects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from extraction.model.statutes import Statute


@dataclass(frozen=True, kw_only=True, slots=True)
class GateLexicon:
    """Trafficking words of one language, for the gate. Recall first.

    `strong` words admit a page alone ("human trafficking"); of `weak` words ("brothel", "pimp") one admits too,
    but weighs less in the score on text; `context` words (court, police, sentence words) only raise the score.
    `negative` words lower it (film, novel, training, drug trafficking). All compare without case and accents
    where the language's press writes without them.
    """

    language: str  # ISO 639-1
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    context: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PhraseRule:
    """One small, named, versioned pattern of a language's reading lexicon.

    `id` is stable ("stage.sentenced.active"), `version` counts changes, `pattern` is in the syntax that the
    reading component documents, `value` is what a match means, `examples` are sentences that are its tests.
    """

    id: str
    version: int
    pattern: str
    value: str
    score: float = 1.0
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadingLexicon:
    """Word lists and phrase rules with which one language is read; keys are defined in config/lexicons/README.md.

    `words` maps a list's name ("titles.official", "victim_nouns", "stage.verbs.sentenced") to its entries;
    `rules` maps a rule group's name ("stage", "charge", "penalty", ...) to its rules, in order;
    `demonyms` maps a nationality word ("nepali") to an alpha-2 code; `places` a place's name to alpha-2 codes.
    """

    language: str
    words: Mapping[str, tuple[str, ...]]
    rules: Mapping[str, tuple[PhraseRule, ...]]
    demonyms: Mapping[str, str]
    places: Mapping[str, tuple[str, ...]]
    statutes: tuple[Statute, ...] = ()  # national statutes, the same for every language
