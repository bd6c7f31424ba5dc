"""The queue: what waits, most valuable first, and which item comes after the one in hand.

Refuses to lose the reader's place: filters travel in every address, and a decision leads to the next item.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flask import Blueprint, render_template, request, url_for

from config.codes import countries
from storage.records.people import QueueItem, Reason, RecordSummary
from tipwatch.review.desk import desk, is_reviewer

pages = Blueprint("queue", __name__)

SHOWN = 50
MOST = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Which part of the queue somebody works on."""

    reason: Reason | None = None
    country: str | None = None

    @property
    def arguments(self) -> dict[str, Any]:
        """As an address carries it."""
        said = {"reason": self.reason, "country": self.country}
        return {name: str(value) for name, value in said.items() if value is not None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """An item with its address."""

    item: QueueItem
    address: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where in the queue a record or pair stands: the item itself, and its neighbours' addresses (or the queue's).

    `number` counts from 1; None when it is not in the part that was looked at.
    """

    item: QueueItem | None
    number: int | None
    of: int
    before: str | None
    after: str | None
    then: str  # where a decision leads


def asked() -> Filter:
    """The filter of this request; what is no reason or country is left out."""
    reason, country = request.args.get("reason", ""), request.args.get("country", "")
    return Filter(
        reason=Reason(reason) if reason in set(Reason) else None,
        country=country if country in countries() else None,
    )


def waiting(which: Filter, limit: int = SHOWN) -> list[QueueItem]:
    """The head of the queue. Readers are not shown what is withheld."""
    found = desk().store.reviews.queue(
        desk().clock(),
        limit=limit,
        min_score=desk().settings.min_score,
        reasons=None if which.reason is None else [which.reason],
        country=which.country,
    )
    return [item for item in found if is_reviewer() or not any(one.withheld for one in sides(item))]


def sides(item: QueueItem) -> tuple[RecordSummary, ...]:
    """The record of an item, or both."""
    return (item.record,) if item.other is None else (item.record, item.other)


def address(item: QueueItem, which: Filter) -> str:
    """Where an item is decided."""
    if item.other is None:
        return url_for("record.record", mention_id=item.record.mention_id, **which.arguments)
    return url_for("merge.merge", left=item.record.mention_id, right=item.other.mention_id, **which.arguments)


def place(*here: Iterable[str]) -> Place:
    """The place of what is in hand: a record (its mention), or a pair (the mentions of either side).

    After the item come those that are not about the same record; at the end the queue begins again.
    """
    which, held = asked(), [set(side) for side in here]
    items = waiting(which, MOST)
    at = next((i for i, item in enumerate(items) if _is(item, held)), None)
    mine = set(chain.from_iterable(held))
    others = [i for i, item in enumerate(items) if not (_is(item, held) or (len(held) == 1 and _only(item, mine)))]
    later = [i for i in others if at is None or i > at]
    earlier = [i for i in others if at is not None and i < at]
    after = address(items[later[0]], which) if later else None
    before = address(items[earlier[-1]], which) if earlier else None
    start = url_for("queue.queue", **which.arguments)
    then = after or (address(items[earlier[0]], which) if earlier else start)
    return Place(
        item=None if at is None else items[at], number=None if at is None else at + 1, of=len(items),
        before=before, after=after, then=then,
    )  # fmt: skip


@pages.get("/")
def queue() -> str:
    """The queue's page."""
    which = asked()
    limit = min(max(request.args.get("show", SHOWN, type=int), 1), MOST)
    items = waiting(which, limit + 1)
    counts = desk().store.reviews.waiting(desk().settings.min_score)
    return render_template(
        "queue.html",
        lines=[Line(item=item, address=address(item, which)) for item in items[:limit]],
        more=len(items) > limit,
        limit=limit,
        most=MOST,
        which=which,
        counts={reason: counts.get(reason, 0) for reason in Reason},
        countries=countries(),
    )


def _is(item: QueueItem, held: Sequence[set[str]]) -> bool:
    """True when the item is about exactly what is in hand."""
    if len(held) != len(sides(item)):
        return False
    ids = [one.mention_id for one in sides(item)]
    straight = all(one in side for one, side in zip(ids, held, strict=True))
    return straight or all(one in side for one, side in zip(reversed(ids), held, strict=True))


def _only(item: QueueItem, mine: set[str]) -> bool:
    """True when the item is about this record alone, for another reason."""
    return item.other is None and item.record.mention_id in mine
