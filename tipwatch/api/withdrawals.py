"""Who of the served feed may still be named: asked of the database before anything goes out.

Refuses to trust the feed's files: a court or a human may have spoken since they were written.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass

from storage.records.feed import Listed
from storage.resolution.names import fold
from storage.store import Store
from tipwatch.feed.dataset import person_key
from tipwatch.feed.lines import Entity, entity_id
from tipwatch.feed.snapshot import Snapshot

log = logging.getLogger(__name__)

FRESH = 2.0
"""Seconds for which a count of stale withdrawals is believed without a question to the database."""
CHUNK = 1000
"""Targets asked for at once."""
PREFIX = person_key("")
ARTICLE = f"{PREFIX}a-"
TARGETS = (f"{PREFIX}o-", f"{PREFIX}p-")
NAMES = ("name", "alias", "weakAlias")


@dataclass(frozen=True, kw_only=True, slots=True)
class Stale:
    """How many targets of a version may not be named as it names them, any more."""

    version: str
    count: int
    moment: str
    looked: float  # of the monotonic clock


class Withdrawals:
    """Asks the store by the gate of the feed that is served. Raises StorageError: then nobody may be named."""

    def __init__(self, store: Store, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._monotonic = store, monotonic
        self._lock = threading.Lock()
        self._known: dict[str, Stale] = {}

    def standing(self, snapshot: Snapshot, ids: Collection[str]) -> dict[str, Listed]:
        """Of these targets of a snapshot those that may be named as it names them, with what is listed now."""
        found = self._listed(snapshot, ids)
        return {one: listed for one, listed in found.items() if not overstated(snapshot, one, listed)}

    def stale(self, snapshot: Snapshot) -> int:
        """How many targets of a snapshot may not be named any more. Cheap while nothing was done."""
        with self._lock:
            known, now = self._known.get(snapshot.version), self._monotonic()
            if known is not None and now - known.looked < FRESH:
                return known.count
            moment = self._store.feed.moment()
            if known is not None and known.moment == moment:
                count = known.count
            else:
                count = self._count(snapshot)
                log.info("api.withdrawals stale=%d seconds=%.1f", count, self._monotonic() - now)
            self._known = {one.version: one for one in list(self._known.values())[-1:]}  # while one is exchanged
            self._known[snapshot.version] = Stale(
                version=snapshot.version, count=count, moment=moment, looked=self._monotonic()
            )
            return count

    def _count(self, snapshot: Snapshot) -> int:
        count = 0
        some: list[str] = []
        for one in targets(snapshot):
            some.append(one)
            if len(some) == CHUNK:
                count += CHUNK - len(self.standing(snapshot, some))
                some = []
        return count + len(some) - len(self.standing(snapshot, some))

    def _listed(self, snapshot: Snapshot, ids: Collection[str]) -> Mapping[str, Listed]:
        gate = snapshot.gate
        asked = {one.removeprefix(PREFIX): one for one in ids}
        found = self._store.feed.standing(
            sorted(asked), gate.stage, include_unreviewed=gate.include_unreviewed, min_score=gate.min_score
        )
        return {asked[one]: listed for one, listed in found.items()}


def targets(snapshot: Snapshot) -> Iterator[str]:
    """The ids of all persons and organisations of a snapshot, sorted."""
    for beginning in TARGETS:
        for line in snapshot.entities.lines(beginning):
            yield entity_id(line).decode()


def overstated(snapshot: Snapshot, target: str, listed: Listed) -> bool:
    """True when the feed says more of a target than is listed now: a name, a case, or guilt in it.

    A name counts as gone when no name of now has all of its words: a form that was dropped says nothing new. Nor
    does a story that is gone, which is left out of what is shown (`proves`).
    """
    entity = snapshot.entity(target)
    if entity is None:
        return True
    known = [set(fold(name).split()) for name in listed.names]
    for name in (value for kind in NAMES for value in entity["properties"].get(kind, ())):
        if not any(set(fold(name).split()) <= words for words in known):
            return True
    return any(_has_ended(link, listed) for link in snapshot.entities.links(target) if _is_party(link))


def _is_party(link: Entity) -> bool:
    found: bool = link["schema"] == "CourtCaseParty"
    return found


def _has_ended(party: Entity, listed: Listed) -> bool:
    """True when the part in the case is over, or guilt is not told there any more."""
    properties = party["properties"]
    for case in properties["case"]:
        stage = listed.cases.get(case.removeprefix(PREFIX))
        if stage is None or ("convicted" in properties["role"] and not stage.is_perpetrator):
            return True
    return False


def proves(listed: Listed, entity: Entity) -> bool:
    """False for a story that tells nothing of somebody any more, and for the link to it; True for all else."""
    named = [entity["id"]] if entity["schema"] == "Article" else entity["properties"].get("document", ())
    articles = (one["id"] if isinstance(one, dict) else one for one in named)
    return all(one.removeprefix(ARTICLE) in listed.articles for one in articles)
