"""Mentions as the matcher, the timeline and the cases see them, read out of the tables in chunks.

Refuses mentions that stand nowhere now: rejected ones, and those that the reader no longer finds; but a human's
word that somebody was cleared stands whatever a newer reader says.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from extraction.model import CountryRole, Offence, Stage
from storage.records.people import CLEARED_ANEW, LOST, TAKEN_DOWN, Verdict
from storage.resolution.mention import Mention
from storage.resolution.names import fold
from storage.stale import chunks
from storage.tables.articles import CopyRow
from storage.tables.facts import AccusedRow, CountryFactRow, CourtFactRow, OffenceRow, ReportRow
from storage.tables.people import MentionRow, SyndicationRow
from storage.words import standing

SPOKEN = (Verdict.ACCEPTED, Verdict.CORRECTED)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A mention with what stands of it now; of one held back (`CLEARED_ANEW`), the end that the machine reads.

    `withheld` is `LOST` where a human said that the person was cleared, and no reading finds it any more.
    """

    mention: Mention
    person_id: str | None
    stage_date: str | None
    published: str | None
    country: str | None  # one of `mention.countries`: of prosecution, else of reporting
    publisher_source: str | None
    withheld: str | None
    aliases: tuple[str, ...]
    score: float
    reviewed: bool  # a human accepted or corrected it
    dated_by_human: bool  # `stage_date` is a human's correction

    @property
    def held(self) -> bool:
        """True when its end counts for clearing, and is in doubt until a human looks again."""
        return self.withheld == CLEARED_ANEW


def standing_mentions(session: Session, ids: Collection[str]) -> dict[str, Standing]:
    """The mentions of these ids that stand; taken-down ones too, so that whoever comes again joins them.

    A human's word that somebody was cleared is among them when a newer reader misses the person, or calls the
    text off topic. Records held back since the machine reads an end there are too, with that end.
    """
    found: dict[str, Standing] = {}
    for some in chunks(ids):
        found |= _load(session, some)
    return found


def _load(session: Session, ids: Sequence[str]) -> dict[str, Standing]:
    query = (
        select(MentionRow, AccusedRow, ReportRow.relevant)
        .outerjoin(AccusedRow, and_(AccusedRow.article_id == MentionRow.article_id, AccusedRow.n == MentionRow.n))
        .outerjoin(ReportRow, ReportRow.article_id == MentionRow.article_id)
        .where(MentionRow.id.in_(ids))
        .where(or_(MentionRow.verdict.is_(None), MentionRow.verdict != Verdict.REJECTED))
        .where(
            or_(
                and_(AccusedRow.n.is_not(None), ReportRow.relevant.is_(True)),
                MentionRow.verdict.in_(SPOKEN),
            )
        )
        .where(or_(AccusedRow.withheld.is_(None), AccusedRow.withheld.in_((TAKEN_DOWN, CLEARED_ANEW))))
    )
    rows = [
        (mention, accused, told)
        for mention, accused, relevant in session.execute(query)
        if (told := _told(mention, accused, relevant=bool(relevant))) is not None
    ]
    articles = sorted({mention.article_id for mention, _, _ in rows})
    texts = _Texts(session, articles)
    found: dict[str, Standing] = {}
    for mention, accused, told in rows:
        article_id = mention.article_id
        copy = texts.copies.get(article_id)
        published = None if copy is None else copy[0]
        source = None if copy is None else copy[1]
        home = None if copy is None else copy[2]
        prosecution = texts.countries[article_id, CountryRole.PROSECUTION]
        reporting = texts.countries[article_id, CountryRole.REPORTING] or ({home} if home else set())
        countries = frozenset(prosecution or reporting)
        found[mention.id] = Standing(
            mention=Mention(
                id=mention.id,
                name=told["name"],
                aliases=tuple(told["aliases"]),
                article_id=article_id,
                group=texts.groups.get(article_id, article_id),
                date=day_of(published) or mention.first_seen.date(),
                age=told["age"],
                nationality=told["nationality"],
                countries=countries,
                source=source,
                places=frozenset(),
                courts=frozenset(texts.courts[article_id]),
                stage=told["stage"],
                offences=frozenset(
                    map(Offence, told["offences"]) if accused is None else texts.offences[article_id, accused.n]
                ),
                companions=frozenset(texts.names[article_id] - {fold(told["name"])}),
                first_seen=mention.first_seen,
            ),
            person_id=mention.person_id,
            stage_date=told["stage_date"],
            published=published,
            country=min(countries, default=None),
            publisher_source=source,
            withheld=told["withheld"],
            aliases=tuple(told["aliases"]),
            score=mention.score if accused is None else accused.score,
            reviewed=mention.verdict in SPOKEN,
            dated_by_human=told["dated_by_human"],
        )
    return found


def _told(mention: MentionRow, accused: AccusedRow | None, *, relevant: bool) -> dict[str, Any] | None:
    """What stands of a mention, by field; None where nothing does."""
    human = mention.human or {}
    if accused is not None and relevant:
        told: dict[str, Any] = {
            "name": accused.name, "aliases": accused.aliases, "age": accused.age,
            "nationality": accused.nationality, "stage": accused.stage, "stage_date": accused.stage_date,
            "withheld": accused.withheld, "dated_by_human": human.get("stage_date") is not None,
        }  # fmt: skip
        if accused.withheld == CLEARED_ANEW:
            read = mention.machine
            told |= {"stage": Stage(read["stage"]), "stage_date": read["stage_date"], "dated_by_human": False}
        return told
    if accused is not None and accused.withheld not in (None, TAKEN_DOWN):
        return None
    said = standing(mention)
    if mention.name is None or not said.get("name") or not Stage(said["stage"]).is_cleared:
        return None
    return said | {
        "stage": Stage(said["stage"]), "dated_by_human": human.get("stage_date") is not None,
        "withheld": LOST if accused is None or accused.withheld is None else TAKEN_DOWN,
    }  # fmt: skip


def day_of(partial: str | None) -> dt.date | None:
    """The first day of a possibly partial ISO date; None where there is none or it is no date."""
    if partial is None:
        return None
    parts = partial[:10].split("-")
    try:
        return dt.date(*(int(part) for part in [*parts, "1", "1"][:3]))
    except ValueError:
        return None


class _Texts:
    """What a chunk's queries found of its texts."""

    def __init__(self, session: Session, articles: Sequence[str]) -> None:
        self.copies: dict[str, tuple[str | None, str | None, str | None]] = {}
        self.countries: dict[tuple[str, CountryRole], set[str]] = defaultdict(set)
        self.courts: dict[str, set[str]] = defaultdict(set)
        self.offences: dict[tuple[str, int], set[Offence]] = defaultdict(set)
        self.names: dict[str, set[str]] = defaultdict(set)
        self.groups: dict[str, str] = {}
        for some in chunks(articles):
            self._read(session, some)

    def _read(self, session: Session, ids: Sequence[str]) -> None:
        copies = select(CopyRow.article_id, CopyRow.published, CopyRow.source_id, CopyRow.country)
        copies = copies.where(CopyRow.article_id.in_(ids)).order_by(CopyRow.fetched_at, CopyRow.address_key)
        for article_id, published, source, country in session.execute(copies):
            self.copies.setdefault(article_id, (published, source, country))
        roles = (CountryRole.PROSECUTION, CountryRole.REPORTING)
        countries = select(CountryFactRow.article_id, CountryFactRow.role, CountryFactRow.country)
        countries = countries.where(CountryFactRow.article_id.in_(ids), CountryFactRow.role.in_(roles))
        for article_id, role, country in session.execute(countries):
            self.countries[article_id, role].add(country)
        courts = select(CourtFactRow.article_id, CourtFactRow.name).where(CourtFactRow.article_id.in_(ids))
        for article_id, name in session.execute(courts):
            self.courts[article_id].add(name)
        offences = select(OffenceRow.article_id, OffenceRow.n, OffenceRow.offence)
        for article_id, n, offence in session.execute(offences.where(OffenceRow.article_id.in_(ids))):
            self.offences[article_id, n].add(offence)
        names = select(AccusedRow.article_id, AccusedRow.name).where(AccusedRow.article_id.in_(ids))
        for article_id, name in session.execute(names.where(AccusedRow.withheld.is_(None))):
            self.names[article_id].add(fold(name))
        groups = select(SyndicationRow.article_id, SyndicationRow.group_id)
        for article_id, group in session.execute(groups.where(SyndicationRow.article_id.in_(ids))):
            self.groups[article_id] = group
