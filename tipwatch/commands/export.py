"""`tipwatch export`: write the list of persons, never without its coverage.

Refuses a run that has far fewer rows than the last: the old export stays.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.commands.coverage import DAY

if TYPE_CHECKING:
    from tipwatch.feed.write import FeedResult

FEED = "opensanctions"


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
    "--stage", type=click.Choice(["charged", "convicted"]),
    help="charged: charged or further; convicted: pleaded guilty, convicted or sentenced. Required, but for "
    f"--format {FEED}: there convicted is the default.",
)  # fmt: skip
@click.option(
    "--format", "format_", type=click.Choice(["csv", "jsonl", FEED]), default="csv", show_default=True,
    help=f"csv, jsonl: one row a person and story. {FEED}: a feed for screening systems, one entity a person.",
)  # fmt: skip
@click.option(
    "--min-score", type=click.FloatRange(0, 1), metavar="SCORE",
    help="List accused with this score or more; the rest wait for review. Default: min_score of the settings.",
)  # fmt: skip
@click.option("--since", type=DAY, metavar="DATE", help="Only texts first seen on this day or later (UTC).")
@click.option(
    "--include-unreviewed", is_flag=True,
    help=f"With --format {FEED}: also records that no human has looked at, marked.",
)  # fmt: skip
@click.option(
    "--base-url", metavar="URL",
    help=f"With --format {FEED}: where the folder will be found; loaders such as yente need it.",
)  # fmt: skip
@click.option(
    "--min-persons", type=click.IntRange(0), metavar="N", help=f"With --format {FEED}: refuse a feed of fewer."
)
@click.option(
    "--max-persons", type=click.IntRange(0), metavar="N", help=f"With --format {FEED}: warn of a feed of more."
)
@click.option("--force", is_flag=True, help="Write it even if it has far fewer rows than the last one.")
@click.option("--dry-run", is_flag=True, help="Count the rows; write nothing.")
def export(
    *,
    directory: Path,
    stage: str | None,
    format_: str,
    min_score: float | None,
    since: dt.datetime | None,
    include_unreviewed: bool,
    base_url: str | None,
    min_persons: int | None,
    max_persons: int | None,
    force: bool,
    dry_run: bool,
) -> None:
    """Write the list of persons, never without its coverage.

    One row a person and story, each with its source, address and quote; beside it coverage.csv and a README that
    says what the numbers can and cannot mean. Below the least score a person is counted, not listed.

    With --format opensanctions: entities of FollowTheMoney in the files that screening systems load, with the
    changes since the last ones; reviewed records of the convicted, unless you ask for more.
    """
    if format_ == FEED:
        if since is not None:
            raise click.BadParameter(f"--format {FEED} is always whole; see its deltas.", param_hint="--since")
        if base_url is not None and not base_url.startswith(("https://", "http://")):
            raise click.BadParameter(
                "begins with https:// or http://; loaders take no other.", param_hint="--base-url"
            )
        _feed(
            directory=directory, stage=stage or "convicted", min_score=min_score,
            include_unreviewed=include_unreviewed, base_url=base_url, min_persons=min_persons,
            max_persons=max_persons, force=force, dry_run=dry_run,
        )  # fmt: skip
        return
    given = {
        "--include-unreviewed": include_unreviewed or None, "--base-url": base_url, "--min-persons": min_persons,
        "--max-persons": max_persons,
    }  # fmt: skip
    for option, value in given.items():
        if value is not None:
            raise click.BadParameter(f"goes with --format {FEED} only.", param_hint=option)
    if stage is None:
        raise click.MissingParameter(param_hint="--stage", param_type="option")
    _list(directory, stage, format_, min_score, since, force=force, dry_run=dry_run)


def _list(
    directory: Path, stage: str, format_: str, min_score: float | None, since: dt.datetime | None, *, force: bool,
    dry_run: bool,
) -> None:  # fmt: skip
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


def _feed(
    *,
    directory: Path,
    stage: str,
    min_score: float | None,
    include_unreviewed: bool,
    base_url: str | None,
    min_persons: int | None,
    max_persons: int | None,
    force: bool,
    dry_run: bool,
) -> None:
    from extraction.model.terms import SURE
    from storage.records.feed import FeedStage
    from tipwatch.errors import CommandError, ExitCode
    from tipwatch.feed.assertions import Limits
    from tipwatch.jobs.feed import FeedOrder, count
    from tipwatch.jobs.feed import feed as run_feed
    from tipwatch.jobs.run import wall_clock
    from tipwatch.tables import counted
    from tipwatch.workplace import workplace

    with workplace(sync=not dry_run) as place:
        least = place.settings.min_score if min_score is None else min_score
        if include_unreviewed and least < SURE and not force:
            raise CommandError(
                f"A score below {SURE:g} is a doubt of the reader: nobody is published for it unseen.",
                f"Decide on them in `tipwatch review`, or raise --min-score to {SURE:g}; --force overrules.",
                ExitCode.REFUSED,
            )
        order = FeedOrder(
            directory=directory,
            stage=FeedStage(stage),
            include_unreviewed=include_unreviewed,
            min_score=least,
            base_url=None if base_url is None else base_url.rstrip("/"),
            limits=Limits(min_targets=min_persons or 0, max_targets=max_persons),
            force=force,
        )
        if dry_run:
            found, accused = count(place.store, order)
            click.echo(
                f"Dry run: {counted(found, 'person')}, {accused} of them accused only, would be in {directory}."
            )
            return
        _tell(run_feed(place.store, list(place.catalogue.sources.values()), order, wall_clock))


def _tell(result: FeedResult) -> None:
    from tipwatch.tables import counted

    for file in result.files:
        click.echo(str(file))
    before = "the first version" if result.version_before is None else f"after {result.version_before}"
    changes = ", ".join(f"{result.changes.get(op, 0)} {op}" for op in ("ADD", "MOD", "DEL"))
    click.echo(
        f"Feed of {counted(result.targets, 'target')} ({result.accused} accused only), "
        f"{counted(result.entities, 'entity', 'entities')}, to {result.directory}."
    )
    click.echo(f"Version {result.version}, {before}: {changes}.")
    for warning in result.warnings:
        click.echo(f"Warning: {warning}", err=True)
