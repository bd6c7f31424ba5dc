"""`tipwatch report`: one page that sets every number beside how well we looked.

Refuses to leave half a page: it is written whole, or the old one stays.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from tipwatch.commands.coverage import DAY, in_order


@click.command(
    "report",
    short_help="Write one page that sets every number beside how well we looked.",
    epilog="Example: tipwatch report --output report.html --since 2026-01-01 --stage convicted",
)
@click.option(
    "--output", required=True, metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="The page; it works offline and loads nothing.",
)  # fmt: skip
@click.option("--stage", type=click.Choice(["charged", "convicted"]), default="charged", show_default=True)
@click.option("--since", type=DAY, metavar="DATE", help="From this day on (UTC), such as 2026-01-01.")
@click.option("--until", type=DAY, metavar="DATE", help="Up to this day, included.")
@click.option("--dry-run", is_flag=True, help="Say what the page would hold, and write nothing.")
def report(
    *, output: Path, stage: str, since: dt.datetime | None, until: dt.datetime | None, dry_run: bool
) -> None:
    """Write one page that sets every number beside how well we looked.

    Origin of the accused by country of reporting, beside each country's coverage; series with their breaks and a
    panel of sources watched throughout; an estimate of what we did not see; the reason for every empty cell.
    """
    from config.reading_lexicons import read_languages
    from extraction.version import EXTRACTOR_VERSION
    from storage.records import ExportStage
    from tipwatch.jobs.run import wall_clock
    from tipwatch.report.assemble import ReportOrder, assemble
    from tipwatch.report.overview import Overview
    from tipwatch.report.page import render
    from tipwatch.report.write import write_whole
    from tipwatch.tables import counted
    from tipwatch.workplace import workplace

    span = in_order(since, until)
    with workplace() as place:
        overview = Overview(
            store=place.store, facts=place.facts, span=span, read_languages=read_languages(),
            min_score=place.settings.min_score,
        )  # fmt: skip
        order = ReportOrder(
            made_at=wall_clock(), reader_version=EXTRACTOR_VERSION, stage=ExportStage(stage),
            min_cell=place.settings.min_cell,
        )  # fmt: skip
        made = assemble(overview, order)
    if not dry_run:
        write_whole(output, render(made))
    named = sum(one.persons > 0 for one in made.countries)
    click.echo(
        f"{'Would write' if dry_run else 'Wrote'} {output}: "
        f"{counted(len(made.countries), 'country', 'countries')}, "
        f"{named} with at least one person {stage}; {counted(len(made.events), 'event')}, "
        f"{counted(len(made.alarms), 'alarm')}."
    )
