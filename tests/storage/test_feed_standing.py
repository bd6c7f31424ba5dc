"""Who is still listed: the same as the whole feed says, id by id, after everything that takes somebody off.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt

import pytest

from extraction.model import Stage
from storage.records.feed import FeedStage
from storage.records.people import RejectReason
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_feed_persons import OTHER, THIRD, correct, feed, groups, reject, resolve
from tests.storage.test_people import RARE, tell

CHARGED, CONVICTED = FeedStage.CHARGED, FeedStage.CONVICTED


def still(store: Store, ids: list[str], stage: FeedStage = CONVICTED, *, unreviewed: bool = True) -> set[str]:
    return store.feed.still_listed(ids, stage, include_unreviewed=unreviewed, min_score=0.75)


def three(store: Store) -> list[str]:
    """Ids of three persons: one sentenced by two stories, one sentenced, one charged."""
    (one,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-04-02", source="in_herald", words="Mirpur two")
    two, three = tell(store, [(OTHER, Stage.SENTENCED, 30), (THIRD, Stage.CHARGED, 50)], "2025-02-10")
    resolve(store)
    return [f"p-{one}", f"p-{two}", f"p-{three}"]


def test_it_is_what_the_feed_says(store: Store) -> None:
    ids = three(store)
    asked = [*ids, "p-00000000000000000000", "o-00000000000000000000", "", "%", ids[1][2:]]
    for stage in FeedStage:
        for unreviewed in (False, True):
            listed = {person.id for person in feed(store, stage, unreviewed=unreviewed)}
            told = still(store, asked, stage, unreviewed=unreviewed)
            assert told == listed | ({ids[1][2:]} if ids[1] in listed else set())
    assert still(store, ids) == set(ids[:2])
    assert still(store, []) == set()


def test_what_is_said_of_them(store: Store) -> None:
    one, *_ = three(store)
    told = store.feed.standing([one], CONVICTED, include_unreviewed=True, min_score=0.75)[one]
    (person,) = [person for person in feed(store) if person.id == one]
    assert told.id == one
    assert told.names == {RARE}
    assert told.cases == {case.id: Stage.SENTENCED for case in person.cases}
    assert told.articles == {record.article_id for record in person.records}
    assert len(told.articles) == 2


def test_gone_at_once_after_each_deed(store: Store) -> None:
    ids = three(store)
    moments = [store.feed.moment()]
    assert store.feed.moment() == moments[0]
    correct(store, ids[1][2:], stage="acquitted")
    assert still(store, ids, CHARGED) == {ids[0], ids[2]}
    moments.append(store.feed.moment())
    store.takedowns.take_down(ids[0], "letter 17", "ana", NOW)
    assert still(store, ids, CHARGED) == {ids[2]}
    moments.append(store.feed.moment())
    reject(store, ids[2][2:], RejectReason.WITNESS)
    assert still(store, ids, CHARGED) == set()
    moments.append(store.feed.moment())
    assert len(set(moments)) == 4


def test_an_acquittal_that_was_read_counts_once_it_is_resolved(store: Store) -> None:
    ids = three(store)
    moments = [store.feed.moment()]
    tell(store, [(OTHER, Stage.ACQUITTED, 30)], "2025-09-10", words="Lonpur")
    moments.append(store.feed.moment())
    store.resolution.resolve(NOW + dt.timedelta(hours=1))
    moments.append(store.feed.moment())
    assert still(store, ids) == {ids[0]}
    assert len(set(moments)) == 3


def test_a_name_that_was_taken_away_is_no_name_of_theirs(store: Store) -> None:
    ids = three(store)
    correct(store, ids[1][2:], name=THIRD.replace("Zsofia", "Zoltana"))
    told = store.feed.standing(ids, CONVICTED, include_unreviewed=True, min_score=0.75)
    assert OTHER not in told[ids[1]].names


def test_a_case_that_ended_is_no_case_of_theirs(store: Store) -> None:
    (first,) = tell(
        store, [(RARE, Stage.SENTENCED, 31)], "2015-01-10", words="Old one", country="np", source="np_post"
    )
    (second,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10", source="in_herald", words="New one")
    resolve(store)
    if store.people.find(first) != store.people.find(second):
        store.people.merge(first, second, "ana", NOW)
    one = f"p-{first}"

    def cases() -> set[str]:
        return set(store.feed.standing([one], CONVICTED, include_unreviewed=True, min_score=0.75)[one].cases)

    before = cases()
    assert len(before) == 2
    correct(store, first, stage="acquitted")
    assert len(cases()) == 1 < len(before)


def test_former_ids_lead_on(store: Store) -> None:
    (one,) = tell(store, [("Wang Wei", Stage.SENTENCED, None)], "2024-01-10", source="a", country="cn", words="A")
    (two,) = tell(store, [("Wang Wei", Stage.SENTENCED, None)], "2025-09-10", source="b", country="cn", words="B")
    resolve(store)
    if store.people.find(one) != store.people.find(two):
        store.people.merge(one, two, "ana", NOW)
    ids = [f"p-{one}", f"p-{two}"]
    told = store.feed.standing(ids, CONVICTED, include_unreviewed=True, min_score=0.75)
    assert {key: listed.id for key, listed in told.items()} == {ids[0]: ids[0], ids[1]: ids[0]}
    store.takedowns.take_down(ids[0], "letter 17", "ana", NOW + dt.timedelta(minutes=1))
    assert still(store, ids) == set()


@pytest.mark.parametrize("unreviewed", [False, True])
def test_organisations(store: Store, unreviewed: bool) -> None:
    from random import Random

    from tests.storage.test_feed_persons import crowded

    crowded(store, 1, Random(1))
    resolve(store)
    listed = {one.id for one in groups(store, unreviewed=unreviewed)}
    everybody = {one.id for one in groups(store)}
    assert everybody
    assert still(store, [*everybody, "o-0"], unreviewed=unreviewed) == listed
