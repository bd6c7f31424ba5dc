"""`tipwatch crawl`: fetch new stories of the catalogue's sources.

Refuses to begin when any YAML of the catalogue has a fault, or without a contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode
from tipwatch.executors.options import Spread, spread_options

if TYPE_CHECKING:
    from config.catalogue import Catalogue
    from config.source import Source
    from tipwatch.jobs.crawl import CrawlReport, CrawlResult


@click.command(
    "crawl",
    short_help="Fetch new stories of the catalogue's sources, politely.",
    epilog="Example: tipwatch crawl --country in --limit 20",
)
@click.argument("source_ids", metavar="[SOURCE]...", nargs=-1)
@click.option("--country", metavar="CODE", help="Only sources published in this country (ISO 3166-1, such as in).")
@click.option("--limit", type=click.IntRange(min=1), help="At most so many stories of each source.")
@click.option("--dry-run", is_flag=True, help="Say what would be crawled; fetch and write nothing.")
@spread_options
def crawl(
    source_ids: tuple[str, ...], country: str | None, limit: int | None, *, dry_run: bool, spread: Spread
) -> None:
    """Fetch new stories of the catalogue's sources, politely.

    Without SOURCE every `active` and `unverified` source is crawled. Pages that may be on topic go to the
    archive; `tipwatch extract` reads them. A crawl that was cut short goes on where it was. With several workers,
    or over Ray, sources are crawled in shards by registered domain.
    """
    from crawlers.identity import user_agent
    from tipwatch.jobs.crawl import crawl as run_crawl
    from tipwatch.jobs.run import close_stale, wall_clock
    from tipwatch.progress import counted_progress
    from tipwatch.tables import counted
    from tipwatch.workplace import read_catalogue, workplace

    settings, catalogue = read_catalogue()
    chosen, passed_over = choose(catalogue, source_ids, country)
    user_agent(settings)
    for source in passed_over:
        click.echo(
            f"{source.id}: {source.status.state} since {source.status.date}, {source.status.reason}; not crawled."
        )
    if not chosen and passed_over:
        return
    if not chosen:
        where = "" if country is None else f" published in {country.lower()}"
        click.echo(f"No source to crawl{where} in {catalogue.directory}; `tipwatch source list` shows them all.")
        end(ExitCode.NEEDS_A_LOOK)
    if dry_run:
        for source in chosen:
            click.echo(f"{source.id}: {', '.join(part.url for part in source.discover)}")
        click.echo(f"Dry run: {counted(len(chosen), 'source')} would be crawled; nothing was fetched or written.")
        return
    with workplace() as place:
        close_stale(place.store, wall_clock())
        with counted_progress("sources", len(chosen)) as ended:
            result = run_crawl(place.store, chosen, settings, wall_clock, limit=limit, ended=ended, spread=spread)
    end(_report(result))


def choose(
    catalogue: Catalogue, source_ids: Sequence[str], country: str | None
) -> tuple[tuple[Source, ...], tuple[Source, ...]]:
    """The sources to crawl, and those that were named but are paused or retired. Raises ConfigErrors."""
    from config.catalogue import CRAWLED
    from config.source import SourceState

    found = catalogue.select(source_ids, country, frozenset(SourceState))
    chosen = tuple(source for source in found if source.status.state in CRAWLED)
    left = tuple(source for source in found if source.status.state not in CRAWLED)
    return chosen, left if source_ids else ()


def _report(result: CrawlResult) -> ExitCode:
    from storage.records import RunOutcome
    from tipwatch.errors import CommandError
    from tipwatch.tables import as_table, counted

    for name in result.held:
        click.echo(f"{name}: another worker is crawling it; left to it.")
    reports = result.reports
    if not reports:
        return ExitCode.DONE
    click.echo(as_table([row_of(report) for report in reports]))
    failed = [report for report in reports if needs_a_look(report)]
    fetched, kept = sum(one.fetched for one in reports), sum(one.kept for one in reports)
    new, gaps = sum(one.new for one in reports), sum(one.gaps for one in reports)
    click.echo(
        f"Crawled {counted(len(reports), 'source')}: {counted(new, 'new address', 'new addresses')}, "
        f"{counted(fetched, 'page')} fetched, {kept} kept for reading."
        + (f" {counted(len(failed), 'source')} failed." if failed else "")
        + (f" {counted(gaps, 'feed')} moved on faster than we looked: stories were missed there." if gaps else "")
    )
    broken = next((one.failure for one in reports if one.failure is not None), None)
    if broken is not None:
        raise CommandError(broken[0], broken[1], ExitCode.ENVIRONMENT)
    if any(one.outcome is RunOutcome.INTERRUPTED for one in reports):
        return ExitCode.INTERRUPTED
    return ExitCode.NEEDS_A_LOOK if failed else ExitCode.DONE


def needs_a_look(report: CrawlReport) -> bool:
    """A source failed when no poll of it worked; single pages that fail are a site's daily life."""
    from storage.records import RunOutcome

    return report.outcome in {RunOutcome.FAILED, RunOutcome.REFUSED}


def row_of(report: CrawlReport) -> dict[str, str | int | float | None]:
    """One source's line."""
    return {
        "source": report.source_id,
        "outcome": report.outcome.value,
        "polls": f"{report.polls_ok}/{report.polls_ok + sum(report.polls_failed.values())}",
        "found": report.found,
        "new": report.new,
        "fetched": report.fetched,
        "kept": report.kept,
        "dropped": sum(report.dropped.values()),
        "failed": sum(report.failed.values()),
        "pending": report.pending,
        "note": report.detail,
    }
