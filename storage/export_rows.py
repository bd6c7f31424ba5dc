"""One row a person and story, built out of the fact tables in chunks.

Refuses an irrelevant article, a row without the quote that proves its stage, and whoever is withheld, in the rows
of others of the same text too. Who was cleared in a case leaves the lists with every earlier row of it, and stands
among the cleared; so does who was accepted as accused and is read as cleared since, until a human has looked.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from extraction.model import CountryRole, Offence, Stage
from extraction.model.palermo import ElementKind
from extraction.model.statutes import ICCS, PURPOSES
from extraction.model.terms import CLEARED_STAGES
from storage.alignment import mention_id
from storage.masking import name_key
from storage.periods import midnight
from storage.records.exports import ExportRow
from storage.records.people import CLEARED_ANEW
from storage.tables.articles import CopyRow
from storage.tables.facts import (
    AccusedRow,
    ChargeRow,
    CountryFactRow,
    ElementRow,
    EvidenceRow,
    OffenceRow,
    PenaltyRow,
    ReportRow,
)
from storage.tables.people import CaseMentionRow, MentionRow, PartyRow
from storage.tables.sources import SourceRow
from storage.withheld_names import Mask, Withheld, withheld_names

CHUNK = 300
"""Articles read at once: bounds memory, and SQLite's parameters."""


TOLD = {
    "palermo_acts": ElementKind.ACT, "palermo_means": ElementKind.MEANS, "palermo_purposes": ElementKind.PURPOSE,
    "ilo_indicators": ElementKind.INDICATOR,
}  # fmt: skip
"""Columns of what the story says of the crime."""


@dataclass(kw_only=True)
class _Story:
    """What the chunk's queries found of one article."""

    report: ReportRow
    copies: list[CopyRow] = field(default_factory=list)
    accused: list[AccusedRow] = field(default_factory=list)
    offences: dict[int, list[Offence]] = field(default_factory=lambda: defaultdict(list))
    charges: dict[int, list[ChargeRow]] = field(default_factory=lambda: defaultdict(list))
    penalties: dict[int, list[PenaltyRow]] = field(default_factory=lambda: defaultdict(list))
    countries: dict[CountryRole, list[str]] = field(default_factory=lambda: defaultdict(list))
    elements: dict[ElementKind, list[str]] = field(default_factory=lambda: defaultdict(list))
    quotes: dict[str, list[EvidenceRow]] = field(default_factory=lambda: defaultdict(list))
    persons: dict[str, _Person] = field(default_factory=dict)
    mask: Mask = str  # of names of who is withheld
    withheld: Withheld = field(default_factory=Withheld)


@dataclass(frozen=True, kw_only=True)
class _Person:
    """What is known of an accused over all stories, by mention."""

    mention: MentionRow
    case_id: str | None
    party: PartyRow | None

    @property
    def is_cleared(self) -> bool:
        """Proceedings ended without guilt, or conviction and acquittal are known and their order is not."""
        return self.party is not None and (self.party.cleared or self.party.doubtful)


def rows(session: Session, stages: Collection[Stage], since: dt.date | None) -> Iterator[ExportRow]:
    """Rows by date and id of the article, then by order in it; the same on every database.

    Who is cleared in a case by a later story has rows only where `stages` has a stage of the cleared.
    """
    ids = _article_ids(session, stages, since)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        stories = _stories(session, chunk)
        sources = _sources(session, stories.values())
        for article_id in chunk:
            yield from _story_rows(article_id, stories[article_id], frozenset(stages), sources)
        session.expunge_all()


def _article_ids(session: Session, stages: Collection[Stage], since: dt.date | None) -> list[str]:
    told = (
        select(AccusedRow.article_id)
        .join(ReportRow, ReportRow.article_id == AccusedRow.article_id)
        .where(AccusedRow.stage.in_(sorted(stages)), ReportRow.relevant.is_(True))
        .where(AccusedRow.withheld.is_(None))
        .distinct()
    )
    wanted = set(session.scalars(_fetched_since(told, since)))
    if not CLEARED_STAGES.isdisjoint(stages):
        wanted |= set(session.scalars(_fetched_since(_cleared_later(), since)))
        anew = select(AccusedRow.article_id).join(ReportRow, ReportRow.article_id == AccusedRow.article_id)
        anew = anew.where(AccusedRow.withheld == CLEARED_ANEW, ReportRow.relevant.is_(True))
        wanted |= set(session.scalars(_fetched_since(anew, since)))
    dated: dict[str, tuple[dt.datetime, str, str]] = {}
    ordered = sorted(wanted)
    for start in range(0, len(ordered), CHUNK):
        query = select(CopyRow.article_id, CopyRow.fetched_at, CopyRow.address_key, CopyRow.published)
        for article_id, at, key, published in session.execute(
            query.where(CopyRow.article_id.in_(ordered[start : start + CHUNK]))
        ):
            candidate = (at, key, published or "")
            dated[article_id] = min(dated.get(article_id, candidate), candidate)
    kept = [key for key, (at, _, _) in dated.items() if since is None or at.date() >= since]
    return sorted(kept, key=lambda key: (dated[key][2], key))


def _fetched_since(query: Select[str], since: dt.date | None) -> Select[str]:
    """Of texts those that some address was fetched with since: whoever was first seen then is among them."""
    if since is None:
        return query
    fetched = select(CopyRow.article_id).where(CopyRow.fetched_at >= midnight(since))
    return query.where(AccusedRow.article_id.in_(fetched))


def _cleared_later() -> Select[str]:
    """Texts that name somebody who is cleared, or perhaps cleared, in that very case by now."""
    return (
        select(AccusedRow.article_id)
        .join(ReportRow, ReportRow.article_id == AccusedRow.article_id)
        .join(MentionRow, MentionRow.id == AccusedRow.mention_id)
        .join(CaseMentionRow, CaseMentionRow.mention_id == MentionRow.id)
        .join(
            PartyRow,
            and_(PartyRow.case_id == CaseMentionRow.case_id, PartyRow.person_id == MentionRow.person_id),
        )
        .where(or_(PartyRow.cleared.is_(True), PartyRow.doubtful.is_(True)))
        .where(AccusedRow.withheld.is_(None), ReportRow.relevant.is_(True))
        .distinct()
    )


def _stories(session: Session, ids: Sequence[str]) -> dict[str, _Story]:
    found = {
        row.article_id: _Story(report=row)
        for row in session.scalars(select(ReportRow).where(ReportRow.article_id.in_(ids)))
    }
    copies = select(CopyRow).where(CopyRow.article_id.in_(ids)).order_by(CopyRow.fetched_at, CopyRow.address_key)
    for copy in session.scalars(copies):
        found[copy.article_id].copies.append(copy)
    accused = (
        select(AccusedRow).where(AccusedRow.article_id.in_(ids)).order_by(AccusedRow.article_id, AccusedRow.n)
    )
    for person in session.scalars(accused):
        found[person.article_id].accused.append(person)
    for offence in session.scalars(select(OffenceRow).where(OffenceRow.article_id.in_(ids))):
        found[offence.article_id].offences[offence.n].append(offence.offence)
    charges = select(ChargeRow).where(ChargeRow.article_id.in_(ids)).order_by(ChargeRow.n, ChargeRow.k)
    for charge in session.scalars(charges):
        found[charge.article_id].charges[charge.n].append(charge)
    penalties = select(PenaltyRow).where(PenaltyRow.article_id.in_(ids)).order_by(PenaltyRow.n, PenaltyRow.k)
    for penalty in session.scalars(penalties):
        found[penalty.article_id].penalties[penalty.n].append(penalty)
    for fact in session.scalars(select(CountryFactRow).where(CountryFactRow.article_id.in_(ids))):
        found[fact.article_id].countries[fact.role].append(fact.country)
    elements = select(ElementRow).where(ElementRow.article_id.in_(ids))
    for element in session.scalars(elements):
        found[element.article_id].elements[element.kind].append(element.value)
    proofs = select(EvidenceRow).where(EvidenceRow.article_id.in_(ids), EvidenceRow.fact.like("accused/%"))
    for proof in session.scalars(proofs):
        found[proof.article_id].quotes[proof.fact].append(proof)
    people = (
        select(MentionRow, CaseMentionRow.case_id, PartyRow)
        .outerjoin(CaseMentionRow, CaseMentionRow.mention_id == MentionRow.id)
        .outerjoin(
            PartyRow,
            and_(PartyRow.case_id == CaseMentionRow.case_id, PartyRow.person_id == MentionRow.person_id),
        )
        .where(MentionRow.article_id.in_(ids))
    )
    for mention, case_id, party in session.execute(people):
        found[mention.article_id].persons[mention.id] = _Person(mention=mention, case_id=case_id, party=party)
    for article_id, names in withheld_names(session, ids).items():
        found[article_id].mask, found[article_id].withheld = names.mask(), names
    return found


def _sources(session: Session, stories: Collection[_Story]) -> dict[str, SourceRow]:
    ids = {copy.source_id for story in stories for copy in story.copies if copy.source_id is not None}
    ordered = sorted(ids)
    found: dict[str, SourceRow] = {}
    for start in range(0, len(ordered), CHUNK):
        query = select(SourceRow).where(SourceRow.id.in_(ordered[start : start + CHUNK]))
        found |= {row.id: row for row in session.scalars(query)}
    return found


def _story_rows(
    article_id: str, story: _Story, stages: frozenset[Stage], sources: dict[str, SourceRow]
) -> Iterator[ExportRow]:
    first = story.copies[0]
    source = sources.get(first.source_id or "")
    met: Counter[str] = Counter()
    countries = {role: tuple(sorted(codes)) for role, codes in story.countries.items()}
    said: dict[str, Any] = {name: tuple(sorted(story.elements.get(kind, ()))) for name, kind in TOLD.items()}
    for person in story.accused:
        met[name_key(person.name)] += 1
        known = story.persons.get(person.mention_id or "")
        is_anew = person.withheld == CLEARED_ANEW and known is not None
        is_cleared = is_anew or (known is not None and known.is_cleared)
        wanted = not CLEARED_STAGES.isdisjoint(stages) if is_cleared else person.stage in stages
        if (person.withheld is not None and not is_anew) or not wanted:
            continue
        stage = Stage(known.mention.machine["stage"]) if is_anew and known is not None else person.stage
        mask = story.withheld.mask((person.name, *person.aliases)) if is_anew else story.mask
        proof = _proof(story, person.n)
        charges = story.charges.get(person.n, [])
        yield ExportRow(
            record_id=person.mention_id or mention_id(article_id, person.name, met[name_key(person.name)]),
            name=person.name,
            aliases=tuple(person.aliases),
            age=person.age,
            nationality=person.nationality,
            stage=stage,
            stage_date=person.stage_date,
            perpetrator=stage.is_perpetrator and not is_cleared,
            offences=tuple(sorted(story.offences.get(person.n, []))),
            offences_iccs=_codes(ICCS, story.offences.get(person.n, [])),
            offences_purposes=_codes(PURPOSES, story.offences.get(person.n, [])),
            charges=tuple(dict.fromkeys(mask(charge.text) for charge in charges)),
            statutes=tuple(dict.fromkeys(statute for charge in charges if (statute := _statute(charge)))),
            penalty=tuple(dict.fromkeys(mask(one.text) for one in story.penalties.get(person.n, []))),
            penalty_parts=tuple(
                dict.fromkeys(part for penalty in story.penalties.get(person.n, []) for part in _parts(penalty))
            ),
            country_prosecution=countries.get(CountryRole.PROSECUTION, ()),
            country_offence=countries.get(CountryRole.OFFENCE, ()),
            country_accused_origin=countries.get(CountryRole.ACCUSED_ORIGIN, ()),
            country_victim_origin=countries.get(CountryRole.VICTIM_ORIGIN, ()),
            country_transit=countries.get(CountryRole.TRANSIT, ()),
            country_destination=countries.get(CountryRole.DESTINATION, ()),
            country_reporting=countries.get(CountryRole.REPORTING, ()),
            source=first.source_id,
            source_title=None if source is None else source.title,
            source_country=first.country if source is None else source.country,
            publisher=None if source is None else source.publisher,
            official_source=None if source is None else source.official,
            url=first.url,
            other_urls=tuple(copy.url for copy in story.copies[1:]),
            article_date=first.published,
            title=None if story.report.title is None else mask(story.report.title),
            quote=mask(proof.quote),
            quote_start=proof.start,
            quote_end=proof.end,
            rule=proof.rule,
            score=round(person.score, 4),
            article_id=article_id,
            extractor_version=story.report.extractor_version,
            first_seen=first.fetched_at,
            **_over_stories(known),
            **said,
        )


def _over_stories(known: _Person | None) -> dict[str, Any]:
    """The last columns: person, cases, the human's word and the stage that stands now."""
    if known is None:
        return {
            "person_id": None, "case_ids": (), "reviewed": "", "person_stage": None, "corrected_fields": (),
        }  # fmt: skip
    mention = known.mention
    return {
        "person_id": mention.person_id,
        "case_ids": () if known.case_id is None else (known.case_id,),
        "reviewed": "" if mention.verdict is None else mention.verdict.value,
        "person_stage": None if known.party is None else known.party.stage,
        "corrected_fields": tuple(sorted(mention.human or ())),
    }


def _proof(story: _Story, n: int) -> EvidenceRow:
    """The best span for the stage: the highest score, then the first in the text."""
    proofs = story.quotes.get(f"accused/{n}/stage") or story.quotes.get(f"accused/{n}/name") or []
    if not proofs:
        raise AssertionError(f"a stage without evidence in article {story.report.article_id}")
    return min(proofs, key=lambda proof: (-proof.score, proof.start, proof.end, proof.k))


def _codes(table: Mapping[Offence, str], offences: Collection[Offence]) -> tuple[str, ...]:
    """The international side of the national charges, by category."""
    return tuple(sorted({table[offence] for offence in offences if offence in table}))


def _statute(charge: ChargeRow) -> str:
    return ", ".join(part for part in (charge.section, charge.statute) if part)


def _parts(penalty: PenaltyRow) -> Iterator[str]:
    stated = {"months": penalty.months, "life": penalty.life, "suspended": penalty.suspended, **penalty.parts}
    for name, value in stated.items():
        if value is True:
            yield name
        elif value is not None and value is not False:
            whole = isinstance(value, float) and value.is_integer()
            yield f"{name}={int(value) if whole else value}"
