"""`names.txt`: the names to screen for, one a line, each once.

Refuses weak aliases: a single word would fit thousands of people.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tipwatch.feed.lines import Entity

LEAST = 4
"""Letters of a name at least, as in the files of OpenSanctions."""


def keyed_names(entity: Entity) -> Iterator[bytes]:
    """Lines to sort: the name without case, a tab, the name."""
    for kind in ("name", "alias"):
        for value in entity["properties"].get(kind, ()):
            name = " ".join(value.split())
            if len(name) >= LEAST:
                yield f"{name.casefold()}\t{name}\n".encode()


def names(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The names of sorted lines; of several that differ in case only, the first."""
    last = None
    for one in lines:
        folded, _, name = one.partition(b"\t")
        if folded != last:
            yield name
        last = folded
