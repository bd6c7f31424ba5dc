"""Does a source answer, and with what the catalogue promises? One request to each discovery address.

Refuses to change the catalogue: what was found goes into the database, a person decides what follows from it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

from config.settings import Settings
from config.source import Discovery, Source
from crawlers.discovery.entries import Unreadable
from crawlers.documents import Document, Reading, read_document
from crawlers.identity import user_agent, worker_name
from crawlers.knock import Answer, Target, knock
from crawlers.names import Resolve
from crawlers.session import CrawlSession
from storage.records import FailureClass, RunKind, RunOutcome, SourceCheck
from storage.store import Store


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """A check as stored, and in a word what was read."""

    check: SourceCheck
    note: str

    @property
    def is_fine(self) -> bool:
        """Reached, and it is what the catalogue promises."""
        return self.check.reached and self.check.error is None


def check(
    sources: Sequence[Source],
    settings: Settings,
    *,
    started: dt.datetime,
    store_url: str | None = None,
    resolve: Resolve | None = None,
    on_found: Callable[[Finding], None] = lambda finding: None,
) -> list[Finding]:
    """Knock at every discovery address of the sources; findings are stored as they come, and returned by source.

    Raises as `knock` does. Runs once a process.
    """
    user_agent(settings)  # refuses to go on anonymously, before a run is on record
    asked: dict[str, list[tuple[Source, Discovery]]] = {}
    for source in sources:
        for discovery in source.discover:
            asked.setdefault(discovery.url, []).append((source, discovery))
    targets = [
        Target(
            url=url,
            delay=max(settings.delay, *(source.politeness.delay for source, _ in promised)),
            languages=promised[0][0].languages,
        )
        for url, promised in asked.items()
    ]
    found: list[Finding] = []

    def take(answer: Answer, session: CrawlSession) -> None:
        for source, discovery in asked[answer.target.url]:
            finding = judge(answer, source, discovery, settings.max_body_bytes)
            session.store.checks.record(finding.check)
            found.append(finding)
            on_found(finding)

    with Store.open(store_url or settings.database_url, settings.archive_dir) as store:
        run_id = store.runs.start(RunKind.CHECK, None, worker_name(), started)
        outcome = RunOutcome.FAILED
        try:
            if targets:
                knock(targets, settings, take, started=started, store_url=store_url, resolve=resolve)
            fine = sum(finding.is_fine for finding in found)
            whole = len(found) == sum(len(promised) for promised in asked.values())
            outcome = RunOutcome.DONE if whole and fine == len(found) else RunOutcome.PARTIAL
        finally:
            counts = {"addresses": len(found), "fine": sum(finding.is_fine for finding in found)}
            ended = max([started, *(finding.check.at for finding in found)])
            store.runs.finish(run_id, outcome, ended, counts)
    order = {source.id: position for position, source in enumerate(sources)}
    return sorted(found, key=lambda finding: (order[finding.check.source_id], finding.check.url))


def judge(answer: Answer, source: Source, discovery: Discovery, limit: int) -> Finding:
    """What an answer means for the source that promised it."""
    entries: int | None = None
    newest: dt.datetime | None = None
    error: str | None = None
    note = ""
    if answer.failure is not None:
        error = explain_failure(answer.failure, answer.status)
    else:
        reading = Reading(
            body=answer.body, url=answer.final_url, content_type=answer.content_type, now=answer.at, limit=limit
        )
        try:
            document = read_document(reading, discovery, source.include)
        except Unreadable as unreadable:
            error = f"Answered, but not with the {_kind(discovery)} that was promised ({unreadable.reason})."
        else:
            entries, newest, error, note = _summary(document)
    if answer.final_url != answer.target.url and answer.failure is None:
        note = f"{note}, moved to {answer.final_url}".removeprefix(", ")
    stored = SourceCheck(
        source_id=source.id,
        url=discovery.url,
        at=answer.at,
        reached=answer.status is not None and 200 <= answer.status < 300,
        status=answer.status,
        robots=answer.robots,
        entries=entries,
        newest=newest,
        error=error,
    )
    return Finding(check=stored, note=note)


def _summary(document: Document) -> tuple[int | None, dt.datetime | None, str | None, str]:
    if not document.entries and document.following:
        return None, None, None, f"index of {len(document.following)} sitemaps"
    dates = [entry.when for entry in document.entries if entry.when is not None]
    error = None if document.entries else "Answered, but it lists nothing."
    return len(document.entries), max(dates, default=None), error, "" if dates or error else "no dates"


def _kind(discovery: Discovery) -> str:
    return type(discovery).__name__.lower()


def explain_failure(failure: FailureClass, status: int | None) -> str:  # noqa: PLR0911, PLR0912 - one line a class
    """A sentence for people."""
    match failure:
        case FailureClass.DNS:
            return "The host's name does not resolve."
        case FailureClass.CONNECTION:
            return "The host does not take our connection, or broke it off."
        case FailureClass.TLS:
            return "The host's certificate or encryption is not in order."
        case FailureClass.TIMEOUT:
            return "No whole answer in time."
        case FailureClass.HTTP_4XX:
            return f"The host refuses or does not know the address (HTTP {status})."
        case FailureClass.HTTP_429:
            return "The host asks us to come back later."
        case FailureClass.HTTP_5XX:
            return f"The host is in trouble (HTTP {status})."
        case FailureClass.ROBOTS_DISALLOWED:
            return "robots.txt asks us not to fetch it."
        case FailureClass.ROBOTS_UNREACHABLE:
            return "robots.txt gave no answer, so nothing may be fetched."
        case FailureClass.PRIVATE_ADDRESS:
            return "The address is not on the public internet."
        case FailureClass.REDIRECTS:
            return "It redirects too often, or to nowhere."
        case FailureClass.TOO_LARGE:
            return "The answer is too large."
        case FailureClass.UNREADABLE:
            return "The answer cannot be read."
        case FailureClass.OTHER:
            return f"An answer that we do not understand (HTTP {status})."
        case unknown:
            assert_never(unknown)
