"""What a story says of the crime on the page of a record: with its quotes, marked in the text, and not decided on.

Refuses stubs: a real store with a reading, and the application over it.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from extraction.model import CaseReport, Person, Role
from extraction.model.facts import Element
from extraction.model.palermo import ElementKind
from storage.records.people import RejectReason
from storage.store import Store
from tests.browser.review_desk import NOW, V1, Clock, Story, enter, made, span, with_users

pytestmark = pytest.mark.slow

COMPANION = "Oleksa Fakhourian"
STORY = Story(
    n=1, name="Xanthippe Quillwort", extra=(COMPANION,), score=0.9,
    words=f"She lured Maya Sampleson with fake jobs; {COMPANION} beat Maya Sampleson.",
)  # fmt: skip
SAID = [
    (ElementKind.INDICATOR, "physical_and_sexual_violence", f"{COMPANION} beat Maya Sampleson"),
    (ElementKind.ACT, "recruitment", "lured Maya Sampleson"),
    (ElementKind.MEANS, "fraud", "fake jobs"),
]


def reading(*, said: bool = True) -> CaseReport:
    elements = tuple(
        Element(kind=kind, value=value, evidence=span(STORY.article, words, "palermo.test@1"))
        for kind, value, words in SAID
    )
    maya = Person(name="Maya Sampleson", role=Role.VICTIM, score=0.9)
    return replace(STORY.report(), elements=elements if said else (), others=(maya,))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        opened.articles.save(STORY.article, None, V1, NOW)
        opened.articles.save_report(reading(), NOW)
        with_users(opened)
        opened.resolution.resolve(NOW)
        yield opened


@pytest.fixture
def app(store: Store, tmp_path: Path) -> Flask:
    return made(store, tmp_path, Clock())


def of(store: Store, name: str) -> str:
    (found,) = (row.mention_id for row in store.reviews.search(name))
    return found


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def told(page: str) -> str:
    """The list of elements, in words."""
    found = re.search(r"What the story says of the crime</h2>(.*?)</ul>", page, re.DOTALL)
    return "" if found is None else text(found[1])


def test_each_element_has_its_quote_and_its_place_in_the_text(app: Flask, store: Store) -> None:
    page = enter(app).get(f"/record/{of(store, STORY.name)}").text
    said = told(page)
    assert "no finding of a court" in said
    order = [said.index(f"{label} {value}") for label, value in (
        ("Act", "recruitment lured [victim]"), ("Means", "fraud fake jobs"),
        ("Forced labour", f"physical and sexual violence {COMPANION} beat [victim]"),
    )]  # fmt: skip
    assert order == sorted(order)
    (line,) = re.findall(r'<li id="f-element-means-fraud" data-spans="(\d+)"', page)
    assert re.search(rf'<a id="e{line}"[^>]*>fake jobs</a>', page)


def test_a_reader_sees_the_quotes_with_others_masked(app: Flask, store: Store) -> None:
    page = text(enter(app, "rita").get(f"/record/{of(store, STORY.name)}").text)
    assert "lured [victim]" in page
    assert "Maya" not in page


def test_who_is_withheld_is_masked_in_them(app: Flask, store: Store) -> None:
    other = of(store, COMPANION)
    store.reviews.reject(other, RejectReason.OTHER_PERSON, store.reviews.record(other).seen, "anna", NOW)
    assert f"{COMPANION} beat" not in told(enter(app).get(f"/record/{of(store, STORY.name)}").text)
    elements = store.reviews.record(of(store, STORY.name)).elements
    assert elements[-1].evidence[0].quote == "[withheld] beat [victim]"


def test_nobody_decides_on_them(app: Flask, store: Store) -> None:
    here = of(store, STORY.name)
    before = store.reviews.record(here)
    store.articles.save_report(reading(said=False), NOW)
    after = store.reviews.record(here)
    assert (len(before.elements), len(after.elements)) == (3, 0)
    assert before.seen == after.seen
    assert not told(enter(app).get(f"/record/{here}").text)
