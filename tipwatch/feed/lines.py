"""An entity as one line of JSON: the same entity, the same bytes.

Refuses two lines for one entity: what several persons tell of one case or story is joined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

Entity = dict[str, Any]

START = b'{"id":"'
ORDER = ("id", "caption", "schema", "properties", "referents", "datasets", "first_seen", "last_seen",
         "last_change", "target")  # fmt: skip


def line(entity: Entity) -> bytes:
    """The line with its end. `id` comes first, so that sorting bytes sorts by id."""
    ordered = entity if tuple(entity) == ORDER else {name: entity[name] for name in ORDER}
    return orjson.dumps(ordered, option=orjson.OPT_APPEND_NEWLINE)


def entity_id(of: bytes) -> bytes:
    """The id of a line. Raises ValueError for a line that is not of an entity file."""
    end = of.find(b'"', len(START))
    if not of.startswith(START) or end < 0:
        raise ValueError("a line that does not begin with the id of an entity")
    return of[len(START) : end]


def joined(lines: Iterable[bytes]) -> Iterator[tuple[bytes, Entity]]:
    """Sorted lines with those of one id joined, each with its entity."""
    held: bytes | None = None
    entity: Entity = {}
    for one in lines:
        if one == held:
            continue
        found: Entity = orjson.loads(one)
        if held is None:
            held, entity = one, found
        elif entity["id"] == found["id"]:
            entity = merged(entity, found)
            held = line(entity)
        else:
            yield held, entity
            held, entity = one, found
    if held is not None:
        yield held, entity


def merged(one: Entity, other: Entity) -> Entity:
    """Both told together: values united, the earliest first and the latest last sight, in any order."""
    names = sorted({*one["properties"], *other["properties"]})
    properties = {
        name: sorted({*one["properties"].get(name, ()), *other["properties"].get(name, ())}) for name in names
    }
    return {
        "id": one["id"],
        "caption": min(one["caption"], other["caption"]),
        "schema": one["schema"],
        "properties": properties,
        "referents": sorted({*one["referents"], *other["referents"]}),
        "datasets": sorted({*one["datasets"], *other["datasets"]}),
        "first_seen": min(one["first_seen"], other["first_seen"]),
        "last_seen": max(one["last_seen"], other["last_seen"]),
        "last_change": max(one["last_change"], other["last_change"]),
        "target": one["target"] or other["target"],
    }
