"""What the addresses share: the store's answers, the door, the clock; and who may enter by which scope.

Refuses to be asked for anything of one request: that is `Visit`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Depends, Request

from storage.records.clients import ClientScope
from tipwatch.api.door import Credentials, Door
from tipwatch.api.places import Places
from tipwatch.feed.withdrawals import Withdrawals


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """Made once; kept in the application's state."""

    door: Door
    withdrawals: Withdrawals
    clock: Callable[[], dt.datetime]
    places: Places = field(default_factory=Places)

    @classmethod
    def of(cls, request: Request) -> Desk:
        """The desk of a request's application."""
        found: Desk = request.app.state.desk
        return found


def needs(scope: ClientScope) -> Any:
    """A dependency: the request has a key that opens this, and its client may ask now."""

    def enter(request: Request, given: Credentials) -> None:
        Desk.of(request).door.admit(request, given, scope)

    return Depends(enter)
