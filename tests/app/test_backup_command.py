"""`tipwatch db backup` and `db restore`: what they say, what they refuse, and that the way back is whole.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from storage.store import Store
from tests.app.outlet import Installation
from tests.app.test_commands import in_process
from tests.storage.backup_samples import Desk, tree
from tests.storage.samples import NOW, dump
from tipwatch.errors import ExitCode

pytest.importorskip("followthemoney")
pytestmark = pytest.mark.slow

EXPORT = ("export", "--format", "opensanctions", "--include-unreviewed", "--min-score", "0.75", "--output", "feed")
LIST = ("export", "--format", "csv", "--stage", "convicted", "--output", "list", "--force")
CLOCKED = {"index.json", "catalog.json", "README.md", "manifest.json"}
"""Files of an export that tell the time of writing."""


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.watch(None, "daily")
    (tmp_path / "tipwatch.yml").write_text("feeds:\n  daily: {directory: feed}\n", encoding="utf-8")
    inner = Desk(made.database_url, tmp_path)
    inner.archive = made.archive
    inner.fill()
    return made


def said(desk: Installation, *arguments: str, code: int = 0) -> str:
    done = in_process(desk, *arguments)
    assert done.exit_code == code, done.output
    return done.output


def folder_of(output: str) -> str:
    return output.splitlines()[0]


def timeless(folder: Path) -> dict[str, bytes]:
    return {
        name: body
        for name, body in tree(folder).items()
        if Path(name).name not in CLOCKED and "deltas" not in name
    }


def test_there_and_back_by_the_commands(desk: Installation) -> None:
    out = said(desk, "db", "backup", "shelf", "--with", "list")
    assert "Read back, and put back into a scratch database: all of it is there." in out
    assert "2 folders of exports" in out
    rows = dump(desk.database_url, frozenset())
    said(desk, *EXPORT)
    said(desk, *LIST)
    wanted = timeless(desk.folder / "feed"), timeless(desk.folder / "list")
    for name in ("data", "feed", "list"):
        shutil.rmtree(desk.folder / name)
    said(desk, "db", "restore", folder_of(out), "--dry-run")
    assert tree(desk.folder / "data") == {}
    back = said(desk, "db", "restore", folder_of(out))
    assert "Put back the backup of" in back
    assert "takedowns first" in back
    assert "catalogue here is another" not in back
    assert dump(desk.database_url, frozenset()) == rows
    said(desk, *EXPORT)
    said(desk, *LIST)
    assert (timeless(desk.folder / "feed"), timeless(desk.folder / "list")) == wanted
    assert b'"op":"DEL"' in wanted[0]["entities.delta.json"]
    said(desk, "audit", "--verify")


def test_a_place_that_holds_something_is_refused_by_name(desk: Installation) -> None:
    out = said(desk, "db", "backup", "shelf")
    refused = said(desk, "db", "restore", folder_of(out), code=ExitCode.REFUSED)
    assert "There is something already: the database sqlite:///" in refused
    assert "--replace" in refused
    assert "Put back" in said(desk, "db", "restore", folder_of(out), "--replace")


def test_decisions_made_since_are_not_lost_unasked(desk: Installation) -> None:
    out = said(desk, "db", "backup", "shelf")
    with Store.open(desk.database_url, desk.archive) as store:
        person = next(one for one in store.people.people() if not one.taken_down)
        store.takedowns.take_down(person.id, "letter 18", "mira", NOW)
    before = dump(desk.database_url, frozenset())
    refused = said(desk, "db", "restore", folder_of(out), "--replace", code=ExitCode.REFUSED)
    assert "decisions of humans that the backup has not: 1 takedown." in refused
    assert "--force" in refused
    assert dump(desk.database_url, frozenset()) == before
    assert "Decisions that would be lost: 1 takedown." in said(
        desk, "db", "restore", folder_of(out), "--replace", "--force", "--dry-run"
    )
    assert dump(desk.database_url, frozenset()) == before
    assert "Decisions that were lost: 1 takedown." in said(
        desk, "db", "restore", folder_of(out), "--replace", "--force"
    )


def test_whoever_was_logged_in_must_log_in_again(desk: Installation) -> None:
    out = said(desk, "db", "backup", "shelf")
    secret = desk.folder / "data" / "review.secret"
    secret.write_bytes(b"x" * 32)
    assert "must log in again" in said(desk, "db", "restore", folder_of(out), "--replace")
    assert not secret.exists()
    assert not any("review" in name for name in tree(Path(folder_of(out))))


def test_another_catalogue_is_told(desk: Installation) -> None:
    out = said(desk, "db", "backup", "shelf")
    desk.watch(None, "weekly")
    assert "catalogue here is another one" in said(desk, "db", "restore", folder_of(out), "--replace")


def test_a_fault_in_the_catalogue_is_no_reason_to_have_no_backup(desk: Installation) -> None:
    (desk.sources / "in" / "daily.yml").write_text("title: [", encoding="utf-8")
    said(desk, "db", "backup", "shelf")


def test_the_shelf_keeps_so_many(desk: Installation) -> None:
    made = [folder_of(said(desk, "db", "backup", "shelf", "--keep", "2", "--no-verify")) for _ in range(4)]
    assert len(set(made)) == 4
    assert [str(path) for path in sorted((desk.folder / "shelf").iterdir())] == sorted(made[2:])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("backup", "data/archive/shelf"), ExitCode.REFUSED, "which is backed up"),
        (("restore", "data"), ExitCode.ENVIRONMENT, "is no backup: it has no manifest.json"),
        (("restore", "shelf"), ExitCode.ENVIRONMENT, "the newest is"),
    ],
)
def test_what_makes_no_sense_is_a_sentence(
    desk: Installation, arguments: tuple[str, ...], code: ExitCode, words: str
) -> None:
    said(desk, "db", "backup", "shelf", "--no-verify")
    assert words in said(desk, "db", *arguments, code=code)


def test_a_missing_file_of_the_archive_is_told(desk: Installation) -> None:
    for path in desk.archive.iterdir():
        path.unlink()
    out = said(desk, "db", "backup", "shelf", code=ExitCode.NEEDS_A_LOOK)
    assert "The archive lacks 1 file that pages point to" in out


def test_the_dry_run_writes_nothing(desk: Installation) -> None:
    assert "1 file of the archive" in said(desk, "db", "backup", "shelf", "--dry-run")
    assert not (desk.folder / "shelf").exists()
