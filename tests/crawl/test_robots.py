"""robots.txt in every way that RFC 9309 knows, on loopback servers: what is asked for, and what never is."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from crawlers.robots import PARSED_BYTES
from tests.crawl.fault_server import Answer, FaultServer, Route, feed, story
from tests.crawl.newsroom import Newsroom

pytestmark = pytest.mark.slow  # real crawls in real processes; left out of `make check`

CLOSED = b"User-agent: *\nDisallow: /\n"
PRIVATE = b"User-agent: *\nDisallow: /private\n"
PADDING = b"# padding\n" * (PARSED_BYTES // 10 - 20)


def chain(server: FaultServer, hops: int, last: bytes) -> None:
    """/robots.txt leads over `hops` redirects to `last`."""
    names = ["/robots.txt", *(f"/r{n}" for n in range(1, hops)), "/end"]
    for here, there in itertools.pairwise(names):
        server.routes[here] = Answer(status=301, headers={"Location": there})
    server.routes["/end"] = Answer(last, content_type="text/plain")


def text(body: bytes, status: int = 200) -> Answer:
    return Answer(body, status=status, content_type="text/plain")


# name: (robots.txt, may /feed be asked for, may /private be, the poll's failure)
CASES: dict[str, tuple[Route | Callable[[FaultServer], None], bool, bool, str | None]] = {
    "absent": (text(b"not found", 404), True, True, None),
    "forbidden": (text(CLOSED, 403), True, True, None),
    "closed": (text(CLOSED), False, False, "robots_disallowed"),
    "partly": (text(PRIVATE), True, False, None),
    "named": (
        text(b"User-agent: *\nDisallow: /\n\nUser-agent: tipwatch\nDisallow: /private\n"),
        True,
        False,
        None,
    ),
    "error": (text(b"", 500), False, False, "robots_unreachable"),
    "unavailable": (text(PRIVATE, 503), False, False, "robots_unreachable"),
    "silent": (Answer(CLOSED, delay=20.0), False, False, "robots_unreachable"),
    "long_early": (text(PRIVATE + PADDING * 2), True, False, None),
    "long_late": (text(PADDING + b"\n" * 400 + PRIVATE), True, True, None),
    "five_redirects": (lambda server: chain(server, 5, PRIVATE), True, False, None),
    "six_redirects": (lambda server: chain(server, 6, CLOSED), True, True, None),
    "empty": (text(b""), True, True, None),
    "html": (Answer(b"<html><body>Welcome</body></html>"), True, True, None),
    "bom": (text(b"\xef\xbb\xbf" + PRIVATE), True, False, None),
    "utf16": (text(b"\xff\xfe\x00junk\x00\xff"), True, True, None),
}


@pytest.mark.timeout(1800)
def test_every_answer(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    record_property("row", "robots.txt 4xx, 5xx, time-out, redirects, 600 kB")
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(FaultServer()) for name in CASES}
        room = Newsroom(tmp_path, [server.host for server in servers.values()], timeout=6.0)
        for name, (robots, *_) in CASES.items():
            server = servers[name]
            server.routes = {
                "/feed": feed([server.url("/open"), server.url("/private")]),
                "/open": story("open"),
                "/private": story("private"),
            }
            if isinstance(robots, Answer):
                server.routes["/robots.txt"] = robots
            else:
                robots(server)  # type: ignore[call-arg,arg-type]
            room.add(name, [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        done = room.crawl(seconds=900)
        seen = {name: set(server.paths()) & {"/feed", "/open", "/private"} for name, server in servers.items()}
    expected = {
        name: ({"/feed", "/open"} if may_feed else set()) | ({"/private"} if may_private else set())
        for name, (_, may_feed, may_private, _) in CASES.items()
    }
    right = sum(seen[name] == asked for name, asked in expected.items())
    record_property("figure", f"{right} of {len(CASES)} answers as RFC 9309 has it (8 asked for)")
    assert seen == expected
    failures = {name.removeprefix("in_"): one["polls_failed"] for name, one in done.items()}
    assert failures == {name: {} if fault is None else {fault: 1} for name, (*_, fault) in CASES.items()}
    refused = {name.removeprefix("in_"): one["failed"] for name, one in done.items() if one["failed"]}
    partly = [name for name, (_, may_feed, may_private, _) in CASES.items() if may_feed and not may_private]
    assert refused == {key: {"robots_disallowed": 1} for key in partly}


def test_redirect_to_another_host_and_to_a_private_one(tmp_path: Path) -> None:
    with FaultServer() as one, FaultServer() as other, FaultServer() as canary:
        for server, target in ((one, other), (other, canary)):
            server.routes = {
                "/robots.txt": Answer(status=302, headers={"Location": target.url("/rules")}),
                "/feed": feed([server.url("/private")]),
                "/private": story("private"),
            }
        other.routes["/rules"] = text(PRIVATE)
        canary.routes["/rules"] = text(b"")
        room = Newsroom(tmp_path, [one.host, other.host])  # the canary's address is not opened
        for name, server in (("one", one), ("other", other)):
            room.add(name, [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        done = room.crawl()
        assert set(one.paths()) == {"/feed"}, "another host's rules count for the host that points to them"
        assert set(other.paths()) == {"/rules"}
        assert canary.asked == []
        assert done["in_other"]["polls_failed"] == {"robots_unreachable": 1}


def test_redirects_of_articles_ask_each_host(tmp_path: Path) -> None:
    with FaultServer() as one, FaultServer() as other:
        one.routes = {"/feed": feed([one.url("/moved")])}
        one.routes["/moved"] = Answer(status=302, headers={"Location": other.url("/private")})
        other.routes = {"/robots.txt": text(PRIVATE), "/private": story("private")}
        room = Newsroom(tmp_path, [one.host, other.host])
        room.add("one", [f'{{feed: "{one.url("/feed")}"}}'], homepage=one.url("/"))
        done = room.crawl()
        assert other.paths(robots=True) == ["/robots.txt"]
        assert done["in_one"]["failed"] == {"robots_disallowed": 1}


def test_crawl_delay_is_a_lower_bound(tmp_path: Path) -> None:
    with FaultServer() as server:
        server.routes = {
            "/robots.txt": text(b"User-agent: *\nCrawl-delay: 0.6\n"),
            "/feed": feed([server.url("/1"), server.url("/2")]),
            "/1": story("1"),
            "/2": story("2"),
        }
        room = Newsroom(tmp_path, [server.host], delay=0.1)
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        room.crawl()
        asked = [one for one in server.asked if one.path != "/robots.txt"]
        assert len(asked) == 3
        assert all(b.began - a.ended >= 0.55 for a, b in itertools.pairwise(asked))
