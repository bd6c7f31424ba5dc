"""Organisations of the feed: those that a story accuses beside a person who is listed by it.

Refuses one that a human would have to see first: nobody reviews organisations, so they come with the unreviewed;
and whichever was taken down.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.feed import loading, stories
from storage.feed.gate import Gate
from storage.feed.listing import listed
from storage.feed.loading import Story
from storage.organisations import PREFIX, organisation_id, taken, taken_names
from storage.records.feed import FeedOrganisation, FeedStory
from storage.resolution.names import fold
from storage.stale import chunks
from storage.tables.facts import AccusedRow, OrganisationRow, ReportRow
from storage.tables.people import MentionRow

CHUNK = 250
"""Stories, persons or organisations read at once."""
SHORTEST = 3
"""Letters of a name, folded; less is a remnant."""


def organisations(session: Session, gate: Gate) -> Iterator[FeedOrganisation]:
    """Organisations by id; none without unreviewed records. Ids of stories are held in memory, no stories."""
    if not gate.include_unreviewed:
        return
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for article_id, name, country in _told(session, gate):
        found[organisation_id(name, country)].append((article_id, name))
    ordered = sorted(found)
    for start in range(0, len(ordered), CHUNK):
        some = ordered[start : start + CHUNK]
        texts = _stories(session, {article_id for one in some for article_id, _ in found[one]})
        for article_id, names in taken_names(session, texts).items():
            texts[article_id].named.struck[PREFIX] = names
        for one in some:
            made = _organisation(one, found[one], texts)
            if made is not None:
                yield made


def _told(session: Session, gate: Gate) -> Iterator[tuple[str, str, str]]:
    """Story, name and country of each organisation whose story lists a person by a stage of the list."""
    down = taken(session)
    articles = session.scalars(select(OrganisationRow.article_id).distinct().order_by(OrganisationRow.article_id))
    for some in chunks(list(articles), CHUNK):
        here = (
            select(MentionRow.person_id)
            .join(AccusedRow, AccusedRow.mention_id == MentionRow.id)
            .where(AccusedRow.article_id.in_(some), MentionRow.person_id.is_not(None))
        )
        persons = sorted({str(one) for one in session.scalars(here.distinct())})
        listing: dict[str, list[str]] = defaultdict(list)  # mentions by story
        for start in range(0, len(persons), CHUNK):
            for person in listed(session, persons[start : start + CHUNK], gate):
                for record in person.records:
                    if record.stage in gate.stages:
                        listing[record.article_id].append(record.mention_id)
        texts = _stories(session, listing.keys() & set(some))
        names = select(OrganisationRow.article_id, OrganisationRow.name)
        query = names.where(OrganisationRow.article_id.in_(sorted(texts)))
        for article_id, name in session.execute(query.order_by(OrganisationRow.article_id, OrganisationRow.name)):
            text = texts[article_id]
            if down.holds(name, text.places):
                continue
            masks = map(text.named.mask_for, listing[article_id])
            if len(fold(name)) >= SHORTEST and "[" not in name and any(mask(name) == name for mask in masks):
                yield article_id, name, next(iter(text.places), "")


def _stories(session: Session, article_ids: Iterable[str]) -> dict[str, Story]:
    found: dict[str, Story] = {}
    for some in chunks(article_ids):
        query = select(ReportRow.article_id, ReportRow.title, ReportRow.extractor_version)
        for article_id, title, version in session.execute(query.where(ReportRow.article_id.in_(some))):
            found[article_id] = Story(title=title, extractor_version=version)
        loading.load_copies(session, some, found)
    loading.load_facts(session, found, found)
    return found


def _organisation(one: str, told: list[tuple[str, str]], texts: dict[str, Story]) -> FeedOrganisation | None:
    records: list[FeedStory] = []
    for article_id in sorted({article_id for article_id, _ in told}):
        made = stories.story_of(article_id, texts[article_id])
        if made is not None:
            records.append(made)
    if not records:
        return None
    names = Counter(name for _, name in told)
    first = texts[told[0][0]]
    return FeedOrganisation(
        id=one,
        name=min(names, key=lambda name: (-names[name], -len(name), name)),
        countries=first.places[:1],
        records=tuple(sorted(records, key=lambda record: (record.published or "", record.article_id))),
    )
