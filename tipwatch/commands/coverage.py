"""`tipwatch coverage`: show how well we looked: by country, source or month, with events, alarms and estimates.

Refuses a bare zero: beside it stands why it is one.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from storage.records import CountryCoverage, CoverageCounts, SourceCoverage
    from tipwatch.tables import Row

DAY = click.DateTime(formats=["%Y-%m-%d"])


@click.command(
    "coverage",
    short_help="Show how well we looked, by country or by source.",
    epilog="Example: tipwatch coverage --country in --since 2026-10-01 --format csv",
)
@click.option("--country", metavar="CODE", help="Only this country (ISO 3166-1, such as in).")
@click.option("--since", type=DAY, metavar="DATE", help="From this day on (UTC), such as 2026-10-01.")
@click.option("--until", type=DAY, metavar="DATE", help="Up to this day, included.")
@click.option(
    "--by",
    type=click.Choice(["country", "source", "month", "event", "alarm", "estimate", "profile"]),
    default="country",
    show_default=True,
    help="month: series with their breaks; event: what changed in how we look; alarm: sources that need a look; "
    "estimate: cases that the watched press could have reported; profile: sources by the Wolfsberg factors.",
)  # fmt: skip
@click.option("--all", "everything", is_flag=True, help="In the table, also what nobody has watched yet.")
@click.option(
    "--format", "format_", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
def coverage(
    *,
    country: str | None,
    since: dt.datetime | None,
    until: dt.datetime | None,
    by: str,
    everything: bool,
    format_: str,
) -> None:
    """Show how well we looked, by country or by source.

    A source that covers several countries counts in each. Beside every zero stands its reason: no source, the
    source was down, nothing on topic, a language that is not read yet, and so on.
    """
    from config import codes
    from config.reading_lexicons import read_languages
    from config.reference import load_reference
    from storage.references import merged
    from tipwatch.tables import TableFormat, as_csv, as_json, as_table, counted
    from tipwatch.workplace import workplace

    place_code = None if country is None else codes.asked_country(country)
    first, last = in_order(since, until)
    if by not in {"country", "source"}:
        _over_time(by, place_code, (first, last), TableFormat(format_))
        return
    with workplace() as place:
        least = place.settings.min_score
        found: Sequence[CountryCoverage | SourceCoverage]
        if by == "country":
            found = place.store.coverage.by_country(
                since=first,
                until=last,
                country=place_code,
                catalogue_facts=place.facts,
                min_score=least,
                read_languages=read_languages(),
            )
        else:
            found = [
                one
                for one in place.store.coverage.by_source(
                    since=first, until=last, catalogue_facts=place.facts, min_score=least
                )
                if place_code is None or place_code in one.countries
            ]
        figures = merged(load_reference(), place.store.references.figures()) if format_ == "json" else ()
    match TableFormat(format_):
        case TableFormat.JSON:
            known: dict[str, list[Any]] = {}
            for figure in figures:
                known.setdefault(figure.country, []).append(figure)
            click.echo(as_json([_record(one, known) for one in found]))
        case TableFormat.CSV:
            click.echo(as_csv([_flat(one) for one in found]))
        case TableFormat.TABLE:
            watched = [one for one in found if everything or place_code is not None or _is_watched(one)]
            if watched:
                click.echo(as_table([_brief(one) for one in watched]))
            left = len(found) - len(watched)
            what = (
                counted(len(watched), "country", "countries")
                if by == "country"
                else counted(len(watched), "source")
            )
            click.echo(f"{what} looked at." + (f" {left} more not watched yet; --all shows them." if left else ""))


def _record(one: CountryCoverage | SourceCoverage, figures: Mapping[str, Sequence[Any]]) -> dict[str, Any]:
    """The record, a country's with the figures that it must stand beside."""
    from storage.records import CountryCoverage
    from tipwatch.coverage_record import as_record, context

    if isinstance(one, CountryCoverage):
        return {**as_record(one), "context": context(one.country, figures.get(one.country, ()))}
    return as_record(one)


def in_order(since: dt.datetime | None, until: dt.datetime | None) -> tuple[dt.date | None, dt.date | None]:
    """The days of a span, which ends today at the latest. Raises BadParameter when it ends before it begins."""
    from tipwatch.jobs.run import wall_clock

    first = None if since is None else since.date()
    last = None if until is None else min(until.date(), wall_clock().date())
    if first is not None and last is not None and last < first:
        raise click.BadParameter("ends before --since begins", param_hint="--until")
    return first, last


def _over_time(by: str, country: str | None, span: tuple[dt.date | None, dt.date | None], format_: Any) -> None:
    """Months, events, alarms or estimates, a line each."""
    from config.reading_lexicons import read_languages
    from tipwatch.report.estimates import ASSUMED
    from tipwatch.report.lines import LINES
    from tipwatch.report.overview import Overview
    from tipwatch.tables import TableFormat, as_csv, as_json, as_table, counted
    from tipwatch.workplace import workplace

    with workplace() as place:
        overview = Overview(
            store=place.store, facts=place.facts, span=span, read_languages=read_languages(),
            min_score=place.settings.min_score,
        )  # fmt: skip
        lines = list(LINES[by](overview, country))
    match format_:
        case TableFormat.JSON:
            click.echo(as_json(lines))
        case TableFormat.CSV:
            click.echo(as_csv(lines))
        case _:
            if lines:
                click.echo(
                    as_table([{key: value for key, value in line.items() if key != "says"} for line in lines])
                )
            if lines and by == "estimate":
                click.echo(f"{ASSUMED} What each line says: --format csv.")
            of = "" if country is None else f" of {country}"
            why = (
                ""
                if lines
                else f"; `tipwatch coverage{'' if country is None else f' --country {country}'}` says why"
            )
            click.echo(f"{counted(len(lines), by)}{of}{why}.")


def _is_watched(one: CountryCoverage | SourceCoverage) -> bool:
    return one.counts.polls > 0 or one.counts.pages_fetched > 0 or one.counts.articles > 0


def _brief(one: CountryCoverage | SourceCoverage) -> Row:
    """The columns that a person needs at a glance."""
    counts: CoverageCounts = one.counts
    share = counts.polls_ok_share
    why = one.zeros.get("named_accused")
    return {
        **_who(one),
        "days": counts.days_watched,
        "polls_ok": "–" if share is None else f"{share:.0%} of {counts.polls}",
        "gaps": counts.window_gaps,
        "pages": counts.pages_fetched,
        "kept": counts.pages_kept,
        "articles": counts.articles,
        "on_topic": counts.on_topic,
        "accused": counts.named_accused,
        "from": None if counts.first_day is None else counts.first_day.isoformat(),
        "to": None if counts.last_day is None else counts.last_day.isoformat(),
        "why_none": None if why is None else why.value.replace("_", " "),
    }


def _who(one: CountryCoverage | SourceCoverage) -> dict[str, str | int | float | None]:
    from storage.records import CountryCoverage

    if isinstance(one, CountryCoverage):
        return {
            "country": one.country,
            "sources": _words(one.sources_by_state),
            "level": _words(one.sources_by_level),
            "language": _words(one.sources_by_language),
        }
    return {
        "source": one.source_id,
        "state": one.state.value,
        "level": one.level.value,
        "language": " ".join(one.languages),
    }


def _flat(one: CountryCoverage | SourceCoverage) -> Row:
    """Every column, each a single cell, to the letter as in the export's coverage.csv."""
    from storage.coverage_sheet import HEADER, sheet_row
    from storage.records import CountryCoverage
    from storage.spreadsheets import cell
    from tipwatch.coverage_record import as_record

    if isinstance(one, CountryCoverage):
        return {name: cell(value) for name, value in zip(HEADER, sheet_row(one), strict=True)}
    flat: dict[str, Any] = as_record(one)
    counts: dict[str, Any] = flat.pop("counts")
    return {name: cell(value) for name, value in {**flat, **counts}.items()}


def _words(counts: Mapping[str, object]) -> str:
    return ", ".join(f"{name} {n}" for name, n in counts.items())
