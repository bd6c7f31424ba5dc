"""Texts, the addresses that hold them, and the facts read out of them, each stamped with its version.

Refuses an older version over a newer one, and facts of a text that no address holds any more.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from extraction.model import Article, CaseReport, Quarantine
from extraction.version import version_key
from storage import rereading
from storage.counting import insert_into
from storage.database import Database
from storage.errors import UnknownRecord
from storage.facts import FactRows
from storage.mentions import Readings, seen_earlier
from storage.pages import article_quarantine, store_quarantine
from storage.records.pages import SavedArticle
from storage.stale import chunks, mark, months_of_stories
from storage.superseding import forget_orphans
from storage.tables.articles import ArticleRow, CopyRow
from storage.tables.base import address_key
from storage.tables.facts import ReportRow
from storage.tables.pages import PageRow, QuarantineRow

log = logging.getLogger(__name__)

BATCH = 200
"""Articles in one transaction: 20 times faster than one each, and short enough that other writers hardly wait."""


class Articles:
    """Articles and reports. The plural methods are the fast ones: one transaction for each `BATCH`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, article: Article, page_id: int | None, version: str, now: dt.datetime) -> SavedArticle:
        """Store one article as what its address holds now. See `save_many`."""
        return self.save_many([(article, page_id)], version, now)[0]

    def save_many(
        self, articles: Sequence[tuple[Article, int | None]], version: str, now: dt.datetime
    ) -> list[SavedArticle]:
        """Store articles with the page each came from; idempotent, and the order of deliveries does not matter.

        An address (canonical URL) holds one text: the one of the newest text version, then of the newest fetch. A
        text that no address holds any more is forgotten with its facts. Without a page, `now` is the fetch.
        """
        text_version, _ = version_key(version)
        saved: list[SavedArticle] = []
        for start in range(0, len(articles), BATCH):
            batch = articles[start : start + BATCH]
            saved += self._database.transact(lambda session, b=batch: _save(session, b, text_version, now))  # type: ignore[misc]
        return saved

    def unread(self, version: str, limit: int) -> list[Article]:
        """Articles that no reader of this version (or a newer one) has tried."""
        _, read_version = version_key(version)
        held = select(CopyRow.article_id).where(CopyRow.article_id == ArticleRow.id)
        query = (
            select(ArticleRow)
            .where(ArticleRow.read_version < read_version, held.exists())
            .order_by(ArticleRow.read_version, ArticleRow.id)
            .limit(limit)
        )
        with self._database.read() as session:
            return articles_of(session, session.scalars(query).all())

    def waiting(self, version: str) -> int:
        """How many articles `unread` would give in all; no text is loaded for it."""
        held = select(CopyRow.article_id).where(CopyRow.article_id == ArticleRow.id)
        query = select(func.count()).where(ArticleRow.read_version < version_key(version)[1], held.exists())
        with self._database.read() as session:
            return session.scalars(query).one()

    def get(self, article_id: str) -> Article | None:
        """One article as its earliest copy describes it; None when it is not known (any more)."""
        with self._database.read() as session:
            found = articles_of(
                session, session.scalars(select(ArticleRow).where(ArticleRow.id == article_id)).all()
            )
        return found[0] if found else None

    def urls(self, article_id: str) -> list[str]:
        """Every address that holds this text, the earliest first."""
        query = select(CopyRow.url).where(CopyRow.article_id == article_id)
        with self._database.read() as session:
            return list(session.scalars(query.order_by(CopyRow.fetched_at, CopyRow.address_key)))

    def save_report(self, report: CaseReport, now: dt.datetime) -> bool:
        """Replace all facts of one article. See `save_reports`."""
        return self.save_reports([report], now) == 1

    def save_reports(self, reports: Sequence[CaseReport], now: dt.datetime) -> int:
        """Replace all facts of these articles; returns how many were written.

        Not written are a report of an older version than the stored one, and one of a text that is not held any
        more. `CaseReport.others` is used to mask names in quotes and then dropped.
        """
        written = 0
        for start in range(0, len(reports), BATCH):
            batch = reports[start : start + BATCH]
            written += self._database.transact(lambda session, b=batch: _save_reports(session, b, now))  # type: ignore[misc]
        return written

    def quarantine(self, article_id: str, quarantine: Quarantine, version: str, now: dt.datetime) -> None:
        """Note that the reader failed on an article; a newer version will be given it again."""
        key = version_key(version)

        def work(session: Session) -> None:
            row = session.get(ArticleRow, article_id)
            if row is None:
                raise UnknownRecord(f"The database has no article {article_id}.", "Save the article first.")
            if row.read_version <= key[1]:
                row.read_version = key[1]
                store_quarantine(session, article_quarantine(article_id, quarantine, key, now))

        self._database.transact(work)


def articles_of(session: Session, rows: Sequence[ArticleRow]) -> list[Article]:
    """Articles of rows, in their order, each described by its earliest copy."""
    copies = earliest_copies(session, [row.id for row in rows])
    return [_article(row, copies[row.id]) for row in rows if row.id in copies]


def earliest_copies(session: Session, article_ids: Sequence[str]) -> dict[str, CopyRow]:
    """The copy that stands for each article: the first fetched, ties by address."""
    copies: dict[str, CopyRow] = {}
    for start in range(0, len(article_ids), 500):
        query = select(CopyRow).where(CopyRow.article_id.in_(article_ids[start : start + 500]))
        for copy in session.scalars(query.order_by(CopyRow.fetched_at, CopyRow.address_key)):
            copies.setdefault(copy.article_id, copy)
    return copies


def _save(
    session: Session, batch: Sequence[tuple[Article, int | None]], text_version: int, now: dt.datetime
) -> list[SavedArticle]:
    fetched = _fetch_times(session, [page_id for _, page_id in batch if page_id is not None])
    keys = [address_key(article.canonical_url or article.url) for article, _ in batch]
    held = {
        row.address_key: (row.text_version, row.fetched_at, row.article_id)
        for row in session.execute(
            select(CopyRow.address_key, CopyRow.text_version, CopyRow.fetched_at, CopyRow.article_id).where(
                CopyRow.address_key.in_(set(keys))
            )
        )
    }
    known = set(session.scalars(select(ArticleRow.id).where(ArticleRow.id.in_({one.id for one, _ in batch}))))
    stored = frozenset(known)
    results: list[SavedArticle] = []
    texts: dict[str, dict[str, Any]] = {}
    copies: dict[str, dict[str, Any]] = {}
    replaced: dict[str, str] = {}  # address by the text that it held
    for (article, page_id), key in zip(batch, keys, strict=True):
        at = now if page_id is None else fetched[page_id][1]
        rank = (text_version, at, article.id)
        before = held.get(key)
        if before is not None and before > rank:
            results.append(SavedArticle(article_id=article.id, is_new=False, current=False))
            continue
        if before is not None and before[2] != article.id:
            replaced[before[2]] = min(key, replaced.get(before[2], key))
        held[key] = rank
        results.append(SavedArticle(article_id=article.id, is_new=article.id not in known))
        known.add(article.id)
        texts[article.id] = {
            "id": article.id, "text": article.text, "text_version": text_version, "read_version": 0,
        }  # fmt: skip
        copies[key] = _copy(article, key, page_id, at, text_version)
    earlier = months_of_stories(
        session, (stored & texts.keys()) | replaced.keys()
    )  # a new text stands nowhere yet
    after = {(one["source_id"], one["fetched_at"].date()) for one in copies.values()}
    pages = {(source_id, at.date()) for source_id, at in fetched.values()}
    mark(session, earlier | pages | {(source_id, day) for source_id, day in after if source_id is not None})
    _write(session, texts, copies)
    seen_earlier(
        session, {one["article_id"]: one["fetched_at"] for one in _earliest(copies) if one["article_id"] in stored}
    )
    forget_orphans(session, {text: held[key][2] for text, key in replaced.items()}, now)
    _mark_pages(session, sorted(fetched), text_version)
    return results


def _earliest(copies: Mapping[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Copies in the order in which the last of each text is its earliest."""
    return sorted(copies.values(), key=lambda one: one["fetched_at"], reverse=True)


def _fetch_times(session: Session, page_ids: Sequence[int]) -> dict[int, tuple[str, dt.datetime]]:
    """Source and time of each page."""
    if not page_ids:
        return {}
    query = select(PageRow.id, PageRow.source_id, PageRow.fetched_at).where(PageRow.id.in_(set(page_ids)))
    found = {row.id: (row.source_id, row.fetched_at) for row in session.execute(query)}
    missing = set(page_ids) - found.keys()
    if missing:
        raise UnknownRecord(f"The database has no page {min(missing)}.", "Keep the page before its article.")
    return found


def _copy(
    article: Article, key: str, page_id: int | None, fetched_at: dt.datetime, text_version: int
) -> dict[str, Any]:
    return {
        "address_key": key, "article_id": article.id, "page_id": page_id, "source_id": article.source,
        "country": article.country, "url": article.url, "canonical_url": article.canonical_url,
        "title": article.title, "published": article.published, "published_rule": article.published_rule,
        "language": article.language, "language_score": article.language_score, "author": article.author,
        "fetched_at": fetched_at, "text_version": text_version,
    }  # fmt: skip


def _write(session: Session, texts: dict[str, dict[str, Any]], copies: dict[str, dict[str, Any]]) -> None:
    if texts:
        statement = insert_into(session, ArticleRow.__table__)
        new = statement.excluded
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["id"],
                set_={"text_version": new.text_version, "read_version": 0},
                where=ArticleRow.text_version < new.text_version,
            ),
            [texts[key] for key in sorted(texts)],
        )
    if copies:
        statement = insert_into(session, CopyRow.__table__)
        new = statement.excluded
        rank = ("text_version", "fetched_at", "article_id")
        table = CopyRow.__table__.c
        columns = [column.name for column in table if column.name not in {"address_key", "names_others"}]
        same = and_(table.article_id == new.article_id, table.url == new.url)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["address_key"],
                set_={name: new[name] for name in columns}
                | {"names_others": case((same, table.names_others), else_=None)},
                where=tuple_(*(CopyRow.__table__.c[name] for name in rank))
                <= tuple_(*(new[name] for name in rank)),
            ),
            [copies[key] for key in sorted(copies)],
        )


def _mark_pages(session: Session, page_ids: Sequence[int], text_version: int) -> None:
    if not page_ids:
        return
    session.execute(
        update(PageRow)
        .where(PageRow.id.in_(page_ids), PageRow.text_version <= text_version)
        .where(or_(PageRow.text_version < text_version, PageRow.quarantined.is_(True)))
        .values(text_version=text_version, quarantined=False)
    )
    subjects = [f"page:{page_id}" for page_id in page_ids]
    session.execute(
        delete(QuarantineRow).where(
            QuarantineRow.subject.in_(subjects), QuarantineRow.text_version <= text_version
        )
    )


def _save_reports(session: Session, batch: Sequence[CaseReport], now: dt.datetime) -> int:
    newest: dict[str, CaseReport] = {}
    for report in batch:
        before = newest.get(report.article_id)
        if before is None or version_key(before.extractor_version) <= version_key(report.extractor_version):
            newest[report.article_id] = report
    ids = sorted(newest)
    texts = select(ArticleRow.id, ArticleRow.text).where(ArticleRow.id.in_(ids)).with_for_update()
    held = {article_id: text for article_id, text in session.execute(texts)}  # noqa: C416 - has keys()
    stored = {
        row.article_id: (row.text_version, row.read_version)
        for row in session.execute(
            select(ReportRow.article_id, ReportRow.text_version, ReportRow.read_version).where(
                ReportRow.article_id.in_(ids)
            )
        )
    }
    earlier = rereading.readings(session, sorted(stored))
    titles, months, seen = _titles(session, sorted(held))
    rows = FactRows()
    written = [
        report
        for key, report in sorted(newest.items())
        if key in held and stored.get(key, (0, 0)) <= version_key(report.extractor_version)
    ]
    first_seen = {report.article_id: seen.get(report.article_id, now) for report in written}
    readings = Readings(session, written, first_seen)
    tells = {
        report.article_id: rows.add(
            report, titles.get(report.article_id), readings, now, text=held[report.article_id]
        )
        for report in written
    }
    _read_addresses(session, tells)
    _replace(session, [report.article_id for report in written if report.article_id in stored])
    rows.write(session)
    readings.write(session, now)
    mark(session, {month for report in written for month in months.get(report.article_id, ())})
    rereading.note(session, earlier, rereading.readings(session, sorted(earlier)))
    for read_version in sorted({version_key(report.extractor_version)[1] for report in written}):
        done = [one.article_id for one in written if version_key(one.extractor_version)[1] == read_version]
        _mark_read(session, done, read_version)
    log.debug("facts.saved written=%d refused=%d", len(written), len(newest) - len(written))
    return len(written)


def _read_addresses(session: Session, tells: Mapping[str, Callable[[str], bool]]) -> None:
    """Note of every address of these texts whether it holds a name that no list may give."""
    query = select(CopyRow.address_key, CopyRow.article_id, CopyRow.url, CopyRow.names_others)
    found: dict[bool, list[str]] = {True: [], False: []}
    for some in chunks(tells):
        for key, article_id, url, before in session.execute(query.where(CopyRow.article_id.in_(some))):
            now = tells[article_id](url)
            if now is not before:
                found[now].append(key)
    for said, keys in found.items():
        for some in chunks(keys):
            session.execute(update(CopyRow).where(CopyRow.address_key.in_(some)).values(names_others=said))


def _titles(
    session: Session, article_ids: Sequence[str]
) -> tuple[dict[str, str | None], dict[str, list[tuple[str, dt.date]]], dict[str, dt.datetime]]:
    """The title of each text's first copy, source and day of all its copies, and when it was first fetched."""
    query = select(CopyRow.article_id, CopyRow.title, CopyRow.source_id, CopyRow.fetched_at)
    query = query.where(CopyRow.article_id.in_(article_ids)).order_by(CopyRow.fetched_at, CopyRow.address_key)
    titles: dict[str, str | None] = {}
    held: dict[str, list[tuple[str, dt.date]]] = {}
    first: dict[str, dt.datetime] = {}
    for article_id, title, source_id, at in session.execute(query):
        titles.setdefault(article_id, title)
        first.setdefault(article_id, at)
        if source_id is not None:
            held.setdefault(article_id, []).append((source_id, at.date()))
    return titles, held, first


def _replace(session: Session, article_ids: Sequence[str]) -> None:
    if article_ids:
        session.execute(delete(ReportRow).where(ReportRow.article_id.in_(article_ids)))


def _mark_read(session: Session, article_ids: Iterable[str], read_version: int) -> None:
    ids = list(article_ids)
    session.execute(
        update(ArticleRow)
        .where(ArticleRow.id.in_(ids), ArticleRow.read_version < read_version)
        .values(read_version=read_version)
    )
    if session.execute(select(QuarantineRow.subject).limit(1)).first() is not None:
        released = QuarantineRow.subject.in_([f"article:{article_id}" for article_id in ids])
        session.execute(delete(QuarantineRow).where(released, QuarantineRow.read_version <= read_version))


def _article(row: ArticleRow, copy: CopyRow) -> Article:
    return Article(
        id=row.id, url=copy.url, text=row.text, title=copy.title, published=copy.published,
        published_rule=copy.published_rule, language=copy.language, language_score=copy.language_score,
        canonical_url=copy.canonical_url, source=copy.source_id, country=copy.country, author=copy.author,
    )  # fmt: skip
