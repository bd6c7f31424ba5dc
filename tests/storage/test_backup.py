"""Backup, wipe, restore: the same rows, the same archive, the same next export, byte for byte, on both databases.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import subprocess
import threading
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.backup import server
from storage.backup.making import BackupResult, back_up
from storage.backup.manifest import MANIFEST, Check, read
from storage.backup.restoring import RestoreOrder, plan, restore
from storage.errors import (
    BackupDamaged,
    BackupFailed,
    BackupRefused,
    DatabaseBusy,
    DiskFull,
    ExportUnwritable,
    SchemaMismatch,
)
from storage.records import RunKind
from storage.store import Store
from storage.swap import held
from tests.storage.backup_samples import LATER, OTHER, RARE, THIRD, Desk, tree
from tests.storage.samples import NOW, V1, article, dump, page, report

pytest.importorskip("followthemoney")
pytestmark = pytest.mark.slow  # 20 s of computing on both databases

EVERYTHING = frozenset[str]()
ORIGIN = {"tipwatch": "0.0"}


@pytest.fixture(scope="module")
def filled_file(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Filled once: every test gets a copy, in a tenth of the time."""
    folder = tmp_path_factory.mktemp("filled")
    made = Desk(f"sqlite:///{folder / 'tipwatch.db'}", folder)
    made.fill()
    return made


@pytest.fixture(scope="module")
def filled_server(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """The same on the server: a database that others are made of."""
    run(postgres_server, 'CREATE DATABASE "filled_backup"')
    made = Desk(postgres_server.rpartition("/")[0] + "/filled_backup", tmp_path_factory.mktemp("filled"))
    made.fill()
    return made


@pytest.fixture
def desk_file(filled_file: Desk, tmp_path: Path) -> Desk:
    """A filled installation on SQLite."""
    return filled_file.copied(tmp_path, f"sqlite:///{tmp_path / 'tipwatch.db'}")


@pytest.fixture
def desk_server(filled_server: Desk, postgres_server: str, tmp_path: Path) -> Desk:
    """A filled installation on PostgreSQL."""
    name = f"t{uuid.uuid4().hex}"
    run(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "filled_backup"')
    return filled_server.copied(tmp_path, postgres_server.rpartition("/")[0] + f"/{name}")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest) -> Desk:
    """A filled installation; the test runs on SQLite and on PostgreSQL."""
    made: Desk = request.getfixturevalue("desk_file" if request.param == "sqlite" else "desk_server")
    return made


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        pytest.skip("cannot mount a tmpfs here (needs root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def saved(desk: Desk, **options: object) -> BackupResult:
    return back_up(desk.place, desk.shelf, NOW, origin=ORIGIN, **options)  # type: ignore[arg-type]


def run(url: str, *statements: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def test_backup_wipe_restore_gives_the_same_export_byte_for_byte(desk: Desk) -> None:
    rows, pages = dump(desk.url, EVERYTHING), tree(desk.archive)
    made = back_up(desk.place, desk.shelf, NOW, origin=ORIGIN)
    assert made.check is Check.RESTORED
    assert (made.missing, made.short) == (0, 0)
    with desk.open() as store:
        desk.export(store, LATER)
    wanted = tree(desk.list), tree(desk.feed)
    desk.wipe()
    restore(RestoreOrder(backup=made.folder), desk.place, NOW)
    assert dump(desk.url, EVERYTHING) == rows
    assert tree(desk.archive) == pages
    with desk.open() as store:
        assert store.audit.verify() is None
        for ref in store.pages.unextracted("text-9.read-9", 100):
            assert store.pages.read(ref)
        desk.export(store, LATER)
    assert (tree(desk.list), tree(desk.feed)) == wanted
    feed = wanted[1]
    assert [name for name, body in feed.items() if RARE.encode() in body or OTHER.encode() in body] == []
    assert b'"op":"DEL"' in feed["entities.delta.json"]
    assert THIRD.encode() in feed["entities.ftm.json"]
    assert len([name for name in feed if name.startswith("deltas/2")]) == 2


def test_a_backup_is_its_owners_alone_and_its_manifest_names_nobody(desk: Desk) -> None:
    before = os.umask(0)
    try:
        made = saved(desk, verify=False)
    finally:
        os.umask(before)
    rights = {path: path.stat().st_mode & 0o777 for path in [made.folder, *made.folder.rglob("*")]}
    assert {mode for path, mode in rights.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in rights.items() if path.is_file()} == {0o600}
    manifest = (made.folder / MANIFEST).read_text()
    for name in (RARE, OTHER, THIRD, "Testman", "Sampleson", "mira"):
        for word in name.split():
            assert word not in manifest


def test_the_next_backup_shares_what_did_not_grow(desk: Desk) -> None:
    first = saved(desk, verify=False)
    with desk.open() as store:  # a process of its own begins a file of its own
        kept = store.pages.keep(page(50), None, None, NOW)
        store.articles.save(article(50), kept.page_id, V1, NOW)
    second = saved(desk)
    names = {path.name for path in (first.folder / "archive").iterdir()}
    assert second.shared == sum((first.folder / "archive" / name).stat().st_size for name in names) > 0
    for name in names:
        assert (first.folder / "archive" / name).samefile(second.folder / "archive" / name)
    assert len(list((second.folder / "archive").iterdir())) == len(names) + 1
    shutil.rmtree(first.folder)
    pages = tree(desk.archive)
    desk.wipe()
    restore(RestoreOrder(backup=second.folder), desk.place, NOW)
    assert tree(desk.archive) == pages


def test_what_is_restored_over_something_is_the_backup_and_nothing_else(desk: Desk) -> None:
    rows, pages, feed = dump(desk.url, EVERYTHING), tree(desk.archive), tree(desk.feed)
    made = saved(desk, verify=False)
    with desk.open() as store:
        kept = store.pages.keep(page(50), None, None, NOW)
        store.articles.save(article(50), kept.page_id, V1, NOW)
        store.articles.save_report(report(50), NOW)
        desk.export(store, LATER)
    damaged = next(desk.archive.iterdir())
    damaged.write_bytes(b"torn")
    with pytest.raises(BackupRefused, match="already") as caught:
        restore(RestoreOrder(backup=made.folder), desk.place, NOW)
    assert str(desk.archive) in str(caught.value)
    restore(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)
    assert dump(desk.url, EVERYTHING) == rows
    assert tree(desk.archive) == pages
    assert tree(desk.feed) == feed


def test_without_folders_the_newer_feed_stays(desk: Desk) -> None:
    made = saved(desk, verify=False)
    with desk.open() as store:
        desk.export(store, LATER)
    feed = tree(desk.feed)
    restore(RestoreOrder(backup=made.folder, replace=True, folders=False), desk.place, NOW)
    assert tree(desk.feed) == feed


def flipped(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-9])


@pytest.mark.parametrize("part", ["database.*", "archive/*", "folders/0/entities.ftm.json", MANIFEST])
@pytest.mark.parametrize("harm", [flipped, cut, Path.unlink])
def test_a_damaged_backup_is_refused_before_anything_is_touched(
    desk_file: Desk, tmp_path: Path, part: str, harm: Callable[[Path], None]
) -> None:
    desk = desk_file
    made = saved(desk, verify=False)
    rows, before = dump(desk.url, EVERYTHING), tree(tmp_path)
    harmed = next(made.folder.glob(part))
    harm(harmed)
    with pytest.raises(BackupDamaged, match=part.partition("*")[0]) as caught:
        restore(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)
    assert caught.value.remedy
    assert dump(desk.url, EVERYTHING) == rows
    shelf = desk.shelf.relative_to(tmp_path).as_posix()
    assert {k: v for k, v in tree(tmp_path).items() if not k.startswith((shelf, "tipwatch.db"))} == {
        k: v for k, v in before.items() if not k.startswith((shelf, "tipwatch.db"))
    }


def test_a_manifest_that_leads_out_of_the_backup_is_refused(desk: Desk) -> None:
    made = saved(desk, verify=False)
    from storage.backup.manifest import as_text

    whole = read(made.folder)
    assert whole.archive is not None
    part = replace(whole.archive[0], path="../../escaped")
    (made.folder / MANIFEST).write_text(as_text(replace(whole, archive=(part,))))
    with pytest.raises(BackupDamaged, match="outside"):
        plan(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)


@pytest.mark.parametrize(
    ("column", "value", "words"),
    [("revision", "9999", "newer version"), ("kind", None, "another kind")],
)
def test_a_backup_that_cannot_go_here_is_refused(desk: Desk, column: str, value: str | None, words: str) -> None:
    from storage.backup.manifest import DatabaseKind, as_text

    made = saved(desk, verify=False)
    whole = read(made.folder)
    other = {DatabaseKind.SQLITE: DatabaseKind.POSTGRESQL, DatabaseKind.POSTGRESQL: DatabaseKind.SQLITE}
    changed = replace(whole.database, **{column: value or other[whole.database.kind]})  # type: ignore[arg-type]
    (made.folder / MANIFEST).write_text(as_text(replace(whole, database=changed)))
    rows = dump(desk.url, EVERYTHING)
    with pytest.raises((SchemaMismatch, BackupRefused), match=words):
        restore(RestoreOrder(backup=made.folder, replace=True, force=True), desk.place, NOW)
    assert dump(desk.url, EVERYTHING) == rows


def test_a_place_of_another_program_or_a_newer_version_is_never_replaced(desk: Desk) -> None:
    made = saved(desk, verify=False)
    run(desk.url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(SchemaMismatch, match="newer"):
        restore(RestoreOrder(backup=made.folder, replace=True, force=True), desk.place, NOW)
    with pytest.raises(SchemaMismatch, match="newer"):
        saved(desk)
    run(desk.url, "DROP TABLE schema_info")
    with pytest.raises(SchemaMismatch, match="another program"):
        restore(RestoreOrder(backup=made.folder, replace=True, force=True), desk.place, NOW)


def test_a_place_where_something_runs_is_not_replaced(desk: Desk) -> None:
    made = saved(desk, verify=False)
    with desk.open() as store:
        store.runs.start(RunKind.CRAWL, "in_herald", "worker", NOW)
    with pytest.raises(BackupRefused, match="still works there \\(crawl\\)"):
        restore(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)
    later = NOW + dt.timedelta(minutes=11)
    restore(RestoreOrder(backup=made.folder, replace=True), desk.place, later)


def test_an_empty_or_absent_database_is_nothing_to_back_up(
    migrated_url: str, database_url: str, tmp_path: Path
) -> None:
    with pytest.raises(BackupRefused, match=r"empty|no database"):
        saved(Desk(database_url, tmp_path))
    assert not (tmp_path / "shelf").exists()


def test_two_backups_at_once_are_one(desk: Desk) -> None:
    desk.shelf.mkdir()
    with held(desk.shelf), pytest.raises(ExportUnwritable, match="another process"):
        saved(desk)
    (desk.shelf / ".making").mkdir()
    (desk.shelf / ".making" / "left").write_text("by a kill")
    made = saved(desk, verify=False)
    assert sorted(path.name for path in desk.shelf.iterdir()) == [made.folder.name]


def test_a_backup_while_others_write_is_of_one_moment(migrated_url: str, tmp_path: Path) -> None:
    """Every story of the copy has its page, every page its record in the copy of the archive, to its last byte."""
    desk = Desk(migrated_url, tmp_path)
    desk.list.mkdir()
    stop = threading.Event()
    written: list[int] = []

    def crawl() -> None:
        with desk.open() as store:
            for n in range(100_000):
                if stop.is_set():
                    return
                kept = store.pages.keep(page(n), None, None, NOW)
                store.articles.save(article(n), kept.page_id, V1, NOW)
                store.articles.save_report(report(n), NOW)
                written.append(n)

    crawler = threading.Thread(target=crawl)
    crawler.start()
    try:
        made = []
        for _ in range(3):
            begun = len(written)
            made.append(saved(desk, verify=False))
            while len(written) < begun + 5:
                stop.wait(0.05)
    finally:
        stop.set()
        crawler.join()
    assert [(one.missing, one.short) for one in made] == [(0, 0)] * 3
    for one in made:
        desk.feed.mkdir()
        desk.wipe()
        restore(RestoreOrder(backup=one.folder), desk.place, NOW)
        with desk.open() as store:
            refs = store.pages.unextracted("text-9.read-9", 10**6)
            assert len(refs) == one.manifest.database.rows["page"]
            for ref in refs:
                assert store.pages.read(ref) == page(int(ref.url.rpartition("/")[2])).body


def test_a_full_disk_leaves_no_half_backup_and_no_half_place(
    desk_file: Desk, tmp_path: Path, small_disk: Path
) -> None:
    desk = desk_file
    with desk.open() as store:
        for n in range(60, 110):
            store.pages.keep(page(n, body=os.urandom(100_000)), None, None, NOW)
    desk.shelf = small_disk / "shelf"
    with pytest.raises(DiskFull, match="no backup was made"):
        saved(desk)
    assert list(desk.shelf.iterdir()) == []
    desk.shelf = tmp_path / "shelf"
    made = saved(desk, verify=False)
    for elsewhere in (
        replace(desk.place, archive=small_disk / "archive", database_url=f"sqlite:///{tmp_path / 'new.db'}"),
        replace(desk.place, archive=None, database_url=f"sqlite:///{small_disk / 'new.db'}"),
    ):
        (small_disk / "ballast").write_bytes(b"x" * 2_500_000)
        with pytest.raises(DiskFull):
            restore(RestoreOrder(backup=made.folder, folders=False), elsewhere, NOW)
        file = Path(elsewhere.database_url.removeprefix("sqlite:///"))
        assert not file.exists() or file.stat().st_size == 0 or not dump(elsewhere.database_url)


def test_what_was_erased_is_in_no_free_page_of_the_copy(desk_file: Desk, tmp_path: Path) -> None:
    desk = desk_file
    with sqlite3.connect(tmp_path / "tipwatch.db") as connection:
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute("INSERT INTO schema_info VALUES ('note', ?)", ("Forgotten Exampla " * 2000,))
        connection.commit()
        connection.execute("DELETE FROM schema_info WHERE key = 'note'")
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert b"Forgotten Exampla" in (tmp_path / "tipwatch.db").read_bytes()
    made = saved(desk)
    assert b"Forgotten Exampla" not in (made.folder / "database.sqlite").read_bytes()


def test_a_damaged_database_makes_no_backup(desk_file: Desk, tmp_path: Path) -> None:
    desk = desk_file
    run(desk.url, "PRAGMA wal_checkpoint(TRUNCATE)")
    body = bytearray((tmp_path / "tipwatch.db").read_bytes())
    for at in range(4096 * 3, len(body), 4096 * 2):
        body[at : at + 64] = os.urandom(64)
    (tmp_path / "tipwatch.db").write_bytes(body)
    with pytest.raises(Exception, match=r"damaged|malformed|does not hold|not a SQLite") as caught:
        saved(desk)
    assert hasattr(caught.value, "remedy")
    assert list(desk.shelf.glob("*")) == []


def test_a_log_that_was_tampered_with_makes_no_backup_unasked(desk: Desk) -> None:
    guard = ["DROP TRIGGER audit_no_update"]
    if not desk.url.startswith("sqlite"):
        guard = ["DROP TRIGGER audit_guard ON audit"]
    run(desk.url, *guard, "UPDATE audit SET action = 'lift' WHERE action = 'takedown'")
    with pytest.raises(BackupDamaged, match="log of deeds"):
        saved(desk)
    assert list(desk.shelf.iterdir()) == []
    assert saved(desk, verify=False).check is Check.NONE


@pytest.mark.postgres
def test_a_user_who_may_make_no_database_gets_a_backup_that_was_only_read(
    postgres_url: str, tmp_path: Path
) -> None:
    Store.upgrade(postgres_url)
    name = postgres_url.rpartition("/")[2]
    role = f"u{name[:20]}"
    run(
        postgres_url, f"CREATE ROLE {role} LOGIN PASSWORD 'it''s secret'", f"GRANT pg_read_all_data TO {role}",
        "INSERT INTO schema_info VALUES ('note', 'x')",
    )  # fmt: skip
    desk = Desk(postgres_url.replace("tipwatch@", f"{role}:it%27s%20secret@"), tmp_path)
    desk.list.mkdir()
    made = saved(desk)
    assert made.check is Check.READ
    assert made.manifest.database.rows["schema_info"] == 2
    assert "secret" not in (made.folder / MANIFEST).read_text()


@pytest.mark.postgres
def test_another_programs_tables_in_the_same_database_stay_what_they_are(desk_server: Desk) -> None:
    desk = desk_server
    run(desk.url, "CREATE TABLE customers (id int)", "INSERT INTO customers VALUES (7)")
    made = saved(desk)
    assert b"customers" not in (made.folder / "database.pgdump").read_bytes()
    restore(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)
    assert dump(desk.url, EVERYTHING)["customers"] == [("id=7",)]


@pytest.mark.postgres
def test_a_dump_that_lacks_a_row_is_taken_back_whole(desk_server: Desk) -> None:
    from storage.backup.manifest import as_text

    desk = desk_server
    made = saved(desk, verify=False)
    whole = read(made.folder)
    rows = {**whole.database.rows, "takedown": 2}
    (made.folder / MANIFEST).write_text(as_text(replace(whole, database=replace(whole.database, rows=rows))))
    before = dump(desk.url, EVERYTHING)
    with pytest.raises(BackupFailed, match="table takedown lacks rows"):
        restore(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)
    assert dump(desk.url, EVERYTHING) == before


@pytest.mark.postgres
def test_a_session_that_holds_the_tables_is_told_and_nothing_changes(
    desk_server: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "LOCK_TIMEOUT", "300ms")
    desk = desk_server
    made = saved(desk, verify=False)
    engine = create_engine(desk.url)
    with engine.connect() as connection:
        connection.execute(text("SELECT * FROM page")).all()
        with pytest.raises(DatabaseBusy, match="Another process"):
            restore(RestoreOrder(backup=made.folder, replace=True), desk.place, NOW)
        connection.rollback()
    engine.dispose()


@pytest.mark.postgres
def test_programs_older_than_the_server_are_named_with_what_to_install(postgres_server: str) -> None:
    with pytest.raises(
        BackupFailed, match="The server is PostgreSQL 99, and the newest pg_dump here is"
    ) as caught:
        server.program("pg_dump", 99)
    assert "postgresql-client-99" in caught.value.remedy


def test_the_manifest_is_plain_json_with_every_table(desk: Desk) -> None:
    made = saved(desk, verify=False)
    values = json.loads((made.folder / MANIFEST).read_text())
    assert set(values["database"]["rows"]) == set(dump(desk.url)) - {"alembic_version"}
    assert values["database"]["rows"]["takedown"] == 1


def test_the_newest_is_kept_also_where_the_clock_was_set_back(desk_file: Desk) -> None:
    first = saved(desk_file, verify=False, keep=2)
    made = [
        back_up(desk_file.place, desk_file.shelf, at, origin=ORIGIN, verify=False, keep=2)
        for at in (NOW, NOW - dt.timedelta(days=1), NOW)
    ]
    assert [one.folder.name.partition("-")[2] for one in (first, *made)] == ["", "2", "3", "4"]
    assert {path.name for path in desk_file.shelf.iterdir()} == {one.folder.name for one in made[1:]}
    assert read(made[1].folder).made == NOW - dt.timedelta(days=1)
    later = back_up(desk_file.place, desk_file.shelf, LATER, origin=ORIGIN, verify=False)
    assert "-" not in later.folder.name
