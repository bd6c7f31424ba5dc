"""`tipwatch metrics`: figures for Prometheus, printed or put where node_exporter reads them.

Refuses half a file: what was there stays until the new one is whole.
"""

from __future__ import annotations

from pathlib import Path

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode


@click.command(
    "metrics",
    short_help="Print or write figures for Prometheus.",
    epilog="Example: tipwatch metrics --textfile /var/lib/prometheus/node-exporter/tipwatch.prom",
)
@click.option(
    "--textfile", type=click.Path(dir_okay=False, path_type=Path), metavar="PATH",
    help="Write this file, in one step, for node_exporter's textfile collector; else print.",
)  # fmt: skip
def metrics(textfile: Path | None) -> None:
    """Print or write figures for Prometheus. Changes nothing in the database.

    Ends with 3 where the database does not answer or is of another version; `tipwatch_database_up` is 0 then.
    """
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.scrape import Scraper
    from tipwatch.metrics import write_textfile
    from tipwatch.workplace import read_catalogue

    settings, catalogue = read_catalogue()
    scraper = Scraper(settings, lambda: list(catalogue.sources.values()), wall_clock)
    try:
        text, is_up = scraper.scrape()
    finally:
        scraper.close()
    if textfile is None:
        click.echo(text.decode(), nl=False)
    else:
        write_textfile(textfile, text)
    if not is_up:
        click.echo("The database cannot be asked; `tipwatch health` says why.", err=True)
        end(ExitCode.ENVIRONMENT)
