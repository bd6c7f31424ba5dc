"""`tipwatch source` from end to end: a catalogue of our own, a server on loopback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.catalogue import load_catalogue
from crawlers.robots import MAX_REDIRECTS
from storage.records import RobotsAnswer, RunKind
from storage.store import Store
from tipwatch.cli import cli

pytestmark = pytest.mark.slow  # real crawls in real processes; left out of `make check`

STORY = """\
<html lang="en"><head><title>Man jailed for human trafficking</title>
<meta property="og:type" content="article"><meta property="article:published_time" content="2026-03-04">
<link rel="alternate" type="application/rss+xml" href="/rss"></head><body><article>
<h1>Man jailed for human trafficking</h1>
<p>A court in Pokhara on Wednesday sentenced Ramhari Invented, 41, to ten years in prison for human trafficking.
The court found that he had sold two women to a brothel across the border.</p>
<p>Invented was arrested in March and charged under the Human Trafficking and Transportation Control Act. He
pleaded not guilty. The women now live in a shelter run by a charity, and they were heard by the court in closed
session, as the law of the country asks for it, with a social worker at their side throughout
the two days of the hearing.</p>
</article></body></html>
"""
FEED = """\
<?xml version="1.0"?><rss version="2.0"><channel><title>x</title>
<item><title>Court \x1b[31mnews</title><link>/a</link><pubDate>Wed, 04 Mar 2026 10:00:00 GMT</pubDate></item>
<item><title>Rain</title><link>/b</link></item></channel></rss>
""".replace("\x1b", "&#27;")
SITEMAP = """\
<?xml version="1.0"?><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
<sitemap><loc>http://HOST/one.xml</loc></sitemap></sitemapindex>
"""
LISTING = (
    "<html><body>"
    + "".join(f'<h2><a href="/s/{n}">Story number {n}</a></h2>' for n in range(8))
    + "</body></html>"
)
MOVED = {"/old": "/rss", "/away": "http://127.0.0.1:1/rss", "/round": "/round", "/odd": "file:///etc/passwd"}
PAGES = {
    "/rss": (200, "application/rss+xml", FEED),
    "/map.xml": (200, "application/xml", SITEMAP),
    "/list": (200, "text/html", LISTING),
    "/story": (200, "text/html; charset=utf-8", STORY),
    "/bare": (200, "text/html", "<html><body><p>Nothing here.</p></body></html>"),
    "/closed/rss": (200, "application/rss+xml", FEED),
    "/robots.txt": (200, "text/plain", "User-agent: *\nDisallow: /closed\nSitemap: http://HOST/map.xml\n"),
}


@dataclass
class Site:
    """A server on loopback that remembers what it was asked, and by whom."""

    port: int
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            here.asked.append((self.path, self.headers["User-Agent"]))
            status, kind, text = PAGES.get(self.path, (404, "text/plain", "no"))
            body = text.replace("HOST", f"127.0.0.1:{here.port}").encode()
            moved = MOVED.get(self.path)
            if moved is not None:
                status, kind = 301, "text/plain"
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            if moved is not None:
                self.send_header("Location", moved)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    here = Site(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield here
    server.shutdown()
    server.server_close()
    thread.join(5)


def write(folder: Path, id_: str, discover: str, *, state: str = "unverified", title: str = "A Paper") -> None:
    country, _, name = id_.partition("_")
    (folder / country).mkdir(parents=True, exist_ok=True)
    (folder / country / f"{name}.yml").write_text(
        f"title: {title}\nhomepage: https://paper.example/\n"
        "publisher: {name: P, kind: newspaper, ownership: private, official: false}\n"
        f"countries: [{country}]\nlanguages: [en]\nlevel: local\n"
        f"discover:\n{discover}"
        "politeness: {delay: 0.05, pages_per_run: 9}\nexpected: {min: 1, max: 9}\n"
        f"status: {{state: {state}, reason: for a test, date: 2026-11-22}}\n"
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "sources").mkdir()
    return tmp_path


def environment(home: Path, site: Site | None = None, **more: str) -> dict[str, str]:
    ours = {
        "TIPWATCH_SOURCES_DIR": str(home / "sources"),
        "TIPWATCH_DATA_DIR": str(home / "data"),
        "TIPWATCH_DELAY": "0.05",
        "TIPWATCH_REQUEST_TIMEOUT": "10",
        "TIPWATCH_CONTACT": "desk@example.org",
    }
    if site is not None:
        ours["TIPWATCH_ALLOW_PRIVATE"] = f"127.0.0.1:{site.port}"
    bare = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
    return bare | ours | more


def run(home: Path, env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """In a process of its own: a reactor runs once."""
    return subprocess.run(
        [sys.executable, "-m", "tipwatch", "source", *arguments],
        cwd=home,
        env=env | {"PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )


def call(home: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch, given: str | None = None) -> Result:
    monkeypatch.chdir(home)
    for name in [name for name in os.environ if name.startswith("TIPWATCH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIPWATCH_SOURCES_DIR", str(home / "sources"))
    return CliRunner().invoke(cli, ["source", *arguments], input=given)


# list


def test_list_filters_and_formats(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home / "sources", "np_one", "  - feed: https://one.example/rss\n", title='"=One"')
    write(home / "sources", "np_two", "  - feed: https://two.example/rss\n", state="paused")
    write(home / "sources", "in_three", "  - sitemap: https://three.example/map\n")
    table = call(home, "list", monkeypatch=monkeypatch)
    assert table.exit_code == 0
    assert "3 source(s) in 2 countries." in table.output
    as_csv = call(home, "list", "--country", "np", "--format", "csv", monkeypatch=monkeypatch).output.splitlines()
    assert [line.split(",")[0] for line in as_csv] == ["id", "np_one", "np_two"]
    assert "'=One" in as_csv[1]
    exact = json.loads(
        call(home, "list", "--status", "paused", "--format", "json", monkeypatch=monkeypatch).output
    )
    assert [one["id"] for one in exact] == ["np_two"]
    assert exact[0]["discover"] == [{"kind": "feed", "url": "https://two.example/rss"}]
    none = call(home, "list", "--language", "ne", monkeypatch=monkeypatch)
    assert (none.exit_code, "No source" in none.output) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["list", "--country", "uk"], "did you mean gb"),
        (["list", "--language", "english"], "no language code"),
        (["list", "--status", "asleep"], "unverified"),
        (["check", "np_oen"], "did you mean np_one"),
        (["check", "--country", "in"], "No source fits"),
        (["try", "ftp://one.example"], "Write https://host/path"),
        (["new", "--country", "np"], "--title is missing"),
    ],
)
def test_bad_arguments_end_with_two(
    home: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    write(home / "sources", "np_one", "  - feed: https://one.example/rss\n")
    result = call(home, *arguments, monkeypatch=monkeypatch)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert "Traceback" not in result.output


def test_a_malformed_source_is_named_and_nothing_is_asked(home: Path, site: Site) -> None:
    write(home / "sources", "np_one", f"  - feed: {site.root}/rss\n")
    write(home / "sources", "np_two", "  - fed: https://two.example/rss\n")
    done = run(home, environment(home, site), "check", "np_one")
    assert done.returncode == 2
    assert "two.yml:8" in done.stderr
    assert "discover[0]" in done.stderr
    assert site.asked == []


# check


def test_check_asks_once_each_and_records(home: Path, site: Site) -> None:
    sources = home / "sources"
    listing = "  - listing: {root}/list\n    item: h2\n"
    write(sources, "np_good", f"  - feed: {site.root}/rss\n  - sitemap: {site.root}/map.xml\n")
    write(sources, "np_list", listing.format(root=site.root))
    write(sources, "np_moved", f"  - feed: {site.root}/old\n")
    for name in ("away", "round", "odd"):
        write(sources, f"np_{name}", f"  - feed: {site.root}/{name}\n")
    write(sources, "np_closed", f"  - feed: {site.root}/closed/rss\n")
    write(sources, "np_wrong", f"  - feed: {site.root}/bare\n")
    write(sources, "np_gone", f"  - feed: {site.root}/absent\n")
    write(sources, "np_private", "  - feed: http://127.0.0.1:1/rss\n")
    write(sources, "np_paused", f"  - feed: {site.root}/story\n", state="paused")
    before = {path: path.read_bytes() for path in sources.rglob("*.yml")}
    done = run(home, environment(home, site), "check", "--format", "json")
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    found = {row["url"].removeprefix(site.root): row for row in json.loads(done.stdout)}
    assert {url: row["finding"] for url, row in found.items()} == {
        "/rss": "as promised",
        "/map.xml": "index of 1 sitemaps",
        "/list": "no dates",
        "/old": f"moved to {site.root}/rss",
        "/away": "The address is not on the public internet.",
        "/round": "It redirects too often, or to nowhere.",
        "/odd": "The address is not on the public internet.",
        "/closed/rss": "robots.txt asks us not to fetch it.",
        "/bare": "Answered, but not with the feed that was promised (not a feed).",
        "/absent": "The host refuses or does not know the address (HTTP 404).",
        "http://127.0.0.1:1/rss": "The address is not on the public internet.",
    }
    assert (found["/rss"]["entries"], found["/rss"]["newest"]) == (2, "2026-03-04 10:00")
    assert "4 of 11 addresses" in done.stderr
    # One question each, robots.txt once, nothing at the closed door; and each says who asks.
    asked = sorted(path for path, _ in site.asked if path != "/round")
    assert asked == [
        "/absent",
        "/away",
        "/bare",
        "/list",
        "/map.xml",
        "/odd",
        "/old",
        "/robots.txt",
        "/rss",
        "/rss",
    ]
    assert len(site.asked) - len(asked) == 1 + MAX_REDIRECTS
    assert all("tipwatch/" in agent and "desk@example.org" in agent for _, agent in site.asked)
    assert before == {path: path.read_bytes() for path in sources.rglob("*.yml")}
    with Store.open(f"sqlite:///{home}/data/tipwatch.db", home / "data" / "archive") as store:
        stored = store.checks.last_by_source()
        assert set(stored) == {"np_away", "np_round", "np_odd"} | {
            f"np_{name}" for name in ("good", "list", "moved", "closed", "wrong", "gone", "private")
        }
        assert [(one.status, one.entries, one.reached) for one in stored["np_list"]] == [(200, 8, True)]
        assert stored["np_closed"][0].robots is RobotsAnswer.DISALLOWED
        assert not stored["np_gone"][0].reached
        (ran,) = [record for record in store.runs.history() if record.kind is RunKind.CHECK]
        assert dict(ran.counts) == {"addresses": 11, "fine": 4}


def test_a_paused_source_is_checked_when_it_is_named(home: Path, site: Site) -> None:
    write(home / "sources", "np_paused", f"  - feed: {site.root}/rss\n", state="paused")
    done = run(home, environment(home, site), "check", "np_paused")
    assert done.returncode == 0, done.stderr
    assert "1 of 1 addresses" in done.stdout


@pytest.mark.parametrize("arguments", [["check"], ["try", "http://127.0.0.1:1/"]])
def test_nobody_knocks_anonymously(home: Path, arguments: list[str]) -> None:
    write(home / "sources", "np_one", "  - feed: https://one.example/rss\n")
    done = run(home, environment(home, TIPWATCH_CONTACT=""), *arguments)
    assert done.returncode == 3
    assert "TIPWATCH_CONTACT" in done.stderr
    assert "Traceback" not in done.stderr


# try


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("/rss", 0, ["This is: feed", "2 entries, 2026-03-04", "Court [31mnews", "/map.xml"]),
        ("/map.xml", 0, ["This is: sitemap index", "/one.xml"]),
        ("/list", 0, ["This is: listing", "8 entries", "item: 'h2, h3'", "Story number 7"]),
        ("/bare", 1, ["This is: nothing that we know"]),
        ("/absent", 1, ["HTTP 404"]),
        ("/closed/rss", 1, ["robots.txt asks us not to"]),
    ],
)
def test_try(home: Path, site: Site, path: str, code: int, words: list[str]) -> None:
    done = run(home, environment(home, site), "try", site.root + path)
    assert done.returncode == code, done.stderr
    assert all(word in done.stdout + done.stderr for word in words), done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stdout


def test_try_a_story_shows_the_evidence_and_keeps_nothing(home: Path, site: Site) -> None:
    done = run(home, environment(home, site), "try", site.root + "/story")
    assert done.returncode == 0, done.stderr
    for line in (
        "This is: article",
        "Gate: kept; words: human traffick",
        "Title: Man jailed for human trafficking",
        "Date: 2026-03-04",
        "Language: en",
        "Accused: Ramhari Invented, 41: sentenced",
        "  stage: 'sentenced",
        f"  {site.root}/rss",
    ):
        assert line in done.stdout, done.stdout
    assert "Invented" not in done.stderr
    with Store.open(f"sqlite:///{home}/data/tipwatch.db", home / "data" / "archive") as store:
        assert list(store.articles.unread("text-1.read-1", 10)) == []
    assert not list((home / "data").rglob("*.warc*"))


# new


def test_new_writes_what_the_catalogue_takes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = [
        "new", "--country", "NO", "--title", "Dagens: Æøå #1", "--name", "dagens",
        "--language", "no", "--language", "nn", "--feed", "https://dagens.example/rss?a=1", "--sitemap", "https://dagens.example/map.xml",
        "--listing", "https://dagens.example/krim", "--item", "article > h2", "--kind", "newspaper", "--official",
    ]  # fmt: skip
    dry = call(home, *arguments, "--dry-run", monkeypatch=monkeypatch)
    assert dry.exit_code == 0, dry.output
    assert list((home / "sources").iterdir()) == []
    done = call(home, *arguments, monkeypatch=monkeypatch)
    assert done.exit_code == 0, done.output
    assert "tipwatch source check no_dagens" in done.output
    made = load_catalogue(home / "sources").sources["no_dagens"]
    assert (made.title, made.languages, made.publisher.official) == ("Dagens: Æøå #1", ("no", "nn"), True)
    assert [part.url for part in made.discover][1:] == [
        "https://dagens.example/map.xml",
        "https://dagens.example/krim",
    ]
    assert made.homepage == "https://dagens.example/"
    assert not list((home / "sources").rglob(".new-*"))


def test_new_never_overwrites(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(home / "sources", "np_one", "  - feed: https://one.example/rss\n")
    before = (home / "sources/np/one.yml").read_bytes()
    common = ["new", "--country", "np", "--title", "One", "--language", "en", "--feed"]
    taken = call(home, *common, "https://other.example/rss", monkeypatch=monkeypatch)
    assert taken.exit_code == 2
    assert "exists" in taken.output
    assert (home / "sources/np/one.yml").read_bytes() == before
    listed = call(home, *common, "http://www.one.example/rss/", "--name", "two", monkeypatch=monkeypatch)
    assert listed.exit_code == 2
    assert "is already in" in listed.output
    assert [path.name for path in (home / "sources/np").iterdir()] == ["one.yml"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--country", "uk"], "did you mean gb"),
        (["--name", "../../etc"], "no file name"),
        (["--title", "दैनिक"], "--name"),
        (["--language", "english"], "did you mean en"),
        (["--feed", "javascript:alert(1)"], "no web address"),
        (["--title", "a\nb: c", "--name", "ab"], "title"),
    ],
)
def test_new_refuses(home: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str) -> None:
    given = {"--country": "np", "--title": "One", "--language": "en", "--feed": "https://one.example/rss"}
    given |= dict(zip(arguments[::2], arguments[1::2], strict=True))
    flat = [word for pair in given.items() for word in pair]
    result = call(home, "new", *flat, monkeypatch=monkeypatch)
    assert result.exit_code == 2, result.output
    assert words in result.output
    assert not list((home / "sources").rglob("*.yml"))


@pytest.mark.parametrize("command", ["list", "check", "try", "new"])
def test_help_has_an_example(command: str) -> None:
    shown = CliRunner().invoke(cli, ["source", command, "--help"])
    assert shown.exit_code == 0
    assert f"tipwatch source {command}" in shown.output
    assert "Example:" in shown.output
