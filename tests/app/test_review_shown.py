"""Decisions on what was shown, and what readers are never shown: every form, every page that they can open.

Refuses stubs: two people at work on one real store, and a reader who looks.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from storage.records.people import RejectReason
from storage.store import Store
from tests.browser.review_desk import NOW, Clock, Story, enter, made, token, told, with_users

pytestmark = pytest.mark.slow

TWINS = [
    Story(n=1, name="Xanthippe Quillwort", words="One."),
    Story(n=2, name="Xanthippe Quillwort", words="Two."),
]
OTHER = Story(n=3, name="Oleksa Fakhourian", words="Three.", age=30)
THIRD = Story(n=4, name="Marisol Inventado", words="Four.", age=50)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        told(opened, [*TWINS, OTHER, THIRD])
        with_users(opened)
        opened.resolution.resolve(NOW)
        yield opened


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def app(store: Store, clock: Clock, tmp_path: Path) -> Flask:
    return made(store, tmp_path, clock)


def records(store: Store, name: str) -> list[str]:
    return sorted(one.mention_id for one in store.reviews.search(name))


def form(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form on a page that is sent there."""
    for attributes, inside in re.findall(r"<form([^>]*)>(.*?)</form>", page, re.DOTALL):
        if f'action="{action}' in attributes:
            fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', inside)
            return {name: html.unescape(value) for name, value in fields}
    raise AssertionError(f"no form for {action}")


def text(page: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def joined(store: Store, clock: Clock) -> str:
    """A colleague joins the other to the twins, after the page was made."""
    clock.forward(minutes=1)
    return store.people.merge(records(store, OTHER.name)[0], records(store, TWINS[0].name)[0], "adam", clock.now)


def test_a_record_that_a_colleague_decided_again_is_not_reopened(app: Flask, store: Store, clock: Clock) -> None:
    client, (here, _) = enter(app), records(store, TWINS[0].name)
    store.reviews.accept(here, store.reviews.record(here).seen, "anna", NOW)
    old = form(client.get(f"/record/{here}").text, f"/record/{here}/reopen")
    store.reviews.correct(here, {"age": 55}, store.reviews.record(here).seen, "adam", NOW)
    answer = client.post(f"/record/{here}/reopen", data=old)
    assert answer.status_code == 409
    assert "corrected by adam" in text(answer.text)
    assert store.reviews.record(here).reviewed_by == "adam"
    fresh = form(answer.text, f"/record/{here}/reopen")
    assert client.post(f"/record/{here}/reopen", data=fresh).status_code == 303
    assert store.reviews.record(here).verdict is None


def test_nobody_is_taken_down_with_records_that_were_not_shown(app: Flask, store: Store, clock: Clock) -> None:
    client = enter(app)
    person = store.people.find(records(store, OTHER.name)[0])
    old = form(client.get(f"/person/{person}").text, f"/person/{person}/takedown")
    joined(store, clock)
    answer = client.post(f"/person/{person}/takedown", data=old | {"why": "letter 17"})
    assert answer.status_code == 409
    assert "2 records came since" in text(answer.text)
    assert 'value="letter 17"' in answer.text
    assert not store.takedowns.all()
    now = store.people.find(person)
    fresh = form(answer.text, f"/person/{now}/takedown")
    assert client.post(f"/person/{now}/takedown", data=fresh | {"why": "letter 17"}).status_code == 303
    assert store.takedowns.all()[0].mentions == 3


@pytest.mark.parametrize("where", ["person", "record"])
def test_no_record_is_taken_out_of_another_person_than_was_shown(
    app: Flask, store: Store, clock: Clock, where: str
) -> None:
    client, (here, _) = enter(app), records(store, TWINS[0].name)
    person = store.people.find(here)
    page = client.get(f"/person/{person}" if where == "person" else f"/record/{here}").text
    old = form(page, f"/person/{person}/split") | {"mention_id": here}
    joined(store, clock)
    before = store.audit.entries()
    answer = client.post(f"/person/{person}/split", data=old)
    assert answer.status_code == 409
    assert "1 record came since" in text(answer.text)
    assert OTHER.name in answer.text
    assert store.audit.entries() == before


@pytest.mark.parametrize("decision", ["one", "two"])
def test_no_pair_is_judged_but_the_one_that_was_shown(
    app: Flask, store: Store, clock: Clock, decision: str
) -> None:
    client = enter(app)
    left, right = (store.people.find(records(store, name)[0]) for name in (TWINS[0].name, THIRD.name))
    old = form(client.get(f"/merge?left={left}&right={right}").text, "/merge") | {"decision": decision}
    joined(store, clock)
    before = store.audit.entries()
    answer = client.post("/merge", data=old)
    assert answer.status_code == 409
    assert "Left: 1 record came since" in text(answer.text) or "Left: 2 records came since" in text(answer.text)
    assert store.audit.entries() == before
    fresh = form(answer.text, "/merge") | {"decision": decision}
    assert client.post("/merge", data=fresh).status_code == 303


def test_what_changed_is_neither_undone_nor_lifted_unseen(app: Flask, store: Store, clock: Clock) -> None:
    adam = enter(app, "adam")
    one, _ = records(store, TWINS[0].name)
    clock.forward(minutes=1)
    store.people.split(one, [one], "anna", clock.now)
    person = store.people.find(one)
    edge = next(edge.id for edge in store.people.judgements(one) if edge.by == "anna")
    down = store.takedowns.take_down(store.people.find(records(store, THIRD.name)[0]), "letter", "anna", NOW)
    third = store.people.find(records(store, THIRD.name)[0])
    undo = form(adam.get(f"/person/{person}").text, f"/judgement/{edge}/undo")
    lift = form(adam.get(f"/person/{third}").text, f"/takedown/{down}/lift")
    clock.forward(minutes=1)
    store.people.merge(one, records(store, OTHER.name)[0], "anna", clock.now)
    answer = adam.post(f"/judgement/{edge}/undo", data=undo)
    assert answer.status_code == 409
    assert "came since" in text(answer.text)
    assert adam.post(f"/takedown/{down}/lift", data=lift | {"seen": "old"}).status_code == 409
    assert adam.post(f"/takedown/{down}/lift", data=lift).status_code == 303
    again = form(adam.get(f"/person/{store.people.find(one)}").text, f"/judgement/{edge}/undo")
    assert adam.post(f"/judgement/{edge}/undo", data=again).status_code == 303
    assert next(each.undone_by for each in store.people.judgements(one) if each.id == edge) == "adam"


def test_a_takedown_from_a_record_leads_to_the_next_item(app: Flask, store: Store) -> None:
    client = enter(app)
    first, second = (item.record for item in store.reviews.queue(NOW, min_score=0.75, country="in")[:2])
    page = client.get(f"/record/{first.mention_id}?country=in").text
    link = re.search(r'data-key="t"[^>]* href="([^"#]*)', page)
    assert link is not None
    held = form(client.get(html.unescape(link[1])).text, f"/person/{first.person_id}/takedown")
    answer = client.post(f"/person/{first.person_id}/takedown?country=in", data=held | {"why": "letter 17"})
    assert answer.status_code == 303
    following = {one.mention_id for one in store.people.person(str(second.person_id)).records}
    there = re.fullmatch(r"/record/(\w+)\?country=in", answer.headers["Location"])
    assert there is not None
    assert first.mention_id not in there[1]
    assert there[1] in following | {item.record.mention_id for item in store.reviews.queue(NOW, min_score=0.75)}


def places(store: Store, name: str) -> list[str]:
    """All that a reader might open that speaks of somebody."""
    addresses = ["/", "/?show=500", f"/search?q={name.split(maxsplit=1)[0]}", "/help"]
    for story in (*TWINS, OTHER, THIRD):
        for one in records(store, story.name):
            person = store.people.person(one)
            addresses += [f"/record/{one}", f"/person/{person.summary.id}", f"/person/{one}"]
            addresses += [f"/case/{case.id}" for case in person.cases]
    return list(dict.fromkeys(addresses))


def looked(client: FlaskClient, addresses: list[str]) -> str:
    """What a reader sees there."""
    pages = [client.get(address, follow_redirects=True) for address in addresses]
    return "\n".join(page.text for page in pages if page.status_code == 200)


@pytest.mark.parametrize("how", ["taken down", "rejected", "protected"])
def test_a_reader_finds_nobody_all_of_whose_records_are_withheld(app: Flask, store: Store, how: str) -> None:
    client, reviewer = enter(app, "rita"), enter(app)
    one = records(store, OTHER.name)[0]
    person = store.people.person(one)
    cases = [case.id for case in person.cases]
    addresses = places(store, OTHER.name)
    assert OTHER.name in looked(client, addresses)
    if how == "taken down":
        store.takedowns.take_down(person.summary.id, "asked", "adam", NOW)
    else:
        reason = RejectReason.NOT_TRAFFICKING if how == "rejected" else RejectReason.VICTIM
        store.reviews.reject(one, reason, store.reviews.record(one).seen, "adam", NOW)
    assert OTHER.name not in looked(client, addresses)
    for address in (f"/person/{person.summary.id}", f"/person/{one}", f"/record/{one}"):
        assert client.get(address).status_code == 404, address
    assert {client.get(f"/case/{case}").status_code for case in cases} <= {404}
    assert f"/person/{person.summary.id}" not in client.get(f"/search?q={OTHER.name}").text
    assert reviewer.get(f"/record/{one}").status_code == 200
    if how == "taken down":
        assert f"/person/{person.summary.id}" in reviewer.get(f"/search?q={OTHER.name}").text


def test_a_reader_sees_of_a_person_the_records_that_are_not_withheld(app: Flask, store: Store) -> None:
    client, (one, other) = enter(app, "rita"), records(store, TWINS[0].name)
    store.reviews.reject(one, RejectReason.NOT_TRAFFICKING, store.reviews.record(one).seen, "adam", NOW)
    page = client.get(f"/person/{store.people.find(other)}")
    assert page.status_code == 200
    assert f"/record/{other}" in page.text
    assert f"/record/{one}" not in page.text  # its id may be the person's
    assert "1 record" in text(client.get(f"/record/{other}").text)


def test_a_reader_is_offered_no_form(app: Flask, store: Store) -> None:
    client = enter(app, "rita")
    page = client.get(f"/person/{store.people.find(records(store, TWINS[0].name)[0])}").text
    assert re.findall(r'name="(seen|was)"', page) == []
    assert token(client, "/help")
