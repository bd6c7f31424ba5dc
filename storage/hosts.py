"""One request a host at a time, over all processes: who may speak to a host, and when the next is allowed.

Refuses to trust the wall clock alone: a hold or a pause that lies oddly far in the future binds nobody.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import cast

from sqlalchemy import Table, select, update

from storage.database import Database
from storage.tables.frontier import HostSlotRow

_T = cast(Table, HostSlotRow.__table__)

# A lease or a hold that was taken in the future is a clock that was set back: it binds nobody.
CLOCK_TOLERANCE = dt.timedelta(minutes=5)
# A server may ask us to stay away for so long (Retry-After); longer wishes are cut to this, and asked again.
MAX_PAUSE = dt.timedelta(hours=1)


class HostSlots:
    """Holds on hosts. Every method is one short transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def claim(
        self,
        host: str,
        worker: str,
        now: dt.datetime,
        hold: dt.timedelta,
        delay: dt.timedelta,
        *,
        left: dt.datetime | None = None,
    ) -> tuple[bool, dt.timedelta]:
        """Take a host for `hold` after its pause. Returns (taken, time to wait before the request, or before
        asking again). `left`: the `next_allowed_at` with which this worker last released it.

        Another worker's pause was reckoned with another worker's clock, and a hold that ran out was taken from a
        worker that died: its last request may have been a moment ago. Then `delay` from now is waited, unless the
        pause is over for longer than clocks differ.
        """
        with self._database.write() as session:
            row = session.execute(select(_T).where(_T.c.host == host).with_for_update()).first()
            held = {"holder": worker, "held_at": now, "held_until": now + hold}
            if row is None:
                new = self._database.insert(_T).values(host=host, next_allowed_at=now, **held)
                taken = session.execute(new.on_conflict_do_nothing().returning(_T.c.host)).first() is not None
                return taken, dt.timedelta(0)
            pause = _bounded(row.next_allowed_at - now, delay)
            is_anothers = row.holder not in {None, worker}
            if is_anothers and row.held_until > now and row.held_at <= now + CLOCK_TOLERANCE:
                return False, max(pause, dt.timedelta(0))
            if is_anothers or (row.next_allowed_at != left and now < row.next_allowed_at + CLOCK_TOLERANCE):
                pause = max(pause, delay)
            held["held_until"] = now + pause + hold  # the pause is waited for while holding
            session.execute(update(_T).where(_T.c.host == host).values(**held, next_allowed_at=now + pause))
            return True, pause

    def release(self, host: str, worker: str, now: dt.datetime, next_allowed_at: dt.datetime) -> None:
        """Give a host free; nobody may ask it before `next_allowed_at`."""
        with self._database.write() as session:
            session.execute(
                update(_T)
                .where(_T.c.host == host, _T.c.holder == worker)
                .values(holder=None, held_at=None, held_until=None, next_allowed_at=next_allowed_at)
            )

    def holders(self) -> frozenset[str]:
        """Workers that hold a host."""
        with self._database.read() as session:
            rows = session.execute(select(_T.c.holder).where(_T.c.holder.is_not(None)).distinct())
            return frozenset(name for (name,) in rows)

    def expire(self, now: dt.datetime, dead_workers: Iterable[str], pause: dt.timedelta) -> None:
        """Free the hosts of workers known to be dead, after a pause: their last request may have been just now."""
        dead = sorted(dead_workers)
        if not dead:
            return
        with self._database.write() as session:
            session.execute(
                update(_T)
                .where(_T.c.holder.in_(dead))
                .values(holder=None, held_at=None, held_until=None, next_allowed_at=now + pause)
            )


def _bounded(pause: dt.timedelta, delay: dt.timedelta) -> dt.timedelta:
    """No pause is longer than MAX_PAUSE: a longer one is a clock that was set back, and the plain delay holds."""
    if pause > MAX_PAUSE + CLOCK_TOLERANCE:
        return delay
    return max(pause, dt.timedelta(0))
