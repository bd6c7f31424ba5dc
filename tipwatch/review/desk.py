"""What every page works with: the store, the settings and the clock; and who is asking.

Refuses a decision by nobody: `reviewer()` and `admin()` end a request that may not do what it asks.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from flask import abort, current_app, g

from config.settings import Settings
from storage.records.people import User, UserRole
from storage.store import Store

KEY = "tipwatch.review"


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Store, settings, and the clock (aware UTC)."""

    store: Store
    settings: Settings
    clock: Callable[[], dt.datetime]


def desk() -> Desk:
    """The desk of the application that serves this request."""
    found: Desk = current_app.extensions[KEY]
    return found


def user() -> User:
    """Who asks. Ends the request with 401 where nobody is logged in."""
    found: User | None = g.get("user")
    if found is None:
        abort(401)
    return found


def is_reviewer() -> bool:
    """True where the user may decide, and may see the text unmasked."""
    found: User | None = g.get("user")
    return found is not None and found.role.may(UserRole.REVIEWER)


def reviewer() -> str:
    """The name of a user who may decide; ends the request with 403 otherwise."""
    return _at_least(UserRole.REVIEWER)


def admin() -> str:
    """The name of an admin; ends the request with 403 otherwise."""
    return _at_least(UserRole.ADMIN)


def _at_least(role: UserRole) -> str:
    found = user()
    if not found.role.may(role):
        abort(403)
    return found.name
