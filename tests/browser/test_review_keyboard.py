"""A reviewer's day by keyboard alone, in a real browser: a queue, persons joined and taken apart, a new reading.

Refuses the mouse: only keys are pressed, and every step is checked in the store.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extraction.model import Stage
from storage.records.people import Reason, RejectReason, Verdict
from storage.store import Store
from tests.browser.review_desk import NOW, V2, Clock, Story, log_in, made, served, stories, told, with_users

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]

PATIENCE = 90_000  # milliseconds, on two busy cores
READY = "html[data-ready=yes]"
PAIR = [
    Story(n=60, name="Gulzarina Mockmanian", town="Probeham", age=44),
    Story(n=61, name="Mockmanian", town="Probeham", age=44),
]
TOLD = stories(28)
RENAMED, RESTAGED, VICTIM, OTHER_CRIME = (one.name for one in TOLD[3:7])


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'desk.db'}", tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def desk(store: Store, clock: Clock, tmp_path: Path) -> Iterator[str]:
    with_users(store)
    with served(made(store, tmp_path, clock)) as base:
        yield base


@pytest.fixture
def page(browser: Any, desk: str) -> Iterator[Any]:
    """A page on which nothing may go wrong: no error on the console, no request elsewhere."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(PATIENCE)
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda said: wrong.append(said.text) if said.type in {"error", "warning"} else None)
    opened.on("request", lambda asked: None if asked.url.startswith(desk) else wrong.append(asked.url))
    yield opened
    context.close()
    assert wrong == []


def press(page: Any, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def press_and_go(page: Any, *keys: str) -> None:
    """Press keys of which the last leads to another page."""
    press(page, *keys[:-1])
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press(keys[-1])
    page.wait_for_selector(READY)


def here(page: Any) -> str:
    """The path of the page, as "record", "merge", "" (queue)."""
    return str(page.url).split("/")[3].partition("?")[0]


def heading(page: Any) -> str:
    return str(page.inner_text("h1"))


def mention_of(store: Store, name: str) -> str:
    return next(one.mention_id for one in store.reviews.search(name) if one.name == name)


def test_a_day_by_keyboard(page: Any, desk: str, store: Store, clock: Clock) -> None:
    told(store, [*TOLD, *PAIR])
    store.resolution.resolve(NOW)
    ids = {name: mention_of(store, name) for name in (RENAMED, RESTAGED, VICTIM, OTHER_CRIME, PAIR[0].name)}
    assert sum(store.reviews.waiting(0.75).values()) == 31  # thirty records, and the pair
    assert store.reviews.waiting(0.75)[Reason.MATCH] == 1

    log_in(page, desk)
    press(page, "j", "j", "k")
    press_and_go(page, "Enter")
    first = heading(page)
    press_and_go(page, "n")
    assert heading(page) != first
    press_and_go(page, "N")
    assert heading(page) == first
    press(page, "j", "j")  # from fact to fact
    assert page.eval_on_selector_all(".body a.lit", "all => all.length") > 0

    worked: list[str] = []
    for _ in range(40):
        if here(page) != "record":
            if here(page) == "":
                break
            press(page, "y")
            press_and_go(page, "Enter")
            worked.append("merged")
            continue
        name = heading(page)
        worked.append(name)
        if name == RENAMED:
            press(page, "c")
            page.keyboard.type("Nadezhda Inventova")
            press(page, "Tab", "Tab")
            page.keyboard.type("acquit")
            press_and_go(page, "Control+Enter")
        elif name == RESTAGED:
            press(page, "c", "Tab", "Tab")
            page.keyboard.type("dismiss")
            press_and_go(page, "Control+Enter")
        elif name == VICTIM:
            press_and_go(page, "r", "v")
        elif name == OTHER_CRIME:
            press_and_go(page, "r", "8")
        else:
            press_and_go(page, "a")
    assert len(worked) == len(set(worked)) == 31
    assert "Nothing waits" in page.inner_text("main")
    assert store.reviews.waiting(0.75) == dict.fromkeys(store.reviews.waiting(0.75), 0)

    verdicts = [store.reviews.record(mention_of(store, one.name)).verdict for one in TOLD[8:]]
    assert verdicts == [Verdict.ACCEPTED] * len(verdicts)
    renamed = store.reviews.record(ids[RENAMED])
    assert renamed.stands is not None
    assert (renamed.stands.name, renamed.stands.stage) == ("Nadezhda Inventova", Stage.ACQUITTED)
    assert renamed.machine is not None
    assert renamed.machine.name == RENAMED
    victim = store.reviews.record(ids[VICTIM])
    assert (victim.reject_reason, victim.machine) == (RejectReason.VICTIM, None)
    assert store.reviews.record(ids[OTHER_CRIME]).reject_reason is RejectReason.NOT_TRAFFICKING

    taken_apart(page, store, ids[PAIR[0].name])
    read_again(page, store, clock, ids)


def taken_apart(page: Any, store: Store, mention_id: str) -> None:
    """The pair was joined in the queue; from a record, it is two again; and the person's page undoes that."""
    joined = store.people.person(mention_id)
    assert {one.name for one in joined.records} == {one.name for one in PAIR}
    press(page, "/")
    page.keyboard.type("mockmanian gulzarina")
    press_and_go(page, "Enter")
    press(page, "j")
    press_and_go(page, "Enter")
    assert here(page) == "person"
    press(page, "j")
    while not page.evaluate("document.activeElement.pathname.startsWith('/record/')"):
        press(page, "j")
    press_and_go(page, "o")
    press(page, "u", "Escape")
    assert len(store.people.person(mention_id).records) == 2  # one key asks, it does not do
    press_and_go(page, "u", "Enter")
    assert len(store.people.person(mention_id).records) == 1
    others = {one.id for one in store.people.search("Mockmanian")}
    assert len(others) == 2


def read_again(page: Any, store: Store, clock: Clock, ids: dict[str, str]) -> None:
    """A newer reader reads everything alike, but for one stage: the words stand, one record is reopened."""
    clock.forward(minutes=30)
    reports = [one.report(V2, stage=Stage.OVERTURNED if one.name == RESTAGED else None) for one in (*TOLD, *PAIR)]
    assert store.articles.save_reports(reports, clock.now) == 30
    renamed, restaged = store.reviews.record(ids[RENAMED]), store.reviews.record(ids[RESTAGED])
    assert renamed.stands is not None
    assert (renamed.stands.name, renamed.stands.stage) == ("Nadezhda Inventova", Stage.ACQUITTED)
    assert (renamed.reopened, renamed.extractor_version) == (False, V2)
    assert restaged.stands is not None
    assert (restaged.reopened, restaged.stands.stage) == (True, Stage.DISMISSED)
    waiting = store.reviews.queue(clock.now, min_score=0.75)
    assert [item.record.mention_id for item in waiting if item.reason is Reason.REOPENED] == [ids[RESTAGED]]
    assert store.reviews.record(ids[VICTIM]).machine is None
    assert store.reviews.search(VICTIM) == []

    press_and_go(page, "g", "q")
    press_and_go(page, "o")
    assert heading(page) == RESTAGED
    shown = page.inner_text(".reopened")
    assert "overturned" in shown
    assert "dismissed" in shown
    press_and_go(page, "a")
    after = store.reviews.record(ids[RESTAGED])
    assert (after.reopened, after.stands and after.stands.stage) == (False, Stage.DISMISSED)
    done = [entry.action for entry in store.audit.entries()]
    assert {"accept", "correct", "reject", "merge", "split", "login"} <= set(done)
    assert store.audit.verify() is None


def test_no_single_key_destroys(page: Any, desk: str, store: Store) -> None:
    told(store, [*stories(1), *PAIR])
    store.resolution.resolve(NOW)
    log_in(page, desk)
    before = store.audit.entries()
    one, other = (mention_of(store, story.name) for story in PAIR)
    for address, leads in ((f"/record/{one}", "mt"), (f"/merge?left={one}&right={other}", "l")):
        for key in (*"rxuytmld18v", "n" if "merge" in address else "z", "Enter", "Delete", " "):
            page.goto(desk + address)
            page.wait_for_selector(READY)
            assert here(page) == address.split("/")[1].partition("?")[0]
            if key in leads:
                press_and_go(page, key)
            else:
                press(page, key)
    assert store.audit.entries() == before


def test_keys_rest_while_somebody_writes(page: Any, desk: str, store: Store) -> None:
    told(store, stories(2))
    log_in(page, desk)
    before = store.audit.entries()
    press_and_go(page, "j", "Enter")
    press(page, "c")
    page.keyboard.type("a r v a n m t")
    press(page, "Escape")
    assert page.eval_on_selector("#correct", "one => one.open") is False
    press(page, "c")
    assert page.input_value("#name") == "a r v a n m t"  # nothing typed is lost by leaving
    assert store.audit.entries() == before


def test_without_javascript_every_decision_has_its_button(browser: Any, desk: str, store: Store) -> None:
    told(store, stories(3))
    context = browser.new_context(java_script_enabled=False)
    context.set_default_timeout(PATIENCE)
    page = context.new_page()
    page.goto(f"{desk}/login")
    page.fill("#name", "anna")
    page.fill("#token", "invented-token-of-the-tests")
    page.click("button.main")
    page.click("a.open >> nth=0")
    name = page.inner_text("h1")
    page.click("#reject summary")
    page.click("button[value=not_accused]")
    assert page.inner_text("h1") != name  # the next one came
    assert store.reviews.record(mention_of(store, name)).reject_reason is RejectReason.NOT_ACCUSED
    page.click("#correct summary")
    page.fill("#age", "77")
    page.click("#correct button.main")
    assert "Corrected: age." in page.inner_text(".said")
    context.close()
