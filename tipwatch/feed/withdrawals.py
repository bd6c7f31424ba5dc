"""Who of the served feed may still be named: asked of the database before anything goes out.

Refuses to trust the feed's files: a court or a human may have spoken since they were written.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from storage.records.feed import Listed
from storage.resolution.names import fold
from storage.store import Store
from tipwatch.feed.dataset import person_key
from tipwatch.feed.lines import Entity, entity_id
from tipwatch.feed.snapshot import Snapshot

log = logging.getLogger(__name__)

CHUNK = 250
"""Targets asked for at once."""
MARGIN = dt.timedelta(hours=6)
"""A resolution marks whom it changes with the time at which it began; none takes so long but the first of all."""
PREFIX = person_key("")
ARTICLE = f"{PREFIX}a-"
ORGANISATIONS, PERSONS = f"{PREFIX}o-", f"{PREFIX}p-"
NAMES = ("name", "alias", "weakAlias")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """Which targets of a version may not be named as it names them, any more."""

    version: str
    stale: frozenset[str]
    moment: str  # of the store, before it was asked
    at: dt.datetime


class Withdrawals:
    """Asks the store by the gate of the feed that is served. Raises StorageError: then nobody may be named."""

    def __init__(self, store: Store, clock: Callable[[], dt.datetime]) -> None:
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}

    def standing(self, snapshot: Snapshot, ids: Collection[str]) -> dict[str, Listed]:
        """Of these targets of a snapshot those that may be named as it names them, with what is listed now."""
        found = self._listed(snapshot, ids)
        return {one: listed for one, listed in found.items() if not overstated(snapshot, one, listed)}

    def stale(self, snapshot: Snapshot) -> int:
        """How many targets of a snapshot may not be named any more: asked of whoever changed since it was written.

        Cheap while nothing was done. Whoever was pruned is found by `recount` only.
        """
        with self._lock:
            known, moment, at = self._known.get(snapshot.version), self._store.feed.moment(), self._clock()
            if known is not None and known.moment == moment:
                return len(known.stale)
            since = min(written(snapshot) if known is None else known.at, at)  # a clock may have been set back
            changed = self._store.feed.changed_since(since - MARGIN)
            suspects = {one for one in map(person_key, changed) if snapshot.entity(one) is not None}
            suspects.update(groups(snapshot), () if known is None else known.stale)
            return self._keep(snapshot, suspects, moment, at)

    def recount(self, snapshot: Snapshot) -> int:
        """The same, asked of everybody."""
        moment, at = self._store.feed.moment(), self._clock()
        stale = self._stale_of(snapshot, targets(snapshot))
        with self._lock:
            return self._keep(snapshot, stale, moment, at)

    def _keep(self, snapshot: Snapshot, suspects: Collection[str], moment: str, at: dt.datetime) -> int:
        stale = self._stale_of(snapshot, suspects)
        self._known = {one.version: one for one in list(self._known.values())[-1:]}  # while one is exchanged
        self._known[snapshot.version] = Known(version=snapshot.version, stale=stale, moment=moment, at=at)
        log.info("feed.withdrawals version=%s asked=%d stale=%d", snapshot.version, len(suspects), len(stale))
        return len(stale)

    def _stale_of(self, snapshot: Snapshot, ids: Iterable[str]) -> frozenset[str]:
        rest, found = iter(ids), set()
        while some := list(islice(rest, CHUNK)):
            found |= set(some) - self.standing(snapshot, some).keys()
        return frozenset(found)

    def _listed(self, snapshot: Snapshot, ids: Collection[str]) -> Mapping[str, Listed]:
        gate = snapshot.gate
        asked = {one.removeprefix(PREFIX): one for one in ids}
        found = self._store.feed.standing(
            sorted(asked), gate.stage, include_unreviewed=gate.include_unreviewed, min_score=gate.min_score
        )
        return {asked[one]: listed for one, listed in found.items()}


def targets(snapshot: Snapshot) -> Iterator[str]:
    """The ids of all persons and organisations of a snapshot, sorted."""
    yield from groups(snapshot)
    yield from _beginning(snapshot, PERSONS)


def groups(snapshot: Snapshot) -> Iterator[str]:
    """The ids of all organisations of a snapshot, sorted."""
    return _beginning(snapshot, ORGANISATIONS)


def _beginning(snapshot: Snapshot, start: str) -> Iterator[str]:
    for line in snapshot.entities.lines(start):
        yield entity_id(line).decode()


def written(snapshot: Snapshot) -> dt.datetime:
    """When the feed's persons were read."""
    return dt.datetime.fromisoformat(snapshot.index["last_export"]).replace(tzinfo=dt.UTC)


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
