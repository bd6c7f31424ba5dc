"""Words of persons' names (`config/person_names.yml`): titles, spellings, short forms, and what is common.

Refuses a word in two spellings: a name that stood for two others would make two persons one.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from config.validation import fault, load_yaml

FILE = Path(__file__).parent / "person_names.yml"


def _words(value: Any) -> Any:
    return tuple(value.split()) if isinstance(value, str) else value


Words = Annotated[
    tuple[str, ...], BeforeValidator(_words), Field(min_length=1, description="words, with spaces between")
]


class PersonNamesFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    titles: Words
    suffixes: Words
    particles: Words
    male: Words
    female: Words
    spellings: tuple[Words, ...]
    nicknames: tuple[Words, ...]
    everywhere: Words
    often: Words

    @field_validator("spellings")
    @classmethod
    def _once(cls, value: tuple[tuple[str, ...], ...]) -> tuple[tuple[str, ...], ...]:
        seen: dict[str, int] = {}
        for n, group in enumerate(value):
            for word in group:
                if seen.setdefault(word, n) != n:
                    raise fault(f'"{word}" stands in two spellings', "keep it in one of them")
        return value


class PersonNames:
    """The words as sets and maps, folded."""

    def __init__(self, file: PersonNamesFile) -> None:
        self.titles = frozenset(file.titles)
        self.suffixes = frozenset(file.suffixes)
        self.particles = frozenset(file.particles)
        self.male = frozenset(file.male)
        self.female = frozenset(file.female)
        standard = {word: group[0] for group in file.spellings for word in group}
        self.standard: Mapping[str, str] = MappingProxyType(standard)
        full: dict[str, frozenset[str]] = {}
        for group in file.nicknames:
            root = standard.get(group[0], group[0])
            for word in group:
                short = standard.get(word, word)
                full[short] = full.get(short, frozenset()) | {root}
        self.full: Mapping[str, frozenset[str]] = MappingProxyType(full)
        self.everywhere = frozenset(standard.get(w, w) for w in file.everywhere)
        self.often = frozenset(standard.get(w, w) for w in file.often) - self.everywhere

    def is_known(self, word: str) -> bool:
        """True when the standard spelling `word` is a name of the lists: two of them are never one mistyped."""
        return word in self.everywhere or word in self.often or word in self.full


@lru_cache(maxsize=1)
def load_person_names(path: Path = FILE) -> PersonNames:
    """Read the words, once. Raises ConfigErrors."""
    return PersonNames(load_yaml(path, PersonNamesFile))
