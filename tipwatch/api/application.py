"""The API's application, put together: one feed, one store, its addresses, its specification.

Refuses a page of documentation: those that the framework has load scripts from elsewhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.types import ASGIApp

from storage.store import Store
from tipwatch.api import entities, files, forms, overview, problems, searching
from tipwatch.api.desk import Desk
from tipwatch.api.door import Door
from tipwatch.api.envelope import Envelope
from tipwatch.api.journal import Journal
from tipwatch.api.shelf import Shelf
from tipwatch.feed.withdrawals import Withdrawals

TITLE = "tipwatch"
DESCRIPTION = (
    "Persons and organisations in trafficking cases, as the press reports them, for due diligence. Read-only. "
    "Whoever was withdrawn since the feed was written is not given. Every answer has the version of the feed in "
    "`X-Feed-Version`; every error is a problem document (RFC 9457) with its remedy. See docs/api.md."
)
ERRORS = {
    "/v1/index": (401, 403, 422, 429, 503),
    "/v1/entities/{id}": (308, 401, 403, 404, 410, 422, 429, 503),
    "/v1/search": (401, 403, 414, 422, 429, 503),
    "/v1/delta": (401, 403, 410, 422, 429, 503),
    "/v1/files/{path}": (401, 403, 404, 416, 422, 429, 503),
    "/v1/coverage/{country}": (401, 403, 404, 422, 429, 503),
    "/healthz": (422,),
}
"""What each address may answer besides what it is for."""
WORDS = {
    308: "It went into another entity: `Location`.", 401: "No key, or not a valid one.",
    403: "The key lacks the scope.", 404: "There is none.", 410: "It is gone.", 414: "The address is too long.",
    416: "The file has no such range.", 422: "A parameter is wrong.", 429: "Too many requests: `Retry-After`.",
    503: "Nothing can be given safely now: `Retry-After`.",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Api:
    """The application and what must be started and stopped with it."""

    app: ASGIApp
    inner: FastAPI
    shelf: Shelf
    journal: Journal
    withdrawals: Withdrawals


def api(
    store: Store,
    folder: Path,
    clock: Callable[[], dt.datetime],
    *,
    proxies: int = 0,
    workers: int = 1,
    ended: Callable[[], None] = lambda: None,
) -> Api:
    """Make the application over the feed of a folder. `proxies` servers of ours stand in front; `ended` is called
    when it was shut down.

    Raises FeedError where the folder holds no feed, StorageError.
    """
    limiter = MovingWindowRateLimiter(MemoryStorage())
    withdrawals = Withdrawals(store, clock)
    shelf = Shelf(folder, ready=withdrawals.stale, hourly=withdrawals.recount)
    journal = Journal(store.clients.note_accesses, limiter)
    door = Door(store, clock, limiter, proxies=proxies, workers=workers)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        shelf.start()
        journal.start()
        try:
            yield
        finally:
            shelf.stop()
            journal.stop()
            ended()

    inner = Application(
        title=TITLE, description=DESCRIPTION, version=version("tipwatch"), contact=forms.CONTACT,
        openapi_url="/v1/openapi.json", docs_url=None, redoc_url=None, lifespan=lifespan, redirect_slashes=False,
    )  # fmt: skip
    inner.state.desk = Desk(door=door, withdrawals=withdrawals, clock=clock)
    for one in (overview, entities, searching, files):
        inner.include_router(one.router)
    problems.explain(inner)
    return Api(
        app=Envelope(inner, shelf, journal, clock), inner=inner, shelf=shelf, journal=journal,
        withdrawals=withdrawals,
    )  # fmt: skip


class Application(FastAPI):
    """FastAPI with our specification."""

    def openapi(self) -> dict[str, Any]:
        """Made once."""
        if self.openapi_schema is None:
            self.openapi_schema = specification(self)
        return self.openapi_schema


def specification(app: FastAPI) -> dict[str, Any]:
    """OpenAPI, with problem documents where the framework would tell its own."""
    made = get_openapi(
        title=app.title, version=app.version, description=app.description, contact=app.contact, routes=app.routes
    )
    schemas = made["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    problem = forms.ProblemAnswer.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= problem.pop("$defs", {})
    schemas["ProblemAnswer"] = problem
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemAnswer"}}}
    for path, operations in made["paths"].items():
        responses = operations["get"]["responses"]
        for status in ERRORS[path]:
            responses[str(status)] = {"description": WORDS[status]} | (
                {} if status < 400 else {"content": content}
            )
        for told in responses.values():
            told["headers"] = {"X-Feed-Version": {"schema": {"type": "string"}}}
    return made
