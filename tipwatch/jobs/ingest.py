"""Other people's WARC files by the way of our own pages: gate, archive, page; `extract` does the rest.

Refuses to count a file twice: one that was taken once, under whatever name, changes nothing, and one that was cut
short goes on at the last slice that is in the database.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from extraction.relevance import Gate
from storage.records import FileProgress, RunKind, SiftedSlice
from storage.store import Store
from tipwatch.errors import CommandError
from tipwatch.jobs.hosts import INGESTED, Hosts
from tipwatch.jobs.run import Clock, Running, running
from tipwatch.jobs.sift import SIFT, SLICE_RECORDS, Damage, Sifted, Slice, sifter
from tipwatch.jobs.task import Answer, Done, Failed, Fault, Task
from tipwatch.jobs.warc import DamagedError, PassedOver, file_digest

__all__ = ["INGESTED", "Hosts", "IngestSummary", "ingest", "ingest_files"]

log = logging.getLogger(__name__)

SLICE_SECONDS = 900.0
"""For one slice: it takes about two; a worker that hangs longer has met something deadly."""
PASSED = "passed:"

Advance = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestSummary:
    """What became of one file, all its slices together. `kept` are new pages, `known` those that we had.

    `was_begun`: an earlier run had taken a part of it, which is in these counts.
    """

    file: Path
    records: int = 0
    pages: int = 0
    kept: int = 0
    known: int = 0
    dropped: int = 0
    passed_over: tuple[tuple[str, int], ...] = ()
    seen_before: bool = False
    was_begun: bool = False


class Workers(Protocol):
    """Who does the slices: an `Executor`, or this process itself."""

    def run(self, tasks: Iterable[Task[Any] | None]) -> Iterator[tuple[Task[Any], Answer]]:
        """As `tipwatch.executors.Executor.run`."""
        ...


class Here:
    """This process, one slice after the other."""

    def __init__(self, gate: Gate, hosts: Hosts) -> None:
        self._sift = sifter(gate, hosts)

    def run(self, tasks: Iterable[Task[Any] | None]) -> Iterator[tuple[Task[Any], Answer]]:
        """Each task with its answer; errors are not caught."""
        for task in tasks:
            if task is not None:
                yield task, Done(value=self._sift(task.item))


def ingest(
    store: Store | None,
    file: Path,
    clock: Clock,
    gate: Gate,
    *,
    hosts: Hosts,
    max_body: int,
    source_id: str | None = None,
    advance: Advance = lambda _: None,
) -> IngestSummary:
    """Take one file in this process; see `ingest_files`. Raises DamagedError at a broken record."""
    (summary,) = ingest_files(
        store, [file], clock, Here(gate, hosts), max_body=max_body, source_id=source_id, advance=advance
    )
    return summary


def ingest_files(
    store: Store | None,
    files: Sequence[Path],
    clock: Clock,
    workers: Workers,
    *,
    max_body: int,
    source_id: str | None = None,
    slice_records: int = SLICE_RECORDS,
    advance: Advance = lambda _: None,
    done: Callable[[IngestSummary], None] = lambda _: None,
) -> list[IngestSummary]:
    """Take files side by side, one slice of each at a time; `source_id` overrides what the hosts say.

    Without a store nothing is written (a dry run). Each slice's pages, counts and the file's progress stand in one
    transaction: killed anywhere and run again, the rows and counts are the same. `advance(n)` is told of records,
    `done` of each file that has come to its end. Raises DamagedError for the first file with a broken record, when
    the others are done; what came before it is kept.
    """
    asked = [
        _Taken(path=path, source_id=source_id, max_body=max_body, slice_records=slice_records) for path in files
    ]
    unlike: dict[str, _Taken] = {}
    for one in asked:
        if store is not None:
            one.progress = store.ingests.progress(file_digest(one.path))
            one.was_begun = bool(one.progress.next_offset)
            one.seen_before = one.progress.is_done or unlike.setdefault(one.progress.digest, one) is not one
        if one.seen_before:
            done(one.summary())
    waiting = [one for one in asked if not one.seen_before]
    if waiting:
        with nullcontext() if store is None else running(store, RunKind.INGEST, clock) as run:
            if run is not None:
                run.detail = ", ".join(f"{one.path.name} sha256:{one.progress.digest}" for one in waiting[:20])
            _Taking(run=run, clock=clock, workers=workers, advance=advance, done=done).take(waiting)
            damaged = next((one for one in waiting if one.damage is not None), None)
            if damaged is not None and damaged.damage is not None:
                damage = damaged.damage
                raise DamagedError(damaged.path, damage.offset, damage.problem, damage.remedy)
    return [one.summary() for one in asked]


@dataclass(kw_only=True)
class _Taken:
    """One file on its way."""

    path: Path
    source_id: str | None
    max_body: int
    slice_records: int
    progress: FileProgress = field(default_factory=lambda: FileProgress(digest=""))
    seen_before: bool = False
    was_begun: bool = False
    damage: Damage | None = None
    passes_first: bool = False

    def slice(self, clock: Clock) -> Slice:
        return Slice(
            file=str(self.path.resolve()),
            offset=self.progress.next_offset,
            max_body=self.max_body,
            now=clock(),
            records=self.slice_records,
            source_id=self.source_id,
            passes_first=self.passes_first,
        )

    def summary(self) -> IngestSummary:
        if self.seen_before:
            return IngestSummary(file=self.path, seen_before=True)
        counts: Mapping[str, int] = self.progress.counts
        return IngestSummary(
            file=self.path,
            records=counts.get("records", 0),
            pages=counts.get("pages", 0),
            kept=counts.get("kept", 0),
            known=counts.get("known", 0),
            dropped=counts.get("dropped", 0),
            passed_over=tuple(
                sorted((name.removeprefix(PASSED), n) for name, n in counts.items() if name.startswith(PASSED))
            ),
            was_begun=self.was_begun,
        )


@dataclass(kw_only=True)
class _Taking:
    """A run through some files."""

    run: Running | None
    clock: Clock
    workers: Workers
    advance: Advance
    done: Callable[[IngestSummary], None]

    def take(self, files: Sequence[_Taken]) -> None:
        ready = deque(files)
        left = len(files)

        def tasks() -> Iterator[Task[_Taken] | None]:
            while left:
                if not ready:
                    yield None  # every file has its slice on the way
                    continue
                one = ready.popleft()
                yield Task(tool=SIFT, item=one.slice(self.clock), seconds=SLICE_SECONDS, tag=one)

        for task, answer in self.workers.run(tasks()):
            one: _Taken = task.tag
            match answer:
                case Done(value=Sifted() as sifted):
                    goes_on = self._took(one, task.item, sifted)
                case Failed():
                    goes_on = _smaller(one, task.item, answer)
                case _:
                    raise TypeError(f"{SIFT} returned {type(answer.value).__name__}")
            if goes_on:
                ready.append(one)
            else:
                left -= 1
            if self.run is not None:
                self.run.beat()

    def _took(self, one: _Taken, part: Slice, sifted: Sifted) -> bool:
        """Write what a slice gave; False when the file has no more of them."""
        before = one.progress
        one.progress = self._written(one, part, sifted)
        one.passes_first = False
        if self.run is not None:
            self.run.counts.update(Counter(one.progress.counts) - Counter(before.counts))
        self.advance(sifted.records)
        for reason in (PassedOver.TOO_LARGE, PassedOver.UNDECODABLE):
            if sifted.passed_over.get(reason.value):
                log.info("ingest.passed_over reason=%s records=%d", reason.value, sifted.passed_over[reason.value])
        if sifted.damage is not None:
            one.damage = sifted.damage
            log.warning("ingest.damaged file=%s offset=%d", one.path.name, sifted.damage.offset)
            return False
        if one.progress.is_done:
            self.done(one.summary())
        return not one.progress.is_done

    def _written(self, one: _Taken, part: Slice, sifted: Sifted) -> FileProgress:
        taken = SiftedSlice(
            digest=one.progress.digest,
            offset=part.offset,
            next_offset=sifted.next_offset,
            records=sifted.records,
            kept=sifted.kept,
            dropped=sifted.dropped,
            passed_over=sifted.passed_over,
        )
        if self.run is not None:
            return self.run.store.ingests.take(taken, self.run.run_id, self.clock())
        return taken.after(one.progress)


def _smaller(one: _Taken, part: Slice, failed: Failed) -> bool:
    """A slice that costs workers is given again in smaller parts, until it is known which record does."""
    log.warning("ingest.lost file=%s offset=%d fault=%s", one.path.name, part.offset, failed.fault)
    if failed.fault is Fault.RAISED or part.passes_first:
        raise CommandError(
            f"{one.path}, byte {part.offset}: the worker cannot read on ({failed.detail}).",
            "Is the file readable under this path where the workers are? What came before is kept; run it again.",
        )
    if part.records > 1:
        one.slice_records = max(1, part.records // 16)
    else:
        one.passes_first = True
    return True
