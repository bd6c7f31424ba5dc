"""`tipwatch reference`: figures that are not ours, imported, listed and taken back.

Refuses half a file: with one bad line nothing is imported, and every bad line is named.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.errors import CommandError

if TYPE_CHECKING:
    from config.reference import ReferenceFigure
    from config.settings import Settings
    from storage.records import ImportResult
    from storage.references import References
    from tipwatch.tables import Row

    Key = tuple[str, int, str]

MOST_LINES = 20  # of changes that are told one by one


@click.group("reference", short_help="Import, list and take back figures that are not ours, such as convictions.")
def reference() -> None:
    """Import, list and take back figures that are not ours: people, freedom of the press, convictions."""


@reference.command(
    "import",
    short_help="Take your own figures from a CSV file, all of them or none.",
    epilog="Example: tipwatch reference import official.csv --dry-run",
)
@click.argument("path", metavar="FILE.csv", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and say what would change; store nothing.")
def import_(path: Path, dry_run: bool) -> None:
    """Take your own figures from a CSV file, all of them or none.

    Columns: country,year,indicator,value,value_text,source. A bad line ends it with code 2 and nothing is taken.
    Your figure comes before a shipped one of the same country, year and indicator; both stay in `reference list
    --all`. A file that is imported again changes only what differs.
    """
    from config.faults import ConfigErrors
    from config.reference import read_reference_file
    from tipwatch.jobs.run import wall_clock
    from tipwatch.tables import counted, shown

    now = wall_clock()
    try:
        figures = read_reference_file(path, this_year=now.year)
    except ConfigErrors as error:
        click.echo(f"{shown(path.name)}: {counted(len(error.errors), 'fault')}; nothing was imported.", err=True)
        raise
    before, result = _stored_or_compared(figures, path.name, None if dry_run else now)
    click.echo(_sum(path.name, result, dry_run))
    _tell_changes(figures, before)
    if result.left:
        click.echo(
            f"{counted(result.left, 'figure')} of earlier imports of {shown(path.name)} not in it now: kept."
        )
        click.echo(f"  `tipwatch reference forget {shown(path.name)}` takes all of its figures back.")
    _tell_shipped(figures)
    _tell_names(figures)


def _stored_or_compared(
    figures: Sequence[ReferenceFigure], name: str, now: dt.datetime | None
) -> tuple[Mapping[Key, ReferenceFigure], ImportResult]:
    """The user's figures before, and what an import does, or without `now` would do."""
    from config.settings import load_settings
    from storage.records import ImportResult
    from storage.store import Store

    settings = load_settings()
    if now is not None:
        with Store.open(settings.database_url, settings.archive_dir) as store:
            before = {one.key: one for one in store.references.figures()}
            return before, store.references.import_figures(figures, name, now)
    with _stored(settings) as references:
        if references is None:
            return {}, ImportResult(added=len(figures), changed=0, unchanged=0, left=0)
        return {one.key: one for one in references.figures()}, references.compare(figures, name)


def _sum(name: str, result: ImportResult, dry_run: bool) -> str:
    from tipwatch.tables import counted, shown

    added = counted(result.added, "figure")
    if dry_run:
        told = f"Dry run: of {shown(name)}, {added} would be added, {result.changed} changed"
        return f"{told}, {result.unchanged} would stay unchanged; nothing was stored."
    return f"{shown(name)}: {added} added, {result.changed} changed, {result.unchanged} unchanged."


def _tell_changes(figures: Sequence[ReferenceFigure], before: Mapping[Key, ReferenceFigure]) -> None:
    from tipwatch.tables import shown

    lines: list[str] = []
    for one in figures:
        old = before.get(one.key)
        if old is None or old.says == one.says:
            continue
        line = f"{one.country} {one.year} {one.indicator}: {shown(old.text)} -> {shown(one.text)}"
        lines.append(line + (f" ({shown(old.source)} -> {shown(one.source)})" if one.source != old.source else ""))
    _some(lines)


def _tell_shipped(figures: Sequence[ReferenceFigure]) -> None:
    """Say which shipped figures the user's come before."""
    from config.reference import load_reference
    from tipwatch.tables import counted, shown

    shipped = {one.key: one for one in load_reference()}
    over = [one for one in figures if one.key in shipped]
    if over:
        come = "comes" if len(over) == 1 else "come"
        click.echo(f"{counted(len(over), 'figure')} {come} before a shipped one:")
    _some(
        [
            f"{one.country} {one.year} {one.indicator}: yours {shown(one.text)}, shipped {shipped[one.key].text}"
            for one in over
        ]
    )


def _tell_names(figures: Sequence[ReferenceFigure]) -> None:
    """Say of each name that tipwatch does not read that it is compared with nothing."""
    from config.reference import INDICATORS
    from config.validation import did_you_mean
    from tipwatch.tables import counted

    own = Counter(one.indicator for one in figures if one.indicator not in INDICATORS)
    for name, n in sorted(own.items()):
        near = did_you_mean(name, INDICATORS)
        ask = f" Did you mean {near}?" if near else ""
        click.echo(f"{name} is a name of your own ({counted(n, 'figure')}): listed, compared with nothing.{ask}")


def _some(lines: Sequence[str]) -> None:
    """The first lines, indented, and how many more there are."""
    for line in lines[:MOST_LINES]:
        click.echo(f"  {line}")
    if len(lines) > MOST_LINES:
        click.echo(f"  and {len(lines) - MOST_LINES} more")


@reference.command(
    "list",
    short_help="List the figures that stand beside our counts, shipped and your own.",
    epilog="Example: tipwatch reference list --country np --indicator convicted --format csv",
)
@click.option("--country", metavar="CODE", help="Only of this country (ISO 3166-1, such as np).")
@click.option("--indicator", metavar="NAME", help="Only this indicator, such as convicted.")
@click.option("--all", "everything", is_flag=True, help="Also shipped figures that one of yours comes before.")
@click.option(
    "--format", "format_", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
def list_(country: str | None, indicator: str | None, everything: bool, format_: str) -> None:
    """List the figures that stand beside our counts, shipped and your own, by country, indicator and year.

    The table of everything is a line an indicator; --country or --indicator shows the figures. No line means that
    no figure is known, never zero.
    """
    from config import codes
    from config.reference import load_reference
    from config.settings import load_settings
    from storage.references import merged
    from tipwatch.tables import TableFormat, as_csv, as_json, as_table, counted

    code = None if country is None else codes.asked_country(country)
    with _stored(load_settings()) as references:
        own = [] if references is None else references.figures()
    best = merged(load_reference(), own)
    mine = {one.key for one in own}
    hidden = [one for one in load_reference() if one.key in mine] if everything else []
    every = sorted([*best, *hidden], key=lambda one: (one.country, one.indicator, one.year))
    found = [one for one in every if code in {None, one.country} and indicator in {None, one.indicator}]
    if indicator is not None and not any(one.indicator == indicator for one in every):
        _nothing_named(indicator)
    used = set(map(id, best))
    rows = [_row(one, used=id(one) in used if everything else None) for one in found]
    match TableFormat(format_):
        case TableFormat.JSON:
            click.echo(as_json(rows))
        case TableFormat.CSV:
            click.echo(as_csv(rows) if rows else ",".join(_COLUMNS))
        case TableFormat.TABLE if code is None and indicator is None:
            click.echo(as_table(_overview(found)))
            click.echo(f"{counted(len(found), 'figure')}. --country CODE or --indicator NAME shows them.")
        case TableFormat.TABLE:
            if rows:
                click.echo(as_table([_brief(row) for row in rows]))
            click.echo(f"{counted(len(found), 'figure')}. What is not listed is not known; it is not zero.")
            if any(one.value is None for one in found):
                click.echo('A text such as "<5" is what the source prints: no known number, and it may be 0.')


_COLUMNS = ("country", "year", "indicator", "value", "value_text", "source", "file")


def _row(one: ReferenceFigure, *, used: bool | None) -> Row:
    """The columns of an import, and the user's file (None: shipped); `used` where another may come before it."""
    from storage.records import OwnFigure

    value = one.value
    return {
        "country": one.country,
        "year": one.year,
        "indicator": one.indicator,
        "value": int(value) if value is not None and value.is_integer() else value,
        "value_text": one.value_text,
        "source": one.source,
        "file": one.file if isinstance(one, OwnFigure) else None,
        **({} if used is None else {"used": used}),
    }


def _brief(row: Row) -> Row:
    value = row["value"] if row["value_text"] is None else row["value_text"]
    brief: dict[str, str | int | float | None] = {
        "country": row["country"],
        "indicator": row["indicator"],
        "year": row["year"],
        "figure": str(value),
        "from": row["file"] or "shipped",
    }
    if "used" in row:
        brief["used"] = "yes" if row["used"] else "no"
    return {**brief, "source": row["source"]}


def _overview(found: Sequence[ReferenceFigure]) -> list[Row]:
    """A line an indicator, also where there is no figure of it."""
    from config.reference import INDICATORS
    from storage.records import OwnFigure

    named = {name: [one for one in found if one.indicator == name] for name in INDICATORS}
    for one in found:
        if one.indicator not in INDICATORS:
            named.setdefault(one.indicator, []).append(one)
    return [
        {
            "indicator": name,
            "figures": len(several),
            "yours": sum(isinstance(one, OwnFigure) for one in several),
            "countries": len({one.country for one in several}),
            "from": min((one.year for one in several), default=None),
            "to": max((one.year for one in several), default=None),
            "meaning": INDICATORS[name].meaning if name in INDICATORS else "a name of your own",
        }
        for name, several in named.items()
    ]


def _nothing_named(indicator: str) -> None:
    from config.reference import INDICATORS
    from tipwatch.cli import did_you_mean

    if indicator not in INDICATORS:
        raise CommandError(
            f"No figure of an indicator {indicator!r}.{did_you_mean(indicator, INDICATORS)}",
            "`tipwatch reference list` shows the indicators.",
        )


@reference.command(
    "forget",
    short_help="Take back the figures that stand from a file.",
    epilog="Example: tipwatch reference forget official.csv --dry-run",
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Say how many figures would go; delete nothing.")
def forget(path: Path, dry_run: bool) -> None:
    """Take back the figures that stand from a file, told by its name without the folder.

    Shipped figures show again. Figures of another file that this one had replaced do not come back: import
    that file again.
    """
    from config.settings import load_settings
    from tipwatch.cli import did_you_mean
    from tipwatch.tables import counted, shown

    with _stored(load_settings()) as references:
        files = {} if references is None else references.files()
        if references is None or path.name not in files:
            known = ", ".join(shown(name) for name in files)
            raise CommandError(
                f"No figure stands from a file {path.name!r}.{did_you_mean(path.name, files)}",
                f"Figures stand from: {known}." if known else "Nothing has been imported.",
            )
        if dry_run:
            n = files[path.name]
            click.echo(f"Dry run: {counted(n, 'figure')} of {shown(path.name)} would go; nothing was deleted.")
            return
        n = references.forget(path.name)
    click.echo(f"{counted(n, 'figure')} of {shown(path.name)} taken back.")


@contextmanager
def _stored(settings: Settings) -> Iterator[References | None]:
    """The user's figures, or None where there is no database yet: what only looks makes none."""
    from storage.schema import SchemaState
    from storage.store import Store

    file = settings.database_url.removeprefix("sqlite:///").partition("?")[0]
    absent = file != settings.database_url and not Path(file).exists()
    if absent or Store.check(settings.database_url) is SchemaState.EMPTY:
        yield None
        return
    with Store.open(settings.database_url, settings.archive_dir) as store:
        yield store.references
