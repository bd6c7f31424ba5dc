"""`python -m tipwatch.demo`: the whole job in under 90 seconds, on a newsroom that we invented.

Refuses to look well: what the commands found is printed as it is, and a command that fails ends the demo.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import threading
from pathlib import Path
from time import monotonic

import click

from tipwatch.demo.findings import accused_rows, coverage_rows
from tipwatch.demo.newsroom import Newsroom
from tipwatch.demo.stage import FolderTaken, prepare
from tipwatch.demo.walkthrough import Step, StepFailed, run_commands
from tipwatch.errors import ExitCode
from tipwatch.tables import as_table


@click.command(epilog="Example: python -m tipwatch.demo --output /tmp/demo --keep")
@click.option(
    "--output",
    "directory",
    default="demo-output",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write; an earlier demo's is cleared.",
)
@click.option("--keep", is_flag=True, help="Keep the newsroom open afterwards, to try commands by hand.")
def demo(directory: Path, keep: bool) -> None:
    """Serve an invented newsroom from loopback, crawl it politely, read it, and show what was found."""
    start = monotonic()
    directory = directory.resolve()
    try:
        with Newsroom(dt.datetime.now(dt.UTC).date()) as newsroom:
            _watch(newsroom, directory, start)
            if keep:
                _stay(newsroom, directory)
    except FolderTaken as refusal:
        click.echo(f"Error: {refusal}.", err=True)
        sys.exit(ExitCode.BAD_INPUT)
    except OSError as error:
        click.echo(f"Error: {error.filename or directory}: {error.strerror}.", err=True)
        sys.exit(ExitCode.ENVIRONMENT)
    except KeyboardInterrupt:
        click.echo("Interrupted.", err=True)
        sys.exit(ExitCode.INTERRUPTED)
    except StepFailed as failure:
        click.echo(f"Error: {failure}\n  The whole log: {directory / 'demo.log'}", err=True)
        sys.exit(ExitCode.ENVIRONMENT)


def _watch(newsroom: Newsroom, directory: Path, start: float) -> None:
    prepare(directory, newsroom)
    stories = sum(map(len, newsroom.stories.values()))
    click.echo(f"An invented newsroom: {len(newsroom.hosts)} outlets, {stories} stories, on loopback.")
    steps = run_commands(directory, _began, _ended)
    coverage = json.loads(next(step.output for step in steps if step.command.startswith("tipwatch coverage")))
    _save_visits(newsroom, directory / "visits.tsv")
    click.echo("\nThe accused, as exported (charged or further; then those who were cleared):")
    click.echo(as_table(accused_rows(directory)))
    click.echo(
        "Whoever is only wanted or arrested is counted below, but no list names them.\n\nHow well we looked:"
    )
    click.echo(as_table(coverage_rows(coverage)))
    click.echo(
        f"Lists, with coverage and README: {directory / 'export'}\n"
        f"One page with all of it:         {directory / 'report.html'}\n"
        f"Database and archive:            {directory / 'data'}\n"
        f"Catalogue and settings:          {directory / 'sources'}, {directory / 'tipwatch.yml'}\n"
        f"Commands' log, sites' log:       {directory / 'demo.log'}, {directory / 'visits.tsv'}\n"
        "To check and decide, in that folder: tipwatch user add you --role admin, then tipwatch review\n"
        f"{len(newsroom.visits)} requests, {monotonic() - start:.0f} seconds."
    )


def _began(command: str) -> None:
    click.echo(f"$ {command}")


def _ended(step: Step) -> None:
    lines = step.output.strip().splitlines()
    said = "" if step.command.endswith("json") or not lines else lines[-1]
    click.echo(f"  {said} ({step.seconds:.1f} s)".replace("   ", "  "))


def _save_visits(newsroom: Newsroom, path: Path) -> None:
    """The sites' own log: what was asked for, by whom, and when (seconds since the first request)."""
    first = min((visit.at for visit in newsroom.visits), default=0.0)
    lines = [
        f"{visit.at - first:.3f}\t{visit.until - first:.3f}\t{visit.outlet}\t{visit.status}\t{visit.path}"
        f"\t{visit.user_agent}"
        for visit in newsroom.visits
    ]
    path.write_text("\n".join(["from\tuntil\toutlet\tstatus\tpath\tuser_agent", *lines]) + "\n", encoding="utf-8")


def _stay(newsroom: Newsroom, directory: Path) -> None:
    for code, host in newsroom.hosts.items():
        click.echo(f"  {code}: http://{host}/")
    click.echo(f"The newsroom stays open: `cd {directory}` and try `tipwatch status`. Ctrl-C closes it.")
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        click.echo("Closed.")


if __name__ == "__main__":
    demo()
