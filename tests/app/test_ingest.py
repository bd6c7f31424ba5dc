"""Ingest: other people's WARC files become our pages, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.gate_lexicons import load_gate_lexicons
from config.source import Source
from extraction.relevance import Gate
from extraction.version import EXTRACTOR_VERSION
from storage.records import ExportStage, RunKind, RunOutcome
from storage.store import Store
from tests.app.outlet import CHARGED, SPORT, Installation, page
from tests.app.test_due import a_source
from tests.app.warcs import Tape
from tipwatch.jobs.extract import extract
from tipwatch.jobs.ingest import INGESTED, Hosts, IngestSummary, ingest
from tipwatch.jobs.run import wall_clock
from tipwatch.jobs.warc import DamagedError

pytestmark = pytest.mark.filterwarnings("ignore:.*Unclosed file:ResourceWarning")  # warcio's writer leaves them

GATE = Gate(list(load_gate_lexicons().values()))
STORY = page("Man charged with human trafficking in Rivertown", CHARGED)
CUP = page("Rovers win the cup", SPORT)


def at(name: str, homepage: str) -> Source:
    import dataclasses

    return dataclasses.replace(a_source(name), homepage=homepage, discover=())


SOURCES = [
    at("in_daily", "https://www.daily.example/"),
    at("in_hindi", "https://world.example/hindi"),
    at("gb_world", "https://world.example/"),
    at("gb_twin", "https://twin.example/"),
    at("us_twin", "https://twin.example/"),
]


@pytest.mark.parametrize(
    ("url", "source"),
    [
        ("https://daily.example/a", "in_daily"),
        ("http://www.daily.example/a?b=1", "in_daily"),
        ("https://epaper.DAILY.example:8080/a", "in_daily"),
        ("https://notdaily.example/a", None),
        ("https://world.example/hindi/a", "in_hindi"),
        ("https://world.example/hindilive", "gb_world"),
        ("https://world.example/sport", "gb_world"),
        ("https://twin.example/a", None),
        ("https://example/a", None),
        ("https://[broken", None),
        ("", None),
    ],
)
def test_whose_page_it_is(url: str, source: str | None) -> None:
    assert Hosts(SOURCES).source_of(url) == source


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "archive") as opened:
        yield opened


def take(store: Store | None, file: Path, **options: str) -> IngestSummary:
    return ingest(store, file, wall_clock, GATE, hosts=Hosts(SOURCES), max_body=10_000_000, **options)  # type: ignore[arg-type]


def tape(path: Path) -> Path:
    made = Tape(path).info()
    made.response("https://daily.example/charged", STORY)
    made.response("https://daily.example/cup", CUP)
    made.response("https://daily.example/moved", b"", status="301 Moved")
    made.response("https://daily.example/charged", b"", kind="revisit")
    made.response("https://elsewhere.example/charged", STORY.replace(b"Quince", b"Zephyr"))
    made.response(
        "https://daily.example/logo.png", b"\x89PNG human trafficking", headers=(("Content-Type", "image/png"),)
    )
    return made.close()


def counts(store: Store) -> dict[tuple[str, str, str], int]:
    return {(one.source_id, one.measure.value, one.reason): one.n for one in store.coverage.by_day()}


def test_pages_come_by_the_same_way_and_only_once(store: Store, tmp_path: Path) -> None:
    file = tape(tmp_path / "a.warc.gz")
    done = take(store, file)
    assert (done.records, done.pages, done.kept, done.known, done.dropped) == (7, 4, 2, 0, 2)
    assert dict(done.passed_over) == {"other_record": 1, "redirect": 1, "revisit": 1}
    before = counts(store)
    assert before["in_daily", "kept", ""] == 1
    assert before["in_daily", "dropped", "no_gate_word"] == 1
    assert before["in_daily", "dropped", "not_html"] == 1
    assert before[INGESTED, "kept", ""] == 1
    assert {one.day for one in store.coverage.by_day()} == {dt.date(2024, 5, 31)}
    other_name = tmp_path / "b.warc.gz"
    other_name.write_bytes(file.read_bytes())
    assert take(store, other_name).seen_before
    assert counts(store) == before
    assert extract(store, wall_clock).named_accused == 2
    assert {(row.name, row.source) for row in store.exports.rows(ExportStage.CHARGED.stages)} == {
        ("Arlo Quince", "in_daily"),
        ("Arlo Zephyr", INGESTED),
    }


def test_another_file_with_the_same_pages_adds_none(store: Store, tmp_path: Path) -> None:
    take(store, tape(tmp_path / "a.warc.gz"))
    other = Tape(tmp_path / "b.warc.gz").response("https://daily.example/charged", STORY).close()
    done = take(store, other)
    assert (done.kept, done.known) == (0, 1)
    assert len(store.pages.unextracted(EXTRACTOR_VERSION, 100)) == 2


def test_a_dry_run_writes_nothing(tmp_path: Path) -> None:
    done = take(None, tape(tmp_path / "a.warc.gz"))
    assert (done.pages, done.kept, done.dropped) == (4, 2, 2)


def test_a_named_source_wins(store: Store, tmp_path: Path) -> None:
    take(store, tape(tmp_path / "a.warc.gz"), source_id="gb_twin")
    assert {ref.source_id for ref in store.pages.unextracted(EXTRACTOR_VERSION, 100)} == {"gb_twin"}


def test_a_damaged_file_keeps_what_came_before_and_counts_it_once(store: Store, tmp_path: Path) -> None:
    whole = tape(tmp_path / "a.warc.gz").read_bytes()
    file = tmp_path / "cut.warc.gz"
    file.write_bytes(whole[:-100])
    for _ in range(2):
        with pytest.raises(DamagedError, match=r"cut\.warc\.gz, byte"):
            take(store, file)
        assert len(store.pages.unextracted(EXTRACTOR_VERSION, 100)) == 2
        assert counts(store)["in_daily", "dropped", "no_gate_word"] == 1
    assert {run.outcome for run in store.runs.history(kind=RunKind.INGEST)} == {RunOutcome.FAILED}


def test_the_command(tmp_path: Path) -> None:
    desk = Installation(tmp_path)
    desk.watch(None, "daily")
    tape(tmp_path / "a.warc.gz")
    (tmp_path / "no.warc.gz").write_bytes(b"<html>")
    dry = desk.run("ingest", "a.warc.gz", "--dry-run")
    assert b"4 pages, of which the gate would keep 2" in dry.stdout
    done = desk.run("ingest", "a.warc.gz", "no.warc.gz")
    assert done.returncode == 2
    assert b"a.warc.gz: 4 pages: 2 kept" in done.stdout
    assert b"no.warc.gz, byte 0: no WARC record" in done.stderr
    assert b"Traceback" not in done.stderr
