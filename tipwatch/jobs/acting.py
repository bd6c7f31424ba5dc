"""Who acts when a command changes what analysts see: a user of the review, or whoever sits at the console.

Refuses a user who does not exist, was disabled, or may not do it.
"""

from __future__ import annotations

import getpass
import re

from storage.records.people import UserRole
from storage.store import Store
from storage.users import CONSOLE
from tipwatch.errors import CommandError, ExitCode


def acting(store: Store, name: str | None, needed: UserRole) -> str:
    """The name that the log gets: the user's, or "console.<login>" where none was named.

    Who may run commands on the database may do everything already, so the console needs no role.
    """
    if name is None:
        return console()
    found = store.users.get(name)
    if found is None:
        raise CommandError(
            f"There is no user {name!r}, or it was disabled.", "`tipwatch user list` shows them all."
        )
    if not found[0].role.may(needed):
        raise CommandError(
            f"The user {name!r} is {found[0].role.value}; this needs {needed.value}.",
            "Ask somebody of that role, or change the role with `tipwatch user role`.",
            ExitCode.REFUSED,
        )
    return name


def console() -> str:
    """`console.<login name of this machine>`, in letters that the log takes."""
    try:
        login = getpass.getuser()
    except (KeyError, OSError):  # no entry for this user id, as in some containers
        login = "unknown"
    return f"{CONSOLE}.{re.sub(r'[^a-z0-9_-]+', '-', login.casefold())[:40].strip('-') or 'unknown'}"
