"""Names screened against the feed.

Refuses to find whoever was withdrawn since the feed was written, and to leave what was sought in any log.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from storage.records.clients import ClientScope
from tipwatch.api.desk import Desk, needs
from tipwatch.api.forms import SearchAnswer, SearchParameters
from tipwatch.api.problems import invalid
from tipwatch.api.visit import Visit
from tipwatch.feed.search import MOST_HITS, QueryError, SearchQuery

router = APIRouter(tags=["search"])

SPARE = 10
"""Hits asked for beyond the limit, since some may be withdrawn."""
ALGORITHM = "logic-v2"
FIELDS = {"name": "q"}
"""Our names of the search's fields, where they differ."""


@router.get("/v1/search", dependencies=[needs(ClientScope.SEARCH)], response_model=SearchAnswer)
def search(request: Request, query: Annotated[SearchParameters, Query()]) -> Response:
    """Persons or organisations whose names match, as screening scores them, the best first.

    Hits of 0.5 or more are shown, with `match` from the threshold on. A match is no identity: compare year of
    birth, country and the evidence before you act.
    """
    visit, desk = Visit.of(request), Desk.of(request)
    held = visit.held
    with desk.places.taken(visit.client or ""):
        try:
            hits = held.search.find(_asked(query))
        except QueryError as error:
            raise invalid(
                [{"parameter": f"query.{FIELDS.get(error.field, error.field)}", "problem": error.reason}]
            ) from None
    standing = desk.withdrawals.standing(held.snapshot, [hit.id for hit in hits]) if hits else {}
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


def _asked(query: SearchParameters) -> SearchQuery:
    return SearchQuery(
        name=query.q, schema=query.schema_, birth_date=query.birth_date, nationality=query.nationality,
        limit=min(MOST_HITS, query.limit + SPARE), threshold=query.threshold,
    )  # fmt: skip
