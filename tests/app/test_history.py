"""The generated history: whole, repeatable, and as it says it is. Coverage and report are tried on it."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.history import DATABASE, OLD_VERSION, SOURCES, write_history
from benchmarks.planted import Planted
from benchmarks.stories import LOST
from benchmarks.tables import COLUMNS
from benchmarks.world import LEAST_COUNTRIES, LEAST_SOURCES, PAPERS
from config.catalogue import load_catalogue
from extraction.version import EXTRACTOR_VERSION
from storage.records import ZeroReason
from storage.records.series import EventKind
from storage.records.sources import SourceFacts
from storage.schema import SchemaState
from storage.store import Store

SCALE, STORIES = 0.02, 854_100
ROWS = (*COLUMNS, "stale_month", "source", "source_country", "source_language")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    folder = tmp_path_factory.mktemp("history")
    return folder, write_history(folder, seed=5, scale=SCALE)


@pytest.fixture
def rows(history: tuple[Path, Planted]) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(history[0] / DATABASE)) as connection:
        yield connection


def digests(folder: Path) -> dict[str, str]:
    """A digest of every table's rows, sorted, and of the catalogue's files."""
    found: dict[str, str] = {}
    with closing(sqlite3.connect(folder / DATABASE)) as connection:
        for table in ROWS:
            lines = sorted(map(repr, connection.execute(f"SELECT * FROM {table}")))
            found[table] = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    for path in sorted((folder / SOURCES).rglob("*.yml")):
        found[str(path.relative_to(folder))] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def number(rows: sqlite3.Connection, query: str, *values: object) -> int:
    return int(rows.execute(query, values).fetchone()[0] or 0)


def test_this_version_can_use_the_database(history: tuple[Path, Planted]) -> None:
    folder = history[0]
    env = os.environ | {"TIPWATCH_DATABASE_URL": f"sqlite:///{folder / DATABASE}"}
    asked = [sys.executable, "-m", "tipwatch", "db", "check"]
    answer = subprocess.run(asked, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (answer.returncode, answer.stdout) == (0, "The database is of this version.\n"), answer.stderr
    assert Store.check(f"sqlite:///{folder / DATABASE}") is SchemaState.CURRENT


def test_the_catalogue_loads(history: tuple[Path, Planted]) -> None:
    folder, planted = history
    sources = load_catalogue(folder / SOURCES).sources
    assert tuple(sources) == planted.sources
    assert len(sources) == LEAST_SOURCES
    assert len(planted.countries) == LEAST_COUNTRIES
    shared = len(sources) - len({one.publisher.name for one in sources.values()})
    assert shared >= 4, "two papers of one publisher in every ordinary country with more than three"
    for facet in ("level", "country"):
        assert len({getattr(one, facet) for one in sources.values()}) > 2


def test_counts_are_as_planted(history: tuple[Path, Planted], rows: sqlite3.Connection) -> None:
    _, planted = history
    assert planted.stories == round(SCALE * STORIES)
    assert number(rows, "SELECT count(*) FROM article_copy") == planted.stories
    assert number(rows, "SELECT count(*) FROM page") == planted.stories
    assert number(rows, "SELECT count(*) FROM article") == planted.texts
    assert number(rows, "SELECT count(*) FROM report") == planted.texts
    days = "SELECT count(*) FROM (SELECT DISTINCT source_id, day FROM coverage_day)"
    assert number(rows, days) == planted.source_days
    assert planted.source_days == len(planted.sources) * 731 - (planted.added.day - planted.first).days
    assert number(rows, "SELECT sum(n) FROM coverage_day WHERE measure = 'kept'") == planted.stories


def test_funnel_adds_up(rows: sqlite3.Connection) -> None:
    """Fetched is kept and dropped, source by source; stories lie on days on which a poll worked."""
    sums = "SELECT sum(n * (measure = 'fetched')) - sum(n * (measure IN ('kept', 'dropped'))) FROM coverage_day"
    assert {row[0] for row in rows.execute(f"{sums} GROUP BY source_id, day")} == {0}
    lost = (
        "SELECT count(*) FROM article_copy c WHERE NOT EXISTS (SELECT 1 FROM coverage_day d WHERE"
        " d.source_id = c.source_id AND d.day = date(c.fetched_at) AND d.measure = 'poll_ok')"
    )
    assert number(rows, lost) == 0
    assert list(rows.execute("PRAGMA foreign_key_check")) == []


def test_every_accused_is_proven(rows: sqlite3.Connection) -> None:
    """Three spans each, every one of them the text it says."""
    accused = number(rows, "SELECT count(*) FROM accused")
    assert accused > 5000
    assert number(rows, "SELECT count(*) FROM evidence") == 3 * accused
    wrong = (
        "SELECT count(*) FROM evidence e JOIN article a ON a.id = e.article_id"
        ' WHERE substr(a.text, e.start + 1, e."end" - e.start) <> e.quote'
    )
    assert number(rows, wrong) == 0


def test_same_seed_same_rows(history: tuple[Path, Planted], tmp_path: Path) -> None:
    folder, planted = history
    again = write_history(tmp_path / "again", seed=5, scale=SCALE)
    assert again == planted
    assert digests(tmp_path / "again") == digests(folder)


def test_another_seed_is_another_world(history: tuple[Path, Planted], tmp_path: Path) -> None:
    other = write_history(tmp_path, seed=6, scale=SCALE)
    assert set(other.sources).isdisjoint(history[1].sources)


def test_a_database_is_never_overwritten(history: tuple[Path, Planted]) -> None:
    with pytest.raises(FileExistsError, match="choose an empty folder"):
        write_history(history[0], seed=5, scale=SCALE)


@pytest.mark.parametrize("size", [{"sources": 39}, {"countries": 11}, {"countries": 60}, {"months": 12}], ids=str)
def test_a_world_too_small_is_refused(tmp_path: Path, size: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="wants at least 40 sources, 12 to"):
        write_history(tmp_path, seed=5, **{"sources": 40, "countries": 12} | size)


def test_planted_events_stand_in_the_rows(history: tuple[Path, Planted], rows: sqlite3.Connection) -> None:
    _, planted = history
    worked = "SELECT {}(day) FROM coverage_day WHERE measure = 'poll_ok' AND source_id = ?"
    added, dead = planted.added, planted.dead
    assert rows.execute(worked.format("min"), (added.source_id,)).fetchone()[0] == added.day.isoformat()
    assert added.day == dt.date(2024, 9, 10), "in month 9"
    last = dt.date.fromisoformat(rows.execute(worked.format("max"), (dead.source_id,)).fetchone()[0])
    assert dead.day - dt.timedelta(days=3) < last < dead.day
    after = "SELECT DISTINCT ok, status, entries FROM poll WHERE source_id = ? AND at >= ?"
    assert list(rows.execute(after, (dead.source_id, dead.day.isoformat()))) == [(0, 410, 0)]
    events = "SELECT kind, date(at), source_id FROM coverage_event ORDER BY at"
    assert list(rows.execute(events)) == [
        (one.kind.value, one.day.isoformat(), one.source_id) for one in (planted.selectors, planted.reader)
    ]


def test_volumes_jump_and_halve(history: tuple[Path, Planted], rows: sqlite3.Connection) -> None:
    _, planted = history
    mean = (
        "SELECT avg(n) FROM coverage_day WHERE measure = 'new_entries' AND source_id = ? AND day >= ? AND day < ?"
    )
    changed = planted.selectors
    before, after = (
        rows.execute(mean, (changed.source_id, *span)).fetchone()[0]
        for span in (("2024-01-01", changed.day.isoformat()), (changed.day.isoformat(), "2026-01-01"))
    )
    assert after / before == pytest.approx(0.5, abs=0.05)
    country = "SELECT count(*) FROM article_copy WHERE country = ? AND fetched_at >= ? AND fetched_at < ?"
    months = [
        number(rows, country, planted.added.country, f"{year}-01-01", f"{year}-09-01") for year in (2024, 2025)
    ]
    assert months[1] > 1.6 * months[0]
    others = f"{country} AND source_id <> '{planted.added.source_id}'"
    months = [
        number(rows, others, planted.added.country, f"{year}-01-01", f"{year}-09-01") for year in (2024, 2025)
    ]
    assert months[1] / months[0] == pytest.approx(1, abs=0.15)


def test_reading_anew_found_more_persons(history: tuple[Path, Planted], rows: sqlite3.Connection) -> None:
    _, planted = history
    assert planted.reader.kind is EventKind.READER_CHANGED
    sums = "SELECT sum(stories), sum(on_topic_before), sum(on_topic_after), sum(named_before), sum(named_after)"
    stories, *on_topic, before, after = rows.execute(f"{sums} FROM reading_change").fetchone()
    earlier = "FROM (SELECT article_id, min(fetched_at) AS first FROM article_copy GROUP BY article_id) f"
    assert stories == number(rows, f"SELECT count(*) {earlier} WHERE first < ?", planted.reader.day.isoformat())
    assert on_topic[0] == on_topic[1]
    named = f"SELECT count(*) {earlier} JOIN accused a ON a.article_id = f.article_id WHERE first < ?"
    assert after == number(rows, named, planted.reader.day.isoformat())
    assert before / after == pytest.approx(1 - LOST, abs=0.02)
    versions = "SELECT DISTINCT from_version, to_version FROM reading_change"
    assert list(rows.execute(versions)) == [(OLD_VERSION, EXTRACTOR_VERSION)]
    assert list(rows.execute("SELECT DISTINCT extractor_version FROM report")) == [(EXTRACTOR_VERSION,)]


def test_an_agency_stands_in_nine_papers(history: tuple[Path, Planted], rows: sqlite3.Connection) -> None:
    _, planted = history
    groups = (
        "SELECT article_id, count(DISTINCT source_id), count(*) FROM article_copy GROUP BY 1 HAVING count(*) > 1"
    )
    found = list(rows.execute(groups))
    assert {papers for _, papers, _ in found} == {PAPERS}
    assert sum(copies for *_, copies in found) == planted.syndicated
    assert 0.10 <= planted.syndicated / planted.stories <= 0.15
    holders = "SELECT DISTINCT source_id FROM article_copy WHERE article_id = ?"
    assert {row[0] for row in rows.execute(holders, (found[0][0],))} == set(planted.papers)


def test_cases_are_told_as_often_as_stated(history: tuple[Path, Planted], rows: sqlite3.Connection) -> None:
    """No case is told that is not true, some are told by nobody, many by several; truth is the same every year."""
    _, planted = history
    first = (
        "SELECT f.country AS country, substr(min(c.fetched_at), 1, 4) AS year FROM accused a"
        " JOIN article_copy c ON c.article_id = a.article_id JOIN country_fact f ON f.article_id = a.article_id"
        " WHERE f.role = 'prosecution' GROUP BY f.country, a.name"
    )
    told = f"SELECT country, year, count(*) FROM ({first}) GROUP BY 1, 2"
    persons = {(country, int(year)): n for country, year, n in rows.execute(told)}
    for country in planted.flat:
        true = [planted.true_cases[country, year] for year in (2024, 2025)]
        assert true[1] / true[0] == pytest.approx(0.9, abs=0.15), "some of the first year were charged before it"
        for year in (2024, 2025):
            cases = persons[country, year] / 1.52  # persons a case: 0.60 x 1 + 0.28 x 2 + 0.12 x 3
            assert 0.3 * planted.true_cases[country, year] < cases < 1.03 * planted.true_cases[country, year]
    rooms = (
        "SELECT name, count(DISTINCT c.source_id) FROM accused a JOIN article_copy c"
        " ON c.article_id = a.article_id WHERE c.source_id LIKE ? GROUP BY name"
    )
    seen = [n for _, n in rows.execute(rooms, (f"{planted.flat[1]}%",))]
    assert min(seen) == 1
    assert sum(n > 1 for n in seen) / len(seen) > 0.15


def test_every_empty_country_has_its_reason(history: tuple[Path, Planted], tmp_path: Path) -> None:
    folder, planted = history
    shutil.copy(folder / DATABASE, tmp_path)  # coverage counts months into it
    facts = [SourceFacts.of(one) for one in load_catalogue(folder / SOURCES).sources.values()]
    with Store.open(f"sqlite:///{tmp_path / DATABASE}", tmp_path / "archive") as store:
        found = {
            one.country: one
            for one in store.coverage.by_country(countries=planted.countries, catalogue_facts=facts)
        }
    assert set(found) == set(planted.countries)
    for country, reason in planted.empty.items():
        if reason == "below_stage":
            assert found[country].counts.named_accused > 50
        else:
            assert found[country].zeros["named_accused"] is ZeroReason(reason), country
    for country in set(planted.countries) - set(planted.empty):
        assert found[country].zeros == {}, country
