"""Whom to hold back because the name looks like one that a human rejected: in its text, its copies, other texts.

Refuses to decide: who is held back waits for a human, and a human's word on the record itself frees it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Text, cast, or_, select, update
from sqlalchemy.orm import Session

from storage.alignment import ALIKE, likeness
from storage.forgotten import close_forms, digests, words_of
from storage.places import countries_of
from storage.records.people import LOOK_ALIKE, RejectReason, Verdict
from storage.resolution.spelling import fold
from storage.resolution.syndication import is_copy, signature, similarity
from storage.stale import chunks
from storage.tables.articles import ArticleRow
from storage.tables.facts import AccusedRow, EvidenceRow
from storage.tables.people import MentionRow, SyndicationRow

WITHIN = dt.timedelta(days=2 * 365)
"""Between the first sight of a text and of one whose victim has an equal name: a trial and its appeals."""
FORGETS = tuple(reason for reason in RejectReason if reason.forgets_name)
_SEEN = (Verdict.ACCEPTED, Verdict.CORRECTED)
_COLUMNS = (
    MentionRow.id, MentionRow.article_id, MentionRow.n, MentionRow.name, MentionRow.digests, MentionRow.machine,
    MentionRow.human, MentionRow.reviewed_original, MentionRow.verdict, MentionRow.reject_reason,
    MentionRow.reviewed_at, MentionRow.first_seen, MentionRow.traces,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Gone:
    """Somebody whom a human called a victim, a witness or a minor: known by digests, and by who stood beside."""

    id: str
    article_id: str
    reason: RejectReason | None
    digests: frozenset[str]
    beside: frozenset[str]
    records: frozenset[str]  # other records of the person, until the name went
    first_seen: dt.datetime
    at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class _Asked:
    """A record that may be held back, by its names."""

    id: str
    article_id: str
    verdict: Verdict | None
    reviewed_at: dt.datetime | None
    first_seen: dt.datetime
    names: tuple[str, ...]
    forms: frozenset[str]
    close: frozenset[str]
    words: frozenset[str]
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Around:
    """What is known around the records that are asked for."""

    companions: Mapping[str, frozenset[str]]  # digests of everybody named, by text
    groups: Mapping[str, str]  # group of near-equal texts, by text
    places: Mapping[str, Collection[str]] = field(default_factory=dict)


def gone(session: Session) -> list[Gone]:
    """Everybody whose name had to go."""
    query = select(*_COLUMNS).where(
        MentionRow.verdict == Verdict.REJECTED, MentionRow.name.is_(None), MentionRow.reject_reason.in_(FORGETS)
    )
    return [
        Gone(
            id=row.id, article_id=row.article_id, reason=row.reject_reason, digests=frozenset(row.digests),
            beside=frozenset(row.traces.get("beside", ())), records=frozenset(row.traces.get("records", ())),
            first_seen=row.first_seen, at=row.reviewed_at,
        )
        for row in session.execute(query.order_by(MentionRow.id))
    ]  # fmt: skip


def copies(
    session: Session, texts: Mapping[str, Iterable[str]], first_seen: Mapping[str, dt.datetime]
) -> dict[str, list[Gone]]:
    """Of texts, by the names in each, who was forgotten in a near-equal text: as if it were this one.

    A text is compared with those few only whose forgotten names share a word with its own.
    """
    everybody = gone(session)
    if not everybody:
        return {}
    index = _index(everybody)
    near: dict[str, list[Gone]] = {}
    for article_id, names in texts.items():
        met = {k for digest in words_of(names) for k in index.get(digest, ())}
        near[article_id] = [
            everybody[k] for k in sorted(met)
            if everybody[k].article_id != article_id
            and abs(everybody[k].first_seen - first_seen[article_id]) <= WITHIN
        ]  # fmt: skip
    wanted = {one for key, found in near.items() if found for one in (key, *(other.article_id for other in found))}
    held: dict[str, str] = {}
    for some in chunks(wanted):
        held |= dict(session.execute(select(ArticleRow.id, ArticleRow.text).where(ArticleRow.id.in_(some))).all())
    signed = {key: signature(text) for key, text in held.items() if text}
    return {
        key: [one for one in found if _is_copy(key, one.article_id, held, signed)]
        for key, found in near.items()
        if found
    }


def _is_copy(one: str, other: str, held: Mapping[str, str], signed: Mapping[str, bytes]) -> bool:
    if one not in signed or other not in signed:
        return False
    return is_copy(held[one], held[other], similarity(signed[one], signed[other])) is not None


def look_alikes(session: Session, mention_ids: Iterable[str]) -> set[str]:
    """Of these records those to hold back."""
    asked = _asked(session, mention_ids)
    if not asked:
        return set()
    texts = {one.article_id for one in asked}
    found = {one.id for one, row in _beside(session, asked, texts) if _is_like_decided(one, row)}
    everybody = gone(session)
    if not everybody:
        return found
    index = _index(everybody)
    met = {
        one.id: {k for digest in one.close | one.words for k in index.get(digest, ())}
        | {k for k, other in enumerate(everybody) if one.id in other.records}
        for one in asked
    }
    near = {everybody[k].article_id for some in met.values() for k in some}
    concerned = {one.article_id for one in asked if met[one.id]}
    if not concerned:
        return found
    known = _around(session, concerned | near)
    for one in asked:
        if any(_is_like_gone(one, everybody[k], known) for k in sorted(met[one.id])):
            found.add(one.id)
    return found


def _asked(session: Session, mention_ids: Iterable[str]) -> list[_Asked]:
    found = []
    for some in chunks(mention_ids):
        rows = session.execute(select(*_COLUMNS).where(MentionRow.id.in_(some))).all()
        rows = [row for row in rows if row.name is not None and row.verdict is not Verdict.REJECTED]
        spans = name_spans(session, {row.id: (row.article_id, row.n) for row in rows if row.n is not None})
        for row in rows:
            names = names_of(row)
            found.append(
                _Asked(
                    id=row.id, article_id=row.article_id, verdict=row.verdict, reviewed_at=row.reviewed_at,
                    first_seen=row.first_seen, names=names, forms=frozenset(digests(names)),
                    close=frozenset().union(*map(close_forms, names)), words=frozenset(words_of(names)),
                    spans=spans.get(row.id, ()),
                )
            )  # fmt: skip
    return found


def _beside(session: Session, asked: Collection[_Asked], texts: Collection[str]) -> Iterable[tuple[_Asked, Any]]:
    """Pairs of a record nobody decided on and one of its text on which a human did, and whose traces are known."""
    decided: dict[str, list[Any]] = defaultdict(list)
    for some in chunks(texts):
        query = select(*_COLUMNS).where(MentionRow.article_id.in_(some), MentionRow.verdict.is_not(None))
        for row in session.execute(query.order_by(MentionRow.id)):
            decided[row.article_id].append(row)
    for one in asked:
        for row in decided.get(one.article_id, ()):
            is_new = bool(row.traces) and one.forms.isdisjoint(row.traces.get("beside", ()))
            if one.verdict is None and row.id != one.id and is_new:
                yield one, row


def _is_like_decided(one: _Asked, row: Any) -> bool:
    """A name like the one that was decided on, or at its very place in the text.

    Of who was accepted, one who only shares a family's name is somebody else.
    """
    spans = [tuple(span) for span in row.traces.get("spans", ())]
    if any(start < b and a < end for start, end in one.spans for a, b in spans):
        return True
    if row.name is None:
        return not (one.close | one.words).isdisjoint(row.digests)
    names = names_of(row)
    if row.verdict is not Verdict.ACCEPTED:
        return not (one.close | one.words).isdisjoint(digests(names, parts=True))
    kept = set(digests(names)).union(*(close_forms(name, asked=False) for name in names))
    return not one.close.isdisjoint(kept) or any(
        likeness(name, other) >= ALIKE for name in one.names for other in names
    )


def _is_like_gone(one: _Asked, other: Gone, known: _Around) -> bool:  # noqa: PLR0911 - a list of grounds
    """In another text: a record of the person; an equal name in one country; of a copy or of the same accused, a
    name that shares a word.
    """
    if one.article_id == other.article_id or not one.forms.isdisjoint(other.beside):
        return False
    if (
        one.verdict in _SEEN
        and one.reviewed_at is not None
        and other.at is not None
        and one.reviewed_at >= other.at
    ):
        return False
    if one.id in other.records:
        return True
    if abs(one.first_seen - other.first_seen) > WITHIN:
        return False
    if not one.words.isdisjoint(other.digests):
        group = known.groups.get(one.article_id)
        if group is not None and group == known.groups.get(other.article_id):
            return True
        companions = known.companions.get(one.article_id, frozenset()) - one.forms
        if not companions.isdisjoint(other.beside):
            return True
    close = one.close if any(" " in fold(name) for name in one.names) or len(other.digests) == 1 else frozenset()
    here, there = known.places.get(one.article_id), known.places.get(other.article_id)
    return not close.isdisjoint(other.digests) and (not here or not there or not set(here).isdisjoint(there))


def _around(session: Session, texts: Collection[str]) -> _Around:
    companions: dict[str, set[str]] = defaultdict(set)
    groups: dict[str, str] = {}
    for some in chunks(texts):
        query = select(MentionRow.article_id, MentionRow.digests).where(
            MentionRow.article_id.in_(some), MentionRow.n.is_not(None), MentionRow.name.is_not(None)
        )
        for article_id, held in session.execute(query):
            companions[article_id] |= set(held)
        grouped = select(SyndicationRow.article_id, SyndicationRow.group_id)
        groups |= dict(session.execute(grouped.where(SyndicationRow.article_id.in_(some))).all())
    return _Around(
        companions={key: frozenset(held) for key, held in companions.items()},
        groups=groups, places=countries_of(session, texts),
    )  # fmt: skip


def _index(everybody: Iterable[Gone]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for k, one in enumerate(everybody):
        for digest in one.digests:
            found[digest].append(k)
    return found


def names_of(row: Any) -> tuple[str, ...]:
    """Every form of the name that a mention has: the machine's, the reviewed one, the human's."""
    every = [row.machine or {}, row.reviewed_original or {}, row.human or {}]
    forms = [form for one in every for form in (one.get("name"), *(one.get("aliases") or ()))]
    return tuple(dict.fromkeys(form for form in (row.name, *forms) if form))


def name_spans(session: Session, places: Mapping[str, tuple[str, int]]) -> dict[str, tuple[tuple[int, int], ...]]:
    """Where the names of these mentions stand, by (text, row of `accused`) of each."""
    facts = {(article_id, f"accused/{n}/name"): key for key, (article_id, n) in places.items()}
    found: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for some in chunks({article_id for article_id, _ in facts}):
        query = select(EvidenceRow.article_id, EvidenceRow.fact, EvidenceRow.start, EvidenceRow.end).where(
            EvidenceRow.article_id.in_(some), EvidenceRow.fact.like("accused/%/name")
        )
        for article_id, fact, start, end in session.execute(query):
            if (article_id, fact) in facts:
                found[facts[article_id, fact]].add((start, end))
    return {key: tuple(sorted(spans)) for key, spans in found.items()}


def traces(session: Session, rows: Iterable[Any]) -> dict[str, dict[str, Any]]:
    """What to keep of mentions on which a human decided, before their facts change; by mention.

    `spans` where the name stood, `beside` digests of the names of the others of the text, `records` the other
    records of the person. No name is among them.
    """
    given = [row for row in rows if row.n is not None]
    spans = name_spans(session, {row.id: (row.article_id, row.n) for row in given})
    others: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for some in chunks(row.article_id for row in given):
        query = (
            select(MentionRow.id, MentionRow.article_id, MentionRow.digests)
            .join(AccusedRow, AccusedRow.mention_id == MentionRow.id)
            .where(MentionRow.article_id.in_(some), AccusedRow.withheld.is_distinct_from(LOOK_ALIKE))
            .where(MentionRow.name.is_not(None))
        )
        for key, article_id, held in session.execute(query):
            others[article_id][key] = held
    records: dict[str, list[str]] = defaultdict(list)
    for some in chunks(row.person_id for row in given if row.person_id is not None):
        query_ = select(MentionRow.person_id, MentionRow.id).where(MentionRow.person_id.in_(some))
        for person_id, key in session.execute(query_):
            records[str(person_id)].append(key)
    return {
        row.id: {
            "spans": [list(span) for span in spans.get(row.id, ())],
            "beside": sorted(
                {one for key, held in others[row.article_id].items() if key != row.id for one in held}
                - set(row.digests)
            ),
            "records": sorted(set(records.get(row.person_id or "", ())) - {row.id}),
        }
        for row in given
    }


def concerned_by(session: Session, row: MentionRow) -> tuple[set[str], set[str]]:
    """Whom the loss of this name may concern now: mentions, and near-equal texts, which are to be read again."""
    found = set(row.traces.get("records", ()))
    column = cast(MentionRow.digests, Text)
    texts: set[str] = set()
    for some in chunks(row.traces.get("beside", ()), 50):
        query = select(MentionRow.article_id).where(or_(*(column.like(f"%{one}%") for one in some)))
        texts |= set(session.scalars(query.distinct()))
    group = session.scalar(select(SyndicationRow.group_id).where(SyndicationRow.article_id == row.article_id))
    near = set()
    if group is not None:
        near = set(session.scalars(select(SyndicationRow.article_id).where(SyndicationRow.group_id == group)))
    for some in chunks(row.digests, 50):
        found |= set(session.scalars(select(MentionRow.id).where(or_(*(column.like(f"%{one}%") for one in some)))))
    for some in chunks(texts | near):
        found |= set(session.scalars(select(MentionRow.id).where(MentionRow.article_id.in_(some))))
    return found - {row.id}, near - {row.article_id}


def read_again(session: Session, article_ids: Iterable[str]) -> None:
    """Have the texts read anew: the near-equal ones then forget the name as well."""
    for some in chunks(article_ids):
        session.execute(update(ArticleRow).where(ArticleRow.id.in_(some)).values(read_version=0))
