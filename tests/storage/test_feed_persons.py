"""The feed's persons: who is in, who never is, and that no other name stands in any string of it.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from extraction.model import (
    Accused,
    Article,
    CaseReport,
    Charge,
    CountryFact,
    CountryRole,
    Court,
    Evidence,
    Offence,
    Penalty,
    Person,
    Role,
    Stage,
    VictimCount,
)
from storage.feed import persons
from storage.feed.persons import FeedPersons
from storage.organisations import organisation_id
from storage.records.feed import FeedOrganisation, FeedPerson, FeedStage
from storage.records.people import RejectReason
from storage.store import Store
from storage.tables.facts import EvidenceRow
from storage.tables.people import JudgementRow, MentionRow
from tests.storage import samples
from tests.storage.samples import NOW, V1
from tests.storage.test_people import RARE, tell

OTHER = "Ilmari Kvetoslav Sampaio"
THIRD = "Zsofia Thandeka Exampler"
CHARGED, CONVICTED = FeedStage.CHARGED, FeedStage.CONVICTED


def feed(
    store: Store, stage: FeedStage = CONVICTED, *, unreviewed: bool = True, min_score: float = 0.75
) -> list[FeedPerson]:
    """Everybody in the feed."""
    made = FeedPersons(store._database)
    return list(made.persons(stage, include_unreviewed=unreviewed, min_score=min_score))


def groups(store: Store, stage: FeedStage = CONVICTED, *, unreviewed: bool = True) -> list[FeedOrganisation]:
    """Every organisation in the feed."""
    made = FeedPersons(store._database)
    return list(made.organisations(stage, include_unreviewed=unreviewed, min_score=0.75))


def resolve(store: Store) -> None:
    store.resolution.resolve(NOW)


def accept(store: Store, mention_id: str) -> None:
    store.reviews.accept(mention_id, store.reviews.record(mention_id).seen, "ana", NOW)


def correct(store: Store, mention_id: str, **changes: Any) -> None:
    store.reviews.correct(mention_id, changes, store.reviews.record(mention_id).seen, "ana", NOW)


def reject(store: Store, mention_id: str, reason: RejectReason) -> None:
    store.reviews.reject(mention_id, reason, store.reviews.record(mention_id).seen, "ana", NOW)


def strings(value: Any) -> Iterator[str]:
    """Every string anywhere in a record."""
    if isinstance(value, str):
        yield value
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from strings(getattr(value, field.name))
    elif isinstance(value, tuple | list):
        for one in value:
            yield from strings(one)


def said(*records: object) -> str:
    return "\n".join(text for record in records for text in strings(record))


def test_a_person_with_two_stories(store: Store) -> None:
    (first,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    (second,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-04-02", source="in_herald", words="Mirpur two")
    store.events.sync_catalogue([samples.source()], NOW, "test")
    resolve(store)
    (one,) = feed(store)
    assert (one.id, one.name, one.aliases, one.former_ids) == (f"p-{first}", RARE, (), ())
    assert (one.stage, one.perpetrator, one.reviewed) == (Stage.SENTENCED, True, False)
    assert (one.countries, one.birth_years) == (("in",), (1983, 1984))
    assert [record.mention_id for record in one.records] == [first, second]
    (case,) = one.cases
    assert (case.stage, case.country, case.offences) == (Stage.SENTENCED, "in", (Offence.SEX_TRAFFICKING,))
    assert {record.case_id for record in one.records} == {case.id}
    record = one.records[1]
    assert (record.source_title, record.publisher, record.official) == ("The Herald", "Herald Press", False)
    assert (record.published, record.reviewed, record.title) == ("2025-04-02", "", "A court story")
    assert record.retrieved == dt.datetime(2025, 4, 2, tzinfo=dt.UTC)
    name, stage = record.spans
    assert (name.fact, name.exact, name.start) == ("name", RARE, 0)
    assert (name.prefix, name.suffix) == ("", " was sentenced to nine years for")
    assert (stage.fact, stage.suffix) == ("stage", " The court at"), "a word that may be a name ends it"


@pytest.mark.parametrize(
    ("stage", "lists"),
    [
        (Stage.ARRESTED, []), (Stage.CHARGED, [CHARGED]), (Stage.CONVICTED, [CHARGED, CONVICTED]),
        (Stage.ACQUITTED, []), (Stage.OVERTURNED, []),
    ],
)  # fmt: skip
def test_the_gate_by_stage(sqlite_store: Store, stage: Stage, lists: list[FeedStage]) -> None:
    tell(sqlite_store, [(RARE, stage, 41)], "2025-01-10")
    resolve(sqlite_store)
    assert [one for one in FeedStage if feed(sqlite_store, one)] == [one for one in FeedStage if one in lists]


def test_unreviewed_only_when_asked_for_and_from_a_score_on(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10")
    (two,) = tell(store, [(OTHER, Stage.SENTENCED, 30)], "2025-02-10")
    resolve(store)
    assert feed(store, unreviewed=False) == []
    assert feed(store, min_score=0.96) == []
    assert [person.reviewed for person in feed(store)] == [False, False]
    accept(store, two)
    assert [person.id for person in feed(store, unreviewed=False)] == [f"p-{two}"]
    assert [person.id for person in feed(store, min_score=0.96)] == [f"p-{two}"]
    assert {person.id: person.reviewed for person in feed(store)} == {f"p-{one}": False, f"p-{two}": True}
    assert [record.reviewed for person in feed(store, unreviewed=False) for record in person.records] == [
        "accepted"
    ]


def test_a_reviewed_charge_beside_an_unreviewed_conviction_is_a_charge(store: Store) -> None:
    (charge,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    tell(store, [(RARE, Stage.SENTENCED, 44)], "2025-04-02", source="in_herald", words="Mirpur two")
    accept(store, charge)
    resolve(store)
    assert feed(store, CONVICTED, unreviewed=False) == []
    (seen,) = feed(store, CHARGED, unreviewed=False)
    assert (seen.stage, seen.reviewed, len(seen.records)) == (Stage.CHARGED, True, 1)
    assert (seen.perpetrator, seen.birth_years) == (False, (1983, 1984))
    (both,) = feed(store, CONVICTED)
    assert (both.stage, both.reviewed) == (Stage.SENTENCED, False), "nobody has seen what puts them on this list"


def test_a_later_acquittal_and_a_doubt_take_the_person_out(store: Store) -> None:
    tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    tell(store, [(OTHER, Stage.ACQUITTED, 30)], "2025-01-10", source="in_herald", words="Lonpur one")
    resolve(store)
    assert [person.name for person in feed(store)] == [RARE]
    tell(store, [(RARE, Stage.ACQUITTED, 41)], "2025-09-10", source="in_herald", words="Mirpur two")
    tell(store, [(OTHER, Stage.CONVICTED, 30)], "2025-03-01", source="in_herald", words="Lonpur two")
    resolve(store)
    assert store.people.person(next(iter(store.people.search(OTHER))).id).cases[0].parties[0].doubtful
    for stage in FeedStage:
        assert feed(store, stage) == []


def test_a_human_who_says_acquitted_is_heard_before_the_next_resolution(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10")
    resolve(store)
    assert feed(store)
    correct(store, one, stage="acquitted")
    assert feed(store, CHARGED) == []


def test_of_two_cases_the_one_that_stands_is_told(store: Store) -> None:
    old: dict[str, Any] = {"country": "np", "source": "np_post"}
    (first,) = tell(store, [(RARE, Stage.SENTENCED, 31)], "2015-01-10", words="Old one", **old)
    (second,) = tell(store, [(RARE, Stage.ACQUITTED, 31)], "2015-06-10", words="Old two", **old)
    (third,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10", source="in_herald", words="New one")
    resolve(store)
    for mention in (second, third):
        if store.people.find(mention) != store.people.find(first):
            store.people.merge(first, mention, "ana", NOW)
    resolve(store)
    assert len(store.people.person(first).cases) == 2
    (one,) = feed(store)
    assert [record.mention_id for record in one.records] == [third]
    assert ([case.country for case in one.cases], one.countries) == (["in"], ("in",))
    assert (one.birth_years, one.first_seen) == ((1983, 1984), dt.datetime(2025, 1, 10, tzinfo=dt.UTC))


@pytest.mark.parametrize("reason", [RejectReason.NOT_ACCUSED, RejectReason.VICTIM, RejectReason.MINOR])
def test_who_was_rejected_is_out_at_once_and_in_nobodys_quotes(store: Store, reason: RejectReason) -> None:
    one, two = tell(store, [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 30)], "2025-01-10")
    resolve(store)
    reject(store, two, reason)
    with store._database.write() as session:  # as a text that was stored before the name had to go
        session.execute(update(EvidenceRow).values(prefix=f"{OTHER} and ", suffix=" and Sampaio"))
    (left,) = feed(store)
    assert left.id == f"p-{one}"
    assert left.records[0].spans[0].suffix.startswith(" and [")
    assert not {"Ilmari", "Kvetoslav", "Sampaio"} & set(said(left).replace("\n", " ").split())
    resolve(store)
    assert [person.name for person in feed(store)] == [RARE]


def test_what_a_human_corrected_stands(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10")
    resolve(store)
    correct(
        store, one, name=f"{RARE} Jr", stage="sentenced", age=42, nationality="ng", offences=["labour_trafficking"]
    )
    resolve(store)
    (person,) = feed(store, unreviewed=False)
    record = person.records[0]
    assert (person.name, person.stage, person.nationality) == (f"{RARE} Jr", Stage.SENTENCED, "ng")
    assert (record.age, record.offences, record.reviewed) == (42, (Offence.LABOUR_TRAFFICKING,), "corrected")
    assert record.corrected_fields == ("age", "name", "nationality", "offences", "stage")
    assert record.spans[0].exact == RARE, "a spelling put right: the quote is what the story has"


def test_a_name_that_a_human_took_away_stands_nowhere(store: Store) -> None:
    (one,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10")
    resolve(store)
    correct(store, one, name=OTHER)
    for _ in range(2):
        (person,) = feed(store, unreviewed=False)
        assert person.name == OTHER
        assert "Okwudili" not in said(person)
        resolve(store)


def test_taken_down_is_out_with_whoever_is_held_back_for_it(store: Store) -> None:
    one, two = tell(store, [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 30)], "2025-01-10")
    resolve(store)
    number = store.takedowns.take_down(f"p-{one}", "letter 17", "ana", NOW)
    (left,) = feed(store)
    assert left.id == f"p-{two}"
    assert not {"Okwudili", "Branimir", "Testarossa"} & set(said(left).split())
    tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-03-10", source="in_post", words="Mirpur nine")
    resolve(store)
    assert [person.id for person in feed(store)] == [f"p-{two}"]
    store.takedowns.lift(number, "console.root", NOW)
    assert f"p-{one}" in {person.id for person in feed(store)}


def test_a_record_held_back_for_an_equal_name_is_out_though_its_person_is_not_down(store: Store) -> None:
    told: dict[str, Any] = {"source": "cn_post", "country": "cn"}
    (one,) = tell(store, [("Wang Wei", Stage.SENTENCED, None)], "2024-01-10", words="A", **told)
    (two,) = tell(store, [("Wang Wei", Stage.SENTENCED, None)], "2025-09-10", words="B", **told)
    resolve(store)
    if store.people.find(one) == store.people.find(two):
        store.people.split(store.people.find(one), [two], "ana", NOW)
    assert len(feed(store)) == 2
    with store._database.write() as session:  # held back, and nobody said that they are two
        session.execute(update(JudgementRow).values(undone_by="ana", undone_at=NOW))
    store.takedowns.take_down(f"p-{one}", "letter 17", "ana", NOW)
    assert not store.people.person(two).summary.taken_down
    assert feed(store) == []


def test_former_ids_lead_to_the_person(store: Store) -> None:
    (one,) = tell(
        store, [("Wang Wei", Stage.SENTENCED, None)], "2024-01-10", source="cn_post", country="cn", words="A"
    )
    (two,) = tell(
        store, [("Wang Wei", Stage.SENTENCED, None)], "2025-09-10", source="cn_d", country="cn", words="B"
    )
    resolve(store)
    assert len(feed(store)) == 2
    store.people.merge(one, two, "ana", NOW)
    (person,) = feed(store)
    assert (person.id, person.former_ids) == (f"p-{one}", (f"p-{two}",))
    made = FeedPersons(store._database)
    for asked in (f"p-{one}", f"p-{two}", two):
        assert made.get(asked, CONVICTED, include_unreviewed=True, min_score=0.75) == person
    assert made.get(f"p-{two}", CONVICTED, include_unreviewed=False, min_score=0.75) is None
    assert made.get("p-00000000000000000000", CONVICTED, include_unreviewed=True, min_score=0.75) is None


def test_the_order_is_of_ids_however_large_the_chunks(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(7):
        name = "Testa" + "bdfklmn"[n] + "ossa " + "Okwu" + "bdfklmn"[n] + "ili"
        tell(store, [(name, Stage.SENTENCED, 30 + n)], f"2025-0{n + 1}-10", words=f"Place {n}")
    resolve(store)
    whole = feed(store)
    assert [person.id for person in whole] == sorted(person.id for person in whole)
    assert len(whole) == 7
    monkeypatch.setattr(persons, "CHUNK", 2)
    assert feed(store) == whole


def test_quotes_of_before_have_nothing_around_them(store: Store) -> None:
    tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-01-10")
    resolve(store)
    with store._database.write() as session:
        session.execute(update(EvidenceRow).values(prefix=None, suffix=None))
    assert {(span.prefix, span.suffix) for span in feed(store)[0].records[0].spans} == {("", "")}


VICTIMS = ("Maya Sampleson", "Lúcia Benchara", "Thi Testa Nguyet", "Rosalinda Lookfield")
OFFICIALS = ("Olga Benchly", "Joao da Testeira")


def crowded(store: Store, n: int, random: Random) -> None:
    """A story in which a victim, a witness or an official stands beside every span, in every form of the name."""
    victims = random.sample(VICTIMS, 2)
    official = random.choice(OFFICIALS)
    forms = [name for one in victims for name in (one, one.split()[-1], one.split()[0], one.upper())] + [official]
    name = f"{random.choice(('Okwudili', 'Ilmari', 'Zsofia'))} Testa{chr(98 + n % 20)}o{chr(98 + n // 20)}ssa"
    words = [name, "was sentenced to nine years", "trafficking of women", "nine years in prison", "Harbour Court"]
    random.shuffle(words)
    text, places = "", {}
    for word in words:
        text += f"{random.choice(('', 'Said', 'For'))} {random.choice(forms)}{random.choice((' ', ', ', chr(10)))}"
        at = len(text)
        cut = text.rstrip().rfind(" ") + 1 if random.random() < 0.3 and word != name else at  # from within a name
        text += word + random.choice(("", ",")) + " "
        end = at + len(word)
        after = random.choice(forms)
        text += after + random.choice((" wept. ", ". ", " and "))
        if random.random() < 0.3 and word != name:
            end = text.index(after, at) + random.choice((len(after), len(after.split()[0])))
        places[word] = Evidence(start=cut, end=end, quote=text[cut:end], rule="t@1", score=0.9)
    text += "The court heard of it at length. " * random.choice((0, 30))
    story = Article(
        id=hashlib.sha256(text.encode()).hexdigest(), url=f"https://paper.example/{n}", text=text,
        title=f"{random.choice(forms)} saw {name} jailed", published=f"2025-01-{n % 27 + 1:02d}",
        language="en", country="in",
    )  # fmt: skip
    proof = places["was sentenced to nine years"]
    one = Accused(
        name=name, stage=Stage.SENTENCED, score=0.95, offences=frozenset({Offence.SEX_TRAFFICKING}),
        evidence={"name": (places[name],), "role": (proof,), "stage": (proof,)},
        charges=(
            Charge(
                text=places["trafficking of women"].quote, offences=frozenset({Offence.SEX_TRAFFICKING}),
                evidence=places["trafficking of women"],
            ),
        ),
        penalties=(
            Penalty(text=places["nine years in prison"].quote, evidence=places["nine years in prison"]),
        ),
    )  # fmt: skip
    report = CaseReport(
        article_id=story.id, relevant=True, relevance_score=0.9, extractor_version=V1, accused=(one,),
        countries=(CountryFact(country="in", role=CountryRole.PROSECUTION, evidence=(), score=0.8),),
        others=(
            Person(name=victims[0], role=Role.VICTIM, score=0.9),
            Person(name=victims[1], role=random.choice((Role.WITNESS, Role.VICTIM)), score=0.9),
            Person(name=official, role=Role.OFFICIAL, score=0.9),
        ),
        courts=(Court(name=places["Harbour Court"].quote, evidence=places["Harbour Court"]),),
        organisations_accused=(f"{victims[0]} Travels", "Harbour Massage"),
        victim_counts=(VictimCount(n=2, sex="female", age_band="adult", evidence=proof),),
    )  # fmt: skip
    store.articles.save(story, None, V1, NOW)
    assert store.articles.save_report(report, NOW)


@pytest.mark.parametrize("seed", range(3))
def test_no_string_of_any_record_has_a_victims_or_an_officials_name(store: Store, seed: int) -> None:
    random = Random(seed)
    for n in range(60):
        crowded(store, n, random)
    resolve(store)
    found = [*feed(store), *groups(store)]
    assert sum(isinstance(one, FeedPerson) for one in found) > 30
    told = said(*found).casefold()
    parts = {part.casefold() for name in VICTIMS for part in name.split() if part not in ("Testa", "Thi")}
    assert [part for part in parts if part in told] == []
    assert [name for name in OFFICIALS if name.casefold() in told] == []
    spans = [span for one in found if isinstance(one, FeedPerson) for r in one.records for span in r.spans]
    around = [text for span in spans for text in (span.prefix, span.suffix)]
    assert all(len(text) <= 32 for text in around)
    assert sum("[" in text for text in around) > 30, "the masks were beside the spans"
    for half in ("Olga", "Benchly", "Joao", "Testeira"):
        assert not any(half in text for text in around), "half a name"
    assert {victim for one in found if isinstance(one, FeedPerson) for victim in one.cases[0].victims} == {
        ("female", "adult", 2)
    }


def test_organisations_come_with_the_unreviewed_and_a_listed_person(store: Store) -> None:
    random = Random(1)
    crowded(store, 1, random)
    crowded(store, 2, random)
    resolve(store)
    assert groups(store, unreviewed=False) == []
    (one,) = groups(store)
    assert (one.name, one.countries, len(one.records)) == ("Harbour Massage", ("in",), 2)
    assert one.id == organisation_id("HARBOUR  massage", "in")
    with store._database.read() as session:
        mentions = session.scalars(select(MentionRow.id)).all()
    for mention in mentions:
        reject(store, mention, RejectReason.NOT_TRAFFICKING)
    assert groups(store) == []
