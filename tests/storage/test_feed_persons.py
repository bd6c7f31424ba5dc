"""The feed's persons: who is in, who never is, and that no other name stands in any string of it.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from extraction.model import Stage
from storage.feed.persons import FeedPersons
from storage.records.feed import FeedPerson, FeedStage
from storage.store import Store
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, tell


def feed(
    store: Store, stage: FeedStage = FeedStage.CONVICTED, *, unreviewed: bool = True, min_score: float = 0.75
) -> list[FeedPerson]:
    """Everybody in the feed."""
    return list(FeedPersons(store._database).persons(stage, include_unreviewed=unreviewed, min_score=min_score))


def test_a_person_with_two_stories(store: Store) -> None:
    (first,) = tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    (second,) = tell(store, [(RARE, Stage.SENTENCED, 41)], "2025-04-02", source="in_herald", words="Mirpur two")
    store.resolution.resolve(NOW)
    (one,) = feed(store)
    assert one.id == f"p-{first}"
    assert [record.mention_id for record in one.records] == [first, second]
    assert (one.stage, one.perpetrator, one.reviewed) == (Stage.SENTENCED, True, False)
    assert {span.fact for record in one.records for span in record.spans} == {"name", "stage"}
