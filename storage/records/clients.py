"""Records of who may ask the API for the feed, and of what was asked.

Refuses paths: an access holds the route's template, so that nothing that a client typed stays.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

CLIENT_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,56}")
"""What a client may be called: with "client:" before it, it fits the log's subject (64)."""

ROUTE = re.compile(r"/|(?:/(?:v[0-9]{1,2}|[a-z_]+(?:\.[a-z]+)?|\{[a-z_]+(?::[a-z]+)?\}))+")
"""A route's template as routers write it. Ids do not fit, most names neither: pass templates."""

NO_ROUTE = "/{unknown}"
"""The route of a request that fits none of ours."""

LONGEST_ROUTE = 64


class ClientScope(StrEnum):
    """What a client may ask for."""

    ENTITIES = "entities"  # the index, entities, deltas
    SEARCH = "search"
    DOWNLOADS = "downloads"
    COVERAGE = "coverage"


@dataclass(frozen=True, kw_only=True, slots=True)
class ApiClient:
    """Somebody who may ask the API. `per_minute` is requests; from `expires` on no key of the client works."""

    name: str
    id: str  # stands in the key, in the clear; stays through renewals
    scopes: frozenset[ClientScope]
    per_minute: int
    created: dt.datetime
    created_by: str
    renewed: dt.datetime  # since when the key of now stands
    expires: dt.datetime | None
    disabled: bool
    last_seen: dt.datetime | None  # the newest access that was noted


@dataclass(frozen=True, kw_only=True, slots=True)
class Access:
    """One request that was answered. `bytes` is the size of the answer's body, `ms` how long it took.

    Raises `ValueError`, which never repeats the value, for a route that is no template, and for a number that
    cannot be: those are faults of the caller, not of whoever asked.
    """

    at: dt.datetime
    client: str | None  # None: no key, or none that we know
    route: str  # such as "/v1/entities/{id}"
    status: int
    subject: (
        str | None
    )  # an entity's id or a file; storage keeps nothing else of it (`storage.clients.subject_of`)
    bytes: int
    ms: int

    def __post_init__(self) -> None:
        if self.at.tzinfo is None:
            raise ValueError("an access needs an aware time")
        if self.client is not None and CLIENT_NAME.fullmatch(self.client) is None:
            raise ValueError("an access has the name of a client that is none")
        if ROUTE.fullmatch(self.route) is None or len(self.route) > LONGEST_ROUTE:
            raise ValueError("an access has a route that is no template, such as /v1/entities/{id}")
        if not 100 <= self.status <= 599:
            raise ValueError("an access has a status that HTTP does not have")
        if self.bytes < 0 or self.ms < 0:
            raise ValueError("an access has fewer than no bytes, or took less than no time")
