"""`tipwatch health`: each fault with its word and its code, in real installations; nothing is made or changed.

Refuses stubs: a database away, one of another version, a shut archive, a faulty YAML, runs that failed.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from storage.records import RunKind, RunOutcome
from storage.store import Store
from tests.app.outlet import Installation
from tests.app.test_commands import in_process
from tipwatch.errors import ExitCode


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.watch(None, "daily")
    return made


def asked(desk: Installation, **env: str) -> dict[str, Any]:
    """The JSON of `health`, held to the code that the command ended with."""
    done = in_process(desk, "health", "--json", env=env)
    found: dict[str, Any] = json.loads(done.stdout)
    assert done.exit_code == found["code"], done.output
    worst = [one["verdict"] for one in found["checks"]]
    assert found["verdict"] == max(worst, key=["well", "look", "broken"].index)
    return found


def bad(found: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["name"]: (one["says"], one["remedy"]) for one in found["checks"] if one["verdict"] != "well"}


def ran(
    desk: Installation, kind: RunKind, outcome: RunOutcome, ago: dt.timedelta, source: str | None = None
) -> None:
    now = dt.datetime.now(dt.UTC)
    with Store.open(desk.database_url, desk.archive) as store:
        run = store.runs.start(kind, source or None, "elsewhere:1:1", now - ago)
        store.runs.finish(run, outcome, now - ago, {}, "no reason")


def fresh(desk: Installation) -> None:
    ran(desk, RunKind.CRAWL, RunOutcome.DONE, dt.timedelta(minutes=5), "in_daily")


def test_well(desk: Installation) -> None:
    fresh(desk)
    found = asked(desk)
    assert (found["verdict"], found["code"], bad(found)) == ("well", ExitCode.DONE, {})
    assert in_process(desk, "health").stdout == "well\n"


def test_without_a_database_it_says_so_and_makes_none(desk: Installation) -> None:
    found = asked(desk)
    assert (found["verdict"], found["code"]) == ("look", ExitCode.NEEDS_A_LOOK)
    assert "no database yet" in bad(found)["schema"][0]
    assert not (desk.folder / "data").exists()


def older(desk: Installation) -> dict[str, str]:
    with sqlite3.connect(desk.folder / "data" / "tipwatch.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '0001'")
    return {}


def newer(desk: Installation) -> dict[str, str]:
    with sqlite3.connect(desk.folder / "data" / "tipwatch.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    return {}


def foreign(desk: Installation) -> dict[str, str]:
    with sqlite3.connect(desk.folder / "other.db") as database:
        database.execute("CREATE TABLE songs (title TEXT)")
    return {"TIPWATCH_DATABASE_URL": f"sqlite:///{desk.folder}/other.db"}


def damaged(desk: Installation) -> dict[str, str]:
    (desk.folder / "broken.db").write_bytes(b"no database at all" * 100)
    return {"TIPWATCH_DATABASE_URL": f"sqlite:///{desk.folder}/broken.db"}


def away(_desk: Installation) -> dict[str, str]:
    return {"TIPWATCH_DATABASE_URL": "postgresql://nobody:hush@127.0.0.1:9/none"}


BROKEN = [
    (older, "schema", "older version", "tipwatch db upgrade"),
    (newer, "schema", "newer", "TIPWATCH_DATABASE_URL"),
    (foreign, "schema", "foreign", "TIPWATCH_DATABASE_URL"),
    (damaged, "database", "not a SQLite database", "backup"),
    (away, "database", "does not answer", "server runs"),
]


@pytest.mark.parametrize(("harm", "name", "says", "remedy"), BROKEN, ids=[one[0].__name__ for one in BROKEN])
def test_what_keeps_it_from_working_ends_with_3(
    desk: Installation, harm: Callable[[Installation], dict[str, str]], name: str, says: str, remedy: str
) -> None:
    fresh(desk)
    found = asked(desk, **harm(desk))
    assert (found["verdict"], found["code"]) == ("broken", ExitCode.ENVIRONMENT)
    assert says in bad(found)[name][0]
    assert remedy in bad(found)[name][1]
    assert "hush" not in json.dumps(found)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read and write whatever its rights")
def test_a_shut_archive_ends_with_3(desk: Installation) -> None:
    fresh(desk)
    desk.archive.chmod(0o500)
    assert asked(desk)["code"] == ExitCode.ENVIRONMENT
    desk.archive.chmod(0o700)


def test_a_faulty_catalogue_ends_with_2_and_names_the_line(desk: Installation) -> None:
    fresh(desk)
    file = desk.sources / "in" / "daily.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("level: local", "level: lokal"), encoding="utf-8")
    found = asked(desk)
    assert (found["verdict"], found["code"]) == ("broken", ExitCode.BAD_INPUT)
    assert f"{file}:6" in bad(found)["settings"][0]


def test_a_faulty_setting_ends_with_2(desk: Installation) -> None:
    found = asked(desk, TIPWATCH_DELAI="5")
    assert found["code"] == ExitCode.BAD_INPUT
    assert "TIPWATCH_DELAI" in bad(found)["settings"][0]


def test_what_status_calls_broken_needs_a_look(desk: Installation) -> None:
    fresh(desk)
    ran(desk, RunKind.EXPORT, RunOutcome.REFUSED, dt.timedelta(minutes=1))
    found = asked(desk)
    assert (found["verdict"], found["code"]) == ("look", ExitCode.NEEDS_A_LOOK)
    assert "export: the last run refused" in bad(found)["broken"][0]
    shown = in_process(desk, "health").stdout
    assert shown.startswith("look\n  broken: export: the last run refused")
    assert in_process(desk, "status").exit_code == ExitCode.NEEDS_A_LOOK


def test_nobody_crawls(desk: Installation) -> None:
    ran(desk, RunKind.CRAWL, RunOutcome.DONE, dt.timedelta(hours=9), "in_daily")
    found = asked(desk)
    assert found["code"] == ExitCode.NEEDS_A_LOOK
    assert "1 sources have been due" in bad(found)["schedule"][0]
    ran(desk, RunKind.CRAWL, RunOutcome.DONE, dt.timedelta(minutes=100), "in_daily")
    assert bad(asked(desk)) == {}, "due for half an hour is daily life"
