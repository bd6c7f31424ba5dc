"""How long what is kept, and how it goes: the policy of docs/retention.md, applied in small transactions.

Refuses to delete in silence: every transaction leaves a line of the log with its counts.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, case, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from extraction.model.terms import CLEARED_STAGES
from storage.archive import Archive
from storage.audit import note
from storage.clients import forget_accesses, old_accesses
from storage.database import Database
from storage.erasure import (
    NEVER_AGAIN,
    black_out,
    drop_facts,
    drop_judgements,
    drop_person,
    erase,
    forms_of,
)
from storage.records.people import MACHINE, Verdict
from storage.stale import CHUNK
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.facts import AccusedRow, EvidenceRow, ReportRow
from storage.tables.pages import PageRow
from storage.tables.people import JudgementRow, MentionRow, PartyRow, PersonRow, TakedownRow, UserRow
from storage.withholding import of_mentions, standing

log = logging.getLogger(__name__)

BATCH = 100
"""Records, persons or texts in one transaction."""
ACCESSES = 10_000
"""Accesses in one transaction: they are small, there are millions, and each transaction is a line of the log."""
REASON = "retention: the proceedings ended without conviction"
"""What a takedown says that holds the digests of a person whose name went."""
Advance = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionPolicy:
    """Days after which each kind goes (settings `retain_..._days`); below `min_score` a record is doubtful."""

    pages_days: int
    rejected_days: int
    cleared_days: int
    doubtful_days: int
    users_days: int
    accesses_days: int
    min_score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class RetentionCounts:
    """What goes, or went: archive files with their pages and bytes, texts, records, persons, users, accesses."""

    page_files: int = 0
    pages: int = 0
    bytes: int = 0
    texts: int = 0
    rejected: int = 0
    cleared: int = 0
    unreviewed: int = 0
    users: int = 0
    accesses: int = 0

    @property
    def total(self) -> int:
        """Things of any kind; bytes and pages stand for their files."""
        records = self.rejected + self.cleared + self.unreviewed
        return self.page_files + self.texts + records + self.users + self.accesses


@dataclass(frozen=True, kw_only=True, slots=True)
class _Due:
    """Ids of everything that is due."""

    files: tuple[tuple[str, int], ...]  # name, pages of it that are not marked yet
    texts: tuple[str, ...]
    rejected: tuple[str, ...]
    cleared: tuple[str, ...]
    unreviewed: tuple[str, ...]
    users: tuple[str, ...]


class Retention:
    """The policy, to be looked at or applied."""

    def __init__(self, database: Database, archive: Archive) -> None:
        self._database = database
        self._archive = archive

    def plan(self, policy: RetentionPolicy, now: dt.datetime) -> RetentionCounts:
        """What `prune` would take now; changes nothing.

        Texts may grow by those whose last record goes in the same run.
        """
        with self._database.read() as session:
            due = _due(session, policy, now, self._archive.folder)
            accesses = old_accesses(session, _last_kept(policy, now))
        return RetentionCounts(
            page_files=len(due.files), pages=sum(n for _, n in due.files),
            bytes=sum(self._size(name) for name, _ in due.files), texts=len(due.texts),
            rejected=len(due.rejected), cleared=len(due.cleared), unreviewed=len(due.unreviewed),
            users=len(due.users), accesses=accesses,
        )  # fmt: skip

    def prune(
        self, policy: RetentionPolicy, now: dt.datetime, by: str = MACHINE, advance: Advance = lambda _: None
    ) -> RetentionCounts:
        """Take everything that is due. Can be killed at any time, and run again."""
        with self._database.read() as session:
            due = _due(session, policy, now, self._archive.folder)
        run = _Run(self._database, by, now, advance)
        rejected = run.each("rejected", due.rejected, _erase_rejected)
        unreviewed = run.each(
            "unreviewed", due.unreviewed, lambda session, ids: _delete_unreviewed(session, ids, now)
        )
        cleared = run.each("cleared", due.cleared, lambda session, ids: _forget_cleared(session, ids, now))
        users = run.each("users", due.users, _forget_users)
        accesses = run.until_none(
            "accesses", lambda session: forget_accesses(session, _last_kept(policy, now), ACCESSES)
        )
        with self._database.read() as session:  # what stood in the way until now may be gone
            due = _due(session, policy, now, self._archive.folder)
        texts = run.each("texts", due.texts, _empty_texts)
        size = sum(self._remove(run, name, pages) for name, pages in due.files)
        done = RetentionCounts(
            page_files=len(due.files), pages=sum(n for _, n in due.files), bytes=size, texts=texts,
            rejected=rejected, cleared=cleared, unreviewed=unreviewed, users=users, accesses=accesses,
        )  # fmt: skip
        log.info("retention.pruned %s", " ".join(f"{one.name}={getattr(done, one.name)}" for one in fields(done)))
        return done

    def _size(self, name: str) -> int:
        path = self._archive.folder / name
        return path.stat().st_size if path.is_file() else 0

    def _remove(self, run: _Run, name: str, pages: int) -> int:
        """Mark the pages of a file, then remove it: a kill in between leaves a file that the next run removes."""
        size = self._size(name)
        run.once({"page_files": 1, "pages": pages, "bytes": size}, lambda session: _mark_pages(session, name))
        (self._archive.folder / name).unlink(missing_ok=True)
        return size


@dataclass(frozen=True, slots=True)
class _Run:
    """Work in transactions of `BATCH`, each with its line of the log."""

    database: Database
    by: str
    now: dt.datetime
    advance: Advance

    def each(self, kind: str, ids: Sequence[str], work: Callable[[Session, list[str]], int]) -> int:
        done = 0
        for start in range(0, len(ids), BATCH):
            some = list(ids[start : start + BATCH])
            done += self.database.transact(lambda session, some=some: self._noted(session, kind, some, work))  # type: ignore[misc]
            self.advance(len(some))
        return done

    def until_none(self, kind: str, work: Callable[[Session], int]) -> int:
        """Repeat what takes a batch at a time by itself; returns how many went."""
        done = 0
        while n := self.database.transact(
            lambda session: self._noted(session, kind, [], lambda one, _: work(one))
        ):
            done += n
            self.advance(n)
        return done

    def once(self, counts: dict[str, int], work: Callable[[Session], None]) -> None:
        def noted(session: Session) -> None:
            work(session)
            note(session, self.by, "prune", "prune", counts, self.now)

        self.database.transact(noted)
        self.advance(1)

    def _noted(
        self, session: Session, kind: str, ids: list[str], work: Callable[[Session, list[str]], int]
    ) -> int:
        done = work(session, ids)
        if done:
            note(session, self.by, "prune", "prune", {kind: done}, self.now)
        return done


def _last_kept(policy: RetentionPolicy, now: dt.datetime) -> dt.datetime:
    return now - dt.timedelta(days=policy.accesses_days)


def _due(session: Session, policy: RetentionPolicy, now: dt.datetime, folder: Path) -> _Due:
    def before(days: int) -> dt.datetime:
        return now - dt.timedelta(days=days)

    return _Due(
        files=tuple(_old_files(session, before(policy.pages_days), folder)),
        texts=tuple(session.scalars(_old_texts(before(policy.pages_days)))),
        rejected=tuple(session.scalars(_old_rejected(before(policy.rejected_days)))),
        cleared=tuple(_long_cleared(session, before(policy.cleared_days))),
        unreviewed=tuple(_old_doubtful(session, before(policy.doubtful_days), policy.min_score)),
        users=tuple(
            session.scalars(
                select(UserRow.name)
                .where(UserRow.disabled_at < before(policy.users_days), UserRow.token_hash != "")
                .order_by(UserRow.name)
            )
        ),
    )


def _old_files(session: Session, before: dt.datetime, folder: Path) -> list[tuple[str, int]]:
    """Files of the archive in which every page is old, was tried, and proves nothing that we hold."""
    proves = exists().where(CopyRow.page_id == PageRow.id, CopyRow.article_id == AccusedRow.article_id)
    waiting = (PageRow.text_version == 0) & PageRow.quarantined.is_(False)
    query = (
        select(PageRow.file, func.sum(case((PageRow.text_version < NEVER_AGAIN, 1), else_=0)))
        .group_by(PageRow.file)
        .having(
            func.max(PageRow.fetched_at) < before, func.max(case((waiting, 1), else_=0)) == 0,
            func.max(case((proves, 1), else_=0)) == 0,
        )
        .order_by(PageRow.file)
    )  # fmt: skip
    found = [(str(name), int(n)) for name, n in session.execute(query)]
    return [(name, n) for name, n in found if n or (folder / name).is_file()]


def _old_texts(before: dt.datetime) -> Any:
    """Texts that were read, that no address has shown since, and out of which nothing stands."""
    fresh = exists().where(CopyRow.article_id == ArticleRow.id, CopyRow.fetched_at >= before)
    held = exists().where(CopyRow.article_id == ArticleRow.id)
    stands = exists().where(AccusedRow.article_id == ArticleRow.id)
    named = exists().where(MentionRow.article_id == ArticleRow.id, MentionRow.name.is_not(None))
    query = select(ArticleRow.id).where(
        ArticleRow.text != "", ArticleRow.read_version > 0, held, ~fresh, ~stands, ~named
    )
    return query.order_by(ArticleRow.id)


def _old_rejected(before: dt.datetime) -> Any:
    query = select(MentionRow.id).where(
        MentionRow.verdict == Verdict.REJECTED, MentionRow.reviewed_at < before, MentionRow.name.is_not(None)
    )
    return query.order_by(MentionRow.id)


def _old_doubtful(session: Session, before: dt.datetime, min_score: float) -> list[str]:
    """Records below the score that no human spoke of; a doubtful acquittal stays while its person is listed."""
    rows = session.scalars(
        select(MentionRow)
        .where(MentionRow.verdict.is_(None), MentionRow.score < min_score, MentionRow.first_seen < before)
        .where(MentionRow.name.is_not(None), ~_judged_by_human())
        .order_by(MentionRow.id)
    ).all()
    taken = frozenset[str]().union(*(down.mentions for down in standing(session)))
    return [row.id for row in rows if row.id not in taken and not _speaks_for(session, row)]


def _judged_by_human() -> ColumnElement[bool]:
    edge = or_(JudgementRow.left == MentionRow.id, JudgementRow.right == MentionRow.id)
    return exists().where(edge, JudgementRow.by != MACHINE, JudgementRow.undone_at.is_(None))


def _speaks_for(session: Session, row: MentionRow) -> bool:
    if row.person_id is None or row.machine.get("stage") not in {stage.value for stage in CLEARED_STAGES}:
        return False
    others = select(func.count()).where(MentionRow.person_id == row.person_id, MentionRow.id != row.id)
    return bool(session.scalar(others))


def _long_cleared(session: Session, before: dt.datetime) -> list[str]:
    """Persons cleared in every case, without doubt, of whom nothing was heard since; and who was read again."""
    open_party = exists().where(
        PartyRow.person_id == PersonRow.id, or_(PartyRow.cleared.is_(False), PartyRow.doubtful.is_(True))
    )
    waiting = exists().where(MentionRow.person_id == PersonRow.id, MentionRow.unresolved.is_(True))
    query = (
        select(PersonRow.id, PersonRow.stage_date)
        .where(PersonRow.stage.in_(sorted(CLEARED_STAGES)), PersonRow.last_seen < before, ~open_party, ~waiting)
        .order_by(PersonRow.id)
    )
    limit = before.date().isoformat()
    found = [str(one) for one, date in session.execute(query) if date is None or date[:10] < limit]
    return [*found, *(f"t-{takedown}" for takedown in _read_again(session))]


def _read_again(session: Session) -> list[int]:
    """Takedowns of ours whose records have a name again, because their text was read anew."""
    found = []
    query = select(TakedownRow.id, TakedownRow.mention_ids).where(
        TakedownRow.by == MACHINE, TakedownRow.lifted_at.is_(None)
    )
    for takedown, ids in session.execute(query.order_by(TakedownRow.id)).all():
        named = select(func.count()).where(MentionRow.id.in_(ids), MentionRow.name.is_not(None))
        if session.scalar(named):
            found.append(takedown)
    return found


def _mentions(session: Session, ids: Collection[str]) -> list[MentionRow]:
    ordered = sorted(ids)
    return [
        row
        for start in range(0, len(ordered), CHUNK)
        for row in session.scalars(select(MentionRow).where(MentionRow.id.in_(ordered[start : start + CHUNK])))
    ]


def _erase_rejected(session: Session, ids: list[str]) -> int:
    rows = [row for row in _mentions(session, ids) if row.verdict is Verdict.REJECTED and row.name is not None]
    erase(session, rows)
    return len(rows)


def _delete_unreviewed(session: Session, ids: list[str], now: dt.datetime) -> int:
    rows = [row for row in _mentions(session, ids) if row.verdict is None]
    drop_facts(session, rows)
    gone = [row.id for row in rows]
    drop_judgements(session, gone)
    people = sorted({row.person_id for row in rows if row.person_id is not None})
    session.execute(update(MentionRow).where(MentionRow.person_id.in_(people)).values(unresolved=True))
    session.execute(delete(MentionRow).where(MentionRow.id.in_(gone)))
    for person_id in people:
        if not session.scalar(select(func.count()).where(MentionRow.person_id == person_id)):
            drop_person(session, person_id, now)
    return len(rows)


def _forget_cleared(session: Session, ids: list[str], now: dt.datetime) -> int:
    done = 0
    for one in ids:
        if one.startswith("t-"):
            row = session.get(TakedownRow, int(one[2:]))
            mentions = [] if row is None else _mentions(session, row.mention_ids)
        else:
            mentions = list(session.scalars(select(MentionRow).where(MentionRow.person_id == one)))
        done += _forget_person(session, one, mentions, now)
    return done


def _forget_person(session: Session, person_id: str, mentions: list[MentionRow], now: dt.datetime) -> int:
    """Names, aliases and facts go; a takedown keeps the digests, so that an old story does not list them anew."""
    if not mentions:
        return 0
    forms = {form for row in mentions for form in forms_of(row)}
    person = session.get(PersonRow, person_id)
    if person is not None:
        forms |= {person.name, *person.aliases}
        one = of_mentions(session, mentions, forms, MACHINE, now)
        if not any(one.mentions & down.mentions or person_id in down.persons for down in standing(session)):
            session.add(
                TakedownRow(
                    person_id=person_id, reason=REASON, mention_ids=sorted(one.mentions),
                    digests=sorted(one.digests), countries=sorted(one.countries), by=MACHINE, at=now,
                )
            )  # fmt: skip
            session.flush()
    articles = {row.article_id for row in mentions}
    erase(session, mentions)
    black_out(session, articles, forms)
    if person is not None:
        drop_person(session, person_id, now)
    return 1


def _forget_users(session: Session, names: list[str]) -> int:
    disabled = UserRow.name.in_(names) & UserRow.disabled_at.is_not(None)
    session.execute(update(UserRow).where(disabled).values(token_hash="", last_login=None))
    return len(names)


def _empty_texts(session: Session, ids: list[str]) -> int:
    """Text, titles and quotes go; that the story was read, and as what, stays for the counts."""
    session.execute(delete(EvidenceRow).where(EvidenceRow.article_id.in_(ids)))
    session.execute(update(ReportRow).where(ReportRow.article_id.in_(ids)).values(title=None))
    session.execute(update(CopyRow).where(CopyRow.article_id.in_(ids)).values(title=None, author=None))
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.id.in_(ids))
        .values(text="", text_version=NEVER_AGAIN, read_version=NEVER_AGAIN)
    )
    return len(ids)


def _mark_pages(session: Session, name: str) -> None:
    """The rows stay, for the counts and so that nobody fetches the pages again; they are never read again."""
    session.execute(update(PageRow).where(PageRow.file == name).values(text_version=NEVER_AGAIN, feed_title=None))
