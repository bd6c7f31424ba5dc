"""Rights of the files that storage makes: the owner's alone; what was there keeps its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store


def rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


@pytest.fixture(autouse=True)
def open_handed() -> Iterator[None]:
    """As on a server whose users may read what others make."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_what_we_make_is_private(tmp_path: Path) -> None:
    file, archive = tmp_path / "names.db", tmp_path / "archive"
    with Store.open(f"sqlite:///{file}", archive) as store:
        store.coverage.by_source()
        assert {path.name: rights(path) for path in tmp_path.glob("names.db*")} == {
            path.name: 0o600 for path in tmp_path.glob("names.db*")
        }
        assert rights(file) == 0o600
        assert rights(archive) == 0o700


def test_what_was_there_keeps_its_rights(tmp_path: Path) -> None:
    file, archive = tmp_path / "names.db", tmp_path / "archive"
    file.touch()
    file.chmod(0o660)
    archive.mkdir()
    archive.chmod(0o750)
    with Store.open(f"sqlite:///{file}", archive) as store:
        store.coverage.by_source()
    assert (rights(file), rights(archive)) == (0o660, 0o750)
