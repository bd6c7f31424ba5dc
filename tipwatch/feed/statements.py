"""`statements.csv`: every value of every entity as a row, as OpenSanctions lays it out.

Refuses to alter a value: the row's id is a digest of it, so cells are exact and no spreadsheet should open them.
"""

from __future__ import annotations

from hashlib import sha1
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
        self._cells: dict[tuple[str, str], str] = {}

    def write(self, entity: Entity) -> None:
        """The rows of one entity: its id first, then its values by property and value.

        A row's id is the digest of "data set.entity.property.value", as of
        `followthemoney.statement.Statement.make_key`; SHA-1 is the format's choice.
        """
        (dataset,) = entity["datasets"]
        own, schema = entity["id"], entity["schema"]
        times = f"{_quoted(entity['first_seen'])},{_quoted(entity['last_seen'])}"
        before, after = f"{_quoted(own)},{_quoted(own)}", f'{_quoted(dataset)},"","","","f",{times}'
        rows = []
        for name, values in (("id", (own,)), *entity["properties"].items()):
            begin, stem = f"{before},{self._property(schema, name)}", f"{dataset}.{own}.{name}."
            for value in values:
                digest = sha1((stem + value).encode(), usedforsecurity=False).hexdigest()
                rows.append(f'{begin},"{value.replace(QUOTE, TWO)}",{after},"{digest}"\n')
        self._file.write("".join(rows).encode())

    def _property(self, schema: str, name: str) -> str:
        """The cells of a property, its type and the schema."""
        found = self._cells.get((schema, name))
        if found is None:
            kind = "id" if name == "id" else self._ontology.type_name(schema, name)
            found = self._cells[schema, name] = ",".join(map(_quoted, (name, kind, schema)))
        return found


def _quoted(value: str) -> str:
    return QUOTE + value.replace(QUOTE, TWO) + QUOTE
