"""What the feed is, how well we looked, and whether the server answers.

Refuses names: none of these has one.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from storage.records.clients import ClientScope
from tipwatch.api.desk import Desk, needs
from tipwatch.api.forms import CoverageAnswer, HealthAnswer, IndexAnswer, Parameters
from tipwatch.api.problems import Kind, Problem
from tipwatch.api.visit import Visit
from tipwatch.feed.withdrawals import written

router = APIRouter()

Country = Annotated[str, Path(description="ISO 3166-1 alpha-2, such as in", max_length=10)]


@router.get("/v1/index", dependencies=[needs(ClientScope.ENTITIES)], response_model=IndexAnswer, tags=["feed"])
def index(request: Request, _query: Annotated[Parameters, Query()]) -> Response:
    """What the feed is, its files with checksums, and how many of whom it names were withdrawn since."""
    snapshot = Visit.of(request).held.snapshot
    stale = Desk.of(request).withdrawals.stale(snapshot)
    return JSONResponse({**snapshot.index, "stale_withdrawals": stale})


@router.get(
    "/v1/coverage/{country}", dependencies=[needs(ClientScope.COVERAGE)], response_model=CoverageAnswer,
    tags=["coverage"],
)  # fmt: skip
def coverage(request: Request, country: Country, _query: Annotated[Parameters, Query()]) -> Response:
    """How well we looked in a country: without it, nobody found means nothing."""
    visit = Visit.of(request)
    found = visit.held.snapshot.coverage(country)
    if found is None:
        raise Problem(
            status=404, kind=Kind.NO_COUNTRY, title="No such country",
            detail="No record of coverage tells of a country of that code.",
            remedy="Give an ISO 3166-1 alpha-2 code. Where there is none, nobody looked.",
        )  # fmt: skip
    visit.subject = found["country"]
    return JSONResponse(found)


@router.get("/healthz", response_model=HealthAnswer, tags=["health"])
async def healthz(request: Request, _query: Annotated[Parameters, Query()]) -> Response:
    """Whether the server answers, which version it serves, and how old that is. Needs no key."""
    snapshot = Visit.of(request).held.snapshot
    age = max(0, int((Desk.of(request).clock() - written(snapshot)).total_seconds()))
    return JSONResponse({"status": "ok", "version": snapshot.version, "age_seconds": age})
