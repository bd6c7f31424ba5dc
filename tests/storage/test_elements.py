"""What a story says of the crime: stored once, its quotes masked as all are, before and after a review.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from extraction.model import Accused, CaseReport, Evidence, Stage
from extraction.model.facts import Element
from extraction.model.palermo import VALUES, ElementKind, IloIndicator, PalermoAct, PalermoMeans
from storage.database import Database
from storage.records.feed import FeedPerson, FeedStage
from storage.records.people import RejectReason
from storage.store import Store
from storage.tables.facts import ElementRow, EvidenceRow
from tests.storage.samples import NOW, V1, accused, article, evidence, report


def element(kind: ElementKind, value: str, proof: Evidence) -> Element:
    return Element(kind=kind, value=value, evidence=proof)


def quoted(quote: str, kind: ElementKind = ElementKind.ACT, value: str = PalermoAct.TRANSFER) -> Element:
    """An element of the first story that rests on these words."""
    return element(kind, value, evidence(article(), quote, "palermo.test@1", 0.6))


def saved(store: Store, *elements: Element, version: str = V1, **changes: Any) -> CaseReport:
    one = report(version=version, elements=elements, **changes)
    store.articles.save(article(), None, V1, NOW)
    assert store.articles.save_report(one, NOW)
    return one


def stored(url: str) -> list[tuple[str, str]]:
    database = Database(url)
    with database.read() as session:
        found = session.execute(
            select(ElementRow.kind, ElementRow.value).order_by(ElementRow.kind, ElementRow.value)
        )
        rows = [(kind.value, value) for kind, value in found]
    database.close()
    return rows


def quotes(url: str) -> list[tuple[str, int, str]]:
    database = Database(url)
    with database.read() as session:
        query = select(EvidenceRow).where(EvidenceRow.fact.like("element/%"))
        rows = session.scalars(query.order_by(EvidenceRow.fact, EvidenceRow.k)).all()
        found = [(row.fact, row.k, row.quote) for row in rows]
        assert {(row.prefix, row.suffix) for row in rows} <= {(None, None)}
    database.close()
    return found


def test_an_element_is_stored_once_with_each_place_that_says_it(store: Store, migrated_url: str) -> None:
    force = quoted("ten years in prison", ElementKind.MEANS, PalermoMeans.FORCE)
    first, again = quoted("sentenced"), quoted("sentenced")
    saved(store, quoted("Indian Penal Code"), first, again, force)
    assert stored(migrated_url) == [("act", "transfer"), ("means", "force")]
    assert quotes(migrated_url) == [
        ("element/act/transfer", 0, "sentenced"),
        ("element/act/transfer", 1, "Indian Penal Code"),
        ("element/means/force", 0, "ten years in prison"),
    ]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("trafficking Maya Sampleson", "trafficking [victim]"),
        ("said witness Peter Lookson", "said witness [witness]"),
        ("Olga Benchly on Monday sentenced Ravi Testman0", "[official] on Monday sentenced Ravi Testman0"),
    ],
)  # fmt: skip
def test_its_quote_names_nobody_who_is_not_accused(
    store: Store, migrated_url: str, words: str, shown: str
) -> None:
    saved(store, quoted(words))
    assert quotes(migrated_url) == [("element/act/transfer", 0, shown)]


def test_nor_a_minor_nor_who_could_not_be_proven(store: Store, migrated_url: str) -> None:
    one = article()
    child = accused(one, "Maya Sampleson", Stage.CHARGED, age=15)
    unproven = Accused(name="Peter Lookson", stage=Stage.CHARGED, score=0.9, evidence={})
    words = "trafficking Maya Sampleson, said witness Peter Lookson"
    saved(store, quoted(words), accused=(accused(one, "Ravi Testman0"), child, unproven), others=())
    assert [quote for *_, quote in quotes(migrated_url)] == ["trafficking [minor], said witness [other person]"]


def test_every_value_of_the_lists_fits(store: Store, migrated_url: str) -> None:
    every = [quoted("sentenced", kind, value) for kind in ElementKind for value in VALUES[kind]]
    saved(store, *every)
    assert sorted(stored(migrated_url)) == sorted(
        (kind.value, str(one)) for kind in ElementKind for one in VALUES[kind]
    )
    assert len(quotes(migrated_url)) == len(every)


def test_a_new_reading_replaces_them(store: Store, migrated_url: str) -> None:
    saved(store, quoted("sentenced"))
    wages = quoted("ten years", ElementKind.INDICATOR, IloIndicator.WITHHOLDING_OF_WAGES)
    saved(store, wages, version="text-1.read-2")
    assert stored(migrated_url) == [("indicator", "withholding_of_wages")]
    assert quotes(migrated_url) == [("element/indicator/withholding_of_wages", 0, "ten years")]
    saved(store, version="text-1.read-3")
    assert (stored(migrated_url), quotes(migrated_url)) == ([], [])


@pytest.mark.parametrize("reason", [one for one in RejectReason if one.forgets_name])
def test_who_turns_out_to_be_protected_leaves_the_quotes(
    store: Store, migrated_url: str, reason: RejectReason
) -> None:
    one = article()
    people = (accused(one, "Ravi Testman0"), accused(one, "Maya Sampleson", Stage.CHARGED))
    saved(store, quoted("trafficking Maya Sampleson"), accused=people, others=())
    assert [quote for *_, quote in quotes(migrated_url)] == ["trafficking Maya Sampleson"]
    (maya,) = (row.mention_id for row in store.reviews.search("Maya Sampleson"))
    store.reviews.reject(maya, reason, store.reviews.record(maya).seen, "ana", NOW)
    assert [quote for *_, quote in quotes(migrated_url)] == [f"trafficking [{reason.value}]"]


def fed(store: Store) -> list[FeedPerson]:
    store.resolution.resolve(NOW)
    return list(store.feed.persons(FeedStage.CHARGED, include_unreviewed=True, min_score=0.75))


def test_the_feed_tells_them_of_a_story_and_names_no_co_accused(store: Store) -> None:
    one = article()
    people = (accused(one, "Ravi Testman0"), accused(one, "Peter Lookson", Stage.CHARGED))
    words = "trafficking Maya Sampleson, said witness Peter Lookson"
    maya = report().others[0]
    saved(store, quoted(words), quoted("sentenced"), accused=people, others=(maya,))
    told = {person.name: person.records[0] for person in fed(store)}
    assert {name: [(e.kind, e.value) for e in record.elements] for name, record in told.items()} == {
        name: [(ElementKind.ACT, "transfer")] for name in ("Ravi Testman0", "Peter Lookson")
    }
    assert {name: [span.exact for span in record.elements[0].spans] for name, record in told.items()} == {
        "Ravi Testman0": ["sentenced", "trafficking [victim], said witness [other person]"],
        "Peter Lookson": ["sentenced", "trafficking [victim], said witness Peter Lookson"],
    }
    span = told["Ravi Testman0"].elements[0].spans[1]
    assert one.text[span.start : span.end] == words
    assert (span.fact, span.prefix, span.suffix) == ("element/act/transfer", "", "")
    assert not any(one.fact.startswith("element") for record in told.values() for one in record.spans)


def test_a_story_of_before_has_none(store: Store) -> None:
    saved(store)
    assert [record.elements for person in fed(store) for record in person.records] == [()]
