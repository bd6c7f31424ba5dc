"""An organisation that was taken down: the API does not give it a moment later, and the next delta deletes it.

Refuses real names: every person and organisation here is invented.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")

from config.feeds import FeedPlan, FeedStageName
from storage.organisations import organisation_id
from storage.records.feed import FeedStage
from storage.store import Store
from tests.feed.api_samples import Bureau, asking, problem
from tests.feed.test_feed_job import files_with
from tests.storage.test_organisation_takedowns import GUILD, OTHER, tell_of
from tipwatch.jobs.schedule import Haste
from tipwatch.jobs.scheduled_feeds import ScheduledFeeds

ID, OTHERS = f"tw-{organisation_id(GUILD, 'in')}", f"tw-{organisation_id(OTHER, 'in')}"


def desk_of(store: Store, folder: Path) -> Bureau:
    """A bureau with one person, sentenced, whose story accuses two organisations; its feed is written."""
    tell_of(store, (GUILD, OTHER))
    made = Bureau(store=store, folder=folder)
    made.export(stage=FeedStage.CHARGED)
    return made


def take_down(desk: Bureau) -> int:
    return desk.store.takedowns.take_down(ID.removeprefix("tw-"), "letter 17", "mira", desk.now)


def test_the_next_delta_deletes_it_and_no_file_names_it(store: Store, tmp_path: Path) -> None:
    desk = desk_of(store, tmp_path / "feed")
    assert "names.txt" in files_with(desk.folder, GUILD)
    take_down(desk)
    desk.export(stage=FeedStage.CHARGED)
    lines = (desk.folder / "entities.delta.json").read_text(encoding="utf-8").splitlines()
    told = {one["entity"]["id"]: one["op"] for one in map(json.loads, lines)}
    assert told[ID] == "DEL"
    assert OTHERS not in told
    assert files_with(desk.folder, "Testarossa Seafarers") == []
    assert "names.txt" in files_with(desk.folder, OTHER)


def test_the_api_answers_410_at_once_and_gives_it_again_once_it_is_lifted(
    sqlite_store: Store, tmp_path: Path
) -> None:
    desk = desk_of(sqlite_store, tmp_path / "feed")
    with asking(desk.api(), desk.key()) as client:
        assert client.get(f"/v1/entities/{ID}").status_code == 200
        assert client.get("/v1/index").json()["stale_withdrawals"] == 0
        number = take_down(desk)
        problem(client.get(f"/v1/entities/{ID}"), 410, "withdrawn")
        problem(client.get(f"/v1/entities/{ID}?nested=true"), 410, "withdrawn")
        assert client.get(f"/v1/entities/{OTHERS}").status_code == 200
        assert client.get("/v1/index").json()["stale_withdrawals"] == 1
        asked = {"q": GUILD, "schema": "Organization"}
        assert ID not in {one["id"] for one in client.get("/v1/search", params=asked).json()["results"]}
        problem(client.get("/v1/files/names.txt"), 503, "stale-withdrawals")
        desk.store.takedowns.lift(number, "console.mira", desk.now)
        assert client.get(f"/v1/entities/{ID}").status_code == 200
        assert client.get("/v1/files/names.txt").status_code == 200


def test_the_scheduler_writes_the_feed_as_after_any_withdrawal(sqlite_store: Store, tmp_path: Path) -> None:
    desk = desk_of(sqlite_store, tmp_path / "feed")
    plan = FeedPlan(
        name="charged", directory=desk.folder, stage=FeedStageName.CHARGED, include_unreviewed=True, min_score=0.75
    )
    feeds = ScheduledFeeds(desk.store, [plan], desk.clock)
    assert feeds.states()[0].haste is Haste.NONE
    desk.now += dt.timedelta(minutes=5)
    take_down(desk)
    (state,) = feeds.states()
    assert (state.stale, state.haste) == (1, Haste.WITHDRAWN)
