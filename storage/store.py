"""The only door to what tipwatch remembers: rows and sessions stay behind it.

Refuses a database of another version or program; every fault comes out as a `StorageError` with its remedy.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

from storage import schema
from storage.archive import Archive
from storage.articles import Articles
from storage.audit import Audit
from storage.checks import Checks
from storage.clients import Clients
from storage.counting import count
from storage.coverage import Coverage
from storage.database import Database
from storage.events import Events
from storage.exports import Exports
from storage.feed.persons import FeedPersons
from storage.frontier import Frontier
from storage.gauges import Gauges
from storage.ingests import Ingests
from storage.pages import Pages
from storage.people import People
from storage.polls import Polls
from storage.references import References
from storage.resolution.run import Resolution
from storage.retention import Retention
from storage.reviews import Reviews
from storage.runs import Runs
from storage.series import Series
from storage.takedowns import Takedowns
from storage.users import Users
from storage.withdrawals import Withdrawals


class Store:
    """Everything that storage offers, by subject. Safe for threads; processes open one each.

    >>> with Store.open("sqlite:///data/tipwatch.db", Path("data/archive")) as store:  # doctest: +SKIP
    ...     store.articles.unread("text-1.read-1", limit=100)
    """

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self.archive = archive
        self.runs = Runs(database)
        self.frontier = Frontier(database, count)
        self.polls = Polls(database)
        self.pages = Pages(database, archive)
        self.ingests = Ingests(database, archive)
        self.articles = Articles(database)
        self.coverage = Coverage(database)
        self.series = Series(database)
        self.checks = Checks(database)
        self.references = References(database)
        self.exports = Exports(database)
        self.feed = FeedPersons(database)
        self.events = Events(database)
        self.resolution = Resolution(database)
        self.people = People(database)
        self.reviews = Reviews(database)
        self.takedowns = Takedowns(database)
        self.retention = Retention(database, archive)
        self.withdrawals = Withdrawals(database)
        self.users = Users(database)
        self.clients = Clients(database)
        self.audit = Audit(database)
        self.gauges = Gauges(database)

    @classmethod
    def open(cls, database_url: str, archive_dir: Path) -> Store:
        """Open a store, making tables and folders where there are none.

        Raises `DatabaseUrlInvalid`, `DatabaseUnreachable`, `SchemaMismatch`, `ArchiveUnwritable`, `DiskFull`.
        """
        database = Database(database_url)
        try:
            schema.ensure(database)
            return cls(database, Archive(archive_dir))
        except BaseException:
            database.close()
            raise

    @staticmethod
    def upgrade(database_url: str) -> bool:
        """Bring a database to this version's schema. False when it was there already."""
        database = Database(database_url)
        try:
            return schema.upgrade(database)
        finally:
            database.close()

    @staticmethod
    def check(database_url: str) -> schema.SchemaState:
        """What the database is to this version; changes nothing."""
        database = Database(database_url)
        try:
            return schema.check(database)
        finally:
            database.close()

    def close(self) -> None:
        """Sync the archive and close every connection."""
        self.archive.close()
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
