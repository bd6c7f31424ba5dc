"""The gate's words of every language, from `config/lexicons/<language>/gate.yml`.

Refuses unknown keys, empty entries, entries without letters and the same entry twice.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from config.validation import ConfigError, ConfigErrors, fault, load_yaml
from extraction.model.lexicon import GateLexicon

LEXICONS = Path(__file__).parent / "lexicons"

Entry = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=80)]


class GateFile(BaseModel):
    """One `gate.yml`. The syntax of entries stands in `extraction.phrases`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")] = Field(
        description="ISO 639-1, as the folder"
    )
    strong: tuple[Entry, ...] = Field(description="words that mean trafficking by themselves; list of texts")
    weak: tuple[Entry, ...] = Field(
        default=(), description="words that admit a page but weigh less; list of texts"
    )
    context: tuple[Entry, ...] = Field(default=(), description="words of courts and police; list of texts")
    negative: tuple[Entry, ...] = Field(default=(), description="words of near-misses; list of texts")

    @model_validator(mode="after")
    def _once(self) -> GateFile:
        if not self.strong and not self.weak:
            raise fault("no word of this file admits a page", "add entries under `strong:`")
        seen: set[str] = set()
        for entry in (*self.strong, *self.weak, *self.context, *self.negative):
            if not any(character.isalpha() for character in entry):
                raise fault(f'"{entry}" has no letters', "write a word; `*` only at its end or start")
            folded = entry.casefold()
            if folded in seen:
                raise fault(f'"{entry}" stands here twice', "keep it in one list, once")
            seen.add(folded)
        return self


def load_gate_lexicons(directory: Path | None = None) -> dict[str, GateLexicon]:
    """Language (ISO 639-1) to its gate words, sorted; raises ConfigErrors with all faults of all files."""
    found: dict[str, GateLexicon] = {}
    faults: list[ConfigError] = []
    for path in sorted((directory or LEXICONS).glob("*/gate.yml")):
        try:
            file = load_yaml(path, GateFile)
        except ConfigErrors as errors:
            faults.extend(errors.errors)
            continue
        if file.language != path.parent.name:
            faults.append(
                ConfigError(
                    file=str(path),
                    line=None,
                    key="language",
                    problem=f'"{file.language}" is not the folder\'s language',
                    remedy=f"write {path.parent.name}, or move the file",
                )
            )
            continue
        found[file.language] = GateLexicon(
            language=file.language,
            strong=file.strong,
            weak=file.weak,
            context=file.context,
            negative=file.negative,
        )
    if faults:
        raise ConfigErrors(faults)
    return found
