"""Who may log in to the review, as what, and with the hash of which token.

Refuses tokens: only their argon2 hashes come here, and a disabled user's name is never given to somebody else.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.audit import USER_NAME, note
from storage.database import Database
from storage.errors import ReviewInvalid, UserExists, UserUnknown
from storage.records.people import MACHINE, User, UserRole
from storage.tables.people import UserRow

CONSOLE = "console"
"""Who acts from the command line: "console.<login name>". Nobody can be called so."""

LONGEST = 59  # letters of a name: with "user:" before it, it fits the log's subject
LIST = "`tipwatch user list` shows them all."


class Users:
    """Users. Every change is a line of the log."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, role: UserRole, token_hash: str, by: str, now: dt.datetime) -> User:
        """Store a new user. Raises `ReviewInvalid` for a name that is none, `UserExists` for one that is taken."""
        check_name(name)

        def work(session: Session) -> User:
            if session.get(UserRow, name) is not None:
                raise UserExists(
                    f"There is a user {name!r} already (or was: names are given once, the log speaks of them).",
                    "Choose another name, or give that user a new token: tipwatch user renew.",
                )
            row = UserRow(name=name, role=role, token_hash=token_hash, epoch=0, created_at=now)
            session.add(row)
            session.flush()
            note(session, by, "user_add", f"user:{name}", {"role": role}, now)
            return _user(row)

        return self._database.transact(work)

    def get(self, name: str) -> tuple[User, str] | None:
        """A user who may log in, with the hash of the token; None for nobody, and for who was disabled."""
        with self._database.read() as session:
            row = session.get(UserRow, name)
            return None if row is None or row.disabled_at is not None else (_user(row), row.token_hash)

    def all(self) -> list[User]:
        """Everybody, also who was disabled, by name."""
        with self._database.read() as session:
            return [_user(row) for row in session.scalars(select(UserRow).order_by(UserRow.name))]

    def disable(self, name: str, by: str, now: dt.datetime) -> User:
        """End a user's access and sessions for good. Raises `UserUnknown`."""

        def work(session: Session) -> User:
            row = active(session, name)
            row.disabled_at = now
            row.epoch += 1
            session.flush()
            note(session, by, "user_disable", f"user:{name}", {}, now)
            return _user(row)

        return self._database.transact(work)

    def renew(self, name: str, token_hash: str, by: str, now: dt.datetime) -> User:
        """Replace a user's token; every session of the user ends (`epoch` rises). Raises `UserUnknown`."""

        def work(session: Session) -> User:
            row = active(session, name)
            row.token_hash = token_hash
            row.epoch += 1
            session.flush()
            note(session, by, "user_renew", f"user:{name}", {"epoch": row.epoch}, now)
            return _user(row)

        return self._database.transact(work)

    def set_role(self, name: str, role: UserRole, by: str, now: dt.datetime) -> User:
        """Give a user another role; sessions end, so that none keeps the old one. Raises `UserUnknown`."""

        def work(session: Session) -> User:
            row = active(session, name)
            before, row.role = row.role, role
            row.epoch += 1
            session.flush()
            note(session, by, "user_role", f"user:{name}", {"before": before, "role": role}, now)
            return _user(row)

        return self._database.transact(work)

    def logged_in(self, name: str, now: dt.datetime) -> None:
        """Note a login. Raises `UserUnknown`."""

        def work(session: Session) -> None:
            active(session, name).last_login = now
            session.flush()
            note(session, name, "login", f"user:{name}", {}, now)

        self._database.transact(work)

    def login_refused(self, name: str, now: dt.datetime) -> None:
        """Note a login that failed. The name is kept only where it is a user's: whatever else was typed is not."""

        def work(session: Session) -> None:
            row = session.get(UserRow, name) if USER_NAME.fullmatch(name) else None
            reason = "unknown" if row is None else "wrong_token" if row.disabled_at is None else "disabled"
            subject = "login" if row is None else f"user:{row.name}"
            note(session, MACHINE, "login_refused", subject, {"reason": reason}, now)

        self._database.transact(work)


def check_name(name: str) -> None:
    """Raise `ReviewInvalid` unless somebody may be called so."""
    reserved = name in {MACHINE, CONSOLE} or name.startswith(f"{CONSOLE}.")
    if USER_NAME.fullmatch(name) is None or len(name) > LONGEST or reserved:
        what = f"{name!r} is a name that tipwatch uses itself." if reserved else f"{name!r} is no name of a user."
        raise ReviewInvalid(
            what, "Write 1 to 59 small letters, digits, dots, dashes or underscores, a letter or digit first."
        )


def active(session: Session, name: str) -> UserRow:
    """The row of a user who is not disabled. Raises `UserUnknown`."""
    row = session.get(UserRow, name, with_for_update=True)
    if row is None:
        raise UserUnknown(f"There is no user {name!r}.", LIST)
    if row.disabled_at is not None:
        raise UserUnknown(
            f"The user {name!r} was disabled on {row.disabled_at:%Y-%m-%d}.",
            "Add a user of another name; the log keeps the old one for what was done under it.",
        )
    return row


def _user(row: UserRow) -> User:
    return User(
        name=row.name, role=row.role, epoch=row.epoch, created_at=row.created_at, disabled_at=row.disabled_at,
        last_login=row.last_login,
    )  # fmt: skip
