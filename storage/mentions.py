"""Mentions of a batch of texts: what was known of them, where each new accused goes, and the rows of it.

Refuses to overwrite a human's word: what a reading writes are the machine's columns, and no others.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from extraction.model import Accused, CaseReport, Stage
from storage.alignment import Held, align, mention_id, named
from storage.counting import insert_into
from storage.database import Database
from storage.erasure import drop_person
from storage.forgotten import Forgotten, digests
from storage.look_alikes import Gone, copies, traces
from storage.records.people import CLEARED_ANEW, FACT_FIELDS, MACHINE, REJECTED, RejectReason, Verdict
from storage.stale import CHUNK
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import AccusedRow, OffenceRow, ReportRow
from storage.tables.people import JudgementRow, MentionRow, TakedownRow
from storage.urgency import urgency
from storage.withholding import withheld
from storage.words import forms, is_changed, original, standing

OURS = ("n", "name", "digests", "machine", "score", "extractor_version", "reopened", "unresolved", "urgency")
"""Columns of a mention that a reading may change."""
UNADOPTED = select(func.count()).where(AccusedRow.mention_id.is_(None))
"""Accused of before there were mentions, whom `adopt` has not met yet."""
ADOPTED = 500
"""Texts in one transaction of `adopt`."""
WORD = ("verdict", "reject_reason", "human", "reviewed_original", "reviewed_by", "reviewed_at")
"""Columns of a mention that only a human's deed changes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Placed:
    """Where an accused of a reading goes, and what stands of it (values as JSON has them)."""

    mention_id: str
    values: Mapping[str, Any]
    withheld: str | None


@dataclass(kw_only=True, slots=True)
class _Seen:
    """A mention that this reading found, as takedowns ask for it."""

    id: Any
    article_id: Any
    digests: Any


@dataclass(kw_only=True, slots=True)
class _Word:
    """A mention as it will be."""

    machine: dict[str, Any]
    verdict: Verdict | None = None
    human: dict[str, Any] | None = None
    reviewed_original: dict[str, Any] | None = None


class Readings:
    """The mentions of texts that are read (again), in one transaction. `first_seen` is by text."""

    def __init__(
        self, session: Session, reports: Sequence[CaseReport], first_seen: Mapping[str, dt.datetime]
    ) -> None:
        self._first_seen = first_seen
        self._rows: dict[str, dict[str, Any]] = {}
        self._lost: list[MentionRow] = []
        self._seen: list[_Seen] = []
        texts = {report.article_id for report in reports}
        wanted = {one.id for report in reports for one in _named(report.article_id, report.named)}
        query = select(MentionRow).where(or_(MentionRow.article_id.in_(texts), MentionRow.id.in_(wanted)))
        self._by_id = {row.id: row for row in session.scalars(query)} if texts else {}
        self._held: dict[str, list[MentionRow]] = defaultdict(list)
        for row in self._by_id.values():
            self._held[row.article_id].append(row)
        self._traces = _traces_of(session, self._held)
        near = copies(session, {report.article_id: _names(report) for report in reports}, first_seen)
        self._forgotten = {
            report.article_id: _forgotten(
                [*self._held.get(report.article_id, ()), *self._of_old(report)],
                near.get(report.article_id, ()),
            )
            for report in reports
        }  # fmt: skip

    def _of_old(self, report: CaseReport) -> list[MentionRow]:
        """Mentions that went on to another text from this one, which is back now."""
        ids = {one.id for one in _named(report.article_id, report.named)}
        return [self._by_id[one] for one in sorted(ids & self._by_id.keys())]

    def forgotten(self, article_id: str) -> Forgotten:
        """Who may not be stored of this text."""
        return self._forgotten[article_id]

    def place(self, report: CaseReport, stored: Sequence[Accused]) -> list[Placed]:
        """Find the mention of each accused, and note what changes of it; call it once a text."""
        article_id = report.article_id
        held = [row for row in self._held.get(article_id, ()) if not is_forgotten(row)]
        new = _named(article_id, stored)
        found = align(new, [_as_held(row) for row in held])
        placed = []
        for n, (accused, one, known) in enumerate(zip(stored, new, found, strict=True)):
            before = self._by_id[known] if known is not None else None
            placed.append(self._place(report, n, accused, before, known or self._free_id(article_id, one.id)))
        self._lost += [row for row in held if row.id not in found]
        return placed

    def _free_id(self, article_id: str, wanted: str) -> str:
        """The id of a new mention; another one where a mention with that name drifted or went to another text."""
        found, times = wanted, 0
        while found in self._by_id or found in self._rows:
            times += 1
            found = mention_id(article_id, wanted, times)
        return found

    def _place(
        self, report: CaseReport, n: int, accused: Accused, before: MentionRow | None, new_id: str
    ) -> Placed:
        machine = original(accused)
        said = before
        if before is None and new_id not in self._by_id:
            said = self._word_elsewhere(report.article_id, accused)
        word = _Word(machine=machine)
        names = {*forms(machine)}
        if said is not None and said.verdict is not None:
            word = _Word(
                machine=machine, verdict=said.verdict, human=said.human, reviewed_original=said.reviewed_original
            )
            names |= {*forms(said.reviewed_original or {}), *_names_in(said.human)}
        row = {
            "id": new_id, "article_id": report.article_id, "n": n, "name": accused.name,
            "digests": digests(names), "machine": machine, "score": accused.score,
            "extractor_version": report.extractor_version,
            "reopened": word.verdict is not None and is_changed(machine, word.reviewed_original),
            "unresolved": before is None or before.unresolved or before.n is None or before.machine != machine,
            "urgency": urgency(accused.score, accused.stage) if word.verdict is None and report.relevant else 0.0,
            "first_seen": self._first_seen[report.article_id] if before is None else before.first_seen,
            "person_id": None if before is None else before.person_id,
        } | {name: None if said is None else getattr(said, name) for name in WORD}  # fmt: skip
        if before is None or any(getattr(before, name) != row[name] for name in OURS):
            self._rows[new_id] = row
        self._seen.append(_Seen(id=new_id, article_id=report.article_id, digests=row["digests"]))
        return Placed(
            mention_id=new_id,
            values=standing(word),
            withheld=_held_back(word),
        )

    def _word_elsewhere(self, article_id: str, accused: Accused) -> MentionRow | None:
        """What a human said of this very name in this very text, before its address got another text."""
        row = self._by_id.get(mention_id(article_id, accused.name, 1))
        return None if row is None or row.article_id == article_id else row

    def write(self, session: Session, now: dt.datetime) -> None:
        """Write all that `place` noted, after the facts: one statement for the rows.

        What is gone and nobody spoke of, goes; who was taken down, or looks like one who was rejected, is hidden
        in this very transaction.
        """
        forget(session, self._lost, now)
        self._write_rows(session)
        for key, found in sorted(self._traces.items()):
            session.execute(update(MentionRow).where(MentionRow.id == key).values(traces=found))
        found = withheld(session, self._seen)
        for reason in sorted(set(found.values())):
            hidden = sorted(key for key, why in found.items() if why == reason)
            for start in range(0, len(hidden), CHUNK):
                some = AccusedRow.mention_id.in_(hidden[start : start + CHUNK])
                session.execute(
                    update(AccusedRow).where(some, AccusedRow.withheld.is_(None)).values(withheld=reason)
                )

    def _write_rows(self, session: Session) -> None:
        if not self._rows:
            return
        statement = insert_into(session, MentionRow.__table__)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={name: statement.excluded[name] for name in OURS}
            ),
            [self._rows[key] for key in sorted(self._rows)],
        )


def _held_back(word: _Word) -> str | None:
    if word.verdict is Verdict.REJECTED:
        return REJECTED
    if word.verdict is None or word.reviewed_original is None:
        return None
    stages = [Stage(one["stage"]) for one in (word.machine, word.reviewed_original, standing(word))]
    now, before, stands = (stage.is_cleared for stage in stages)
    return CLEARED_ANEW if now and not before and not stands else None


def is_forgotten(row: MentionRow) -> bool:
    """True where the name itself had to go, and is known by its digests alone."""
    return row.name is None and bool(row.digests)


def forget(session: Session, rows: Iterable[MentionRow], now: dt.datetime) -> None:
    """Mentions that no reading finds any more: deleted, or kept without a place where a human spoke of them.

    A person of whom nothing is left goes with them, with its names, parts and cases.
    """
    lost = sorted(rows, key=lambda row: row.id)
    spoken = spoken_of(session, [row for row in lost if row.verdict is None])
    kept = [row.id for row in lost if row.verdict is not None or row.id in spoken]
    gone = [row.id for row in lost if row.verdict is None and row.id not in spoken]
    for start in range(0, len(kept), CHUNK):
        some = MentionRow.id.in_(kept[start : start + CHUNK])
        session.execute(update(MentionRow).where(some, MentionRow.n.is_not(None)).values(n=None, unresolved=True))
    people = {row.person_id for row in lost if row.person_id is not None and row.id in set(gone)}
    _delete(session, gone, sorted(people))
    for person_id in sorted(people):
        if not session.scalar(select(func.count()).where(MentionRow.person_id == person_id)):
            drop_person(session, person_id, now)


def spoken_of(session: Session, rows: Collection[MentionRow]) -> set[str]:
    """Ids of those of whom a human's judgement or a takedown stands."""
    ids = sorted(row.id for row in rows)
    if not ids:
        return set()
    found: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        query = select(JudgementRow.left, JudgementRow.right).where(
            or_(JudgementRow.left.in_(some), JudgementRow.right.in_(some)),
            JudgementRow.by != MACHINE,
            JudgementRow.undone_at.is_(None),
        )
        found |= {one for pair in session.execute(query) for one in pair}
    downs = select(TakedownRow.mention_ids, TakedownRow.joined_ids).where(TakedownRow.lifted_at.is_(None))
    for taken, joined in session.execute(downs):
        found |= {*taken, *joined}
    return found & set(ids)


def _delete(session: Session, ids: Sequence[str], people: Sequence[str]) -> None:
    """Mentions go with the machine's judgements of them; their persons are to be told anew."""
    for start in range(0, len(people), CHUNK):
        of_them = MentionRow.person_id.in_(people[start : start + CHUNK])
        session.execute(update(MentionRow).where(of_them).values(unresolved=True))
    for start in range(0, len(ids), CHUNK):
        some = ids[start : start + CHUNK]
        session.execute(
            delete(JudgementRow).where(
                or_(JudgementRow.left.in_(some), JudgementRow.right.in_(some)), JudgementRow.by == MACHINE
            )
        )
        session.execute(delete(MentionRow).where(MentionRow.id.in_(some)))


def move(session: Session, moved: Mapping[str, str | None], now: dt.datetime) -> None:
    """Texts are forgotten: what a human said goes on to the text at the same address (None: there is none).

    The text that takes them is read again, since it may have been read without them.
    """
    ids = sorted(moved)
    for start in range(0, len(ids), CHUNK):
        rows = session.scalars(
            select(MentionRow).where(MentionRow.article_id.in_(ids[start : start + CHUNK]))
        ).all()
        held: dict[str, list[MentionRow]] = defaultdict(list)
        for row in rows:
            held[row.article_id].append(row)
        kept = _traces_of(session, held)
        forget(session, rows, now)
        spoken = {row.id for row in rows if row.verdict is not None} | spoken_of(session, rows)
        into: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            successor = moved[row.article_id]
            if row.id in spoken and successor is not None:
                into[successor].append(row.id)
                left = {**kept.get(row.id, row.traces), "spans": []}  # they are of the other text
                session.execute(update(MentionRow).where(MentionRow.id == row.id).values(traces=left))
        for successor, some in sorted(into.items()):
            session.execute(
                update(MentionRow).where(MentionRow.id.in_(some)).values(article_id=successor, unresolved=True)
            )
            session.execute(update(ArticleRow).where(ArticleRow.id == successor).values(read_version=0))


def seen_earlier(session: Session, fetched: Mapping[str, dt.datetime]) -> None:
    """A text turned out to have been there earlier: so were its mentions."""
    ids = sorted(fetched)
    for start in range(0, len(ids), CHUNK):
        query = select(MentionRow.id, MentionRow.article_id, MentionRow.first_seen)
        query = query.where(MentionRow.article_id.in_(ids[start : start + CHUNK]))
        for row in session.execute(query).all():
            if row.first_seen > fetched[row.article_id]:
                earlier = fetched[row.article_id]
                session.execute(update(MentionRow).where(MentionRow.id == row.id).values(first_seen=earlier))


def adopt(database: Database, now: dt.datetime) -> int:
    """Make mentions for accused who were stored before there were any; returns how many. Idempotent."""
    done = 0
    while n := database.transact(lambda session: _adopt(session, now)):
        done += n
    return done


def _adopt(session: Session, now: dt.datetime) -> int:
    without = select(AccusedRow.article_id).where(AccusedRow.mention_id.is_(None)).distinct()
    ids = session.scalars(without.order_by(AccusedRow.article_id).limit(ADOPTED)).all()
    if not ids:
        return 0
    session.execute(select(ArticleRow.id).where(ArticleRow.id.in_(ids)).with_for_update()).all()
    offences: dict[tuple[str, int], list[str]] = defaultdict(list)
    for row in session.scalars(select(OffenceRow).where(OffenceRow.article_id.in_(ids))):
        offences[row.article_id, row.n].append(row.offence.value)
    reports = {
        row.article_id: row for row in session.scalars(select(ReportRow).where(ReportRow.article_id.in_(ids)))
    }
    fetched = select(CopyRow.article_id, func.min(CopyRow.fetched_at)).where(CopyRow.article_id.in_(ids))
    seen = {one: at for one, at in session.execute(fetched.group_by(CopyRow.article_id))}  # noqa: C416 - has keys()
    people: dict[str, list[AccusedRow]] = defaultdict(list)
    query = select(AccusedRow).where(AccusedRow.article_id.in_(ids)).order_by(AccusedRow.article_id, AccusedRow.n)
    for one in session.scalars(query):
        people[one.article_id].append(one)
    made = []
    for article_id, stored in sorted(people.items()):
        ids_of = named(article_id, ((one.name, tuple(one.aliases)) for one in stored))
        for one, new in zip(stored, ids_of, strict=True):
            if one.mention_id is not None:
                continue
            machine = {name: getattr(one, name) for name in FACT_FIELDS if name != "offences"}
            machine |= {"stage": one.stage.value, "offences": sorted(offences[article_id, one.n])}
            made.append(
                {
                    "id": new.id, "article_id": article_id, "n": one.n, "name": one.name,
                    "digests": digests((one.name, *one.aliases)), "machine": machine, "score": one.score,
                    "extractor_version": reports[article_id].extractor_version,
                    "urgency": urgency(one.score, one.stage) if reports[article_id].relevant else 0.0,
                    "first_seen": seen.get(article_id, now),
                    "reopened": False, "unresolved": True,
                }
            )  # fmt: skip
            one.mention_id = new.id
    session.execute(insert_into(session, MentionRow.__table__).on_conflict_do_nothing(), made)
    session.flush()
    return len(made)


def _named(article_id: str, people: Iterable[Accused]) -> list[Any]:
    return named(article_id, ((one.name, one.aliases) for one in people))


def _as_held(row: MentionRow) -> Held:
    reviewed, human = row.reviewed_original or {}, row.human or {}
    every = [row.machine, reviewed, human]
    return Held(
        id=row.id,
        names=tuple(dict.fromkeys(one["name"] for one in every if one.get("name"))),
        aliases=tuple(dict.fromkeys(alias for one in every for alias in one.get("aliases") or ())),
        decided=row.verdict is not None,
    )


def _names_in(human: Mapping[str, Any] | None) -> tuple[str, ...]:
    said = human or {}
    return (*((said["name"],) if said.get("name") else ()), *(said.get("aliases") or ()))


def _forgotten(rows: Iterable[MentionRow], near: Iterable[Gone] = ()) -> Forgotten:
    """Who may not be stored: of the text itself, and of near-equal ones."""
    reasons: dict[str, RejectReason | None] = {}
    spans: dict[tuple[int, int], RejectReason | None] = {}
    beside: set[str] = set()
    for one in near:
        reasons |= dict.fromkeys(one.digests, one.reason)
    for row in sorted(rows, key=lambda row: row.id):
        if is_forgotten(row):
            reasons |= dict.fromkeys(row.digests, row.reject_reason)
            spans |= dict.fromkeys(map(tuple, row.traces.get("spans", ())), row.reject_reason)
            beside |= set(row.traces.get("beside", ()))
    return Forgotten(reasons=reasons, spans=spans, beside=frozenset(beside))


def _names(report: CaseReport) -> list[str]:
    return [form for one in report.named for form in (one.name, *one.aliases)]


def _traces_of(session: Session, held: Mapping[str, Sequence[MentionRow]]) -> dict[str, dict[str, Any]]:
    """What to keep of who was decided on since the last reading; nothing of whose decision was taken back."""
    every = [row for rows in held.values() for row in rows]
    found: dict[str, dict[str, Any]] = {row.id: {} for row in every if row.verdict is None and row.traces}
    decided = {row.id: row for row in every if row.verdict is not None}
    for key, fresh in traces(session, decided.values()).items():
        before = decided[key].traces
        spans = sorted({*map(tuple, fresh["spans"]), *map(tuple, before.get("spans", ()))})
        found[key] = {**(before or fresh), "spans": [list(span) for span in spans]}
    return {key: kept for key, kept in found.items() if kept != (decided[key].traces if key in decided else None)}
