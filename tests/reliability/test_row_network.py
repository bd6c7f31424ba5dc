"""Hostile addresses, documents and servers: nothing inside is reached, nothing lasts, others are unhurt.

Refuses stubs: real crawls in child processes, on loopback servers; the child's own audit says to whom.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from config.source import Feed, Sitemap
from crawlers.discovery.entries import Unreadable
from tests.crawl.fault_server import Answer, FaultServer, feed, story
from tests.crawl.newsroom import Newsroom
from tests.crawl.test_crawl import PRIVATE_FORMS, raw
from tests.crawl.test_discovery import FEED, HOSTILE, SHELLS, SITEMAP, read
from tests.reliability.dripping import PATHS, PAUSE, Dripping
from tests.reliability.witness import connections, of_connections

Record = Callable[[str, object], None]

PRIVATE_ANSWERS = (
    "127.0.0.1", "127.255.255.254", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
    "0.0.0.0", "198.18.0.1", "192.0.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1",
    "fd12::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2001:db8::1",
)  # fmt: skip
"""What a name may be made to point to."""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_no_connection_to_a_private_address(tmp_path: Path, record_property: Record) -> None:
    row = "SSRF by link, redirect, DNS: 20 private forms (v4, v6, mapped, decimal, link-local)"
    record_property("row", "SSRF by link, redirect, DNS: 20 private forms (v4, v6, mapped, decimal, link-local)")
    names = {f"inside-{n}.example": [answer] for n, answer in enumerate(PRIVATE_ANSWERS)}
    names["both.example"] = ["93.184.216.34", "127.0.0.1"]  # one closed address closes the name
    with FaultServer() as server, FaultServer(fallback=story("private")) as canary:
        links = [f"http://{form}:{canary.port}/{n}" for n, form in enumerate(PRIVATE_FORMS)]
        links += [f"http://{name}:{canary.port}/{n}" for n, name in enumerate(names)]
        hops = {f"/hop/{n}": Answer(status=302, headers={"Location": raw(link)}) for n, link in enumerate(links)}
        server.routes = {"/feed": feed(links + [server.url(path) for path in hops]), **hops}
        opened = Newsroom(tmp_path / "opened", [server.host])
        opened.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        opened.prelude = of_connections(tmp_path / "opened.txt", names)
        done = opened.crawl(seconds=900)
        asked = [path for path in server.paths() if path.startswith("/hop/")]
        server.forget()
        closed = Newsroom(tmp_path / "closed", [])  # the same loopback, without the setting that opens it
        closed.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        closed.prelude = of_connections(tmp_path / "closed.txt", names)
        shut = closed.crawl(seconds=900)
        reached = connections(tmp_path / "opened.txt") - {server.host}
        record_property(
            "figure",
            f"{len(PRIVATE_FORMS)} forms and {len(names)} names, each by link and by redirect: "
            f"{len(reached) + len(canary.asked)} connections; without the setting "
            f"{len(connections(tmp_path / 'closed.txt'))} to our own loopback",
        )
        assert reached == set(), row
        assert canary.asked == []
        assert server.asked == []
    assert connections(tmp_path / "opened.txt") == {server.host}, "the audit hears what is allowed"
    assert connections(tmp_path / "closed.txt") == set()
    assert sorted(asked) == sorted(hops)
    assert done["in_one"]["counts"].get("kept", 0) == 0
    assert shut["in_one"]["polls_failed"] == {"private_address": 1}


OPML = (
    '<opml version="2.0"><head><title>{0}</title></head><body><outline xmlUrl="http://x.example/"/></body></opml>'
)


class Audit:
    """What this process opened and connected to while `listening`; a hook of Python's cannot be taken off."""

    def __init__(self) -> None:
        self.listening = False
        self.heard: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.listening and event in {"open", "socket.connect", "socket.getaddrinfo", "urllib.Request"}:
            self.heard.append(f"{event} {arguments[0]}")


@pytest.fixture(scope="module")
def audit() -> Audit:
    return Audit()


def test_hostile_xml_reads_no_file_and_asks_nobody(audit: Audit, record_property: Record) -> None:
    """OPML is read nowhere; offered as a feed or a sitemap it is refused like anything else."""
    record_property("row", "XXE, billion laughs in sitemap, RSS, Atom, OPML")
    slowest, tried = 0.0, 0
    for shell in (*SHELLS.values(), OPML):
        for attack in HOSTILE.values():
            for encoding in ("utf-8", "utf-16", "utf-32", "cp037", "utf-7"):
                text = f'<?xml version="1.0" encoding="{encoding}"?>{attack}{shell.format("&l11;" * 3 + "&l0;")}'
                body = text.encode(encoding)
                for discovery in (FEED, SITEMAP):
                    began = time.perf_counter()
                    audit.listening = True
                    try:
                        refused(body, discovery)
                    finally:
                        audit.listening = False
                    slowest = max(slowest, time.perf_counter() - began)
                    tried += 1
    record_property(
        "figure", f"{tried} documents refused, {len(audit.heard)} files or requests, {slowest:.3f} s at most"
    )
    assert audit.heard == []
    assert slowest < 1.0


def refused(body: bytes, discovery: Feed | Sitemap) -> None:
    with pytest.raises(Unreadable):
        read(body, discovery)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_slow_drip_is_cut(tmp_path: Path, record_property: Record) -> None:
    record_property("row", "slow drip")
    limit = 2.0
    with FaultServer() as server, Dripping() as drip:
        drips = [f"http://{drip.host}{path}" for path in PATHS]
        server.routes = {"/feed": feed([*drips, server.url("/fine")]), "/fine": story("fine")}
        room = Newsroom(tmp_path, [server.host, drip.host], timeout=limit)
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        room.add("two", [f'{{feed: "http://{drip.host}/sized"}}'], homepage=f"http://{drip.host}/")
        done = room.crawl(seconds=900)
        deadline = time.monotonic() + 10  # the server learns of it with its next byte
        while len(drip.lasted) < len(PATHS) and time.monotonic() < deadline:
            time.sleep(PAUSE)
    record_property(
        "figure",
        f"total time-out {limit:g} s: {len(drip.lasted)} drips cut, "
        f"after {max(drip.lasted.values()):.1f} s at most",
    )
    assert set(drip.lasted) == set(PATHS)
    assert max(drip.lasted.values()) < limit + 2.0, drip.lasted
    assert done["in_one"]["failed"] == {"timeout": len(PATHS)}
    assert done["in_two"]["polls_failed"] == {"timeout": 1}
    assert done["in_one"]["counts"]["kept"] == 1


WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel")


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_traps_are_left_and_others_unhurt(tmp_path: Path, record_property: Record) -> None:
    """A calendar of 100,000 days behind "next month", and a listing whose links carry a new session id each."""
    record_property("row", "calendar trap, session ids")
    issued = 0

    def calendar(path: str, _: dict[str, str]) -> Answer:
        if not path.startswith("/court"):
            return story("day", relevant=False)
        month = int(path.partition("=")[2] or 0)
        days = "".join(
            f'<li class=t><a href="/calendar/{1900 + month // 12}/{month % 12 + 1:02d}/{day:02d}">x</a></li>'
            for day in range(1, 29)
        )
        return Answer(f'<ul>{days}</ul><a class=n href="/court?month={month + 1}">next</a>'.encode())

    def sessions(path: str, _: dict[str, str]) -> Answer:
        nonlocal issued
        if not path.startswith("/front"):
            return story("same", relevant=False)
        links = ""
        for _ in range(600):
            issued += 1
            links += f'<li class=t><a href="/story;jsessionid={issued:032x}">x</a></li>'
            links += f'<li class=t><a href="/story?sid={issued:032x}">x</a></li>'
        return Answer(f"<ul>{links}</ul>".encode())

    listed = 'item: "li.t", next_page: "a.n::attr(href)", max_pages: 20'
    with FaultServer(fallback=calendar) as days, FaultServer(fallback=sessions) as ids, FaultServer() as calm:
        robots = Answer(status=404)
        days.routes["/robots.txt"] = ids.routes["/robots.txt"] = robots
        calm.routes = {f"/{one}-{other}": story(one) for one in WORDS for other in WORDS}
        calm.routes["/feed"] = feed([calm.url(path) for path in calm.routes])
        room = Newsroom(tmp_path, [days.host, ids.host, calm.host])
        room.add("days", [f'{{listing: "{days.url("/court")}", {listed}}}'], homepage=days.url("/"))
        room.add("ids", [f'{{listing: "{ids.url("/front")}", item: "li.t"}}'], homepage=ids.url("/"))
        room.add("calm", [f'{{feed: "{calm.url("/feed")}"}}'], homepage=calm.url("/"))
        done = room.crawl(seconds=900)
        trapped = {
            "days of a calendar": [path for path in days.paths() if path.startswith("/calendar")],
            "session ids in the path": [path for path in ids.paths() if path.startswith("/story;")],
            "session ids in the query": [path for path in ids.paths() if path.startswith("/story?")],
        }
    kept = done["in_calm"]["counts"]["kept"]
    fetched = ", ".join(f"{name} {len(paths)}" for name, paths in trapped.items())
    record_property(
        "figure", f"URLs fetched in a run: {fetched}; {kept} of {len(WORDS) ** 2} stories of another host kept"
    )
    assert max(map(len, trapped.values())) <= 200, fetched
    assert kept == len(WORDS) ** 2
    assert done["in_calm"]["outcome"] == "done"
