"""A crawl that is killed, or not alone: nothing lost, nothing twice, one request a host."""

from __future__ import annotations

import itertools
import random
import signal
import sqlite3
import time
from collections import Counter
from pathlib import Path

import pytest

from extraction.version import EXTRACTOR_VERSION
from storage.store import Store
from tests.crawl.fault_server import FaultServer, feed, story
from tests.crawl.newsroom import Newsroom

STORIES = 190
KILLS = 10
IN_FLIGHT = 5  # CONCURRENT_REQUESTS of a crawler, and the page whose transaction was cut


def paths_of(database: Path, query: str) -> list[str]:
    with sqlite3.connect(database) as connection:
        return ["/" + url.split("/", 3)[3] for (url,) in connection.execute(query)]


@pytest.mark.slow
def test_killed_at_ten_random_points(tmp_path: Path) -> None:
    """`kill -9` in every phase, then crawl again: 0 lost, 0 twice, refetched only what was in flight."""
    stories = {
        f"/story/{word}-{n}": story(f"s{n}", relevant=n % 3 > 0) for n in range(STORIES) for word in ("court",)
    }
    with FaultServer(stories) as server:
        server.routes["/feed"] = feed([server.url(path) for path in stories])
        room = Newsroom(tmp_path, [server.host])
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        seed = random.randrange(1_000_000)
        chance = random.Random(seed)
        for _ in range(KILLS):
            before = len(server.asked)
            child = room.start()
            deadline = time.monotonic() + 30
            # Wait until it asks for something (or ends), then for a random while: every phase gets its share.
            while len(server.asked) == before and child.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(chance.uniform(0.0, 0.12))
            child.send_signal(signal.SIGKILL)
            child.wait(10)
        done = room.crawl()
        fetched = Counter(path for path in server.paths() if path.startswith("/story/"))
    database = tmp_path / "tipwatch.db"
    finished = paths_of(database, "SELECT url FROM frontier WHERE state = 'done'")
    kept = paths_of(database, "SELECT url FROM page")
    assert sorted(finished) == sorted(stories), (seed, "lost")
    assert sorted(kept) == sorted(path for n, path in enumerate(stories) if n % 3 > 0), (seed, "kept")
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT sum(n) FROM coverage_day WHERE measure = 'fetched'").fetchone() == (
            STORIES,
        )
    again = sum(times - 1 for times in fetched.values())
    assert again <= KILLS * IN_FLIGHT, (seed, again)
    assert done["in_one"]["outcome"] == "done"


def test_two_crawls_at_once(tmp_path: Path, database_url: str) -> None:
    """Two processes, three sources, one host: one request at a time, the delay kept, no URL fetched twice."""
    stories = {f"/story/court-{n}": story(f"s{n}") for n in range(30)}
    with FaultServer(stories) as server:
        room = Newsroom(tmp_path, [server.host], delay=0.05)
        room.settings["TIPWATCH_DATABASE_URL"] = database_url
        paths = list(stories)
        for name, part in (("one", paths[:20]), ("two", paths[10:])):
            server.routes[f"/{name}.rss"] = feed([server.url(path) for path in part])
            room.add(name, [f'{{feed: "{server.url(f"/{name}.rss")}"}}'], homepage=server.url("/"))
        children = [room.start(result=f"{number}.json") for number in (1, 2)]
        assert [child.wait(60) for child in children] == [0, 0], room.log("1.json") + room.log("2.json")
        fetched = Counter(path for path in server.paths() if path.startswith("/story/"))
        asked = sorted(server.asked, key=lambda one: one.began)
    assert fetched == Counter(paths)
    assert server.most_in_flight == 1
    gaps = [later.began - earlier.ended for earlier, later in itertools.pairwise(asked)]
    # "ended" is when the server's thread came to say so, late on a busy machine: hence the margin.
    assert min(gaps) >= 0.03, min(gaps)
    with Store.open(database_url, tmp_path / "data" / "archive") as store:
        assert len(store.pages.unextracted(EXTRACTOR_VERSION, 100)) == 30
        assert (
            store.frontier.states("in_one").get("done", 0) + store.frontier.states("in_two").get("done", 0) == 30
        )


def test_interrupted_in_good_order(tmp_path: Path) -> None:
    """SIGINT: the run is closed as interrupted, leases are given back, and the rest is fetched next time."""
    stories = {f"/story/court-{n}": story(f"s{n}") for n in range(40)}
    with FaultServer(stories) as server:
        server.routes["/feed"] = feed([server.url(path) for path in stories])
        room = Newsroom(tmp_path, [server.host], delay=0.1)
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        child = room.start()
        deadline = time.monotonic() + 30
        while len(server.asked) < 6 and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGINT)
        assert child.wait(20) == 0, room.log()
        with sqlite3.connect(tmp_path / "tipwatch.db") as connection:
            assert connection.execute("SELECT outcome FROM crawl_run").fetchall() == [("interrupted",)]
            states = dict(connection.execute("SELECT state, count(*) FROM frontier GROUP BY state").fetchall())
        assert set(states) == {"pending", "done"}
        room.delay = 0.0
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        room.crawl()
        assert Counter(path for path in server.paths() if path.startswith("/story/")) == Counter(list(stories))
