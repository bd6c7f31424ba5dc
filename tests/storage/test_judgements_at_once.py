"""Judgements that two people make at once, or on what changed meanwhile: the second is told, and writes nothing.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from extraction.model import Stage
from storage.errors import ReviewConflict
from storage.records.people import JudgementVerdict, RejectReason
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, tell

OTHER = "Ilmari Kvetoslav Sampaio"
WHY = "request of 2026-04-20, letter 17"
MINUTE = dt.timedelta(minutes=1)


def two(store: Store) -> tuple[str, str, str, str]:
    """Two persons of two records each: their ids, and a record of each."""
    one, other = [], []
    for day, stage in ((10, Stage.CHARGED), (20, Stage.SENTENCED)):
        one += tell(store, [(RARE, stage, 41)], f"2025-01-{day}", source="in_herald", words=f"Mirpur {day}")
        other += tell(store, [(OTHER, stage, 30)], f"2025-06-{day}", source="in_post", words=f"Karjat {day}")
    store.resolution.resolve(NOW)
    return store.people.find(one[0]), store.people.find(other[0]), one[1], other[1]


def outcomes(deed: Callable[[int], object], n: int = 4) -> list[str]:
    """What became of a deed that `n` threads do at the same moment: the names of the errors, "done" for none."""
    gate = Barrier(n)

    def one(i: int) -> str:
        gate.wait(timeout=20)
        try:
            deed(i)
        except ReviewConflict:
            return "conflict"
        return "done"

    with ThreadPoolExecutor(n) as pool:
        return sorted(pool.map(one, range(n)))


ONCE = ["conflict", "conflict", "conflict", "done"]


def test_one_merge_of_four_is_written(store: Store) -> None:
    left, right, *_ = two(store)
    assert outcomes(lambda i: store.people.merge(left, right, f"user{i}", NOW + i * MINUTE)) == ONCE
    said = [one for one in store.people.judgements(left) if one.by != "machine"]
    assert len({one.by for one in said}) == 1
    assert {one.verdict for one in said} == {JudgementVerdict.SAME}
    assert len(store.people.person(left).records) == 4, "all records of both are one person's"
    assert [line.action for line in store.audit.entries()] == ["merge"]


def test_one_takedown_of_four_is_written(store: Store) -> None:
    person, *_ = two(store)
    assert outcomes(lambda i: store.takedowns.take_down(person, WHY, f"user{i}", NOW + i * MINUTE)) == ONCE
    (down,) = store.takedowns.all()
    assert outcomes(lambda i: store.takedowns.lift(down.id, "console.root", NOW + i * MINUTE)) == ONCE
    assert not store.people.person(person).summary.taken_down


def test_one_undo_of_four_is_written(store: Store) -> None:
    left, right, *_ = two(store)
    stays = store.people.merge(left, right, "ana", NOW)
    edge, *_ = [one for one in store.people.judgements(stays) if one.by == "ana"]
    assert outcomes(lambda i: store.people.undo(edge.id, f"user{i}", NOW + i * MINUTE)) == ONCE


def test_a_merge_and_a_takedown_at_once_do_not_both_pass(store: Store) -> None:
    """Whoever comes second meets what the first did: never one half of a joined person hidden."""
    left, right, *_ = two(store)
    deeds: list[Callable[[], object]] = [
        lambda: store.people.merge(left, right, "ana", NOW),
        lambda: store.takedowns.take_down(right, WHY, "ben", NOW),
    ]
    assert outcomes(lambda i: deeds[i](), 2) in (["conflict", "done"], ["done", "done"])
    if store.people.find(right) == store.people.find(left):
        assert len({record.withheld for record in store.people.person(left).records}) == 1


def test_what_was_not_shown_of_a_pair_is_not_judged(store: Store) -> None:
    left, right, *_ = two(store)
    pair, alone = store.people.seen(left, right), store.people.seen(left)
    assert pair == store.people.seen(right, left) != alone
    tell(store, [(RARE, Stage.ACQUITTED, 41)], "2025-02-20", source="in_herald", words="Mirpur three")
    store.resolution.resolve(NOW)
    for deed in (
        lambda: store.people.merge(left, right, "ana", NOW, seen=pair),
        lambda: store.people.apart(left, right, "ana", NOW, seen=pair),
        lambda: store.people.split(left, [left.removeprefix("p-")], "ana", NOW, seen=alone),
        lambda: store.takedowns.take_down(left, WHY, "ana", NOW, seen=alone),
    ):
        with pytest.raises(ReviewConflict, match="changed"):
            deed()
    assert not list(store.audit.entries())
    stays = store.people.merge(left, right, "ana", NOW, seen=store.people.seen(right, left))
    edge, *_ = [one for one in store.people.judgements(stays) if one.by == "ana"]
    with pytest.raises(ReviewConflict, match="changed"):
        store.people.undo(edge.id, "ben", NOW, seen=pair)
    store.people.undo(edge.id, "ben", NOW, seen=store.people.seen(stays))
    down = store.takedowns.take_down(left, WHY, "ana", NOW, seen=store.people.seen(left))
    with pytest.raises(ReviewConflict, match="changed"):
        store.takedowns.lift(down, "console.root", NOW, seen=alone)
    store.takedowns.lift(down, "console.root", NOW, seen=store.people.seen(left))


def test_a_word_is_taken_back_only_of_the_record_that_was_shown(store: Store) -> None:
    *_, mention, _ = two(store)
    shown = store.reviews.record(mention).seen
    store.reviews.reject(mention, RejectReason.LAWYER, shown, "ana", NOW)
    with pytest.raises(ReviewConflict, match="changed"):
        store.reviews.reopen(mention, "ben", NOW, seen=shown)
    store.reviews.reopen(mention, "ben", NOW, seen=store.reviews.record(mention).seen)
    assert store.reviews.record(mention).verdict is None


def test_undoing_a_merge_brings_back_what_it_took_back(store: Store) -> None:
    left, right, *_ = two(store)
    store.people.apart(left, right, "ana", NOW)
    stays = store.people.merge(left, right, "ben", NOW + MINUTE)
    edge, *_ = [one for one in store.people.judgements(stays) if one.by == "ben"]
    store.people.undo(edge.id, "cleo", NOW + 2 * MINUTE)
    kept = [one for one in store.people.judgements(left) if one.by == "ana"]
    assert kept
    assert {one.verdict for one in kept} == {JudgementVerdict.DIFFERENT}
    assert {one.undone_at for one in kept} == {None}
    assert store.people.find(left) != store.people.find(right)
