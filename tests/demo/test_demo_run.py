"""The demo as a user runs it: what one command printed, stored and exported, held against the stories."""

from __future__ import annotations

import csv
import itertools
import json
import sqlite3
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from urllib.parse import urlsplit

import pytest

from extraction.model import Stage
from extraction.model.terms import CLEARED_STAGES
from storage.records.exports import ExportRow
from storage.store import Store
from tipwatch.demo.stage import CONTACT, DELAY
from tipwatch.demo.stories import load_expected

pytestmark = pytest.mark.slow
LONGEST = 90
# Whoever makes the reader better raises this floor; the figure itself is printed and in the JUnit report.
RECALL_FLOOR = 0.5


@dataclass(frozen=True)
class Run:
    directory: Path
    printed: str
    code: int
    seconds: float
    rows: tuple[ExportRow, ...]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    directory = tmp_path_factory.mktemp("demo") / "out"
    start = monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "tipwatch.demo", "--output", str(directory)],
        capture_output=True, text=True, timeout=LONGEST * 2, check=False,
    )  # fmt: skip
    seconds = monotonic() - start
    assert done.returncode == 0, done.stderr
    with Store.open(f"sqlite:///{directory}/data/tipwatch.db", directory / "data" / "archive") as store:
        rows = tuple(store.exports.rows(frozenset(Stage)))
    return Run(directory=directory, printed=done.stdout, code=done.returncode, seconds=seconds, rows=rows)


def key_of(row: ExportRow) -> str:
    """`<outlet>/<slug>` of the story that a row is from."""
    slug = urlsplit(row.url).path.strip("/").rpartition("/")[2].removesuffix(".html")
    return f"{(row.source or '')[:2]}/{slug}"


def same_person(read: str, expected: Iterable[str]) -> str | None:
    """The one expected name that holds all words of `read`, or the reverse; None when none or several do."""
    words = set(read.split())
    meant = [name for name in expected if words <= set(name.split()) or set(name.split()) <= words]
    return meant[0] if len(meant) == 1 else None


def test_it_ends_well_and_in_time(run: Run) -> None:
    assert run.code == 0
    assert run.seconds < LONGEST
    assert "The accused" in run.printed
    assert str(run.directory / "export") in run.printed


def test_whoever_was_planted_or_merely_commented_on_appears_nowhere(run: Run) -> None:
    database = sqlite3.connect(run.directory / "data" / "tipwatch.db")
    try:
        stored = "\n".join(database.iterdump())
    finally:
        database.close()
    assert "Thackeray" in stored  # the dump does hold the stories
    exported = "\n".join(
        path.read_text(encoding="utf-8") for path in (run.directory / "export").rglob("*") if path.is_file()
    )
    log = (run.directory / "demo.log").read_text(encoding="utf-8")
    for name in load_expected().never:
        surname = name.split()[-1]
        assert surname not in run.printed
        assert surname not in log
        assert surname not in exported
        assert surname not in stored


def test_nobody_is_accused_who_was_not_and_most_are_found(run: Run, record_property) -> None:
    expected = load_expected().accused
    copies = {"ng/three-charged-nigerian-women-goa-villa": "in/goa-salon-agents-charge-sheet"}
    found: dict[str, dict[str, str]] = defaultdict(dict)
    false: list[tuple[str, str]] = []
    for row in run.rows:
        key = copies.get(key_of(row), key_of(row))
        name = same_person(row.name, expected.get(key, {}))
        if name is None:
            false.append((key, row.name))
        else:
            found[key][name] = row.stage.value
    want = [(key, name) for key, names in expected.items() if key not in copies for name in names]
    hits = [(key, name) for key, name in want if name in found[key]]
    staged = [(key, name) for key, name in hits if found[key][name] == expected[key][name]]
    missed = [pair for pair in want if pair not in hits]
    wrong = [(key, name, found[key][name], expected[key][name]) for key, name in hits if (key, name) not in staged]
    recall = len(hits) / len(want)
    print(f"demo: recall {recall:.3f} ({len(hits)} of {len(want)}), stage right {len(staged)} of {len(hits)}")
    print("false:", *false, "missed:", *missed, "stage wrong:", *wrong, sep="\n  ")
    record_property("recall", recall)
    assert false == []
    cleared = {stage.value for stage in CLEARED_STAGES}
    assert [one for one in wrong if one[3] in cleared] == [], "somebody cleared is listed as accused"
    assert recall >= RECALL_FLOOR


def test_one_story_in_two_outlets_is_one_story(run: Run) -> None:
    rows = [row for row in run.rows if row.name == "Ejike Nnabuife Obiorah"]
    assert len(rows) == 1
    both = {urlsplit(url).path for url in (rows[0].url, *rows[0].other_urls)}
    assert len(both) == 2


def test_the_dead_feed_is_in_the_coverage_and_every_country_has_its_accused(run: Run) -> None:
    with (run.directory / "export" / "csv" / "coverage.csv").open(encoding="utf-8-sig", newline="") as file:
        sheet = {row["country"].lower(): row for row in csv.DictReader(file)}
    mexico = sheet["mx"]
    assert (mexico["polls"], mexico["polls_ok"]) == ("2", "1")
    assert mexico["unread_language"] == "0"
    for code in ("in", "ng", "gb", "mx"):
        assert int(sheet[code]["named_accused"]) > 0
    line = next(line for line in run.printed.splitlines() if line.strip().startswith("mx"))
    assert "1 of 2" in line


def test_the_exports_are_there_with_their_coverage(run: Run) -> None:
    for kind in ("csv", "jsonl"):
        folder = run.directory / "export" / kind
        names = {path.name for path in folder.iterdir()}
        assert names == {
            f"charged.{kind}", f"cleared.{kind}", "coverage.csv", "accuracy.json", "README.md", "manifest.json"
        }  # fmt: skip
    lines = (run.directory / "export" / "jsonl" / "charged.jsonl").read_text(encoding="utf-8").splitlines()
    for line in lines:
        row = json.loads(line)
        assert row["stage"] in {"charged", "on_trial", "pleaded_guilty", "convicted", "sentenced"}
        assert row["quote"]
        assert row["url"].startswith("http://127.0.0.1:")


def test_the_crawl_was_polite(run: Run) -> None:
    with (run.directory / "visits.tsv").open(encoding="utf-8", newline="") as file:
        visits = list(csv.DictReader(file, delimiter="\t"))
    assert all(CONTACT in visit["user_agent"] for visit in visits)
    by_outlet: dict[str, list[dict[str, str]]] = defaultdict(list)
    for visit in visits:
        by_outlet[visit["outlet"]].append(visit)
    assert sorted(by_outlet) == ["gb", "in", "mx", "ng"]
    for outlet, own in by_outlet.items():
        own.sort(key=lambda visit: float(visit["from"]))
        assert own[0]["path"] == "/robots.txt"
        assert not any(visit["path"].startswith(("/members/", "/epaper/", "/wp-admin/")) for visit in own), outlet
        pauses = [float(b["from"]) - float(a["until"]) for a, b in itertools.pairwise(own)]
        assert min(pauses) >= DELAY * 0.9, outlet  # the server's clock sees arrivals, not departures
        paths = [visit["path"] for visit in own]
        assert len(paths) == len(set(paths)), outlet


def test_what_left_the_window_or_is_too_old_was_not_fetched(run: Run) -> None:
    visits = (run.directory / "visits.tsv").read_text(encoding="utf-8")
    assert "kolhapur-dance-bar-owner-ten-years" in visits
    for slug in ("theatre-festival-sangli", "school-science-fair-karad", "archive-harbour-marathon", "/about"):
        assert slug not in visits
