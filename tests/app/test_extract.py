"""Extraction over an archive: every page that can be read is, whatever its neighbours do."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from extraction.model import QuarantineReason
from extraction.version import EXTRACTOR_VERSION
from storage.errors import ArchiveUnreadable
from storage.records import ExportStage, FetchedPage, RunKind, RunOutcome
from storage.store import Store
from tests.app import faulty_pages
from tests.app.outlet import CHARGED, Installation, page
from tipwatch.jobs.extract import Limits, extract
from tipwatch.jobs.run import wall_clock

NOW = dt.datetime(2026, 3, 10, 12, 0, tzinfo=dt.UTC)
NAMES = ["Arlo Quince", "Bela Norwood", "Cato Underhill", "Dario Pell", "Edda Wrexham"]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "archive") as opened:
        yield opened


def story(name: str, marker: str = "") -> bytes:
    body = CHARGED.replace("Arlo Quince", name).replace("Quince", name.rsplit(maxsplit=1)[-1])
    return page(f"{name} charged with human trafficking", f"{body}<p>{marker}</p>")


def keep(store: Store, number: int, body: bytes) -> int:
    url = f"https://daily.example/news/{number}"
    fetched = FetchedPage(
        source_id="in_daily", url=url, final_url=url, canonical_url=url, status=200,
        headers=(("Content-Type", "text/html; charset=utf-8"),), body=body, fetched_at=NOW,
    )  # fmt: skip
    return store.pages.keep(fetched, None, None, NOW).page_id


FAULTY = Limits(
    article_seconds=2.0,
    article_tools="tests.app.faulty_pages:article_tools",
    reading_tools="tests.app.faulty_pages:reading_tools",
)
FAULTS = {
    faulty_pages.SLEEPER.decode(): QuarantineReason.TIMED_OUT,
    faulty_pages.HOG.decode(): QuarantineReason.OUT_OF_MEMORY,
    faulty_pages.POISON.decode(): QuarantineReason.EXTRACTOR_ERROR,
    faulty_pages.POISON_TEXT: QuarantineReason.READER_ERROR,
}


def exported(store: Store) -> set[str]:
    return {row.name for row in store.exports.rows(ExportStage.CHARGED.stages)}


@pytest.mark.slow
def test_faulty_pages_are_quarantined_and_the_rest_is_read(
    store: Store, record_property: Callable[[str, object], None]
) -> None:
    record_property("row", "poison page that makes the extractor raise")
    for number, name in enumerate(NAMES):
        keep(store, number, story(name))
    for number, marker in enumerate(FAULTS, start=100):
        keep(store, number, story("Fenn Marlow", marker))
    done = extract(store, wall_clock, limits=FAULTY)
    read = exported(store)
    reasons = sorted(one.reason.value for one in store.pages.quarantined())
    assert read == set(NAMES)
    assert done.quarantined == {reason.value: 1 for reason in FAULTS.values()}
    assert {one.reason for one in store.pages.quarantined()} == set(FAULTS.values())
    assert not any("Quince" in one.detail for one in store.pages.quarantined())
    (run,) = store.runs.history(kind=RunKind.EXTRACT)
    assert run.outcome is RunOutcome.PARTIAL

    assert extract(store, wall_clock, limits=FAULTY).pages == 0
    healed = extract(store, wall_clock, retry_quarantined=True)
    assert healed.quarantined == {}
    record_property(
        "figure",
        f"{len(read)} of {len(NAMES)} stories read beside {len(FAULTS)} faults ({', '.join(reasons)}); "
        f"{len(FAULTS) - len(store.pages.quarantined())} of {len(FAULTS)} replayed",
    )
    assert store.pages.quarantined() == []
    assert exported(store) == {*NAMES, "Fenn Marlow"}


@pytest.mark.slow
def test_a_real_hostile_page_costs_nobody_else(store: Store) -> None:
    links = b"".join(b"<a href='/x%d'>human trafficking %d</a>\n" % (i, i) for i in range(200_000))
    keep(store, 1, b"<html><body>" + links + b"</body></html>")
    keep(store, 2, b"<div>" * 300_000 + b"human trafficking" + b"</div>" * 300_000)
    keep(store, 3, story("Arlo Quince"))
    done = extract(store, wall_clock)  # without its limits each would take minutes, and the test with them
    assert exported(store) == {"Arlo Quince"}
    assert done.quarantined.total() == 2


@pytest.mark.slow
def test_twice_and_with_two_workers_is_the_same(store: Store) -> None:
    for number, name in enumerate(NAMES):
        keep(store, number, story(name))
        keep(store, number + 50, story(name))  # an exact copy at another address
    first = extract(store, wall_clock, limits=Limits(workers=2))
    assert (first.pages, first.articles, first.read, first.named_accused) == (10, 5, 5, 5)
    rows = list(store.exports.rows(ExportStage.CHARGED.stages))
    again = extract(store, wall_clock, limits=Limits(workers=2))
    assert (again.pages, again.read) == (0, 0)
    assert list(store.exports.rows(ExportStage.CHARGED.stages)) == rows
    assert len(rows) == 5


@pytest.mark.slow
def test_a_torn_archive_costs_its_page_only(store: Store) -> None:
    keep(store, 1, story("Arlo Quince"))
    ref = store.pages.get(keep(store, 2, story("Bela Norwood")))
    file = store.archive.folder / ref.pointer.file
    content = bytearray(file.read_bytes())
    content[ref.pointer.offset + ref.pointer.length // 2] ^= 0xFF
    file.write_bytes(content)
    done = extract(store, wall_clock)
    assert exported(store) == {"Arlo Quince"}
    assert done.quarantined == {"undecodable": 1}


@pytest.mark.slow
def test_an_archive_that_is_away_gives_no_page_up(store: Store) -> None:
    """The wrong user, a share that is not mounted: the job stops, and nothing is quarantined."""
    ref = store.pages.get(keep(store, 1, story("Arlo Quince")))
    file = store.archive.folder / ref.pointer.file
    away = file.rename(file.with_suffix(".away"))
    with pytest.raises(ArchiveUnreadable):
        extract(store, wall_clock)
    assert store.runs.history(kind=RunKind.EXTRACT)[0].outcome is RunOutcome.FAILED
    away.rename(file)
    assert extract(store, wall_clock).quarantined == {}
    assert exported(store) == {"Arlo Quince"}


@pytest.mark.slow
def test_killed_while_extracting_it_goes_on(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    desk.watch(None, "daily")
    with Store.open(desk.database_url, desk.archive) as store:
        for number in range(120):
            keep(store, number, story(f"Arlo Q{'abcdefghij'[number % 10]}uince{number}"))
    for _ in range(3):
        process = desk.start("extract")
        time.sleep(4)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    done = desk.run("extract")
    assert done.returncode == 0, done.stderr.decode()
    with Store.open(desk.database_url, desk.archive) as store:
        assert store.pages.unextracted(EXTRACTOR_VERSION, 1) == []
        assert store.articles.unread(EXTRACTOR_VERSION, 1) == []
        runs = store.runs.history(kind=RunKind.EXTRACT)
    assert runs[0].outcome is RunOutcome.DONE
    assert {run.outcome for run in runs[1:]} <= {RunOutcome.INTERRUPTED, RunOutcome.DONE}
    assert b"Nothing is broken" in desk.run("status").stdout


STORIES = [
    {
        "id": f"s{number}",
        "url": f"https://daily.example/{number}",
        "source": "The Daily",
        "country": "us",
        "language": "en" if number % 2 else None,
        "date": "2026-03-01",
        "title": f"{name} charged with human trafficking",
        "text": f"Police said on Monday that {name}, 41, was charged with human trafficking in Rivertown. "
        "Prosecutors said that he forced women into prostitution in a hotel.",
    }
    for number, name in enumerate(NAMES)
]


@pytest.mark.slow
@pytest.mark.parametrize("workers", ["1", "2"])
def test_stories_from_a_file(tmp_path: Path, workers: str) -> None:
    desk = Installation(tmp_path)
    (tmp_path / "in.jsonl").write_text("".join(json.dumps(one) + "\n" for one in STORIES), encoding="utf-8")
    done = desk.run("extract", "--input", "in.jsonl", "--output", "out.jsonl", "--workers", workers)
    assert done.returncode == 0, done.stderr.decode()
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [one["id"] for one in STORIES]
    assert [[person["name"] for person in line["persons"]] for line in lines] == [[name] for name in NAMES]
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl", "sources"}
    assert b"5 stories: 5 relevant, 5 accused named" in done.stderr


@pytest.mark.slow
def test_stories_by_pipe(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    done = desk.run("extract", "--input", "-", "--output", "-", stdin=json.dumps(STORIES[0]).encode())
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["persons"][0]["name"] == "Arlo Quince"


@pytest.mark.slow
def test_a_bad_line_leaves_the_old_output(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    lines = [json.dumps(STORIES[0]), '{"id": "x"}', json.dumps(STORIES[1])]
    (tmp_path / "in.jsonl").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("old", encoding="utf-8")
    bad = desk.run("extract", "--input", "in.jsonl", "--output", "out.jsonl")
    assert bad.returncode == 2
    assert b"in.jsonl:2: text: missing" in bad.stderr
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "old"
    skipped = desk.run("extract", "--input", "in.jsonl", "--output", "out.jsonl", "--skip-bad")
    assert skipped.returncode == 1
    assert b"1 line was no story" in skipped.stderr
    assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl", "sources"}


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    (tmp_path / "in.jsonl").write_text(json.dumps(STORIES[0]), encoding="utf-8")
    (tmp_path / "link.jsonl").symlink_to("in.jsonl")
    done = desk.run("extract", "--input", "in.jsonl", "--output", "link.jsonl")
    assert done.returncode == 2
    assert b"link.jsonl is both --input and --output" in done.stderr
    assert json.loads((tmp_path / "in.jsonl").read_text(encoding="utf-8")) == STORIES[0]


def test_an_unwritable_output_is_a_sentence(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    (tmp_path / "in.jsonl").write_text(json.dumps(STORIES[0]), encoding="utf-8")
    done = desk.run("extract", "--input", "in.jsonl", "--output", "no/such/out.jsonl")
    assert done.returncode == 3
    assert b"no/such" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.slow
def test_a_full_disk_leaves_the_old_output(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    long = "".join(json.dumps({**STORIES[0], "id": "x" * 500 + str(number)}) + "\n" for number in range(20))
    (tmp_path / "in.jsonl").write_text(long, encoding="utf-8")
    (tmp_path / "out.jsonl").write_text("old", encoding="utf-8")
    command = f"ulimit -f 4; exec {sys.executable} -m tipwatch extract --input in.jsonl --output out.jsonl"
    done = subprocess.run(["bash", "-c", command], cwd=tmp_path, env=desk.env, capture_output=True, check=False)
    assert done.returncode == 3
    assert b"Error: out.jsonl: File too large." in done.stderr
    assert (tmp_path / "out.jsonl").read_text(encoding="utf-8") == "old"
    assert {path.name for path in tmp_path.iterdir()} == {"in.jsonl", "out.jsonl", "sources"}
