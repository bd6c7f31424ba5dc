"""`targets.simple.csv`: one row a person or organisation, as screening systems load it.

Refuses active content: analysts open this file in a spreadsheet, and names come from the web.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import IO

from storage.spreadsheets import cell
from tipwatch.feed.lines import Entity

COLUMNS = (
    "id", "schema", "name", "aliases", "birth_date", "countries", "addresses", "identifiers", "sanctions",
    "phones", "emails", "program_ids", "dataset", "first_seen", "last_seen", "last_change",
)  # fmt: skip
"""We never have addresses, identifiers, sanctions, phones or emails."""


class Targets:
    """Writes rows to a text file that was opened with newline=""; `title` is that of the data set."""

    def __init__(self, file: IO[str], title: str) -> None:
        self._writer = csv.writer(file, dialect=csv.unix_dialect)
        self._writer.writerow(COLUMNS)
        self._title = title

    def write(self, entity: Entity) -> None:
        """The row of a target.

        A leading sign that a spreadsheet runs gets "'" before it: name matching drops both. The rest is exact.
        """
        values = entity["properties"]
        name = entity["caption"]
        names = {one for kind in ("name", "alias", "weakAlias") for one in values.get(kind, ())} - {name}
        countries = {one for kind in ("country", "nationality") for one in values.get(kind, ())}
        row = {
            "id": entity["id"],
            "schema": entity["schema"],
            "name": cell(name),
            "aliases": cell(several(names)) if names else "",
            "birth_date": several(values.get("birthDate", ())),
            "countries": several(countries),
            "program_ids": several(values.get("programId", ())),
            "dataset": self._title,
            "first_seen": entity["first_seen"],
            "last_seen": entity["last_seen"],
            "last_change": entity["last_change"],
        }
        self._writer.writerow([row.get(column, "") for column in COLUMNS])


def several(values: Iterable[str]) -> str:
    """Values in one cell: sorted, joined by ";", quoted where one has a ";" itself.

    >>> several({"b", "a;c"})
    '"a;c";b'
    """
    ordered = sorted(values)
    if not ordered:
        return ""
    if not any(letter in value for value in ordered for letter in ';"\n\r'):
        return ";".join(ordered)
    made = io.StringIO()
    csv.writer(made, delimiter=";", lineterminator="").writerow(ordered)
    return made.getvalue()
