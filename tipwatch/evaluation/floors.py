"""Floors under the figures of each set, in a TOML file that a person can read and only a flag can lower.

Refuses to move a floor by itself, and figures of another text than the floors were pinned on (`digest`).
"""

from __future__ import annotations

import hashlib
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tipwatch.errors import CommandError

CEILING = "max_"
DIGEST = "digest"
DIGEST_LENGTH = 16
"""Hex digits of the SHA-256 that are pinned: against an edit in passing, not against an enemy."""
STEPS = 1000
"""Floors are written in thousandths, rounded to the easier side."""


class Move(StrEnum):
    """What may be done to floors: nothing, up only, or to wherever the figures are."""

    HOLD = "hold"
    RAISE = "raise"
    LOWER = "lower"


@dataclass(frozen=True, kw_only=True, slots=True)
class Floors:
    """Floors and ceilings (`max_…`) of every set, and the digest that each was pinned on."""

    file: Path
    bounds: Mapping[str, Mapping[str, float]]
    digests: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Breach:
    """A figure on the wrong side of its bound, or a set that is not the one that was pinned (`bound` is None)."""

    set_name: str
    key: str
    value: float | None
    bound: float | None

    @property
    def sentence(self) -> str:
        """Set, field, floor and value, for a log."""
        if self.bound is None:
            return f"{self.set_name}: its files changed since the floors were pinned ({DIGEST} is now {self.key})"
        kind = "ceiling" if self.key.startswith(CEILING) else "floor"
        value = "without a case" if self.value is None else f"{self.value:.4f}".rstrip("0").rstrip(".")
        return f"{self.set_name}: {self.key.removeprefix(CEILING)} is {value}, {kind} {self.bound:g}"


def read_floors(file: Path) -> Floors:
    """Read and check. Raises CommandError with what is wrong."""
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise CommandError(
            f"{file}: not TOML: {error}", 'Each set is a table: [name], then "figure" = floor.'
        ) from error
    bounds: dict[str, dict[str, float]] = {}
    digests: dict[str, str] = {}
    for name, table in data.items():
        if not isinstance(table, dict):
            raise CommandError(f"{file}: {name}: no table", "Floors stand under the [name] of a set.")
        bounds[name] = {}
        for key, value in table.items():
            if key == DIGEST and isinstance(value, str):
                digests[name] = value
            elif isinstance(value, bool) or not isinstance(value, int | float):
                raise CommandError(f"{file}: {name}: {key}: no number", 'Write "accused.f1" = 0.9.')
            else:
                bounds[name][key] = float(value)
    return Floors(file=file, bounds=bounds, digests=digests)


def digest(files: Iterable[Path]) -> str:
    """The first digits of the SHA-256 over the files' bytes, in the order given."""
    whole = hashlib.sha256()
    for file in files:
        whole.update(file.read_bytes())
    return whole.hexdigest()[:DIGEST_LENGTH]


def breaches(
    floors: Floors, set_name: str, flat: Mapping[str, float | None], found_digest: str | None
) -> list[Breach]:
    """Every bound of this set that does not hold. Raises CommandError for a bound on a figure that we do not have.

    A floor on a ratio without a case is a breach: a set that lost its cases must not pass.
    """
    found: list[Breach] = []
    pinned = floors.digests.get(set_name)
    if pinned is not None and found_digest is not None and pinned != found_digest:
        found.append(Breach(set_name=set_name, key=found_digest, value=None, bound=None))
    for key, bound in floors.bounds.get(set_name, {}).items():
        name = key.removeprefix(CEILING)
        if name not in flat:
            known = ", ".join(sorted(flat))
            raise CommandError(f"{floors.file}: {set_name}: {key}: no such figure", f"Known: {known}.")
        value = flat[name]
        if value is None or (value > bound if key.startswith(CEILING) else value < bound):
            found.append(Breach(set_name=set_name, key=key, value=value, bound=bound))
    return found


def moved(key: str, bound: float, value: float | None, move: Move) -> float:
    """Where the bound stands after the move: the figure itself, rounded to the easier side, or where it was."""
    if value is None:
        return bound
    ceiling = key.startswith(CEILING)
    near = (math.ceil if ceiling else math.floor)(round(value * STEPS, 6)) / STEPS
    stricter = near < bound if ceiling else near > bound
    match move:
        case Move.HOLD:
            return bound
        case Move.RAISE:
            return near if stricter else bound
        case Move.LOWER:
            return bound if stricter else near


_TABLE = re.compile(r"\[([\w.-]+)\]\s*(#.*)?")
_BOUND = re.compile(r'(?P<head>\s*"?(?P<key>[\w.]+)"?\s*=\s*)(?P<value>"[^"]*"|[\d.]+)(?P<tail>.*)', re.DOTALL)


STANDARD = (
    "relevance.f1", "accused.p", "accused.f1", "status_accuracy", "offences.f1",
    "max_victims_named_as_accused", "max_officials_named_as_accused",
)  # fmt: skip
"""What a set gets that had no floors yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A set's figures and the digest of its files, to pin."""

    flat: Mapping[str, float | None]
    digest: str | None


def rewrite(text: str, measured: Mapping[str, Measured], move: Move) -> tuple[str, list[str]]:
    """The file's text with its bounds moved and digests pinned, comments kept; and one sentence a change.

    A digest that is there changes only with `LOWER`: other text may be easier. A set without floors gets some.
    """
    lines: list[str] = []
    said: list[str] = []
    known = {_table(line) for line in text.splitlines()}
    pinned = _pinned(text)
    name: str | None = None
    for line in text.splitlines(keepends=True):
        table, bound = _table(line), _BOUND.match(line)
        name = table or name
        of = measured.get(name or "")
        lines.append(
            line if table or bound is None or of is None else _moved_line(name or "", bound, of, move, said)
        )
        if table is not None and of is not None and of.digest is not None and table not in pinned:
            lines.append(f'{DIGEST} = "{of.digest}"\n')
            said.append(f"{table}: {DIGEST} pinned")
    for new in [one for one in measured if one not in known]:
        lines.append(_new_table(new, measured[new]))
        said.append(f"{new}: floors set where the figures are")
    return "".join(lines), said


def _table(line: str) -> str | None:
    found = _TABLE.match(line)
    return None if found is None else found[1]


def _pinned(text: str) -> set[str]:
    """Sets whose table has a digest already."""
    found: set[str] = set()
    name = ""
    for line in text.splitlines():
        name = _table(line) or name
        bound = _BOUND.match(line)
        if bound is not None and bound["key"] == DIGEST:
            found.add(name)
    return found


def _moved_line(name: str, bound: re.Match[str], of: Measured, move: Move, said: list[str]) -> str:
    key, old, line = bound["key"], bound["value"], bound.string
    if key == DIGEST:
        if move is not Move.LOWER or of.digest is None or old == f'"{of.digest}"':
            return line
        said.append(f"{name}: {DIGEST} pinned anew")
        return f'{bound["head"]}"{of.digest}"{bound["tail"]}'
    if key.removeprefix(CEILING) not in of.flat:
        return line
    new = moved(key, float(old), of.flat[key.removeprefix(CEILING)], move)
    if new == float(old):
        return line
    said.append(f"{name}: {key} {float(old):g} -> {new:g}")
    return f"{bound['head']}{new:g}{bound['tail']}"


def _new_table(name: str, of: Measured) -> str:
    lines = [f"\n[{name}]"]
    if of.digest is not None:
        lines.append(f'{DIGEST} = "{of.digest}"')
    for key in STANDARD:
        value = of.flat[key.removeprefix(CEILING)]
        if value is not None:
            easiest = math.inf if key.startswith(CEILING) else 0.0
            lines.append(f'"{key}" = {moved(key, easiest, value, Move.RAISE):g}')
    return "\n".join(lines) + "\n"
