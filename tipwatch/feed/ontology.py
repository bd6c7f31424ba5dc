"""The vocabulary of FollowTheMoney, opened when a feed is asked for.

Refuses a value that the library does not take: it is left out and counted, never written as it came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

from tipwatch.errors import CommandError, ExitCode

CACHED = 1 << 13
"""Cleaned values kept of each type: dates, countries and addresses come again in entities close together."""


Cleaner = Callable[[str], str | None]


class Ontology:
    """Properties of the schemata, and the library's own cleaning of a value. `refused` counts by property."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._cleaners: dict[tuple[str, ...], list[tuple[str, Cleaner]]] = {}
        self._by_type: dict[str, Cleaner] = {}
        self.refused: Counter[str] = Counter()

    def clean(self, schema: str, values: Mapping[str, Iterable[str | None]]) -> dict[str, list[str]]:
        """The values as the library takes them, each once, sorted, by property in its order; none without a value.

        Raises KeyError for an unknown property.
        """
        known = (schema, *values)
        cleaners = self._cleaners.get(known)
        if cleaners is None:
            cleaners = self._cleaners[known] = [(name, self._cleaner(schema, name)) for name in sorted(values)]
        found = {}
        for name, cleaner in cleaners:
            kept = []
            for value in values[name]:
                if value:
                    cleaned = cleaner(value)
                    if cleaned is None:
                        self.refused[f"{schema}:{name}"] += 1
                    else:
                        kept.append(cleaned)
            if kept:
                found[name] = kept if len(kept) == 1 else sorted(set(kept))
        return found

    def _cleaner(self, schema: str, name: str) -> Cleaner:
        found = self._model.get(schema).properties[name]
        if found.stub:
            raise KeyError(f"{schema}:{name} is the other end of a link")
        known = self._by_type.get(found.type.name)
        if known is None:
            known = self._by_type[found.type.name] = lru_cache(maxsize=CACHED)(found.type.clean)
        return known

    def type_name(self, schema: str, name: str) -> str:
        """The type of a property, as in `statements.csv` ("name", "country", "date")."""
        return str(self._model.get(schema).properties[name].type.name)

    def is_thing(self, schema: str) -> bool:
        """True for what stands by itself; False for links between things."""
        return bool(self._model.get(schema).is_a("Thing"))


def ontology() -> Ontology:
    """A vocabulary with its counts at zero. Raises CommandError where the extra is not installed."""
    return Ontology(_model())


@cache
def _model() -> Any:
    try:
        return import_module("followthemoney").model
    except ImportError as error:
        raise CommandError(
            f"The feed needs FollowTheMoney, which is not installed ({error}).",
            "pip install 'tipwatch[feed]' (PyICU compiles: it needs Debian's libicu-dev, pkg-config and g++).",
            ExitCode.ENVIRONMENT,
        ) from error
