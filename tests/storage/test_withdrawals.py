"""Why persons left a feed: each deed that takes somebody off it excuses, and mere loss does not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from extraction.model import CaseReport, Stage
from storage.records.people import RejectReason
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, tell

OTHER = "Ilmari Kvetoslav Sampaio"
LATER = NOW + dt.timedelta(hours=1)
NEWER = "text-1.read-900"


def listed(store: Store) -> tuple[str, str]:
    """Mentions of two persons who are sentenced, in a feed of NOW."""
    one, other = tell(store, [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 30)], "2025-02-10")
    store.resolution.resolve(NOW)
    return one, other


def acquitted(store: Store, mention: str) -> None:
    tell(store, [(RARE, Stage.ACQUITTED, 41)], "2025-09-01", source="in_herald", words="Mirpur two")


def taken_down(store: Store, mention: str) -> None:
    store.takedowns.take_down(f"p-{mention}", "letter 17", "mira", LATER)


def rejected(store: Store, mention: str, reason: RejectReason) -> None:
    store.reviews.reject(mention, reason, store.reviews.record(mention).seen, "mira", LATER)


def corrected(store: Store, mention: str) -> None:
    store.reviews.correct(mention, {"stage": "charged"}, store.reviews.record(mention).seen, "mira", LATER)


def not_found(store: Store, mention: str) -> None:
    """A later reading of the same text finds nobody."""
    story = store.reviews.record(mention).summary.article_id
    empty = CaseReport(article_id=story, relevant=True, relevance_score=0.9, extractor_version=NEWER, accused=())
    assert store.articles.save_report(empty, LATER)


def nothing(store: Store, mention: str) -> None:
    pass


DEEDS: list[tuple[Callable[[Store, str], None], bool]] = [
    (acquitted, True),
    (taken_down, True),
    (lambda store, one: rejected(store, one, RejectReason.NOT_ACCUSED), True),
    (lambda store, one: rejected(store, one, RejectReason.WITNESS), True),
    (corrected, True),
    (not_found, False),
    (nothing, False),
]


@pytest.mark.parametrize(("deed", "excuses"), DEEDS)
def test_what_excuses(store: Store, deed: Callable[[Store, str], None], excuses: bool) -> None:
    one, other = listed(store)
    ids = [f"p-{one}", f"p-{other}", "p-ffffffffffffffffffff"]
    assert store.withdrawals.excused(ids, LATER) == set()
    deed(store, one)
    store.resolution.resolve(LATER)
    assert store.withdrawals.excused(ids, NOW) == ({f"p-{one}"} if excuses else set())
    assert store.withdrawals.excused([f"p-{other}"], NOW) == set()


def test_an_old_acquittal_explains_nothing_new(store: Store) -> None:
    one, _ = listed(store)
    acquitted(store, one)
    store.resolution.resolve(LATER)
    assert store.withdrawals.excused([f"p-{one}"], LATER + dt.timedelta(minutes=1)) == set()


def test_of_an_id_that_went_into_another_it_is_asked_what_became_of_that_one(store: Store) -> None:
    one, other = listed(store)
    store.people.merge(one, other, "mira", LATER)
    store.resolution.resolve(LATER)
    ids = [f"p-{one}", f"p-{other}"]
    assert store.withdrawals.excused(ids, NOW) == set()
    store.takedowns.take_down(f"p-{other}", "letter 17", "mira", LATER)
    assert store.withdrawals.excused(ids, NOW) == set(ids)
