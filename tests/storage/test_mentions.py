"""A mention stays itself over readings: alignment, a human's word over the machine's, and names that stay out."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, text

from extraction.model import Accused, Article, CaseReport, Evidence, Person, Role, Stage
from storage import mentions
from storage.alignment import ALIKE, Held, Named, align, likeness, mention_id
from storage.database import Database
from storage.forgotten import Forgotten, digests
from storage.records.people import CLEARED_ANEW, RejectReason, Verdict
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, dump, page, report

STAGES = frozenset(Stage)


def test_a_name_spelled_otherwise_is_the_same_mention() -> None:
    cases = (
        ("Bikram Rai", "Vikram Rai", True),
        ("Ram Tamang", "Ram Bahadur Tamang", True),
        ("Tamang, Ram", "Ram Tamang", True),
        ("Tamang", "Ram Tamang", True),
        ("Ram Tamang", "Shyam Tamang", False),
        ("Amit Shah", "Ajit Shah", False),
        ("Anil Thapa", "Anita Thapa", False),
        ("R", "Ram Tamang", False),
        ("", "Ram Tamang", False),
    )
    assert [likeness(one, other) >= ALIKE for one, other, _ in cases] == [same for *_, same in cases]


def named(*names: str) -> list[Named]:
    return [Named(id=mention_id("text", name, 1), name=name) for name in names]


def held(name: str, *aliases: str, decided: bool = False) -> Held:
    return Held(id=mention_id("text", name, 1), names=(name,), aliases=aliases, decided=decided)


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (("Ram Tamang", "Sita Rai"), (held("Sita Rai"), held("Ram Tamang")), ("Ram Tamang", "Sita Rai")),
        (("Ram Bahadur Tamang", "Hari Lama"), (held("Ram Tamang"),), ("Ram Tamang", None)),
        (("Ram Tamang",), (held("Ram Bahadur Tamang"), held("Ram Tamang")), ("Ram Tamang",)),
        (("Kancha",), (held("Ram Tamang", "Kancha"),), ("Ram Tamang",)),
        (("Shyam Tamang",), (held("Ram Tamang", "Tamang", decided=True),), (None,)),
        (("Ram Tamang", "Tamang"), (held("Ram Tamang"), held("Shyam Tamang")), ("Ram Tamang", "Shyam Tamang")),
    ],
)
def test_alignment(new: tuple[str, ...], old: tuple[Held, ...], expected: tuple[str | None, ...]) -> None:
    ids = [None if name is None else mention_id("text", name, 1) for name in expected]
    assert align(named(*new), old) == ids
    assert align(named(*new), old[::-1]) == ids


def test_what_a_human_decided_on_chooses_first() -> None:
    """A rejected mention of the text before, and an unseen one of this: the name does not come in beside it."""
    rejected = Held(id="0" * 20, names=("Ram Tamang",), decided=True)
    unseen = held("Ram Tamang")
    assert align(named("Ram Tamang"), [unseen, rejected]) == [rejected.id]


NAMES = st.sampled_from(
    ["Ram Tamang", "Ram Bahadur Tamang", "Tamang", "Sita Rai", "Sita Ray", "Hari Lama", "Lama"]
)


@given(
    new=st.lists(NAMES, max_size=5, unique=True),
    old=st.lists(st.tuples(NAMES, st.booleans()), max_size=5, unique_by=lambda one: one[0]),
)
def test_one_to_one_and_the_order_of_mentions_does_not_matter(new: list[str], old: list[tuple[str, bool]]) -> None:
    mentions_ = [held(name, decided=decided) for name, decided in old]
    found = align(named(*new), mentions_)
    taken = [one for one in found if one is not None]
    assert len(taken) == len(set(taken))
    assert set(taken) <= {one.id for one in mentions_}
    assert found == align(named(*new), mentions_[::-1])


def test_forgotten_names_are_known_in_any_form() -> None:
    gone = Forgotten(reasons=dict.fromkeys(digests(["Maya Sampleson"], parts=True), RejectReason.VICTIM))
    names = (
        "Maya Sampleson",
        "Sampleson, Maya",
        "MAYA SAMPLESON",
        "Maya Kumari Sampleson",
        "Maya",
        "Ms Sampleson",
    )
    assert all(gone.finds([name]) is not None for name in names)
    assert all(gone.finds([name]) is None for name in ("Ravi Sampleson", "Maya Testman", "Ravi Testman", ""))
    mask = gone.masker(["Ravi Sampleson"])
    assert mask("Ravi Sampleson sold Maya, whom Ms Maya Sampleson's aunt saw; Sampleson denied it.") == (
        "Ravi Sampleson sold [victim], whom [victim]'s aunt saw; Sampleson denied it."
    )


def kept(store: Store, *versions: CaseReport) -> list[tuple[str, str, Stage]]:
    """Id, name and stage of everybody listed after these readings of the first story."""
    store.articles.save(article(), None, V1, NOW)
    for one in versions:
        assert store.articles.save_report(one, NOW)
    return [(row.record_id, row.name, row.stage) for row in store.exports.rows(STAGES)]


def reading(version: int, *people: Accused) -> CaseReport:
    return report(version=f"text-1.read-{version}", accused=people)


def test_a_mention_keeps_its_id_when_the_name_drifts(store: Store, migrated_url: str) -> None:
    one = accused(article(), "Ravi Testman0")
    [(first, *_)] = kept(store, reading(1, one))
    assert first == mention_id(article().id, "Ravi Testman0", 1)
    shorter = accused(article(), "Testman0", Stage.CHARGED)
    assert kept(store, reading(2, shorter)) == [(first, "Testman0", Stage.CHARGED)]
    [row] = rows(migrated_url)
    assert (row["n"], row["name"], row["extractor_version"]) == (0, "Testman0", "text-1.read-2")
    assert kept(store, reading(3)) == []
    assert rows(migrated_url) == []


def test_two_of_one_name_are_two_mentions(store: Store) -> None:
    pair = (accused(article(), "Ravi Testman0"), accused(article(), "Ravi Testman0", Stage.CHARGED))
    before = kept(store, reading(1, *pair))
    assert len({one for one, *_ in before}) == 2
    assert kept(store, reading(2, *pair)) == before


def rows(url: str, table: str = "mention") -> list[dict[str, object]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = [dict(row) for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1")).mappings()]
    engine.dispose()
    return found


def test_first_seen_is_the_earliest_fetch(store: Store, migrated_url: str) -> None:
    later = page(0, "np_mirror", url="https://mirror.example/0", fetched_at=NOW + dt.timedelta(days=2))
    later = replace(later, final_url=later.url, canonical_url=later.url)
    copy = article(0, "np_mirror", url=later.url, canonical_url=later.url)
    store.articles.save(copy, store.pages.keep(later, None, None, NOW).page_id, V1, NOW)
    store.articles.save_report(report(), NOW)
    store.articles.save(article(), store.pages.keep(page(), None, None, NOW).page_id, V1, NOW)
    assert str(rows(migrated_url)[0]["first_seen"]).startswith("2026-03-01 12:00")


def test_rows_of_before_the_migration_are_adopted(store: Store, migrated_url: str) -> None:
    store.articles.save_many([(article(n), None) for n in range(3)], V1, NOW)
    store.articles.save_reports([report(n) for n in range(3)], NOW)
    before = dump(migrated_url)
    engine = create_engine(migrated_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE accused SET mention_id = NULL"))
        connection.execute(text("DELETE FROM mention"))
    engine.dispose()
    assert store.resolution.waiting() == 3  # else a feed after `tipwatch db upgrade` resolves nothing and is empty
    database = Database(migrated_url)
    assert mentions.adopt(database, NOW) == 3
    assert mentions.adopt(database, NOW) == 0
    database.close()
    unset = {"human", "reviewed_original"}  # null in JSON and in SQL

    def plain(found: dict[str, list[tuple[str, ...]]]) -> list[tuple[str, ...]]:
        return [tuple(one for one in row if one.split("=")[0] not in unset) for row in found["mention"]]

    after = dump(migrated_url)
    assert plain(after) == plain(before)
    assert after["accused"] == before["accused"]


def test_courts_and_numbers_of_victims_are_stored(store: Store, migrated_url: str) -> None:
    from extraction.model.facts import Court, VictimCount

    proof = Evidence(start=0, end=4, quote="Ravi", rule="x@1", score=1.0)
    one = report(
        courts=(Court(name="Sample District Court", evidence=proof),),
        victim_counts=(VictimCount(n=3, sex="female", age_band="child", evidence=proof),),
    )
    kept(store, one)
    assert [row["name"] for row in rows(migrated_url, "court_fact")] == ["Sample District Court"]
    assert [(row["n"], row["sex"], row["age_band"]) for row in rows(migrated_url, "victim_count")] == [
        (3, "female", "child")
    ]
    facts = {row["fact"] for row in rows(migrated_url, "evidence")}
    assert {"court/0", "victims/0"} <= facts


# The law: whatever readings, reviews, corrected texts and re-crawls come, in whatever order, a human's word is
# never overwritten and never lost, and who was rejected is never listed under the name that was rejected.

PEOPLE = ("Ravi Testman", "Hari Lookson")
FORMS = {
    "Ravi Testman": ("Ravi Testman", "Ravi Kumar Testman", "Testman"),
    "Hari Lookson": ("Hari Lookson", "Hari Bahadur Lookson", "Lookson"),
}
BODIES = tuple(
    f"Version {n}. Ravi Kumar Testman, also Ravi Testman, and Hari Bahadur Lookson, also Hari Lookson, in court."
    for n in range(2)
)


def story_of(n: int) -> Article:
    return article(0, id=f"{n:064x}", text=BODIES[n])


def one_reading(n: int, version: int, people: list[tuple[str, int, Stage]]) -> CaseReport:
    one = story_of(n)
    found = []
    for who, form, stage in people:
        name = FORMS[who][form]
        start = one.text.index(name)
        span = (Evidence(start=start, end=start + len(name), quote=name, rule="x@1", score=0.9),)
        found.append(
            Accused(name=name, stage=stage, evidence={"name": span, "role": span, "stage": span}, score=0.9)
        )
    return report(
        0, article_id=one.id, version=f"text-1.read-{version}", accused=tuple(found), countries=(), doubts={},
        others=(Person(name="Olga Benchly", role=Role.OFFICIAL, score=0.9),),
    )  # fmt: skip


PERSON = st.tuples(
    st.just(0), st.integers(0, 2), st.sampled_from([Stage.CHARGED, Stage.CONVICTED, Stage.ACQUITTED])
)
READ = st.tuples(st.just("read"), st.tuples(PERSON | st.none(), PERSON | st.none()))
CRAWL = st.tuples(st.just("crawl"), st.integers(0, 1))
REVIEW = st.tuples(
    st.sampled_from(["accept", "correct", "reject", "victim"]), st.integers(0, 1)
)  # of the n-th record


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database without rows: copied, since migrating one takes longer than a whole play."""
    path = tmp_path_factory.mktemp("law") / "empty.db"
    Store.open(f"sqlite:///{path}", path.parent / "archive").close()
    return path


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(st.one_of(READ, CRAWL, REVIEW), min_size=3, max_size=10))
@example(steps=[("accept", 1), ("read", ((0, 0, Stage.ACQUITTED), None))])
def test_a_humans_word_outlives_everything(empty: Path, steps: list[tuple[str, object]]) -> None:
    with tempfile.TemporaryDirectory() as name:
        url = f"sqlite:///{Path(name) / 'law.db'}"
        shutil.copy(empty, Path(name) / "law.db")
        with Store.open(url, Path(name) / "archive") as store:
            _play(store, url, [("crawl", 0), ("read", ((0, 0, Stage.CHARGED), (0, 0, Stage.CHARGED))), *steps])


def _play(store: Store, url: str, steps: list[tuple[str, object]]) -> None:
    at, version, here = NOW, 0, 0
    words: dict[str, tuple[str, dict[str, object]]] = {}
    for kind, what in steps:
        at += dt.timedelta(hours=1)
        match kind:
            case "crawl":
                here = int(what)  # type: ignore[call-overload]
                store.articles.save(story_of(here), None, V1, at)
            case "read":
                version += 1
                people = [(who, one[1], one[2]) for who, one in zip(PEOPLE, what, strict=True) if one is not None]  # type: ignore[call-overload]
                store.articles.save_report(one_reading(here, version, people), at)
            case _:
                listed = sorted(row.record_id for row in store.exports.rows(STAGES))
                if listed:
                    chosen = listed[int(what) % len(listed)]  # type: ignore[call-overload]
                    words[chosen] = _review(store, kind, chosen, at)
        _hold(store, url, words)


def _review(store: Store, kind: str, mention: str, at: dt.datetime) -> tuple[str, dict[str, object]]:
    view = store.reviews.record(mention)
    assert view.stands is not None
    stands: dict[str, object] = {"name": view.stands.name, "stage": view.stands.stage.value}
    match kind:
        case "accept":
            store.reviews.accept(mention, view.seen, "ana", at)
        case "correct":
            stands = {"name": f"{view.stands.name} Corrected", "stage": "on_trial"}
            store.reviews.correct(mention, stands, view.seen, "ana", at)
        case "reject":
            store.reviews.reject(mention, RejectReason.OFFICIAL, view.seen, "ana", at)
        case _:
            store.reviews.reject(mention, RejectReason.VICTIM, view.seen, "ana", at)
    return kind, stands


def _hold(store: Store, url: str, words: dict[str, tuple[str, dict[str, object]]]) -> None:
    listed = {row.record_id: row for row in store.exports.rows(STAGES)}
    stored = {str(row["id"]): row for row in rows(url)}
    assert all(row["mention_id"] in stored for row in rows(url, "accused"))
    anew = {row["mention_id"] for row in rows(url, "accused") if row["withheld"] == CLEARED_ANEW}
    for mention, (kind, stands) in words.items():
        assert mention in stored, "a human's word is never lost"
        view = store.reviews.record(mention)
        match kind:
            case "accept" | "correct":
                assert view.verdict in (Verdict.ACCEPTED, Verdict.CORRECTED)
                assert view.stands is not None
                assert {"name": view.stands.name, "stage": view.stands.stage.value} == stands
                if mention in listed:
                    row = listed[mention]
                    if mention in anew:  # an acquittal that is read later is told, whatever was accepted before
                        assert row.stage is Stage.ACQUITTED
                        continue
                    assert {"name": row.name, "stage": row.stage.value} == stands
                    assert row.reviewed
            case _:
                assert view.verdict is Verdict.REJECTED
                assert mention not in listed
                if kind == "victim":
                    everything = str([list(row.values()) for row in rows(url) if row["id"] == mention])
                    assert str(stands["name"]) not in everything
                    assert all(row.name != stands["name"] for row in listed.values())
                    quotes = str([row["quote"] for row in rows(url, "evidence")])
                    assert str(stands["name"]) not in quotes
