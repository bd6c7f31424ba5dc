"""`tipwatch ingest`: take the pages of WARC files that others crawled.

Refuses a damaged file in silence: it names the offset, and keeps what came before.
"""

from __future__ import annotations

from pathlib import Path

import click


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
def ingest(files: tuple[Path, ...], source_id: str | None, dry_run: bool) -> None:
    """Take the pages of WARC files that others crawled.

    HTML responses with status 200 go through the gate to the archive, under the source whose homepage they lie
    under, else under `ingested`. A file that was taken before changes nothing. Then run `tipwatch extract`.
    """
    from config.gate_lexicons import load_gate_lexicons
    from extraction.relevance import Gate
    from tipwatch.jobs.ingest import Hosts
    from tipwatch.jobs.ingest import ingest as take
    from tipwatch.jobs.run import wall_clock
    from tipwatch.progress import progress
    from tipwatch.tables import counted
    from tipwatch.workplace import known_source, read_catalogue, workplace

    settings, catalogue = read_catalogue()
    if source_id is not None:
        known_source(catalogue, source_id)
    gate = Gate(list(load_gate_lexicons().values()))
    hosts = Hosts(catalogue.sources.values())
    if dry_run:
        for file in files:
            summary = take(
                None, file, wall_clock, gate, hosts=hosts, max_body=settings.max_body_bytes, source_id=source_id
            )
            click.echo(f"{file}: {counted(summary.pages, 'page')}, of which the gate would keep {summary.kept}.")
        click.echo("Dry run: nothing was written.")
        return
    kept = 0
    with workplace() as place, progress("records") as advance:
        for file in files:
            summary = take(
                place.store, file, wall_clock, gate, hosts=hosts, max_body=settings.max_body_bytes,
                source_id=source_id, advance=advance,
            )  # fmt: skip
            kept += summary.kept
            if summary.seen_before:
                click.echo(f"{file}: taken before; nothing to do.")
                continue
            others = ", ".join(f"{n} {name.replace('_', ' ')}" for name, n in summary.passed_over)
            click.echo(
                f"{file}: {counted(summary.pages, 'page')}: {summary.kept} kept, {summary.known} known already, "
                f"{summary.dropped} dropped by the gate." + (f" Passed over: {others}." if others else "")
            )
    click.echo(
        f"{counted(kept, 'new page')} came to the archive."
        + (" Read them with `tipwatch extract`." if kept else "")
    )
