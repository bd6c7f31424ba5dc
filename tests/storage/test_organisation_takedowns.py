"""Organisations that were taken down: off every feed at once, still off when their stories are read again.

Refuses real names: every person and organisation here is invented.
"""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from extraction.model import (
    Accused,
    Article,
    CaseReport,
    CountryFact,
    CountryRole,
    Evidence,
    Offence,
    Stage,
)
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord
from storage.organisations import organisation_id
from storage.records.feed import FeedStage
from storage.store import Store
from tests.storage.samples import NOW, V1
from tests.storage.test_feed_persons import feed, groups
from tests.storage.test_people import RARE

V2 = "text-1.read-2"
GUILD, OTHER = "Testarossa Seafarers Guild", "Lanterna Samplewharf"
ID = organisation_id(GUILD, "in")


def tell_of(
    store: Store,
    organisations: tuple[str, ...] = (GUILD,),
    *,
    person: str = RARE,
    words: str = "Mirpur",
    title: str = "A court story",
    countries: tuple[str, ...] = ("in",),
    version: str = V1,
) -> None:
    """Read (again) a story that lists a person and accuses these organisations; resolve it."""
    text = f"{person} was sentenced for trafficking women in {words}. The court at {words} heard the matter."
    ids = hashlib.sha256(text.encode()).hexdigest()
    span = Evidence(start=0, end=len(person), quote=person, rule="t@1", score=0.9)
    story = Article(
        id=ids, url=f"https://paper.example/{ids[:12]}", text=text, title=title, published="2025-05-20",
        published_rule="feed", language="en", language_score=1.0, country=None,
    )  # fmt: skip
    report = CaseReport(
        article_id=ids, relevant=True, relevance_score=0.9, extractor_version=version,
        accused=(
            Accused(
                name=person, stage=Stage.SENTENCED, score=0.95, age=41,
                offences=frozenset({Offence.SEX_TRAFFICKING}),
                evidence={"name": (span,), "role": (span,), "stage": (span,)},
            ),
        ),
        countries=tuple(
            CountryFact(country=one, role=CountryRole.PROSECUTION, evidence=(), score=0.8) for one in countries
        ),
        organisations_accused=organisations,
    )  # fmt: skip
    store.articles.save(story, None, version, NOW)
    assert store.articles.save_report(report, NOW)
    store.resolution.resolve(NOW)


def ids(store: Store, stage: FeedStage = FeedStage.CHARGED) -> set[str]:
    return {one.id for one in groups(store, stage)}


def down(store: Store, one: str = ID, reason: str = "letter 17") -> int:
    return store.takedowns.take_down(one, reason, "ana", NOW)


def test_it_leaves_every_feed_at_once_and_the_rest_stays(store: Store) -> None:
    tell_of(store, (GUILD, OTHER))
    tell_of(store, words="Lonpur")
    other = organisation_id(OTHER, "in")
    persons = feed(store)
    assert ids(store) == {ID, other}
    before = store.feed.moment()
    plan = store.takedowns.plan(ID, NOW, "letter 17")
    assert (plan.person_id, plan.mentions, plan.stories, plan.also_withheld) == (ID, 0, 2, 0)
    assert store.takedowns.all() == []
    down(store)
    assert store.feed.moment() != before
    assert ID in store.feed.changed_since(NOW)
    assert ID not in store.feed.changed_since(NOW + dt.timedelta(seconds=1))
    for stage in FeedStage:
        assert ids(store, stage) == {other}
        assert store.feed.still_listed([ID, other], stage, include_unreviewed=True, min_score=0.75) == {other}
    assert feed(store) == persons
    assert store.withdrawals.excused([ID, other], NOW) == {ID}
    assert store.withdrawals.excused([ID], NOW + dt.timedelta(seconds=1)) == set()


def test_no_title_or_quote_of_whom_it_stands_beside_names_it(store: Store) -> None:
    tell_of(store, (GUILD, OTHER, "Seafarers Lodge"), title=f"{RARE} of {GUILD} and {OTHER} sentenced")
    number = down(store)
    told = f"{feed(store)}{groups(store)}"
    assert "Seafarers Guild" not in told
    assert OTHER in told
    assert RARE in told
    assert ids(store) == {organisation_id(OTHER, "in"), organisation_id("Seafarers Lodge", "in")}
    store.takedowns.lift(number, "console.ana", NOW)
    assert GUILD in f"{feed(store)}"


@pytest.mark.parametrize("countries", [("in",), ("ae", "in"), ()])
def test_it_stays_off_when_its_stories_are_read_again_and_in_new_ones(
    store: Store, countries: tuple[str, ...]
) -> None:
    tell_of(store)
    down(store)
    tell_of(store, (GUILD.upper(),), countries=countries, version=V2)
    tell_of(store, (f"{GUILD}.",), words="Lonpur", countries=countries)
    assert len(feed(store, FeedStage.CHARGED)[0].records) == 2
    assert ids(store) == set()


def test_an_equal_name_of_another_country_is_another_organisation(store: Store) -> None:
    tell_of(store)
    down(store)
    tell_of(store, words="Lonpur", countries=("br",))
    assert ids(store) == {organisation_id(GUILD, "br")}


def test_a_person_of_that_name_is_not_held_back(store: Store) -> None:
    tell_of(store, person=GUILD)
    (person,) = feed(store)
    down(store)
    tell_of(store, person=GUILD, words="Lonpur")
    assert [one.id for one in feed(store)] == [person.id]


def test_it_is_listed_and_lifted_and_the_log_has_no_name(store: Store) -> None:
    tell_of(store)
    number = down(store)
    (listed,) = store.takedowns.all()
    assert (listed.id, listed.person_id, listed.reason, listed.mentions) == (number, ID, "letter 17", 0)
    with pytest.raises(ReviewConflict, match="taken down already"):
        down(store)
    before = store.feed.moment()
    assert store.takedowns.lift(number, "console.ana", NOW + dt.timedelta(hours=1)) == 1
    assert store.feed.moment() != before
    assert ids(store) == {ID}
    assert ID in store.feed.changed_since(NOW + dt.timedelta(hours=1))
    assert store.withdrawals.excused([ID], NOW) == set()
    log = [one for one in store.audit.entries() if one.action in {"takedown", "lift"}]
    assert [one.subject for one in log] == [f"organisation:{ID}", f"takedown:{number}"]
    assert log[1].detail["person"] == ID
    assert "Testarossa" not in str(log)
    assert store.audit.verify() is None
    assert down(store) == number + 1
    assert ids(store) == set()


@pytest.mark.parametrize("given", ["o-00000000000000000000", "o-", f"{ID}0", organisation_id(GUILD, "br")])
def test_an_id_that_nobody_has_is_refused(store: Store, given: str) -> None:
    tell_of(store)
    with pytest.raises(UnknownRecord, match="no story accuses an organisation"):
        store.takedowns.plan(given, NOW)
    with pytest.raises(UnknownRecord):
        down(store, given)
    assert ids(store) == {ID}


@pytest.mark.parametrize("reason", ["", "the Testarossa letter", "asked by seafarers"])
def test_a_reason_without_the_name_is_needed(store: Store, reason: str) -> None:
    tell_of(store)
    with pytest.raises(ReviewInvalid):
        down(store, reason=reason)
    assert ids(store) == {ID}
