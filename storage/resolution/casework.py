"""Writes the cases of persons whose mentions changed: parties with the stage that stands, and what stories say.

Refuses a victim's name: victims are counts, as `cases.summary` gives them.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from extraction.model import Stage
from storage.counting import insert_into
from storage.forgotten import Forgotten
from storage.records.people import TAKEN_DOWN, RejectReason
from storage.resolution import timeline
from storage.resolution.cases import CaseGroup, Count, Part, Story, cases, summary
from storage.resolution.loading import Standing, day_of, standing_mentions
from storage.resolution.parties import Row, beyond, doubt, entry, parties
from storage.stale import chunks
from storage.tables.facts import AccusedRow, ChargeRow, CourtFactRow, OffenceRow, VictimCountRow
from storage.tables.people import CaseMentionRow, CaseRow, MentionRow, PartyRow, PersonRow, SyndicationRow

FURTHEST: Mapping[Stage, int] = {stage: rank for stage, rank in timeline.RANK.items() if not stage.is_cleared}
"""Of several cases the one that got furthest is shown for a person; one that ended without guilt only alone."""


def write_cases(
    session: Session, person_ids: Collection[str], now: dt.datetime, lost: Collection[str] = ()
) -> int:
    """Settle the cases of these persons and of everybody whom their stories name; returns how many there are now.

    `lost` are mentions that belong to nobody any more: what was told of their cases is told anew, too. So are the
    cases of whoever may be one with a person that is cleared now, or was until now (`parties.doubt`).
    """
    number, near = _write(session, person_ids, now, lost)
    if near:
        _write(session, near, now, ())
    return number


def _write(
    session: Session, person_ids: Collection[str], now: dt.datetime, lost: Collection[str]
) -> tuple[int, set[str]]:
    """Settle these; returns how many cases there are, and who is to be told anew since somebody was cleared."""
    persons, mention_ids, gone = _closure(session, person_ids, lost)
    ended = _cleared(session, persons)
    told = standing_mentions(session, mention_ids)
    found = cases([_part(one) for one in told.values()])
    for some in chunks(gone):
        session.execute(delete(CaseRow).where(CaseRow.id.in_(some)))
    for some in chunks(mention_ids):
        session.execute(delete(CaseMentionRow).where(CaseMentionRow.mention_id.in_(some)))
    ids = {case.id for case in found}
    for some in chunks(ids):  # the same id may have stood for a case that is told of again
        session.execute(delete(CaseRow).where(CaseRow.id.in_(some)))
    if not found:
        return 0, beyond(session, ended, mention_ids) - persons
    stories = _stories(session, {one.mention.article_id for one in told.values()}, told)
    rows: list[dict[str, object]] = []
    everybody = parties(found, told)
    doubt(session, everybody, found, told)
    by_case = defaultdict[str, list[Row]](list)
    for party in everybody:
        by_case[party["case_id"]].append(party)
    gone_names = _forgotten(session, stories)
    for case in found:
        articles = sorted(_articles(case, told))
        names = Forgotten(reasons={key: why for one in articles for key, why in gone_names.get(one, {}).items()})
        kept = [form for one in case.mention_ids for form in (told[one].mention.name, *told[one].aliases)]
        rows.append(_case_row(case, by_case[case.id], [stories[one] for one in articles], names.masker(kept)))
    _insert(session, CaseRow, rows)
    _insert(session, PartyRow, everybody)
    _insert(
        session,
        CaseMentionRow,
        [{"mention_id": one, "case_id": case.id} for case in found for one in case.mention_ids],
    )
    _set_stages(session, persons, everybody, now)
    ended |= {party["person_id"] for party in everybody if party["cleared"]}
    return len(found), beyond(session, ended, mention_ids) - persons


def _cleared(session: Session, person_ids: Collection[str]) -> set[str]:
    """Who of these is cleared in a case, as it was written last."""
    found: set[str] = set()
    for some in chunks(person_ids):
        query = select(PartyRow.person_id).where(PartyRow.person_id.in_(some), PartyRow.cleared.is_(True))
        found |= set(session.scalars(query))
    return found


def _closure(
    session: Session, person_ids: Collection[str], lost: Collection[str]
) -> tuple[set[str], set[str], set[str]]:
    """Persons, mentions and cases that can touch these persons' cases: by common stories and common cases."""
    persons, mention_ids, case_ids = set(person_ids), set(lost), set[str]()
    todo_persons, todo_mentions = set(person_ids), set(lost)
    while todo_persons or todo_mentions:
        met: set[str] = set()
        for some in chunks(todo_persons):
            met |= set(session.scalars(select(MentionRow.id).where(MentionRow.person_id.in_(some))))
            case_ids |= set(session.scalars(select(PartyRow.case_id).where(PartyRow.person_id.in_(some))))
        met |= todo_mentions
        for some in chunks(met - mention_ids | todo_mentions):
            case_ids |= set(
                session.scalars(select(CaseMentionRow.case_id).where(CaseMentionRow.mention_id.in_(some)))
            )
        mention_ids |= met
        near: set[str] = set()
        for some in chunks(met):
            articles = select(MentionRow.article_id).where(MentionRow.id.in_(some))
            groups = select(SyndicationRow.group_id).where(SyndicationRow.article_id.in_(articles))
            copies = select(SyndicationRow.article_id).where(SyndicationRow.group_id.in_(groups))
            beside = select(MentionRow.person_id).where(
                or_(MentionRow.article_id.in_(articles), MentionRow.article_id.in_(copies)),
                MentionRow.person_id.is_not(None),
            )
            near |= {one for one in session.scalars(beside) if one is not None}
        for some in chunks(case_ids):
            near |= set(session.scalars(select(PartyRow.person_id).where(PartyRow.case_id.in_(some))))
        todo_persons, todo_mentions = near - persons, set()
        persons |= near
    return persons, mention_ids, case_ids


def _part(one: Standing) -> Part:
    mention = one.mention
    return Part(
        mention_id=mention.id, person_id=one.person_id, article_id=mention.article_id, group=mention.group,
        country=one.country, date=day_of(one.published), stage=mention.stage,
        stage_date=timeline.stated(entry(one)), first_seen=mention.first_seen, offences=mention.offences,
        courts=mention.courts,
    )  # fmt: skip


def _articles(case: CaseGroup, told: Mapping[str, Standing]) -> set[str]:
    return {told[one].mention.article_id for one in case.mention_ids}


def _case_row(
    case: CaseGroup,
    parties: Sequence[Mapping[str, object]],
    stories: Sequence[Story],
    mask: Callable[[str], str],
) -> dict[str, object]:
    said = summary(stories)
    stages = [Stage(str(party["stage"])) for party in parties]
    return {
        "id": case.id,
        "country": case.country,
        "first_date": None if case.first is None else case.first.isoformat(),
        "last_date": None if case.last is None else case.last.isoformat(),
        "stage": max(stages, key=lambda stage: FURTHEST.get(stage, -1)),
        "summary": {
            "courts": list(said.courts),
            "offences": [offence.value for offence in said.offences],
            "charges": list(dict.fromkeys(map(mask, said.charges))),
            "victims": [list(one) for one in said.victims],
        },
    }


def _forgotten(session: Session, articles: Collection[str]) -> dict[str, dict[str, RejectReason | None]]:
    """Of each text the digests of names that had to go: no other text of its case may tell them."""
    found: dict[str, dict[str, RejectReason | None]] = defaultdict(dict)
    for some in chunks(articles):
        query = select(MentionRow.article_id, MentionRow.digests, MentionRow.reject_reason)
        for article_id, digests, reason in session.execute(
            query.where(MentionRow.article_id.in_(some), MentionRow.name.is_(None))
        ):
            found[article_id] |= dict.fromkeys(digests, reason)
    return found


def _stories(session: Session, articles: Collection[str], told: Mapping[str, Standing]) -> dict[str, Story]:
    groups = {one.mention.article_id: one.mention.group for one in told.values()}
    courts, charges = defaultdict[str, list[str]](list), defaultdict[str, list[str]](list)
    victims = defaultdict[str, list[Count]](list)
    offences = defaultdict[str, set[str]](set)
    for some in chunks(articles):
        query = select(CourtFactRow.article_id, CourtFactRow.name).where(CourtFactRow.article_id.in_(some))
        for article_id, name in session.execute(query.order_by(CourtFactRow.article_id, CourtFactRow.k)):
            courts[article_id].append(name)
        worded = (
            select(ChargeRow.article_id, ChargeRow.text)
            .join(AccusedRow, and_(AccusedRow.article_id == ChargeRow.article_id, AccusedRow.n == ChargeRow.n))
            .where(ChargeRow.article_id.in_(some))
            .where(or_(AccusedRow.withheld.is_(None), AccusedRow.withheld == TAKEN_DOWN))
        )
        for article_id, text in session.execute(worded.order_by(ChargeRow.article_id, ChargeRow.n, ChargeRow.k)):
            charges[article_id].append(text)
        counted = select(VictimCountRow).where(VictimCountRow.article_id.in_(some))
        for row in session.scalars(counted.order_by(VictimCountRow.article_id, VictimCountRow.k)):
            victims[row.article_id].append(Count(row.n, row.sex, row.age_band))
        stated = (
            select(OffenceRow.article_id, OffenceRow.offence)
            .join(AccusedRow, and_(AccusedRow.article_id == OffenceRow.article_id, AccusedRow.n == OffenceRow.n))
            .where(OffenceRow.article_id.in_(some))
            .where(or_(AccusedRow.withheld.is_(None), AccusedRow.withheld == TAKEN_DOWN))
        )
        for article_id, offence in session.execute(stated):
            offences[article_id].add(offence)
    return {
        one: Story(
            article_id=one, group=groups[one], courts=tuple(courts[one]), charges=tuple(charges[one]),
            victims=tuple(victims[one]), offences=frozenset(offences[one]),  # type: ignore[arg-type]
        )
        for one in articles
    }  # fmt: skip


def _insert(session: Session, table: type, rows: Sequence[Mapping[str, object]]) -> None:
    for start in range(0, len(rows), 500):
        session.execute(insert_into(session, table), list(rows[start : start + 500]))


def _set_stages(
    session: Session, persons: Collection[str], parties: Sequence[Mapping[str, object]], now: dt.datetime
) -> None:
    """A person's stage is that of the case that stands and got furthest; where none stands, of the last to end."""
    mine: dict[str, list[Mapping[str, object]]] = defaultdict(list)
    for party in parties:
        mine[str(party["person_id"])].append(party)
    best = {person_id: max(parts, key=_weight) for person_id, parts in mine.items() if person_id in persons}
    held: dict[str, tuple[Stage, str | None]] = {}
    for some in chunks(best):
        query = select(PersonRow.id, PersonRow.stage, PersonRow.stage_date).where(PersonRow.id.in_(some))
        held |= {row.id: (row.stage, row.stage_date) for row in session.execute(query)}
    changed = [
        {"id": one, "stage": best[one]["stage"], "stage_date": best[one]["stage_date"], "changed_at": now}
        for one in sorted(held)
        if held[one] != (best[one]["stage"], best[one]["stage_date"])
    ]
    if changed:
        session.execute(update(PersonRow), changed)


def _weight(party: Mapping[str, object]) -> tuple[bool, int, str]:
    stands = not party["cleared"] and not party["doubtful"]
    return stands, timeline.RANK[Stage(str(party["stage"]))], str(party["stage_date"] or "")
