"""A job's run in the database: begun, alive, and ended with its counts, however it ends.

Refuses to hide a cut: Ctrl-C and a stop signal end a run as `interrupted`, an error as `failed`.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from crawlers.identity import is_dead, worker_name
from storage.errors import ExportRefused, StorageError
from storage.records import RunKind, RunOutcome, RunRecord
from storage.store import Store
from tipwatch.errors import CommandError
from tipwatch.events import bind

log = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]

HEARTBEAT_EVERY = dt.timedelta(seconds=30)
DEAD_AFTER = dt.timedelta(minutes=10)
"""A run elsewhere that was silent for this long is taken for dead; on this machine its process is looked up."""

COUNTED = frozenset({RunKind.INGEST, RunKind.EXTRACT})
"""Runs that change coverage by much: its months are counted anew at their end, so that nobody waits later."""


def wall_clock() -> dt.datetime:
    """Now, aware UTC. The one clock of the application; jobs are given it."""
    return dt.datetime.now(dt.UTC)


@dataclass(kw_only=True)
class Running:
    """A run that is going on. `counts` and `outcome` are what will be stored at its end."""

    store: Store
    clock: Clock
    run_id: int
    counts: Counter[str] = field(default_factory=Counter)
    outcome: RunOutcome = RunOutcome.DONE
    detail: str | None = None
    last_beat: dt.datetime

    def beat(self) -> None:
        """Tell that we are alive, at most every `HEARTBEAT_EVERY`."""
        now = self.clock()
        if not dt.timedelta(0) <= now - self.last_beat < HEARTBEAT_EVERY:
            self.store.runs.heartbeat(self.run_id, now)
            self.last_beat = now


@contextmanager
def running(store: Store, kind: RunKind, clock: Clock, source_id: str | None = None) -> Iterator[Running]:
    """Begin a run, yield it, and end it by what happened in between."""
    now = clock()
    run = Running(
        store=store, clock=clock, run_id=store.runs.start(kind, source_id, worker_name(), now), last_beat=now
    )
    try:
        with bind(run=run.run_id, kind=kind.value):
            yield run
    except (KeyboardInterrupt, SystemExit):
        _finish(run, RunOutcome.INTERRUPTED, "stopped by a signal")
        raise
    except ExportRefused as error:
        _finish(run, RunOutcome.REFUSED, error.what)
        raise
    except (StorageError, CommandError) as error:
        with contextlib.suppress(StorageError):  # the error that brought us here is the one to show
            _finish(run, RunOutcome.FAILED, error.what)
        raise
    except Exception as error:
        with contextlib.suppress(StorageError):
            _finish(run, RunOutcome.FAILED, type(error).__name__)
        raise
    if kind in COUNTED:
        store.coverage.refresh()
    _finish(run, run.outcome, run.detail)


def _finish(run: Running, outcome: RunOutcome, detail: str | None) -> None:
    counts = {name: n for name, n in run.counts.items() if n}
    if run.detail is not None and detail is not None and detail != run.detail:
        detail = f"{run.detail}: {detail}"
    run.store.runs.finish(run.run_id, outcome, run.clock(), counts, detail)


def is_stale(run: RunRecord, now: dt.datetime) -> bool:
    """True when a run has no end and its worker is gone: for certain (a process of ours), or long silent."""
    if run.outcome is not None:
        return False
    return is_dead(run.worker) or now - run.heartbeat > DEAD_AFTER


def close_stale(store: Store, now: dt.datetime) -> int:
    """End the runs of dead workers as interrupted and give back the sources they held; returns how many runs.

    Without the second, a crawl after `kill -9` or a full disk would leave its own sources alone for a whole lease.
    """
    for source_id, worker in store.runs.claims(now).items():
        if is_dead(worker):
            store.runs.release_source(source_id, worker)
            log.info("claim.stale source=%s", source_id)
    stale = [
        run for run in store.runs.history(since=now - dt.timedelta(days=30), limit=10_000) if is_stale(run, now)
    ]
    for run in stale:
        store.runs.finish(run.run_id, RunOutcome.INTERRUPTED, now, run.counts, "its worker is gone")
        log.warning("run.stale run=%d kind=%s", run.run_id, run.kind)
    return len(stale)
