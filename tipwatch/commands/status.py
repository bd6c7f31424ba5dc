"""`tipwatch status`: show what ran, what is due and what is broken.

Refuses to repair: it looks, and says which command mends what.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode

if TYPE_CHECKING:
    from tipwatch.jobs.status import FeedStatus, LastRun, Status
    from tipwatch.tables import Row


@click.command(
    "status",
    short_help="Show what ran, what is due and what is broken.",
    epilog="Example: tipwatch status --format json",
)
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(format_: str) -> None:
    """Show what ran, what is due and what is broken. Ends with 1 if something is broken."""
    import dataclasses

    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.status import look
    from tipwatch.tables import as_json
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        found = look(place.store, list(place.catalogue.sources.values()), place.settings, wall_clock())
    if format_ == "json":
        click.echo(as_json(dataclasses.asdict(found)))
    else:
        _print(found)
    if found.broken:
        end(ExitCode.NEEDS_A_LOOK)


def _print(found: Status) -> None:
    from tipwatch.jobs.status import COUNT_AT_MOST
    from tipwatch.tables import as_table

    if found.runs:
        click.echo(as_table([_row(run) for run in found.runs]))
    else:
        click.echo(
            f"Nothing ran yet in {found.data_dir}. Begin with `tipwatch crawl`, or `tipwatch ingest FILE.warc.gz`."
        )
    upcoming = "" if found.next_due is None else f"; next at {found.next_due:%Y-%m-%d %H:%M} UTC"
    click.echo(
        f"Sources: {found.sources}, of which {found.watched_last_day} were crawled in the last day, "
        f"{_named(found.failed_last_time)} failed last time and {found.never_crawled} were never crawled; "
        f"{found.due} due now, {len(found.being_crawled)} being crawled{upcoming}."
    )
    pages, articles = (
        f"{n}+" if n >= COUNT_AT_MOST else str(n) for n in (found.pages_waiting, found.articles_waiting)
    )
    click.echo(
        f"Waiting: {found.urls_pending} addresses to fetch, {pages} pages to extract, {articles} articles "
        f"to read, {found.to_resolve} mentions to resolve."
    )
    if found.to_review:
        reasons = ", ".join(f"{n} {reason}" for reason, n in found.to_review.items())
        click.echo(f"To review: {reasons} (`tipwatch review`).")
    if found.quarantined:
        reasons = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in found.quarantined.items())
        click.echo(f"Quarantined: {reasons} (try again with `tipwatch extract --retry-quarantined`).")
    base = "on a server" if found.database_bytes is None else _size(found.database_bytes)
    click.echo(
        f"Disk, in {found.data_dir}: database {base}, archive {_size(found.archive_bytes)}, "
        f"free {_size(found.free_bytes)}. Reads as {found.extractor_version}."
    )
    if found.feeds:
        click.echo(as_table([_feed(one) for one in found.feeds]))
    for problem in found.broken:
        click.echo(f"Broken: {problem}.")
    if not found.broken:
        click.echo("Nothing is broken.")


def _row(run: LastRun) -> Row:
    return {
        "last": run.kind,
        "source": run.source,
        "started": f"{run.started:%Y-%m-%d %H:%M}",
        "outcome": run.outcome or "running",
        "did": ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in run.counts.items()),
    }


def _feed(one: FeedStatus) -> Row:
    return {
        "feed": one.feed if one.target is None else f"  to {one.target}",
        "version": one.version,
        "persons": one.persons,
        "stale": one.stale if one.target is None else None,
        "last_run": None if one.last_run is None else f"{one.last_run:%Y-%m-%d %H:%M}",
        "outcome": one.outcome,
        "due": None if one.due is None else "now" if one.written is None else f"{one.due:%Y-%m-%d %H:%M}",
    }


def _named(sources: Sequence[str], most: int = 5) -> str:
    """`2 (in_dead, in_other)`; of many only the first."""
    if not sources:
        return "0"
    return f"{len(sources)} ({', '.join(sources[:most])}{', …' if len(sources) > most else ''})"


def _size(n: int) -> str:
    value = float(n)
    for unit in ("bytes", "kB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
