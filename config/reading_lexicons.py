"""Loads the reading lexicons: every YAML of a language's folder but `gate.yml`, and the table of places.

Refuses merging by accident: a list, rule id or demonym that two files define is an error with file and remedy;
so is a key that every other language has, and a `<name>` in a rule without its `macro.<name>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from config.offences import load_statutes
from config.validation import ConfigError, ConfigErrors, load_yaml
from extraction.model.lexicon import PhraseRule, ReadingLexicon

LEXICONS = Path(__file__).resolve().parent / "lexicons"
PLACES = Path(__file__).resolve().parent / "places"
BUILDING_BLOCK = re.compile(r"(?<!\?P)<([a-z_.]+)>")
REFERENCE = "en"  # whose files show what a key means
OWN = ("macro.", "currency.", "pattern.penalty.kind.")  # keys that a language has as it needs them


class RuleEntry(BaseModel):
    """One rule as YAML writes it; see `PhraseRule`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    version: int = Field(default=1, ge=1)
    pattern: str
    value: str
    score: float = Field(default=1.0, ge=0.0, le=5.0)
    examples: tuple[str, ...] = ()
    counterexamples: tuple[str, ...] = ()


class LexiconFile(BaseModel):
    """One YAML of a language: word lists, rule groups and demonyms, each optional."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    rules: dict[str, tuple[RuleEntry, ...]] = Field(default_factory=dict)
    demonyms: dict[str, str] = Field(default_factory=dict)


def read_languages(directory: Path | None = None) -> tuple[str, ...]:
    """Languages that a reader can be built for, without loading any."""
    folders = sorted(one for one in (directory or LEXICONS).iterdir() if one.is_dir())
    return tuple(one.name for one in folders if any(file.name != "gate.yml" for file in one.glob("*.yml")))


def load_reading_lexicons(directory: Path | None = None, places: Path | None = None) -> dict[str, ReadingLexicon]:
    """One lexicon per language folder that holds more than `gate.yml`; raises ConfigErrors."""
    table = load_places(places or PLACES)
    statutes = load_statutes()
    found = {}
    for folder in sorted((directory or LEXICONS).iterdir()):
        files = sorted(f for f in folder.glob("*.yml") if f.name != "gate.yml") if folder.is_dir() else []
        if files:
            found[folder.name] = replace(load_language(folder.name, files, table), statutes=statutes)
    gaps = [gap for language in found for gap in _gaps(language, found, directory or LEXICONS)]
    if gaps:
        raise ConfigErrors(gaps)
    return found


def load_language(language: str, files: list[Path], places: dict[str, tuple[str, ...]]) -> ReadingLexicon:
    """Merge the files of one language."""
    words: dict[str, tuple[str, ...]] = {}
    rules: dict[str, tuple[PhraseRule, ...]] = {}
    demonyms: dict[str, str] = {}
    seen: dict[str, Path] = {}
    for file in files:
        content = load_yaml(file, LexiconFile)
        keys = [f"words.{k}" for k in content.words] + [f"demonyms.{k}" for k in content.demonyms]
        keys += [f"rule {r.id}" for group in content.rules.values() for r in group]
        for key in keys:
            if key in seen:
                raise ConfigErrors([_twice(file, key, seen[key])])
            seen[key] = file
        words |= content.words
        demonyms |= {k.lower(): v.lower() for k, v in content.demonyms.items()}
        for group, entries in content.rules.items():
            rules[group] = rules.get(group, ()) + tuple(PhraseRule(**e.model_dump()) for e in entries)
    undefined = [
        _undefined(seen[f"rule {rule.id}"], rule.id, name)
        for rule in (r for entries in rules.values() for r in entries)
        for name in dict.fromkeys(BUILDING_BLOCK.findall(rule.pattern))
        if f"macro.{name}" not in words
    ]
    if undefined:
        raise ConfigErrors(undefined)
    return ReadingLexicon(language=language, words=words, rules=rules, demonyms=demonyms, places=places)


def load_places(directory: Path) -> dict[str, tuple[str, ...]]:
    """Place name to its countries, from `cities.tsv` (GeoNames, CC BY 4.0)."""
    lines = (directory / "cities.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines)
    return {name: tuple(codes.split(",")) for name, codes in rows}


def _twice(file: Path, key: str, first: Path) -> ConfigError:
    return ConfigError(
        file=str(file), line=1, key=key, problem=f"also defined in {first.name}", remedy="keep one of the two"
    )


def _gaps(language: str, lexicons: Mapping[str, ReadingLexicon], directory: Path) -> Iterator[ConfigError]:
    """What every other language has and this one lacks: without it reading would end in a KeyError."""
    others = [lexicon for name, lexicon in lexicons.items() if name != language]
    if language == REFERENCE or REFERENCE not in lexicons:
        return
    own = lexicons[language]
    words = set.intersection(*(set(o.words) for o in others)) - set(own.words)
    groups = set.intersection(*(set(o.rules) for o in others)) - set(own.rules)
    for part, keys in (("words", words), ("rules", groups)):
        for key in sorted(k for k in keys if not k.startswith(OWN)):
            yield ConfigError(
                file=str(directory / language),
                line=None,
                key=f"{part}.{key}",
                problem="missing: every other language has it",
                remedy=f"write it in a file of this folder; `grep -rn -A4 '^  {key}:' {directory / REFERENCE}` "
                "shows what it is; a list that stays empty is [], a pattern that never matches ['(?!)x']",
            )


def _undefined(file: Path, rule: str, name: str) -> ConfigError:
    return ConfigError(
        file=str(file),
        line=None,
        key=f"rule {rule}",
        problem=f"<{name}> stands for macro.{name}, which no file of this folder defines",
        remedy=f"define macro.{name} under words: in macros.yml, or write it out",
    )
