"""Whole crawls of loopback outlets in a child process: what is found, kept, refused and counted."""

from __future__ import annotations

import datetime as dt
import gzip
import itertools
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from extraction.version import EXTRACTOR_VERSION
from storage.store import Store
from tests.crawl.fault_server import Answer, FaultServer, feed, rss, story
from tests.crawl.newsroom import Newsroom

pytestmark = pytest.mark.slow  # real crawls in real processes; left out of `make check`


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


@pytest.fixture
def room(tmp_path: Path, server: FaultServer) -> Newsroom:
    return Newsroom(tmp_path, [server.host])


def rows(room: Newsroom, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(room.folder / "tipwatch.db") as connection:
        return connection.execute(query).fetchall()


def outcomes(room: Newsroom) -> dict[str, str]:
    """Path -> outcome or failure."""
    found = rows(room, "SELECT url, coalesce(outcome, failure, state) FROM frontier")
    return {"/" + url.split("/", 3)[3]: how for url, how in found}


def test_feed_sitemap_and_listing(room: Newsroom, server: FaultServer) -> None:
    today = dt.datetime.now(dt.UTC).date().isoformat()
    server.routes = {
        "/feed": feed([server.url("/f/one"), server.url("/f/two?utm_source=rss")]),
        "/index.xml": Answer(
            f"<sitemapindex><sitemap><loc>{server.url('/news.xml.gz')}</loc></sitemap></sitemapindex>".encode()
        ),
        "/news.xml.gz": Answer(
            gzip.compress(
                f"<urlset><url><loc>{server.url('/s/new')}</loc><lastmod>{today}</lastmod></url>"
                f"<url><loc>{server.url('/s/old')}</loc><lastmod>2020-01-01</lastmod></url></urlset>".encode()
            ),
            content_type="application/gzip",
        ),
        "/court": Answer(b'<li class=t><a href="/l/one">One</a></li><a class=n href="/court?p=2">next</a>'),
        "/court?p=2": Answer(b'<li class=t><a href="/l/two">Two</a></li><a class=n href="/court?p=3">next</a>'),
        "/court?p=3": Answer(b'<li class=t><a href="/l/three">Three</a></li>'),
        **{f"/f/{n}": story(n) for n in ("one", "two?utm_source=rss")},
        **{f"/l/{n}": story(n, relevant=False) for n in ("one", "two")},
        "/s/new": story("new"),
    }
    room.add("feed", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    room.add("sitemap", [f'{{sitemap: "{server.url("/index.xml")}"}}'], homepage=server.url("/"))
    selectors = 'item: "li.t", next_page: "a.n::attr(href)", max_pages: 2'
    room.add("listing", [f'{{listing: "{server.url("/court")}", {selectors}}}'], homepage=server.url("/"))
    done = room.crawl()
    assert {name: one["outcome"] for name, one in done.items()} == dict.fromkeys(done, "done")
    assert outcomes(room) == {
        "/f/one": "kept", "/f/two?utm_source=rss": "kept", "/s/new": "kept", "/l/one": "dropped",
        "/l/two": "dropped",
    }  # fmt: skip
    assert done["in_listing"]["dropped"] == {"no_gate_word": 2}
    assert server.paths().count("/robots.txt") == 0
    assert server.paths(robots=True).count("/robots.txt") == 1, (
        "three sources on one host ask for its robots.txt once"
    )
    assert server.most_in_flight == 1
    agents = {one.headers["user-agent"] for one in server.asked}
    assert len(agents) == 1
    assert agents.pop().endswith("(+desk@tipwatch.example)")
    assert rows(room, "SELECT count(*) FROM page") == [(3,)]
    assert rows(room, "SELECT feed_title, feed_date FROM page WHERE url LIKE '%/f/one'") == [
        ("Story 0", "Mon, 01 Jan 2024 10:00:00 GMT")
    ]


@pytest.mark.slow  # six crawls
def test_conditional_get_and_window(room: Newsroom, server: FaultServer) -> None:
    def serve(path: str, headers: dict[str, str]) -> Answer:
        if headers.get("if-none-match") == current.headers["ETag"]:
            return Answer(status=304)
        return current

    links = [server.url(f"/a/{n}") for n in range(9)]
    server.routes = {"/feed": serve, **{f"/a/{n}": story(str(n)) for n in range(9)}}
    room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    polls = []
    for window, tag in [
        (links[:3], "a"),
        (links[:3], "a"),
        (links[:3], "a"),
        (links[2:5], "b"),
        (links[6:9], "c"),
        ([], "d"),
    ]:
        current = feed(window, ETag=f'"{tag}"')
        room.crawl()
        polls.append(
            rows(room, "SELECT ok, entries, new, overlapped, not_modified FROM poll ORDER BY id DESC LIMIT 1")[0]
        )
    assert polls == [
        (1, 3, 3, None, 0),  # the first look
        (1, 0, 0, 1, 1),  # not modified
        (1, 0, 0, 1, 1),  # and again: a 304 passes the tag on
        (1, 3, 2, 1, 0),  # one story in common
        (1, 3, 3, 0, 0),  # none: stories were missed
        (1, 0, 0, None, 0),  # an empty feed says nothing
    ]
    assert len([path for path in server.paths() if path.startswith("/a/")]) == 8
    assert rows(room, "SELECT sum(n) FROM coverage_day WHERE measure = 'window_gap'") == [(1,)]


def test_every_fault_in_its_class_and_others_go_on(room: Newsroom, server: FaultServer) -> None:
    canary = FaultServer(fallback=story("private"))
    bomb = gzip.compress(bytes(30 * 1024 * 1024))
    with canary:
        faults: dict[str, Answer] = {
            "/gone": Answer(status=410),
            "/missing": Answer(status=404),
            "/wall": Answer(status=402),
            "/broken": Answer(status=500),
            "/slow": Answer(b"x" * 200, drip=0.1),
            "/bomb": Answer(bomb, headers={"Content-Encoding": "gzip"}),
            "/huge": Answer(bytes(11 * 1024 * 1024)),
            "/torn": Answer(bomb[:100], headers={"Content-Encoding": "gzip"}),
            "/nogzip": Answer(b"<p>human trafficking</p>", headers={"Content-Encoding": "gzip"}),
            "/film.mp4": Answer(b"human trafficking" * 10, content_type="video/mp4"),
            "/empty": Answer(b""),
            "/private": Answer(status=302, headers={"Location": canary.url("/inside")}),
            "/metadata": Answer(status=301, headers={"Location": "http://169.254.169.254/latest/meta-data/"}),
            "/scheme": Answer(status=302, headers={"Location": "file:///etc/passwd"}),
            "/loop": Answer(status=302, headers={"Location": "/loop"}),
            "/nowhere": Answer(status=302),
            "/headers": Answer(headers={f"X-{n}": "y" * 100 for n in range(5000)}),
            "/moved": Answer(status=301, headers={"Location": "/target"}),
        }
        server.routes = {
            **faults,
            "/feed": feed([server.url(path) for path in faults] + [server.url("/fine")]),
            "/fine": story("fine"),
            "/target": story("target"),
        }
        room.timeout = 2.0
        room.add("faulty", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        room.add("dead", ['{feed: "http://127.0.0.1:9/feed"}'], homepage="http://127.0.0.1:9/")
        room.add("nodns", ['{feed: "http://nowhere.invalid/feed"}'], homepage="http://nowhere.invalid/")
        room.servers = [server.host, "127.0.0.1:9"]
        done = room.crawl()
        assert canary.asked == []
    assert outcomes(room) == {
        "/gone": "http_4xx", "/missing": "http_4xx", "/wall": "http_4xx", "/broken": "http_5xx",
        "/slow": "timeout", "/headers": "too_large",
        "/bomb": "too_large", "/huge": "too_large", "/torn": "dropped", "/nogzip": "unreadable",
        "/film.mp4": "dropped", "/empty": "dropped", "/private": "redirected", "/inside": "private_address",
        "/metadata": "redirected", "/latest/meta-data/": "private_address", "/scheme": "private_address",
        "/loop": "redirects", "/nowhere": "redirects", "/moved": "redirected", "/target": "kept", "/fine": "kept",
    }  # fmt: skip
    assert done["in_faulty"]["dropped"] == {"not_html": 1, "empty": 1, "no_gate_word": 1}
    assert done["in_dead"]["polls_failed"] == {"connection": 1}
    assert done["in_nodns"]["polls_failed"] == {"dns": 1}
    assert done["in_dead"]["outcome"] == done["in_nodns"]["outcome"] == "failed"
    assert done["in_faulty"]["counts"].get("bugs", 0) == 0, room.log()
    counted = dict(rows(room, "SELECT reason, n FROM coverage_day WHERE measure = 'fetch_failed'"))
    assert counted == done["in_faulty"]["failed"]
    [(fetched,)] = rows(room, "SELECT sum(n) FROM coverage_day WHERE measure = 'fetched'")
    assert done["in_faulty"]["counts"]["fetched"] == fetched == 5, "what the table says is what coverage says"
    told = done["in_faulty"]["detail"].partition(": ")[2].split(", ")
    assert sum(int(part.split()[1]) for part in told) == sum(counted.values()), (
        "no failure is left out of the note"
    )
    urls = {url for (url,) in rows(room, "SELECT url FROM frontier")}
    assert not any(url in room.log() for url in urls), "no address in a log: it may spell out a name"


@pytest.mark.timeout(1800)
def test_bombs_cost_no_memory(
    tmp_path: Path, server: FaultServer, record_property: Callable[[str, object], None]
) -> None:
    """150 MB packed into kilobytes, and bodies one byte too long: refused, and the memory is not taken."""
    import brotli
    import zstandard

    record_property("row", "bomb (gzip, br, zstd)")
    plain, long = bytes(150 * 1024 * 1024), bytes(10 * 1024 * 1024 + 1)
    bombs = {
        "/gzip": ("gzip", gzip.compress(plain, 1)),
        "/br": ("br", brotli.compress(plain, quality=1)),
        "/zstd": ("zstd", zstandard.compress(plain)),
        "/twice": ("gzip, gzip", gzip.compress(gzip.compress(plain, 9))),
        "/long-gzip": ("gzip", gzip.compress(long)),
        "/long-br": ("br", brotli.compress(long, quality=1)),
        "/long-zstd": ("zstd", zstandard.compress(long)),
    }
    server.routes = {
        "/feed": feed([*(server.url(path) for path in bombs), server.url("/long")]),
        "/calm": feed([server.url("/fine")]),
        "/fine": story("fine"),
        "/long": Answer(long),
        **{path: Answer(body, headers={"Content-Encoding": name}) for path, (name, body) in bombs.items()},
    }
    peaks = []
    for name in ("calm", "feed"):
        room = Newsroom(tmp_path / name, [server.host])
        room.add("one", [f'{{feed: "{server.url("/" + name)}"}}'], homepage=server.url("/"))
        done = room.crawl(seconds=900)
        peaks.append(room.peak_mb)
    refused = done["in_one"]["failed"].get("too_large", 0)
    record_property(
        "figure",
        f"{refused} of {len(bombs) + 1} bodies over 10 MiB refused; memory grows {peaks[1] - peaks[0]} MB "
        f"(from {peaks[0]} MB)",
    )
    assert done["in_one"]["failed"] == {"too_large": len(bombs) + 1}
    assert done["in_one"]["counts"].get("kept", 0) == 0
    assert peaks[1] - peaks[0] < 50, peaks


def raw(link: str) -> str:
    """UTF-8 bytes as a header that is sent in Latin-1."""
    return link.encode().decode("latin-1")


PRIVATE_FORMS = [
    "127.0.0.1", "127.1", "127.0.1", "0", "0.0.0.0", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1",
    "0177.0.0.1", "017700000001", "127.000.000.001", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
    "[0:0:0:0:0:0:0:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]", "localhost", "LOCALHOST.",
    "ip6-localhost", "169.254.169.254", "10.0.0.1", "[fe80::1%25lo]", "127。0。0。1", "①②⑦.0.0.1",
]  # fmt: skip


def test_no_form_of_a_private_address_is_connected_to(room: Newsroom, server: FaultServer) -> None:
    with FaultServer(fallback=story("private")) as canary:
        links = [f"http://{form}:{canary.port}/{number}" for number, form in enumerate(PRIVATE_FORMS)]
        hops = {
            f"/hop/{number}": Answer(status=302, headers={"Location": raw(link)})
            for number, link in enumerate(links)
        }
        server.routes = {"/feed": feed(links + [server.url(path) for path in hops]), **hops}
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        done = room.crawl()
        assert canary.asked == []
    assert done["in_one"]["counts"].get("kept", 0) == 0
    asked = [path for path in server.paths() if path.startswith("/hop/")]
    assert sorted(asked) == sorted(hops)


def test_a_trap_stays_a_trap(room: Newsroom, server: FaultServer) -> None:
    days = [server.url(f"/calendar/{1900 + n // 12}/{n % 12 + 1}") for n in range(1500)]
    links = "".join(f'<li class=t><a href="{url}">x</a></li>' for url in days)
    server.routes = {"/court": Answer(links.encode()), "/feed": feed([server.url("/story")]), "/story": story("x")}
    server.fallback = story("day", relevant=False)
    room.add("trap", [f'{{listing: "{server.url("/court")}", item: "li.t"}}'], homepage=server.url("/"))
    room.add("calm", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    done = room.crawl()
    assert done["in_trap"]["counts"]["fetched"] == 200
    assert done["in_trap"]["counts"]["trapped"] == 800  # of the 1,000 links that one page may hold
    assert done["in_calm"]["counts"]["kept"] == 1


def test_budgets(room: Newsroom, server: FaultServer) -> None:
    server.fallback = story("x", relevant=False)
    words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"]
    for name in ("one", "two"):
        links = [server.url(f"/{name}/{a}/{b}") for a in words for b in words]
        server.routes[f"/{name}.rss"] = feed(links)
        room.add(name, [f'{{feed: "{server.url(f"/{name}.rss")}"}}'], homepage=server.url("/"), pages=30)
    room.settings["TIPWATCH_HOST_BUDGET"] = "40"
    done = room.crawl()
    fetched = [one["counts"]["fetched"] for one in done.values()]
    assert sum(fetched) == 40, "40 a host"
    assert max(fetched) <= 30, "30 a source"
    assert {one["counts"]["fetched"] + one["counts"]["pending"] for one in done.values()} == {100}
    done = room.crawl(limit=3)
    assert {one["counts"]["fetched"] for one in done.values()} == {3}


def test_retry_after_is_honoured(room: Newsroom, server: FaultServer) -> None:
    busy = Answer(status=429, headers={"Retry-After": "2"})
    server.routes = {
        "/feed": feed([server.url("/busy"), server.url("/next"), server.url("/closed"), server.url("/never")]),
        "/busy": busy, "/next": story("next"),
        "/closed": Answer(status=503, headers={"Retry-After": "3600"}), "/never": story("never"),
    }  # fmt: skip
    room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    done = room.crawl()
    asked = {one.path: one for one in server.asked}
    assert asked["/next"].began - asked["/busy"].ended >= 1.9
    assert "/never" not in asked
    assert done["in_one"]["counts"]["put_off"] >= 1
    server.forget()
    done = room.crawl()
    assert server.asked == [], "the host's hour outlives the process"
    assert done["in_one"]["outcome"] == "partial"
    assert rows(room, "SELECT count(*) FROM poll") == [(1,)], "who was not asked has not failed"


def test_the_delay_is_kept(room: Newsroom, server: FaultServer) -> None:
    room.delay = 0.3
    server.routes = {
        "/one": feed([server.url(f"/{n}") for n in range(3)]),
        "/two": feed([server.url(f"/{n}") for n in range(3, 6)]),
        **{f"/{n}": story(str(n)) for n in range(6)},
    }
    for name in ("one", "two"):
        room.add(name, [f'{{feed: "{server.url(f"/{name}")}"}}'], homepage=server.url("/"))
    room.crawl()
    asked = sorted(server.asked, key=lambda one: one.began)
    gaps = [later.began - earlier.ended for earlier, later in itertools.pairwise(asked)]
    assert len(asked) == 9
    assert min(gaps) >= 0.28, gaps
    assert server.most_in_flight == 1


def test_hostile_xml_over_the_wire(room: Newsroom, server: FaultServer) -> None:
    with FaultServer(fallback=story("x")) as canary:
        secret = room.folder / "secret.txt"
        secret.write_text("TOPSECRET")
        doctype = (
            f'<!DOCTYPE r [<!ENTITY a SYSTEM "file://{secret}"><!ENTITY b SYSTEM "{canary.url("/x")}">]>'
            '<rss version="2.0"><channel><item><title>&a;&b;</title><link>http://x.example/&a;</link></item></channel></rss>'
        )
        server.fallback = Answer(doctype.encode(), content_type="text/xml")
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        room.add("two", [f'{{sitemap: "{server.url("/map")}"}}'], homepage=server.url("/"))
        done = room.crawl()
        assert canary.asked == []
    assert [one["polls_failed"] for one in done.values()] == [{"unreadable": 1}] * 2
    assert b"TOPSECRET" not in (room.folder / "tipwatch.db").read_bytes()


def test_a_large_feed_is_read(room: Newsroom, server: FaultServer) -> None:
    padded = rss([server.url("/one")]).replace(b"</channel>", b"<!--" + b"x" * 400_000 + b"--></channel>")
    server.routes = {"/feed": Answer(padded, content_type="text/xml"), "/one": story("one")}
    room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    assert room.crawl()["in_one"]["counts"]["kept"] == 1


def test_a_full_disk_ends_the_run_and_loses_nothing(room: Newsroom, server: FaultServer) -> None:
    pages = {f"/story/court-{n}": story(f"s{n}") for n in range(20)}
    for answer in pages.values():
        answer.body += b"<!--" + random.randbytes(150_000).hex().encode() + b"-->"  # does not compress away
    server.routes = {"/feed": feed([server.url(path) for path in pages]), **pages}
    room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    room.prelude = (
        "import resource, signal\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))\n"
    )
    done = room.crawl()
    assert done["in_one"]["outcome"] == "failed"
    assert "No space left" in done["in_one"]["detail"]
    assert "Traceback" not in room.log()
    acknowledged = rows(room, "SELECT count(*) FROM page")[0][0]
    assert 0 < acknowledged < 20
    room.prelude = ""
    done = room.crawl()
    assert done["in_one"]["counts"]["kept"] == 20 - acknowledged
    assert outcomes(room) == dict.fromkeys(pages, "kept")
    with Store.open(room.environment["TIPWATCH_DATABASE_URL"], room.folder / "data" / "archive") as store:
        refs = store.pages.unextracted(EXTRACTOR_VERSION, 100)
        assert {store.pages.read(ref) for ref in refs} == {answer.body for answer in pages.values()}


def test_a_host_that_goes_down_is_left_alone_and_another_goes_on(room: Newsroom, server: FaultServer) -> None:
    with FaultServer(fallback=Answer(status=500)) as broken:
        room.servers = [server.host, broken.host]
        words = ["alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet"]
        links = [broken.url(f"/{a}/{b}") for a in words for b in words]
        broken.routes = {"/robots.txt": Answer(status=404)}
        server.routes = {"/feed": feed([*links, server.url("/fine")]), "/fine": story("fine")}
        room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
        done = room.crawl()
        assert 5 <= len(broken.paths()) <= 5 + 4  # the patience, and what was in flight
        assert done["in_one"]["counts"]["kept"] == 1
        assert rows(room, "SELECT count(*) FROM frontier WHERE state = 'leased'") == [(0,)]


def test_a_page_that_breaks_us_is_failed_and_the_rest_goes_on(room: Newsroom, server: FaultServer) -> None:
    server.routes = {
        "/feed": feed([server.url("/poison"), server.url("/fine")]),
        "/poison": story("poison"),
        "/fine": story("fine"),
    }
    room.add("one", [f'{{feed: "{server.url("/feed")}"}}'], homepage=server.url("/"))
    room.prelude = (
        "from extraction.relevance import Gate\n"
        "real = Gate.admit\n"
        "def admit(self, body, content_type):\n"
        "    if b'poison' in body: raise RecursionError('too deep')\n"
        "    return real(self, body, content_type)\n"
        "Gate.admit = admit\n"
    )
    done = room.crawl()
    assert done["in_one"]["failed"] == {"other": 1}
    assert done["in_one"]["counts"]["bugs"] == 1
    assert done["in_one"]["outcome"] == "partial"
    assert outcomes(room) == {"/poison": "other", "/fine": "kept"}
