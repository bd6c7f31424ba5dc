"""What changed from one full file to the next, and how to get from one to the other: yesterday + delta = today.

Refuses a delta that does not fit: a client that missed a day learns of it, and loads the full file.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from tipwatch.feed.lines import entity_id

CLOSING = b"}\n"


class Op(StrEnum):
    """What is done to an entity, in the words of OpenSanctions."""

    ADD = "ADD"
    MOD = "MOD"
    DEL = "DEL"


OPENINGS: Mapping[Op, bytes] = {op: b'{"op":"%s","entity":' % op.value.encode() for op in Op}
"""How a line of a delta begins."""


class DeltaError(ValueError):
    """A delta was applied to a file that it was not made from, or files are not sorted by id."""


def diff(before: Iterable[bytes], after: Iterable[bytes], counts: Counter[str] | None = None) -> Iterator[bytes]:
    """The lines of the delta between two full files, both sorted by id; in their order. Constant memory."""
    told: Counter[str] = Counter() if counts is None else counts
    old, new = _keyed(before), _keyed(after)
    was, now = next(old, None), next(new, None)
    while was is not None or now is not None:
        if now is None or (was is not None and was[0] < now[0]):
            assert was is not None  # noqa: S101 - one of both is there
            yield _line(Op.DEL, b'{"id":"' + was[0] + b'"}\n')
            told[Op.DEL] += 1
            was = next(old, None)
        elif was is None or now[0] < was[0]:
            yield _line(Op.ADD, now[1])
            told[Op.ADD] += 1
            now = next(new, None)
        else:
            if was[1] != now[1]:
                yield _line(Op.MOD, now[1])
                told[Op.MOD] += 1
            was, now = next(old, None), next(new, None)


def apply(full: Iterable[bytes], delta: Iterable[bytes], *, strict: bool = True) -> Iterator[bytes]:
    """The full file after the delta, line by line; both sorted by id. Constant memory.

    `strict` holds the delta to the file that it was made from. Without it an addition writes over, a change adds
    and a deletion of what is not there does nothing: so one delta after the other is applied from `deltas/`, whose
    older files no longer have what newer ones changed. Raises DeltaError.
    """
    lines, changes = _keyed(full), _operations(delta)
    held, change = next(lines, None), next(changes, None)
    while held is not None or change is not None:
        if change is None or (held is not None and held[0] < change[0]):
            assert held is not None  # noqa: S101 - one of both is there
            yield held[1]
            held = next(lines, None)
            continue
        key, op, entity = change
        is_there = held is not None and held[0] == key
        if strict and is_there is (op is Op.ADD):
            found = "is there already" if is_there else "is not there"
            raise DeltaError(
                f"{op} of {key.decode()}, which {found}: the delta is of another file. Load the full file."
            )
        if op is not Op.DEL:
            yield entity
        if is_there:
            held = next(lines, None)
        change = next(changes, None)


def without(delta: Iterable[bytes], newer: Iterable[bytes]) -> Iterator[bytes]:
    """A delta less the entities that a newer delta speaks of; so nothing withdrawn stays in an older file."""
    gone = (key for key, _, _ in _operations(newer))
    later = next(gone, None)
    for key, op, entity in _operations(delta):
        while later is not None and later < key:
            later = next(gone, None)
        if key != later:
            yield _line(op, entity)


def _line(op: Op, entity: bytes) -> bytes:
    return OPENINGS[op] + entity[:-1] + CLOSING


def _keyed(lines: Iterable[bytes]) -> Iterator[tuple[bytes, bytes]]:
    last = b""
    for line in lines:
        try:
            key = entity_id(line)
        except ValueError as error:
            raise DeltaError(f"The full file has {error}. Load it again.") from error
        if key <= last or not line.endswith(b"\n"):
            raise DeltaError(f"The full file is not sorted by id, or cut off, at {key.decode()}. Load it again.")
        last = key
        yield key, line


def _operations(lines: Iterable[bytes]) -> Iterator[tuple[bytes, Op, bytes]]:
    last = b""
    for line in lines:
        for op, opening in OPENINGS.items():  # noqa: B007 - the one that fits is given out
            if line.startswith(opening) and line.endswith(CLOSING):
                entity = line[len(opening) : -len(CLOSING)] + b"\n"
                key = entity_id(entity)
                break
        else:
            raise DeltaError("The delta has a line that is no operation, or was cut off. Load it again.")
        if key <= last:
            raise DeltaError(f"The delta is not sorted by id at {key.decode()}. Load it again.")
        last = key
        yield key, op, entity
