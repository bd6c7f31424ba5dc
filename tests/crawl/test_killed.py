"""A crawl that is killed, or not alone: nothing lost, nothing twice, one request a host."""

from __future__ import annotations

import dataclasses
import itertools
import random
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from extraction.version import EXTRACTOR_VERSION
from storage.store import Store
from tests.crawl.fault_server import FaultServer, Route, feed, story
from tests.crawl.forks import Forks
from tests.crawl.newsroom import Newsroom

STORIES = 400
KILLS = 20
LETTERS = "abcdefghijklmnopqrstuvwxyz"  # no numbers: two hundred numbered addresses are a trap
IN_FLIGHT = 5  # CONCURRENT_REQUESTS of a crawler, and the page whose transaction was cut


def paths_of(database: Path, query: str) -> list[str]:
    with sqlite3.connect(database) as connection:
        return ["/" + url.split("/", 3)[3] for (url,) in connection.execute(query)]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_twenty_random_points(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """`kill -9` in every phase, then crawl again: 0 lost, 0 twice, refetched only what was in flight."""
    record_property("row", "kill -9 while crawling, 20 random points")
    stories: dict[str, Route] = {
        f"/story/{LETTERS[n // 20]}-{LETTERS[n % 20]}": dataclasses.replace(
            story(f"s{n}", relevant=n % 3 > 0), delay=0.01
        )
        for n in range(STORIES)
    }
    database = tmp_path / "tipwatch.db"
    with FaultServer(stories) as server:
        server.routes["/feed"] = feed([server.url(path) for path in stories])
        room = Newsroom(tmp_path, [server.host], timeout=60.0)  # a busy machine is no failure
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        seed = random.randrange(1_000_000)
        chance = random.Random(seed)
        in_flight: Counter[str] = Counter()
        alive = 0
        with Forks(room) as forks:
            for _ in range(KILLS):
                until = len(server.asked) + chance.randint(1, 26)
                child = forks.start()
                deadline = time.monotonic() + 120
                # Until so many requests (of robots.txt, the feed, stories), then for a random while: every
                # phase has its share, on a busy machine too.
                while len(server.asked) < until and child.alive() and time.monotonic() < deadline:
                    time.sleep(0.004)
                time.sleep(chance.uniform(0.0, 0.03))
                alive += child.alive()
                child.kill()
                cut = asked_stories(server) - finished_stories(database)
                assert len(cut) <= IN_FLIGHT, (seed, cut)
                in_flight.update(cut)
            done = forks.crawl()
        fetched = Counter(path for path in server.paths() if path.startswith("/story/"))
    finished = paths_of(database, "SELECT url FROM frontier WHERE state = 'done'")
    kept = paths_of(database, "SELECT url FROM page")
    again = sum(times - 1 for times in fetched.values())
    record_property(
        "figure",
        f"{alive} kills of a running crawl of {STORIES} URLs: {STORIES - len(set(finished))} lost, "
        f"{len(kept) - len(set(kept))} rows twice, {again} fetched again of {in_flight.total()} in flight",
    )
    assert alive == KILLS, (seed, "the crawl was over before the last kill")
    assert sorted(finished) == sorted(stories), (seed, "lost")
    assert sorted(kept) == sorted(path for n, path in enumerate(stories) if n % 3 > 0), (seed, "kept")
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("SELECT sum(n) FROM coverage_day WHERE measure = 'fetched'").fetchone() == (
            STORIES,
        )
    assert all(times - 1 <= in_flight[path] for path, times in fetched.items()), (seed, again)
    assert done["in_one"]["outcome"] == "done"


def asked_stories(server: FaultServer) -> set[str]:
    """Stories that somebody has asked for."""
    return {path for path in server.paths() if path.startswith("/story/")}


def finished_stories(database: Path) -> set[str]:
    """Stories whose end is committed; none before there is a database."""
    try:
        return set(paths_of(database, "SELECT url FROM frontier WHERE state = 'done'"))
    except sqlite3.OperationalError:  # killed before the tables were made
        return set()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_two_crawls_at_once(
    tmp_path: Path, database_url: str, record_property: Callable[[str, object], None]
) -> None:
    """Two processes, two sources, one host: one request at a time, the delay kept, no URL fetched twice."""
    record_property("row", "two crawls at once")
    stories = {f"/story/court-{n}": story(f"s{n}") for n in range(30)}
    with FaultServer(stories) as server:
        room = Newsroom(tmp_path, [server.host], delay=0.05)
        room.settings["TIPWATCH_DATABASE_URL"] = database_url
        paths = list(stories)
        for name, part in (("one", paths[:20]), ("two", paths[10:])):
            server.routes[f"/{name}.rss"] = feed([server.url(path) for path in part])
            room.add(name, [f'{{feed: "{server.url(f"/{name}.rss")}"}}'], homepage=server.url("/"))
        children = [room.start(result=f"{number}.json") for number in (1, 2)]
        assert [child.wait(180) for child in children] == [0, 0], room.log("1.json") + room.log("2.json")
        fetched = Counter(path for path in server.paths() if path.startswith("/story/"))
        asked = sorted(server.asked, key=lambda one: one.began)
    # From one request's coming to the next one's: between them lies the answer to the first and the whole delay,
    # however late this server's threads look at the clock.
    gaps = [later.began - earlier.began for earlier, later in itertools.pairwise(asked)]
    record_property(
        "figure",
        f"{len(asked)} requests of two processes: {server.most_in_flight} in flight at most, least pause "
        f"{min(gaps):.3f} s (delay 0.05 s), {fetched.total() - len(fetched)} URLs twice",
    )
    assert fetched == Counter(paths)
    assert server.most_in_flight == 1
    assert min(gaps) >= 0.05, min(gaps)
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
