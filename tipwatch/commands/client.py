"""`tipwatch client`: add, list, change and disable those who may ask the API, and show what they asked for.

Refuses to show a key twice: only the digest of its secret is stored.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Literal

import click

from storage.records.clients import ClientScope
from tipwatch.errors import CommandError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from storage.clients import Keep
    from storage.records.clients import Access, ApiClient
    from storage.store import Store
    from tipwatch.tables import Row

Never = Literal["never"]
DAY = click.DateTime(formats=["%Y-%m-%d"])
SCOPES = click.Choice([scope.value for scope in ClientScope])
FORMATS = click.Choice(["table", "csv", "json"])
SHOWN = 200  # newest accesses in the table
WRITTEN = 100_000  # newest accesses as csv or json: a spreadsheet opens them; 66 MB in memory (2026-11-23)
LAST_YEAR = 2999
LIST_COLUMNS = ("name", "id", "state", "scopes", "per_minute", "last_day", "added", "key_since", "last_seen")
ACCESS_COLUMNS = ("at", "client", "route", "status", "subject", "bytes", "ms")


def last_day(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> dt.date | Never | None:
    """A day, the word "never", or None where nothing was said."""
    if value is None:
        return None
    if value == "never":
        return "never"
    try:
        day = dt.datetime.strptime(value, "%Y-%m-%d").replace(tzinfo=dt.UTC).date()
    except ValueError:
        raise click.BadParameter(f"{value!r} is neither a day such as 2027-06-30 nor never.") from None
    if day.year > LAST_YEAR:
        raise click.BadParameter(f"{value!r} is later than anybody plans; write never.")
    return day


SCOPE = click.option("--scope", "scopes", type=SCOPES, multiple=True, help="What it may ask for; repeat it.")
DRY = click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")


@click.group("client", short_help="Add, list and disable those who may ask the API, and show what they asked.")
def client() -> None:
    """Add, list and disable those who may ask the API, and show what they asked.

    A client is a program of somebody who takes the feed: it sends its key with each request to `tipwatch serve`.
    Give each taker a client of its own, so that one can be ended without the others.
    """


@client.command(
    "add",
    short_help="Add a client and show the key, once.",
    epilog="Example: tipwatch client add mira-bank --scope search --scope entities --expires 2027-06-30",
)
@click.argument("name")
@SCOPE
@click.option("--per-minute", type=click.IntRange(min=1), default=60, show_default=True, help="Requests a minute.")
@click.option(
    "--expires", callback=last_day, metavar="DATE|never", required=True, help="The key's last day (UTC), or never."
)
@DRY
def add(*, name: str, scopes: tuple[str, ...], per_minute: int, expires: dt.date | Never, dry_run: bool) -> None:
    """Add a client and show the key, once.

    NAME is 1 to 57 small letters, digits, dots, dashes and underscores. A name is never given twice, since the
    logs speak of it.
    """
    from storage.clients import check_name, check_terms
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    given, end, now = frozenset(map(ClientScope, scopes)), _end(expires), wall_clock()
    check_name(name)
    check_terms(given, per_minute, end, now)
    with _opened() as store:
        if dry_run:
            if store.clients.get(name) is not None:
                raise CommandError(f"There is a client {name!r} already.", "Choose another name.")
            click.echo(f"Dry run: the client {name} would be added; nothing was stored.")
            return
        made, key = store.clients.add(name, given, per_minute, end, console(), now)
    click.echo(f"Added {_terms(made)}.")
    _show(key)


@client.command("list", short_help="List the clients.", epilog="Example: tipwatch client list --format json")
@click.option("--format", "format_", type=FORMATS, default="table", show_default=True)
def list_(format_: str) -> None:
    """List the clients, with what they may do and when they were last seen."""
    from tipwatch.jobs.run import wall_clock

    now = wall_clock()
    with _opened() as store:
        rows: list[Row] = [
            {
                "name": one.name,
                "id": one.id,
                "state": _state(one, now),
                "scopes": " ".join(sorted(one.scopes)),
                "per_minute": one.per_minute,
                "last_day": _last_day(one),
                "added": f"{one.created:%Y-%m-%d}",
                "key_since": f"{one.renewed:%Y-%m-%d}",
                "last_seen": None if one.last_seen is None else f"{one.last_seen:%Y-%m-%d %H:%M}Z",
            }
            for one in store.clients.list()
        ]
    _print(rows, format_, LIST_COLUMNS, "No clients yet. `tipwatch client add NAME --scope search` adds one.")


@client.command(
    "renew",
    short_help="Give a client a new key; the old one dies at once.",
    epilog="Example: tipwatch client renew mira-bank",
)
@click.argument("name")
@DRY
def renew(name: str, dry_run: bool) -> None:
    """Give a client a new key; the old one dies at once. Scopes, rate and last day stay."""
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    with _opened() as store:
        if dry_run:
            _known(store, name)
            click.echo(f"Dry run: {name} would get a new key; nothing was changed.")
            return
        _, key = store.clients.renew(name, console(), wall_clock())
    click.echo(f"{name} has a new key; the old one is dead.")
    _show(key)


@client.command(
    "disable", short_help="End a client's access for good.", epilog="Example: tipwatch client disable mira-bank"
)
@click.argument("name")
@DRY
def disable(name: str, dry_run: bool) -> None:
    """End a client's access for good. What it asked for stays in the log, with the name."""
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    with _opened() as store:
        if dry_run:
            _known(store, name)
            click.echo(f"Dry run: {name} would be disabled; nothing was changed.")
            return
        store.clients.disable(name, console(), wall_clock())
    click.echo(f"Disabled {name}; its key is dead.")


@client.command(
    "change",
    short_help="Change what a client may ask for, how often, or until when.",
    epilog="Example: tipwatch client change mira-bank --per-minute 120 --expires never",
)
@click.argument("name")
@SCOPE
@click.option("--per-minute", type=click.IntRange(min=1), help="Requests a minute.")
@click.option("--expires", callback=last_day, metavar="DATE|never", help="The key's last day (UTC), or never.")
@DRY
def change(
    *,
    name: str,
    scopes: tuple[str, ...],
    per_minute: int | None,
    expires: dt.date | Never | None,
    dry_run: bool,
) -> None:
    """Change what a client may ask for, how often, or until when. The key stays.

    The scopes that are named replace those of before; what is not named stays as it is.
    """
    from storage.clients import KEEP, check_terms
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    now = wall_clock()
    given = frozenset(map(ClientScope, scopes)) or None
    end: dt.datetime | Keep | None = KEEP if expires is None else _end(expires)
    with _opened() as store:
        if dry_run:
            held = _known(store, name)
            check_terms(
                given or held.scopes,
                per_minute or held.per_minute,
                None if expires is None else _end(expires),
                now,
            )
            click.echo(f"Dry run: {name} would be changed; nothing was changed.")
            return
        made = store.clients.change(name, console(), now, scopes=given, per_minute=per_minute, expires=end)
    click.echo(f"Changed {_terms(made)}.")


@client.command(
    "accesses",
    short_help="Show what clients asked for.",
    epilog="Example: tipwatch client accesses --client mira-bank --since 2026-11-01 --format csv",
)
@click.option("--since", type=DAY, metavar="DATE", help="Only requests of this day or later (UTC).")
@click.option("--until", type=DAY, metavar="DATE", help="Only requests of this day or earlier (UTC).")
@click.option("--client", "name", metavar="NAME", help="Only those of this client.")
@click.option("--subject", metavar="ID", help="Only those of this entity or file.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="The newest so many [200; as csv or json 100000]."
)
@click.option("--format", "format_", type=FORMATS, default="table", show_default=True)
def accesses(
    *,
    since: dt.datetime | None,
    until: dt.datetime | None,
    name: str | None,
    subject: str | None,
    limit: int | None,
    format_: str,
) -> None:
    """Show what clients asked for, the oldest first.

    With --subject: who asked for an entity by its id, and must hear when it is withdrawn. Searches, deltas and
    whole files may have given it to others: only that they were asked for is stored. Searched names are not, nor
    are addresses of computers. Requests without a known key have no client.
    """
    from storage.clients import subject_of

    most = limit or (SHOWN if format_ == "table" else WRITTEN)
    if subject is not None and subject_of(subject) is None:
        raise CommandError(
            f"{subject!r} is nothing that is stored of a request.",
            "Name an entity (tw-p-…), a file of the feed, a country or a version.",
        )
    with _opened() as store:
        if name is not None and store.clients.get(name) is None:
            raise CommandError(f"There is no client {name!r}.", "`tipwatch client list` shows them all.")
        found = store.clients.accesses(
            since=None if since is None else since.date(),
            until=None if until is None else until.date(),
            client=name,
            subject=subject,
            limit=most + 1,
        )
    rows = [_row(one, format_) for one in found[-most:]]
    _print(rows, format_, ACCESS_COLUMNS, "No requests.")
    if len(found) > most:
        click.echo(f"Only the newest {most} are shown; --limit and --until show more.", err=True)


def _row(one: Access, format_: str) -> Row:
    at = f"{one.at:%Y-%m-%d %H:%M:%S}" if format_ == "table" else one.at.isoformat(timespec="milliseconds")
    return {
        "at": at, "client": one.client, "route": one.route, "status": one.status, "subject": one.subject,
        "bytes": one.bytes, "ms": one.ms,
    }  # fmt: skip


def _print(rows: Sequence[Row], format_: str, columns: tuple[str, ...], nothing: str) -> None:
    from tipwatch.tables import TableFormat, as_csv, as_json, as_table

    match TableFormat(format_):
        case TableFormat.JSON:
            click.echo(as_json(rows))
        case TableFormat.CSV:
            click.echo(as_csv(rows) if rows else ",".join(columns))
        case TableFormat.TABLE:
            click.echo(as_table(rows) if rows else nothing)


def _end(last: dt.date | Never) -> dt.datetime | None:
    """The first moment after the last day."""
    from storage.periods import midnight

    return None if last == "never" else midnight(last + dt.timedelta(days=1))


def _last_day(one: ApiClient) -> str:
    return "never" if one.expires is None else f"{one.expires - dt.timedelta(microseconds=1):%Y-%m-%d}"


def _state(one: ApiClient, now: dt.datetime) -> str:
    if one.disabled:
        return "disabled"
    return "active" if one.expires is None or now < one.expires else "expired"


def _terms(one: ApiClient) -> str:
    end = "without an end" if one.expires is None else f"until {_last_day(one)}"
    return f"{one.name}: {', '.join(sorted(one.scopes))}; {one.per_minute} requests a minute; {end}"


def _show(key: str) -> None:
    click.echo("The key, shown this once; hand it over on a safe way:", err=True)
    click.echo(key)


def _known(store: Store, name: str) -> ApiClient:
    found = store.clients.get(name)
    if found is None or found.disabled:
        raise CommandError(
            f"There is no client {name!r}, or it was disabled.", "`tipwatch client list` shows them."
        )
    return found


def _opened() -> Store:
    from config.settings import load_settings
    from storage.store import Store

    settings = load_settings()
    return Store.open(settings.database_url, settings.archive_dir)
