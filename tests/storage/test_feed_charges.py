"""The feed's records carry the categories of each charge, as both databases hold them.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import update

from extraction.model import Charge, Offence
from storage.feed.persons import FeedPersons
from storage.records.feed import FeedRecord, FeedStage
from storage.store import Store
from storage.tables.facts import ChargeRow
from tests.storage import samples
from tests.storage.samples import NOW, V1

MONEY, LABOUR = Offence.FINANCIAL_DOCUMENT, Offence.LABOUR_TRAFFICKING


def charge(text: str, *offences: Offence) -> Charge:
    """A charge as the reader would report it."""
    proof = samples.evidence(samples.article(), "trafficking Maya Sampleson", "charge@1")
    return Charge(text=text, offences=frozenset(offences), evidence=proof)


def story(store: Store, *charges: Charge) -> FeedRecord:
    """The record of the one person of a story of forced labour with these charges."""
    told = samples.report()
    one = replace(told.accused[0], offences=frozenset({MONEY, LABOUR}), charges=charges, score=0.95)
    store.articles.save(samples.article(), None, V1, NOW)
    assert store.articles.save_report(replace(told, accused=(one,)), NOW)
    store.resolution.resolve(NOW)
    return listed(store)


def listed(store: Store) -> FeedRecord:
    """The one record of the feed."""
    found = FeedPersons(store._database).persons(FeedStage.CONVICTED, include_unreviewed=True, min_score=0.75)
    ((record,),) = (person.records for person in found)
    return record


def test_each_charge_has_its_categories(store: Store) -> None:
    record = story(store, charge("money laundering", MONEY), charge("forced labour", LABOUR, Offence.OTHER))
    assert [text for text, _, _ in record.charges] == ["money laundering", "forced labour"]
    assert record.charge_offences == ((MONEY,), (LABOUR, Offence.OTHER))
    assert record.offences == (MONEY, LABOUR)


@pytest.mark.parametrize(
    ("charges", "found"),
    [
        ((), ()),
        ((charge("laundering", MONEY), charge("an offence")), ((MONEY,), ())),
        ((charge("an offence", MONEY), charge("an offence", LABOUR)), ((MONEY, LABOUR),)),
        ((charge("an offence", MONEY), charge("an offence")), ((),)),
    ],
    ids=["no charge", "an unknown category", "the same words twice", "the same words, one unknown"],
)
def test_charges_without_or_with_the_same_words(
    sqlite_store: Store, charges: tuple[Charge, ...], found: tuple[tuple[Offence, ...], ...]
) -> None:
    record = story(sqlite_store, *charges)
    assert record.charge_offences == found
    assert len(record.charges) == len(found)


def test_a_category_that_is_none_any_more_is_not_known(store: Store) -> None:
    story(store, charge("money laundering", MONEY))
    with store._database.write() as session:
        session.execute(update(ChargeRow).values(offences=[MONEY.value, "retired_category"]))
    assert listed(store).charge_offences == ((),)


def test_a_correction_of_the_offences_is_told_beside_the_charges(store: Store) -> None:
    mention = story(store, charge("money laundering", MONEY)).mention_id
    seen = store.reviews.record(mention).seen
    store.reviews.correct(mention, {"offences": [LABOUR.value]}, seen, "ana", NOW)
    record = listed(store)
    assert (record.offences, record.corrected_fields) == ((LABOUR,), ("offences",))
    assert record.charge_offences == ((MONEY,),)
