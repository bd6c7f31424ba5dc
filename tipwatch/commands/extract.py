"""`tipwatch extract`: read the accused out of archived pages, or of a JSONL file.

Refuses to stop at a hostile page: it is quarantined with its reason, and the rest goes on.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode
from tipwatch.executors.options import Spread, spread_options

if TYPE_CHECKING:
    from tipwatch.jobs.extract import Limits


@click.command(
    "extract",
    short_help="Read the accused out of archived pages, or of a JSONL file.",
    epilog="Example: tipwatch extract --input articles.jsonl --output predictions.jsonl",
)
@click.option("--source", "source_id", metavar="ID", help="Only pages of this source.")
@click.option("--retry-quarantined", is_flag=True, help="Try again what this version could not read.")
@click.option("--dry-run", is_flag=True, help="Count what waits; write nothing.")
@click.option(
    "--input", "input_file", metavar="FILE", type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="Read stories from this file, one JSON object a line, instead of the archive (-: standard input).",
)  # fmt: skip
@click.option(
    "--output", "output_file", metavar="FILE", type=click.Path(allow_dash=True),
    help="Write predictions to this file, one JSON object a line (-: standard output).",
)  # fmt: skip
@click.option("--skip-bad", is_flag=True, help="With --input: count lines that are no story, and go on.")
@spread_options
def extract(
    *,
    source_id: str | None,
    retry_quarantined: bool,
    dry_run: bool,
    input_file: str | None,
    output_file: str | None,
    skip_bad: bool,
    spread: Spread,
) -> None:
    """Read the accused out of archived pages, or of a JSONL file.

    Takes the pages that this version has not read: new ones first, then those that an older version read. With
    --input and --output it needs no database: each line {id, url, source, country, language, date, title, text}
    gives a line {id, relevant, persons, countries}.
    """
    if (input_file is None) != (output_file is None):
        raise click.UsageError("--input and --output go together.")
    if input_file is None and skip_bad:
        raise click.UsageError("--skip-bad goes with --input.")
    if input_file is not None and (source_id is not None or retry_quarantined):
        raise click.UsageError("--source and --retry-quarantined are for the archive, not for --input.")
    if input_file is not None and output_file is not None:
        _predict(input_file, output_file, limits=_limits(spread), skip_bad=skip_bad, dry_run=dry_run)
    else:
        _extract(source_id, retry_quarantined=retry_quarantined, limits=_limits(spread), dry_run=dry_run)


def _limits(spread: Spread) -> Limits:
    from tipwatch.jobs.extract import Limits

    return Limits(workers=spread.workers, executor=spread.kind, ray_address=spread.address)


def _extract(source_id: str | None, *, retry_quarantined: bool, limits: Limits, dry_run: bool) -> None:
    from extraction.version import EXTRACTOR_VERSION
    from tipwatch.jobs.extract import extract as run_extract
    from tipwatch.jobs.patience import patience, patient
    from tipwatch.jobs.resolve import resolve as run_resolve
    from tipwatch.jobs.run import close_stale, wall_clock
    from tipwatch.progress import progress
    from tipwatch.tables import counted
    from tipwatch.workplace import known_source, workplace

    with workplace(sync=not dry_run) as place:
        if source_id is not None and source_id != "ingested":
            known_source(place.catalogue, source_id)
        if dry_run:
            most = 10_000
            pages = len(place.store.pages.unextracted(EXTRACTOR_VERSION, most, source_id))
            articles = len(place.store.articles.unread(EXTRACTOR_VERSION, most))
            more = " (at least)" if most in {pages, articles} else ""
            click.echo(
                f"Dry run: {pages} pages and {articles} articles wait to be read{more}; nothing was written."
            )
            return
        store = patient(place.store, patience(place.settings))
        close_stale(store, wall_clock())
        with progress("pages and articles") as advance:
            done = run_extract(
                store, wall_clock, source_id=source_id, retry_quarantined=retry_quarantined,
                limits=limits, advance=advance,
            )  # fmt: skip
        resolved = run_resolve(store, wall_clock) if store.resolution.waiting() else None
    if done.pages + done.read == 0:
        click.echo("Nothing to read: this version has tried every page.")
        return
    click.echo(
        f"Read {counted(done.pages, 'page')} into {counted(done.articles, 'new article')}, and "
        f"{counted(done.read, 'article')}: {done.on_topic} on topic, {done.named_accused} accused named, "
        f"{done.unread_language} in a language that is not read yet."
    )
    if resolved is not None:
        click.echo(
            f"Resolved: {counted(resolved.persons, 'person')} in {counted(resolved.cases, 'case')}; "
            f"{counted(resolved.doubtful, 'pair')} wait for a human."
        )
    if done.quarantined:
        reasons = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in done.quarantined.most_common())
        click.echo(
            f"Quarantined: {reasons}. They stay in the archive for `--retry-quarantined` and newer versions."
        )


def _predict(input_file: str, output_file: str, *, limits: Limits, skip_bad: bool, dry_run: bool) -> None:
    from tipwatch.jobs.predictions import STANDARD, predict
    from tipwatch.jobs.stories import Skipped
    from tipwatch.progress import progress
    from tipwatch.tables import counted

    def skipped(story: Skipped) -> None:
        click.echo(f"Skipped {story.error.what}", err=True)

    target = "/dev/null" if dry_run else output_file
    total = _lines(Path(input_file)) if Path(input_file).is_file() else None
    with progress("stories", total) as advance:
        done = predict(input_file, target, skip_bad=skip_bad, limits=limits, advance=advance, skipped=skipped)
    where = "nowhere (dry run)" if dry_run else "standard output" if output_file == STANDARD else output_file
    click.echo(
        f"Read {counted(done.stories, 'story', 'stories')}: {done.relevant} relevant, "
        f"{done.accused} accused named. Written to {where}."
        + (f" {counted(done.skipped, 'line was', 'lines were')} no story." if done.skipped else "")
        + (f" {counted(done.failed, 'story', 'stories')} could not be read." if done.failed else ""),
        err=True,
    )
    if done.failed or done.skipped:
        end(ExitCode.NEEDS_A_LOOK)


def _lines(path: Path) -> int:
    """How many lines, for the bar; a GB takes about a second."""
    with path.open("rb") as stream:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: stream.read(1 << 20), b""))
