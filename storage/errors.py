"""What can go wrong with the memory of tipwatch, each as a sentence with its remedy.

Refuses tracebacks for users: every class here carries `what` happened and the `remedy`; commands print both.
"""

# ruff: noqa: N818 - the names are the contract's

from __future__ import annotations


class StorageError(Exception):
    """Anything that storage refuses or cannot do. `what` is one sentence of fact, `remedy` one of advice."""

    def __init__(self, what: str, remedy: str) -> None:
        super().__init__(f"{what} {remedy}")
        self.what = what
        self.remedy = remedy


class DatabaseUrlInvalid(StorageError):
    """The database URL is not one that we can open (unknown scheme, missing driver, no file)."""


class DatabaseUnreachable(StorageError):
    """The database did not answer: server away, wrong password, file or folder not writable."""


class DatabaseBusy(StorageError):
    """Another writer held the database for longer than we wait."""


class SchemaMismatch(StorageError):
    """The database was made by another version of tipwatch, or by another program."""


class ArchiveUnwritable(StorageError):
    """The archive's folder cannot be made or written."""


class ArchiveUnreadable(StorageError):
    """The archive is there for somebody, but not for us now: wrong user, share not mounted, broken disk."""


class ArchiveDamaged(StorageError):
    """A record of the archive is missing, torn, or does not have the digest that the database knows."""


class DiskFull(StorageError):
    """No space left (or a size limit reached): what was being written is not acknowledged, the rest is whole."""


class ExportUnwritable(StorageError):
    """The export's folder cannot be made, written or replaced."""


class ExportRefused(StorageError):
    """An export has far fewer rows than the last one, or that one was edited by hand; the old one stays.

    `rows` and `previous_rows` are None when it was not the rows that spoke against it.
    """

    def __init__(
        self, what: str, remedy: str, *, rows: int | None = None, previous_rows: int | None = None
    ) -> None:
        super().__init__(what, remedy)
        self.rows = rows
        self.previous_rows = previous_rows


class UnknownRecord(StorageError):
    """A page, article or run was asked for that the database does not hold."""


class ReviewConflict(StorageError):
    """The record changed since it was shown (a colleague, a new reading), or a human's word stands against it."""


class ReviewInvalid(StorageError):
    """A correction that no record can hold: a date that is none, a country that is none, an empty name."""


class UserExists(StorageError):
    """A user of that name is there already."""


class UserUnknown(StorageError):
    """No user of that name, or one that was disabled."""


class ClientExists(StorageError):
    """A client of the API of that name is there already."""


class ClientUnknown(StorageError):
    """No client of the API of that name, or one that was disabled."""


class ClientInvalid(StorageError):
    """A client of the API that cannot be: its name, its rate, its scopes, or a last day that has passed."""


class BackupFailed(StorageError):
    """A backup cannot be made or put back here: a program is missing, a folder not writable, a right not given."""


class BackupDamaged(StorageError):
    """A backup is not what its manifest says; nothing was put back from it."""


class BackupRefused(StorageError):
    """Putting a backup back would lose what is there; nothing was changed."""
