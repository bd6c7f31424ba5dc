"""One entity of the feed, alone or with what hangs on it.

Refuses whoever was withdrawn or corrected since the feed was written, and what tells of such a person.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from storage.records.clients import ClientScope
from storage.records.feed import Listed
from tipwatch.api.desk import Desk, needs
from tipwatch.api.forms import EntityAnswer, EntityParameters
from tipwatch.api.problems import Kind, Problem
from tipwatch.api.visit import Visit
from tipwatch.feed.lines import Entity
from tipwatch.feed.snapshot import Snapshot
from tipwatch.feed.withdrawals import Withdrawals, proves

router = APIRouter(tags=["feed"])

EntityId = Annotated[str, Path(alias="id", description="An id of the feed, such as tw-p-…", max_length=200)]


@router.get(
    "/v1/entities/{id}", dependencies=[needs(ClientScope.ENTITIES)], response_model=EntityAnswer, name="entity"
)
def one_entity(request: Request, asked: EntityId, query: Annotated[EntityParameters, Query()]) -> Response:
    """One entity. 410 when it was withdrawn: delete it at once. 308 when it went into another one."""
    visit, withdrawals = Visit.of(request), Desk.of(request).withdrawals
    snapshot = visit.held.snapshot
    found, now = snapshot.entity(asked), snapshot.current(asked)
    if found is None and now is not None and (kept := snapshot.entity(now)) is not None:
        visit.subject = now
        _standing(withdrawals, snapshot, kept)
        return Response(status_code=308, headers={"Location": now + "?nested=true" * query.nested})
    if found is None:
        raise Problem(
            status=404, kind=Kind.NO_ENTITY, title="No such entity",
            detail="This version of the feed has no entity of that id.",
            remedy="Whoever left the feed is a DEL of its deltas: ask /v1/delta, and delete it.",
        )  # fmt: skip
    visit.subject = asked
    if not query.nested:
        _standing(withdrawals, snapshot, found)
        return JSONResponse(found)
    around = snapshot.around(asked)
    standing = _standing(withdrawals, snapshot, found, around)
    nested = snapshot.nested(asked, without=around - standing.keys())
    return JSONResponse(found if nested is None else _without_gone(nested, standing.get(asked)))


def _standing(
    withdrawals: Withdrawals, snapshot: Snapshot, entity: Entity, also: Collection[str] = ()
) -> dict[str, Listed]:
    """Who stands of the targets that an entity tells of, and of `also`. Raises Problem (410).

    A case names nobody and stays while one of its parties does; everything else goes with any of its targets: a
    story's entity has a title a person.
    """
    told = snapshot.targets_of(entity["id"])
    standing = withdrawals.standing(snapshot, {*told, *also})
    stands = [person in standing and proves(standing[person], entity) for person in told]
    if not any(stands) or not (all(stands) or entity["schema"] == "CourtCase"):
        raise Problem(
            status=410, kind=Kind.WITHDRAWN, title="Withdrawn",
            detail="It was withdrawn or corrected since this version of the feed was written.",
            remedy="Delete it at once and stop acting on it; the next delta says what, if anything, stands.",
        )  # fmt: skip
    return standing


def _without_gone(nested: dict[str, Any], listed: Listed | None) -> dict[str, Any]:
    """A nested target without the stories that prove nothing of it any more."""
    properties = nested["properties"]
    if listed is None or "documentedBy" not in properties:
        return nested
    kept = [proof for proof in properties["documentedBy"] if proves(listed, proof)]
    return {**nested, "properties": {**properties, "documentedBy": kept}}
