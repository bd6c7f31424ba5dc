"""`tipwatch source`: the catalogue's sources, listed, checked, tried and written.

Refuses to edit a source: what a check finds goes into the database, the YAML stays a person's word.
"""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from config.source import Source
    from storage.records import SourceCheck

STATES = ("unverified", "active", "paused", "retired")
KINDS = ("newspaper", "broadcaster", "agency", "digital", "government", "ngo", "unknown")
OWNERS = ("private", "state", "public_service", "community", "unknown")
LEVELS = ("local", "regional", "national", "international", "unknown")


@click.group(short_help="List, check, try and write the catalogue's sources.")
def source() -> None:
    """List, check, try and write the catalogue's sources.

    \b
    Example:
      tipwatch source list --country np
    """


@source.command("list", short_help="List the catalogue's sources.")
@click.option(
    "--country", metavar="CODE", help="Only of this country of publication (ISO 3166-1 alpha-2, as in np)."
)
@click.option("--status", type=click.Choice(STATES), help="Only with this status.")
@click.option("--language", metavar="CODE", help="Only those that write this language (ISO 639-1, as in ne).")
@click.option("--level", type=click.Choice(LEVELS), help="Only of this level.")
@click.option("--format", "style", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def list_(country: str | None, status: str | None, language: str | None, level: str | None, style: str) -> None:
    """List the catalogue's sources, by id.

    \b
    Example:
      tipwatch source list --country np --format csv
    """
    from config import codes
    from config.catalogue import load_catalogue
    from config.settings import load_settings
    from config.source import SourceState
    from tipwatch.tables import as_csv, as_json, as_table

    if language is not None and language not in codes.languages():
        raise CommandError(f'"{language}" is no language code.', "Write it as ISO 639-1 has it: en, ne, sw.")
    catalogue = load_catalogue(load_settings().sources_dir)
    states = frozenset(SourceState) if status is None else frozenset({SourceState(status)})
    found = [
        one
        for one in catalogue.select(country=country, states=states)
        if (language is None or language in one.languages) and (level is None or one.level == level)
    ]
    if style == "json":
        click.echo(as_json([_full(one) for one in found]))
        return
    if not found:
        click.echo("No source in the catalogue fits.", err=True)
        return
    rows = [_short(one) for one in found]
    click.echo(as_csv(rows) if style == "csv" else as_table(rows))
    if style == "table":
        countries = len({one.country for one in found})
        click.echo(f"{len(found)} source(s) in {countries} countr{'y' if countries == 1 else 'ies'}.")


def _short(one: Source) -> dict[str, str | int | float | None]:
    return {
        "id": one.id,
        "title": one.title,
        "country": one.country,
        "languages": " ".join(one.languages),
        "level": one.level.value,
        "kind": one.publisher.kind.value,
        "official": "yes" if one.publisher.official else None,
        "discover": " ".join(type(part).__name__.lower() for part in one.discover),
        "status": one.status.state.value,
        "since": one.status.date.isoformat(),
    }


def _full(one: Source) -> dict[str, object]:
    from dataclasses import asdict

    kinds = [type(part).__name__.lower() for part in one.discover]
    plain = asdict(one)
    plain["discover"] = [{"kind": kind, **part} for kind, part in zip(kinds, plain["discover"], strict=True)]
    return plain


@source.command(short_help="Knock at sources, politely, and record what answered.")
@click.argument("ids", metavar="[SOURCE]...", nargs=-1)
@click.option("--country", metavar="CODE", help="Only of this country of publication.")
@click.option("--format", "style", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True)
def check(ids: tuple[str, ...], country: str | None, style: str) -> None:
    """Knock at sources: one request to each discovery address, by the rules of a crawl.

    What was found is kept in the database, not in the YAML. Without SOURCE and --country, all sources that are
    crawled are checked. Exit code 1: at least one did not answer as promised.

    \b
    Example:
      tipwatch source check np_kathmandupost
    """
    from config.catalogue import load_catalogue
    from config.settings import load_settings
    from config.source import SourceState
    from crawlers.check import check as knock_at
    from tipwatch.progress import progress
    from tipwatch.tables import as_csv, as_json, as_table

    settings = load_settings()
    catalogue = load_catalogue(settings.sources_dir)
    # A paused source may be checked when it is named: that is how one learns that it is back.
    chosen = catalogue.select(ids, country, frozenset(SourceState)) if ids else catalogue.select(country=country)
    if not chosen:
        raise CommandError("No source fits.", "See `tipwatch source list`.")
    total = sum(len(one.discover) for one in chosen)
    with progress("addresses", total) as advance:
        findings = knock_at(chosen, settings, started=dt.datetime.now(dt.UTC), on_found=lambda _: advance(1))
    rows = [_answer(finding.check, finding.note) for finding in findings]
    if style == "json":
        click.echo(as_json(rows))
    elif rows:
        click.echo(as_csv(rows) if style == "csv" else as_table(rows))
    fine = sum(finding.is_fine for finding in findings)
    click.echo(
        f"{fine} of {total} addresses of {len(chosen)} source(s) answered as promised.", err=style != "table"
    )
    if fine < total:
        sys.exit(ExitCode.NEEDS_A_LOOK)


def _answer(found: SourceCheck, note: str) -> dict[str, str | int | float | None]:
    return {
        "source": found.source_id,
        "url": found.url,
        "status": found.status,
        "robots": None if found.robots is None else found.robots.value,
        "entries": found.entries,
        "newest": None if found.newest is None else found.newest.strftime("%Y-%m-%d %H:%M"),
        "finding": found.error or note or "as promised",
    }


@source.command("try", short_help="Show what tipwatch would make of an address.")
@click.argument("url")
def try_(url: str) -> None:
    """Fetch one address politely and show what tipwatch would make of it; keeps nothing.

    A feed, sitemap or list of stories is shown with its entries; a story with what the gate, the text extraction
    and the reading find in it. Exit code 1: it did not answer, or is none of these.

    \b
    Example:
      tipwatch source try https://kathmandupost.com/rss
    """
    from config.settings import load_settings
    from crawlers.addresses import AddressRefused, split_web_url
    from crawlers.check import explain_failure
    from crawlers.knock import Answer, Target, knock
    from tipwatch.commands.looks import describe
    from tipwatch.jobs.look import LookKind, look

    try:
        split_web_url(url)
    except AddressRefused as error:
        raise CommandError(
            f"{url} is no address that we fetch ({error.reason}).", "Write https://host/path."
        ) from error
    settings = load_settings()
    answers: list[Answer] = []
    knock(
        [Target(url=url, delay=settings.delay)],
        settings,
        lambda answer, _: answers.append(answer),
        started=dt.datetime.now(dt.UTC),
    )
    if not answers:
        raise CommandError("Interrupted before an answer came.", code=ExitCode.INTERRUPTED)
    answer = answers[0]
    if answer.failure is not None:
        raise CommandError(explain_failure(answer.failure, answer.status), code=ExitCode.NEEDS_A_LOOK)
    seen = look(answer, settings.max_body_bytes)
    for line in describe(answer, seen):
        click.echo(line)
    if seen.kind is LookKind.NOTHING:
        sys.exit(ExitCode.NEEDS_A_LOOK)


@source.command(short_help="Write the YAML of a new source.")
@click.option("--country", metavar="CODE", help="Country of publication (ISO 3166-1 alpha-2).")
@click.option("--name", help="File name without .yml: a-z, 0-9 and _ (default: from the title).")
@click.option("--title", help="The outlet's name, as it writes it.")
@click.option("--homepage", metavar="URL", help="Default: the root of the first address.")
@click.option("--publisher", help="Who publishes (default: the title).")
@click.option("--kind", type=click.Choice(KINDS), default="unknown", show_default=True)
@click.option("--ownership", type=click.Choice(OWNERS), default="unknown", show_default=True)
@click.option("--official", is_flag=True, help="Police, prosecutors or courts, speaking on their own cases.")
@click.option("--language", "languages", metavar="CODE", multiple=True, help="ISO 639-1; may be given again.")
@click.option("--level", type=click.Choice(LEVELS), default="unknown", show_default=True)
@click.option("--feed", "feeds", metavar="URL", multiple=True, help="An RSS or Atom feed; may be given again.")
@click.option(
    "--sitemap", "sitemaps", metavar="URL", multiple=True, help="A sitemap or index; may be given again."
)
@click.option(
    "--listing", "listings", metavar="URL", multiple=True, help="A page that lists stories (with --item)."
)
@click.option("--item", metavar="CSS", help="Of a listing: selector of one teaser, as in article.teaser.")
@click.option(
    "--reason", default="written by hand; nobody has reached it yet", help="Why its status is unverified."
)
@click.option("--dry-run", is_flag=True, help="Print the file instead of writing it.")
def new(
    *,
    country: str | None,
    name: str | None,
    title: str | None,
    homepage: str | None,
    publisher: str | None,
    kind: str,
    ownership: str,
    official: bool,
    languages: tuple[str, ...],
    level: str,
    feeds: tuple[str, ...],
    sitemaps: tuple[str, ...],
    listings: tuple[str, ...],
    item: str | None,
    reason: str,
    dry_run: bool,
) -> None:
    """Write the YAML of a new source, checked as the catalogue checks it.

    On a terminal it asks for what is missing. It never writes over a file.

    \b
    Example:
      tipwatch source new --country np --title "The Daily" --language en --feed https://daily.example/rss --dry-run
    """
    from config import catalogue, scaffold
    from config.settings import load_settings
    from config.source import Discovery, Feed, Level, Listing, Ownership, PublisherKind, Sitemap

    country = country or _ask("country", "Country of publication (two letters)")
    title = title or _ask("title", "Title")
    languages = languages or tuple(_ask("language", "Languages (ISO 639-1, spaces between)").split())
    if not (feeds or sitemaps or listings):
        feeds = (_ask("feed", "Address of its feed"),)
    if listings and item is None:
        item = _ask("item", "CSS selector of one teaser")
    discover: list[Discovery] = [Feed(url=url) for url in feeds]
    discover += [Sitemap(url=url) for url in sitemaps]
    discover += [Listing(url=url, item=item or "") for url in listings]
    draft = scaffold.SourceDraft(
        country=country.strip().lower(),
        name=name or _name(title),
        title=title,
        homepage=homepage or _root(discover[0].url),
        publisher=publisher or title,
        kind=PublisherKind(kind),
        ownership=Ownership(ownership),
        official=official,
        languages=languages,
        level=Level(level),
        discover=tuple(discover),
        reason=reason,
    )
    directory = load_settings().sources_dir or catalogue.PACKAGED
    path = scaffold.draft_path(draft, directory)
    text = scaffold.render_source(draft, dt.datetime.now(dt.UTC).date())
    made = scaffold.check_source(text, path, directory)
    if dry_run:
        click.echo(text, nl=False)
        click.echo(f"Would write {path} ({made.id}).", err=True)
        return
    scaffold.write_source(text, path)
    click.echo(f"Wrote {_near(path)}. Next: `tipwatch source check {made.id}`.")


def _ask(option: str, question: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError(f"--{option} is missing.", "Give it, or run the command on a terminal to be asked.")
    answer: str = click.prompt(question, type=str)
    return answer.strip()


def _name(title: str) -> str:
    """`The Daily Éxample` → `the_daily_example`; empty when no letter is left (then --name is needed)."""
    import re
    import unicodedata

    bare = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", bare).strip("_")
    if not name:
        raise CommandError("The title gives no file name.", "Give one with --name: a-z, 0-9 and _.")
    return name


def _root(url: str) -> str:
    from urllib.parse import urlsplit

    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/"


def _near(path: Path) -> str:
    """Relative to the working directory where it lies below it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
