"""What a page showed of a person: its forms carry it, and when it changed meanwhile, the page says how.

Refuses to guess: of persons with very many records a form carries the digest alone, and the page says only that
they changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from storage.errors import UnknownRecord
from storage.records.people import PersonView, RecordSummary
from tipwatch.review.desk import desk

CARRIED = 500
"""Records of a person that a form names: some 10 kB."""
LISTED = 20
"""Records that came or went, of which so many are listed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Changed:
    """Records that came to a person and that left it since the page was made: the first of each, and how many."""

    came: tuple[RecordSummary, ...]
    gone: tuple[RecordSummary, ...]
    n_came: int
    n_gone: int


def was(view: PersonView) -> str:
    """The records of a person, for a form to carry; nothing when they are too many."""
    ids = [one.mention_id for one in view.records]
    return " ".join(ids) if len(ids) <= CARRIED else ""


def changed(before: str, view: PersonView) -> Changed | None:
    """What changed since a form was made; None when that is not known, or nothing did."""
    held = before.split()[:CARRIED]
    if not held:
        return None
    came = [one for one in view.records if one.mention_id not in set(held)]
    gone = sorted(set(held) - {one.mention_id for one in view.records})
    if not came and not gone:
        return None
    return Changed(came=tuple(came[:LISTED]), gone=_found(gone[:LISTED]), n_came=len(came), n_gone=len(gone))


def _found(ids: Sequence[str]) -> tuple[RecordSummary, ...]:
    found = []
    for one in ids:
        try:
            found.append(desk().store.reviews.record(one).summary)
        except UnknownRecord:
            continue
    return tuple(found)
