"""The queue: what comes in, what leaves, and in which order."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy.orm import Session

from extraction.model import CountryFact, CountryRole, Stage
from storage.database import Database
from storage.records.people import MACHINE, JudgementVerdict, Reason, RejectReason
from storage.store import Store
from storage.tables.people import CaseMentionRow, CaseRow, JudgementRow, MentionRow, PartyRow, PersonRow
from storage.urgency import age_factor, consequence, doubt, urgency
from tests.storage.samples import NOW, V1, accused, article, report

LEAST = 0.5


def fill(store: Store, *people: tuple[Stage, float]) -> list[str]:
    """A story for each; ids of their accused in order."""
    store.articles.save_many([(article(n), None) for n in range(len(people))], V1, NOW)
    store.articles.save_reports([one_report(n, *one) for n, one in enumerate(people)], NOW)
    found = {row.article_id: row.record_id for row in store.exports.rows(frozenset(Stage))}
    return [found[article(n).id] for n in range(len(people))]


def one_report(n: int, stage: Stage, score: float, version: str = V1, country: str = "in"):  # type: ignore[no-untyped-def]
    fact = CountryFact(country=country, role=CountryRole.PROSECUTION, evidence=(), score=1.0)
    return report(
        n, version, accused=(accused(article(n), f"Ravi Testman{n}", stage, score=score),), countries=(fact,)
    )


def waiting(store: Store, *reasons: Reason, **choices: object) -> list[tuple[Reason, str]]:
    asked = {"now": NOW, "min_score": LEAST, "reasons": reasons or None} | choices
    found = store.reviews.queue(asked.pop("now"), **asked)  # type: ignore[arg-type]
    return [(item.reason, item.record.mention_id) for item in found]


def seen(store: Store, mention: str) -> str:
    return store.reviews.record(mention).seen


def test_the_formula() -> None:
    assert [round(doubt(score), 3) for score in (0.0, 0.25, 0.5, 0.75, 1.0)] == [0.02, 0.5, 1.0, 0.5, 0.02]
    assert [age_factor(days) for days in (-1, 0, 45, 90, 9000)] == [1, 1, 1.5, 2, 2]
    assert consequence(Stage.CONVICTED) > consequence(Stage.CHARGED) > consequence(Stage.ARRESTED)
    assert urgency(0.75, Stage.CHARGED) == pytest.approx(0.35)


def test_doubt_consequence_and_age_order_it(store: Store) -> None:
    ids = fill(store, (Stage.ARRESTED, 0.9), (Stage.CONVICTED, 0.9), (Stage.CHARGED, 0.6), (Stage.CHARGED, 0.45))
    assert waiting(store) == [
        (Reason.DOUBTFUL, ids[3]), (Reason.UNREVIEWED, ids[2]), (Reason.UNREVIEWED, ids[1]),
        (Reason.UNREVIEWED, ids[0]),
    ]  # fmt: skip
    assert waiting(store, Reason.DOUBTFUL) == [(Reason.DOUBTFUL, ids[3])]
    assert waiting(store, limit=2) == waiting(store)[:2]
    items = store.reviews.queue(NOW + dt.timedelta(days=45), min_score=LEAST)
    assert [(one.age_days, one.value) for one in items] == [
        (45, round(one.doubt * one.consequence * 1.5, 6)) for one in items
    ]
    counted = store.reviews.waiting(LEAST)
    assert {reason: n for reason, n in counted.items() if n} == {Reason.UNREVIEWED: 3, Reason.DOUBTFUL: 1}


def test_what_was_decided_leaves_and_what_changed_comes_back(store: Store) -> None:
    ids = fill(store, (Stage.CHARGED, 0.9), (Stage.CHARGED, 0.9), (Stage.CHARGED, 0.9), (Stage.CHARGED, 0.9))
    store.reviews.accept(ids[0], seen(store, ids[0]), "ana", NOW)
    store.reviews.correct(ids[1], {"stage": "convicted"}, seen(store, ids[1]), "ana", NOW)
    store.reviews.reject(ids[2], RejectReason.OFFICIAL, seen(store, ids[2]), "ana", NOW)
    store.reviews.reject(ids[3], RejectReason.VICTIM, seen(store, ids[3]), "ana", NOW)
    # Decisions are resolved at once, and these names are alike: pairs of them may wait, records may not.
    assert [one for one in waiting(store) if one[0] is not Reason.MATCH] == []
    assert {n for reason, n in store.reviews.waiting(LEAST).items() if reason is not Reason.MATCH} == {0}
    again = "text-1.read-2"
    store.articles.save_report(one_report(0, Stage.ACQUITTED, 0.9, again), NOW)
    store.articles.save_report(replace(one_report(1, Stage.CHARGED, 0.9, again), accused=()), NOW)
    store.articles.save_report(one_report(2, Stage.SENTENCED, 0.9, again), NOW)
    store.articles.save_report(one_report(3, Stage.SENTENCED, 0.9, again), NOW)
    assert sorted(waiting(store)) == sorted(
        [(Reason.REOPENED, ids[0]), (Reason.REOPENED, ids[2]), (Reason.LOST, ids[1])]
    )
    first = store.reviews.queue(NOW, min_score=LEAST, reasons=[Reason.REOPENED])
    assert {one.value for one in first} == {1.0}  # a missed acquittal weighs as much as a sentence
    assert store.reviews.waiting(LEAST)[Reason.LOST] == 1
    store.reviews.reopen(ids[2], "ana", NOW)
    assert (Reason.UNREVIEWED, ids[2]) in waiting(store)


def test_of_one_country(store: Store) -> None:
    ids = fill(store, (Stage.CHARGED, 0.9), (Stage.CHARGED, 0.9))
    store.articles.save_report(one_report(1, Stage.CHARGED, 0.9, "text-1.read-2", "np"), NOW)
    assert waiting(store, country="np") == [(Reason.UNREVIEWED, ids[1])]
    assert waiting(store, country="in") == [(Reason.UNREVIEWED, ids[0])]
    assert waiting(store, country="de") == []


def persons(session: Session, *ids: str) -> None:
    for mention in ids:
        row = session.get(MentionRow, mention)
        assert row is not None
        row.person_id = f"p-{mention}"


def edge(left: str, right: str, verdict: JudgementVerdict, by: str, score: float | None = None) -> JudgementRow:
    first, second = sorted((left, right))
    return JudgementRow(
        left=first, right=second, verdict=verdict, score=score, reasons=[], by=by, version="m", at=NOW
    )


def test_pairs_that_may_be_one(store: Store, migrated_url: str) -> None:
    ids = fill(store, (Stage.CONVICTED, 0.9), (Stage.ARRESTED, 0.9), (Stage.ARRESTED, 0.9))
    database = Database(migrated_url)
    with database.write() as session:
        persons(session, *ids)
        session.add(edge(ids[0], ids[1], JudgementVerdict.UNSURE, MACHINE, 0.6))
        session.add(edge(ids[1], ids[2], JudgementVerdict.UNSURE, MACHINE, 0.6))
    items = store.reviews.queue(NOW, min_score=LEAST, reasons=[Reason.MATCH])
    assert [(one.consequence, one.match_score) for one in items] == [(1.0, 0.6), (0.4, 0.6)]
    assert items[0].other is not None
    assert {items[0].record.mention_id, items[0].other.mention_id} == {ids[0], ids[1]}
    with database.write() as session:
        session.add(edge(ids[0], ids[1], JudgementVerdict.DIFFERENT, "ana"))
    assert len(waiting(store, Reason.MATCH)) == store.reviews.waiting(LEAST)[Reason.MATCH] == 1
    with database.write() as session:
        other = session.get(MentionRow, ids[2])
        assert other is not None
        other.person_id = f"p-{ids[1]}"
    assert waiting(store, Reason.MATCH) == []
    database.close()


def test_conviction_and_acquittal_without_their_order(store: Store, migrated_url: str) -> None:
    ids = fill(store, (Stage.CONVICTED, 0.99), (Stage.ACQUITTED, 0.99), (Stage.ARRESTED, 0.5))
    database = Database(migrated_url)
    with database.write() as session:
        for mention in ids[:2]:
            row = session.get(MentionRow, mention)
            assert row is not None
            row.person_id = f"p-{ids[0]}"
        session.add(CaseRow(id=f"c-{ids[0]}", stage=Stage.CONVICTED, summary={}))
        session.flush()
        session.add_all(CaseMentionRow(mention_id=one, case_id=f"c-{ids[0]}") for one in ids[:2])
        session.add(
            PartyRow(
                case_id=f"c-{ids[0]}", person_id=f"p-{ids[0]}", stage=Stage.ACQUITTED, cleared=False, doubtful=True
            )
        )
    database.close()
    assert waiting(store)[0] == (Reason.CONFLICT, ids[0])
    listed = {row.record_id: row for row in store.exports.rows({Stage.CONVICTED, Stage.ARRESTED})}
    assert set(listed) == {ids[2]}  # in doubt for the accused: in the list of the cleared alone
    cleared = {row.record_id: row for row in store.exports.rows({Stage.ACQUITTED})}
    assert set(cleared) == set(ids[:2])
    assert (cleared[ids[0]].perpetrator, cleared[ids[0]].person_stage) == (False, Stage.ACQUITTED)
    assert (cleared[ids[0]].person_id, cleared[ids[0]].case_ids) == (f"p-{ids[0]}", (f"c-{ids[0]}",))
    for mention in ids[:2]:
        store.reviews.accept(mention, seen(store, mention), "ana", NOW)
    assert waiting(store, Reason.CONFLICT) == []


def test_held_back_for_an_equal_name_until_somebody_says_who_it_is(store: Store, migrated_url: str) -> None:
    [mention] = fill(store, (Stage.CONVICTED, 0.9))
    database = Database(migrated_url)
    with database.write() as session:
        persons(session, mention)
        session.add(
            PersonRow(
                id=f"p-{mention}", name="Ravi Testman0", aliases=[], countries=["in"], stage=Stage.CONVICTED,
                stories=1, first_seen=NOW, last_seen=NOW, changed_at=NOW,
            )
        )  # fmt: skip
    database.close()
    store.takedowns.take_down(f"p-{mention}", "asked for it", "ana", NOW)
    url = "https://mirror.example/9"
    again = article(
        0, "np_mirror", id="9" * 64, text="Another story. " + article().text, url=url, canonical_url=url
    )
    store.articles.save(again, None, V1, NOW)
    person = accused(again, "Ravi Testman0", Stage.CHARGED)
    store.articles.save_report(report(0, article_id=again.id, accused=(person,)), NOW)
    assert list(store.exports.rows(frozenset(Stage))) == []
    [(reason, held)] = waiting(store)
    assert (reason, held != mention) == (Reason.TAKEDOWN, True)
    assert {reason: n for reason, n in store.reviews.waiting(LEAST).items() if n} == {Reason.TAKEDOWN: 1}
