"""Reads what a chunk of persons needs, a question a table: their records as they stand, and the stories of these.

Refuses entities of the database: plain rows are three times faster, and nothing here is ever written.
"""

from __future__ import annotations

import datetime as dt
import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Executable, Row, Text, bindparam, cast, func, or_, select, type_coerce
from sqlalchemy.orm import Session

from extraction.model import CountryRole, Offence, Stage
from storage.feed.masks import Named
from storage.records.people import Verdict
from storage.resolution.cases import Count
from storage.stale import chunks
from storage.tables.articles import CopyRow
from storage.tables.facts import (
    AccusedRow,
    ChargeRow,
    CountryFactRow,
    CourtFactRow,
    EvidenceRow,
    OffenceRow,
    PenaltyRow,
    ReportRow,
    VictimCountRow,
)
from storage.tables.pages import PageRow
from storage.tables.people import (
    CaseMentionRow,
    CaseRow,
    FormerPersonRow,
    MentionRow,
    PartyRow,
    PersonRow,
    SyndicationRow,
)
from storage.tables.sources import SourceRow

SHOWN = {"name": 0, "stage": 1, "charge": 2, "penalty": 3}
"""Facts of an accused whose spans the feed shows, and their order."""
NUMBERED = frozenset({"charge", "penalty"})
"""Of these, facts of which somebody may have several."""
STAGES = {one.value: one for one in Stage}
ROLES = {one.value: one for one in (CountryRole.PROSECUTION, CountryRole.REPORTING)}
OFFENCES = {one.value: one for one in Offence}
TEXTS = 2_000
"""Stories asked for at once, at most; SQLite takes 32,766 parameters."""
IDS: BindParameter[Any] = bindparam("ids", expanding=True)
"""What each question below is about; they are made once, not for every chunk."""


Worded = tuple[str, str | None, str | None, tuple[Offence, ...]]
"""A charge as worded, its statute and section, and its categories; none where one is not known."""
Proof = tuple[int, int, int, int, int, str, str, str | None, str | None, str, float]
"""A span: order and number of its fact, start, end, k; the fact without the accused ("charge/0"); quote, prefix,
suffix, rule, score."""


class Standing(NamedTuple):
    """A record of a person as it stands now; whoever is withheld is not among them."""

    mention_id: str
    person_id: str
    case_id: str | None
    article_id: str
    n: int
    name: str
    aliases: tuple[str, ...]
    stage: Stage
    stage_date: str | None
    age: int | None
    nationality: str | None
    score: float
    verdict: Verdict | None
    reviewed_at: dt.datetime | None
    corrected: tuple[str, ...]
    first_seen: dt.datetime


@dataclass(kw_only=True, slots=True)
class Story:
    """What the tables say of one text. Lists by `n` are those of one accused of it."""

    title: str | None = None
    extractor_version: str = ""
    group: str = ""
    copies: list[Row[Any]] = field(default_factory=list)
    countries: dict[CountryRole, list[str]] = field(default_factory=lambda: defaultdict(list))
    courts: list[str] = field(default_factory=list)
    victims: list[Count] = field(default_factory=list)
    offences: dict[int, list[Offence]] = field(default_factory=lambda: defaultdict(list))
    charges: dict[int, list[Worded]] = field(default_factory=lambda: defaultdict(list))
    penalties: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    proofs: dict[int, list[Proof]] = field(default_factory=lambda: defaultdict(list))
    elements: list[Proof] = field(default_factory=list)  # spans of what is said of the crime
    named: Named = field(default_factory=Named)

    @property
    def places(self) -> tuple[str, ...]:
        """Countries of prosecution, else of reporting, else of the source: as persons are told apart by."""
        told = self.countries[CountryRole.PROSECUTION] or self.countries[CountryRole.REPORTING]
        home = self.copies[0].country if self.copies else None
        return tuple(sorted(set(told))) or ((home,) if home else ())

    @property
    def published(self) -> str | None:
        """The date of the first copy."""
        published: str | None = self.copies[0].published if self.copies else None
        return published


@dataclass(kw_only=True, slots=True)
class Persons:
    """What the tables say of a chunk of persons."""

    names: dict[str, str] = field(default_factory=dict)  # by person
    former: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    records: dict[str, list[Standing]] = field(default_factory=lambda: defaultdict(list))
    stands: dict[str, dict[str, bool]] = field(default_factory=lambda: defaultdict(dict))  # by person, by case
    cases: dict[str, Row[Any]] = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)


def candidates(session: Session, stages: Collection[Stage], after: str, limit: int) -> list[str]:
    """Ids of persons, in order: a party of theirs has one of these stages and was not cleared.

    Whoever was taken down is among them: asked for here, it would have every chunk sort all persons.
    """
    stands = select(PartyRow.person_id).where(
        PartyRow.person_id == PersonRow.id, PartyRow.stage.in_(sorted(stages)),
        PartyRow.cleared.is_(False), PartyRow.doubtful.is_(False),
    )  # fmt: skip
    query = select(PersonRow.id).where(PersonRow.id > after, stands.exists())
    return list(session.scalars(query.order_by(PersonRow.id).limit(limit)))


PEOPLE = select(PersonRow.id, PersonRow.name).where(PersonRow.id.in_(IDS), PersonRow.taken_down.is_(False))
FORMER = select(FormerPersonRow.id, FormerPersonRow.person_id).where(FormerPersonRow.person_id.in_(IDS))
PARTIES = (
    select(
        PartyRow.person_id, PartyRow.cleared, PartyRow.doubtful,
        CaseRow.id, CaseRow.country, CaseRow.first_date, CaseRow.last_date,
    )
    .join(CaseRow, CaseRow.id == PartyRow.case_id)
    .where(PartyRow.person_id.in_(IDS))
)  # fmt: skip
RECORDS = (
    select(
        ReportRow.title, ReportRow.extractor_version, MentionRow.id, MentionRow.person_id, CaseMentionRow.case_id,
        AccusedRow.article_id, AccusedRow.n, AccusedRow.name, cast(AccusedRow.aliases, Text),
        type_coerce(AccusedRow.stage, Text), AccusedRow.stage_date, AccusedRow.age, AccusedRow.nationality,
        AccusedRow.score, MentionRow.verdict, MentionRow.reviewed_at, cast(MentionRow.human, Text),
        MentionRow.first_seen,
    )
    .join(AccusedRow, AccusedRow.mention_id == MentionRow.id)
    .join(ReportRow, ReportRow.article_id == AccusedRow.article_id)
    .outerjoin(CaseMentionRow, CaseMentionRow.mention_id == MentionRow.id)
    .where(MentionRow.person_id.in_(IDS), AccusedRow.withheld.is_(None), ReportRow.relevant.is_(True))
    .where(or_(MentionRow.verdict.is_(None), MentionRow.verdict != Verdict.REJECTED))
)  # fmt: skip
COPIES = (
    select(
        CopyRow.article_id, CopyRow.url, CopyRow.names_others, CopyRow.language, CopyRow.published,
        CopyRow.fetched_at, CopyRow.source_id, CopyRow.country, PageRow.digest, SourceRow.title,
        SourceRow.publisher, SourceRow.official, SourceRow.country.label("source_country"),
    )
    .outerjoin(PageRow, PageRow.id == CopyRow.page_id)
    .outerjoin(SourceRow, SourceRow.id == CopyRow.source_id)
    .where(CopyRow.article_id.in_(IDS))
    .order_by(CopyRow.fetched_at, CopyRow.address_key)
)  # fmt: skip
NAMES = select(
    AccusedRow.article_id, AccusedRow.n, AccusedRow.mention_id, AccusedRow.name, cast(AccusedRow.aliases, Text)
).where(AccusedRow.article_id.in_(IDS))
SPOKEN = select(
    MentionRow.id, MentionRow.article_id, MentionRow.name, MentionRow.n, MentionRow.machine,
    MentionRow.reviewed_original, MentionRow.digests, MentionRow.reject_reason,
).where(
    MentionRow.article_id.in_(IDS),
    or_(MentionRow.verdict.is_not(None), MentionRow.name.is_(None), MentionRow.n.is_(None)),
)  # fmt: skip
GROUPS = select(SyndicationRow.article_id, SyndicationRow.group_id).where(SyndicationRow.article_id.in_(IDS))
COUNTRIES = select(
    CountryFactRow.article_id, type_coerce(CountryFactRow.role, Text), CountryFactRow.country
).where(CountryFactRow.article_id.in_(IDS), CountryFactRow.role.in_(sorted(ROLES)))
COURTS = (
    select(CourtFactRow.article_id, CourtFactRow.name)
    .where(CourtFactRow.article_id.in_(IDS))
    .order_by(CourtFactRow.article_id, CourtFactRow.k)
)
VICTIMS = (
    select(VictimCountRow.article_id, VictimCountRow.n, VictimCountRow.sex, VictimCountRow.age_band)
    .where(VictimCountRow.article_id.in_(IDS))
    .order_by(VictimCountRow.article_id, VictimCountRow.k)
)
OF_ACCUSED = select(OffenceRow.article_id, OffenceRow.n, type_coerce(OffenceRow.offence, Text)).where(
    OffenceRow.article_id.in_(IDS)
)
CHARGES = (
    select(
        ChargeRow.article_id, ChargeRow.n, ChargeRow.text, ChargeRow.statute, ChargeRow.section,
        cast(ChargeRow.offences, Text),
    )
    .where(ChargeRow.article_id.in_(IDS))
    .order_by(ChargeRow.article_id, ChargeRow.n, ChargeRow.k)
)  # fmt: skip
PENALTIES = (
    select(PenaltyRow.article_id, PenaltyRow.n, PenaltyRow.text)
    .where(PenaltyRow.article_id.in_(IDS))
    .order_by(PenaltyRow.article_id, PenaltyRow.n, PenaltyRow.k)
)
PROOFS = select(
    EvidenceRow.article_id, EvidenceRow.fact, EvidenceRow.k, EvidenceRow.start, EvidenceRow.end, EvidenceRow.quote,
    EvidenceRow.prefix, EvidenceRow.suffix, EvidenceRow.rule, EvidenceRow.score,
).where(
    EvidenceRow.article_id.in_(IDS), func.substr(EvidenceRow.fact, 1, 8).in_(("accused/", "element/"))
)  # fmt: skip


def load(session: Session, person_ids: Sequence[str]) -> Persons:
    """Everything about these persons; of a story only what can be told of it without its accused's evidence."""
    found = Persons()
    for some in chunks(person_ids):
        _persons(session, some, found)
    articles = {one.article_id for records in found.records.values() for one in records}
    for some in chunks(articles, TEXTS):
        load_copies(session, some, found.stories)
    return found


def _rows(session: Session, query: Executable, ids: Sequence[str]) -> Iterable[Any]:
    """Rows as the connection gives them, all at once: the session would make each of them anew."""
    return session.connection().execute(query, {"ids": ids}).all()


def _persons(session: Session, ids: list[str], found: Persons) -> None:
    for person_id, name in _rows(session, PEOPLE, ids):
        found.names[person_id] = name
    for old, now in _rows(session, FORMER, ids):
        found.former[str(now)].append(old)
    for party in _rows(session, PARTIES, ids):
        found.cases[party.id] = party
        found.stands[party.person_id][party.id] = not (party.cleared or party.doubtful)
    for (
        title, version, mention_id, person_id, case_id, article_id, n, name, aliases, stage, stage_date, age,
        nationality, score, verdict, reviewed_at, human, first_seen,
    ) in _rows(session, RECORDS, ids):  # fmt: skip
        if article_id not in found.stories:
            found.stories[article_id] = Story(title=title, extractor_version=version)
        found.records[person_id].append(
            Standing(
                mention_id, person_id, case_id, article_id, n, name, _texts(aliases), STAGES[stage], stage_date,
                age, nationality, score, verdict, reviewed_at, tuple(sorted(_texts(human))), first_seen,
            )
        )  # fmt: skip


def load_copies(session: Session, ids: Sequence[str], stories: dict[str, Story]) -> None:
    """Add to these stories where they stand, the first copy first."""
    for row in _rows(session, COPIES, ids):
        stories[row.article_id].copies.append(row)


def load_facts(session: Session, article_ids: Iterable[str], stories: dict[str, Story]) -> None:
    """Add to these stories who is named in them, and every fact with its evidence."""
    for some in chunks(article_ids, TEXTS):
        _names(session, some, stories)
        _facts(session, some, stories)
        _of_accused(session, some, stories)


def _names(session: Session, ids: list[str], stories: dict[str, Story]) -> None:
    for article_id, n, mention_id, name, aliases in _rows(session, NAMES, ids):
        stories[article_id].named.names[mention_id or f"{n}"] = (name, *_texts(aliases))
    for row in _rows(session, SPOKEN, ids):
        named = stories[row.article_id].named
        if row.name is None:
            named.forgotten |= dict.fromkeys(row.digests, row.reject_reason)
            continue
        forms = [form for said in (row.machine, row.reviewed_original or {}) for form in _forms(said)]
        stands = named.names.get(row.id)
        if stands is None:  # nobody's row now: the machine no longer finds who was spoken of
            named.names[row.id] = tuple(dict.fromkeys(forms))
        else:
            named.struck[row.id] = tuple(sorted(set(forms) - set(stands)))


def _texts(raw: str | None) -> tuple[str, ...]:
    """A list of texts, or the keys of a mapping, as the database holds it: most are empty, and are not parsed."""
    return () if raw is None or raw in ("[]", "null") else tuple(json.loads(raw))


@lru_cache(maxsize=1 << 10)
def _categories(raw: str | None) -> tuple[Offence, ...]:
    """A charge's categories; none at all where one of them is none of ours (any more)."""
    told = _texts(raw)
    return tuple(sorted(map(Offence, told))) if OFFENCES.keys() >= set(told) else ()


def _forms(said: dict[str, Any]) -> list[str]:
    return [form for form in (said.get("name"), *(said.get("aliases") or ())) if form]


def _facts(session: Session, ids: list[str], stories: dict[str, Story]) -> None:
    for article_id, group in _rows(session, GROUPS, ids):
        stories[article_id].group = group
    for article_id, role, country in _rows(session, COUNTRIES, ids):
        stories[article_id].countries[ROLES[role]].append(country)
    for article_id, name in _rows(session, COURTS, ids):
        stories[article_id].courts.append(name)
    for article_id, n, sex, age_band in _rows(session, VICTIMS, ids):
        stories[article_id].victims.append(Count(n, sex, age_band))


def _of_accused(session: Session, ids: list[str], stories: dict[str, Story]) -> None:
    for article_id, n, offence in _rows(session, OF_ACCUSED, ids):
        stories[article_id].offences[n].append(OFFENCES[offence])
    for article_id, n, text, statute, section, offences in _rows(session, CHARGES, ids):
        stories[article_id].charges[n].append((text, statute, section, _categories(offences)))
    for article_id, n, text in _rows(session, PENALTIES, ids):
        stories[article_id].penalties[n].append(text)
    for article_id, fact, k, start, end, quote, prefix, suffix, rule, score in _rows(session, PROOFS, ids):
        order, number, n, kind = _place(fact)
        if order is None:
            continue
        proof = (order, number, start, end, k, kind, quote, prefix, suffix, rule, score)
        if order < 0:
            stories[article_id].elements.append(proof)
        else:
            stories[article_id].proofs[n].append(proof)


@lru_cache(maxsize=1 << 10)
def _place(fact: str) -> tuple[int | None, int, int, str]:
    """Order and number of a fact, whose it is, and the fact without that.

    The first is below 0 for an element, and None for what the feed does not show.
    """
    of, n, shown = fact.split("/", 2)
    if of == "element":
        return -1, 0, 0, fact
    kind, _, number = shown.partition("/")
    if kind not in SHOWN or (kind in NUMBERED) is not number.isdecimal():
        return None, 0, 0, fact
    return SHOWN[kind], int(number or 0), int(n), shown
