"""`tipwatch user`: add, list and disable those who may review.

Refuses to show a token twice: only its argon2 hash is stored.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import click

from storage.records.people import UserRole
from tipwatch.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from storage.store import Store

ROLES = click.Choice([role.value for role in UserRole])
TOKEN_BYTES = 32
"""256 bits: no guessing, so that nobody needs rules for passwords."""


@click.group("user", short_help="Add, list and disable those who may review.")
def user() -> None:
    """Add, list and disable those who may review.

    A reader looks, a reviewer decides, an admin lifts takedowns too. Everybody logs in with a token of their own.
    """


@user.command(
    "add",
    short_help="Add a user and show the token, once.",
    epilog="Example: tipwatch user add mira --role reviewer",
)
@click.argument("name")
@click.option("--role", type=ROLES, required=True, help="What the user may do: look, decide, or everything.")
@click.option("--dry-run", is_flag=True, help="Check the name; store nothing.")
def add(name: str, role: str, dry_run: bool) -> None:
    """Add a user and show the token, once.

    NAME is 1 to 59 small letters, digits, dots, dashes and underscores. A name is never given twice, since the log
    speaks of it.
    """
    from storage.users import check_name
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    token, hashed = new_token()
    check_name(name)
    with _opened() as store:
        if dry_run:
            if any(one.name == name for one in store.users.all()):
                raise CommandError(f"There is a user {name!r} already.", "Choose another name.")
            click.echo(f"Dry run: the user {name} would be added as {role}; nothing was stored.")
            return
        store.users.add(name, UserRole(role), hashed, console(), wall_clock())
    click.echo(f"Added {name} as {role}.")
    _show(token)


@user.command("list", short_help="List the users.", epilog="Example: tipwatch user list --format json")
@click.option(
    "--format", "format_", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True
)
def list_(format_: str) -> None:
    """List the users, with role, state and last login."""
    from tipwatch.tables import TableFormat, as_csv, as_json, as_table

    with _opened() as store:
        rows = [
            {
                "name": one.name,
                "role": one.role.value,
                "state": "active" if one.disabled_at is None else f"disabled {one.disabled_at:%Y-%m-%d}",
                "added": f"{one.created_at:%Y-%m-%d}",
                "last_login": None if one.last_login is None else f"{one.last_login:%Y-%m-%d %H:%M}Z",
            }
            for one in store.users.all()
        ]
    match TableFormat(format_):
        case TableFormat.JSON:
            click.echo(as_json(rows))
        case TableFormat.CSV:
            click.echo(as_csv(rows) if rows else "name,role,state,added,last_login")
        case TableFormat.TABLE:
            click.echo(as_table(rows) if rows else "No users yet. `tipwatch user add NAME --role admin` adds one.")


@user.command(
    "disable",
    short_help="End a user's access and sessions for good.",
    epilog="Example: tipwatch user disable mira",
)
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
def disable(name: str, dry_run: bool) -> None:
    """End a user's access and sessions for good. What the user did stays, with the name."""
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    with _opened() as store:
        if dry_run:
            _known(store, name)
            click.echo(f"Dry run: {name} would be disabled; nothing was changed.")
            return
        store.users.disable(name, console(), wall_clock())
    click.echo(f"Disabled {name}; every session has ended.")


@user.command(
    "renew",
    short_help="Give a user a new token; the old one and every session end.",
    epilog="Example: tipwatch user renew mira",
)
@click.argument("name")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
def renew(name: str, dry_run: bool) -> None:
    """Give a user a new token; the old one and every session end."""
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    token, hashed = new_token()
    with _opened() as store:
        if dry_run:
            _known(store, name)
            click.echo(f"Dry run: {name} would get a new token; nothing was changed.")
            return
        store.users.renew(name, hashed, console(), wall_clock())
    click.echo(f"{name} has a new token; the old one and every session have ended.")
    _show(token)


@user.command(
    "role", short_help="Give a user another role.", epilog="Example: tipwatch user role mira admin --dry-run"
)
@click.argument("name")
@click.argument("role", type=ROLES)
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
def change_role(name: str, role: str, dry_run: bool) -> None:
    """Give a user another role; sessions end, so that none keeps the old one."""
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock

    with _opened() as store:
        if dry_run:
            _known(store, name)
            click.echo(f"Dry run: {name} would be {role}; nothing was changed.")
            return
        store.users.set_role(name, UserRole(role), console(), wall_clock())
    click.echo(f"{name} is {role} now; every session has ended.")


def new_token() -> tuple[str, str]:
    """A random token and its argon2id hash (the defaults of argon2-cffi, those of RFC 9106 for little memory)."""
    try:
        from argon2 import PasswordHasher
    except ModuleNotFoundError as error:
        raise CommandError(
            "Tokens are hashed with argon2, which is not installed.",
            "Install it with: pip install 'tipwatch[review]'.",
            ExitCode.ENVIRONMENT,
        ) from error
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return token, PasswordHasher().hash(token)


def _show(token: str) -> None:
    click.echo("The token, shown this once; hand it over on a safe way:", err=True)
    click.echo(token)


def _known(store: Store, name: str) -> None:
    if store.users.get(name) is None:
        raise CommandError(f"There is no user {name!r}, or it was disabled.", "`tipwatch user list` shows them.")


def _opened() -> Store:
    from config.settings import load_settings
    from storage.store import Store

    settings = load_settings()
    return Store.open(settings.database_url, settings.archive_dir)
