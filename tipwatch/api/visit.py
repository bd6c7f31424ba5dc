"""One request on its way: who asks, for what, and of which version of the feed it is answered.

Refuses what was searched for: nothing of a query is kept here, so nothing of it can reach a log.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from tipwatch.api.shelf import Held

KEY = "tipwatch.visit"


@dataclass(kw_only=True, slots=True)
class Visit:
    """Filled on the way; the journal reads it at the end. `subject` is an id or a file of ours, or None."""

    held: Held
    head: bool = False  # asked with HEAD: answered as GET, less the body
    client: str | None = None
    subject: str | None = None
    headers: dict[str, str] = field(default_factory=dict)  # of the limits, for the answer
    left: Callable[[], None] | None = None  # gives the client's place back

    @classmethod
    def of(cls, request: Request) -> Visit:
        """The visit of a request."""
        return cls.within(request.scope)

    @classmethod
    def within(cls, scope: MutableMapping[str, Any]) -> Visit:
        """The visit of an ASGI scope."""
        found: Visit = scope[KEY]
        return found

    def leave(self) -> None:
        """The answer is out, or nobody waits for it any more."""
        if self.left is not None:
            self.left()
            self.left = None
