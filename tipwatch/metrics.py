"""Figures for Prometheus, in its text format, out of what `tipwatch.jobs.measures` measured.

Refuses labels with a name: kinds, outcomes, reasons, routes, and the ids of sources and feeds only.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from storage.records import RunKind, RunOutcome
from storage.schema import SchemaState
from tipwatch.errors import CommandError, ExitCode
from tipwatch.jobs.measures import Measures

OPEN = "open"
"""The outcome of a run that has none yet, or whose worker died."""
READABLE = 0o644
"""Rights of a text file: node_exporter is another user, and no name is in it."""


def exposition(found: Measures | None, state: SchemaState | None, seconds: float) -> bytes:
    """The text of a scrape. `found` None: the database could not be asked; `state` None: it does not answer."""
    registry = CollectorRegistry()
    registry.register(_Collected([*_installation(state, seconds), *([] if found is None else _families(found))]))
    return generate_latest(registry)


class _Collected(Collector):
    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families


def _gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(f"tipwatch_{name}", says, value=value)


def _by(name: str, says: str, labels: Sequence[str], values: Mapping[Any, float]) -> GaugeMetricFamily:
    """`values` by the labels' values, in the order of `labels`."""
    family = GaugeMetricFamily(f"tipwatch_{name}", says, labels=labels)
    for of, value in values.items():
        family.add_metric(of, value)
    return family


def _installation(state: SchemaState | None, seconds: float) -> Iterator[Metric]:
    yield _by("info", "The version that answers.", ["version"], {(version("tipwatch"),): 1})
    yield _gauge(
        "database_up", "1 when the database answered and is of this version.", state is SchemaState.CURRENT
    )
    states = {(one.value,): float(one is state) for one in SchemaState}
    yield _by("schema_state", "1 at what the database is to this version.", ["state"], states)
    yield _gauge("measure_seconds", "How long measuring took.", seconds)


def _families(found: Measures) -> Iterator[Metric]:
    yield _by("reader_info", "The version of the reader.", ["reader"], {(found.reader,): 1})
    yield _gauge("measured_timestamp_seconds", "When this was measured.", found.at.timestamp())
    yield from _runs(found)
    yield from _sources(found)
    yield _gauge("pages_waiting", "Archived pages to extract; counted up to 10000.", found.pages_waiting)
    yield _gauge("articles_waiting", "Articles to read; counted up to 10000.", found.articles_waiting)
    yield _gauge("mentions_to_resolve", "Records that no resolution has looked at yet.", found.to_resolve)
    quarantined = {(reason,): float(n) for reason, n in found.quarantined.items()}
    yield _by("quarantined", "Pages and articles that could not be read.", ["reason"], quarantined)
    queue = {(reason,): float(n) for reason, n in found.to_review.items()}
    yield _by("review_queue", "Records that wait for a human.", ["reason"], queue)
    if found.exported is not None:
        yield _gauge("export_rows", "Rows of the last export.", found.exported)
    yield from _feeds(found)
    yield from _api(found)
    yield _gauge("disk_free_bytes", "Free where the data lies.", found.free_bytes)
    yield _gauge("archive_bytes", "Size of the archive.", found.archive_bytes)
    if found.database_bytes is not None:
        yield _gauge("database_bytes", "Size of the SQLite file with its log.", found.database_bytes)


def _runs(found: Measures) -> Iterator[Metric]:
    outcomes = [*(one.value for one in RunOutcome), OPEN]
    runs = {(kind.value, outcome): 0.0 for kind in RunKind for outcome in outcomes}
    runs |= {
        (one.kind.value, OPEN if one.outcome is None else one.outcome.value): float(one.n) for one in found.runs
    }
    yield _by("runs_last_day", "Runs that began within a day.", ["kind", "outcome"], runs)
    began = {(one.kind.value,): one.began.timestamp() for one in found.last_runs if one.began is not None}
    yield _by("last_run_timestamp_seconds", "When the newest run began.", ["kind"], began)
    worked = {(one.kind.value,): one.succeeded.timestamp() for one in found.last_runs if one.succeeded is not None}
    yield _by("last_success_timestamp_seconds", "When the newest run ended that did its work.", ["kind"], worked)


def _sources(found: Measures) -> Iterator[Metric]:
    one = found.sources
    yield _gauge("sources", "Sources of the catalogue.", one.watched)
    yield _gauge("sources_due", "Sources whose time has come.", one.due)
    yield _gauge("sources_overdue", "Sources that have been due for over two hours.", one.overdue)
    yield _gauge("sources_never_crawled", "Sources that were never crawled.", one.never_crawled)
    yield _gauge("sources_held", "Sources that a worker holds now.", one.held)
    failing = {(source,): float(n) for source, n in one.failures.items()}
    yield _by("source_failures", "Failed crawls in a row, of sources that failed last time.", ["source"], failing)
    yield _gauge(
        "coverage_gaps", "Polls of each source's last crawl that came too late for some stories.", one.gaps
    )
    yield _gauge(
        "addresses_pending", "Addresses found and not yet fetched, after each source's last crawl.", one.pending
    )


def _feeds(found: Measures) -> Iterator[Metric]:
    feeds = found.feeds
    yield _by(
        "feed_persons", "Persons and organisations of a feed.", ["feed"], {(f.feed,): f.persons for f in feeds}
    )
    written = {(f.feed,): f.written.timestamp() for f in feeds if f.written is not None}
    yield _by("feed_written_timestamp_seconds", "When a feed was written.", ["feed"], written)
    stale = {(f.feed,): float(f.stale) for f in feeds}
    yield _by("feed_stale_persons", "Whom the feed names and the database no longer would.", ["feed"], stale)
    late = {(f.feed,): f.late for f in feeds}
    yield _by("feed_late_seconds", "For how long the feed, or a delivery of it, has been due.", ["feed"], late)


def _api(found: Measures) -> Iterator[Metric]:
    labels = ["route", "status"]
    asked = {(one.route, str(one.status)): float(one.n) for one in found.accesses}
    yield _by("api_requests_recent", "Requests in five minutes, of all processes.", labels, asked)
    slowest = {(one.route, str(one.status)): one.slowest_ms / 1000 for one in found.accesses}
    yield _by("api_slowest_recent_seconds", "The slowest answer in five minutes.", labels, slowest)


def write_textfile(path: Path, text: bytes) -> None:
    """Put the text where node_exporter looks, whole or not at all. Raises CommandError."""
    if path.suffix != ".prom":
        raise CommandError(f"{path}: node_exporter reads files that end in .prom only.", "Name it tipwatch.prom.")
    written: str | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            written = file.name
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), READABLE)
            os.fsync(file.fileno())
        os.replace(written, path)
        written = None
    except OSError as error:
        raise CommandError(
            f"{path} cannot be written ({error.strerror}); what was there before stays.",
            "Check that its folder is there, writable for this user, and has space.",
            ExitCode.ENVIRONMENT,
        ) from error
    finally:
        if written is not None:
            with contextlib.suppress(OSError):
                os.unlink(written)
