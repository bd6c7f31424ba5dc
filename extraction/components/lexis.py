"""A reading lexicon made ready to match: compiled rules, lowered word sets, macros expanded.

Refuses a rule that does not compile: the error names the rule's id.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from spacy.language import Language

from extraction.model.lexicon import PhraseRule, ReadingLexicon

# A masked person is OPEN, one letter per person (private use), CLOSE.
OPEN, CLOSE = "\ue000", "\ue001"
FIRST, LAST = 0xE100, 0xF8FF
MASK = f"{OPEN}[{chr(FIRST)}-{chr(LAST)}]+{CLOSE}"
MACRO = re.compile(r"(?<!\?P)<([a-z_.]+|[PGX])>")
MAX_NESTING = 6
NEVER = re.compile(r"(?!)")  # for what a language has no pattern of


class RuleError(ValueError):
    """A lexicon rule or pattern that cannot be compiled: in which folder, which, and why."""

    def __init__(self, rule: str, reason: str, language: str | None = None) -> None:
        super().__init__(f"{f'config/lexicons/{language}: ' if language else ''}rule {rule}: {reason}")
        self.rule, self.reason = rule, reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """A phrase rule with its compiled pattern; `tag` is what evidence cites ("stage.jailed.passive@1")."""

    id: str
    tag: str
    regex: re.Pattern[str]
    value: str
    score: float


@dataclass(frozen=True, kw_only=True)
class Lexis:
    """Everything that the components look up, per language."""

    lexicon: ReadingLexicon
    sets: Mapping[str, frozenset[str]]
    rules: Mapping[str, tuple[Rule, ...]]
    demonyms: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    place_words: frozenset[str] = frozenset()

    def group(self, name: str) -> tuple[Rule, ...]:
        """The rules of one group, in the order of the files."""
        return self.rules[name]

    def pattern(self, name: str, **parts: str) -> re.Pattern[str]:
        """The single pattern `pattern.<name>` of the lexicon, with `<part>` replaced."""
        key, language = f"pattern.{name}", self.lexicon.language
        try:
            text = self.lexicon.words[key][0]
            for part, alternatives in parts.items():
                text = text.replace(f"<{part}>", f"(?:{alternatives})")
            return re.compile(text)
        except (KeyError, IndexError) as error:
            raise RuleError(key, "is missing; a pattern that never matches is ['(?!)x']", language) from error
        except re.error as error:
            raise RuleError(key, f"does not compile: {error}", language) from error

    def optional(self, name: str, default: re.Pattern[str]) -> re.Pattern[str]:
        """`pattern.<name>` where the language has its own, else `default`, which English needs."""
        return self.pattern(name) if f"pattern.{name}" in self.lexicon.words else default


def compile_lexicon(lexicon: ReadingLexicon) -> Lexis:
    """`lexicon` ready to match; raises RuleError."""
    try:
        rules = {
            name: tuple(compile_rule(rule, lexicon.words) for rule in entries)
            for name, entries in lexicon.rules.items()
        }
    except RuleError as error:
        raise RuleError(error.rule, error.reason, lexicon.language) from error
    sets = {name: frozenset(w.lower() for w in words) for name, words in lexicon.words.items()}
    return Lexis(
        lexicon=lexicon,
        sets=sets,
        rules=rules,
        demonyms=lexicon.demonyms,
        places=lexicon.places,
        place_words=frozenset(name.lower() for name in lexicon.places),
    )


def compile_rule(rule: PhraseRule, words: Mapping[str, Iterable[str]]) -> Rule:
    """One rule; `<name>` in its pattern stands for a word list, `<G>`/`<P>`/`<X>` for masked persons."""
    try:
        regex = re.compile(numbered(expand(rule.pattern, words)), re.IGNORECASE)
    except (re.error, KeyError) as error:
        raise RuleError(rule.id, f"does not compile: {error}") from error
    return Rule(id=rule.id, tag=f"{rule.id}@{rule.version}", regex=regex, value=rule.value, score=rule.score)


def numbered(pattern: str) -> str:
    """Give each person group its own name (g0, g1, ...), since a name may stand only once."""
    parts = pattern.split("(?P<g>")
    return parts[0] + "".join(f"(?P<g{n}>{part}" for n, part in enumerate(parts[1:]))


def expand(pattern: str, words: Mapping[str, Iterable[str]], depth: int = 0) -> str:
    """`pattern` with every macro replaced; word lists become alternations in their order."""
    if depth > MAX_NESTING:
        raise KeyError(pattern)

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if name in ("P", "X", "G"):
            return expand(_PERSONS[name], words, depth + 1)
        return "(?:" + "|".join(expand(w, words, depth + 1) for w in words[f"macro.{name}"]) + ")"

    return MACRO.sub(replace, pattern)


# What stands for people in a pattern: <P> one, <X> one who is not meant, <G> those in a coordination.
_ONE = rf"{MASK}(?!['’]s?\b)"
_PERSONS = {
    "P": rf"(?P<g>{MASK})",
    "X": MASK,
    "G": rf"(?P<g>{_ONE}(?:<link><plain>{_ONE}){{0,30}})",
}

_BOUND: WeakKeyDictionary[Language, Lexis] = WeakKeyDictionary()


def bind(nlp: Language, lexis: Lexis) -> None:
    """Give a pipeline its lexicon, before its components are added."""
    _BOUND[nlp] = lexis


def bound(nlp: Language) -> Lexis:
    """The lexicon that `bind` gave; KeyError without one."""
    return _BOUND[nlp]
