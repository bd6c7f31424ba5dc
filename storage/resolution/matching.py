"""Pairs worth a judgement out of a batch: mentions that share a key, compared once.

Refuses to compare everybody with everybody: a block that is too large is walked through by date, neighbours only.
"""

from __future__ import annotations

import datetime as dt
from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from storage.resolution.blocking import keys
from storage.resolution.comparison import UNSURE, compare
from storage.resolution.mention import Edge, Mention
from storage.resolution.rarity import NameCounts

WHOLE = 20  # mentions of a block that are all compared with each other: at most 190 pairs
NEIGHBOURS = 6  # in a larger block each is compared with so many that come next by date
LARGEST = 8_000  # mentions of a block beyond which a key says nothing


def match(mentions: Sequence[Mention], counts: NameCounts, known: Iterable[Mention] = ()) -> Iterator[Edge]:
    """Edges of at least UNSURE between two of `mentions`, or one of them and one of `known`; each pair once.

    Deterministic, by ids. Linear in the mentions as long as names are shared out over features (see `blocking`).
    """
    new = {mention.id: mention for mention in mentions}
    old = {mention.id: mention for mention in known if mention.id not in new}
    everybody = sorted((*new.values(), *old.values()), key=_order)
    fresh = [mention.id in new for mention in everybody]
    for i, j in candidates(everybody, fresh, counts):
        a, b = everybody[i], everybody[j]
        found = compare(a, b, counts)
        if found.score >= UNSURE:
            left, right = sorted((a.id, b.id))
            yield Edge(left=left, right=right, score=found.score, reasons=found.reasons)


def candidates(
    everybody: Sequence[Mention], fresh: Sequence[bool], counts: NameCounts
) -> Iterator[tuple[int, int]]:
    """Places of mentions that share a key, the lesser first, each pair once; at least one of the two is fresh."""
    hashes, owners = array("Q"), array("L")
    for place, mention in enumerate(everybody):
        for key in keys(mention, counts):
            hashes.append(int(key[-24:-8], 16))
            owners.append(place)
    if not hashes:
        return
    keyed = np.frombuffer(hashes, dtype=np.uint64)
    held = np.frombuffer(owners, dtype=np.dtype(f"u{owners.itemsize}"))
    order = np.lexsort((held, keyed))
    keyed, held = keyed[order], held[order]
    edges = np.flatnonzero(np.diff(keyed)) + 1
    pairs: set[int] = set()
    for start, end in zip([0, *edges.tolist()], [*edges.tolist(), len(keyed)], strict=True):
        if end - start > 1:
            pairs.update(i << 32 | j for i, j in _within(held[start:end].tolist()) if fresh[i] or fresh[j])
    for pair in sorted(pairs):
        yield pair >> 32, pair & 0xFFFFFFFF


def _within(block: list[int]) -> Iterator[tuple[int, int]]:
    """The pairs of a block, whose members are in order of date."""
    if len(block) > LARGEST:
        return
    reach = len(block) if len(block) <= WHOLE else NEIGHBOURS
    for n, i in enumerate(block):
        for j in block[n + 1 : n + 1 + reach]:
            yield i, j


def _order(mention: Mention) -> tuple[dt.date, str]:
    return mention.date or mention.first_seen.date(), mention.id
