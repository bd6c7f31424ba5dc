"""`tipwatch user`, `takedown`, `prune` and `audit` as an operator uses them."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner, Result
from sqlalchemy import create_engine, text

from storage.store import Store
from tests.storage import samples
from tipwatch.cli import cli

OLD = dt.datetime(2020, 1, 1, 12, 0, tzinfo=dt.UTC)


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
    done = CliRunner().invoke(cli, list(arguments))
    assert done.exit_code == code, done.output
    return done


def stored(desk: Path, n: int = 1, at: dt.datetime = OLD, **changes: Any) -> str:
    """A story with one accused; returns the id of the record."""
    with Store.open(url(desk), desk / "data" / "archive") as store:
        store.events.sync_catalogue([samples.source()], at, "test")
        kept = store.pages.keep(samples.page(n, fetched_at=at), None, None, at)
        store.articles.save(samples.article(n), kept.page_id, samples.V1, at)
        store.articles.save_report(samples.report(n, **changes), at)
    rows = asked(desk, "SELECT id FROM mention WHERE article_id = '" + samples.article(n).id + "'")
    return str(rows[0][0]) if rows else ""


def asked(desk: Path, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(url(desk))
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return rows


def test_a_user_gets_a_token_once_and_only_its_hash_is_kept(desk: Path) -> None:
    done = call("user", "add", "mira", "--role", "reviewer")
    token = done.stdout.splitlines()[-1]
    assert len(token) == 43
    ((held,),) = asked(desk, "SELECT token_hash FROM user_account")
    assert str(held).startswith("$argon2id$")
    assert PasswordHasher().verify(str(held), token)
    assert token.encode() not in (desk / "data" / "tipwatch.db").read_bytes()

    renewed = call("user", "renew", "mira").stdout.splitlines()[-1]
    assert renewed != token
    assert asked(desk, "SELECT epoch FROM user_account") == [(1,)]
    assert "mira is admin now" in call("user", "role", "mira", "admin").stdout
    listed = json.loads(call("user", "list", "--format", "json").stdout)
    assert [(one["name"], one["role"], one["state"]) for one in listed] == [("mira", "admin", "active")]
    assert "Disabled mira" in call("user", "disable", "mira").stdout
    assert "disabled 20" in call("user", "list").stdout
    log = call("audit", "--format", "jsonl").stdout
    assert {json.loads(line)["by"] for line in log.splitlines()} == {"console.mira-desk"}
    assert token not in log


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "Mira K", "--role", "admin"), "is no name of a user"),
        (("add", "console.x", "--role", "admin"), "tipwatch uses itself"),
        (("renew", "nobody"), "no user 'nobody'"),
        (("disable", "nobody"), "no user 'nobody'"),
        (("role", "nobody", "admin"), "no user 'nobody'"),
        (("disable", "nobody", "--dry-run"), "no user 'nobody'"),
    ],
)
def test_a_slip_with_users_is_a_sentence(desk: Path, arguments: tuple[str, ...], words: str) -> None:
    done = CliRunner().invoke(cli, ["user", *arguments])
    assert done.exit_code in {2, 3}, done.output
    assert words in done.stderr
    assert "No users yet" in call("user", "list").stdout


def test_a_dry_run_of_users_changes_nothing(desk: Path) -> None:
    assert "would be added as reader" in call("user", "add", "mira", "--role", "reader", "--dry-run").stdout
    assert asked(desk, "SELECT count(*) FROM user_account") == [(0,)]
    call("user", "add", "mira", "--role", "reader")
    before = asked(desk, "SELECT * FROM user_account")
    for arguments in (("disable", "mira"), ("renew", "mira"), ("role", "mira", "admin")):
        assert "nothing was changed" in call("user", *arguments, "--dry-run").stdout
    assert asked(desk, "SELECT * FROM user_account") == before
    assert (
        "There is a user 'mira' already"
        in call("user", "add", "mira", "--role", "reader", "--dry-run", code=2).stderr
    )


def test_without_argon2_the_remedy_is_named(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "argon2", None)
    done = call("user", "add", "mira", "--role", "reader", code=3)
    assert "pip install 'tipwatch[review]'" in done.stderr
    assert not (desk / "data").exists()


def test_a_takedown_is_tried_made_listed_and_lifted(desk: Path) -> None:
    mention = stored(desk)
    dry = call("takedown", mention, "--reason", "letter 17", "--dry-run").stdout
    assert f"p-{mention} would be taken down, 1 record in 1 story; nothing was changed" in dry
    assert asked(desk, "SELECT withheld FROM accused") == [(None,)]

    call("resolve")
    as_in_a_feed = f"tw-p-{mention}"
    assert call("takedown", as_in_a_feed, "--reason", "letter 17", "--dry-run").stdout == dry

    told = call("takedown", mention, "--reason", "letter 17").stdout
    assert f"Takedown 1: p-{mention} is off every list" in told
    assert "testman" not in (dry + told).lower()
    assert asked(desk, "SELECT withheld FROM accused") == [("taken_down",)]
    (line,) = json.loads(call("takedown", "--list", "--format", "json").stdout)
    assert (line["id"], line["reason"], line["records"], line["by"]) == (1, "letter 17", 1, "console.mira-desk")
    assert "letter 17" in call("takedown", "--list").stdout
    assert "taken down already" in call("takedown", mention, "--reason", "again", code=4).stderr

    assert "would be lifted; nothing was changed" in call("takedown", "--lift", "1", "--dry-run").stdout
    assert "1 record seen again" in call("takedown", "--lift", "1").stdout
    assert asked(desk, "SELECT withheld FROM accused") == [(None,)]
    log = [json.loads(line) for line in call("audit", "--format", "jsonl").stdout.splitlines()]
    assert [one["action"] for one in log] == ["takedown", "lift"]
    assert "testman" not in json.dumps(log).lower()


@pytest.mark.parametrize("dry", [True, False])
def test_a_reason_with_the_name_is_refused(desk: Path, dry: bool) -> None:
    mention = stored(desk)
    done = call("takedown", mention, "--reason", "Mr Testman1 asked", *(["--dry-run"] if dry else []), code=2)
    assert "contains a part of the name" in done.stderr
    assert "Write it without the name" in done.stderr
    assert asked(desk, "SELECT count(*) FROM takedown") == [(0,)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Say one of PERSON, --lift ID and --list."),
        (("p-x", "--list"), "Say one of"),
        (("p-x",), "A takedown needs --reason."),
        (("p-x", "--reason", "y", "--by", "nobody"), "no user 'nobody'"),
        (("--lift", "7", "--dry-run"), "No takedown 7 stands"),
    ],
)
def test_a_slip_with_takedowns_is_a_sentence(desk: Path, arguments: tuple[str, ...], words: str) -> None:
    assert words in call("takedown", *arguments, code=2).stderr


def test_a_user_acts_in_the_users_role(desk: Path) -> None:
    mention = stored(desk)
    for role in ("reader", "reviewer", "admin"):
        call("user", "add", role, "--role", role)
    assert "this needs reviewer" in call("takedown", mention, "--reason", "l", "--by", "reader", code=4).stderr
    call("takedown", mention, "--reason", "letter 17", "--by", "reviewer")
    assert "this needs admin" in call("takedown", "--lift", "1", "--by", "reviewer", code=4).stderr
    call("takedown", "--lift", "1", "--by", "admin")
    assert asked(desk, 'SELECT "by", lifted_by FROM takedown') == [("reviewer", "admin")]


def test_prune_counts_first_and_then_forgets(desk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(desk, 1, accused=(), relevant=False)
    archive = desk / "data" / "archive"
    (file,) = archive.glob("*.warc.gz")
    dry = call("prune", "--dry-run").stdout
    assert "nothing was changed" in dry
    assert file.exists()
    done = call("prune").stdout
    assert "Forgotten, with" in done
    assert not file.exists()
    assert "Nothing is due." in call("prune").stdout
    log = [json.loads(line) for line in call("audit", "--format", "jsonl").stdout.splitlines()]
    assert {(one["action"], one["by"]) for one in log} == {("prune", "console.mira-desk")}
    monkeypatch.setenv("TIPWATCH_RETAIN_PAGES_DAYS", "1")
    assert "30 to 36500" in call("prune", "--dry-run", code=2).stderr


def test_the_audit_is_shown_written_and_checked(desk: Path) -> None:
    assert "The log is empty." in call("audit", "--verify").stdout
    for name in ("mira", "asha"):
        call("user", "add", name, "--role", "reader")
    shown = call("audit").stdout
    assert "user:mira" in shown
    assert "role=reader" in shown
    assert "No lines." in call("audit", "--until", "2020-01-01").stdout
    assert "Wrote 2 lines" in call("audit", "--format", "jsonl", "--output", "log.jsonl").stdout
    lines = [json.loads(line) for line in (desk / "log.jsonl").read_text("utf-8").splitlines()]
    assert [one["id"] for one in lines] == [1, 2]
    whole = call("audit", "--verify").stdout
    assert "whole: 2 lines" in whole
    assert whole.strip().endswith(f"2 {lines[-1]['digest']}")

    engine = create_engine(url(desk))
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER audit_no_update"))
        connection.execute(text("UPDATE audit SET \"by\" = 'nobody' WHERE id = 1"))
    engine.dispose()
    assert "line 1 does not fit" in call("audit", "--verify", code=1).stderr
