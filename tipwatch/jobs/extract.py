"""Archived pages to articles, articles to facts: two steps, each over batches, each page in a worker's cell.

Refuses to lose a page or to stop at one: what cannot be read is quarantined with its reason, to be tried again.
"""

from __future__ import annotations

import contextlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from extraction.model import Article, CaseReport, PageHints, Quarantine, QuarantineReason
from extraction.version import EXTRACTOR_VERSION
from storage.errors import ArchiveDamaged, UnknownRecord
from storage.records import PageRef, RunKind, RunOutcome
from storage.store import Store
from tipwatch.executors import Executor, ExecutorKind, executor
from tipwatch.jobs.cell import Done, Failed, Fault, Task
from tipwatch.jobs.reader_state import reader_state
from tipwatch.jobs.run import Clock, Running, running
from tipwatch.jobs.tools import ARTICLE, ARTICLE_SECONDS, ARTICLE_TOOLS, READ, READ_SECONDS, READING_TOOLS

log = logging.getLogger(__name__)

BATCH = 200
SAVE_EVERY = 32
"""Results a transaction: a kill costs at most so many pages, and they are done again."""

Advance = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How the work is bounded; the factories are arguments, so that a test can bring a page's faults with it.

    Headrooms are bytes beyond what a worker takes when idle: 225 MB of address space for pages, 420 MB with the
    English model (2026-11), so that a hostile page ends below 600 MB, and a hostile text below 1.5 GB. A page's
    bytes travel to its worker: they are the few that the gate kept, and the archive stays in one place.
    """

    workers: int = 1
    executor: ExecutorKind = ExecutorKind.LOCAL
    ray_address: str | None = None
    article_seconds: float = ARTICLE_SECONDS
    read_seconds: float = READ_SECONDS
    article_headroom: int = 400 * 1024**2
    read_headroom: int = 1000 * 1024**2
    article_tools: str = ARTICLE_TOOLS
    reading_tools: str = READING_TOOLS


@dataclass(frozen=True, kw_only=True, slots=True)
class ExtractSummary:
    """What a run of `extract` did. `quarantined` counts by reason."""

    pages: int
    articles: int
    read: int
    on_topic: int
    named_accused: int
    unread_language: int
    quarantined: Counter[str] = field(default_factory=Counter)


def extract(
    store: Store,
    clock: Clock,
    *,
    source_id: str | None = None,
    retry_quarantined: bool = False,
    limits: Limits | None = None,
    advance: Advance = lambda _: None,
) -> ExtractSummary:
    """Work on everything that this version has not tried (new pages first, then those of older versions).

    Idempotent; can be killed at any time. `advance(n)` is told of every page and article that is dealt with.
    """
    bounds = limits if limits is not None else Limits()
    with running(store, RunKind.EXTRACT, clock) as run:
        _note_reader(run)
        with workers_of(bounds, bounds.article_tools, bounds.article_headroom) as workers:
            if retry_quarantined:
                texts_of_pages(run, workers, _quarantined_pages(store, source_id), bounds, advance)
            for refs in _batches(lambda: store.pages.unextracted(EXTRACTOR_VERSION, BATCH, source_id)):
                texts_of_pages(run, workers, refs, bounds, advance)
        with workers_of(bounds, bounds.reading_tools, bounds.read_headroom) as workers:
            if retry_quarantined:
                facts_of_articles(run, workers, _quarantined_articles(store), bounds, advance)
            for articles in _batches(lambda: store.articles.unread(EXTRACTOR_VERSION, BATCH)):
                facts_of_articles(run, workers, articles, bounds, advance)
        quarantined = Counter(
            {name.partition(":")[2]: n for name, n in run.counts.items() if name.startswith("quarantined:")}
        )
        if quarantined:
            run.outcome = RunOutcome.PARTIAL
        return ExtractSummary(
            pages=run.counts["pages"],
            articles=run.counts["articles"],
            read=run.counts["read"],
            on_topic=run.counts["on_topic"],
            named_accused=run.counts["named_accused"],
            unread_language=run.counts["unread_language"],
            quarantined=quarantined,
        )


def workers_of(bounds: Limits, factory: str, headroom: int) -> Executor:
    """An executor within these bounds."""
    return executor(
        bounds.executor, factory, workers=bounds.workers, headroom=headroom, address=bounds.ray_address
    )


def _note_reader(run: Running) -> None:
    """A change of the reader bends every series: it is kept before anything is read."""
    state = reader_state()
    for one in run.store.events.note_reader(state.version, state.lexicons, state.weights, run.clock()):
        log.info("reader.changed kind=%s before=%s after=%s", one.kind, one.before, one.after)


def _batches(fetch: Callable[[], Sequence[PageRef] | Sequence[Article]]) -> Iterator[list]:  # type: ignore[type-arg]
    """Batches until nothing is left. A batch that comes back unchanged would come for ever: that is a fault."""
    before: list[object] = []
    while batch := list(fetch()):
        if batch == before:
            raise RuntimeError("the store offers a batch again that was dealt with")
        before = list(batch)
        yield batch


def texts_of_pages(
    run: Running, workers: Executor, refs: Sequence[PageRef], bounds: Limits, advance: Advance
) -> None:
    """Bytes to articles."""
    texts: list[tuple[Article, int | None]] = []

    def flush() -> None:
        saved = run.store.articles.save_many(texts, EXTRACTOR_VERSION, run.clock())
        run.counts["articles"] += sum(one.is_new for one in saved)
        run.counts["pages"] += len(texts)
        texts.clear()

    tasks = _page_tasks(run, refs, bounds.article_seconds)
    for task, answer in workers.run(tasks):
        match answer:
            case Done(value=Article() as article):
                texts.append((article, task.tag.page_id))
            case Done(value=Quarantine() as quarantine):
                _quarantine_page(run, task.tag, quarantine.reason, quarantine.detail)
            case Failed(fault=fault, detail=detail):
                _quarantine_page(run, task.tag, reason_of(fault, QuarantineReason.EXTRACTOR_ERROR), detail)
            case _:
                raise TypeError(f"{ARTICLE} returned {type(answer.value).__name__}")
        advance(1)
        run.beat()
        if len(texts) >= SAVE_EVERY:
            flush()
    flush()


def _page_tasks(run: Running, refs: Sequence[PageRef], seconds: float) -> Iterator[Task[PageRef]]:
    for ref in refs:
        try:
            body = run.store.pages.read(ref)
        except ArchiveDamaged as error:
            _quarantine_page(run, ref, QuarantineReason.UNDECODABLE, error.what)
            continue
        item: tuple[bytes, PageHints] = (body, ref.hints())
        yield Task(tool=ARTICLE, item=item, seconds=seconds, tag=ref)


def facts_of_articles(
    run: Running, workers: Executor, articles: Sequence[Article], bounds: Limits, advance: Advance
) -> None:
    """Articles to facts."""
    reports: list[CaseReport] = []

    def flush() -> None:
        run.store.articles.save_reports(reports, run.clock())
        for report in reports:
            _count(run, report)
        reports.clear()

    tasks = (Task(tool=READ, item=article, seconds=bounds.read_seconds, tag=article) for article in articles)
    for task, answer in workers.run(tasks):
        match answer:
            case Done(value=CaseReport() as report):
                reports.append(report)
            case Failed(fault=fault, detail=detail):
                reason = reason_of(fault, QuarantineReason.READER_ERROR)
                gone = Quarantine(url=task.tag.url, reason=reason, detail=detail)
                with contextlib.suppress(UnknownRecord):  # replaced meanwhile by a newer text of its address
                    run.store.articles.quarantine(task.tag.id, gone, EXTRACTOR_VERSION, run.clock())
                run.counts[f"quarantined:{reason}"] += 1
                run.counts["read"] += 1
                log.info("extract.quarantine article=%s reason=%s detail=%s", task.tag.id, reason, detail)
            case _:
                raise TypeError(f"{READ} returned {type(answer.value).__name__}")
        advance(1)
        run.beat()
        if len(reports) >= SAVE_EVERY:
            flush()
    flush()


def _count(run: Running, report: CaseReport) -> None:
    run.counts["read"] += 1
    if not report.language_read:
        run.counts["unread_language"] += 1
    elif report.relevant:
        run.counts["on_topic"] += 1
        run.counts["named_accused"] += sum(not one.minor for one in report.accused)


def _quarantine_page(run: Running, ref: PageRef, reason: QuarantineReason, detail: str) -> None:
    gone = Quarantine(url=ref.final_url, reason=reason, detail=detail)
    run.store.pages.quarantine(ref.page_id, gone, EXTRACTOR_VERSION, run.clock())
    run.counts["pages"] += 1
    run.counts[f"quarantined:{reason}"] += 1
    log.info("extract.quarantine page=%d reason=%s detail=%s", ref.page_id, reason, detail)


def _quarantined_pages(store: Store, source_id: str | None) -> list[PageRef]:
    ids = [one.page_id for one in store.pages.quarantined(limit=100_000) if one.page_id is not None]
    refs = [store.pages.get(page_id) for page_id in ids]
    return [ref for ref in refs if source_id is None or ref.source_id == source_id]


def _quarantined_articles(store: Store) -> list[Article]:
    ids = [one.article_id for one in store.pages.quarantined(limit=100_000) if one.article_id is not None]
    return [article for one in ids if (article := store.articles.get(one)) is not None]


def reason_of(fault: Fault, raised: QuarantineReason) -> QuarantineReason:
    """The quarantine's reason for a cell's fault; `raised` when the code itself failed."""
    match fault:
        case Fault.RAISED | Fault.DIED:
            return raised
        case Fault.TOO_DEEP:
            return QuarantineReason.TOO_COMPLEX
        case Fault.TIMED_OUT:
            return QuarantineReason.TIMED_OUT
        case Fault.OUT_OF_MEMORY:
            return QuarantineReason.OUT_OF_MEMORY
        case _:
            assert_never(fault)
