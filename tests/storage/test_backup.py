"""Backup, wipe, restore: the same rows, the same archive, the same next export, byte for byte, on both databases.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.backup.making import back_up
from storage.backup.manifest import Check
from storage.backup.restoring import RestoreOrder, restore
from tests.storage.backup_samples import LATER, OTHER, RARE, THIRD, Desk, tree
from tests.storage.samples import NOW, dump

pytest.importorskip("followthemoney")

EVERYTHING = frozenset[str]()
ORIGIN = {"tipwatch": "0.0"}


@pytest.fixture
def desk(migrated_url: str, tmp_path: Path) -> Desk:
    made = Desk(migrated_url, tmp_path)
    made.fill()
    return made


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
