"""`tipwatch db`: check the database, or bring it to this version.

Refuses to touch a database of a newer version or of another program.
"""

from __future__ import annotations

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode


@click.group("db", short_help="Check the database, or bring it to this version.")
def database() -> None:
    """Check the database, or bring it to this version."""


@database.command(
    "check", short_help="Say whether this version can use the database.", epilog="Example: tipwatch db check"
)
def check() -> None:
    """Say whether this version can use the database. Changes nothing; ends with 3 if it cannot."""
    from config.settings import load_settings
    from storage.schema import SchemaState
    from storage.store import Store

    settings = load_settings()
    state = Store.check(settings.database_url)
    match state:
        case SchemaState.CURRENT:
            click.echo("The database is of this version.")
        case SchemaState.EMPTY:
            click.echo("The database is empty; the first command that needs it makes its tables.")
        case SchemaState.OLDER:
            click.echo("The database is of an older version. Make a backup, then run: tipwatch db upgrade.")
            end(ExitCode.ENVIRONMENT)
        case _:
            click.echo(f"The database is {state.value}: this version cannot use it.")
            end(ExitCode.ENVIRONMENT)


@database.command(
    "upgrade", short_help="Bring the database to this version.", epilog="Example: tipwatch db upgrade"
)
@click.option("--dry-run", is_flag=True, help="Say what would be done; change nothing.")
def upgrade(dry_run: bool) -> None:
    """Bring the database to this version. Make a backup first; there is no way back."""
    from config.settings import load_settings
    from storage.schema import SchemaState
    from storage.store import Store

    settings = load_settings()
    if dry_run:
        state = Store.check(settings.database_url)
        needed = state in {SchemaState.EMPTY, SchemaState.OLDER}
        click.echo(
            f"Dry run: the database is {state.value}; it would {'be upgraded' if needed else 'stay as it is'}."
        )
        return
    changed = Store.upgrade(settings.database_url)
    click.echo("The database is now of this version." if changed else "The database was of this version already.")
