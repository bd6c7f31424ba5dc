"""`tipwatch deliver` of a feed's folder by hand: whoever was withdrawn since it was written is not delivered.

Refuses real names: everybody here is made up.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from storage.store import Store
from tests.feed.api_samples import Bureau, bureau
from tests.storage.samples import NOW
from tests.storage.test_people import RARE
from tipwatch.cli import cli
from tipwatch.errors import ExitCode

pytest.importorskip("followthemoney")
pytest.importorskip("cryptography")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bureau]:
    """A workplace in the working folder, with a feed of two persons that was just written."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TIPWATCH_DATABASE_URL", raising=False)
    monkeypatch.setenv("TIPWATCH_DATA_DIR", str(tmp_path / "data"))
    with Store.open(f"sqlite:///{tmp_path}/data/tipwatch.db", tmp_path / "data" / "archive") as store:
        yield bureau(store, tmp_path / "feed")


def deliver(*more: str, code: ExitCode = ExitCode.DONE) -> Result:
    done = CliRunner().invoke(cli, ["deliver", "feed", "--to", f"file://{Path.cwd()}/taker", *more])
    assert done.exit_code == code, done.output + repr(done.exception)
    return done


def taken(name: str) -> bool:
    return any(name.encode() in one.read_bytes() for one in Path("taker").rglob("*") if one.is_file())


def test_a_feed_of_today_is_delivered_without_a_word(desk: Bureau) -> None:
    assert deliver().stderr == ""
    assert taken(RARE.split()[-1])


@pytest.mark.parametrize("how", ["acquitted", "taken down"])
def test_who_was_withdrawn_since_is_not_delivered(desk: Bureau, how: str) -> None:
    if how == "acquitted":
        desk.acquit()
    else:
        desk.store.takedowns.take_down(desk.rare.removeprefix("tw-"), "letter 17", "mira", desk.now)
    for more in ((), ("--dry-run",)):
        refused = deliver(*more, code=ExitCode.REFUSED)
        assert "names 1 who may be named no more" in refused.stderr
        assert "tipwatch export --format opensanctions" in refused.stderr
        assert RARE.split()[-1] not in refused.output
        assert not Path("taker").exists()
    forced = deliver("--force")
    assert "names 1 who may be named no more" in forced.stderr
    assert taken(RARE.split()[-1])
    desk.export()
    assert deliver().stderr == ""
    assert not taken(RARE.split()[-1])


def test_whoever_is_not_in_the_database_at_all_is_not_delivered(desk: Bureau) -> None:
    """A folder from elsewhere, or of whoever was pruned: nothing marks them as changed."""
    for path in Path("data").glob("tipwatch.db*"):
        path.rename(path.with_name(f"away-{path.name}"))
    with Store.open(f"sqlite:///{Path.cwd()}/data/tipwatch.db", Path("data/archive")):
        assert "names 2 who may be named no more" in deliver(code=ExitCode.REFUSED).stderr


def test_a_machine_that_only_delivers_does_and_says_so(desk: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPWATCH_DATABASE_URL", "sqlite:///nowhere/tipwatch.db")
    said = deliver().stderr
    assert said.startswith("Warning: ")
    assert "nobody was asked" in said
    assert said.count("\n") == 1
    assert taken(RARE.split()[-1])
    assert not Path("nowhere").exists(), "what only looks makes no database"


def test_a_database_that_cannot_be_asked_delivers_nothing(desk: Bureau, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("broken.db").write_bytes(b"no database, " * 1000)
    monkeypatch.setenv("TIPWATCH_DATABASE_URL", "sqlite:///broken.db")
    assert "not a SQLite database" in deliver(code=ExitCode.ENVIRONMENT).stderr
    assert not Path("taker").exists()


def test_a_feed_that_does_not_say_its_gate_cannot_be_asked_for(desk: Bureau) -> None:
    index = json.loads(Path("feed/index.json").read_text())
    Path("feed/index.json").write_text(json.dumps({name: index[name] for name in index if name != "gate"}))
    assert "holds a feed that cannot be read" in deliver(code=ExitCode.ENVIRONMENT).stderr
    assert not Path("taker").exists()


def test_another_list_is_delivered_as_ever(desk: Bureau) -> None:
    desk.acquit()
    index = json.loads(Path("feed/index.json").read_text())
    Path("feed/index.json").write_text(json.dumps({**index, "format": "of others", "updated_at": f"{NOW:%FT%T}"}))
    assert deliver().stderr == ""
