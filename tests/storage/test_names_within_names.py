"""Who is read as accused under a name that holds a protected one is not stored. Everybody is invented."""

from __future__ import annotations

from dataclasses import replace

import pytest

from extraction.model import Person, Role
from storage.records.feed import FeedStage
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, report


@pytest.mark.parametrize(
    ("name", "role", "stored"),
    [
        ("Sampleson", Role.VICTIM, True),  # one word of it: a family name
        ("Maya Sampleson", Role.VICTIM, False),
        ("MÁYA  Sampleson", Role.VICTIM, False),
        ("Maya Sampleson", Role.WITNESS, False),
        ("Driver Maya Sampleson", Role.WITNESS, True),  # the same name: an accused who is called as a witness
        ("Maya Sampleson", Role.OFFICIAL, True),
        ("Sampleson Driver", Role.VICTIM, True),
    ],
)
def test_a_protected_name_within_a_longer_one(sqlite_store: Store, name: str, role: Role, stored: bool) -> None:
    text = article(1).text.replace("Ravi Testman1", "Driver Maya Sampleson")
    one = replace(article(1), text=text)
    read = accused(one, "Driver Maya Sampleson")
    sqlite_store.articles.save(one, None, V1, NOW)
    others = (Person(name=name, role=role, score=0.9),)
    sqlite_store.articles.save_report(replace(report(1), accused=(read,), others=others), NOW)
    sqlite_store.resolution.resolve(NOW)
    listed = list(sqlite_store.feed.persons(FeedStage.CONVICTED, include_unreviewed=True, min_score=0.5))
    assert len(listed) == stored
