"""`statements.csv`: every value of every entity as a row, as OpenSanctions lays it out.

Refuses to alter a value: the row's id is a digest of it, so cells are exact and no spreadsheet should open them.
"""

from __future__ import annotations

import csv
import hashlib
from typing import IO

from tipwatch.feed.lines import Entity
from tipwatch.feed.ontology import Ontology

COLUMNS = (
    "canonical_id", "entity_id", "prop", "prop_type", "schema", "value", "dataset", "origin", "lang",
    "original_value", "external", "first_seen", "last_seen", "id",
)  # fmt: skip


class Statements:
    """Writes rows to a text file that was opened with newline=""."""

    def __init__(self, file: IO[str], ontology: Ontology) -> None:
        self._writer = csv.writer(file, dialect=csv.unix_dialect)
        self._writer.writerow(COLUMNS)
        self._ontology = ontology
        self._types: dict[tuple[str, str], str] = {}

    def write(self, entity: Entity) -> None:
        """The rows of one entity: its id first, then its values by property and value."""
        (dataset,) = entity["datasets"]
        own, schema = entity["id"], entity["schema"]
        first, last = entity["first_seen"], entity["last_seen"]
        rows = [
            (
                own,
                own,
                "id",
                "id",
                schema,
                own,
                dataset,
                "",
                "",
                "",
                "f",
                first,
                last,
                _id(dataset, own, "id", own),
            )
        ]
        for name, values in entity["properties"].items():
            kind = self._type(schema, name)
            rows += [
                (own, own, name, kind, schema, value, dataset, "", "", "", "f", first, last,
                 _id(dataset, own, name, value))
                for value in values
            ]  # fmt: skip
        self._writer.writerows(rows)

    def _type(self, schema: str, name: str) -> str:
        found = self._types.get((schema, name))
        if found is None:
            found = self._types[schema, name] = self._ontology.type_name(schema, name)
        return found


def _id(dataset: str, own: str, name: str, value: str) -> str:
    """As `followthemoney.statement.Statement.make_key`; SHA-1 is the format's choice."""
    return hashlib.sha1(f"{dataset}.{own}.{name}.{value}".encode(), usedforsecurity=False).hexdigest()
