"""What kind of outlet a name stands for (`config/outlet_kinds.yml`), for names that are not in the catalogue.

Refuses to guess: a name without a word of the list is of no known kind.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from config.validation import fault, load_yaml

FILE = Path(__file__).parent / "outlet_kinds.yml"
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]


class KindFile(BaseModel):
    """One kind with its words."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Annotated[str, StringConstraints(pattern=r"^[a-z_]+$")] = Field(description="lower case, one word")
    words: tuple[Word, ...] = Field(min_length=1, description="list of texts; `*` ends a stem")


class OutletKindsFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kinds: tuple[KindFile, ...] = Field(min_length=1, description="list of {kind, words}")

    @field_validator("kinds")
    @classmethod
    def _once(cls, value: tuple[KindFile, ...]) -> tuple[KindFile, ...]:
        seen: set[str] = set()
        for word in (word.casefold() for one in value for word in one.words):
            if word in seen:
                raise fault(f'"{word}" stands here twice', "keep it under one kind, once")
            seen.add(word)
        return value


class OutletKinds:
    """Kinds by name; the first that matches."""

    def __init__(self, file: OutletKindsFile) -> None:
        self._patterns = [(one.kind, _pattern(one.words)) for one in file.kinds]

    def of(self, name: str) -> str | None:
        """The kind that a name tells, None when it tells none: `Kano Evening Post` is a newspaper."""
        return next((kind for kind, pattern in self._patterns if pattern.search(name)), None)


def load_outlet_kinds(path: Path = FILE) -> OutletKinds:
    """Read the words. Raises ConfigErrors."""
    return OutletKinds(load_yaml(path, OutletKindsFile))


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    parts = [rf"{re.escape(word[:-1])}\w*" if word.endswith("*") else re.escape(word) for word in words]
    return re.compile(rf"\b(?:{'|'.join(parts)})\b", re.IGNORECASE)
