"""Who is withheld is named nowhere: not in others' rows, not in cases, not in titles; and what went is gone.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from extraction.model import Charge, Offence, Penalty, Stage
from storage.errors import UnknownRecord
from storage.records import ExportStage
from storage.records.people import RejectReason
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, dump, evidence, page, report, source

STAGES = ExportStage.CONVICTED.stages | ExportStage.CHARGED.stages
WHY = "request of 2026-04-20, letter 17"
PETER, RAVI = "Peter Lookson", "Ravi Testman0"


def fill(store: Store) -> tuple[str, str]:
    """A story with two accused that name each other in charges, penalties, quote and title; their mentions."""
    one = article(title=f"{RAVI} and Lookson sentenced")
    people = []
    for name, other in ((RAVI, PETER), (PETER, RAVI)):
        charge = Charge(
            text=f"trafficking with {other}", offences=frozenset({Offence.TRAFFICKING_UNSPECIFIED}),
            evidence=evidence(one, "trafficking Maya Sampleson", "charge@1"), statute=None, section=None,
        )  # fmt: skip
        penalty = Penalty(
            text=f"ten years, as {other.split()[1]}", evidence=evidence(one, "ten years in prison"), months=120
        )
        people.append(
            accused(
                one, name, Stage.SENTENCED, charges=(charge,), penalties=(penalty,),
                offences=frozenset({Offence.TRAFFICKING_UNSPECIFIED}),
            )
        )  # fmt: skip
    store.coverage.sync_sources([source()], NOW)
    store.articles.save(one, store.pages.keep(page(), None, None, NOW).page_id, V1, NOW)
    store.articles.save_report(report(accused=tuple(people), others=()), NOW)
    store.resolution.resolve(NOW)
    ids = {row.name: row.record_id for row in store.exports.rows(STAGES)}
    return ids[RAVI], ids[PETER]


def told(store: Store, kept: str) -> str:
    """Everything that a reader is shown of who is kept: rows, record, person, case."""
    rows, person, record = list(store.exports.rows(STAGES)), store.people.person(kept), store.reviews.record(kept)
    (case,) = person.cases
    assert [row.record_id for row in rows] == [kept]
    shown = [rows, person, case, record.charges, record.penalties, record.evidence, record.summary]
    return str(shown)


def withhold(store: Store, mention: str, how: str) -> None:
    if how == "taken down":
        store.takedowns.take_down(store.people.find(mention), WHY, "ana", NOW)
    else:
        store.reviews.reject(mention, RejectReason(how), store.reviews.record(mention).seen, "ana", NOW)


@pytest.mark.parametrize("how", ["taken down", *RejectReason])
def test_who_is_withheld_is_not_named_by_others(store: Store, how: str) -> None:
    ravi, peter = fill(store)
    assert "Ravi" in told_by(store, peter)
    withhold(store, ravi, how)
    said = told(store, peter)
    assert "Ravi" not in said
    assert "Testman0" not in said
    assert PETER in said
    [row] = store.exports.rows(STAGES)
    label = {"taken down": "withheld", "victim": "victim", "witness": "witness", "minor": "minor"}.get(
        how, "withheld"
    )
    for text in (row.title, row.quote, row.charges[0], row.penalty[0]):
        assert text is not None
        assert f"[{label}]" in text


def told_by(store: Store, mention: str) -> str:
    return str([row for row in store.exports.rows(STAGES) if row.record_id == mention])


def test_what_was_withheld_comes_back(store: Store) -> None:
    ravi, peter = fill(store)
    before = told_by(store, peter)
    down = store.takedowns.take_down(store.people.find(ravi), WHY, "ana", NOW)
    assert told_by(store, peter) != before
    store.takedowns.lift(down, "console.root", NOW)
    assert told_by(store, peter) == before
    store.reviews.reject(ravi, RejectReason.LAWYER, store.reviews.record(ravi).seen, "ana", NOW)
    assert told_by(store, peter) != before
    store.reviews.reopen(ravi, "ana", NOW)
    assert told_by(store, peter) == before


@pytest.mark.parametrize("reason", [reason for reason in RejectReason if reason.forgets_name])
def test_a_name_that_goes_leaves_cases_and_counts_at_once(
    store: Store, migrated_url: str, reason: RejectReason
) -> None:
    ravi, peter = fill(store)
    store.reviews.reject(ravi, reason, store.reviews.record(ravi).seen, "ana", NOW)
    found = {name: rows for name, rows in dump(migrated_url).items() if name not in {"article", "article_copy"}}
    for word in ("ravi", "testman0"):
        assert [name for name, rows in found.items() if word in str(rows).lower()] == []
    (case,) = store.people.person(peter).cases
    assert len(case.charges) == 1
    assert store.resolution.waiting() == 0


@pytest.mark.parametrize("reason", [RejectReason.OTHER_PERSON, RejectReason.VICTIM])
def test_no_person_is_left_of_a_rejected_record(store: Store, reason: RejectReason) -> None:
    ravi, _ = fill(store)
    person = store.people.find(ravi)
    store.reviews.reject(ravi, reason, store.reviews.record(ravi).seen, "ana", NOW)
    assert store.people.search("Ravi Testman0") == []
    with pytest.raises(UnknownRecord):
        store.people.person(person)
    store.reviews.reopen(ravi, "ben", NOW)
    if not reason.forgets_name:
        assert store.people.find(ravi) == person


def test_a_correction_is_the_persons_at_once(store: Store) -> None:
    ravi, _ = fill(store)
    seen = store.reviews.record(ravi).seen
    store.reviews.correct(ravi, {"stage": "acquitted", "name": "Ravindra Testman0"}, seen, "ana", NOW)
    person = store.people.person(ravi)
    assert (person.summary.stage, person.summary.name) == (Stage.ACQUITTED, "Ravindra Testman0")
    assert person.summary.cleared


def test_readers_find_no_hidden_person(store: Store) -> None:
    ravi, peter = fill(store)
    assert [one.hidden for one in store.people.search("Testman0", hidden=False)] == [False]
    store.takedowns.take_down(store.people.find(ravi), WHY, "ana", NOW)
    assert store.people.search("Testman0", hidden=False) == []
    assert [one.hidden for one in store.people.search("Testman0", hidden=True)] == [True]
    (case,) = store.people.person(peter).cases
    assert sorted((party.name, party.hidden) for party in case.parties) == [
        (PETER, False), ("[taken down]", True),
    ]  # fmt: skip


def test_who_is_lost_after_a_rejection_is_masked_still(store: Store) -> None:
    ravi, peter = fill(store)
    store.reviews.reject(ravi, RejectReason.LAWYER, store.reviews.record(ravi).seen, "ana", NOW)
    one = article(title=f"{RAVI} and Lookson sentenced")
    alone = replace(accused(one, PETER, Stage.SENTENCED))
    store.articles.save_report(report(version="text-1.read-2", accused=(alone,), others=()), NOW)
    [row] = store.exports.rows(STAGES)
    assert row.record_id == peter
    assert "Ravi" not in row.quote
    assert "[withheld]" in row.quote
