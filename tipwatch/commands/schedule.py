"""`tipwatch schedule`: crawl and read whatever is due, again and again.

Refuses memory of its own: what ran stands in the database; stop it and start it as you like.
"""

from __future__ import annotations

import datetime as dt
import signal
from collections.abc import Sequence
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import CommandError, ExitCode
from tipwatch.tables import counted

if TYPE_CHECKING:
    from config.source import Source
    from tipwatch.jobs.scheduled_feeds import ScheduledFeeds
    from tipwatch.jobs.scheduler import Round
    from tipwatch.workplace import Workplace


@click.command(
    "schedule",
    short_help="Crawl and read whatever is due, again and again.",
    epilog="Example: tipwatch schedule --export /srv/tipwatch/export --export-at 05:30",
)
@click.option("--once", is_flag=True, help="One turn, then end: for cron.")
@click.option("--dry-run", is_flag=True, help="Show what is due and when the next is; do nothing.")
@click.option(
    "--export", "directory", type=click.Path(file_okay=False, path_type=Path), help="Export here every day."
)
@click.option("--export-at", metavar="HH:MM", default="06:00", show_default=True, help="When to export, in UTC.")
@click.option(
    "--only-feeds", is_flag=True,
    help="Crawl nothing: write and deliver the feeds of the settings, looked at every minute.",
)  # fmt: skip
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that read.")
def schedule(
    *, once: bool, dry_run: bool, directory: Path | None, export_at: str, only_feeds: bool, workers: int
) -> None:
    """Crawl and read whatever is due, again and again.

    Each source has its interval; a failing one is asked less and less often, at least once a day. Feeds of the
    settings are written at their hour, and soon after somebody was acquitted or taken down. Several schedulers may
    run at once: no source is crawled and no feed written by two. SIGTERM and Ctrl-C end it after the step in hand.
    """
    from crawlers.identity import user_agent
    from tipwatch.jobs.extract import Limits
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.scheduler import (
        LONGEST_SLEEP,
        LONGEST_SLEEP_OF_FEEDS,
        DailyExport,
        next_due,
        run_forever,
        turn,
        turn_of_feeds,
    )
    from tipwatch.workplace import read_catalogue, workplace

    moment = _moment(export_at)
    settings, catalogue = read_catalogue()
    if dry_run:
        _show_due()
        return
    if only_feeds:
        if directory is not None:
            raise click.BadParameter("goes without --export.", param_hint="--only-feeds")
        if not settings.feeds:
            raise CommandError("The settings name no feed.", "See docs/schedule.md for `feeds:` in tipwatch.yml.")
    else:
        user_agent(settings)
    stop = _stop_on_signals()
    daily = None
    if directory is not None:
        daily = DailyExport(directory=directory, at=moment, min_score=settings.min_score)

    def sources() -> Sequence[Source]:
        return list(read_catalogue()[1].sources.values())  # a YAML that changed counts from the next turn on

    with workplace() as place:
        feeds = _feeds(place)

        def one_turn() -> Round:
            if only_feeds and feeds is not None:
                done = turn_of_feeds(place.store, sources, wall_clock, stop=stop, feeds=feeds)
            else:
                done = turn(
                    place.store, sources, settings, wall_clock, stop=stop, daily=daily, feeds=feeds,
                    limits=Limits(workers=workers),
                )  # fmt: skip
            _say(done)
            return done

        def next_moment() -> dt.datetime | None:
            moments = [] if only_feeds else [next_due(place.store, sources(), wall_clock())]
            moments += [] if feeds is None else [feeds.next_due()]
            return min((one for one in moments if one is not None), default=None)

        if once:
            done = one_turn()
            if done.problems or _failed(done):
                end(ExitCode.NEEDS_A_LOOK)
            return
        watched = counted(len(settings.feeds), "feed") if only_feeds else f"{len(catalogue.sources)} sources"
        click.echo(f"Watching {watched}. Ctrl-C or SIGTERM ends it after the step in hand.")
        longest = LONGEST_SLEEP_OF_FEEDS if only_feeds else LONGEST_SLEEP
        run_forever(one_turn, next_moment, wall_clock, stop, longest)
    click.echo("Stopped. What was finished is kept.")


def _feeds(place: Workplace) -> ScheduledFeeds | None:
    """None where the settings name none: nothing of the feed is imported then."""
    if not place.settings.feeds:
        return None
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.scheduled_feeds import ScheduledFeeds

    return ScheduledFeeds(place.store, place.settings.feeds, wall_clock)


def _moment(text: str) -> dt.time:
    try:
        return dt.datetime.strptime(text, "%H:%M").time()  # noqa: DTZ007 - a time of day, in UTC by definition
    except ValueError:
        raise click.BadParameter("write it as HH:MM, such as 05:30", param_hint="--export-at") from None


def _stop_on_signals() -> Event:
    """SIGTERM and the first Ctrl-C ask to end after the step in hand; the second Ctrl-C interrupts it."""
    stop = Event()

    def asked(number: int, _frame: object) -> None:
        if stop.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        stop.set()
        click.echo("Ending after the step in hand; Ctrl-C again ends at once.", err=True)

    signal.signal(signal.SIGTERM, asked)
    signal.signal(signal.SIGINT, asked)
    return stop


def _failed(done: Round) -> list[str]:
    from tipwatch.commands.crawl import needs_a_look

    return [] if done.crawled is None else [one.source_id for one in done.crawled.reports if needs_a_look(one)]


def _say(done: Round) -> None:
    now = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}"
    if done.crawled is not None and done.crawled.reports:
        reports = done.crawled.reports
        failed = _failed(done)
        click.echo(
            f"{now} Crawled {len(reports)} of {len(done.due)} sources due: "
            f"{sum(one.fetched for one in reports)} pages, {sum(one.kept for one in reports)} kept."
            + (f" Failed: {', '.join(failed)}." if failed else "")
        )
    if done.extracted is not None:
        read = done.extracted
        click.echo(
            f"{now} Read {read.read} articles: {read.on_topic} on topic, {read.named_accused} accused named, "
            f"{read.quarantined.total()} quarantined."
        )
    if done.exported is not None:
        click.echo(f"{now} Exported to {done.exported}.")
    for one in done.feeds:
        if one.result is not None:
            changes = ", ".join(f"{one.result.changes.get(op, 0)} {op}" for op in ("ADD", "MOD", "DEL"))
            click.echo(
                f"{now} Feed {one.name}: {counted(one.result.targets, 'target')}, version {one.result.version}: "
                f"{changes}."
            )
            for warning in one.result.warnings:
                click.echo(f"{now} Feed {one.name}: {warning}", err=True)
        for shown in one.delivered:
            click.echo(f"{now} Feed {one.name}: delivered to {shown}.")
    for problem in done.problems:
        click.echo(f"{now} {problem}", err=True)
    if not (done.crawled or done.extracted or done.exported or done.feeds or done.problems):
        click.echo(f"{now} Nothing was due.")


def _show_due() -> None:
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.schedule import due
    from tipwatch.jobs.scheduler import next_due, recent_crawls
    from tipwatch.tables import as_table
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        now = wall_clock()
        sources = list(place.catalogue.sources.values())
        found = due(sources, recent_crawls(place.store, now), now)
        upcoming = next_due(place.store, sources, now)
        scheduled = _feeds(place)
        feeds = [] if scheduled is None else scheduled.states()
    if found:
        rows: list[dict[str, str | int | float | None]] = [
            {
                "source": entry.source.id,
                "due_since": "never ran" if entry.since is None else f"{entry.since:%Y-%m-%d %H:%M}",
                "failures_in_a_row": entry.failures,
                "every_minutes": entry.source.interval_minutes,
            }
            for entry in found
        ]
        click.echo(as_table(rows))
    after = "" if upcoming is None or upcoming <= now else f" The next is due at {upcoming:%Y-%m-%d %H:%M} UTC."
    click.echo(f"Dry run: {len(found)} of {len(sources)} sources are due; nothing was crawled.{after}")
    for state in feeds:
        when = "is due" if state.due <= now else f"is due at {state.due:%Y-%m-%d %H:%M} UTC"
        waiting = sum(target.due is not None for target in state.targets)
        to = f"; to be delivered to {counted(waiting, 'target')}" if waiting else ""
        click.echo(f"Feed {state.plan.name} {when}{to}; nothing was written.")
