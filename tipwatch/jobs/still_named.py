"""Who of a feed's folder may be named no more: asked of the database before the folder is delivered by hand.

Refuses to make a database where there is none, and to ask of a folder other than the one that is sent.
"""

from __future__ import annotations

import json
from pathlib import Path

from storage.schema import SchemaState
from storage.store import Store
from tipwatch.errors import CommandError, ExitCode
from tipwatch.feed.files import FORMAT
from tipwatch.feed.snapshot import Snapshot
from tipwatch.feed.withdrawals import Withdrawals
from tipwatch.jobs.deliver import Prepared
from tipwatch.jobs.run import Clock


def is_feed(prepared: Prepared) -> bool:
    """True for a folder that our export of a feed wrote; False for a list, or an index of others."""
    return bool(_index(prepared).get("format") == FORMAT)


def still_named(prepared: Prepared, database_url: str, archive_dir: Path, clock: Clock) -> int | None:
    """How many persons and organisations of a feed may not be named, or not so, today; None: no database there.

    Everybody is asked for, not only who changed: the folder may be of any age, and of whoever was pruned nothing
    is left that changed. Raises CommandError (`FeedError` where the feed cannot be read), StorageError.
    """
    if not _exists(database_url):
        return None
    snapshot = Snapshot.open(prepared.order.folder)
    try:
        if snapshot.index != _index(prepared):
            raise CommandError(
                f"{prepared.order.folder} was exchanged while it was looked at.",
                "Run the same command again.",
                ExitCode.REFUSED,
            )
        with Store.open(database_url, archive_dir) as store:
            return Withdrawals(store, clock).recount(snapshot)
    finally:
        snapshot.close()


def _index(prepared: Prepared) -> dict[str, object]:
    found = json.loads(prepared.parcel.manifest.body)
    return found if isinstance(found, dict) else {}


def _exists(database_url: str) -> bool:
    """False where there is no file, or no table of ours yet. A server that does not answer is a fault."""
    file = database_url.removeprefix("sqlite:///").partition("?")[0]
    if file != database_url and not Path(file).exists():
        return False
    return Store.check(database_url) is not SchemaState.EMPTY
