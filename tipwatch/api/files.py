"""The feed's files and its changes, for whoever holds a copy.

Refuses all of them while one names somebody who was withdrawn since it was written.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import Response

from storage.records.clients import ClientScope
from tipwatch.api.desk import Desk, needs
from tipwatch.api.downloads import download, streamed
from tipwatch.api.forms import DeltaParameters, Parameters
from tipwatch.api.problems import Kind, Problem
from tipwatch.api.visit import Visit
from tipwatch.feed.files import LINES

router = APIRouter()

RETRY = "300"
"""Seconds after which stale files may have been written anew."""

FilePath = Annotated[str, Path(description="A `path` of the index, such as deltas/index.json", max_length=200)]

CHANGES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Operations, one a line: apply them in this order.",
        "content": {LINES: {"schema": {"type": "string"}}},
    }
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file. `ETag` is its SHA-256.",
        "content": {"*/*": {}},
    },
    206: {
        "description": "The part of it that `Range` asked for: one range.",
        "content": {"*/*": {}},
    },
    304: {"description": "You have it: `If-None-Match` has its ETag."},
}


@router.get(
    "/v1/delta", dependencies=[needs(ClientScope.ENTITIES)], response_class=Response, responses=CHANGES,
    tags=["feed"],
)  # fmt: skip
def delta(request: Request, query: Annotated[DeltaParameters, Query()]) -> Response:
    """What changed since a version, oldest first, as JSON Lines. Empty when nothing did."""
    visit = Visit.of(request)
    _refuse_stale(request, visit)
    found = visit.held.snapshot.since(query.since)
    if found is None:
        raise Problem(
            status=410, kind=Kind.LOAD_FULL, title="Load the full file",
            detail="No chain of deltas leads from that version to this one.",
            remedy="Load /v1/files/entities.ftm.json in place of what you have; then ask since its version.",
        )  # fmt: skip
    return streamed(request, found, LINES)


@router.get(
    "/v1/files/{path:path}", dependencies=[needs(ClientScope.DOWNLOADS)], response_class=Response, responses=FILE,
    tags=["files"],
)  # fmt: skip
def file(request: Request, path: FilePath, _query: Annotated[Parameters, Query()]) -> Response:
    """A file of the feed. Takes If-None-Match, Range and If-Range."""
    visit = Visit.of(request)
    snapshot = visit.held.snapshot
    if path in snapshot.files:
        visit.subject = path
        _refuse_stale(request, visit)
    return download(request, snapshot, path)


def _refuse_stale(request: Request, visit: Visit) -> None:
    n = Desk.of(request).withdrawals.stale(visit.held.snapshot)
    if n:
        raise Problem(
            status=503, kind=Kind.STALE, title="The files name somebody who was withdrawn",
            detail=f"Since this version was written, {n} of whom it names were withdrawn or corrected.",
            remedy="Try again later. Whoever runs this server: run tipwatch export.",
            headers={"Retry-After": RETRY},
        )  # fmt: skip
