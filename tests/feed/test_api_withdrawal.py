"""Withdrawn at once: whoever a court, a human or a takedown took off is not given, before any export.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

from config.feeds import FeedPlan
from storage.records.feed import FeedStage
from storage.records.people import RejectReason
from storage.store import Store
from tests.feed.api_samples import OTHER, Bureau, asking, bureau, problem
from tests.storage.test_people import RARE
from tipwatch.feed.withdrawals import Withdrawals
from tipwatch.jobs.scheduled_feeds import ScheduledFeeds


@pytest.fixture
def desk(sqlite_store: Store, tmp_path: Path) -> Bureau:
    return bureau(sqlite_store, tmp_path / "feed")


def correct(desk: Bureau, **changes: str) -> None:
    """A human corrects the record of `rare`, today."""
    reviews, mention = desk.store.reviews, desk.rare.removeprefix("tw-p-")
    reviews.correct(mention, changes, reviews.record(mention).seen, "ana", desk.now)


def take_down(desk: Bureau) -> None:
    desk.store.takedowns.take_down(desk.rare.removeprefix("tw-"), "letter 17", "mira", desk.now)


def call_a_witness(desk: Bureau) -> None:
    reviews, mention = desk.store.reviews, desk.rare.removeprefix("tw-p-")
    reviews.reject(mention, RejectReason.WITNESS, reviews.record(mention).seen, "ana", desk.now)


def correct_to_acquitted(desk: Bureau) -> None:
    correct(desk, stage="acquitted")


DEEDS = [Bureau.acquit, take_down, call_a_witness, correct_to_acquitted]


@pytest.mark.parametrize("deed", DEEDS, ids=lambda deed: deed.__name__)
def test_nothing_names_who_was_withdrawn_a_moment_ago(desk: Bureau, deed) -> None:  # type: ignore[no-untyped-def]
    lines = (desk.folder / "entities.ftm.json").read_text(encoding="utf-8").splitlines()
    entities = [json.loads(line) for line in lines]
    with asking(desk.api(), desk.key()) as client:
        assert client.get(f"/v1/entities/{desk.rare}").status_code == 200
        assert client.get("/v1/files/names.txt").status_code == 200
        tag = client.head("/v1/files/names.txt").headers["etag"]
        deed(desk)
        standing = client.get(f"/v1/entities/{desk.other}").status_code == 200
        assert standing or deed is call_a_witness  # whose text is read again before anybody in it is named
        assert client.get("/v1/index").json()["stale_withdrawals"] == 2 - standing
        problem(client.get(f"/v1/entities/{desk.rare}"), 410, "withdrawn")
        problem(client.get(f"/v1/entities/{desk.rare}?nested=true"), 410, "withdrawn")
        found = client.get("/v1/search", params={"q": RARE}).json()["results"]
        assert desk.rare not in {one["id"] for one in found}
        for path in ("names.txt", "entities.ftm.json", "README.md", "deltas/index.json"):
            refused = client.get(f"/v1/files/{path}")
            assert "run tipwatch export" in problem(refused, 503, "stale-withdrawals")["remedy"]
            assert int(refused.headers["retry-after"]) > 0
        problem(client.get("/v1/files/names.txt", headers={"If-None-Match": tag}), 503, "stale-withdrawals")
        problem(client.get("/v1/files/names.txt", headers={"Range": "bytes=0-5"}), 503, "stale-withdrawals")
        problem(client.get("/v1/delta?since=20260101000000"), 503, "stale-withdrawals")
        for entity in entities:  # no address gives a name, whatever id is asked for
            for nested in ("", "?nested=true"):
                told = client.get(f"/v1/entities/{entity['id']}{nested}")
                assert "Testarossa" not in told.text, entity["id"]
                if desk.rare in json.dumps(entity) or entity["schema"] == "Article":
                    problem(told, 410, "withdrawn")


def test_after_the_next_export_everything_is_given_again(desk: Bureau) -> None:
    made = desk.api()
    with asking(made, desk.key()) as client:
        first = client.get("/v1/index").json()["version"]
        desk.acquit()
        assert client.get("/v1/files/names.txt").status_code == 503
        last = desk.export()
        made.shelf.look()
        assert client.get("/v1/index").json()["stale_withdrawals"] == 0
        names = client.get("/v1/files/names.txt")
        assert names.text == f"{OTHER}\n"
        assert names.headers["x-feed-version"] == last
        assert f'"op":"DEL","entity":{{"id":"{desk.rare}"}}' in client.get(f"/v1/delta?since={first}").text
        problem(client.get(f"/v1/entities/{desk.rare}"), 404, "no-entity")


def test_a_takedown_that_was_lifted_gives_the_person_back(desk: Bureau) -> None:
    with asking(desk.api(), desk.key()) as client:
        number = desk.store.takedowns.take_down(desk.rare.removeprefix("tw-"), "letter 17", "mira", desk.now)
        assert client.get("/v1/files/names.txt").status_code == 503
        desk.store.takedowns.lift(number, "console.mira", desk.now)
        assert client.get("/v1/files/names.txt").status_code == 200
        assert client.get(f"/v1/entities/{desk.rare}").status_code == 200


def test_a_name_that_a_human_took_away_is_not_given(desk: Bureau) -> None:
    """The machine read somebody else's name: whoever bears it is innocent."""
    correct(desk, name="Wojtek Placeholder")
    with asking(desk.api(), desk.key()) as client:
        problem(client.get(f"/v1/entities/{desk.rare}"), 410, "withdrawn")
        assert client.get("/v1/index").json()["stale_withdrawals"] == 1
        assert client.get("/v1/search", params={"q": RARE}).json()["results"] == []


def test_who_is_accused_again_in_another_way_is_not_called_convicted(store_of_accused: Bureau) -> None:
    """Of the feed of the accused: a conviction that was corrected to a charge leaves the person on the list."""
    desk = store_of_accused
    with asking(desk.api(), desk.key()) as client:
        assert client.get(f"/v1/entities/{desk.rare}").status_code == 200
        correct(desk, stage="charged")
        problem(client.get(f"/v1/entities/{desk.rare}"), 410, "withdrawn")
        assert client.get("/v1/index").json()["stale_withdrawals"] == 1
        assert client.get(f"/v1/entities/{desk.third}").status_code == 200


@pytest.fixture
def store_of_accused(sqlite_store: Store, tmp_path: Path) -> Bureau:
    return bureau(sqlite_store, tmp_path / "charged", stage=FeedStage.CHARGED)


def test_a_database_that_does_not_answer_gives_nobody(desk: Bureau, tmp_path: Path) -> None:
    key = desk.key()
    with asking(desk.api(), key) as client:
        assert client.get(f"/v1/entities/{desk.rare}").status_code == 200
        database = Path(desk.store._database.url.database or "")
        desk.store._database.close()
        hidden = database.with_suffix(".hidden")
        for path in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
            if path.exists():
                path.rename(hidden.with_name(f"{hidden.name}{path.name.removeprefix(database.name)}"))
        database.mkdir()
        try:
            for path in (
                f"/v1/entities/{desk.rare}",
                "/v1/search?q=Testarossa",
                "/v1/files/names.txt",
                "/v1/index",
            ):
                refused = client.get(path)
                problem(refused, 503, "store-unavailable")
                assert "Testarossa" not in refused.text
            assert client.get("/healthz").status_code == 200
        finally:
            database.rmdir()
            for path in hidden.parent.glob(f"{hidden.name}*"):
                path.rename(path.with_name(f"{database.name}{path.name.removeprefix(hidden.name)}"))
        assert client.get(f"/v1/entities/{desk.rare}").status_code == 200


def test_a_fault_of_ours_says_nothing_of_it(
    desk: Bureau, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    made = desk.api()
    with asking(made, desk.key()) as client:
        search = made.shelf.current().search
        monkeypatch.setattr(type(search), "find", lambda *_: {}[RARE])
        refused = client.get("/v1/search", params={"q": RARE})
        problem(refused, 500, "fault")
        ours = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]  # the asker's own
        assert "Testarossa" not in refused.text + "\n".join(ours)
        assert "kind=KeyError route=/v1/search" in caplog.text


def test_the_count_asks_whoever_changed_and_the_recount_everybody(desk: Bureau) -> None:
    made = desk.api()
    snapshot = made.shelf.current().snapshot
    assert made.withdrawals.stale(snapshot) == made.withdrawals.recount(snapshot) == 0
    desk.acquit()
    assert made.withdrawals.stale(snapshot) == 1
    assert made.withdrawals.recount(snapshot) == 1
    take_down_other = desk.other.removeprefix("tw-")
    desk.store.takedowns.take_down(take_down_other, "letter 18", "mira", desk.now)
    assert made.withdrawals.stale(snapshot) == 2


def test_an_acquittal_counts_also_when_the_feed_was_written_by_a_clock_ahead(desk: Bureau) -> None:
    snapshot = desk.api().shelf.current().snapshot
    desk.now -= dt.timedelta(days=3)
    desk.acquit()
    assert Withdrawals(desk.store, desk.clock).stale(snapshot) == 1
    plan = FeedPlan(name="convicted", directory=desk.folder, include_unreviewed=True, min_score=0.75)
    (state,) = ScheduledFeeds(desk.store, [plan], desk.clock).states()
    assert state.stale == 1
