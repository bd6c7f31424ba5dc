"""Names screened against the feed.

Refuses to find whoever was withdrawn since the feed was written, and to leave what was sought in any log.
"""

from __future__ import annotations

import threading
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from storage.records.clients import ClientScope
from tipwatch.api.desk import Desk, needs
from tipwatch.api.forms import MOST_HITS, SearchAnswer, SearchParameters
from tipwatch.api.problems import Kind, Problem
from tipwatch.api.visit import Visit
from tipwatch.feed.search import SearchQuery

router = APIRouter(tags=["search"])

SPARE = 10
"""Hits asked for beyond the limit, since some may be withdrawn."""
ALGORITHM = "logic-v2"
PLACES = threading.BoundedSemaphore(8)
"""Searches at once: they compute, and more of them would only make each slower."""


@router.get("/v1/search", dependencies=[needs(ClientScope.SEARCH)], response_model=SearchAnswer)
def search(request: Request, query: Annotated[SearchParameters, Query()]) -> Response:
    """Persons or organisations whose names match, as screening scores them, the best first.

    A match is no identity: compare year of birth, country and the evidence before you act.
    """
    held = Visit.of(request).held
    asked = SearchQuery(
        name=query.q, schema=query.schema_, birth_date=query.birth_date, nationality=query.nationality,
        limit=min(MOST_HITS, query.limit + SPARE), threshold=query.threshold,
    )  # fmt: skip
    if not PLACES.acquire(blocking=False):
        raise Problem(
            status=503, kind=Kind.BUSY, title="Too many searches at once",
            detail="As many names as this server can compare at once are being searched for.",
            remedy="Try again in a second.", headers={"Retry-After": "1"},
        )  # fmt: skip
    try:
        hits = held.search.find(asked)
    finally:
        PLACES.release()
    standing = Desk.of(request).withdrawals.standing(held.snapshot, [hit.id for hit in hits]) if hits else {}
    results = [
        {**found, "score": hit.score, "match": hit.match, "features": dict(hit.features)}
        for hit in hits
        if hit.id in standing and (found := held.snapshot.entity(hit.id)) is not None
    ]
    return JSONResponse(
        {
            "version": held.version, "algorithm": ALGORITHM, "limit": query.limit, "threshold": query.threshold,
            "results": results[: query.limit],
        }
    )  # fmt: skip
