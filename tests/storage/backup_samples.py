"""An installation with everything that a backup must bring back, and ways to look at it and to wipe it.

Refuses real names: everybody here is made up.
"""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

from sqlalchemy import create_engine, text

from extraction.model import Stage
from storage.backup.making import Place
from storage.records import ExportFormat, ExportStage
from storage.records.people import UserRole
from storage.store import Store
from tests.storage.samples import NOW, V1, article, page, report, source
from tests.storage.test_people import RARE, tell
from tipwatch.jobs.export import ExportOrder, export
from tipwatch.jobs.feed import FeedOrder, feed

OTHER = "Ilmari Kvetoslav Sampaio"
THIRD = "Zsofia Thandeka Exampler"
LATER = NOW + dt.timedelta(days=2)


class Desk:
    """A folder with archive, list and feed beside a database of either kind."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url, folder
        self.archive, self.list, self.feed = folder / "archive", folder / "list", folder / "feed"
        self.shelf = folder / "shelf"

    @property
    def place(self) -> Place:
        return Place(
            database_url=self.url, archive=self.archive, folders={"daily": self.feed}, others=(self.list,)
        )

    def open(self) -> Store:
        return Store.open(self.url, self.archive)

    def fill(self) -> None:
        """Stories, pages in the archive, an export of each kind; then two of three persons are withdrawn."""
        with self.open() as store:
            store.events.sync_catalogue([source(), source("in_post")], NOW, "packaged")
            for n in range(6):
                kept = store.pages.keep(page(n), None, None, NOW)
                store.articles.save(article(n), kept.page_id, V1, NOW)
                store.articles.save_report(report(n), NOW)
            people = [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 33), (THIRD, Stage.SENTENCED, 28)]
            first, *_ = tell(store, people, "2025-05-20", source="in_herald", words="Mirpur one")
            store.users.add("mira", UserRole.REVIEWER, "$argon2id$invented", "console.test", NOW)
            self.export(store, NOW)
            store.takedowns.take_down(f"p-{first}", "letter 17", "mira", NOW)
            tell(store, [(OTHER, Stage.ACQUITTED, 33)], "2025-09-01", source="in_post", words="Mirpur two")

    def copied(self, folder: Path, url: str) -> Desk:
        """The same installation in another folder; SQLite's file is copied, a server has the rows already."""
        if self.url.startswith("sqlite"):
            shutil.copy(self.url.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        for one in (self.archive, self.list, self.feed):
            shutil.copytree(one, folder / one.name)
        return Desk(url, folder)

    def export(self, store: Store, now: dt.datetime) -> None:
        """The list and the feed, by the jobs that the commands call."""
        order = ExportOrder(directory=self.list, stage=ExportStage.CONVICTED, format=ExportFormat.CSV, force=True)
        export(store, [], order, lambda: now)
        feed(store, [], FeedOrder(directory=self.feed, include_unreviewed=True, min_score=0.75), lambda: now)

    def wipe(self) -> None:
        """As after a fire."""
        if self.url.startswith("sqlite"):
            for end in ("", "-wal", "-shm"):
                Path(self.url.removeprefix("sqlite:///") + end).unlink(missing_ok=True)
        else:
            engine = create_engine(self.url)
            with engine.begin() as connection:
                connection.execute(text("DROP SCHEMA public CASCADE"))
                connection.execute(text("CREATE SCHEMA public"))
            engine.dispose()
        for folder in (self.archive, self.list, self.feed):
            shutil.rmtree(folder, ignore_errors=True)


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
