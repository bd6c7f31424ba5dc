"""Other people's WARC files by the way of our own pages: gate, archive, page; `extract` does the rest.

Refuses to count a file twice: one that was taken once, under whatever name, changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from config.source import Source
from extraction.addresses import canonical_url
from extraction.model import DropReason
from extraction.relevance import Gate
from storage.records import FetchedPage, RunKind, RunOutcome
from storage.store import Store
from tipwatch.jobs.run import Clock, Running, running
from tipwatch.jobs.warc import Captured, PassedOver, file_digest, read_warc

log = logging.getLogger(__name__)

INGESTED = "ingested"
"""The source of pages whose host no catalogue entry claims. It has no country: such pages are in no country's
coverage, because nobody watched."""

Advance = Callable[[int], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class IngestSummary:
    """What became of one file. `kept` are new pages, `known` those that we had."""

    file: Path
    records: int = 0
    pages: int = 0
    kept: int = 0
    known: int = 0
    dropped: int = 0
    passed_over: tuple[tuple[str, int], ...] = ()
    seen_before: bool = False


class Hosts:
    """Whose page an address is, by the homepages and feeds of the catalogue."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_host: dict[str, list[tuple[str, str]]] = {}
        for source in sources:
            for url in (source.homepage, *(part.url for part in source.discover)):
                path = urlsplit(url).path if url == source.homepage else "/"
                self._by_host.setdefault(_host(url), []).append((path.rstrip("/") + "/", source.id))

    def source_of(self, url: str) -> str | None:
        """The source with the longest homepage that `url` lies under; None when none or two claim it."""
        host = _host(url)
        path = urlsplit(url).path.rstrip("/") + "/" if host else "/"
        while host.count(".") >= 1 or host in self._by_host:
            fitting = [claim for claim in self._by_host.get(host, ()) if path.startswith(claim[0])]
            if fitting:
                longest = max(len(prefix) for prefix, _ in fitting)
                owners = {source_id for prefix, source_id in fitting if len(prefix) == longest}
                return owners.pop() if len(owners) == 1 else None
            host = host.partition(".")[2]
        return None


def _host(url: str) -> str:
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""
    return host.removeprefix("www.")


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
    """Take one file; `source_id` overrides what the hosts say. Without a store nothing is written (a dry run).

    Raises DamagedError at a broken record; what came before it is kept. `advance(n)` is told of every record.
    """
    if store is None:
        return _Taking(file, gate, hosts, max_body, source_id, advance).take(None, 0)
    digest = file_digest(file)
    earlier = [
        run for run in store.runs.history(kind=RunKind.INGEST, limit=100_000) if digest in (run.detail or "")
    ]
    if any(run.outcome is RunOutcome.DONE for run in earlier):
        return IngestSummary(file=file, seen_before=True)
    counted = max((run.counts.get("records", 0) for run in earlier), default=0)
    with running(store, RunKind.INGEST, clock) as run:
        run.detail = f"{file.name} sha256:{digest}"
        return _Taking(file, gate, hosts, max_body, source_id, advance).take(run, counted)


@dataclass
class _Taking:
    """One pass through one file."""

    file: Path
    gate: Gate
    hosts: Hosts
    max_body: int
    source_id: str | None
    advance: Advance

    def take(self, run: Running | None, counted: int) -> IngestSummary:
        """Every record; drops among the first `counted` were counted by an earlier, unfinished pass."""
        tally: dict[str, int] = {}
        passed: dict[str, int] = {}

        def count(name: str) -> None:
            tally[name] = tally.get(name, 0) + 1
            if run is not None:
                run.counts[name] += 1

        for index, record in enumerate(read_warc(self.file, max_body=self.max_body)):
            match record:
                case Captured():
                    count("pages")
                    count(self._page(record, run, is_counted=index < counted))
                case PassedOver():
                    passed[record.value] = passed.get(record.value, 0) + 1
                    if record is PassedOver.TOO_LARGE:
                        log.info("ingest.too_large file=%s record=%d", self.file.name, index)
            count("records")
            self.advance(1)
            if run is not None:
                run.beat()
        return IngestSummary(
            file=self.file,
            records=tally.get("records", 0),
            pages=tally.get("pages", 0),
            kept=tally.get("kept", 0),
            known=tally.get("known", 0),
            dropped=tally.get("dropped", 0),
            passed_over=tuple(sorted(passed.items())),
        )

    def _page(self, captured: Captured, run: Running | None, *, is_counted: bool) -> str:
        source_id = self.source_id or self.hosts.source_of(captured.url) or INGESTED
        decision = self.gate.admit(captured.body, captured.content_type)
        if run is None:
            return "kept" if decision.keep else "dropped"
        now = run.clock()
        fetched_at = now if captured.at is None else min(captured.at, now)
        if not decision.keep:
            if not is_counted:
                reason = decision.reason or DropReason.NO_GATE_WORD
                run.store.pages.drop(source_id, reason, None, run.run_id, fetched_at)
            return "dropped"
        page = FetchedPage(
            source_id=source_id,
            url=captured.url,
            final_url=captured.url,
            canonical_url=canonical_url(captured.url),
            status=200,
            headers=captured.headers,
            body=captured.body,
            fetched_at=fetched_at,
            gate_words=decision.words,
        )
        kept = run.store.pages.keep(page, None, run.run_id, now)
        return "kept" if kept.is_new else "known"
