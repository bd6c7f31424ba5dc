"""A crawl in a child process, because a reactor runs once a process; the sources are held while it lasts.

Refuses two workers on one source: what another worker holds is left to it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
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
from tipwatch.jobs.run import HEARTBEAT_EVERY, Clock

log = logging.getLogger(__name__)

LEASE = dt.timedelta(minutes=5)
"""A claim outlives its worker by at most this; it is renewed every `HEARTBEAT_EVERY`."""

PATIENCE_SECONDS = 60.0  # for the child to end in good order after Ctrl-C: what is in flight may take a time-out


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
) -> CrawlResult:
    """Crawl the sources that nobody else is crawling. `ended(n)` is told how many sources have finished so far;
    `still_wanted` is asked once they are ours: another worker may have crawled them a moment ago.

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
            reports = _in_child(store, wanted, settings, clock=clock, worker=worker, limit=limit, ended=ended)
            store.coverage.refresh()
    finally:
        for source in ours:
            store.runs.release_source(source.id, worker)
    return CrawlResult(reports=reports, held=held)


def _in_child(
    store: Store,
    sources: Sequence[Source],
    settings: Settings,
    *,
    clock: Clock,
    worker: str,
    limit: int | None,
    ended: Callable[[int], None],
) -> tuple[CrawlReport, ...]:
    context = mp.get_context("spawn")
    connection, theirs = context.Pipe()
    level = logging.getLogger().getEffectiveLevel()
    child = context.Process(target=crawl_in_child, args=(theirs, tuple(sources), settings, limit, level))
    begun = clock()
    child.start()
    theirs.close()
    is_interrupted = False
    last = begun
    try:
        while not connection.poll(1.0):
            now = clock()
            if not dt.timedelta(0) <= now - last < HEARTBEAT_EVERY:
                _renew(store, sources, worker, now)
                last = now
            ended(_finished(store, sources, begun))
    except KeyboardInterrupt:
        is_interrupted = True
        _stop(child)
    message = _last_word(connection)
    child.join(PATIENCE_SECONDS)
    if child.is_alive():
        child.kill()
    if is_interrupted:
        raise KeyboardInterrupt
    match message:
        case ("done", tuple() as reports):
            return reports
        case ("refused", what, remedy):
            raise CommandError(str(what), str(remedy), ExitCode.ENVIRONMENT)
        case ("fault", what):
            raise RuntimeError(f"the crawl failed: {what}")
        case _:
            raise CommandError(
                f"The crawl's process was ended from outside (code {child.exitcode}).",
                "Nothing is lost: run `tipwatch crawl` again. Was there enough memory?",
                ExitCode.ENVIRONMENT,
            )


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
        child.join(PATIENCE_SECONDS)
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
    connection: Connection, sources: tuple[Source, ...], settings: Settings, limit: int | None, level: int
) -> None:
    """The child: crawl, and send one message home. Ends in good order when its parent is gone."""
    from crawlers.identity import CrawlRefused
    from crawlers.run import crawl as crawl_sources
    from storage.errors import StorageError
    from tipwatch.events import configure_log

    os.setpgid(0, 0)  # a terminal's Ctrl-C reaches the parent alone: for Scrapy a second signal means "at once"
    configure_log(debug=level <= logging.DEBUG)
    threading.Thread(target=_watch, args=(connection,), daemon=True).start()
    message: tuple[object, ...]
    try:
        summaries = crawl_sources(sources, settings, settings.database_url, limit)
        message = ("done", _reports(sources, summaries))
    except (CrawlRefused, StorageError) as error:
        message = ("refused", error.what, error.remedy)
    except Exception as error:
        logging.getLogger(__name__).debug("crawl.fault", exc_info=error)
        message = ("fault", f"{type(error).__name__}: {error}")
    with contextlib.suppress(BrokenPipeError, OSError):
        connection.send(message)


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
            never = CrawlReport(source_id=source.id, outcome=RunOutcome.INTERRUPTED, detail="it was not begun")
            reports.append(never)
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
