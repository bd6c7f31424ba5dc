"""The whole way with every event shown, and then: no line of any log has a name, a part of one, or an address.

Refuses stubs: the demo's newsroom, the real commands in real processes, the real servers. All names are invented.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

pytest.importorskip("followthemoney")
pytest.importorskip("fastapi")
pytest.importorskip("flask")

import httpx

from tests.app.outlet import ROOT
from tests.app.warcs import Tape
from tipwatch.demo.newsroom import LOOPBACK, Newsroom
from tipwatch.demo.pages import story_page
from tipwatch.demo.stage import prepare
from tipwatch.demo.stories import Kind, load_expected

pytestmark = [
    pytest.mark.slow, pytest.mark.timeout(900),
    pytest.mark.filterwarnings("ignore:.*Unclosed file:ResourceWarning"),  # warcio's writer leaves them
]  # fmt: skip
AS_JSON = frozenset({"crawl", "extract", "export", "serve", "schedule"})
WORDS = re.compile(r"[^\W\d_]{4,}")
IN_A_ROW = re.compile(r"[A-ZÀ-Þ][\w’'-]+(?: [A-ZÀ-Þ][\w’'-]+)+")


@dataclass
class Way:
    """An installation in a folder, and what its commands and servers wrote to stderr, by command."""

    folder: Path
    logs: dict[str, str] = field(default_factory=dict)
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
        return kept | {"no_proxy": LOOPBACK, "NO_PROXY": LOOPBACK}

    def command(self, arguments: tuple[str, ...]) -> list[str]:
        """With every event shown; JSON for some, text for the others."""
        form = "json" if arguments[0] in AS_JSON else "text"
        return [sys.executable, "-m", "tipwatch", "--debug", "--log-format", form, *arguments]

    def run(self, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
        done = subprocess.run(
            self.command(arguments),
            cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode in codes, (arguments, done.stdout[-500:], done.stderr[-3000:])
        self.logs[" ".join(arguments)] = done.stderr
        self.outputs[" ".join(arguments)] = done.stdout
        return done.stdout

    @contextmanager
    def serving(self, *arguments: str, ready: str) -> Iterator[None]:
        with (self.folder / f"{arguments[0]}.log").open("w+", encoding="utf-8") as log:
            running = subprocess.Popen(
                self.command(arguments),
                cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=log, start_new_session=True,
            )  # fmt: skip
            try:
                _wait_for(ready, running)
                yield
            finally:
                os.kill(running.pid, signal.SIGTERM)
                running.wait(120)
                log.seek(0)
                self.logs[" ".join(arguments)] = log.read()


def _wait_for(address: str, running: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        assert running.poll() is None
        try:
            httpx.get(address, timeout=60)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"{address} did not answer")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        return int(listener.getsockname()[1])


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Way:
    """An installation through which everything went."""
    return walked(tmp_path_factory.mktemp("way") / "desk")


def walked(folder: Path) -> Way:
    """Crawl, ingest, extract, resolve, export, feed, deliver, takedown, API, review: each with `--debug`."""
    made = Way(folder=folder)
    with Newsroom(dt.datetime.now(dt.UTC).date()) as newsroom:
        prepare(folder, newsroom)
        made.run("crawl", "--limit", "3", codes=(0, 1))
        tape = Tape(folder / "others.warc.gz").info()
        for code, stories in newsroom.stories.items():
            for story in [one for one in stories if one.kind is Kind.PROSECUTION][:3]:
                url = f"https://{code}.example/{story.slug}.html"
                tape.response(url, story_page(story, f"https://{code}.example", stories[:3]))
        tape.close()
    _read_and_write(made)
    _take_down(made)
    _ask_the_api(made)
    _use_the_review(made)
    return made


FEED = (
    "export", "--format", "opensanctions", "--output", "feed", "--include-unreviewed",
    "--base-url", "https://f.example/",
)  # fmt: skip


def _read_and_write(made: Way) -> None:
    made.run("ingest", "others.warc.gz")
    made.run("extract")
    made.run("resolve", "--all")
    made.run("export", "--output", "list", "--stage", "charged")
    made.run(*FEED)
    made.run("deliver", "feed", "--to", f"file://{made.folder}/target")
    made.run("coverage", "--format", "json")
    made.run("status", codes=(0, 1))
    made.run("health", codes=(0, 1))
    made.run("metrics")
    made.run("schedule", "--once", codes=(0, 1, 3))  # the newsroom is closed: every source fails


def _take_down(made: Way) -> None:
    name = next(iter(load_expected().accused["in/satara-brick-kiln-two-arrested"]))
    with sqlite3.connect(made.folder / "data" / "tipwatch.db") as database:
        person = database.execute("SELECT id FROM person LIMIT 1").fetchone()[0]
    made.run("takedown", str(person), "--reason", "request 17", codes=(0, 1))
    made.run("takedown", name, "--reason", "request 18", codes=(2,))
    made.run("takedown", "p-" + name.replace(" ", "-"), "--reason", "request 19", codes=(2,))


def _ask_the_api(made: Way) -> None:
    made.run(*FEED)
    key = re.search(r"tw_\S+", made.run("client", "add", "acme", "--expires", "never", "--per-minute", "6000", *(
        part for scope in ("entities", "search", "downloads", "coverage") for part in ("--scope", scope)
    )))  # fmt: skip
    assert key is not None
    port, figures = free_port(), free_port()
    base = f"http://{LOOPBACK}:{port}"
    names = [name for persons in load_expected().accused.values() for name in persons]
    with (
        made.serving(
            "serve",
            "--feed",
            "feed",
            "--port",
            str(port),
            "--workers",
            "2",
            "--metrics",
            str(figures),
            ready=f"{base}/healthz",
        ),
        httpx.Client(base_url=base, headers={"Authorization": f"Bearer {key[0]}"}, timeout=60) as client,
    ):
        found = 0
        for name in names[:12]:
            answer = client.get("/v1/search", params={"q": name})
            found += len(answer.json()["results"]) if answer.status_code == 200 else 0
            client.get(f"/v1/entities/{name}")
            client.get(f"/{name}/{name}", params={name: name})
            client.get("/v1/search", params={"q": name, "birth_date": name, name: "1"})
            client.get("/v1/search", params={"q": name * 40})
            client.get(
                f"/v1/files/{name}.json",
                headers={"If-None-Match": name.encode("utf-8"), "X-Name": name.encode("utf-8")},
            )
            httpx.get(
                f"{base}/v1/search",
                params={"q": name},
                headers={"Authorization": f"Bearer {name}".encode()},
                timeout=60,
            )
        assert found > 0
        for raw in (
            f"GET /{names[0]} HTTP/9\r\n\r\n",
            f"{names[0]}\r\n\r\n",
            f"GET / HTTP/1.1\r\n{names[0]}\r\n\r\n",
        ):
            with socket.create_connection((LOOPBACK, port), timeout=30) as connection:
                connection.sendall(raw.encode())
                connection.recv(1000)
        assert b"tipwatch_database_up 1" in httpx.get(f"http://{LOOPBACK}:{figures}/metrics", timeout=60).content
        httpx.get(f"http://{LOOPBACK}:{figures}/{names[0]}", timeout=60)


def _use_the_review(made: Way) -> None:
    said = made.run("user", "add", "mira", "--role", "reviewer")
    token = max(re.findall(r"\S{16,}", said), key=len)
    port = free_port()
    base = f"http://{LOOPBACK}:{port}"
    names = [name for persons in load_expected().accused.values() for name in persons]
    with (
        made.serving("review", "--port", str(port), ready=f"{base}/login"),
        httpx.Client(base_url=base, timeout=60) as client,
    ):
        wrong = {"csrf_token": _form(client, "/login"), "name": names[0], "token": names[1]}
        assert client.post("/login", data=wrong).status_code in {200, 401, 403, 422}
        entered = client.post(
            "/login", data={"csrf_token": _form(client, "/login"), "name": "mira", "token": token}
        )
        assert entered.status_code == 303, entered.status_code
        queue = client.get("/").text
        for name in names[:8]:
            client.get("/search", params={"q": name})
            client.get(f"/record/{name}")
            client.get(f"/{name}", headers={"Referer": f"{base}/{name}".encode()})
            client.post("/record/x/accept", data={"name": name, "csrf_token": "wrong"})
        records = list(dict.fromkeys(re.findall(r'href="(/record/[^"?#]+)', queue)))
        for path in records[:3]:
            page = client.get(path).text
            form = re.search(r'name="csrf_token" value="([^"]+)"', page)
            seen = re.search(r'name="seen" value="([^"]+)"', page)
            data = {"csrf_token": form[1] if form else "", "seen": seen[1] if seen else "", "name": names[2]}
            for action in ("correct", "reject", "accept"):
                client.post(f"{path}/{action}", data=data)


def _form(client: httpx.Client, path: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
    assert found is not None
    return found[1]


def names_of(made: Way) -> set[str]:
    """Every part (four letters or more) of every name: of the author's answers, of bylines, of what was read.

    Of the texts, where rows of capitalised words are names, places and offices, whatever our own code never says.
    """
    expected = load_expected()
    known = [*expected.never, *(name for persons in expected.accused.values() for name in persons)]
    known += [story["byline"] for story in _stories(made)]
    with sqlite3.connect(made.folder / "data" / "tipwatch.db") as database:
        known += [name for (name,) in database.execute("SELECT name FROM accused")]
        texts = [text for (text,) in database.execute("SELECT text FROM article")]
    in_rows = [row for text in texts for row in IN_A_ROW.findall(text)]
    return _parts(known) | (_parts(in_rows) - _our_words())


def _parts(names: Iterable[str]) -> set[str]:
    return {word.casefold() for name in names for word in WORDS.findall(name)}


def _our_words() -> set[str]:
    """The words of our code: events, fields, reasons."""
    rooms = ("config", "crawlers", "extraction", "storage", "tipwatch")
    files = [file for room in rooms for file in (ROOT / room).rglob("*.py") if "demo" not in file.parts]
    return _parts(file.read_text(encoding="utf-8") for file in files)


def _stories(made: Way) -> list[Mapping[str, str]]:
    with Newsroom(dt.datetime.now(dt.UTC).date()) as newsroom:
        return [{"byline": one.byline, "slug": one.slug} for some in newsroom.stories.values() for one in some]


def test_no_line_has_a_name_or_a_part_of_one(way: Way) -> None:
    names = names_of(way)
    assert len(names) > 100, "the texts were read"
    lines = [(command, line) for command, log in way.logs.items() for line in log.splitlines()]
    told = [
        (command, sorted(hit), line)
        for command, line in lines
        if (hit := names & {word.casefold() for word in WORDS.findall(_without_our_words(line))})
    ]
    assert told == []
    assert len(lines) > 100


def _without_our_words(line: str) -> str:
    """Without what the line has of ours: the folder of this test, and the catalogue's ids of sources."""
    return re.sub(r"/\S*/desk|\b(?:in|ng|gb|mx)_\w+", "", line)


def test_no_line_has_the_address_of_a_story(way: Way) -> None:
    log = "\n".join(way.logs.values())
    for story in _stories(way):
        assert story["slug"] not in log
    assert not re.search(r"https?://(?!127\.0\.0\.1:\d+/?(?:\s|$|\"))\S*/\S+\.html", log)


def test_every_step_said_something_and_nothing_went_to_stderr_but_events(way: Way) -> None:
    spoke = {command.split()[0] for command, log in way.logs.items() if log.strip()}
    assert {"crawl", "extract", "resolve", "export", "serve"} <= spoke, spoke
    for command in ("crawl --limit 3", "extract"):
        for line in way.logs[command].splitlines():
            event = json.loads(line)
            assert {"at", "level", "event", "logger", "command", "job"} <= event.keys()
            assert event["command"] == command.split()[0]
    crawl = [json.loads(line) for line in way.logs["crawl --limit 3"].splitlines()]
    done = [event for event in crawl if event["event"] == "crawl.done"]
    assert len(done) == 4
    assert len({event["run"] for event in done}) == 4
    assert all("run" in event for event in crawl if "source" in event)
