"""Crawls over a clock that jumps, and over fifty sites of which one breaks its layout.

Refuses stubs: the real crawl in child processes, killed for real; only the wall clock is one that can be set.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.crawl.fault_server import Answer, FaultServer, feed, story
from tests.crawl.forks import Forks
from tests.crawl.newsroom import Newsroom
from tests.reliability.witness import of_clock, set_clock

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

Record = Callable[[str, object], None]

DAY = 24 * 3600
DELAY = 0.1
LETTERS = "abcdefghij"
CLOCKS = (0, DAY, -DAY, 0, 3 * DAY, 0)
"""Seconds by which the wall clock is off, of one process after the other; set in the middle of each crawl."""


def test_a_clock_that_jumps_bursts_nothing_and_sticks_no_lease(tmp_path: Path, record_property: Record) -> None:
    """The clock jumps while a crawl runs, which is then killed with its leases; the next begins so."""
    record_property("row", "clock jumps a day")
    stories = {f"/story/{one}-{other}": story(one + other) for one in LETTERS for other in LETTERS}
    with FaultServer(stories) as server:
        server.routes["/feed"] = feed([server.url(path) for path in stories])
        room = Newsroom(tmp_path, [server.host], delay=DELAY, timeout=60.0)
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        jump = tmp_path / "jump.txt"
        room.prelude = of_clock(jump)
        with Forks(room) as forks:
            for clock in CLOCKS:
                until = len(server.asked) + 8
                child = forks.start()
                wait_for(server, until - 4)
                set_clock(jump, clock)
                wait_for(server, until)
                child.kill()
            done = forks.crawl()
        asked = sorted(server.asked, key=lambda one: one.began)
        fetched = Counter(path for path in server.paths() if path.startswith("/story/"))
    gaps = [later.began - earlier.began for earlier, later in itertools.pairwise(asked)]
    with sqlite3.connect(tmp_path / "tipwatch.db") as connection:
        states = dict(connection.execute("SELECT state, count(*) FROM frontier GROUP BY state").fetchall())
    record_property(
        "figure",
        f"{len(CLOCKS)} jumps of -3 to +3 days in running crawls, each killed: least pause {min(gaps):.3f} s "
        f"(delay {DELAY} s), {states.get('leased', 0)} leases stuck, "
        f"{states.get('done', 0)} of {len(stories)} URLs done",
    )
    assert states == {"done": len(stories)}
    assert set(fetched) == set(stories)
    assert min(gaps) >= DELAY, min(gaps)
    assert done["in_one"]["outcome"] == "done"


def wait_for(server: FaultServer, requests: int) -> None:
    """Until so many requests came."""
    deadline = time.monotonic() + 300
    while len(server.asked) < requests:
        assert time.monotonic() < deadline, "the crawl asks for nothing: a lease or a host is stuck"
        time.sleep(0.01)


SITES = 50
TEASER = '<li class=teaser><a href="/{0}">{0}</a></li>'
BROKEN = {  # what the new layout is, and what its listing then says
    "other classes": '<div class=card><a href="/one">one</a></div>',
    "links moved out of the teasers": '<li class=teaser onclick="go()">one</li><a href="/one">one</a>',
    "a page of scripts": '<div id=root></div><script src="/app.js"></script>',
}


def listing(body: str) -> Answer:
    return Answer(f"<html><body><main>{body}</main></body></html>".encode())


def test_the_alarm_names_the_one_site_of_fifty(tmp_path: Path, record_property: Record) -> None:
    """By the commands alone: `crawl` says which source failed and ends with 1, `status` says it again."""
    record_property("row", "one of 50 sites breaks its layout")
    chance = random.Random(8)
    with contextlib.ExitStack() as stack:
        servers = [stack.enter_context(FaultServer()) for _ in range(SITES)]
        room = Newsroom(tmp_path, [server.host for server in servers], timeout=60.0)
        ids = []
        for n, server in enumerate(servers):
            server.routes = {"/court": listing(TEASER.format("one") + TEASER.format("two"))}
            server.routes |= {"/one": story("one", relevant=False), "/two": story("two", relevant=False)}
            discover = f'{{listing: "{server.url("/court")}", item: "li.teaser"}}'
            ids.append(room.add(f"site{n:02d}", [discover], homepage=server.url("/")))
        assert alarmed(room) == []
        named = []
        for layout in BROKEN.values():
            broken = chance.randrange(SITES)
            before = servers[broken].routes["/court"]
            servers[broken].routes["/court"] = listing(layout)
            named.append((alarmed(room), [ids[broken]]))
            servers[broken].routes["/court"] = before
    right = sum(said == meant for said, meant in named)
    record_property(
        "figure",
        f"{right} of {len(BROKEN)} broken layouts named in the run that met them, each alone among {SITES} sites",
    )
    assert [said for said, _ in named] == [meant for _, meant in named]


def alarmed(room: Newsroom) -> list[str]:
    """Crawl every site; whom the crawl's table calls failed, which is whom the status names."""
    crawled = tipwatch(room, "crawl")
    lines = [line.split() for line in crawled.stdout.splitlines()]
    failed = [words[0] for words in lines if words[1:2] == ["failed"] and words[0].startswith("in_")]
    looked = tipwatch(room, "status", "--format", "json")
    assert json.loads(looked.stdout)["failed_last_time"] == failed, crawled.stdout
    assert crawled.returncode == (1 if failed else 0), crawled.stdout + crawled.stderr
    return failed


def tipwatch(room: Newsroom, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The real command."""
    return subprocess.run(
        [sys.executable, "-m", "tipwatch", *arguments],
        cwd=room.folder, env=room.environment, capture_output=True, text=True, timeout=900, check=False,
    )  # fmt: skip
