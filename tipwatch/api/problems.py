"""What a client reads when something is refused or goes wrong: a problem document (RFC 9457) with its remedy.

Refuses to repeat what was sent, and tracebacks: the log gets an error's class and the lines of our code.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import Scope

from storage.errors import StorageError
from storage.records.clients import NO_ROUTE
from tipwatch.feed.snapshot import FeedError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
URN = "urn:tipwatch:problem:"
"""No address: whoever reads `type` compares it, and docs/api.md lists them."""


class Kind(StrEnum):
    """The kinds of problems; the last part of `type`."""

    BAD_REQUEST = "bad-request"
    NO_KEY = "no-key"
    WRONG_KEY = "wrong-key"
    NO_SCOPE = "no-scope"
    NOT_FOUND = "not-found"
    NO_ENTITY = "no-entity"
    NO_FILE = "no-file"
    NO_COUNTRY = "no-country"
    BAD_METHOD = "bad-method"
    WITHDRAWN = "withdrawn"
    LOAD_FULL = "load-full-file"
    BAD_RANGE = "bad-range"
    TOO_LONG = "too-long"
    INVALID = "invalid"
    TOO_MANY = "too-many-requests"
    FAULT = "fault"
    BUSY = "busy"
    STALE = "stale-withdrawals"
    STORE = "store-unavailable"
    UNREADABLE = "feed-unreadable"


class Problem(Exception):  # noqa: N818 - it is the document that goes out, not only an error
    """A problem document, raised. `detail` is a sentence of fact, `remedy` of advice; neither repeats input."""

    def __init__(
        self,
        *,
        status: int,
        kind: Kind,
        title: str,
        detail: str,
        remedy: str,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(title)
        self.status = status
        self.kind = kind
        self.title = title
        self.detail = detail
        self.remedy = remedy
        self.headers = headers or {}
        self.errors = errors

    def document(self) -> dict[str, Any]:
        """The body."""
        made: dict[str, Any] = {
            "type": f"{URN}{self.kind.value}", "title": self.title, "status": self.status, "detail": self.detail,
            "remedy": self.remedy,
        }  # fmt: skip
        return made | {"errors": list(self.errors)} if self.errors else made

    def answer(self) -> JSONResponse:
        """The response."""
        return JSONResponse(self.document(), self.status, dict(self.headers), MEDIA_TYPE)


def explain(app: FastAPI) -> None:
    """Register an answer for each kind of fault."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(StorageError, _stored)
    app.add_exception_handler(FeedError, _unreadable)
    app.add_exception_handler(Exception, _fault)


def route_of(scope: Scope) -> str:
    """The template of a request's address; never the address itself, which may hold a name."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else NO_ROUTE


def fault(error: BaseException, route: str) -> Problem:
    """A fault of ours, told in the log by its class and its way."""
    frames = traceback.extract_tb(error.__traceback__)
    way = " ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-8:])
    log.error("api.fault kind=%s route=%s way=%s", type(error).__name__, route, way)
    return Problem(
        status=500, kind=Kind.FAULT, title="A fault in tipwatch",
        detail="Something went wrong in tipwatch itself.",
        remedy="Try again; when it stays, tell whoever runs this server, with the time.",
    )  # fmt: skip


def _fault(request: Request, error: Exception) -> JSONResponse:
    return fault(error, route_of(request.scope)).answer()


def _told(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Problem)  # noqa: S101 - registered for it
    return error.answer()


def _refused(_request: Request, error: Exception) -> JSONResponse:
    """The framework's own refusals: no such address, no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for it
    if error.status_code == 405:
        return Problem(
            status=405, kind=Kind.BAD_METHOD, title="Method not allowed",
            detail="This API is read-only: it takes GET and HEAD.", remedy="Ask with GET.",
            headers={"Allow": "GET, HEAD"},
        ).answer()  # fmt: skip
    if error.status_code == 404:
        return Problem(
            status=404, kind=Kind.NOT_FOUND, title="No such address", detail="This API has no such address.",
            remedy="/v1/openapi.json lists them all.",
        ).answer()  # fmt: skip
    return Problem(
        status=error.status_code, kind=Kind.BAD_REQUEST, title="The request was not understood",
        detail="The request could not be understood.", remedy="/v1/openapi.json says what each address takes.",
    ).answer()  # fmt: skip


def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Which parameters are wrong and why; never their values, which may be a name."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for it
    errors = [
        {"parameter": ".".join(str(part) for part in one["loc"][:2])[:80], "problem": _sentence(one)}
        for one in error.errors()[:10]
    ]
    return invalid(errors).answer()


def invalid(errors: Sequence[Mapping[str, str]]) -> Problem:
    """Parameters that are wrong: `parameter` and `problem` of each, without its value."""
    return Problem(
        status=422, kind=Kind.INVALID, title="A parameter is wrong",
        detail="A parameter is missing, unknown or has a value that cannot be.",
        remedy="See `errors`; /v1/openapi.json says what each address takes.", errors=errors,
    )  # fmt: skip


def _sentence(one: Mapping[str, Any]) -> str:
    """Pydantic's own words repeat no input for the types we use; those of our validators are told as they are."""
    return str(one["msg"]).removeprefix("Value error, ")[:200]


def _stored(_request: Request, error: Exception) -> JSONResponse:
    log.error("api.storage kind=%s", type(error).__name__)
    return Problem(
        status=503, kind=Kind.STORE, title="The database does not answer",
        detail="Nobody's withdrawal can be ruled out while the database does not answer, so nothing is given.",
        remedy="Try again in a minute. Whoever runs this server: `tipwatch db check` says why.",
        headers={"Retry-After": "60"},
    ).answer()  # fmt: skip


def _unreadable(_request: Request, error: Exception) -> JSONResponse:
    log.error("api.feed kind=%s", type(error).__name__)
    return Problem(
        status=503, kind=Kind.UNREADABLE, title="The feed cannot be read",
        detail="The files of the feed were changed by hand, or cut off.",
        remedy="Whoever runs this server: write the feed anew with `tipwatch export --format opensanctions`.",
        headers={"Retry-After": "300"},
    ).answer()  # fmt: skip
