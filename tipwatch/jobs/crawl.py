"""A crawl in child processes, because a reactor runs once a process; the sources are held while it lasts.

Refuses two workers on one source: what another worker holds is left to it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import math
import multiprocessing as mp
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from config.settings import Settings
from config.source import Source
from crawlers.identity import user_agent, worker_name
from storage.records import RunKind, RunOutcome
from storage.store import Store
from tipwatch.errors import CommandError, ExitCode
from tipwatch.events import LogSetup, continue_log, log_setup
from tipwatch.executors.executor import GRACE_SECONDS
from tipwatch.executors.options import Spread
from tipwatch.jobs.run import HEARTBEAT_EVERY, Clock, close_stale
from tipwatch.jobs.task import Done, Failed, Task
from tipwatch.tracebacks import place

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
"""A claim outlives its worker by at most this; it is renewed every `HEARTBEAT_EVERY`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlReport:
    """What one source's crawl did. `failure` is a storage error as (what, remedy): the crawl ended early."""

    source_id: str
    outcome: RunOutcome
    polls_ok: int = 0
    polls_failed: Mapping[str, int] = field(default_factory=dict)
    gaps: int = 0
    found: int = 0
    new: int = 0
    fetched: int = 0
    kept: int = 0
    dropped: Mapping[str, int] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)
    pending: int = 0
    detail: str | None = None
    failure: tuple[str, str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CrawlResult:
    """Reports of the sources that were ours, in their order, and the ids of those that another worker holds."""

    reports: tuple[CrawlReport, ...]
    held: tuple[str, ...]


def crawl(
    store: Store,
    sources: Sequence[Source],
    settings: Settings,
    clock: Clock,
    *,
    limit: int | None = None,
    ended: Callable[[int], None] = lambda _: None,
    still_wanted: Callable[[Sequence[Source]], Sequence[Source]] = lambda sources: sources,
    spread: Spread | None = None,
) -> CrawlResult:
    """Crawl the sources that nobody else is crawling. `ended(n)` is told how many sources have finished so far;
    `still_wanted` is asked once they are ours: another worker may have crawled them a moment ago. `spread` over
    several workers, or over Ray, crawls in shards by registered domain.

    Raises CrawlRefused without a contact, CommandError when the child cannot work, KeyboardInterrupt after the
    child has ended in good order.
    """
    user_agent(settings)
    worker = worker_name()
    ours = [source for source in sources if store.runs.claim_source(source.id, worker, clock(), LEASE)]
    held = tuple(source.id for source in sources if source not in ours)
    reports: tuple[CrawlReport, ...] = ()
    try:
        wanted = still_wanted(ours)
        if wanted:
            watch = Watch(store, wanted, clock, worker, ended)
            if spread is None or spread == Spread():
                reports = _in_child(watch, settings, limit)
            else:
                reports = _in_shards(watch, settings, limit, spread)
            store.coverage.refresh()
    finally:
        for source in ours:
            store.runs.release_source(source.id, worker)
    return CrawlResult(reports=reports, held=held)


class Watch:
    """What the parent does while others crawl: it holds the sources, and tells how many have ended."""

    def __init__(
        self, store: Store, sources: Sequence[Source], clock: Clock, worker: str, ended: Callable[[int], None]
    ) -> None:
        self.store = store
        self.sources = tuple(sources)
        self.clock = clock
        self.worker = worker
        self._ended = ended
        self._begun = self._last = clock()

    def look(self) -> None:
        """To be called about once a second."""
        now = self.clock()
        if not dt.timedelta(0) <= now - self._last < HEARTBEAT_EVERY:
            _renew(self.store, self.sources, self.worker, now)
            self._last = now
        self._ended(_finished(self.store, self.sources, self._begun))


def _in_child(watch: Watch, settings: Settings, limit: int | None) -> tuple[CrawlReport, ...]:
    context = mp.get_context("spawn")
    connection, theirs = context.Pipe()
    child = context.Process(target=crawl_in_child, args=(theirs, watch.sources, settings, limit, log_setup()))
    child.start()
    theirs.close()
    is_interrupted = False
    try:
        while not connection.poll(1.0):
            watch.look()
    except KeyboardInterrupt:
        is_interrupted = True
        _stop(child)
    message = _last_word(connection)
    child.join(GRACE_SECONDS)
    if child.is_alive():
        child.kill()
    if is_interrupted:
        raise KeyboardInterrupt
    if message is None:
        raise CommandError(f"The crawl's process was ended from outside (code {child.exitcode}).", *_AGAIN)
    return _understood(message)


_AGAIN = ("Nothing is lost: run `tipwatch crawl` again. Was there enough memory?", ExitCode.ENVIRONMENT)


def _understood(message: Any) -> tuple[CrawlReport, ...]:
    match message:
        case ("done", tuple() as reports):
            return reports
        case ("refused", what, remedy):
            raise CommandError(str(what), str(remedy), ExitCode.ENVIRONMENT)
        case _:
            raise RuntimeError(f"the crawl failed: {message[-1]}")


def _in_shards(watch: Watch, settings: Settings, limit: int | None, spread: Spread) -> tuple[CrawlReport, ...]:
    """Each shard in a worker; one whose worker is lost is taken over by another, which goes on in the frontier.

    A shard that costs several workers is reported as interrupted; its sources are due again.
    """
    from tipwatch.executors import executor
    from tipwatch.jobs.shards import SHARD, SHARD_HEADROOM, SHARD_TOOLS, ShardOrder, proof_in, shards

    if spread.address is not None and settings.database_url.startswith("sqlite"):
        raise CommandError(
            "A cluster cannot share a SQLite file.",
            "Set TIPWATCH_DATABASE_URL to a PostgreSQL server that every machine reaches, or leave --ray-address.",
            ExitCode.ENVIRONMENT,
        )
    parts = shards(watch.sources, spread.workers)
    workers = executor(
        spread.kind, SHARD_TOOLS, workers=min(spread.workers, len(parts)), headroom=SHARD_HEADROOM,
        address=spread.address, is_long=True,
    )  # fmt: skip
    by_source: dict[str, CrawlReport] = {}
    with proof_in(settings.archive_dir) as proof, workers:
        orders = (
            ShardOrder(sources=part, limit=limit, claimed_by=watch.worker, proof=proof, log=log_setup())
            for part in parts
        )
        tasks = (Task(tool=SHARD, item=order, seconds=math.inf, tag=order.sources) for order in orders)
        for task, answer in workers.run(tasks, watch.look):
            match answer:
                case Done(value=message):
                    by_source.update((one.source_id, one) for one in _understood(message))
                case Failed(fault=fault):
                    log.error("crawl.shard_lost sources=%d fault=%s", len(task.tag), fault)
                    lost = f"its worker was lost more than once ({fault.value.replace('_', ' ')})"
                    by_source.update((one.id, _never(one, lost)) for one in task.tag)
    close_stale(watch.store, watch.clock())
    return tuple(by_source[source.id] for source in watch.sources)


def _never(source: Source, detail: str) -> CrawlReport:
    return CrawlReport(source_id=source.id, outcome=RunOutcome.INTERRUPTED, detail=detail)


def _last_word(connection: Connection) -> Any:
    try:
        return connection.recv() if connection.poll(0) else None
    except (EOFError, OSError):
        return None


def _stop(child: Any) -> None:
    """Ask the child to end in good order, and wait; a second Ctrl-C kills it."""
    try:
        if child.is_alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGTERM)
        child.join(GRACE_SECONDS)
    except KeyboardInterrupt:
        child.kill()
        child.join()


def _renew(store: Store, sources: Sequence[Source], worker: str, now: dt.datetime) -> None:
    """Hold the sources, and tell that their runs are alive."""
    last = store.runs.last_by_source(RunKind.CRAWL)
    for source in sources:
        store.runs.claim_source(source.id, worker, now, LEASE)
        run = last.get(source.id)
        if run is not None and run.outcome is None:
            store.runs.heartbeat(run.run_id, now)


def _finished(store: Store, sources: Sequence[Source], begun: dt.datetime) -> int:
    ids = {source.id for source in sources}
    last = store.runs.last_by_source(RunKind.CRAWL)
    return sum(run.outcome is not None and run.started >= begun for name, run in last.items() if name in ids)


def crawl_in_child(
    connection: Connection, sources: tuple[Source, ...], settings: Settings, limit: int | None, setup: LogSetup
) -> None:
    """The child: crawl, and send one message home. Ends in good order when its parent is gone."""
    os.setpgid(0, 0)  # a terminal's Ctrl-C reaches the parent alone: for Scrapy a second signal means "at once"
    continue_log(setup)
    threading.Thread(target=_watch, args=(connection,), daemon=True).start()
    message = last_word(sources, settings, limit)
    with contextlib.suppress(BrokenPipeError, OSError):
        connection.send(message)


def last_word(sources: tuple[Source, ...], settings: Settings, limit: int | None) -> tuple[Any, ...]:
    """Crawl in this process, once: `("done", reports)`, `("refused", what, remedy)` or `("fault", place)`."""
    from crawlers.identity import CrawlRefused
    from crawlers.run import crawl as crawl_sources
    from storage.errors import StorageError

    try:
        return ("done", _reports(sources, crawl_sources(sources, settings, settings.database_url, limit)))
    except (CrawlRefused, StorageError) as error:
        return ("refused", error.what, error.remedy)
    except Exception as error:
        log.exception("crawl.fault error=%s", type(error).__name__)
        return ("fault", place(error))


def _watch(connection: Connection) -> None:
    """The parent sends nothing; the pipe's end means that it is gone."""
    try:
        connection.recv()
    except (EOFError, OSError):
        os.kill(os.getpid(), signal.SIGTERM)


def _reports(sources: Sequence[Source], summaries: Sequence[Any]) -> tuple[CrawlReport, ...]:
    by_id = {summary.source_id: summary for summary in summaries}
    reports: list[CrawlReport] = []
    for source in sources:
        one = by_id.get(source.id)
        if one is None:
            reports.append(_never(source, "it was not begun"))
            continue
        error = one.storage_error
        reports.append(
            CrawlReport(
                source_id=source.id,
                outcome=one.outcome or RunOutcome.INTERRUPTED,
                polls_ok=one.polls_ok,
                polls_failed=dict(one.polls_failed),
                gaps=one.gaps,
                found=one.entries,
                new=one.new,
                fetched=one.fetched,
                kept=one.kept,
                dropped=dict(one.dropped),
                failed=dict(one.failed),
                pending=one.pending,
                detail=one.detail,
                failure=None if error is None else (error.what, error.remedy),
            )
        )
    return tuple(reports)
