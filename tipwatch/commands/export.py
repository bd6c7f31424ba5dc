"""`tipwatch export`: write the list of persons, never without its coverage.

Refuses a run that has far fewer rows than the last: the old export stays.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from tipwatch.commands.coverage import DAY


@click.command(
    "export",
    short_help="Write the list of persons, never without its coverage.",
    epilog="Example: tipwatch export --output export --stage convicted --format csv",
)
@click.option(
    "--output",
    "directory",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write.",
)
@click.option(
    "--stage", type=click.Choice(["charged", "convicted"]), required=True,
    help="charged: charged or further; convicted: pleaded guilty, convicted or sentenced.",
)  # fmt: skip
@click.option("--format", "format_", type=click.Choice(["csv", "jsonl"]), default="csv", show_default=True)
@click.option(
    "--min-score", type=click.FloatRange(0, 1), metavar="SCORE",
    help="List accused with this score or more; the rest wait for review. Default: min_score of the settings.",
)  # fmt: skip
@click.option("--since", type=DAY, metavar="DATE", help="Only texts first seen on this day or later (UTC).")
@click.option("--force", is_flag=True, help="Write it even if it has far fewer rows than the last one.")
@click.option("--dry-run", is_flag=True, help="Count the rows; write nothing.")
def export(
    *,
    directory: Path,
    stage: str,
    format_: str,
    min_score: float | None,
    since: dt.datetime | None,
    force: bool,
    dry_run: bool,
) -> None:
    """Write the list of persons, never without its coverage.

    One row a person and story, each with its source, address and quote; beside it coverage.csv and a README that
    says what the numbers can and cannot mean. Below the least score a person is counted, not listed.
    """
    from storage.records import ExportFormat, ExportStage
    from tipwatch.jobs.export import ExportOrder
    from tipwatch.jobs.export import export as run_export
    from tipwatch.jobs.run import wall_clock
    from tipwatch.tables import counted
    from tipwatch.workplace import workplace

    wanted = ExportStage(stage)
    first = None if since is None else since.date()
    with workplace(sync=not dry_run) as place:
        least = place.settings.min_score if min_score is None else min_score
        if dry_run:
            every = [row.score for row in place.store.exports.rows(wanted.stages, first)]
            rows = sum(score >= least for score in every)
            click.echo(
                f"Dry run: {counted(rows, 'row')} would be written to {directory}; "
                f"{len(every) - rows} below a score of {least:g} would wait for review."
            )
            return
        order = ExportOrder(
            directory=directory, stage=wanted, format=ExportFormat(format_), min_score=least, since=first,
            force=force,
        )  # fmt: skip
        result = run_export(place.store, list(place.catalogue.sources.values()), order, wall_clock)
    for file in result.files:
        click.echo(str(file))
    before = "" if result.previous_rows is None else f" (the last export had {result.previous_rows})"
    click.echo(f"Exported {counted(result.rows, 'row')}, {stage} or further, to {result.directory}{before}.")
    if result.waiting_rows:
        click.echo(f"Below a score of {least:g}, waiting for review: {counted(result.waiting_rows, 'row')}.")
    if result.warning is not None:
        click.echo(f"Warning: {result.warning}", err=True)
