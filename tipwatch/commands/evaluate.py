"""`tipwatch evaluate`: score a reading against gold, and hold the figures to their floors.

Refuses to lower a floor unasked: a figure below one ends with code 1 and a sentence that says which.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode

if TYPE_CHECKING:
    from tipwatch.evaluation.floors import Breach
    from tipwatch.evaluation.run import Evaluation, PoolOrder
    from tipwatch.evaluation.sets import GoldSet

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(
    "evaluate",
    short_help="Score a reading against gold, and hold the figures to their floors.",
    epilog="Example: tipwatch evaluate --set benchmarks/gold/open_en --by field --report data/evaluation",
)
@click.option("--articles", metavar="FILE", type=FILE, help="Articles, one JSON object a line; with --gold.")
@click.option("--gold", metavar="FILE", type=FILE, help="What is true of them, one JSON object a line.")
@click.option(
    "--predictions", metavar="FILE", type=FILE, help="Score this output of `tipwatch extract`; do not read again."
)
@click.option(
    "--set", "stems", metavar="STEM", multiple=True, type=click.Path(path_type=Path),
    help="A set: STEM.articles.jsonl and STEM.gold.jsonl. May be repeated.",
)  # fmt: skip
@click.option(
    "--closed", "closed", metavar="STEM", multiple=True, type=click.Path(path_type=Path),
    help="As --set, and its texts are not shown in the report: for gold that nobody may read.",
)  # fmt: skip
@click.option("--pool", "pools", metavar="NAME=SET,SET", multiple=True, help="Count these sets as one as well.")
@click.option("--split-languages", is_flag=True, help="Score each language of a set as a set of its own.")
@click.option("--by", type=click.Choice(["country", "language", "kind", "field"]), help="Break the figures down.")
@click.option("--format", "format_", type=click.Choice(["table", "json"]), default="table", show_default=True)
@click.option(
    "--report", metavar="DIR", type=click.Path(file_okay=False, path_type=Path),
    help="Write pages that show each text with its marks, disagreements first.",
)  # fmt: skip
@click.option(
    "--card", "card", metavar="FILE", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the accuracy card of the closed sets, which every export carries.",
)  # fmt: skip
@click.option("--floors", "floors_file", metavar="FILE", type=FILE, help="Figures that must hold, in TOML.")
@click.option("--raise-floors", is_flag=True, help="Lift every floor to the figure above it, and pin new sets.")
@click.option("--lower-floors", is_flag=True, help="Let broken floors down to the figures, and pin changed sets.")
@click.option("--dry-run", is_flag=True, help="Score and print; write no report and no floors.")
def evaluate(
    *,
    articles: Path | None,
    gold: Path | None,
    predictions: Path | None,
    stems: tuple[Path, ...],
    closed: tuple[Path, ...],
    pools: tuple[str, ...],
    split_languages: bool,
    by: str | None,
    format_: str,
    report: Path | None,
    card: Path | None,
    floors_file: Path | None,
    raise_floors: bool,
    lower_floors: bool,
    dry_run: bool,
) -> None:
    """Score a reading against gold, and hold the figures to their floors.

    The figures are those of the gold's own scorer. Ends with 1 when a figure is below its floor in --floors; the
    sentence names set, figure, value and floor. Only --lower-floors lets a floor down.
    """
    _refuse_half(articles, gold, predictions, (*stems, *closed))
    if (raise_floors or lower_floors) and (floors_file is None or raise_floors == lower_floors):
        raise click.UsageError("--raise-floors or --lower-floors, one of them, goes with --floors FILE.")

    from tipwatch.evaluation.breakdown import By
    from tipwatch.evaluation.floors import read_floors
    from tipwatch.evaluation.run import broken, outlet_kind
    from tipwatch.evaluation.run import evaluate as run_evaluation
    from tipwatch.evaluation.tables import as_object, as_tables
    from tipwatch.progress import progress
    from tipwatch.tables import as_json

    if floors_file is not None:
        read_floors(floors_file)  # a fault in it is said before anything is read
    sets = _sets(articles, gold, stems, closed, split=split_languages)
    orders = [_pool(pool) for pool in pools]
    with progress("stories", sum(len(one.articles) for one in sets)) as advance:
        found = run_evaluation(sets, orders, predictions, advance)
    for name in found.half:
        click.echo(f"Pool {name} is left out: not all of its sets are there.", err=True)
    if floors_file is not None and (raise_floors or lower_floors):
        _move(floors_file, found, lower=lower_floors, dry_run=dry_run)
    breaches = () if floors_file is None else broken(read_floors(floors_file), found)
    kind = outlet_kind() if report is not None or by == By.KIND else str
    chosen = None if by is None else By(by)
    if format_ == "json":
        click.echo(as_json(as_object(found.results, found.pools, breaches, chosen, kind)))
    else:
        click.echo(as_tables(found.results, found.pools, chosen, kind))
        _say_speed(found)
    if report is not None:
        _report(report, found, breaches, kind, dry_run=dry_run)
    if card is not None:
        _card(card, found, dry_run=dry_run)
    _judge(found, breaches, floors_file)


def _refuse_half(
    articles: Path | None, gold: Path | None, predictions: Path | None, stems: tuple[Path, ...]
) -> None:
    if (articles is None) != (gold is None):
        raise click.UsageError("--articles and --gold go together.")
    if articles is None and not stems:
        raise click.UsageError("Nothing to score: give --articles and --gold, or --set.")
    if predictions is not None and (articles is None or stems):
        raise click.UsageError("--predictions go with one --articles and --gold.")


def _judge(found: Evaluation, breaches: Sequence[Breach], floors_file: Path | None) -> None:
    """Say what does not hold, and end with 1 then."""
    from tipwatch.tables import counted

    failed = sum(one.readings.failed for one in found.results)
    if failed:
        click.echo(f"{counted(failed, 'story', 'stories')} could not be read.", err=True)
    for one in breaches:
        click.echo(f"Broken floor: {one.sentence}", err=True)
    if breaches:
        remedy = "Mend the reading; or let the floors down with --lower-floors, and say why in the commit."
        click.echo(remedy, err=True)
    elif floors_file is not None:
        click.echo("Every floor holds.", err=True)
    if breaches or failed:
        end(ExitCode.NEEDS_A_LOOK)


def _sets(
    articles: Path | None, gold: Path | None, stems: tuple[Path, ...], closed: tuple[Path, ...], *, split: bool
) -> list[GoldSet]:
    from tipwatch.evaluation.sets import read_set, set_files, split_languages

    files = [] if articles is None or gold is None else [(articles, gold)]
    opened = [read_set(*pair) for pair in (*files, *map(set_files, stems))]
    whole = [*opened, *(read_set(*set_files(stem), closed=True) for stem in closed)]
    return [part for one in whole for part in split_languages(one)] if split else whole


def _pool(words: str) -> PoolOrder:
    from tipwatch.evaluation.run import PoolOrder

    name, equals, members = words.partition("=")
    sets = tuple(member.strip() for member in members.split(",") if member.strip())
    if not equals or not name or not sets:
        raise click.UsageError(f"--pool {words!r}: write NAME=SET,SET.")
    return PoolOrder(name=name, members=sets)


def _move(file: Path, found: Evaluation, *, lower: bool, dry_run: bool) -> None:
    """Move the floors in their file, comments kept, and say each change."""
    from tipwatch.evaluation.floors import Move, read_floors, rewrite
    from tipwatch.jobs.predictions import whole_file

    read_floors(file)  # a file with a fault is not written over
    text, changes = rewrite(
        file.read_text(encoding="utf-8"), found.measured(), Move.LOWER if lower else Move.RAISE
    )
    if changes and not dry_run:
        with whole_file(str(file)) as stream:
            stream.write(text.encode())
    verb = "Would change" if dry_run else "Changed"
    for change in changes:
        click.echo(f"{verb} {file.name}: {change}", err=True)
    if not changes:
        click.echo(f"{file.name} stays as it is.", err=True)


def _say_speed(found: Evaluation) -> None:
    speeds = [
        f"{one.gold.name} {one.readings.words_per_second:,.0f}"
        for one in found.results
        if one.readings.words_per_second is not None
    ]
    if speeds:
        click.echo(f"Words a second, reading: {', '.join(speeds)}.")


def _card(file: Path, found: Evaluation, *, dry_run: bool) -> None:
    import datetime as dt

    from tipwatch.evaluation.accuracy import accuracy_card

    made = accuracy_card(found.results, dt.datetime.now(dt.UTC).date().isoformat())
    if not made.languages:
        raise click.UsageError("--card needs a set that nobody reads: give one with --closed.")
    if dry_run:
        click.echo(f"Dry run: the card of {len(made.languages)} languages would be written to {file}.", err=True)
        return
    file.write_text(made.as_json(), encoding="utf-8")
    click.echo(f"Card: {file}", err=True)


def _report(
    directory: Path,
    found: Evaluation,
    breaches: Sequence[Breach],
    kind: Callable[[str | None], str],
    *,
    dry_run: bool,
) -> None:
    from tipwatch.evaluation.page import write

    if dry_run:
        pages_count = 1 + sum(not one.gold.closed for one in found.results)
        click.echo(f"Dry run: {pages_count} pages would be written to {directory}.", err=True)
        return
    pages = write(directory, found.results, found.pools, breaches, kind)
    click.echo(f"Report: {pages[0]}", err=True)
