"""Takedowns: hidden everywhere at once and for good, equal names held back, and given back by an admin alone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from sqlalchemy import delete, insert, select, update

from extraction.model import CountryFact, CountryRole, Stage
from storage.database import Database
from storage.errors import ReviewConflict, ReviewInvalid, UnknownRecord, UserUnknown
from storage.records.people import JudgementVerdict, RejectReason, UserRole, Verdict
from storage.store import Store
from storage.tables.coverage import StaleMonthRow
from storage.tables.facts import AccusedRow
from storage.tables.people import FormerPersonRow, JudgementRow, MentionRow, PersonRow, TakedownRow
from storage.takedowns import enforce, matches, withheld
from tests.storage import samples

NOW = dt.datetime(2026, 5, 1, 12, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)
ADMIN = "console.root"
WHY = "request of 2026-04-20, letter 17"


@pytest.fixture
def database(migrated_url: str) -> Iterator[Database]:
    opened = Database(migrated_url)
    yield opened
    opened.close()


def read(store: Store, n: int, name: str, country: str | None = "in", version: str = samples.V1) -> str:
    """Store a story that accuses `name`; returns the id of the mention."""
    text = samples.story(n).replace(f"Ravi Testman{n}", name)
    article = dataclasses.replace(
        samples.article(n),
        text=text,
        id=f"{n:064x}",
        country=country,
        source="in_herald",
        title=f"{name} sentenced",
    )
    made = samples.report(n, version)
    first = samples.accused(article, name, Stage.SENTENCED)
    places = (
        ()
        if country is None
        else (CountryFact(country=country, role=CountryRole.PROSECUTION, evidence=(), score=1.0),)
    )
    store.events.sync_catalogue([samples.source()], samples.NOW, "test")
    store.articles.save(article, None, version, samples.NOW)
    store.articles.save_report(
        dataclasses.replace(made, article_id=article.id, accused=(first,), countries=places), samples.NOW
    )
    with store._database.read() as session:
        return session.scalars(select(MentionRow.id).where(MentionRow.article_id == article.id)).one()


def person(database: Database, *mentions: str, name: str = "Ravi Testman") -> str:
    """Join mentions to a person, as the resolution would; returns its id."""
    with database.write() as session:
        session.execute(
            insert(PersonRow),
            [
                {
                    "id": f"p-{mentions[0]}", "name": name, "aliases": [], "nationality": None,
                    "countries": ["in"],
                    "birth_year_min": None, "birth_year_max": None, "stage": Stage.SENTENCED, "stage_date": None,
                    "stories": len(mentions), "first_seen": samples.NOW, "last_seen": samples.NOW,
                    "taken_down": False, "changed_at": samples.NOW,
                }
            ],
        )  # fmt: skip
        session.execute(
            update(MentionRow)
            .where(MentionRow.id.in_(mentions))
            .values(person_id=f"p-{mentions[0]}", unresolved=False)
        )
    return f"p-{mentions[0]}"


def hidden(database: Database) -> set[str | None]:
    with database.read() as session:
        return set(session.scalars(select(AccusedRow.mention_id).where(AccusedRow.withheld == "taken_down")))


def differ(database: Database, left: str, right: str, by: str = "mira") -> None:
    with database.write() as session:
        session.add(
            JudgementRow(
                left=min(left, right), right=max(left, right), verdict=JudgementVerdict.DIFFERENT, score=None,
                reasons=[], by=by, version="human", at=NOW,
            )
        )  # fmt: skip


def test_every_record_of_the_person_is_hidden_at_once(store: Store, database: Database) -> None:
    one, two = read(store, 1, "Ravi Testman"), read(store, 2, "Ravi K. Testman")
    other = read(store, 3, "Olga Sampleton")
    who = person(database, one, two)
    with database.write() as session:
        session.execute(delete(StaleMonthRow))
    plan = store.takedowns.plan(who, NOW)
    assert (plan.person_id, plan.mentions, plan.stories, plan.also_withheld) == (who, 2, 2, 0)
    assert hidden(database) == set()

    number = store.takedowns.take_down(who, WHY, "mira", NOW)
    assert hidden(database) == {one, two}
    with database.read() as session:
        row = session.get(PersonRow, who)
        assert row is not None
        assert (row.taken_down, row.changed_at) == (True, NOW)
        assert session.scalars(select(StaleMonthRow.source_id)).all() == ["in_herald"]
    names = {row.name for row in store.exports.rows(frozenset(Stage), None)}
    assert names == {"Olga Sampleton"}
    (told,) = store.takedowns.all()
    assert (told.id, told.person_id, told.reason, told.mentions, told.by, told.at) == (
        number,
        who,
        WHY,
        2,
        "mira",
        NOW,
    )
    (line,) = store.audit.entries()
    assert (line.by, line.action, line.subject) == ("mira", "takedown", f"person:{who}")
    assert line.detail == {"takedown": number, "count": 2, "stories": 2, "also_withheld": 0}
    with database.read() as session:
        kept = session.scalars(select(TakedownRow)).one()
        said = repr((kept.reason, kept.mention_ids, kept.digests, kept.countries))
    assert "testman" not in (said + repr(line)).lower()
    assert other not in hidden(database)


def test_a_person_is_known_by_a_former_id_and_by_a_record(store: Store, database: Database) -> None:
    one, two = read(store, 1, "Ravi Testman"), read(store, 2, "Olga Sampleton")
    who = person(database, one)
    with database.write() as session:
        session.add(FormerPersonRow(id="p-older", person_id="p-old", at=NOW))
        session.add(FormerPersonRow(id="p-old", person_id=who, at=NOW))
        session.add(FormerPersonRow(id="p-nowhere", person_id=None, at=NOW))
    for given in (who, "p-older", "p-old", one):
        assert store.takedowns.plan(given, NOW).person_id == who
    assert store.takedowns.plan(two, NOW).person_id == f"p-{two}"  # nobody resolved it yet
    for given in ("p-nowhere", "p-unknown", "unknown", ""):
        with pytest.raises(UnknownRecord):
            store.takedowns.plan(given, NOW)
    store.takedowns.take_down("p-older", WHY, "mira", NOW)
    assert hidden(database) == {one}
    with pytest.raises(ReviewConflict, match="already"):
        store.takedowns.take_down(one, WHY, "mira", NOW)


def test_equal_names_are_held_back_where_the_country_may_be_the_same(store: Store, database: Database) -> None:
    one = read(store, 1, "Ravi Testman")
    turned, abroad = read(store, 2, "TESTMAN Ravi"), read(store, 3, "Ravi Testman", country="us")
    nowhere, longer = read(store, 4, "Ravi Testman", country=None), read(store, 5, "Ravi Kumar Testman")
    who = person(database, one)
    assert store.takedowns.plan(who, NOW).also_withheld == 2
    store.takedowns.take_down(who, WHY, "mira", NOW)
    assert hidden(database) == {one, turned, nowhere}
    with database.read() as session:
        rows = session.scalars(select(MentionRow)).all()
        found = matches(session, rows)
        assert withheld(session, rows) == dict.fromkeys(found, "taken_down")
    assert {key: match.exact for key, match in found.items()} == {one: True, turned: False, nowhere: False}
    assert {abroad, longer}.isdisjoint(found)


def test_who_comes_again_is_known(store: Store, database: Database) -> None:
    one = read(store, 1, "Ravi Testman")
    store.takedowns.take_down(person(database, one), WHY, "mira", NOW)
    read(store, 1, "Ravi Testman", version="text-1.read-2")  # the same text by a newer reader
    again = read(store, 2, "Ravi Testman")  # another story
    assert hidden(database) == {one, again}
    with database.write() as session:
        rows = session.scalars(select(MentionRow)).all()
        assert set(withheld(session, rows)) == {one, again}
        assert {key: match.exact for key, match in matches(session, rows).items()} == {one: True, again: False}


def test_who_joins_the_person_is_hidden_and_stays_so_when_the_machine_tells_them_apart(
    store: Store, database: Database
) -> None:
    one, two = read(store, 1, "Ravi Testman"), read(store, 2, "Ravindra Testman")
    who = person(database, one)
    store.takedowns.take_down(who, WHY, "mira", NOW)
    assert hidden(database) == {one}
    with database.write() as session:
        session.execute(update(MentionRow).where(MentionRow.id == two).values(person_id=who))
        assert enforce(session, LATER) == 1
    assert hidden(database) == {one, two}
    with database.write() as session:
        session.execute(update(MentionRow).where(MentionRow.id == two).values(person_id=None))
        assert enforce(session, LATER) == 0
    assert hidden(database) == {one, two}


@pytest.mark.parametrize("by", ["mira", "machine"])
def test_only_a_human_frees_one_of_equal_name(store: Store, database: Database, by: str) -> None:
    one, two, three = (read(store, n, "Ravi Testman") for n in (1, 2, 3))
    who = person(database, one)
    person(database, two, three)
    store.takedowns.take_down(who, WHY, "mira", NOW)
    assert hidden(database) == {one, two, three}
    differ(database, one, two, by)
    with database.write() as session:
        enforce(session, LATER)
    assert hidden(database) == ({one} if by == "mira" else {one, two, three})


def test_who_was_accepted_since_is_free_and_who_was_before_is_not(store: Store, database: Database) -> None:
    one, two, three = (read(store, n, "Ravi Testman") for n in (1, 2, 3))
    with database.write() as session:
        for mention, at in ((two, LATER), (three, NOW - dt.timedelta(days=1))):
            session.execute(
                update(MentionRow)
                .where(MentionRow.id == mention)
                .values(verdict=Verdict.ACCEPTED, reviewed_by="mira", reviewed_at=at)
            )
    store.takedowns.take_down(person(database, one), WHY, "mira", NOW)
    assert hidden(database) == {one, three}


def test_a_lift_gives_back_what_nothing_else_hides(store: Store, database: Database) -> None:
    one, two, three = (
        read(store, 1, "Ravi Testman"),
        read(store, 2, "Ravi B. Testman"),
        read(store, 3, "Ravi Testman"),
    )
    who = person(database, one, two)
    number = store.takedowns.take_down(who, WHY, "mira", NOW)
    with database.write() as session:
        session.execute(
            update(MentionRow)
            .where(MentionRow.id == two)
            .values(verdict=Verdict.REJECTED, reject_reason=RejectReason.OFFICIAL)
        )
    assert hidden(database) == {one, two, three}
    assert store.takedowns.lift(number, ADMIN, LATER) == 3
    with database.read() as session:
        states = dict(session.execute(select(AccusedRow.mention_id, AccusedRow.withheld)).all())
        row = session.get(PersonRow, who)
    assert states == {one: None, two: "rejected", three: None}
    assert row is not None
    assert (row.taken_down, row.changed_at) == (False, LATER)
    (told,) = store.takedowns.all()
    assert (told.lifted_by, told.lifted_at) == (ADMIN, LATER)
    assert [one.action for one in store.audit.entries()] == ["takedown", "lift"]
    with pytest.raises(ReviewConflict, match="lifted on 2026-05-02"):
        store.takedowns.lift(number, ADMIN, LATER)
    assert store.takedowns.take_down(who, WHY, "mira", LATER) != number


def test_one_of_two_takedowns_lifted_leaves_the_other(store: Store, database: Database) -> None:
    one, two = read(store, 1, "Ravi Testman"), read(store, 2, "Ravi Testman")
    first = store.takedowns.take_down(person(database, one), WHY, "mira", NOW)
    store.takedowns.take_down(person(database, two), WHY, "mira", NOW)
    store.takedowns.lift(first, ADMIN, LATER)
    assert hidden(database) == {one, two}  # an equal name of the other, which stands


def test_only_an_admin_lifts(store: Store, database: Database) -> None:
    number = store.takedowns.take_down(person(database, read(store, 1, "Ravi Testman")), WHY, "mira", NOW)
    store.users.add("mira", UserRole.REVIEWER, "h", ADMIN, NOW)
    store.users.add("asha", UserRole.ADMIN, "h", ADMIN, NOW)
    with pytest.raises(ReviewConflict, match="no admin"):
        store.takedowns.lift(number, "mira", LATER)
    with pytest.raises(UserUnknown):
        store.takedowns.lift(number, "nobody", LATER)
    with pytest.raises(UnknownRecord):
        store.takedowns.lift(number + 1, "asha", LATER)
    assert len(hidden(database)) == 1
    store.takedowns.lift(number, "asha", LATER)
    assert hidden(database) == set()


def test_the_next_delta_hears_of_what_was_set_or_lifted_since(store: Store, database: Database) -> None:
    numbers = [
        store.takedowns.take_down(person(database, read(store, n, name), name=name), WHY, "mira", NOW)
        for n, name in ((1, "Ravi Testman"), (2, "Olga Sampleton"))
    ]
    store.takedowns.lift(numbers[0], ADMIN, LATER)
    assert [one.id for one in store.takedowns.all()] == numbers
    assert [one.id for one in store.takedowns.all(NOW)] == numbers
    assert [one.id for one in store.takedowns.all(NOW + dt.timedelta(seconds=1))] == numbers[:1]
    assert store.takedowns.all(LATER + dt.timedelta(seconds=1)) == []


@pytest.mark.parametrize(
    "reason",
    [
        "", "   ", "x" * 501,
        "Ravi Testman asked", "letter of Testman", "asked by RAVI", "testman's lawyer wrote", "re: Testman, Ravi",
        "mail from ravitestman@mail.example", "Rávi wrote", "advokat Testmanovej", "de la part de M. Testman",
        "asked by R a v i", "for R. A. V. I., letter 17", "t-e-s-t-m-a-n wrote",
    ],
)  # fmt: skip
def test_a_reason_never_has_a_part_of_the_name(sqlite_store: Store, reason: str) -> None:
    database = Database(str(sqlite_store._database.url))
    who = person(database, read(sqlite_store, 1, "Ravi Testman"))
    for call in (
        lambda: sqlite_store.takedowns.take_down(who, reason, "mira", NOW),
        lambda: sqlite_store.takedowns.plan(who, NOW, reason),
    ):
        with pytest.raises(ReviewInvalid) as caught:
            call()
        assert "testman" not in str(caught.value).lower()
    assert sqlite_store.takedowns.all() == []
    assert sqlite_store.audit.entries() == []
    database.close()


@pytest.mark.parametrize(
    "reason", [WHY, "acquitted 2024-02, court file 12/24", "travel ban list", "by e.g. A. B."]
)
def test_other_reasons_are_taken(sqlite_store: Store, reason: str) -> None:
    mention = read(sqlite_store, 1, "Ravi Li Testman")
    assert sqlite_store.takedowns.take_down(mention, reason, "mira", NOW) == 1
