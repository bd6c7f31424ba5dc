"""Whoever was rejected does not come in again by another spelling, a copy of the story or another text."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from extraction.model import Accused, Article, CaseReport, CountryFact, CountryRole, Evidence, Stage
from extraction.model.terms import CLEARED_STAGES
from storage.forgotten import close_forms, digests, words_of
from storage.records import ExportStage
from storage.records.people import Reason, RejectReason
from storage.retention import RetentionPolicy
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, TRAFFICKING, tell

VICTIM = "Mayawati Prisca Sampleova"
LATER = NOW + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("asked", "kept", "close", "word"),
    [
        ("Mayawati Sampleova", VICTIM, True, True),
        ("Mayawati P. Sampleova", VICTIM, True, True),
        ("Mayavati Prisca Sampleova", VICTIM, True, True),
        ("M. Sampleova", VICTIM, True, True),
        ("मायावती सैंपलोवा", VICTIM, True, True),
        ("Mayawati Zed Sampleova", VICTIM, False, True),
        ("Ravi Sampleova", VICTIM, False, True),
        ("Mohan Sampleova", VICTIM, False, True),
        ("Okan Testarossa", "O. Testarossa", True, True),
        ("Okan Testarossa", "Obi Testarossa", False, True),
        ("Ravi Testman", VICTIM, False, False),
    ],
)
def test_how_a_name_meets_its_other_spellings(asked: str, kept: str, close: bool, word: bool) -> None:
    known = set(digests([kept], parts=True))
    assert (not close_forms(asked).isdisjoint(known)) is close
    assert (not words_of([asked]).isdisjoint(known)) is word


def listed(store: Store) -> list[str]:
    """Names of everybody charged, convicted or more."""
    return [row.name for row in store.exports.rows(ExportStage.CHARGED.stages)]


def waiting(store: Store) -> list[Reason]:
    return [item.reason for item in store.reviews.queue(NOW, min_score=0.75)]


def reject(store: Store, mention: str, reason: RejectReason = RejectReason.VICTIM) -> None:
    store.reviews.reject(mention, reason, store.reviews.record(mention).seen, "ana", NOW)


def read(
    store: Store,
    article_id: str,
    *people: tuple[str, str],
    version: str = "text-1.read-2",
    stage: Stage = Stage.CONVICTED,
) -> None:
    """Read a text again: everybody at one stage, by name and by what proves it."""
    story = store.articles.get(article_id)
    assert story is not None
    found = []
    for name, quote in people:
        start = story.text.index(quote)
        span = (Evidence(start=start, end=start + len(quote), quote=quote, rule="t@2", score=0.9),)
        found.append(
            Accused(
                name=name, stage=stage, score=0.95, offences=TRAFFICKING,
                evidence={"name": span, "role": span, "stage": span},
            )
        )  # fmt: skip
    report = CaseReport(
        article_id=article_id, relevant=True, relevance_score=0.9, extractor_version=version, accused=tuple(found),
        countries=(CountryFact(country="in", role=CountryRole.PROSECUTION, evidence=(), score=0.8),),
    )  # fmt: skip
    assert store.articles.save_report(report, LATER)
    store.resolution.resolve(LATER)


def both(store: Store, words: str = "M one", source: str = "in_herald", name: str = VICTIM) -> tuple[str, str]:
    """A story that says of a victim, as of the accused, that she was convicted; the ids of both."""
    people: list[tuple[str, Stage, int | None]] = [(name, Stage.CONVICTED, 24), (RARE, Stage.CONVICTED, 41)]
    one, other = tell(store, people, "2025-01-10", words=words, source=source)[:2]
    store.resolution.resolve(NOW)
    return one, other


def test_the_next_copy_of_the_story_does_not_list_a_victim(store: Store) -> None:
    victim, _ = both(store)
    reject(store, victim)
    people: list[tuple[str, Stage, int | None]] = [(VICTIM, Stage.CONVICTED, 24), (RARE, Stage.CONVICTED, 41)]
    tell(store, people, "2025-01-10", words="M one.", source="in_post")
    store.resolution.resolve(LATER)
    assert listed(store) == [RARE, RARE]
    assert store.reviews.search("Sampleova") == [], "a near-equal text forgets the name outright"


def test_another_story_with_a_victims_name_waits_for_a_human(store: Store) -> None:
    victim, _ = both(store)
    reject(store, victim)
    far = tell(
        store, [("Mayawati P. Sampleova", Stage.CHARGED, None)], "2025-05-10", words="Elsewhere", source="x"
    )
    tell(store, [("Ravi Sampleova", Stage.CHARGED, None)], "2025-05-11", words="A relative", source="x")
    old: list[tuple[str, Stage, int | None]] = [("Mayawati Sampleova", Stage.CHARGED, None)]
    tell(store, old, "2028-05-12", words="Years later", source="x")
    store.resolution.resolve(LATER)
    assert sorted(listed(store)) == sorted([RARE, "Ravi Sampleova", "Mayawati Sampleova"])
    assert Reason.TAKEDOWN in waiting(store)
    assert store.reviews.waiting(0.75)[Reason.TAKEDOWN] == 1
    store.reviews.accept(far[0], store.reviews.record(far[0]).seen, "ana", LATER)
    assert "Mayawati P. Sampleova" in listed(store)
    assert store.reviews.waiting(0.75)[Reason.TAKEDOWN] == 0


def test_other_records_of_a_victim_are_held_back_at_once(store: Store) -> None:
    victim, _ = both(store)
    other, _ = both(store, words="Quite another hearing of the appeal", source="in_times")
    assert listed(store).count(VICTIM) == 2
    reject(store, victim)
    assert listed(store) == [RARE, RARE]
    assert store.reviews.record(other).summary.withheld == "look_alike"


@pytest.mark.parametrize(
    "name",
    ["Mayawati P. Sampleova", "Maya Sampleova", "M. P. Sampleova", "Mayawati Priska Samplova", "मायावती सैंपलोवा"],
)
def test_another_spelling_of_a_victim_is_not_listed_out_of_the_same_text(store: Store, name: str) -> None:
    victim, other = both(store)
    reject(store, victim)
    text = store.reviews.record(other).summary.article_id
    read(store, text, (name, f"{RARE} was convicted"), (RARE, RARE))
    assert listed(store) == [RARE]
    read(store, text, ("Kirmani Valsoft", VICTIM), (RARE, RARE), version="text-1.read-3")
    assert listed(store) == [RARE], "whoever stands where the victim's name stood is the victim"
    assert store.reviews.search("Kirmani") == []


def test_a_relative_who_was_known_beside_a_victim_stays(store: Store) -> None:
    people: list[tuple[str, Stage, int | None]] = [
        (VICTIM, Stage.CONVICTED, 24),
        ("Ravi Sampleova", Stage.CONVICTED, 41),
    ]
    victim, relative = tell(store, people, "2025-01-10", words="M one", source="in_herald")
    store.resolution.resolve(NOW)
    reject(store, victim)
    text = store.reviews.record(relative).summary.article_id
    read(store, text, ("Ravi Sampleova", "Ravi Sampleova"), ("Mohan Sampleova", "trafficking"))
    assert listed(store) == ["Ravi Sampleova"]


def test_of_whom_one_word_was_known_the_longer_name_goes_too(store: Store) -> None:
    victim, other = both(store, name="Mayawati")
    reject(store, victim)
    text = store.reviews.record(other).summary.article_id
    read(store, text, ("Mayawati Prisca", f"{RARE} was convicted"), (RARE, RARE))
    assert listed(store) == [RARE]
    assert store.reviews.search("Prisca") == []


def test_a_corrected_article_does_not_list_the_victim_by_another_spelling(store: Store) -> None:
    victim, other = both(store)
    reject(store, victim)
    before = store.articles.get(store.reviews.record(other).summary.article_id)
    assert before is not None
    name = "Maya Sampleova"
    body = f"{name} was convicted. {RARE} was convicted. The court corrected what we had reported of the hearing."
    after: Article = replace(before, id="c" * 64, text=body)
    store.articles.save(after, None, "text-1.read-1", LATER)
    read(store, after.id, (name, name), (RARE, RARE), version="text-1.read-1")
    assert listed(store) == [RARE]


@pytest.mark.parametrize("name", ["O. Testarossa", "ओकवुदिली टेस्टारोसा", "Somebody Elsington"])
def test_who_is_like_a_rejected_record_waits(store: Store, name: str) -> None:
    (one,) = tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-01-10", words="M one", source="in_herald")
    store.resolution.resolve(NOW)
    reject(store, one, RejectReason.OFFICIAL)
    read(store, store.reviews.record(one).summary.article_id, (name, RARE))
    assert listed(store) == []
    assert waiting(store) == [Reason.TAKEDOWN]


@pytest.mark.parametrize("name", ["B. Testarossa", "Somebody Elsington"])
def test_who_is_like_a_record_corrected_to_less_waits(store: Store, name: str) -> None:
    (one,) = tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-01-10", words="M one", source="in_herald")
    store.resolution.resolve(NOW)
    store.reviews.correct(one, {"stage": "charged"}, store.reviews.record(one).seen, "ana", NOW)
    text = store.reviews.record(one).summary.article_id
    read(store, text, ("Okwudili Testarossa", "Okwudili"))
    read(store, text, (name, RARE), version="text-1.read-3")
    assert listed(store) == []
    assert Reason.TAKEDOWN in waiting(store)


def test_a_short_form_beside_the_full_one_is_not_a_second_person(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-01-10", words="M one", source="in_herald")
    store.resolution.resolve(NOW)
    store.reviews.accept(one, store.reviews.record(one).seen, "ana", NOW)
    text = store.reviews.record(one).summary.article_id
    read(store, text, (RARE, RARE), ("Okwudili Testarossa", "trafficking"), ("Ilmari Testarossa", "women"))
    assert sorted(listed(store)) == ["Ilmari Testarossa", RARE], "a family's name alone is no likeness"


def taken_down(store: Store) -> tuple[str, str]:
    """A record that was taken down, and one that came to its person later."""
    (one,) = tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-01-10", words="Mirpur one", source="in_herald")
    store.resolution.resolve(NOW)
    store.takedowns.take_down(store.people.find(one), "letter 17", "ana", NOW)
    later: list[tuple[str, Stage, int | None]] = [("Okwudili Testarossa", Stage.SENTENCED, 41)]
    (other,) = tell(store, later, "2025-03-10", words="X1", source="in_post")
    store.resolution.resolve(NOW)
    assert listed(store) == []
    return one, other


def test_who_was_hidden_as_the_person_stays_hidden_when_the_first_record_goes(store: Store) -> None:
    one, _ = taken_down(store)
    read(store, store.reviews.record(one).summary.article_id, ("Somebody Elsington", "trafficking"))
    assert listed(store) == ["Somebody Elsington"]
    store.resolution.resolve(NOW, everything=True)
    assert listed(store) == ["Somebody Elsington"]


def test_who_was_hidden_as_the_person_stays_hidden_when_the_first_record_is_rejected(store: Store) -> None:
    one, _ = taken_down(store)
    reject(store, one, RejectReason.NOT_ACCUSED)
    store.resolution.resolve(NOW)
    assert listed(store) == []


def test_a_human_frees_who_came_later(store: Store) -> None:
    one, other = taken_down(store)
    store.people.split(store.people.find(one), [other], "ana", LATER)
    assert listed(store) == ["Okwudili Testarossa"]


def test_who_is_cleared_after_a_human_accepted_stands_among_the_cleared(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10", words="M one", source="in_herald")
    store.resolution.resolve(NOW)
    store.reviews.accept(one, store.reviews.record(one).seen, "ana", NOW)
    read(store, store.reviews.record(one).summary.article_id, (RARE, RARE), stage=Stage.ACQUITTED)
    assert listed(store) == []
    [row] = store.exports.rows(CLEARED_STAGES)
    assert (row.name, row.stage, row.perpetrator, row.quote) == (RARE, Stage.ACQUITTED, False, RARE)
    assert [found.mention_id for found in store.reviews.search("Testarossa")] == [one]


def test_a_person_of_whom_nothing_is_left_goes(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.CONVICTED, 41)], "2025-01-10", words="M one", source="in_herald")
    store.resolution.resolve(NOW)
    read(store, store.reviews.record(one).summary.article_id, ("Vladko Osterman", "trafficking"))
    assert store.people.search("Testarossa") == []
    assert [person.name for person in store.people.people()] == ["Vladko Osterman"]


POLICY = RetentionPolicy(
    pages_days=730,
    rejected_days=180,
    cleared_days=730,
    doubtful_days=365,
    users_days=365,
    accesses_days=730,
    min_score=0.75,
)


@pytest.mark.parametrize(
    ("name", "is_listed"),
    [("Okwudili Testarossa", False), ("Okwudily Branimir Testaroza", False), ("O. Testarossa", False),
     ("Okwudili B. Testarossa", False), ("Ilmari Testarossa", True)],
)  # fmt: skip
def test_a_short_form_of_who_was_cleared_and_pruned_waits(store: Store, name: str, is_listed: bool) -> None:
    tell(store, [(RARE, Stage.CONVICTED, 41)], "2023-01-10", words="Mirpur one", source="in_herald")
    tell(store, [(RARE, Stage.ACQUITTED, 41)], "2023-10-10", words="Mirpur two", source="in_post")
    store.resolution.resolve(NOW)
    assert store.retention.prune(POLICY, NOW).cleared == 1
    tell(store, [(name, Stage.CONVICTED, 41)], "2023-01-11", words="Old tale", source="in_times", at=LATER)
    store.resolution.resolve(LATER)
    assert (listed(store) == [name]) is is_listed
    assert (Reason.TAKEDOWN in waiting(store)) is not is_listed
