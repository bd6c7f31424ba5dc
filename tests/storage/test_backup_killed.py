"""kill -9 at any step of a backup or a restore: no half backup, and a place that is the old one or the new one.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from storage.backup.checking import check_parts
from storage.backup.making import back_up, backups
from storage.backup.restoring import RestoreOrder, restore
from storage.store import Store
from tests.storage.backup_samples import LATER, Desk
from tests.storage.samples import NOW, V1, article, dump, page, report

pytest.importorskip("followthemoney")

EVERYTHING = frozenset[str]()
KILLS = 10
STEPS = ("open", "os.", "sqlite3.connect", "subprocess.Popen", "shutil.", "pathlib.")
"""Audit events of Python after which a process is killed."""


def steps_of(work: Callable[[], object], kill_at: int | None = None) -> int:
    """Do the work in a child that kills itself before its n-th step; without it, how many steps there are."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        done = 0

        def step(event: str, _arguments: object) -> None:
            nonlocal done
            if event.startswith(STEPS):
                done += 1
                if done == kill_at:
                    os.kill(os.getpid(), signal.SIGKILL)

        try:
            sys.addaudithook(step)
            work()
            os.write(writes, str(done).encode())
        finally:
            os._exit(0)
    os.close(writes)
    with os.fdopen(reads, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return int(said or b"0")


def alone(url: str) -> None:
    """Wait until the programs of a killed process have left the server."""
    if url.startswith("sqlite"):
        return
    engine = create_engine(url)
    query = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    for _ in range(300):
        with engine.connect() as connection:
            if connection.scalar(query) == 0:
                break
        time.sleep(0.1)
    engine.dispose()


@pytest.fixture
def desk(migrated_url: str, tmp_path: Path) -> Desk:
    made = Desk(migrated_url, tmp_path)
    made.fill()
    return made


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_killed_backup_leaves_no_backup(desk: Desk) -> None:
    def work() -> None:
        back_up(desk.place, desk.shelf, NOW, origin={})

    steps = steps_of(work)
    assert steps > 50
    whole = len(backups(desk.shelf))
    assert whole == 1
    pick = random.Random(8)
    for at in [*sorted(pick.sample(range(2, steps), KILLS - 1)), steps]:
        assert steps_of(work, at) == 0
        alone(desk.url)
        for one in backups(desk.shelf):
            check_parts(one, lambda _: None)
        assert len(backups(desk.shelf)) <= whole + 1
        whole = len(backups(desk.shelf))
    made = back_up(desk.place, desk.shelf, NOW, origin={})
    left = {path.name for path in desk.shelf.iterdir()}
    assert left == {path.name for path in backups(desk.shelf)}
    assert made.folder.name in left


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_killed_restore_leaves_the_old_place_or_the_new_one(desk: Desk) -> None:
    saved = dump(desk.url, EVERYTHING)
    made = back_up(desk.place, desk.shelf, NOW, origin={}, verify=False)
    with desk.open() as store:
        kept = store.pages.keep(page(50), None, None, NOW)
        store.articles.save(article(50), kept.page_id, V1, NOW)
        store.articles.save_report(report(50), NOW)
        desk.export(store, LATER)
    newer = back_up(desk.place, desk.shelf, LATER, origin={}, verify=False)
    present = dump(desk.url, EVERYTHING)
    assert present != saved
    back, forth = RestoreOrder(backup=made.folder, replace=True), RestoreOrder(backup=newer.folder, replace=True)
    steps = steps_of(lambda: restore(back, desk.place, NOW))
    assert steps > 50
    assert dump(desk.url, EVERYTHING) == saved
    pick = random.Random(8)
    outcomes = set()
    for at in [*sorted(pick.sample(range(2, steps), KILLS - 1)), steps]:
        restore(forth, desk.place, NOW)
        assert dump(desk.url, EVERYTHING) == present
        assert steps_of(lambda: restore(back, desk.place, NOW), at) == 0
        alone(desk.url)
        rows = dump(desk.url, EVERYTHING)
        assert rows in (saved, present)
        outcomes.add(rows == saved)
        with Store.open(desk.url, desk.archive) as store:
            for ref in store.pages.unextracted("text-9.read-9", 100):
                assert store.pages.read(ref)
        for folder in (desk.feed, desk.list):
            assert sorted(path.name for path in folder.iterdir())
    assert outcomes == {True, False}
    restore(back, desk.place, NOW)
    assert dump(desk.url, EVERYTHING) == saved
    strangers = {path.name for path in desk.folder.iterdir() if path.name.startswith(".")}
    assert strangers == set()
