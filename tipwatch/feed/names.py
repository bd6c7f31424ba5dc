"""`names.txt`: the names to screen for, one a line, each once.

Refuses weak aliases, and whoever is known by a single word: it would fit thousands of people.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from tipwatch.feed.lines import Entity

LEAST = 4
"""Letters of a name at least, as in the files of OpenSanctions."""
WHOLE = re.compile(
    r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff\uac00-\ud7af\u0e00-\u0eff\u1780-\u17ff\u1000-\u109f]"
)
"""Han, Kana, Hangul, Thai, Lao, Khmer, Myanmar: whole names are written there without a space."""


def keyed_names(entity: Entity) -> Iterator[bytes]:
    """Lines to sort: the name without case, a tab, the name."""
    for kind in ("name", "alias"):
        for value in entity["properties"].get(kind, ()):
            name = " ".join(value.split())
            if len(name) >= LEAST and (" " in name or WHOLE.match(name)):
                yield f"{name.casefold()}\t{name}\n".encode()


def names(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The names of sorted lines; of several that differ in case only, the first."""
    last = None
    for one in lines:
        folded, _, name = one.partition(b"\t")
        if folded != last:
            yield name
        last = folded
