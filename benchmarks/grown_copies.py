"""Copies of the stories and persons of a small made-up database, made by the database itself, under other ids.

Refuses equal names: in each copy some letters of every name are others, so that names grow with the persons.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Column, Connection, text
from sqlalchemy.schema import CreateIndex, DropIndex

from storage.tables import Base

ARTICLE, ADDRESS, MENTION, PERSON = 61, 29, 17, 19
"""Characters of each kind of id that stay; the last three say which copy it is."""
LETTERS = (("a", "e"), ("o", "u"), ("i", "y"), ("r", "l"), ("n", "m"))
"""Which are changed in a name, by the bits of the copy's number."""
NEW_IDS = frozenset({"frontier", "judgement"})
"""Tables whose `id` the database gives."""


def _of(column: str, kept: int) -> str:
    return f"substr({column}, 1, {kept}) || '{{x}}'"


def _text(column: str) -> str:
    return f"{column} || '?{{k}}'"


IN_TEXT: Mapping[str, str] = {"article_id": _of("article_id", ARTICLE)}
CHANGED: Mapping[str, Mapping[str, str]] = {
    "article": {"id": _of("id", ARTICLE)},
    "page": {
        "id": "id + {k} * {pages}", "address_key": _of("address_key", ADDRESS), "url": _text("url"),
        "final_url": _text("final_url"), "canonical_url": _text("canonical_url"),
    },
    "article_copy": {
        **IN_TEXT, "address_key": _of("address_key", ADDRESS), "page_id": "page_id + {k} * {pages}",
        "url": _text("url"), "canonical_url": _text("canonical_url"),
    },
    "frontier": {"url_key": "url_key + {k}", "url": _text("url"), "canonical_url": _text("canonical_url")},
    **dict.fromkeys(
        ("report", "court_fact", "victim_count", "element_fact", "country_fact", "accused_offence", "charge",
         "penalty", "evidence"), IN_TEXT,
    ),
    "syndication": {**IN_TEXT, "group_id": _of("group_id", ARTICLE)},
    "accused": {**IN_TEXT, "name": "{name}", "mention_id": _of("mention_id", MENTION)},
    "mention": {
        **IN_TEXT, "id": _of("id", MENTION), "person_id": _of("person_id", PERSON), "name": "{name}",
        "digests": "{digests}",
    },
    "person": {"id": _of("id", PERSON), "name": "{name}"},
    "person_name": {"person_id": _of("person_id", PERSON), "folded": "{folded}"},
    "court_case": {"id": _of("id", PERSON)},
    "party": {"case_id": _of("case_id", PERSON), "person_id": _of("person_id", PERSON)},
    "case_mention": {"mention_id": _of("mention_id", MENTION), "case_id": _of("case_id", PERSON)},
    "mention_key": {"key": "'{x}' || substr(key, 4)", "mention_id": _of("mention_id", MENTION)},
    "judgement": {"left": _of('"left"', MENTION), "right": _of('"right"', MENTION)},
}  # fmt: skip
"""By table the columns that are others in a copy; in the order in which tables point to each other."""


def multiply(connection: Connection, copies: int, pages: int) -> None:
    """Add copies 2 to `copies` of every row in `CHANGED`; indexes are made anew at the end, which is faster."""
    if copies < 2:
        return
    sqlite = connection.dialect.name == "sqlite"
    indexes = [index for name in CHANGED for index in Base.metadata.tables[name].indexes if not index.unique]
    for index in indexes:
        connection.execute(DropIndex(index))
    counts = {}
    for name in CHANGED:
        if not sqlite:  # what a copy is made of must not be a copy
            connection.execute(text(f"CREATE TEMP TABLE made_{name} AS SELECT * FROM {name}"))
        else:
            counts[name] = connection.execute(text(f"SELECT max(rowid) FROM {name}")).scalar_one()
    for name, changed in CHANGED.items():
        columns = [one for one in Base.metadata.tables[name].columns if not (name in NEW_IDS and one.name == "id")]
        into = ", ".join(f'"{one.name}"' for one in columns)
        source = f"{name} WHERE rowid <= {counts[name]}" if sqlite else f"made_{name} WHERE true"
        for k in range(1, copies):
            given = ", ".join(_value(one, changed, k, pages, sqlite=sqlite) for one in columns)
            known = " ON CONFLICT DO NOTHING" if name == "person_name" else ""  # two forms may be one by now
            connection.execute(text(f"INSERT INTO {name} ({into}) SELECT {given} FROM {source}{known}"))
    for index in indexes:
        connection.execute(CreateIndex(index))
    if not sqlite:
        connection.execute(text("SELECT setval(pg_get_serial_sequence('page', 'id'), (SELECT max(id) FROM page))"))


def _value(column: Column[object], changed: Mapping[str, str], k: int, pages: int, *, sqlite: bool) -> str:
    """What stands in a column of the copy."""
    expression = changed.get(column.name)
    if expression is None:
        return f'"{column.name}"'
    x = f"{k:03x}"
    digests = f"""'["{x}' || substr(CAST(digests AS TEXT), 6)"""
    return expression.format(
        x=x, k=k, pages=pages, name=_other_name("name", k), folded=_other_name("folded", k),
        digests=digests if sqlite else f"({digests})::json",
    )  # fmt: skip


def _other_name(column: str, k: int) -> str:
    expression = column
    for bit, (letter, other) in enumerate(LETTERS):
        if k >> bit & 1:
            expression = f"replace({expression}, '{letter}', '{other}')"
    return expression
