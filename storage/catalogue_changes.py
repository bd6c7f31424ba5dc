"""What changed between two states of a catalogue, as events; and whether a catalogue is the one we follow.

Refuses to call it a change when somebody points one command at another folder.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from textwrap import shorten

from sqlalchemy import select
from sqlalchemy.orm import Session

from config.source import SourceState
from storage.notes import read_note, write_note
from storage.records.series import EventKind
from storage.records.sources import SourceFacts
from storage.stale import CHUNK
from storage.tables.coverage import CoverageEventRow
from storage.tables.runs import CoverageDayRow

FOLLOWED = "catalogue"
"""Note: the folder that this database follows, and another one that was used since, and from when."""
MEMBERS = "catalogue.sources"
"""Note: ids in the followed folder when it was last read."""
SETTLED = dt.timedelta(days=1)
"""Another folder must be in use this long, the old one not at all, before the database follows it."""
LEFT = "left"


@dataclass(frozen=True, kw_only=True, slots=True)
class Before:
    """What was known of a source; `gone` when it had left the catalogue."""

    state: SourceState
    digest: str | None
    countries: frozenset[str]
    gone: bool


def follows(session: Session, folder: str, now: dt.datetime) -> bool:
    """True when this database follows `folder`: its first one, or one that took over a day ago."""
    note = read_note(session, FOLLOWED)
    if note is not None and note["folder"] != folder:
        if note.get("other") != folder:
            write_note(session, FOLLOWED, {"folder": note["folder"], "other": folder, "since": now.isoformat()})
            return False
        if now - dt.datetime.fromisoformat(note["since"]) < SETTLED:
            return False
    if note != {"folder": folder}:
        write_note(session, FOLLOWED, {"folder": folder})
    return True


def leavers(session: Session, ids: Sequence[str]) -> list[str]:
    """Of the followed catalogue's sources those that are not in it any more (`ids` are), and were ever watched.

    A source that never gave a count is in no series: its leaving bends none.
    """
    before = read_note(session, MEMBERS)
    today = sorted(ids)
    if before != today:
        write_note(session, MEMBERS, today)
    missing = sorted(set(before or ()) - set(today))
    watched: set[str] = set()
    for start in range(0, len(missing), CHUNK):
        some = CoverageDayRow.source_id.in_(missing[start : start + CHUNK])
        watched.update(session.scalars(select(CoverageDayRow.source_id).where(some).distinct()))
    return [one for one in missing if one in watched]


def sources_gone(session: Session) -> set[str]:
    """Sources that left and have not come back: their last event of the two kinds says so."""
    event = CoverageEventRow
    kinds = (EventKind.SOURCE_LEFT, EventKind.SOURCE_STATE)
    query = select(event.source_id, event.kind).where(event.kind.in_(kinds)).order_by(event.id)
    last = {row[0]: row[1] for row in session.execute(query)}
    return {one for one, kind in last.items() if one is not None and kind is EventKind.SOURCE_LEFT}


def changes(one: SourceFacts, before: Before, now: dt.datetime) -> Iterator[CoverageEventRow]:
    """What is different in a known source, an event each; titles, notes and politeness bend no series.

    A change of the covered countries is a SOURCE_STATE too, from "covers in" to "covers in, np", and concerns the
    countries that it gained or lost.
    """
    both = before.countries | set(one.countries)
    if before.gone:
        detail = f"{one.title} is back in the catalogue, {one.state}."
        yield _event(EventKind.SOURCE_STATE, now, detail, one.id, both, LEFT, one.state.value)
    elif one.state is not before.state:
        why = shorten(one.state_reason, 200, placeholder=" …").rstrip(".")
        detail = f"{one.title} is {one.state}, before {before.state}; {one.state_date}: {why}."
        yield _event(EventKind.SOURCE_STATE, now, detail, one.id, both, before.state.value, one.state.value)
    digest = one.discovery_digest
    if digest is not None and before.digest is not None and digest != before.digest:
        detail = f"{one.title}: discovery addresses, selectors or filters changed."
        yield _event(EventKind.SELECTORS_CHANGED, now, detail, one.id, both, before.digest, digest)
    moved = before.countries ^ set(one.countries)
    if before.countries and moved:
        was, covers = (", ".join(sorted(some)) for some in (before.countries, one.countries))
        detail = f"{one.title} covers {covers}; before, it covered {was}."
        yield _event(EventKind.SOURCE_STATE, now, detail, one.id, moved, f"covers {was}", f"covers {covers}")


def left(source_id: str, title: str, countries: Collection[str], now: dt.datetime) -> CoverageEventRow:
    """That a source is in the catalogue no more."""
    return _event(EventKind.SOURCE_LEFT, now, f"{title} left the catalogue.", source_id, countries)


def _event(  # noqa: PLR0917 - private, in the order of the record
    kind: EventKind,
    at: dt.datetime,
    detail: str,
    source_id: str,
    countries: Collection[str],
    before: str | None = None,
    after: str | None = None,
) -> CoverageEventRow:
    return CoverageEventRow(
        kind=kind,
        at=at,
        detail=detail,
        source_id=source_id,
        countries=sorted(countries),
        before=before,
        after=after,
    )
