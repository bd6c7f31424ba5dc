"""The evaluation from files to figures: read sets, read or take predictions, compare, check the floors.

Refuses to write: what becomes of floors and figures is the command's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tipwatch.errors import CommandError
from tipwatch.evaluation.figures import figures
from tipwatch.evaluation.floors import Breach, Floors, Measured, breaches
from tipwatch.evaluation.readings import Readings, from_file, from_reader
from tipwatch.evaluation.results import Pool, Result, pooled, result
from tipwatch.evaluation.sets import GoldSet

UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True, slots=True)
class PoolOrder:
    """Sets to be counted as one as well."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Evaluation:
    """What was scored, and the pools that have an absent member."""

    results: tuple[Result, ...]
    pools: tuple[Pool, ...]
    half: tuple[str, ...]

    def measured(self) -> dict[str, Measured]:
        """Figures by the name of a set or pool, for floors."""
        sets = {one.gold.name: Measured(flat=one.figures.flat(), digest=one.gold.digest) for one in self.results}
        return sets | {pool.name: Measured(flat=figures(pool.outcomes).flat(), digest=None) for pool in self.pools}


def evaluate(
    sets: Sequence[GoldSet],
    pools: Sequence[PoolOrder] = (),
    predictions: Path | None = None,
    advance: Callable[[int], None] = lambda _: None,
) -> Evaluation:
    """Score every set: by `predictions` where there are, else by reading now. Raises CommandError, OSError."""
    names = [one.name for one in sets] + [pool.name for pool in pools]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CommandError(f"Two sets or pools are called {twice[0]!r}.", "Rename one file, or score them apart.")
    readings = [from_file(predictions)] * len(sets) if predictions is not None else _read(sets, advance)
    results = [result(gold, said) for gold, said in zip(sets, readings, strict=True)]
    made = [(pool, pooled(pool.name, pool.members, results)) for pool in pools]
    return Evaluation(
        results=tuple(results),
        pools=tuple(pool for _, pool in made if pool is not None),
        half=tuple(order.name for order, pool in made if pool is None),
    )


def _read(sets: Sequence[GoldSet], advance: Callable[[int], None]) -> list[Readings]:
    from config.gate_lexicons import load_gate_lexicons
    from config.reading_lexicons import load_reading_lexicons
    from extraction.reader import Reader

    reader = Reader(load_reading_lexicons(), load_gate_lexicons())
    for gold in sets[:1]:
        reader.read(gold.articles[0])  # loads what is loaded late, so that the first set's speed is a speed
    return [from_reader(reader, gold.articles, advance) for gold in sets]


def broken(floors: Floors, evaluation: Evaluation) -> tuple[Breach, ...]:
    """Every floor that does not hold, of the sets and pools that were scored."""
    return tuple(
        breach
        for name, of in evaluation.measured().items()
        for breach in breaches(floors, name, of.flat, of.digest)
    )


def outlet_kind() -> Callable[[str | None], str]:
    """What kind an outlet is: by the catalogue where it has a source of this id or title, else by its name."""
    from config.catalogue import load_catalogue
    from config.outlet_kinds import load_outlet_kinds

    known: dict[str, str] = {}
    for source in load_catalogue().sources.values():
        kind = "authority" if source.publisher.official else source.publisher.kind.value
        known |= {source.id: kind, source.title.casefold(): kind}
    words = load_outlet_kinds()

    def kind_of(name: str | None) -> str:
        if name is None:
            return UNKNOWN
        return known.get(name) or known.get(name.casefold()) or words.of(name) or UNKNOWN

    return kind_of
