"""From readings to persons and cases: joined, told apart, merged and split by humans, on both databases.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from pathlib import Path

import pytest

from extraction.model import Accused, Article, CaseReport, CountryFact, CountryRole, Evidence, Offence, Stage
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.records import ExportFormat, ExportStage
from storage.records.people import JudgementVerdict, RejectReason
from storage.store import Store
from tests.storage.samples import NOW, V1

TRAFFICKING = frozenset({Offence.SEX_TRAFFICKING})
DEED = {
    Stage.ARRESTED: "was arrested on suspicion of", Stage.CHARGED: "was charged with",
    Stage.CONVICTED: "was convicted of",
    Stage.SENTENCED: "was sentenced to nine years for", Stage.ACQUITTED: "was acquitted on appeal of",
    Stage.OVERTURNED: "saw the conviction overturned for",
}  # fmt: skip


def tell(
    store: Store,
    people: list[tuple[str, Stage, int | None]],
    published: str,
    *,
    words: str = "",
    source: str | None = None,
    country: str = "in",
    at: dt.datetime | None = None,
    version: str = V1,
) -> list[str]:
    """Save a story that accuses these people, as the reader would report it; the ids of their mentions."""
    sentences = [f"{name} {DEED[stage]} trafficking women in {words or published}." for name, stage, _ in people]
    text = " ".join([*sentences, f"The court at {words or published} heard the matter on {published} at length."])
    url = f"https://{source or 'paper'}.example/{hashlib.sha256(text.encode()).hexdigest()[:12]}"
    story = Article(
        id=hashlib.sha256(text.encode()).hexdigest(), url=url, canonical_url=url, text=text, title="A court story",
        published=published, published_rule="feed", language="en", language_score=1.0, source=source,
        country=country,
        author=None,
    )  # fmt: skip
    accused = []
    for (name, stage, age), sentence in zip(people, sentences, strict=True):
        start = text.index(sentence)
        span = Evidence(start=start, end=start + len(sentence), quote=sentence, rule="t@1", score=0.9)
        named = Evidence(start=start, end=start + len(name), quote=name, rule="t@1", score=0.9)
        accused.append(
            Accused(
                name=name, stage=stage, age=age, score=0.95, offences=TRAFFICKING,
                evidence={"name": (named,), "role": (span,), "stage": (span,)},
            )
        )  # fmt: skip
    report = CaseReport(
        article_id=story.id, relevant=True, relevance_score=0.9, extractor_version=version, accused=tuple(accused),
        countries=(CountryFact(country=country, role=CountryRole.PROSECUTION, evidence=(), score=0.8),),
    )  # fmt: skip
    seen = at or dt.datetime.fromisoformat(published).replace(tzinfo=dt.UTC)
    store.articles.save(story, None, version, seen)
    assert store.articles.save_report(report, seen)
    with store._database.read() as session:  # the ids that storage gave
        from sqlalchemy import select

        from storage.tables.people import MentionRow

        rows = session.execute(select(MentionRow.id, MentionRow.n).where(MentionRow.article_id == story.id)).all()
    return [row.id for row in sorted(rows, key=lambda row: row.n)]


RARE = "Okwudili Branimir Testarossa"


def test_one_person_over_three_stories_with_a_timeline(store: Store) -> None:
    (first,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    (second,) = tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-04-02", source="in_herald", words="Mirpur two")
    (third,) = tell(store, [(RARE, Stage.SENTENCED, 42)], "2025-05-20", source="in_post", words="Mirpur three")
    summary = store.resolution.resolve(NOW)
    assert (summary.mentions, summary.persons, summary.cases) == (3, 1, 1)
    person = store.people.person(third)
    assert person.summary.id == f"p-{first}" == store.people.find(second)
    assert person.summary.stage is Stage.SENTENCED
    assert person.summary.stories == 3
    assert person.summary.birth_years == (1983, 1983)
    ((_, timeline),) = person.timeline.items()
    assert [(entry.stage, entry.stands) for entry in timeline] == [
        (Stage.CHARGED, True), (Stage.CONVICTED, True), (Stage.SENTENCED, True),
    ]  # fmt: skip
    (case,) = person.cases
    assert store.people.case(case.id) == case
    assert [party.person_id for party in case.parties] == [person.summary.id]


def test_resolving_twice_changes_nothing(store: Store) -> None:
    tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-04-02", source="in_herald", words="Mirpur two")
    store.resolution.resolve(NOW)
    before = store.people.people()
    again = store.resolution.resolve(NOW + dt.timedelta(days=1))
    assert (again.mentions, again.new_persons, store.resolution.waiting()) == (0, 0, 0)
    assert store.people.people() == before


def test_everything_anew_gives_the_same_persons_and_ids(store: Store) -> None:
    names = [RARE, "Ilmari Kvetoslav Sampaio", "Zsofia Thandeka Exampler"]
    for n, name in enumerate(names):
        for month, stage in ((1, Stage.CHARGED), (5, Stage.SENTENCED)):
            tell(
                store, [(name, stage, 30 + n)], f"2025-{month:02d}-1{n}", source="in_herald", words=f"T{n}{month}"
            )
    store.resolution.resolve(NOW)
    before = [(one.id, one.name, one.stories, one.stage) for one in store.people.people()]
    store.resolution.resolve(NOW, everything=True)
    assert [(one.id, one.name, one.stories, one.stage) for one in store.people.people()] == before
    assert len(before) == 3


def test_stories_that_come_one_by_one_are_resolved_as_those_that_come_at_once(
    store: Store, sqlite_store: Store
) -> None:
    stories = [
        (name, stage, age, f"2025-{month:02d}-{day:02d}")
        for day, (name, age) in enumerate(
            [(RARE, 41), ("Ilmari Kvetoslav Sampaio", 29), ("Wang Wei", 30), ("Wang Wei", 52)], start=3
        )
        for month, stage in ((1, Stage.CHARGED), (5, Stage.SENTENCED))
    ]
    for name, stage, age, day in stories:
        tell(store, [(name, stage, age)], day, source="in_herald", words=f"{age}{stage}")
        store.resolution.resolve(NOW)
    shuffled = stories[:]
    random.Random(7).shuffle(shuffled)
    for name, stage, age, day in shuffled:
        tell(sqlite_store, [(name, stage, age)], day, source="in_herald", words=f"{age}{stage}")
    sqlite_store.resolution.resolve(NOW)
    as_sets = [{tuple(sorted(r.mention_id for r in s.people.person(one.id).records)) for one in s.people.people()}
               for s in (store, sqlite_store)]  # fmt: skip
    assert as_sets[0] == as_sets[1]


def test_doubt_keeps_two_and_asks(store: Store) -> None:
    tell(store, [("Wang Wei", Stage.CHARGED, None)], "2024-01-10", source="cn_post", country="cn", words="Alpha")
    tell(store, [("Wang Wei", Stage.SENTENCED, None)], "2025-09-10", source="cn_daily", country="cn", words="Beta")
    assert store.resolution.resolve(NOW).persons == 2


def test_a_later_acquittal_takes_the_person_off_the_list_and_onto_the_cleared(store: Store) -> None:
    (first,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    store.resolution.resolve(NOW)
    listed = {row.record_id for row in store.exports.rows(ExportStage.CONVICTED.stages)}
    assert listed == {first}
    tell(store, [(RARE, Stage.ACQUITTED, 42)], "2025-11-02", source="in_herald", words="Mirpur two")
    store.resolution.resolve(NOW)
    assert store.people.person(first).summary.cleared
    assert list(store.exports.rows(ExportStage.CONVICTED.stages)) == []
    assert list(store.exports.rows(ExportStage.CHARGED.stages)) == []


def test_merge_and_split_are_edges_that_can_be_undone(store: Store) -> None:
    (one,) = tell(
        store, [("Wang Wei", Stage.CHARGED, None)], "2024-01-10", source="cn_post", country="cn", words="A"
    )
    (other,) = tell(
        store, [("Wang Wei", Stage.SENTENCED, None)], "2025-09-10", source="cn_d", country="cn", words="B"
    )
    store.resolution.resolve(NOW)
    assert store.people.find(one) != store.people.find(other)
    younger = store.people.find(other)
    stays = store.people.merge(one, other, "ana", NOW)
    assert stays == f"p-{one}" == store.people.find(other) == store.people.find(younger)
    store.resolution.resolve(NOW, everything=True)
    assert store.people.find(other) == stays, "a machine may not undo a human's merge"
    with pytest.raises(ReviewConflict):
        store.people.merge(one, other, "ana", NOW)
    new = store.people.split(stays, [other], "ben", NOW + dt.timedelta(minutes=1))
    assert new == younger == store.people.find(other)
    store.resolution.resolve(NOW, everything=True)
    assert store.people.find(one) == stays != store.people.find(other)
    said = [one for one in store.people.judgements(stays) if one.by == "ben" and one.undone_at is None]
    assert [one.verdict for one in said] == [JudgementVerdict.DIFFERENT]
    store.people.undo(said[0].id, "ana", NOW + dt.timedelta(minutes=2))
    assert {one.undone_by for one in store.people.judgements(stays) if one.by == "ben"} == {"ana"}
    with pytest.raises(ReviewConflict):
        store.people.undo(said[0].id, "ana", NOW)
    actions = [entry.action for entry in store.audit.entries()]
    assert actions == ["merge", "split", "undo"]
    assert store.audit.verify() is None


def test_a_split_against_the_machine_stands(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    (other,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-04-02", source="in_herald", words="Mirpur two")
    store.resolution.resolve(NOW)
    store.people.split(store.people.find(one), [other], "ana", NOW)
    tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-04-03", source="in_post", words="Mirpur three")
    store.resolution.resolve(NOW, everything=True)
    assert store.people.find(one) != store.people.find(other)
    with pytest.raises(ReviewInvalid):
        store.people.split(store.people.find(other), [one], "ana", NOW)


def test_two_accused_of_one_text_are_two_persons_of_one_case(store: Store) -> None:
    one, other = tell(
        store,
        [(RARE, Stage.CHARGED, 41), ("Ilmari Kvetoslav Sampaio", Stage.CHARGED, 29)],
        "2025-01-10",
        words="Mirpur",
    )
    summary = store.resolution.resolve(NOW)
    assert (summary.persons, summary.cases) == (2, 1)
    (case,) = store.people.person(one).cases
    assert {party.person_id for party in case.parties} == {f"p-{one}", f"p-{other}"}


def test_search_finds_any_order_and_script(store: Store) -> None:
    (one,) = tell(store, [("Şükrü Çağlayan Örneğin", Stage.CHARGED, 41)], "2025-01-10", country="tr")
    store.resolution.resolve(NOW)
    for asked in ("sukru", "ornegin sukru", "ŞÜKRÜ", "Çağlayan Şükrü"):
        assert [found.id for found in store.people.search(asked)] == [f"p-{one}"], asked
    assert store.people.search("%") == store.people.search("") == store.people.search("nobody") == []


def test_unknown_ids_have_a_remedy(store: Store) -> None:
    for ask in (store.people.person, store.people.case, store.people.find):
        with pytest.raises(UnknownRecord):
            ask("p-00000000000000000000")


def test_an_accepted_conviction_is_held_back_when_a_later_reading_says_acquitted(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    store.reviews.accept(one, store.reviews.record(one).seen, "ana", NOW)
    store.resolution.resolve(NOW)
    assert [row.record_id for row in store.exports.rows(ExportStage.CONVICTED.stages)] == [one]
    article = store.articles.get(store.reviews.record(one).summary.article_id)
    assert article is not None
    span = Evidence(start=0, end=len(RARE), quote=RARE, rule="t@2", score=0.9)
    anew = Accused(
        name=RARE, stage=Stage.ACQUITTED, age=41, score=0.95, offences=TRAFFICKING,
        evidence={"name": (span,), "role": (span,), "stage": (span,)},
    )  # fmt: skip
    report = CaseReport(
        article_id=article.id,
        relevant=True,
        relevance_score=0.9,
        extractor_version="text-1.read-2",
        accused=(anew,),
    )
    assert store.articles.save_report(report, NOW)
    store.resolution.resolve(NOW)
    assert list(store.exports.rows(ExportStage.CONVICTED.stages)) == []
    view = store.reviews.record(one)
    assert view.reopened
    assert [item.record.mention_id for item in store.reviews.queue(NOW, min_score=0.75)] == [one]
    store.reviews.accept(one, view.seen, "ben", NOW)  # a human looked again and upholds it
    store.resolution.resolve(NOW)
    assert [row.record_id for row in store.exports.rows(ExportStage.CONVICTED.stages)] == [one]


def test_what_humans_take_off_leaves_the_published_list_at_once(store: Store, tmp_path: Path) -> None:
    ids = [
        tell(store, [(f"{RARE} {word}", Stage.SENTENCED, 30 + n)], f"2025-01-{n + 1:02d}", words=f"Mirpur {word}")[
            0
        ]
        for n, word in enumerate(["Alba", "Bruma", "Cirro", "Delta", "Estua"])
    ]
    order = (tmp_path / "list", ExportStage.CONVICTED, ExportFormat.JSONL, [])
    assert store.exports.write(*order, NOW).rows == 5
    for one in ids[:3]:
        store.reviews.reject(one, RejectReason.VICTIM, store.reviews.record(one).seen, "ana", NOW)
    done = store.exports.write(*order, NOW)
    assert (done.rows, done.previous_rows) == (2, 5)
    assert done.warning is not None
    assert "taken off" in done.warning
    assert "Alba" not in (tmp_path / "list" / "convicted.jsonl").read_text(encoding="utf-8")
