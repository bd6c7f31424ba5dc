"""`tipwatch client` as an operator uses it."""

from __future__ import annotations

import csv
import datetime as dt
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from storage.records.clients import Access, ApiClient
from storage.store import Store
from tipwatch.cli import cli

TODAY = dt.datetime.now(dt.UTC)
ID = "tw-p-0123456789abcdef0123"
ADD = ("add", "mira-bank", "--scope", "search", "--scope", "entities", "--expires", "2999-12-31")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TIPWATCH_SETTINGS", "TIPWATCH_SOURCES_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TIPWATCH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TIPWATCH_DATABASE_URL", url(tmp_path))
    monkeypatch.setenv("LOGNAME", "Mira.Desk")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def url(desk: Path) -> str:
    return f"sqlite:///{desk / 'data' / 'tipwatch.db'}"


def call(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["client", *arguments])
    assert done.exit_code == code, done.output
    return done


def log() -> list[dict[str, object]]:
    done = CliRunner().invoke(cli, ["audit", "--format", "jsonl"])
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def whose(desk: Path, key: str, at: dt.datetime = TODAY) -> ApiClient | None:
    with Store.open(url(desk), desk / "data" / "archive") as store:
        return store.clients.of_key(key, at)


def held(desk: Path) -> list[tuple[object, ...]]:
    engine = create_engine(url(desk))
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text("SELECT * FROM api_client"))]
    engine.dispose()
    return rows


def asked(desk: Path, *accesses: Access) -> None:
    with Store.open(url(desk), desk / "data" / "archive") as store:
        store.clients.note_accesses(accesses)


def access(day: int, client: str | None = "mira-bank", subject: str | None = ID) -> Access:
    at = dt.datetime(2026, 11, day, 9, 30, 0, 250_000, tzinfo=dt.UTC)
    return Access(at=at, client=client, route="/v1/entities/{id}", status=200, subject=subject, bytes=812, ms=4)


def test_a_client_from_its_first_key_to_its_end(desk: Path) -> None:
    done = call(*ADD, "--per-minute", "120")
    assert "Added mira-bank: entities, search; 120 requests a minute; until 2999-12-31." in done.stdout
    assert "shown this once" in done.stderr
    key = done.stdout.splitlines()[-1]
    known = whose(desk, key)
    assert known is not None
    assert (known.name, known.per_minute) == ("mira-bank", 120)
    assert key.split("_", 2)[2].encode() not in (desk / "data" / "tipwatch.db").read_bytes()

    told = call("change", "mira-bank", "--scope", "downloads", "--expires", "never").stdout
    assert "Changed mira-bank: downloads; 120 requests a minute; without an end." in told
    assert whose(desk, key) is not None
    done = call("renew", "mira-bank")
    assert "the old one is dead" in done.stdout
    other = done.stdout.splitlines()[-1]
    assert (whose(desk, key), whose(desk, other) is not None) == (None, True)

    (listed,) = json.loads(call("list", "--format", "json").stdout)
    assert (listed["name"], listed["state"], listed["scopes"], listed["per_minute"], listed["last_day"]) == (
        "mira-bank", "active", "downloads", 120, "never",
    )  # fmt: skip
    assert listed["last_seen"] is None
    assert "Disabled mira-bank" in call("disable", "mira-bank").stdout
    assert whose(desk, other) is None
    assert "disabled" in call("list").stdout
    assert {one["by"] for one in log()} == {"console.mira-desk"}
    assert [one["action"] for one in log()] == ["client_add", "client_change", "client_renew", "client_disable"]
    shown = json.dumps(log()) + call("list", "--format", "csv").stdout
    assert key.split("_", 2)[2] not in shown
    assert other.split("_", 2)[2] not in shown


def test_a_key_works_until_the_end_of_its_last_day(desk: Path) -> None:
    last = (TODAY + dt.timedelta(days=3)).date()
    key = call("add", "desk", "--scope", "coverage", "--expires", f"{last}").stdout.splitlines()[-1]
    end = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min, tzinfo=dt.UTC)
    assert whose(desk, key, end - dt.timedelta(seconds=1)) is not None
    assert whose(desk, key, end) is None
    assert json.loads(call("list", "--format", "json").stdout)[0]["last_day"] == f"{last}"


SLIPS = [
    (("add", "Mira K", "--scope", "search", "--expires", "never"), "is no name of a client"),
    (("add", "mira", "--expires", "never"), "without a scope"),
    (("add", "mira", "--scope", "search"), "--expires"),
    (("add", "mira", "--scope", "all", "--expires", "never"), "'all' is not one of"),
    (("add", "mira", "--scope", "search", "--expires", "2020-01-31"), "expired on 2020-02-01"),
    (("add", "mira", "--scope", "search", "--expires", "soon"), "'soon' is neither a day such as"),
    (("add", "mira", "--scope", "search", "--expires", "9999-12-31"), "write never"),
    (("add", "mira", "--scope", "search", "--expires", "never", "--per-minute", "0"), "--per-minute"),
    (("add", "mira", "--scope", "search", "--expires", "never", "--per-minute", "60001"), "1 to 60000 a minute"),
    (("renew", "nobody"), "no client 'nobody'"),
    (("disable", "nobody"), "no client 'nobody'"),
    (("disable", "nobody", "--dry-run"), "no client 'nobody'"),
    (("change", "nobody", "--per-minute", "5"), "no client 'nobody'"),
    (("accesses", "--client", "nobody"), "no client 'nobody'"),
    (("accesses", "--subject", "Ravi Testman"), "nothing that is stored"),
    (("accesses", "--limit", "0"), "--limit"),
]


@pytest.mark.parametrize(("arguments", "words"), SLIPS, ids=range(len(SLIPS)))
def test_a_slip_is_a_sentence(desk: Path, arguments: tuple[str, ...], words: str) -> None:
    assert words in call(*arguments, code=2).stderr
    assert "No clients yet" in call("list").stdout
    assert log() == []


def test_what_is_there_already_expired_or_not_named_is_a_sentence(desk: Path) -> None:
    call(*ADD)
    assert "given once" in call(*ADD, code=2).stderr
    assert "There is a client 'mira-bank' already." in call(*ADD, "--dry-run", code=2).stderr
    assert "Nothing to change" in call("change", "mira-bank", code=2).stderr
    assert "would never work" in call("change", "mira-bank", "--expires", "2020-01-31", code=2).stderr
    engine = create_engine(url(desk))
    with engine.begin() as connection:
        connection.execute(text("UPDATE api_client SET expires_at = '2026-01-01 00:00:00.000000'"))
    engine.dispose()
    assert json.loads(call("list", "--format", "json").stdout)[0]["state"] == "expired"
    assert "client change NAME --expires DATE" in call("renew", "mira-bank", code=2).stderr


def test_a_dry_run_changes_nothing(desk: Path) -> None:
    assert "would be added; nothing was stored" in call(*ADD, "--dry-run").stdout
    assert held(desk) == []
    call(*ADD)
    before = held(desk)
    for arguments in (("disable",), ("renew",), ("change", "--per-minute", "5"), ("change", "--expires", "never")):
        command, *rest = arguments
        assert "nothing was changed" in call(command, "mira-bank", *rest, "--dry-run").stdout
    assert "would never work" in call("change", "mira-bank", "--expires", "2020-01-31", "--dry-run", code=2).stderr
    assert held(desk) == before
    assert len(log()) == 1


def test_accesses_as_table_csv_and_json(desk: Path) -> None:
    call(*ADD)
    assert "No requests." in call("accesses").stdout
    assert call("accesses", "--format", "csv").stdout == "at,client,route,status,subject,bytes,ms\n"
    assert json.loads(call("accesses", "--format", "json").stdout) == []
    asked(desk, access(1), access(2, None, None), access(3, subject="names.txt"), access(4))

    table = call("accesses").stdout
    assert "2026-11-01 09:30:00" in table
    assert ID in table
    rows = list(csv.DictReader(call("accesses", "--format", "csv").stdout.splitlines()))
    assert [row["at"][:10] for row in rows] == ["2026-11-01", "2026-11-02", "2026-11-03", "2026-11-04"]
    assert rows[0] == {
        "at": "2026-11-01T09:30:00.250+00:00", "client": "mira-bank", "route": "/v1/entities/{id}",
        "status": "200", "subject": ID, "bytes": "812", "ms": "4",
    }  # fmt: skip
    assert (rows[1]["client"], rows[1]["subject"]) == ("", "")

    def days(*arguments: str) -> list[int]:
        return [
            int(row["at"][8:10]) for row in json.loads(call("accesses", "--format", "json", *arguments).stdout)
        ]

    assert days("--client", "mira-bank") == [1, 3, 4]
    assert days("--since", "2026-11-02", "--until", "2026-11-03") == [2, 3]
    assert days("--subject", ID) == [1, 4]
    assert days("--limit", "4") == [1, 2, 3, 4]
    cut = call("accesses", "--format", "json", "--limit", "2")
    assert [int(row["at"][8:10]) for row in json.loads(cut.stdout)] == [3, 4]
    assert "Only the newest 2 are shown" in cut.stderr
    assert json.loads(call("list", "--format", "json").stdout)[0]["last_seen"] == "2026-11-04 09:30Z"


def test_prune_names_accesses(desk: Path) -> None:
    asked(desk, access(1))
    done = CliRunner().invoke(cli, ["prune", "--dry-run"])
    assert done.exit_code == 0, done.output
    assert "accesses of clients" in done.stdout
