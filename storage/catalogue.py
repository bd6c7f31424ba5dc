"""The catalogue's facts as last seen, with the history of every source's status and what changed as events.

Refuses to forget a source that left the catalogue: its pages and counts stay explained.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.catalogue_changes import Before, changes, follows, leavers, left, sources_gone
from storage.counting import insert_into
from storage.notes import take_turns
from storage.records.sources import SourceFacts, StatusChange
from storage.stale import CHUNK
from storage.tables.sources import SourceCountryRow, SourceLanguageRow, SourceRow, SourceStatusRow


def sync(session: Session, sources: Sequence[SourceFacts], now: dt.datetime, *, folder: str | None = None) -> int:
    """Store the facts of these sources; a status that changed gets a line in the history. Returns those lines.

    What changed since they were last seen is kept as events: state, discovery, covered countries. `folder` says
    that `sources` are a whole catalogue, and whose: then a source that was there before, and was ever watched, has
    left. Without it they are a part, and nobody leaves. A folder that this database does not follow (somebody
    tries another one for a command) adds its unknown sources and changes nothing else.
    """
    take_turns(session)
    known = {row.id: row for row in session.scalars(select(SourceRow))}
    if folder is not None and not follows(session, folder, now):
        sources = [one for one in sources if one.id not in known]
        folder = None
    covered = _covered(session)
    gone = sources_gone(session)
    for one in sources:
        if one.id in known:
            was = Before(
                state=known[one.id].state, digest=known[one.id].discovery_digest,
                countries=frozenset(covered.get(one.id, ())), gone=one.id in gone,
            )  # fmt: skip
            session.add_all(changes(one, was, now))
    if folder is not None:
        missing = [known[one] for one in leavers(session, [one.id for one in sources]) if one not in gone]
        session.add_all(left(row.id, row.title, covered.get(row.id, ()), now) for row in missing)
    return _store(session, sources, known, now)


def _store(session: Session, sources: Sequence[SourceFacts], known: dict[str, SourceRow], now: dt.datetime) -> int:
    changed = [one for one in sources if one.id not in known or _status(one) != _status(known[one.id])]
    fresh = [one for one in sources if one.id not in known or _values(_stored(known[one.id])) != _values(one)]
    if fresh:
        statement = insert_into(session, SourceRow)
        rows = [_values(one) | {"synced": now} for one in sorted(fresh, key=lambda one: one.id)]
        columns = {name: statement.excluded[name] for name in rows[0] if name != "id"}
        session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=columns), rows)
    _links(session, sources)
    if changed:
        history = insert_into(session, SourceStatusRow)
        session.execute(
            history.on_conflict_do_nothing(),
            [
                {
                    "source_id": one.id, "recorded": now, "state": one.state,
                    "reason": one.state_reason, "date": one.state_date,
                }
                for one in changed
            ],
        )  # fmt: skip
    return len(changed)


def _covered(session: Session) -> dict[str, list[str]]:
    """The stored countries of every source, in order."""
    covered: dict[str, list[str]] = {}
    for row in session.scalars(select(SourceCountryRow).order_by(SourceCountryRow.country)):
        covered.setdefault(row.source_id, []).append(row.country)
    return covered


def history(session: Session, source_id: str) -> list[StatusChange]:
    """The statuses of a source, the oldest first."""
    query = select(SourceStatusRow).where(SourceStatusRow.source_id == source_id)
    return [
        StatusChange(
            source_id=row.source_id, state=row.state, reason=row.reason, date=row.date, recorded=row.recorded
        )
        for row in session.scalars(query.order_by(SourceStatusRow.recorded))
    ]


def facts(session: Session) -> list[SourceFacts]:
    """All sources ever synced, by id."""
    countries = _covered(session)
    languages: dict[str, list[str]] = {}
    for spoken in session.scalars(select(SourceLanguageRow).order_by(SourceLanguageRow.language)):
        languages.setdefault(spoken.source_id, []).append(spoken.language)
    return [
        _stored(row, countries.get(row.id, ()), languages.get(row.id, ()))
        for row in session.scalars(select(SourceRow).order_by(SourceRow.id))
    ]


def _links(session: Session, sources: Sequence[SourceFacts]) -> None:
    ids = [one.id for one in sources]
    for table, column, wanted in (
        (SourceCountryRow, "country", {(one.id, country) for one in sources for country in one.countries}),
        (SourceLanguageRow, "language", {(one.id, language) for one in sources for language in one.languages}),
    ):
        value = table.__table__.c[column]
        stored = {
            (row[0], row[1])
            for start in range(0, len(ids), CHUNK)
            for row in session.execute(
                select(table.source_id, value).where(table.source_id.in_(ids[start : start + CHUNK]))
            )
        }
        for source_id, gone in sorted(stored - wanted):
            session.execute(delete(table).where(table.source_id == source_id, value == gone))
        if wanted - stored:
            session.execute(
                insert_into(session, table).on_conflict_do_nothing(),
                [{"source_id": source_id, column: new} for source_id, new in sorted(wanted - stored)],
            )


def _values(one: SourceFacts) -> dict[str, object]:
    return {
        "id": one.id, "title": one.title, "country": one.country, "publisher": one.publisher,
        "official": one.official, "level": one.level, "state": one.state, "state_reason": one.state_reason,
        "state_date": one.state_date, "expected_min_month": one.expected_min_month,
        "expected_max_month": one.expected_max_month, "kind": one.kind, "ownership": one.ownership,
        "access": one.access, "restrictions": dict(one.restrictions), "discovery_digest": one.discovery_digest,
    }  # fmt: skip


def _stored(row: SourceRow, countries: Sequence[str] = (), languages: Sequence[str] = ()) -> SourceFacts:
    return SourceFacts(
        id=row.id, title=row.title, country=row.country, countries=tuple(countries), languages=tuple(languages),
        level=row.level, publisher=row.publisher, official=row.official, state=row.state,
        state_reason=row.state_reason, state_date=row.state_date, expected_min_month=row.expected_min_month,
        expected_max_month=row.expected_max_month, kind=row.kind, ownership=row.ownership, access=row.access,
        restrictions=row.restrictions, discovery_digest=row.discovery_digest,
    )  # fmt: skip


def _status(one: SourceFacts | SourceRow) -> tuple[object, ...]:
    return (one.state, one.state_reason, one.state_date)
