"""Newer replaces older as a whole; older never replaces newer; a text that no address holds is forgotten."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from extraction.model import Quarantine, QuarantineReason, Stage
from storage.errors import UnknownRecord
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, dump, page, report

STAGES = frozenset(Stage)


def keep(store: Store, n: int = 0) -> int:
    """Keep and save the n-th story; its page id."""
    page_id = store.pages.keep(page(n), None, None, NOW).page_id
    store.articles.save(article(n), page_id, V1, NOW)
    return page_id


def exported(store: Store) -> list[tuple[str, Stage, str]]:
    """Name, stage and version of everyone stored."""
    return [(row.name, row.stage, row.extractor_version) for row in store.exports.rows(STAGES)]


def test_a_newer_report_replaces_all_facts(store: Store) -> None:
    keep(store)
    assert store.articles.save_report(report(), NOW)
    newer = report(
        version="text-1.read-2", accused=(accused(article(), "Ravi Testman0", Stage.ACQUITTED),), countries=()
    )
    assert store.articles.save_report(newer, NOW)
    assert not store.articles.save_report(report(), NOW)
    assert exported(store) == [("Ravi Testman0", Stage.ACQUITTED, "text-1.read-2")]
    row = next(store.exports.rows(STAGES))
    assert (row.charges, row.penalty, row.offences, row.country_prosecution) == ((), (), (), ())


def test_read_10_is_newer_than_read_9(store: Store) -> None:
    keep(store)
    assert store.articles.save_report(report(version="text-1.read-10"), NOW)
    assert not store.articles.save_report(report(version="text-1.read-9"), NOW)


def test_queues_follow_the_versions(store: Store) -> None:
    page_id = keep(store)
    assert [ref.page_id for ref in store.pages.unextracted("text-2.read-1", 10)] == [page_id]
    assert (store.pages.waiting("text-2.read-1"), store.pages.waiting(V1)) == (1, 0)
    assert (store.articles.waiting(V1), store.articles.waiting("text-1.read-0")) == (1, 0)
    assert store.pages.unextracted(V1, 10) == []
    assert store.articles.unread(V1, 10) == [article()]
    store.articles.save_report(report(), NOW)
    assert store.articles.unread(V1, 10) == []
    assert store.articles.unread("text-1.read-2", 10) == [article()]


def test_a_newer_text_is_read_again(store: Store) -> None:
    page_id = keep(store)
    store.articles.save_report(report(), NOW)
    store.articles.save(article(), page_id, "text-2.read-1", NOW)
    assert len(store.articles.unread("text-2.read-1", 10)) == 1
    store.articles.save(article(), page_id, V1, NOW)  # an old worker comes late
    assert len(store.articles.unread("text-2.read-1", 10)) == 1


@pytest.mark.parametrize("swap", [False, True])
def test_the_address_holds_the_text_of_the_last_fetch(store: Store, swap: bool) -> None:
    url = page(0).canonical_url
    old = page(0)
    new = page(1, url=url, final_url=url, canonical_url=url, fetched_at=NOW + dt.timedelta(days=1))
    corrected = article(1, url=url, canonical_url=url)
    arrivals = [(old, article(0)), (new, corrected)]
    for one, text in reversed(arrivals) if swap else arrivals:
        store.articles.save(text, store.pages.keep(one, None, None, NOW).page_id, V1, NOW)
        store.articles.save_report(report(0), NOW)
        store.articles.save_report(report(1), NOW)
    assert store.articles.get(article(0).id) is None
    assert [name for name, _, _ in exported(store)] == ["Ravi Testman1"]
    assert store.pages.unextracted(V1, 10) == []


def test_a_shared_text_survives_the_loss_of_one_address(store: Store) -> None:
    keep(store, 0)
    url = "https://mirror.example/0"
    mirror = page(0, "np_mirror", url=url, final_url=url, canonical_url=url)
    mirror_id = store.pages.keep(mirror, None, None, NOW).page_id
    store.articles.save(article(0, "np_mirror", url=url, canonical_url=url), mirror_id, V1, NOW)
    store.articles.save_report(report(0), NOW)
    changed = replace(mirror, body=b"other", fetched_at=NOW + dt.timedelta(days=1))
    changed_id = store.pages.keep(changed, None, None, NOW).page_id
    store.articles.save(article(5, url=url, canonical_url=url), changed_id, V1, NOW)
    assert store.articles.urls(article(0).id) == [article(0).url]
    assert [name for name, _, _ in exported(store)] == ["Ravi Testman0"]


def test_text_that_a_newer_version_calls_hidden_names_nobody(store: Store) -> None:
    page_id = keep(store)
    store.articles.save_report(report(), NOW)
    hidden = Quarantine(url=page().url, reason=QuarantineReason.NO_TEXT, detail="all text hidden")
    store.pages.quarantine(page_id, hidden, "text-2.read-1", NOW)
    assert exported(store) == []
    assert [one.reason for one in store.pages.quarantined()] == [QuarantineReason.NO_TEXT]


def test_a_failure_of_a_newer_version_keeps_the_older_facts(store: Store) -> None:
    page_id = keep(store)
    store.articles.save_report(report(), NOW)
    late = Quarantine(url=page().url, reason=QuarantineReason.TIMED_OUT, detail="5 s")
    store.pages.quarantine(page_id, late, "text-2.read-1", NOW)
    assert len(exported(store)) == 1
    assert store.pages.unextracted("text-2.read-1", 10) == []
    assert len(store.pages.unextracted("text-3.read-1", 10)) == 1
    store.articles.save(article(), page_id, "text-3.read-1", NOW)
    assert store.pages.quarantined() == []


def test_a_poison_article_leaves_the_queue_until_the_next_reader(store: Store) -> None:
    keep(store)
    poison = Quarantine(url=article().url, reason=QuarantineReason.READER_ERROR, detail="RecursionError")
    store.articles.quarantine(article().id, poison, V1, NOW)
    assert store.articles.unread(V1, 10) == []
    assert len(store.articles.unread("text-1.read-2", 10)) == 1
    store.articles.save_report(report(version="text-1.read-2"), NOW)
    assert store.pages.quarantined() == []


def test_a_report_without_its_article_is_refused_quietly(store: Store, migrated_url: str) -> None:
    assert not store.articles.save_report(report(), NOW)
    assert dump(migrated_url)["report"] == []


def test_unknown_pages_are_named(store: Store) -> None:
    with pytest.raises(UnknownRecord, match="no page 77"):
        store.articles.save(article(), 77, V1, NOW)


def test_no_database_refuses_a_hostile_text(store: Store) -> None:
    hostile = article(title="a\x00b\ud800c", text=article().text + "\x00")
    store.articles.save(hostile, None, V1, NOW)
    found = store.articles.get(hostile.id)
    assert found is not None
    assert found.title == "a\ufffdb\ufffdc"
    assert len(found.text) == len(hostile.text)
