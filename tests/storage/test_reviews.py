"""Decisions of analysts: what stands after each, what is refused, and what no machine undoes."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from extraction.model import Accused, CaseReport, Offence, Stage
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.records.people import RejectReason, Verdict
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, dump, page, report, source

STAGES = frozenset(Stage)
LATER = NOW + dt.timedelta(days=1)


def fill(store: Store, *people: Accused) -> list[str]:
    """The first story, read; ids of its accused in order."""
    store.coverage.sync_sources([source()], NOW)
    store.articles.save(article(), store.pages.keep(page(), None, None, NOW).page_id, V1, NOW)
    store.articles.save_report(report(accused=people) if people else report(), NOW)
    return [row.record_id for row in store.exports.rows(STAGES)]


def read(store: Store, version: int, *people: Accused, **changes: Any) -> None:
    one: CaseReport = report(version=f"text-1.read-{version}", **changes)
    store.articles.save_report(replace(one, accused=people) if people else one, LATER)


def seen(store: Store, mention: str) -> str:
    return store.reviews.record(mention).seen


def listed(store: Store) -> list[tuple[str, Stage, str]]:
    return [(row.name, row.stage, row.reviewed) for row in store.exports.rows(STAGES)]


def test_a_record_shows_everything(store: Store) -> None:
    [mention] = fill(store)
    view = store.reviews.record(mention)
    assert view.text == article().text
    assert view.machine == view.stands
    assert view.stands is not None
    assert (view.stands.name, view.stands.age, view.stands.nationality) == ("Ravi Testman0", 41, "in")
    assert (view.charges, view.penalties, view.urls) == (
        ("trafficking",), ("ten years in prison",), (article().url,)
    )  # fmt: skip
    assert view.countries == {"prosecution": ("in",), "reporting": ("in",)}
    assert {one.fact for one in view.evidence} == {"name", "role", "stage", "charge/0", "penalty/0"}
    for one in view.evidence:
        assert ("[" in one.quote) or view.text[one.start : one.end] == one.quote
        assert "Maya" not in one.quote
    with pytest.raises(UnknownRecord):
        store.reviews.record("0" * 20)


def test_accepted_stays_whatever_is_read_later(store: Store) -> None:
    [mention] = fill(store)
    store.reviews.accept(mention, seen(store, mention), "ana", NOW)
    assert listed(store) == [("Ravi Testman0", Stage.SENTENCED, "accepted")]
    read(store, 2, accused(article(), "Ravi Testman0", Stage.CHARGED))
    view = store.reviews.record(mention)
    assert view.reopened
    assert [(one.field, one.before, one.now) for one in view.differences] == [
        ("stage", "sentenced", "charged"), ("age", "41", None), ("nationality", "in", None),
        ("offences", "trafficking_unspecified", None),
    ]  # fmt: skip
    assert listed(store) == [("Ravi Testman0", Stage.SENTENCED, "accepted")]
    read(store, 3)
    assert not store.reviews.record(mention).reopened


def test_a_correction_survives_and_shows_what_is_new(store: Store) -> None:
    [mention] = fill(store)
    changes = {"name": "Ravi K. Testman", "stage": "charged", "offences": [Offence.SEX_TRAFFICKING]}
    store.reviews.correct(mention, changes, seen(store, mention), "ana", NOW)
    read(store, 2, accused(article(), "Ravi Testman0", Stage.ACQUITTED))
    view = store.reviews.record(mention)
    assert view.verdict is Verdict.CORRECTED
    assert view.human == {"name": "Ravi K. Testman", "stage": "charged", "offences": ["sex_trafficking"]}
    assert view.machine is not None
    assert (view.machine.name, view.machine.stage) == ("Ravi Testman0", Stage.ACQUITTED)
    assert view.stands is not None
    assert (view.stands.name, view.stands.stage) == ("Ravi K. Testman", Stage.CHARGED)
    cleared = [("Ravi K. Testman", Stage.ACQUITTED, "corrected")]
    assert listed(store) == cleared, "the new reading clears the person: no accused until a human has looked"
    store.reviews.accept(mention, view.seen, "ben", LATER)  # upheld against the new original
    [row] = store.exports.rows(STAGES)
    assert (row.name, row.stage, row.offences) == ("Ravi K. Testman", Stage.CHARGED, (Offence.SEX_TRAFFICKING,))
    assert (row.record_id, row.reviewed, row.corrected_fields) == (
        mention, "corrected", ("age", "name", "nationality", "offences", "stage")
    )  # fmt: skip
    upheld = store.reviews.record(mention)
    assert (upheld.stands, upheld.reopened, upheld.reviewed_by) == (view.stands, False, "ben")
    store.reviews.accept(mention, upheld.seen, "ben", LATER, original=True)
    assert listed(store) == [("Ravi Testman0", Stage.ACQUITTED, "accepted")]


def test_rejected_is_in_no_list_and_no_count(store: Store) -> None:
    [mention] = fill(store)

    def named() -> int:
        [one] = store.coverage.by_source()
        return one.counts.named_accused

    assert named() == 1
    store.reviews.reject(mention, RejectReason.OFFICIAL, seen(store, mention), "ana", NOW)
    assert (listed(store), named()) == ([], 0)
    read(store, 2, accused(article(), "Ravi Testman0", Stage.CHARGED))
    assert (listed(store), store.reviews.record(mention).reopened) == ([], True)
    store.reviews.reopen(mention, "ana", LATER)
    assert listed(store) == [("Ravi Testman0", Stage.CHARGED, "")]
    assert named() == 1


@pytest.mark.parametrize("reason", [reason for reason in RejectReason if reason.forgets_name])
def test_a_protected_name_leaves_every_table(store: Store, migrated_url: str, reason: RejectReason) -> None:
    other = accused(article(), "Peter Lookson", Stage.CHARGED)
    first = accused(article(), "Ravi Testman0")
    mention, _ = fill(store, first, replace(other, evidence={**first.evidence, "name": other.evidence["name"]}))
    store.reviews.reject(mention, reason, seen(store, mention), "ana", NOW)
    label = "minor" if reason is RejectReason.MINOR else reason.value

    def left() -> dict[str, list[tuple[str, ...]]]:
        found = dump(migrated_url)
        return {name: rows for name, rows in found.items() if name not in {"article", "article_copy"}}

    for version in (None, 2, 3):
        if version is not None:  # the reader finds the name again, alone or with an unknown alias
            again = replace(first, aliases=("Ravi the Unknown",) if version == 3 else ())
            read(store, version, again, replace(other, evidence=first.evidence), others=())
        assert "Ravi" not in str(left())
        assert "Testman0" not in str(left())
        [row] = store.exports.rows(STAGES)
        assert row.name == "Peter Lookson"
        assert f"[{label}]" in row.quote
        view = store.reviews.record(mention)
        assert (view.machine, view.stands, view.reject_reason) == (None, None, reason)
    with pytest.raises(ReviewConflict):
        store.reviews.accept(mention, seen(store, mention), "ana", NOW)
    store.reviews.reopen(mention, "ana", LATER)
    assert [one.id for one in store.articles.unread("text-1.read-1", 5)] == [article().id]
    read(store, 4, first)
    assert [row.record_id for row in store.exports.rows(STAGES)] == [mention]


def test_lost_and_found(store: Store) -> None:
    [mention] = fill(store)
    store.reviews.correct(mention, {"age": 42}, seen(store, mention), "ana", NOW)
    read(store, 2, accused(article(), "Olga Benchly", Stage.CHARGED), others=())
    view = store.reviews.record(mention)
    assert (view.machine, view.summary.withheld, view.evidence) == (None, "lost", ())
    assert view.stands is not None
    assert view.stands.age == 42
    assert [name for name, *_ in listed(store)] == ["Olga Benchly"]
    with pytest.raises(ReviewConflict, match="no longer finds"):
        store.reviews.accept(mention, view.seen, "ana", LATER)
    read(store, 3)
    assert [row.age for row in store.exports.rows(STAGES)] == [42]
    read(store, 4, accused(article(), "Olga Benchly", Stage.CHARGED), others=())
    store.reviews.reopen(mention, "ana", LATER)
    with pytest.raises(UnknownRecord):
        store.reviews.record(mention)


def test_what_was_not_shown_is_not_decided(store: Store) -> None:
    [mention] = fill(store)
    shown = seen(store, mention)
    read(store, 2)
    assert seen(store, mention) == shown  # another version that reads the same
    store.reviews.accept(mention, shown, "ana", NOW)
    with pytest.raises(ReviewConflict):
        store.reviews.accept(mention, shown, "ben", NOW)
    with pytest.raises(ReviewConflict):
        store.reviews.correct(mention, {"age": 30}, shown, "ben", NOW)
    with pytest.raises(ReviewConflict):
        store.reviews.reject(mention, RejectReason.VICTIM, shown, "ben", NOW)
    assert store.reviews.record(mention).reviewed_by == "ana"


def test_a_corrected_article_takes_the_word_over(store: Store) -> None:
    [mention] = fill(store, accused(article(), "Ravi Testman0"))
    store.reviews.reject(mention, RejectReason.OTHER_PERSON, seen(store, mention), "ana", NOW)
    body = "Correction. " + article().text
    new = article(0, id="c" * 64, text=body)
    changed = page(0, body=b"new", fetched_at=LATER)
    store.articles.save(new, store.pages.keep(changed, None, None, LATER).page_id, V1, LATER)
    store.articles.save_report(report(article_id=new.id, accused=(accused(new, "Ravi Testman0"),)), LATER)
    assert store.articles.get(article().id) is None
    assert listed(store) == []
    view = store.reviews.record(mention)
    assert (view.summary.article_id, view.verdict, view.text) == (new.id, Verdict.REJECTED, body)


def test_a_text_that_comes_back_knows_the_word(store: Store) -> None:
    [mention] = fill(store, accused(article(), "Ravi Testman0"))
    store.reviews.reject(mention, RejectReason.OFFICIAL, seen(store, mention), "ana", NOW)
    new = article(0, id="c" * 64, text="Nothing to see.")
    store.articles.save(
        new, store.pages.keep(page(0, body=b"n", fetched_at=LATER), None, None, LATER).page_id, V1, LATER
    )
    mirrored = article(0, "np_mirror", url="https://mirror.example/0", canonical_url="https://mirror.example/0")
    store.articles.save(mirrored, None, V1, LATER)
    store.articles.save_report(report(), LATER)
    assert listed(store) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Nothing was corrected"),
        ({"score": 1}, "no field 'score'"),
        ({"name": " \t"}, "name"),
        ({"name": "12 34"}, "name"),
        ({"name": "x" * 201}, "200"),
        ({"name": "Ravi\x00Testman"}, "cannot be seen"),
        ({"name": "Ravi\u202eTestman"}, "cannot be seen"),
        ({"name": None}, "name"),
        ({"aliases": "Kancha"}, "aliases"),
        ({"aliases": ["Kancha", ""]}, "aliases"),
        *[
            ({"name": f"Ravi{sign} Testman"}, "cannot be seen")
            for sign in "\u3164\u115f\u1160\u034f\ufe00\ufe0f\u2800\uffa0\U000e0041\U000e007f\U000e0100"
        ],
        ({"aliases": ["Kancha\u3164"]}, "cannot be seen"),
        ({"aliases": [f"Alias{'x' * n}" for n in range(21)]}, "21"),
        ({"stage": "hanged"}, "stage"),
        ({"stage": None}, "stage"),
        ({"stage_date": "2026-02-30"}, "no such day"),
        ({"stage_date": "yesterday"}, "no date"),
        ({"stage_date": "2031"}, "future"),
        ({"stage_date": "1492-01"}, "far back"),
        ({"age": 17}, "Reject the record"),
        ({"age": 121}, "age"),
        ({"age": -1}, "age"),
        ({"age": True}, "age"),
        ({"age": "old"}, "age"),
        ({"nationality": "zz"}, "nationality"),
        ({"nationality": 7}, "nationality"),
        ({"offences": ["theft"]}, "offences"),
        ({"offences": None}, "offences"),
    ],
)
def test_no_record_can_hold_that(sqlite_store: Store, changes: dict[str, Any], said: str) -> None:
    [mention] = fill(sqlite_store)
    with pytest.raises(ReviewInvalid) as caught:
        sqlite_store.reviews.correct(mention, changes, seen(sqlite_store, mention), "ana", NOW)
    assert said in str(caught.value)
    assert caught.value.remedy
    assert sqlite_store.reviews.record(mention).verdict is None


def test_values_are_made_plain(sqlite_store: Store) -> None:
    [mention] = fill(sqlite_store)
    changes = {
        "name": "  Ravi   Testman ", "aliases": ("Kancha", "Kancha"), "stage": Stage.CONVICTED,
        "stage_date": "2026-02", "age": "42", "nationality": "NP", "offences": {Offence.SEX_TRAFFICKING},
    }  # fmt: skip
    sqlite_store.reviews.correct(mention, changes, seen(sqlite_store, mention), "ana", NOW)
    stands = sqlite_store.reviews.record(mention).stands
    assert stands is not None
    assert (stands.name, stands.aliases, stands.stage) == ("Ravi Testman", ("Kancha",), Stage.CONVICTED)
    assert (stands.stage_date, stands.age, stands.nationality) == ("2026-02", 42, "np")


def test_every_deed_leaves_a_line_without_a_name(store: Store, migrated_url: str) -> None:
    [mention] = fill(store)
    store.reviews.accept(mention, seen(store, mention), "ana", NOW)
    store.reviews.correct(mention, {"name": "Ravi Other"}, seen(store, mention), "ana", NOW)
    store.reviews.reject(mention, RejectReason.LAWYER, seen(store, mention), "ben", NOW)
    store.reviews.reopen(mention, "ben", NOW)
    engine = create_engine(migrated_url)
    with engine.connect() as connection:
        lines = [
            tuple(row)
            for row in connection.execute(text('SELECT "by", action, subject, detail FROM audit ORDER BY id'))
        ]
    engine.dispose()
    assert [(by, action, subject) for by, action, subject, _ in lines] == [
        (by, action, f"mention:{mention}")
        for by, action in (("ana", "accept"), ("ana", "correct"), ("ben", "reject"), ("ben", "reopen"))
    ]
    assert "Ravi" not in str(lines)


def test_search(store: Store) -> None:
    [mention] = fill(store)
    store.reviews.correct(mention, {"name": "Ravi 100% Testman"}, seen(store, mention), "ana", NOW)
    for asked, found in (
        ("testman0", 1),
        ("100% t", 1),
        ("100_", 0),
        ("%", 1),
        (mention, 1),
        ("", 0),
        ("maya", 0),
    ):
        assert len(store.reviews.search(asked)) == found, asked
