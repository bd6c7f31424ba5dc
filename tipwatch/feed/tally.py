"""What a feed holds, counted as it is written: targets, entities, countries, and how full their fields are.

Refuses names: counts alone are kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tipwatch.feed.lines import Entity
from tipwatch.feed.ontology import Ontology

FIELDS = ("sourceUrl", "country", "nationality", "birthDate", "alias")
"""Fields of targets whose share is watched from one feed to the next."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """A feed in figures; `fill` are shares of targets in [0, 1]."""

    targets: int
    countries: int
    fill: Mapping[str, float]


@dataclass(kw_only=True)
class Tally:
    """Counts of one feed."""

    ontology: Ontology
    schemata: Counter[str] = field(default_factory=Counter)
    programs: Counter[str] = field(default_factory=Counter)
    filled: Counter[str] = field(default_factory=Counter)
    countries: Counter[str] = field(default_factory=Counter)
    targets: int = 0
    last_change: str = ""

    def count(self, entity: Entity) -> None:
        """One entity as it is written."""
        self.schemata[entity["schema"]] += 1
        self.last_change = max(self.last_change, entity["last_change"])
        if entity["target"]:
            values = entity["properties"]
            self.targets += 1
            self.programs.update(values["programId"])
            self.filled.update(name for name in FIELDS if name in values)
            self.countries.update(values.get("country", ()))

    @property
    def entities(self) -> int:
        """All of them."""
        return self.schemata.total()

    @property
    def things(self) -> int:
        """Those that stand by themselves."""
        return sum(n for schema, n in self.schemata.items() if self.ontology.is_thing(schema))

    @property
    def measured(self) -> Measured:
        """The figures that are asserted on."""
        fill = {name: round(self.filled[name] / self.targets, 4) if self.targets else 0.0 for name in FIELDS}
        return Measured(targets=self.targets, countries=len(self.countries), fill=fill)


def measured_before(index: Mapping[str, Any]) -> Measured:
    """The figures of the feed that an index tells of."""
    return Measured(
        targets=int(index["target_count"]), countries=int(index["target_countries"]), fill=dict(index["fill"])
    )
