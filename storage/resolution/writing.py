"""Writes persons as the clusters have them: ids that survive growth, merges and splits.

Refuses to lose an id: one that goes into another, or is gone, points to where its mentions went.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from extraction.model import Stage
from storage.counting import insert_into
from storage.resolution.loading import Standing
from storage.resolution.names import fold
from storage.stale import chunks
from storage.tables.people import FormerPersonRow, MentionRow, PersonNameRow, PersonRow

Cluster = Sequence[Standing]


@dataclass(frozen=True, kw_only=True, slots=True)
class Settled:
    """Persons that were written, how many are new, and how many ids went into others."""

    persons: frozenset[str]
    new: int
    merged: int


def write_persons(
    session: Session,
    clusters: Iterable[Collection[str]],
    members: Mapping[str, Standing],
    touched: Collection[str],
    now: dt.datetime,
) -> Settled:
    """Replace the persons of these mentions. `touched` are also those that stand no longer: they lose theirs."""
    ordered = [_ordered(members[one] for one in cluster) for cluster in clusters]
    ordered.sort(key=lambda cluster: _age(cluster[0]))
    before = _persons_before(session, touched)
    ids = _ids(ordered, before)
    named = dict(zip(ids, ordered, strict=True))
    gone = (set(before.values()) - {""}) - named.keys()
    known = _known(session, named.keys())
    for some in chunks(gone | named.keys()):
        session.execute(delete(PersonNameRow).where(PersonNameRow.person_id.in_(some)))
    _insert(session, named, known, now)
    _assign(session, named, touched)
    _redirect(session, gone, before, named, now)
    return Settled(persons=frozenset(named), new=len(named.keys() - known.keys()), merged=len(gone))


def _age(one: Standing) -> tuple[dt.datetime, str]:
    return one.mention.first_seen, one.mention.id


def _ordered(cluster: Iterable[Standing]) -> list[Standing]:
    return sorted(cluster, key=_age)


def _persons_before(session: Session, touched: Collection[str]) -> dict[str, str]:
    """The person of each mention until now; "" where it had none."""
    found: dict[str, str] = {}
    for some in chunks(touched):
        query = select(MentionRow.id, MentionRow.person_id).where(MentionRow.id.in_(some))
        found |= {mention_id: person_id or "" for mention_id, person_id in session.execute(query)}
    return found


def _ids(clusters: Sequence[Cluster], before: Mapping[str, str]) -> list[str]:
    """An id for each cluster: its oldest id of before that is its own, else one after its earliest mention.

    An id belongs to the cluster that holds the mention it is called after; where that mention is gone, to the
    first cluster that holds anybody who had it.
    """
    owner: dict[str, int] = {}
    holders: dict[str, list[int]] = defaultdict(list)
    for k, cluster in enumerate(clusters):
        for one in cluster:
            person_id = before.get(one.mention.id, "")
            if person_id:
                holders[person_id].append(k)
    home = {f"p-{one.mention.id}": k for k, cluster in enumerate(clusters) for one in cluster}
    for person_id, held in holders.items():
        owner[person_id] = home.get(person_id, min(held))
    owned: dict[int, list[str]] = defaultdict(list)
    for person_id, k in sorted(owner.items()):
        owned[k].append(person_id)
    rank = {f"p-{one.mention.id}": place for cluster in clusters for place, one in enumerate(cluster)}
    return [
        min(owned[k], key=lambda one: (rank.get(one, -1), one)) if owned[k] else f"p-{cluster[0].mention.id}"
        for k, cluster in enumerate(clusters)
    ]


def _known(session: Session, ids: Collection[str]) -> dict[str, dt.datetime]:
    found: dict[str, dt.datetime] = {}
    for some in chunks(ids):
        query = select(PersonRow.id, PersonRow.changed_at).where(PersonRow.id.in_(some))
        found |= dict(session.execute(query).all())
    return found


def _insert(
    session: Session, named: Mapping[str, Cluster], known: Mapping[str, dt.datetime], now: dt.datetime
) -> None:
    if not named:
        return
    statement = insert_into(session, PersonRow)
    columns = [one.name for one in PersonRow.__table__.columns if one.name not in ("id", "taken_down")]
    rows = [_person(person_id, cluster) | {"changed_at": now} for person_id, cluster in sorted(named.items())]
    for start in range(0, len(rows), 500):
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={name: statement.excluded[name] for name in columns}
            ),
            rows[start : start + 500],
        )
    forms = [
        {"person_id": person_id, "folded": folded}
        for person_id, cluster in sorted(named.items())
        for folded in sorted({fold(form) for one in cluster for form in (one.mention.name, *one.aliases)})
        if folded
    ]
    for start in range(0, len(forms), 5000):
        session.execute(insert_into(session, PersonNameRow), forms[start : start + 5000])


def _person(person_id: str, cluster: Cluster) -> dict[str, object]:
    """What is said of a person before its cases are known; `stage` is the latest mention's until then."""
    names = Counter(one.mention.name for one in cluster)
    name = min(names, key=lambda one: (-names[one], -len(one), one))
    forms = {form for one in cluster for form in (one.mention.name, *one.aliases)} - {name}
    nations = Counter(one.mention.nationality for one in cluster if one.mention.nationality is not None)
    years = birth_years((one.mention.date, one.mention.age) for one in cluster)
    last = max(cluster, key=lambda one: (one.mention.date or one.mention.first_seen.date(), one.mention.id))
    return {
        "id": person_id,
        "name": name,
        "aliases": sorted(forms),
        "nationality": min(nations, key=lambda one: (-nations[one], one)) if nations else None,
        "birth_year_min": None if years is None else years[0],
        "birth_year_max": None if years is None else years[1],
        "countries": sorted({country for one in cluster for country in one.mention.countries}),
        "stage": Stage(last.mention.stage),
        "stage_date": last.stage_date,
        "stories": len({one.mention.group for one in cluster}),
        "first_seen": cluster[0].mention.first_seen,
        "last_seen": max(one.mention.first_seen for one in cluster),
        "taken_down": False,
    }


def birth_years(aged: Iterable[tuple[dt.date | None, int | None]]) -> tuple[int, int] | None:
    """First and last possible year of birth, of days and the ages said then: 41 in 2019, born in 1977 or 1978.

    Where statements contradict each other by a year (an age of the arrest in a report of the sentence) the range
    covers them all.
    """
    spans = [(day.year - age - 1, day.year - age) for day, age in aged if day is not None and age is not None]
    if not spans:
        return None
    first, last = max(span[0] for span in spans), min(span[1] for span in spans)
    if first > last:
        return min(span[0] for span in spans), max(span[1] for span in spans)
    return first, last


def _assign(session: Session, named: Mapping[str, Cluster], touched: Collection[str]) -> None:
    held = {one.mention.id for cluster in named.values() for one in cluster}
    for some in chunks(set(touched) - held):
        session.execute(update(MentionRow).where(MentionRow.id.in_(some)).values(person_id=None))
    moved = [
        {"id": one.mention.id, "person_id": person_id}
        for person_id, cluster in sorted(named.items())
        for one in cluster
        if one.person_id != person_id
    ]
    if moved:
        session.execute(update(MentionRow), moved)


def _redirect(
    session: Session,
    gone: Collection[str],
    before: Mapping[str, str],
    named: Mapping[str, Cluster],
    now: dt.datetime,
) -> None:
    """Ids that nobody has any more point to where most of their mentions went."""
    for some in chunks(named):
        session.execute(delete(FormerPersonRow).where(FormerPersonRow.id.in_(some)))
    if not gone:
        return
    now_at = {one.mention.id: person_id for person_id, cluster in named.items() for one in cluster}
    went: dict[str, Counter[str]] = defaultdict(Counter)
    for mention_id, person_id in before.items():
        if person_id in gone and mention_id in now_at:
            went[person_id][now_at[mention_id]] += 1
    target = {one: min(went[one], key=lambda to: (-went[one][to], to)) if went[one] else None for one in gone}
    for some in chunks(gone):
        session.execute(delete(PersonRow).where(PersonRow.id.in_(some)))
    for one in sorted(gone):
        session.execute(
            update(FormerPersonRow).where(FormerPersonRow.person_id == one).values(person_id=target[one])
        )
    statement = insert_into(session, FormerPersonRow)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"], set_={"person_id": statement.excluded.person_id, "at": statement.excluded.at}
        ),
        [{"id": one, "person_id": target[one], "at": now} for one in sorted(gone)],
    )
