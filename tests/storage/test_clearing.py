"""Whoever is known to be cleared is on no list: whatever a newer reader, another paper or a recall says.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from typing import Any

import pytest

from extraction.model import Accused, CaseReport, CountryFact, CountryRole, Evidence, Stage
from storage.records import ExportStage
from storage.records.people import Reason
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, TRAFFICKING, tell

Told = tuple[str, Stage, dict[str, Any]]


def read_again(store: Store, mention_id: str, *people: Told, relevant: bool = True) -> None:
    """A newer reader reports these people of the mention's text (fields of `Accused` beside name and stage)."""
    article_id = store.reviews.record(mention_id).summary.article_id
    article = store.articles.get(article_id)
    assert article is not None
    accused = []
    for name, stage, fields in people:
        quote = name if name in article.text else article.text[:30]
        start = article.text.index(quote)
        span = Evidence(start=start, end=start + len(quote), quote=quote, rule="t@2", score=0.9)
        proofs = {"name": (span,), "role": (span,), "stage": (span,)}
        given = {"age": 41, "score": 0.95, **fields}
        accused.append(Accused(name=name, stage=stage, offences=TRAFFICKING, evidence=proofs, **given))
    report = CaseReport(
        article_id=article_id, relevant=relevant, relevance_score=0.9 if relevant else 0.1,
        extractor_version="text-1.read-2", accused=tuple(accused),
        countries=(CountryFact(country="in", role=CountryRole.PROSECUTION, evidence=(), score=0.8),),
    )  # fmt: skip
    assert store.articles.save_report(report, NOW)
    store.resolution.resolve(NOW)


def one(store: Store, stage: Stage, day: str, **more: Any) -> str:
    """The mention of a story of `RARE`."""
    more = {"source": "in_herald", "words": f"{stage.value} {day}", **more}
    name, age = more.pop("name", RARE), more.pop("age", 41)
    return tell(store, [(name, stage, age)], day, **more)[0]


def listed(store: Store) -> set[str]:
    """Names on the list of the convicted, whatever their score."""
    return {row.name for row in store.exports.rows(ExportStage.CONVICTED.stages)}


def waits(store: Store, reason: Reason) -> bool:
    return any(item.reason is reason for item in store.reviews.queue(NOW, min_score=0.75))


def accept(store: Store, mention_id: str) -> None:
    store.reviews.accept(mention_id, store.reviews.record(mention_id).seen, "ana", NOW)


def correct(store: Store, mention_id: str, **changes: Any) -> None:
    store.reviews.correct(mention_id, changes, store.reviews.record(mention_id).seen, "ana", NOW)
    store.resolution.resolve(NOW)


@pytest.mark.parametrize("found", ["another", "nobody", "off topic"])
@pytest.mark.parametrize("word", ["accepted", "corrected"])
def test_a_humans_clearing_outlives_its_reading(store: Store, word: str, found: str) -> None:
    first = one(store, Stage.CONVICTED, "2024-01-10")
    second = one(store, Stage.ACQUITTED if word == "accepted" else Stage.CONVICTED, "2024-10-10")
    store.resolution.resolve(NOW)
    if word == "accepted":
        accept(store, second)
    else:
        correct(store, second, stage="acquitted", stage_date="2024-10-09")
    person = store.people.find(first)
    people: list[Told] = [("Zsofia Elsington", Stage.CHARGED, {})] if found == "another" else []
    read_again(store, second, *people, relevant=found != "off topic")
    for everything in (False, True):
        store.resolution.resolve(NOW, everything=everything)
        assert RARE not in listed(store)
        assert store.people.find(first) == store.people.find(second) == person
        assert store.people.person(person).summary.cleared
        assert waits(store, Reason.LOST)
    store.reviews.reopen(second, "ana", NOW)  # the word is taken back
    store.resolution.resolve(NOW)
    assert listed(store) == {RARE}


def test_a_conviction_that_comes_after_a_lost_clearing_meets_it(store: Store) -> None:
    cleared = one(store, Stage.ACQUITTED, "2024-10-10")
    store.resolution.resolve(NOW)
    accept(store, cleared)
    read_again(store, cleared)
    one(store, Stage.CONVICTED, "2024-01-10")
    store.resolution.resolve(NOW)
    assert not listed(store)


def test_a_humans_conviction_that_is_lost_is_on_no_list(store: Store) -> None:
    convicted = one(store, Stage.CONVICTED, "2024-10-10")
    store.resolution.resolve(NOW)
    accept(store, convicted)
    read_again(store, convicted)
    assert not listed(store)


@pytest.mark.parametrize("upheld", [False, True])
def test_what_is_held_back_clears_the_other_papers_too_until_a_human_decides(store: Store, upheld: bool) -> None:
    first = one(store, Stage.SENTENCED, "2025-01-10")
    other = one(store, Stage.SENTENCED, "2025-01-12", source="in_post")
    store.resolution.resolve(NOW)
    accept(store, first)
    store.resolution.resolve(NOW)
    assert listed(store) == {RARE}
    read_again(store, first, (RARE, Stage.ACQUITTED, {}))
    assert not listed(store)
    (case,) = store.people.person(other).cases
    assert [(party.cleared, party.doubtful) for party in case.parties] == [(True, True)]
    assert waits(store, Reason.REOPENED)
    store.reviews.accept(first, store.reviews.record(first).seen, "ana", NOW, original=not upheld)
    store.resolution.resolve(NOW)
    assert listed(store) == ({RARE} if upheld else set())


@pytest.mark.parametrize("recall", ["2024-05-10", "2024-08-10", "2024-12-10"])
@pytest.mark.parametrize(
    ("end", "date"), [(Stage.ACQUITTED, None), (Stage.OVERTURNED, "2025-03-09"), (Stage.DISMISSED, None)]
)
def test_a_recall_between_sentence_and_end_hides_no_end(
    sqlite_store: Store, recall: str, end: Stage, date: str | None
) -> None:
    one(sqlite_store, Stage.SENTENCED, "2024-01-10")
    one(sqlite_store, Stage.CHARGED, recall, source="in_post")
    last = one(sqlite_store, Stage.ACQUITTED, "2025-03-10", age=42)
    read_again(sqlite_store, last, (RARE, end, {"stage_date": date, "age": 42}))
    assert not listed(sqlite_store)
    assert sqlite_store.people.person(last).summary.cleared


def test_a_dated_charge_in_between_leaves_both_in_doubt_until_a_human_dates_it(store: Store) -> None:
    sentence = one(store, Stage.SENTENCED, "2024-01-10")
    charge = one(store, Stage.CHARGED, "2024-08-10", source="in_post")
    read_again(store, charge, (RARE, Stage.CHARGED, {"stage_date": "2024-08-09"}))
    one(store, Stage.ACQUITTED, "2025-03-10", age=42)
    store.resolution.resolve(NOW)
    cases = store.people.person(sentence).cases
    assert [(party.cleared, party.doubtful) for case in cases for party in case.parties] == [(True, True)] * 2
    assert not listed(store)
    assert waits(store, Reason.CONFLICT)
    for mention_id in (sentence, charge):  # to accept says that a story was read right, not what came when
        accept(store, mention_id)
    store.resolution.resolve(NOW)
    assert not listed(store)
    correct(store, charge, stage_date="2024-08-08")
    assert listed(store) == {RARE}


@pytest.mark.parametrize(("sentenced", "acquitted"), [("2019-01-10", "2025-03-10"), ("2015-01-10", "2025-03-10")])
def test_an_end_that_comes_years_later_clears(store: Store, sentenced: str, acquitted: str) -> None:
    one(store, Stage.SENTENCED, sentenced, age=31)
    last = one(store, Stage.ACQUITTED, acquitted, age=int(acquitted[:4]) - int(sentenced[:4]) + 31)
    store.resolution.resolve(NOW)
    (person,) = store.people.people()
    assert store.people.find(last) == person.id
    assert not listed(store)


def test_an_end_told_with_another_country_leaves_the_conviction_in_doubt(store: Store) -> None:
    one(store, Stage.SENTENCED, "2024-01-10")
    one(store, Stage.ACQUITTED, "2024-10-10", source="np_post", country="np")
    store.resolution.resolve(NOW)
    assert not listed(store)
    assert waits(store, Reason.CONFLICT)


def test_no_stage_rises_by_a_low_score_that_nobody_has_seen(store: Store) -> None:
    sure = one(store, Stage.CHARGED, "2024-01-10")
    low = one(store, Stage.CONVICTED, "2024-12-10", source="in_post")
    read_again(store, low, (RARE, Stage.CONVICTED, {"score": 0.55}))
    assert {one.person_stage for one in store.exports.rows(ExportStage.CHARGED.stages)} == {Stage.CHARGED}
    assert store.people.person(sure).summary.stage is Stage.CHARGED
    accept(store, low)
    store.resolution.resolve(NOW)
    assert store.people.person(sure).summary.stage is Stage.CONVICTED


def test_a_low_score_clears_as_well(store: Store) -> None:
    one(store, Stage.CONVICTED, "2024-01-10")
    low = one(store, Stage.ACQUITTED, "2024-12-10", source="in_post")
    read_again(store, low, (RARE, Stage.ACQUITTED, {"score": 0.55}))
    assert not listed(store)


def test_a_conviction_dated_after_its_own_story_outlives_no_acquittal(store: Store) -> None:
    convicted = one(store, Stage.CONVICTED, "2024-06-10")
    read_again(store, convicted, (RARE, Stage.CONVICTED, {"stage_date": "2025"}))
    acquitted = one(store, Stage.ACQUITTED, "2024-09-10", source="in_post")
    read_again(store, acquitted, (RARE, Stage.ACQUITTED, {"stage_date": "2024-09-09"}))
    assert not listed(store)


@pytest.mark.parametrize("acquitted_first", [False, True])
@pytest.mark.parametrize("verdict", ["two", "one"])
def test_who_is_likely_a_cleared_person_is_on_no_list_until_a_human_says(
    store: Store, verdict: str, acquitted_first: bool
) -> None:
    told = [(RARE, Stage.CONVICTED, "2024-10-10"), ("O. Testarossa", Stage.ACQUITTED, "2024-10-20")]
    ids = {}
    for name, stage, day in reversed(told) if acquitted_first else told:
        ids[stage] = one(store, stage, day, name=name)
        store.resolution.resolve(NOW)
    guilty, cleared = ids[Stage.CONVICTED], ids[Stage.ACQUITTED]
    assert store.people.find(guilty) != store.people.find(cleared)
    assert not listed(store)
    assert waits(store, Reason.MATCH)
    if verdict == "one":
        store.people.merge(guilty, cleared, "ana", NOW)
        assert not listed(store)
    else:
        store.people.apart(guilty, cleared, "ana", NOW)
        store.resolution.resolve(NOW, everything=True)
        assert listed(store) == {RARE}


def test_a_likely_namesake_cleared_before_says_nothing(store: Store) -> None:
    one(store, Stage.ACQUITTED, "2024-09-20", name="O. Testarossa")
    guilty = one(store, Stage.CONVICTED, "2024-10-10")
    read_again(store, guilty, (RARE, Stage.CONVICTED, {"stage_date": "2024-10-09"}))
    assert listed(store) == {RARE}


def test_accepting_settles_no_order_and_a_corrected_date_does(store: Store) -> None:
    convicted = one(store, Stage.CONVICTED, "2024-10-10")
    acquitted = one(store, Stage.ACQUITTED, "2024-10-10", source="in_post")
    store.resolution.resolve(NOW)
    for mention_id in (convicted, acquitted):
        accept(store, mention_id)
        store.resolution.resolve(NOW)
        assert not listed(store)
        (case,) = store.people.person(convicted).cases
        assert [party.doubtful for party in case.parties] == [True]
    correct(store, acquitted, stage_date="2024-10-10")
    correct(store, convicted, stage_date="2024-10-09")
    (case,) = store.people.person(convicted).cases
    assert [(party.cleared, party.doubtful) for party in case.parties] == [(True, False)]
    correct(store, acquitted, stage_date="2024-10-08")
    assert listed(store) == {RARE}
