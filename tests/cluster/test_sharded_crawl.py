"""A crawl in shards: as complete and polite as one process, also when a worker is killed in the middle."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

import pytest

from extraction.version import EXTRACTOR_VERSION
from storage.store import Store
from tests.cluster.processes import cells, command, kill_one, seats
from tests.crawl.fault_server import FaultServer, feed, story
from tests.crawl.newsroom import Newsroom

STORIES = 40


def two_sites(tmp_path: Path, one: FaultServer, two: FaultServer) -> tuple[Newsroom, list[str]]:
    """Two sources on each of two domains (127.0.0.1 and localhost), the two of a domain on one host."""
    bases = [f"http://127.0.0.1:{one.port}", f"http://localhost:{two.port}"]
    room = Newsroom(tmp_path, [base.removeprefix("http://") for base in bases], delay=0.02)
    urls: list[str] = []
    for number, (base, server) in enumerate(zip(bases, (one, two), strict=True)):
        for part in "ab":
            paths = [f"/story/court-{part}-{n}" for n in range(STORIES)]
            server.routes.update(
                {path: story(f"{number}{path}", relevant=n % 2 == 0) for n, path in enumerate(paths)}
            )
            server.routes[f"/{part}.rss"] = feed([base + path for path in paths])
            room.add(f"site{number}{part}", [f'{{feed: "{base}/{part}.rss"}}'], homepage=f"{base}/")
            urls.extend(base + path for path in paths)
    return room, urls


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["local", "ray"])
def test_a_shard_whose_worker_is_killed_is_taken_over(tmp_path: Path, kind: str, database_url: str) -> None:
    """`kill -9` of a worker in the middle: 0 URLs lost, 0 kept twice, per host one request at a time."""
    if kind == "ray" and find_spec("ray") is None:
        pytest.skip("the extra cluster is not installed")
    with FaultServer() as one, FaultServer() as two:
        room, urls = two_sites(tmp_path, one, two)
        room.settings["TIPWATCH_DATABASE_URL"] = database_url
        crawl = command(
            "crawl", "--executor", kind, "--workers", "2", env=room.environment, folder=tmp_path, log="crawl.log"
        )
        deadline = time.monotonic() + 400
        while (
            len(one.paths()) + len(two.paths()) < STORIES and crawl.poll() is None and time.monotonic() < deadline
        ):
            time.sleep(0.02)
        chance = random.Random(8)
        victim = kill_one(crawl.pid, seats if kind == "ray" else cells, chance.choice)
        try:
            ended = crawl.wait(400)
        finally:
            crawl.kill()
        said = (tmp_path / "crawl.log").read_text()
        assert victim is not None, said
        assert ended == 0, said
        # What the killed one held on another machine would wait for its lease; here a second look is enough.
        again = command("crawl", env=room.environment, folder=tmp_path, log="again.log")
        assert again.wait(400) == 0, (tmp_path / "again.log").read_text()
        fetched = Counter(
            base + path
            for base, server in ((f"http://127.0.0.1:{one.port}", one), (f"http://localhost:{two.port}", two))
            for path in server.paths()
            if path.startswith("/story/")
        )
        assert (one.most_in_flight, two.most_in_flight) == (1, 1)
    with Store.open(database_url, tmp_path / "data" / "archive") as store:
        states = Counter[str]()
        for source in ("in_site0a", "in_site0b", "in_site1a", "in_site1b"):
            states.update(store.frontier.states(source))
        assert states == {"done": len(urls)}
        assert store.runs.claims(dt.datetime.now(dt.UTC)) == {}
        kept = store.pages.unextracted(EXTRACTOR_VERSION, 1000)
    assert len(kept) == len({page.final_url for page in kept}) == len(urls) // 2
    assert set(fetched) == set(urls)
    assert sum(fetched.values()) - len(urls) <= 8  # what two sources had in flight
    assert not list((tmp_path / "data" / "archive").glob(".crawl-*"))
