"""Fresh stores for the tests of the feed.

Refuses sharing: every test has its own database and archive.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.store import Store


@pytest.fixture
def store(migrated_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store; the test runs on SQLite and on PostgreSQL."""
    with Store.open(migrated_url, tmp_path / "archive") as opened:
        yield opened


@pytest.fixture
def sqlite_store(sqlite_url: str, tmp_path: Path) -> Iterator[Store]:
    """An empty store on SQLite."""
    with Store.open(sqlite_url, tmp_path / "archive") as opened:
        yield opened
