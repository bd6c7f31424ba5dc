"""An entity by its id, and the links that lead to it, in a full file that stays on the disk.

Refuses to hold the entities: the file is mapped and searched; what is kept are eight bytes a link and its place.
"""

from __future__ import annotations

import json
import mmap
import re
from array import array
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from tipwatch.feed.dataset import KEY, key
from tipwatch.feed.lines import Entity, entity_id

REVERSE: Mapping[str, str] = {
    "case": "parties",
    "document": "relatedEntities",
    "entity": "documentedBy",
    "party": "courtCase",
}
"""Properties of our two links (CourtCaseParty, Documentation) and FollowTheMoney's names of their other ends."""

LINKS = tuple(key(kind).encode() for kind in ("party-", "proof-"))
"""How the ids of links begin; sorted by id, the links of a kind stand together."""

ENDS = re.compile(rb'"(?:%s)":\["([^\]]*)"\]' % "|".join(REVERSE).encode())
REFERENTS = re.compile(rb'"referents":\["([^\]]*)"\]')
"""Quotes inside of a value are escaped, so neither is ever found inside of one; ids have no brackets."""
BETWEEN = b'","'


class EntityFile:
    """`entities.ftm.json`, by the number of an open file and its size in bytes. Threads may share it.

    100,000 persons (500,000 entities, 188 MiB): open after 0.6 s of the processor; an entity takes about 20 looks.
    Raises ValueError for a file that is not one entity a line, as far as links show it.
    """

    def __init__(self, number: int, size: int) -> None:
        self._map = mmap.mmap(number, size, access=mmap.ACCESS_READ) if size else b""
        self._size = size
        try:
            self._keys, self._places = self._links()
            self._former = self._referents()
        except ValueError:
            self.close()
            raise

    def close(self) -> None:
        """Give the file back; nothing is found any more."""
        if isinstance(self._map, mmap.mmap):
            self._map.close()

    def get(self, wanted: str) -> Entity | None:
        """The entity of an id."""
        if KEY.fullmatch(wanted) is None:
            return None
        sought = wanted.encode()
        place = self._first(sought)
        if place == self._size:
            return None
        one = self._line(place)
        return _parsed(one) if entity_id(one) == sought else None

    def current(self, wanted: str) -> str | None:
        """The id of the entity that an older id was joined into; None when no entity says so."""
        found = self._former.get(wanted)
        return None if found is None else self._id(found)

    def links(self, to: str) -> Iterator[Entity]:
        """Parties and documentations that have the entity at one of their ends, by id."""
        sought = hash(to.encode())
        first = int(np.searchsorted(self._keys, sought, "left"))
        last = int(np.searchsorted(self._keys, sought, "right"))
        for place in self._places[first:last]:
            found = _parsed(self._line(int(place)))
            if any(to in found["properties"].get(name, ()) for name in REVERSE):  # not another's equal hash
                yield found

    def lines(self, beginning: str) -> Iterator[bytes]:
        """The lines of the entities whose ids begin so, without their ends, by id."""
        place, end = self._range(beginning.encode())
        while place < end:
            one = self._line(place)
            yield one
            place += len(one) + 1

    def _links(self) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
        """Hashes of the ids at the ends of links, sorted, and where the links begin."""
        keys, places = array("q"), array("q")
        for beginning in LINKS:
            place, end = self._range(beginning)
            while place < end:
                one = self._line(place)
                entity_id(one)
                ends = {found for several in ENDS.findall(one) for found in several.split(BETWEEN)}
                keys.extend(map(hash, sorted(ends)))
                places.extend([place] * len(ends))
                place += len(one) + 1
        sought, where = np.array(keys, dtype=np.int64), np.array(places, dtype=np.int64)
        order = np.argsort(sought, kind="stable")
        return sought[order], where[order]

    def _referents(self) -> dict[str, int]:
        """Where the entity stands that an older id was joined into; most never had another id."""
        found = {}
        for match in REFERENTS.finditer(self._map):
            for former in match[1].split(BETWEEN):
                found[former.decode()] = self._map.rfind(b"\n", 0, match.start()) + 1
        return found

    def _range(self, beginning: bytes) -> tuple[int, int]:
        after = beginning[:-1] + bytes([beginning[-1] + 1])
        return self._first(beginning), self._first(after)

    def _first(self, sought: bytes) -> int:
        """Where the first line begins whose id is not before the sought one; the size when there is none."""
        low, high = 0, self._size
        while low < high:
            place = self._map.rfind(b"\n", low, (low + high) // 2) + 1 or low
            one = self._line(place)
            if entity_id(one) < sought:
                low = place + len(one) + 1
            else:
                high = place
        return low

    def _id(self, place: int) -> str:
        return entity_id(self._line(place)).decode()

    def _line(self, place: int) -> bytes:
        """The line that begins there, without its end. Raises ValueError for the last of a file cut off."""
        end = self._map.find(b"\n", place)
        if end < 0:
            raise ValueError("a last line without an end")
        return self._map[place:end]


def _parsed(one: bytes) -> Entity:
    found: Entity = json.loads(one)
    return found
