"""Addresses of stories in the feed: whole, or the site alone where a protected name stands in them.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import update

from extraction.model import Person, Role
from storage.records.feed import FeedPerson, FeedStage
from storage.store import Store
from storage.tables.articles import CopyRow
from tests.storage.samples import NOW, V1, article, report

LATER = NOW + dt.timedelta(hours=1)
SITE = "https://herald.example/"


def told(store: Store, *paths: str) -> FeedPerson:
    """Who is sentenced in the sample's story, which stands at these addresses."""
    for path in paths:
        one = replace(article(1), url=f"{SITE}{path}", canonical_url=f"{SITE}{path}")
        store.articles.save(one, None, V1, NOW)
    bystander = Person(name="Rosalind Passerby", role=Role.OTHER, score=0.1)
    read = report(1)
    store.articles.save_report(replace(read, others=(*read.others, bystander)), NOW)
    store.resolution.resolve(NOW)
    return only(store)


def only(store: Store) -> FeedPerson:
    (person,) = store.feed.persons(FeedStage.CONVICTED, include_unreviewed=True, min_score=0.5)
    return person


@pytest.mark.parametrize(
    ("path", "shortened"),
    [
        ("2026/trafficker-jailed-in-mirpur.html", False),
        ("2026/ravi-testman1-jailed-by-judge-olga-benchly.html", False),  # the person, and an official
        ("2026/maya-sampleson-speaks.html", True),
        ("2026/MAYA_SAMPLESON", True),
        ("story?title=M%C3%A1ya%20Sampleson", True),
        ("story/mayasampleson-trial", True),
        ("2026/justice-for-maya/17", True),
        ("2026/peter-lookson-testifies", True),
        (
            "2026/rosalind-passerby-called-police",
            True,
        ),  # half of all victims are read as neither victim nor official
        ("news/1#sampleson", True),
    ],
)
def test_an_address_with_a_protected_name_is_cut_to_the_site(store: Store, path: str, shortened: bool) -> None:
    (record,) = told(store, path).records
    assert (record.url, record.address_shortened) == (SITE if shortened else f"{SITE}{path}", shortened)


def test_other_addresses_with_such_a_name_are_left_out(sqlite_store: Store) -> None:
    (record,) = told(sqlite_store, "a/jailed", "b/maya-sampleson", "c/jailed-again").records
    assert {record.url, *record.other_urls} - {SITE} == {f"{SITE}a/jailed", f"{SITE}c/jailed-again"}
    assert SITE not in record.other_urls
    assert record.address_shortened == (record.url == SITE)


def test_an_address_that_nobody_has_looked_at_is_no_address_to_give(store: Store) -> None:
    told(store, "a/jailed")
    store.articles.save(replace(article(1), url=f"{SITE}z/maya", canonical_url=f"{SITE}z/maya"), None, V1, LATER)
    assert only(store).records[0].other_urls == ()
    store.articles.save(replace(article(1), url=f"{SITE}a/jailed", canonical_url=f"{SITE}a/jailed"), None, V1, NOW)
    assert only(store).records[0].url == f"{SITE}a/jailed", "fetched again, and nothing changed"
    with store._database.write() as session:  # as a database of before
        session.execute(update(CopyRow).values(names_others=None))
    (record,) = only(store).records
    assert (record.url, record.address_shortened) == (SITE, True)
    store.articles.save_report(report(1), NOW)
    (record,) = only(store).records
    assert (record.url, record.address_shortened) == (f"{SITE}a/jailed", False)
