"""The resolution: new mentions become persons and cases, a batch a transaction.

Refuses to undo a human: an analyst's edges always win, and a merge can always be taken apart again.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections import Counter
from collections.abc import Callable, Collection

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from storage import mentions as mention_rows
from storage.counting import insert_into
from storage.database import Database
from storage.notes import take_turns
from storage.records.people import MACHINE, JudgementVerdict, ResolveSummary
from storage.resolution import copies
from storage.resolution.blocking import keys, wider_keys
from storage.resolution.casework import write_cases
from storage.resolution.clusters import resolve
from storage.resolution.comparison import RESOLVER_VERSION, SAME
from storage.resolution.loading import Standing, standing_mentions
from storage.resolution.matching import match
from storage.resolution.mention import Edge, HumanEdge
from storage.resolution.names import tokens
from storage.resolution.rarity import NameCounts
from storage.resolution.writing import write_persons
from storage.stale import chunks
from storage.tables.people import (
    CaseRow,
    JudgementRow,
    MentionKeyRow,
    MentionRow,
    NameCountRow,
    PersonRow,
)
from storage.withholding import enforce

log = logging.getLogger(__name__)

BATCH = 500
"""Mentions in one transaction; with their neighbours it takes about a second, and other writers wait no longer."""
TEXTS = 1000
Advance = Callable[[int], None]


class Resolution:
    """Who is who. Incremental: what is new or changed is judged, with everybody it may concern."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self) -> int:
        """Mentions not resolved since they were read, corrected or judged, and accused who have none."""
        unresolved = select(func.count()).where(MentionRow.unresolved.is_(True))
        with self._database.read() as session:
            return (session.scalar(unresolved) or 0) + (session.scalar(mention_rows.UNADOPTED) or 0)

    def resolve(
        self, now: dt.datetime, *, everything: bool = False, advance: Advance = lambda _: None
    ) -> ResolveSummary:
        """Group near-equal texts, join mentions to persons, stories to cases. `everything` judges all anew.

        Idempotent; can be killed at any time; what two processes do at once they do in turn.
        """
        began = time.monotonic()
        mention_rows.adopt(self._database, now)
        if everything:
            self._database.transact(_forget)
        texts = self._group(advance)
        done: Counter[str] = Counter()
        while True:
            batch = self._database.transact(lambda session: _batch(session, now))
            if not batch:
                break
            done += batch
            advance(batch["mentions"])
        self._database.transact(lambda session: enforce(session, now))
        with self._database.read() as session:
            persons = session.scalar(select(func.count()).select_from(PersonRow)) or 0
            cases = session.scalar(select(func.count()).select_from(CaseRow)) or 0
            unsure = JudgementRow.verdict == JudgementVerdict.UNSURE
            doubtful = session.scalar(select(func.count()).where(unsure, JudgementRow.undone_at.is_(None))) or 0
        summary = ResolveSummary(
            mentions=done["mentions"],
            texts=texts,
            persons=persons,
            new_persons=done["new_persons"],
            merged=done["merged"],
            doubtful=doubtful,
            cases=cases,
            seconds=round(time.monotonic() - began, 3),
        )
        log.info(
            "resolve.done mentions=%d texts=%d persons=%d new=%d merged=%d cases=%d seconds=%.1f",
            summary.mentions, texts, persons, summary.new_persons, summary.merged, cases, summary.seconds,
        )  # fmt: skip
        return summary

    def _group(self, advance: Advance) -> int:
        texts = 0
        while True:
            n, changed = self._database.transact(_grouped)
            if not n:
                return texts
            texts += n
            advance(n)
            log.debug("resolve.grouped texts=%d changed=%d", n, len(changed))


def again(session: Session, mention_ids: Collection[str], now: dt.datetime) -> Counter[str]:
    """Resolve these mentions at once, in the caller's transaction: after a human's judgement."""
    take_turns(session)
    done: Counter[str] = Counter()
    for some in chunks(mention_ids, BATCH):
        done += _resolve(session, some, now)
    enforce(session, now, mention_ids)
    return done


def _forget(session: Session) -> None:
    """Everything that the machine judged; never a human's edge, nor an id that somebody may hold."""
    take_turns(session)
    copies.forget(session)
    session.execute(delete(MentionKeyRow))
    session.execute(delete(NameCountRow))
    session.execute(delete(JudgementRow).where(JudgementRow.by == MACHINE))
    session.execute(update(MentionRow).values(unresolved=True))


def _grouped(session: Session) -> tuple[int, set[str]]:
    take_turns(session)
    n, changed = copies.group(session, TEXTS)
    for some in chunks(changed):
        session.execute(update(MentionRow).where(MentionRow.article_id.in_(some)).values(unresolved=True))
    return n, changed


def _batch(session: Session, now: dt.datetime) -> Counter[str]:
    take_turns(session)
    waiting = select(MentionRow.id).where(MentionRow.unresolved.is_(True)).order_by(MentionRow.id).limit(BATCH)
    ids = list(session.scalars(waiting))
    return _resolve(session, ids, now) if ids else Counter()


def _resolve(session: Session, ids: Collection[str], now: dt.datetime) -> Counter[str]:
    """Judge these mentions anew, and settle everybody who was or is of one cluster with them."""
    standing = standing_mentions(session, ids)
    counts = _name_counts(session, standing.values())
    _write_keys(session, ids, standing.values(), counts)
    known = standing_mentions(session, _neighbours(session, standing.values(), counts) - standing.keys())
    fresh = [one.mention for one in standing.values()]
    edges = list(match(fresh, counts, [one.mention for one in known.values()]))
    _write_edges(session, ids, edges, now)
    concerned = _component(session, ids)
    everybody = standing | known
    everybody |= standing_mentions(session, concerned - everybody.keys())
    members = {one: everybody[one] for one in sorted(concerned & everybody.keys())}
    machine, human = _edges_among(session, members)
    clusters = resolve([one.mention for one in members.values()], machine, human)
    settled = write_persons(session, clusters, members, concerned | set(ids), now)
    write_cases(session, settled.persons, now, set(ids) - members.keys())
    for some in chunks(concerned | set(ids)):
        session.execute(update(MentionRow).where(MentionRow.id.in_(some)).values(unresolved=False))
    return Counter(mentions=len(ids), new_persons=settled.new, merged=settled.merged)


def _name_counts(session: Session, standing: Collection[Standing]) -> NameCounts:
    """How common the parts of these names are, the mentions of this batch counted in when they are new.

    A name is counted once a group of near-equal texts: nine papers do not make a name common.
    """
    ids = {one.mention.id for one in standing}
    keyed: set[str] = set()
    for some in chunks(ids):
        keyed |= set(session.scalars(select(MentionKeyRow.mention_id).where(MentionKeyRow.mention_id.in_(some))))
    new: Counter[str] = Counter()
    for one in standing:
        mention = one.mention
        if mention.id not in keyed and mention.group == mention.article_id:
            new.update(token[:64] for token in set(tokens(mention.name)))
    if new:
        statement = insert_into(session, NameCountRow)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["token"], set_={"n": NameCountRow.n + statement.excluded.n}
            ),
            [{"token": token, "n": n} for token, n in sorted(new.items())],
        )
    return NameCounts(dict(session.execute(select(NameCountRow.token, NameCountRow.n)).all()))


def _write_keys(
    session: Session, ids: Collection[str], standing: Collection[Standing], counts: NameCounts
) -> None:
    for some in chunks(ids):
        session.execute(delete(MentionKeyRow).where(MentionKeyRow.mention_id.in_(some)))
    rows = [
        {"key": key, "mention_id": one.mention.id} for one in standing for key in sorted(keys(one.mention, counts))
    ]
    for start in range(0, len(rows), 5000):
        session.execute(insert_into(session, MentionKeyRow), rows[start : start + 5000])


def _neighbours(session: Session, standing: Collection[Standing], counts: NameCounts) -> set[str]:
    """Who shares a key, or shared one when the name was rarer."""
    wanted = {key for one in standing for key in wider_keys(one.mention, counts)}
    found: set[str] = set()
    for some in chunks(wanted):
        found |= set(session.scalars(select(MentionKeyRow.mention_id).where(MentionKeyRow.key.in_(some))))
    return found


def _write_edges(session: Session, ids: Collection[str], edges: Collection[Edge], now: dt.datetime) -> None:
    for some in chunks(ids):
        touching = or_(JudgementRow.left.in_(some), JudgementRow.right.in_(some))
        session.execute(delete(JudgementRow).where(JudgementRow.by == MACHINE, touching))
    rows = [
        {
            "left": min(edge.left, edge.right), "right": max(edge.left, edge.right),
            "verdict": JudgementVerdict.SAME if edge.score >= SAME else JudgementVerdict.UNSURE,
            "score": round(edge.score, 4), "reasons": list(edge.reasons), "by": MACHINE,
            "version": RESOLVER_VERSION, "at": now,
        }
        for edge in edges
    ]  # fmt: skip
    for start in range(0, len(rows), 1000):
        session.execute(insert_into(session, JudgementRow), rows[start : start + 1000])


def _component(session: Session, ids: Collection[str]) -> set[str]:
    """Everybody joined to these mentions by SAME edges, and whoever shares a person with them until now."""
    reached = set(ids)
    frontier = set(ids)
    while frontier:
        nearby: set[str] = set()
        for some in chunks(frontier):
            same = and_(JudgementRow.verdict == JudgementVerdict.SAME, JudgementRow.undone_at.is_(None))
            nearby |= set(session.scalars(select(JudgementRow.right).where(JudgementRow.left.in_(some), same)))
            nearby |= set(session.scalars(select(JudgementRow.left).where(JudgementRow.right.in_(some), same)))
            persons = select(MentionRow.person_id).where(
                MentionRow.id.in_(some), MentionRow.person_id.is_not(None)
            )
            nearby |= set(session.scalars(select(MentionRow.id).where(MentionRow.person_id.in_(persons))))
        frontier = nearby - reached
        reached |= frontier
    return reached


def _edges_among(session: Session, members: Collection[str]) -> tuple[list[Edge], list[HumanEdge]]:
    machine: list[Edge] = []
    human: list[HumanEdge] = []
    for some in chunks(members):
        query = select(JudgementRow).where(JudgementRow.left.in_(some), JudgementRow.undone_at.is_(None))
        for row in session.scalars(query.order_by(JudgementRow.id)):
            if row.right not in members:
                continue
            if row.by != MACHINE:
                same = row.verdict is JudgementVerdict.SAME
                human.append(HumanEdge(left=row.left, right=row.right, same=same, at=row.at))
            elif row.verdict is JudgementVerdict.SAME:
                score = SAME if row.score is None else row.score
                machine.append(Edge(left=row.left, right=row.right, score=score, reasons=tuple(row.reasons)))
    return machine, human
