"""A back-fill over Ray through five kills and a crash of PostgreSQL: the same rows as an undisturbed one."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from extraction.version import EXTRACTOR_VERSION
from storage.store import Store
from tests.app.outlet import page
from tests.app.warcs import Tape
from tests.cluster.processes import command, kill_one, seats
from tests.cluster.rows import content
from tests.cluster.server import Server
from tests.crawl.newsroom import Newsroom

pytestmark = pytest.mark.skipif(find_spec("ray") is None, reason="the extra cluster is not installed")

SEED = 8
FILES, PAGES, EVERY = 20, 30, 5
"""WARC files, pages in each, and every how manieth is on topic. A file is one slice here."""

FIRST = ("Arlo", "Bram", "Cora", "Dario", "Elin", "Fabio", "Greta", "Hugo", "Ines", "Jonas", "Katja", "Lorin")
LAST = ("Quince", "Tarrow", "Velder", "Morwick", "Sandry", "Ostrand", "Pellow", "Ruskin", "Thorley", "Umbridge")
TOWNS = ("Rivertown", "Lakefield", "Northport", "Millbrook", "Eastham")


def story(number: int) -> bytes:
    """An invented story, each with its own accused, town and age."""
    name = f"{FIRST[number % len(FIRST)]} {LAST[(number // len(FIRST) + number) % len(LAST)]}"
    town = TOWNS[number % len(TOWNS)]
    last = name.split()[1]
    body = (
        f"<p>A court in {town} charged {name}, {20 + number % 40}, with human trafficking on Monday, prosecutors "
        f"said.</p><p>According to the indictment, {last} recruited women with false promises of work in a hotel "
        f"and forced them into prostitution. The case has the number {number}.</p>"
        "<p>Police said that the investigation began after a neighbour called. The trial was set for autumn.</p>"
    )
    return page(f"Person {number} charged with human trafficking in {town}", body)


def tapes(folder: Path) -> list[str]:
    """The WARC files."""
    folder.mkdir()
    files: list[str] = []
    for tape in range(FILES):
        written = Tape(folder / f"tape-{tape}.warc.gz").info()
        for n in range(PAGES):
            number = tape * PAGES + n
            sport = page(f"Cup {number}", f"<p>The Rovers won game {number} after a late goal.</p>" * 500)
            body = story(number) if n % EVERY == 0 else sport
            day = f"2024-05-{1 + n % 28:02d}T10:00:00Z"
            written.response(f"https://daily.example/{number}", body, date=day)
        files.append(str(written.close()))
    return files


def installation(folder: Path, url: str) -> Newsroom:
    folder.mkdir()
    room = Newsroom(folder)
    room.settings["TIPWATCH_DATABASE_URL"] = url
    room.settings["TIPWATCH_SOURCES_DIR"] = str(
        folder.parent / "calm" / "sources"
    )  # the database knows the folder
    room.add("daily", ['{feed: "https://daily.example/feed"}'], homepage="https://daily.example/")
    return room


class Progress:
    """How far a back-fill is, read from its database; -1 while that does not answer, or is empty."""

    def __init__(self, url: str) -> None:
        self._engine = create_engine(url, connect_args={"connect_timeout": 2})

    def __call__(self, query: str) -> int:
        with suppress(OperationalError, ProgrammingError), self._engine.connect() as connection:
            return int(connection.execute(text(query)).scalar() or 0)
        return -1

    def close(self) -> None:
        self._engine.dispose()


PAGES_DONE = "SELECT coalesce(sum(n), 0) FROM coverage_day WHERE measure IN ('dropped', 'kept')"
READ_DONE = "SELECT (SELECT count(*) FROM article) + (SELECT count(*) FROM report)"


def run(room: Newsroom, *arguments: str, during: Callable[[int, Callable[[], bool]], None] | None = None) -> None:
    """A command to its end; `during` gets its process id, and what says whether it still runs."""
    started = command(*arguments, env=room.environment, folder=room.folder)
    try:
        if during is not None:
            during(started.pid, lambda: started.poll() is None)
        code = started.wait(1200)
    finally:
        started.kill()
    assert code == 0, (room.folder / "log").read_text()[-4000:]


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.filterwarnings("ignore:.*Unclosed file:ResourceWarning")  # warcio's writer leaves them
@pytest.mark.timeout(3600)
def test_the_rows_are_those_of_an_undisturbed_back_fill(tmp_path: Path) -> None:
    """Issue 8, line 2: five workers killed at random points, PostgreSQL crashed and started in the middle."""
    files = tapes(tmp_path / "tapes")
    on_topic = FILES * (PAGES // EVERY)
    chance = random.Random(SEED)
    killed: list[str] = []
    with Server() as server:
        for name in ("calm", "rough"):
            engine = create_engine(server.url(), isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f"CREATE DATABASE {name}"))
            engine.dispose()
        calm = installation(tmp_path / "calm", server.url("calm"))
        run(calm, "ingest", *files)
        run(calm, "extract")

        rough = installation(tmp_path / "rough", server.url("rough"))
        progress = Progress(server.url("rough"))

        def disturb(query: str, least: int, kills: int, crash: bool) -> Callable[[int, Callable[[], bool]], None]:
            points = sorted(chance.randrange(1, least) for _ in range(kills))

            def during(pid: int, is_running: Callable[[], bool]) -> None:
                for number, point in enumerate(points):
                    while is_running() and progress(query) < point:
                        time.sleep(0.02)
                    while is_running() and kill_one(pid, seats, chance.choice) is None:
                        time.sleep(0.02)
                    assert is_running(), (point, (rough.folder / "log").read_text()[-4000:])
                    killed.append(f"after {point}")
                    if crash and number == 0:
                        server.crash()
                        time.sleep(2)
                        server.start()

            return during

        spread = ("--executor", "ray", "--workers", "2")
        run(rough, "ingest", *spread, *files, during=disturb(PAGES_DONE, FILES * PAGES // 2, 2, crash=False))
        run(rough, "extract", *spread, during=disturb(READ_DONE, 2 * on_topic - 20, 3, crash=True))
        progress.close()
        assert len(killed) == 5
        expected, found = content(server.url("calm")), content(server.url("rough"))
        with Store.open(server.url("rough"), rough.folder / "data" / "archive") as store:
            assert store.pages.waiting(EXTRACTOR_VERSION) == 0
            assert not store.pages.quarantined(limit=10)
    assert expected.keys() == found.keys()
    assert {name: rows.total() for name, rows in found.items()} == {
        n: rows.total() for n, rows in expected.items()
    }
    assert expected["report"].total() == expected["page"].total() == on_topic
    unlike = {
        name: (list((found[name] - rows).items())[:3], list((rows - found[name]).items())[:3])
        for name, rows in expected.items()
        if found[name] != rows
    }
    assert not unlike, killed
