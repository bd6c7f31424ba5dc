"""`tipwatch ingest`: take the pages of WARC files that others crawled.

Refuses a damaged file in silence: it names the offset, and keeps what came before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.executors.options import Spread, spread_options

if TYPE_CHECKING:
    from tipwatch.jobs.ingest import IngestSummary


@click.command(
    "ingest",
    short_help="Take the pages of WARC files that others crawled.",
    epilog="Example: tipwatch ingest crawl-2026-11.warc.gz --source in_thehindu",
)
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--source", "source_id", metavar="ID", help="Whose pages these are; otherwise told by their hosts.")
@click.option("--dry-run", is_flag=True, help="Count what the gate would keep; write nothing.")
@click.option(
    "--patience", "patience_seconds", metavar="SECONDS", type=click.FloatRange(0, 86_400), default=300.0,
    show_default=True, help="How long to wait for a PostgreSQL server that does not answer.",
)  # fmt: skip
@spread_options
def ingest(
    *, files: tuple[Path, ...], source_id: str | None, dry_run: bool, patience_seconds: float, spread: Spread
) -> None:
    """Take the pages of WARC files that others crawled.

    HTML responses with status 200 go through the gate to the archive, under the source whose homepage they lie
    under, else under `ingested`. A file that was taken before changes nothing; one that was cut short goes on
    where it was. Several files go side by side, with --workers. Then run `tipwatch extract`.
    """
    from tipwatch.executors import executor
    from tipwatch.jobs.ingest import ingest_files
    from tipwatch.jobs.patience import patience, patient
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.sift import SIFT_TOOLS
    from tipwatch.progress import progress
    from tipwatch.tables import counted
    from tipwatch.workplace import known_source, read_catalogue, workplace

    settings, catalogue = read_catalogue()
    if source_id is not None:
        known_source(catalogue, source_id)
    # A file has one slice on its way at a time, so more workers than files would be idle.
    count = min(spread.workers, len(files))
    with executor(spread.kind, SIFT_TOOLS, workers=count, address=spread.address) as workers:
        if dry_run:
            summaries = ingest_files(
                None, files, wall_clock, workers, max_body=settings.max_body_bytes, source_id=source_id
            )
            for one in summaries:
                click.echo(f"{one.file}: {counted(one.pages, 'page')}, of which the gate would keep {one.kept}.")
            click.echo("Dry run: nothing was written.")
            return
        with workplace() as place, progress("records") as advance:
            summaries = ingest_files(
                patient(place.store, patience(settings, patience_seconds)), files, wall_clock, workers,
                max_body=settings.max_body_bytes, source_id=source_id, advance=advance, done=_tell,
            )  # fmt: skip
    kept = sum(one.kept for one in summaries)
    click.echo(
        f"{counted(kept, 'new page')} came to the archive."
        + (" Read them with `tipwatch extract`." if kept else "")
    )


def _tell(one: IngestSummary) -> None:
    """A file that has come to its end."""
    from tipwatch.tables import counted

    if one.seen_before:
        click.echo(f"{one.file}: taken before; nothing to do.")
        return
    others = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in one.passed_over)
    click.echo(
        f"{one.file}: {counted(one.pages, 'page')}: {one.kept} kept, {one.known} known already, "
        f"{one.dropped} dropped by the gate."
        + (f" Passed over: {others}." if others else "")
        + (" An earlier run had begun it, which is counted here." if one.was_begun else "")
    )
