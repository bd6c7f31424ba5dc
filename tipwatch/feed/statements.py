"""`statements.csv`: every value of every entity as a row, as OpenSanctions lays it out.

Refuses to alter a value: the row's id is a digest of it, so cells are exact and no spreadsheet should open them.
"""

from __future__ import annotations

import hashlib
from typing import IO

from tipwatch.feed.lines import Entity
from tipwatch.feed.ontology import Ontology

COLUMNS = (
    "canonical_id", "entity_id", "prop", "prop_type", "schema", "value", "dataset", "origin", "lang",
    "original_value", "external", "first_seen", "last_seen", "id",
)  # fmt: skip
QUOTE, TWO = '"', '""'


class Statements:
    """Writes rows to a file, every cell between quotes as `csv.unix_dialect` has it.

    Laid out by hand, since most cells of an entity's rows are the same: a third of what the `csv` module takes.
    """

    def __init__(self, file: IO[bytes], ontology: Ontology) -> None:
        self._file = file
        self._file.write((",".join(map(_quoted, COLUMNS)) + "\n").encode())
        self._ontology = ontology
        self._types: dict[tuple[str, str], str] = {}

    def write(self, entity: Entity) -> None:
        """The rows of one entity: its id first, then its values by property and value."""
        (dataset,) = entity["datasets"]
        own, schema = entity["id"], entity["schema"]
        times = f"{_quoted(entity['first_seen'])},{_quoted(entity['last_seen'])}"
        before, of_schema = f"{_quoted(own)},{_quoted(own)}", _quoted(schema)
        after = f'{_quoted(dataset)},"","","","f",{times}'
        stem = f"{dataset}.{own}."
        rows = [f'{before},"id","id",{of_schema},{_quoted(own)},{after},"{_digest(f"{stem}id.{own}")}"\n']
        for name, values in entity["properties"].items():
            begin = f'{before},"{name}","{self._type(schema, name)}",{of_schema}'
            rows += [
                f'{begin},"{value.replace(QUOTE, TWO)}",{after},"{_digest(f"{stem}{name}.{value}")}"\n'
                for value in values
            ]
        self._file.write("".join(rows).encode())

    def _type(self, schema: str, name: str) -> str:
        found = self._types.get((schema, name))
        if found is None:
            found = self._types[schema, name] = self._ontology.type_name(schema, name)
        return found


def _quoted(value: str) -> str:
    return QUOTE + value.replace(QUOTE, TWO) + QUOTE


def _digest(stated: str) -> str:
    """Of "data set.entity.property.value", as `followthemoney.statement.Statement.make_key`; SHA-1 is the format's
    choice."""
    return hashlib.sha1(stated.encode(), usedforsecurity=False).hexdigest()
