"""Persons as the feed tells them, out of the tables: the listed cases and records of each, and nothing else.

Refuses names, ages and stages of records that are not listed: a person is what its listed records tell.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy.orm import Session

from extraction.model import Offence
from storage.feed import loading, stories
from storage.feed.gate import Gate, Passed, Told, passed
from storage.feed.loading import Persons, Standing
from storage.organisations import PREFIX as ORGANISATIONS
from storage.organisations import taken_names
from storage.records.feed import FeedCase, FeedPerson, FeedRecord
from storage.resolution import cases, timeline
from storage.resolution.loading import day_of
from storage.resolution.writing import birth_years


def listed(session: Session, ids: Sequence[str], gate: Gate) -> Iterator[FeedPerson]:
    """Of these persons those that pass, in the order of `ids`."""
    found = loading.load(session, ids)
    kept = {one: _passed(found, one, gate) for one in ids if one in found.names}
    shown = {mention_id for several in kept.values() for one in several for mention_id in one.records}
    articles = {one.article_id for records in found.records.values() for one in records if one.mention_id in shown}
    loading.load_facts(session, articles, found.stories)
    for article_id, names in taken_names(session, articles).items():
        found.stories[article_id].named.struck[ORGANISATIONS] = names
    for person_id, several in kept.items():
        made = _person(found, person_id, several)
        if made is not None:
            yield made


def _passed(found: Persons, person_id: str, gate: Gate) -> tuple[Passed, ...]:
    told = [
        Told(
            mention_id=one.mention_id, case_id=one.case_id, stage=one.stage, stage_date=one.stage_date,
            published=found.stories[one.article_id].published, first_seen=one.first_seen, score=one.score,
            reviewed=one.verdict is not None,
        )
        for one in found.records[person_id]
        if one.case_id is not None
    ]  # fmt: skip
    return passed(told, found.stands[person_id], gate)


def _person(found: Persons, person_id: str, several: Sequence[Passed]) -> FeedPerson | None:
    held = {one.mention_id: one for one in found.records[person_id]}
    made: dict[str, tuple[FeedRecord, ...]] = {}
    for case in several:
        told = (stories.record(held[one], found.stories[held[one].article_id]) for one in case.records)
        made[case.case_id] = tuple(sorted((one for one in told if one is not None), key=_by_date))
    kept = [case for case in several if made[case.case_id]]
    if not kept:
        return None
    records = made[kept[0].case_id]
    if len(kept) > 1:
        records = tuple(sorted((one for case in kept for one in made[case.case_id]), key=_by_date))
    furthest = max(kept, key=lambda case: (timeline.RANK[case.stage], case.stage_date or ""))
    name, aliases = _names(records, found.names[person_id])
    nations = [one.nationality for one in records if one.nationality is not None]
    return FeedPerson(
        id=person_id,
        former_ids=tuple(sorted(found.former[person_id])),
        name=name,
        aliases=aliases,
        nationality=min(set(nations), key=lambda one: (-nations.count(one), one)) if nations else None,
        birth_years=birth_years(
            (day_of(one.published) or one.first_seen.date(), one.age) for one in records if one.age is not None
        ),
        countries=tuple(sorted({country for one in records for country in one.countries})),
        stage=furthest.stage,
        stage_date=furthest.stage_date,
        perpetrator=furthest.stage.is_perpetrator,
        reviewed=any(case.reviewed for case in kept),
        first_seen=min(one.first_seen for one in records),
        last_seen=max(one.first_seen for one in records),
        cases=tuple(_case(found, case, made[case.case_id], held) for case in kept),
        records=records,
    )


def _by_date(one: FeedRecord) -> tuple[str, str]:
    return one.published or one.first_seen.date().isoformat(), one.mention_id


def _names(records: Sequence[FeedRecord], known: str) -> tuple[str, tuple[str, ...]]:
    """The person's name where a listed record has it, else the one that most of them have; and all others."""
    told = [one.name for one in records]
    name = known if known in told else min(set(told), key=lambda one: (-told.count(one), -len(one), one))
    forms = {form for one in records for form in (one.name, *one.aliases)}
    return name, tuple(sorted(forms - {name}))


def _case(found: Persons, case: Passed, records: Sequence[FeedRecord], held: Mapping[str, Standing]) -> FeedCase:
    row = found.cases[case.case_id]
    said = cases.summary([_told(found, held[one.mention_id], one) for one in records])
    offences: set[Offence] = {offence for one in records for offence in one.offences}
    return FeedCase(
        id=case.case_id, country=row.country, courts=said.courts, first_date=row.first_date,
        last_date=row.last_date, stage=case.stage, stage_date=case.stage_date, offences=tuple(sorted(offences)),
        charges=said.charges, victims=tuple((one.sex, one.age_band, one.n) for one in said.victims),
    )  # fmt: skip


def _told(found: Persons, standing: Standing, record: FeedRecord) -> cases.Story:
    story = found.stories[record.article_id]
    mask = story.named.mask_for(standing.mention_id)
    return cases.Story(
        article_id=record.article_id, group=story.group or record.article_id,
        courts=tuple(map(mask, story.courts)), charges=tuple(charge[0] for charge in record.charges),
        victims=tuple(story.victims),
    )  # fmt: skip
