"""The crawl's memory: which URLs are known, who holds which lease, and how each ended.

Refuses to forget: a URL stays for ever, and a lease that nobody completes comes back.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, cast
from urllib.parse import urlsplit

from sqlalchemy import CursorResult, Row, Table, and_, bindparam, func, or_, select, tuple_, update
from sqlalchemy.orm import Session

from storage.database import Database
from storage.hosts import CLOCK_TOLERANCE, HostSlots
from storage.records import FailureClass, Measure
from storage.tables.frontier import FrontierRow

# Core statements, not the ORM's: a crawl of one host writes hundreds of them a second.
_T = cast(Table, FrontierRow.__table__)

# PostgreSQL's b-tree holds 2,704 bytes an entry; no article of the shared page set has a URL over 400 characters.
MAX_URL_LENGTH = 2000
MAX_WAIT = dt.timedelta(days=1)
"""No URL waits longer: a `not_before` further off was set by a clock that was ahead, and is due at once."""
_CHUNK = 200  # rows an INSERT: far below SQLite's 32,766 variables


class LinkKind(StrEnum):
    """Where a URL was found."""

    FEED = "feed"
    SITEMAP = "sitemap"
    LISTING = "listing"
    REDIRECT = "redirect"


class UrlState(StrEnum):
    """`failed` is for good; a failure that may pass is `pending` with a later `not_before`."""

    PENDING = "pending"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


class LeaseOutcome(StrEnum):
    """How a lease ended when it ended well."""

    KEPT = "kept"
    DROPPED = "dropped"
    REDIRECTED = "redirected"


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A URL with what was seen beside it. `date` is as written there; `depth` counts steps from the source."""

    url: str
    canonical_url: str
    kind: LinkKind
    depth: int = 1
    title: str | None = None
    date: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """The right of `worker` to fetch one URL until `until`. `attempts` counts the failures before."""

    id: int
    source_id: str
    url: str
    canonical_url: str
    host: str
    kind: LinkKind
    depth: int
    hops: int
    title: str | None
    date: str | None
    attempts: int
    worker: str
    until: dt.datetime


class Counter(Protocol):
    """Counts one event of coverage inside the caller's transaction."""

    def __call__(  # noqa: PLR0917 - positional, so that it may be called from anywhere
        self, session: Session, source_id: str, day: dt.date, measure: Measure, reason: str, n: int, /
    ) -> None: ...


def url_key(canonical_url: str) -> int:
    """A signed 64-bit BLAKE2b hash: the seen-set's integer key."""
    digest = hashlib.blake2b(canonical_url.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def host_of(url: str) -> str:
    """`host:port` in lower case, the port only when it is written: what politeness counts as one host."""
    return urlsplit(url).netloc.rpartition("@")[2].lower()[:255]


def finish_lease(session: Session, lease: Lease, outcome: LeaseOutcome, now: dt.datetime) -> bool:
    """End a lease inside the caller's transaction. False when it is no longer ours: then the caller keeps quiet.

    `store.pages` calls this where it writes the page and its count, so that all three stand or none.
    """
    values = {"b_id": lease.id, "b_worker": lease.worker, "b_outcome": outcome.value, "b_now": now}
    return _rows(session.execute(_FINISH, values)) == 1


class Frontier:
    """URLs and leases; `hosts` says who may speak to a host. Every method is one short transaction."""

    def __init__(self, database: Database, count: Counter) -> None:
        self._database = database
        self._count = count
        self.hosts = HostSlots(database)

    def add(self, source_id: str, run_id: int | None, found: Sequence[Found], now: dt.datetime) -> int:
        """Remember URLs; those known already (to any source) stay as they are. Returns the number of new ones."""
        if not found:
            return 0
        with self._database.write() as session:
            return sum(
                _insert(
                    self._database,
                    session,
                    found[start : start + _CHUNK],
                    source_id=source_id,
                    run_id=run_id,
                    now=now,
                    hops=0,
                )
                for start in range(0, len(found), _CHUNK)
            )

    def lease(
        self,
        source_id: str,
        worker: str,
        now: dt.datetime,
        limit: int,
        lease: dt.timedelta,
        *,
        exclude_hosts: Iterable[str] = (),
    ) -> list[Lease]:
        """Take up to `limit` URLs of a source that are due, oldest first. Expired leases are taken too."""
        due = or_(
            and_(_T.c.state == UrlState.PENDING.value, _is_due(now)),
            and_(_T.c.state == UrlState.LEASED.value, _stale(now)),
        )
        chosen = (
            select(_T.c.id)
            .where(_T.c.source_id == source_id, due)
            .order_by(_T.c.attempts, _T.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        excluded = sorted(exclude_hosts)
        if excluded:
            chosen = chosen.where(_T.c.host.not_in(excluded))
        until = now + lease
        with self._database.write() as session:
            rows = session.execute(
                update(_T)
                .where(_T.c.id.in_(chosen.scalar_subquery()))
                .values(state=UrlState.LEASED.value, leased_by=worker, leased_at=now, leased_until=until)
                .returning(*_LEASE_COLUMNS)
            ).all()
        return [_lease(row, worker, until) for row in sorted(rows, key=lambda row: (row.attempts, row.id))]

    def renew(self, leases: Sequence[Lease], now: dt.datetime, lease: dt.timedelta) -> None:
        """Hold leases for longer; those that were lost stay lost."""
        with self._database.write() as session:
            for one in leases:
                session.execute(update(_T).where(*_ours(one)).values(leased_at=now, leased_until=now + lease))

    def complete(self, lease: Lease, outcome: LeaseOutcome, now: dt.datetime) -> bool:
        """End a lease that needs no page row. False when it was no longer ours."""
        with self._database.write() as session:
            return finish_lease(session, lease, outcome, now)

    def redirect(self, lease: Lease, found: Found, run_id: int | None, now: dt.datetime) -> bool:
        """End a lease because its URL led to another, which becomes due unless known. True when it is new."""
        with self._database.write() as session:
            if not finish_lease(session, lease, LeaseOutcome.REDIRECTED, now):
                return False
            return (
                _insert(
                    self._database,
                    session,
                    [found],
                    source_id=lease.source_id,
                    run_id=run_id,
                    now=now,
                    hops=lease.hops + 1,
                )
                == 1
            )

    def fail(
        self, lease: Lease, failure_class: FailureClass, now: dt.datetime, retry_at: dt.datetime | None
    ) -> bool:
        """Record a failure and count it. Due again at `retry_at`; None: failed for good."""
        again = retry_at is not None
        values: dict[str, Any] = {
            "state": (UrlState.PENDING if again else UrlState.FAILED).value,
            "failure": failure_class.value,
            "attempts": _T.c.attempts + 1,
            "not_before": min(retry_at, now + MAX_WAIT) if retry_at is not None else now,
            "finished_at": None if again else now,
            "leased_by": None,
            "leased_at": None,
            "leased_until": None,
        }
        with self._database.write() as session:
            ended = session.execute(update(_T).where(*_ours(lease)).values(**values))
            if _rows(ended) != 1:
                return False
            self._count(session, lease.source_id, now.date(), Measure.FETCH_FAILED, failure_class.value, 1)
        return True

    def release(self, leases: Sequence[Lease], now: dt.datetime, retry_at: dt.datetime | None = None) -> None:
        """Give leases back untouched: due again at once, or at `retry_at`."""
        if not leases:
            return
        due = now if retry_at is None else min(retry_at, now + MAX_WAIT)
        with self._database.write() as session:
            for one in leases:
                session.execute(update(_T).where(*_ours(one)).values(**_returned(), not_before=due))

    def expire(self, now: dt.datetime, dead_workers: Iterable[str] = ()) -> int:
        """Bring back leases that ran out, were taken in the future, or belong to a worker known to be dead."""
        stale = _stale(now)
        dead = sorted(dead_workers)
        if dead:
            stale = or_(stale, _T.c.leased_by.in_(dead))
        with self._database.write() as session:
            back = session.execute(
                update(_T).where(_T.c.state == UrlState.LEASED.value, stale).values(**_returned(), not_before=now)
            )
            return _rows(back)

    def holders(self) -> frozenset[str]:
        """Workers that hold a lease on a URL."""
        with self._database.read() as session:
            rows = session.execute(select(_T.c.leased_by).where(_T.c.state == UrlState.LEASED.value).distinct())
            return frozenset(name for (name,) in rows if name is not None)

    def seen(self, canonical_urls: Iterable[str]) -> set[str]:
        """Those of the URLs that the frontier knows, whatever became of them."""
        wanted = sorted(set(canonical_urls))
        known: set[str] = set()
        with self._database.read() as session:
            for start in range(0, len(wanted), _CHUNK):
                pairs = [(url_key(url), url) for url in wanted[start : start + _CHUNK]]
                rows = session.execute(
                    select(_T.c.canonical_url).where(tuple_(_T.c.url_key, _T.c.canonical_url).in_(pairs))
                )
                known.update(url for (url,) in rows)
        return known

    def pending(self, source_id: str, now: dt.datetime | None = None) -> int:
        """URLs of a source that wait (with `now`: that are due) or are held by somebody."""
        count = select(func.count()).where(
            _T.c.source_id == source_id,
            _T.c.state.in_([UrlState.PENDING.value, UrlState.LEASED.value]),
        )
        if now is not None:
            count = count.where(_is_due(now))
        with self._database.read() as session:
            return int(session.execute(count).scalar_one())

    def states(self, source_id: str) -> dict[str, int]:
        """Number of URLs of a source by state."""
        with self._database.read() as session:
            rows = session.execute(
                select(_T.c.state, func.count()).where(_T.c.source_id == source_id).group_by(_T.c.state)
            )
            return {state: int(n) for state, n in rows}


_LEASE_COLUMNS = (
    _T.c.id,
    _T.c.source_id,
    _T.c.url,
    _T.c.canonical_url,
    _T.c.host,
    _T.c.kind,
    _T.c.depth,
    _T.c.hops,
    _T.c.title,
    _T.c.date,
    _T.c.attempts,
)


_FINISH = (
    update(_T)
    .where(
        _T.c.id == bindparam("b_id"),
        _T.c.state == UrlState.LEASED.value,
        _T.c.leased_by == bindparam("b_worker"),
    )
    .values(
        state=UrlState.DONE.value,
        outcome=bindparam("b_outcome"),
        finished_at=bindparam("b_now"),
        leased_by=None,
        leased_at=None,
        leased_until=None,
    )
)


def _insert(
    database: Database,
    session: Session,
    found: Sequence[Found],
    *,
    source_id: str,
    run_id: int | None,
    now: dt.datetime,
    hops: int,
) -> int:
    rows = [
        {
            "url_key": url_key(one.canonical_url),
            "canonical_url": one.canonical_url,
            "url": one.url,
            "host": host_of(one.url),
            "source_id": source_id,
            "run_id": run_id,
            "kind": one.kind.value,
            "depth": one.depth,
            "hops": hops,
            "title": one.title,
            "date": one.date[:64] if one.date is not None else None,
            "state": UrlState.PENDING.value,
            "attempts": 0,
            "found_at": now,
            "not_before": now,
        }
        for one in found
        if len(one.canonical_url) <= MAX_URL_LENGTH and len(one.url) <= MAX_URL_LENGTH
    ]
    if not rows:
        return 0
    if not database.is_sqlite:
        # Two crawlers that add the same URLs must lock PostgreSQL's index entries in one order.
        rows.sort(key=lambda row: url_key(str(row["canonical_url"])))
    statement = database.insert(_T).on_conflict_do_nothing().returning(_T.c.id)
    return len(session.execute(statement, rows).all())


def _rows(result: Any) -> int:
    return cast("CursorResult[Any]", result).rowcount


def _is_due(now: dt.datetime) -> Any:
    """Its hour has come, or is so far off that a clock which was ahead has set it."""
    return or_(_T.c.not_before <= now, _T.c.not_before > now + MAX_WAIT + CLOCK_TOLERANCE)


def _stale(now: dt.datetime) -> Any:
    return or_(_T.c.leased_until <= now, _T.c.leased_at > now + CLOCK_TOLERANCE)


def _ours(lease: Lease) -> tuple[Any, ...]:
    return (
        _T.c.id == lease.id,
        _T.c.state == UrlState.LEASED.value,
        _T.c.leased_by == lease.worker,
    )


def _returned() -> dict[str, Any]:
    return {"state": UrlState.PENDING.value, "leased_by": None, "leased_at": None, "leased_until": None}


def _lease(row: Row[Any], worker: str, until: dt.datetime) -> Lease:
    return Lease(
        id=row.id,
        source_id=row.source_id,
        url=row.url,
        canonical_url=row.canonical_url,
        host=row.host,
        kind=LinkKind(row.kind),
        depth=row.depth,
        hops=row.hops,
        title=row.title,
        date=row.date,
        attempts=row.attempts,
        worker=worker,
        until=until,
    )
