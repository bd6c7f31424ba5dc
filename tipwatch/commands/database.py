"""`tipwatch db`: check the database, bring it to this version, back it up with the archive, put a backup back.

Refuses to touch a database of a newer version or of another program.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode

if TYPE_CHECKING:
    from storage.backup.making import BackupResult, Place
    from storage.backup.restoring import RestorePlan


@click.group("db", short_help="Check, upgrade, back up or restore the database.")
def database() -> None:
    """Check, upgrade, back up or restore the database."""


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


@database.command(
    "backup",
    short_help="Write a backup of database, archive and feeds, and look at it.",
    epilog="Example: tipwatch db backup /srv/backups --keep 14",
)
@click.argument("shelf", type=click.Path(file_okay=False, path_type=Path))
@click.option("--without-archive", is_flag=True, help="Leave the archived pages out: nothing can be read again.")
@click.option(
    "--with", "others", multiple=True, metavar="DIR",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Also this folder of an export; feeds of the settings come by themselves. May be repeated.",
)  # fmt: skip
@click.option("--keep", type=click.IntRange(1), metavar="N", help="Remove all but the newest N backups of SHELF.")
@click.option("--no-verify", is_flag=True, help="Do not read it back and put it back elsewhere.")
@click.option("--dry-run", is_flag=True, help="Say what would be written; write nothing.")
def backup(
    *,
    shelf: Path,
    without_archive: bool,
    others: tuple[Path, ...],
    keep: int | None,
    no_verify: bool,
    dry_run: bool,
) -> None:
    """Write a backup of database, archive and feeds into a new folder of SHELF, and look at it.

    Crawls may go on meanwhile. Files of the archive that the backup before has are linked, not copied. Then every
    file is read back and the database put back into a scratch one; what fails that is no backup. It is as private
    as the database. See docs/backup.md.
    """
    from config.settings import load_settings
    from storage.backup.making import back_up
    from tipwatch.jobs.backup import backup_place, origin
    from tipwatch.jobs.run import wall_clock
    from tipwatch.progress import progress

    settings = load_settings()
    place = backup_place(settings, archive=not without_archive, others=others)
    if dry_run:
        _tell_dry(place, shelf)
        return
    with progress("bytes") as advance:
        made = back_up(
            place, shelf, wall_clock(), origin=origin(settings), verify=not no_verify, keep=keep, advance=advance
        )
    _tell(made, verified=not no_verify)


@database.command(
    "restore",
    short_help="Put a backup back.",
    epilog="Example: tipwatch db restore /srv/backups/20261123T021500Z --dry-run",
)
@click.argument("folder", metavar="BACKUP", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="What is there goes: database, archive and folders of feeds.")
@click.option(
    "--force", is_flag=True,
    help="Lose decisions of humans that the backup has not, and take runs that did not end for dead.",
)  # fmt: skip
@click.option("--upgrade", "to_head", is_flag=True, help="Bring a backup of an older version to this version.")
@click.option("--without-folders", is_flag=True, help="Leave the folders of feeds and exports as they are.")
@click.option("--dry-run", is_flag=True, help="Look at the backup and at the place; change nothing.")
def restore(
    *, folder: Path, replace: bool, force: bool, to_head: bool, without_folders: bool, dry_run: bool
) -> None:
    """Put a backup back: the database and archive of the settings, and the folders of feeds.

    Stop everything of tipwatch first. Every file is looked at before anything is changed, and the database changes
    in one transaction. What humans decided after the backup is not in it: whoever was taken down since would be
    listed again, so a database with newer decisions is replaced with --force only. See docs/backup.md.
    """
    from config.settings import load_settings
    from storage.backup.restoring import RestoreOrder, plan
    from storage.backup.restoring import restore as put_back
    from tipwatch.jobs.backup import backup_place, end_sessions
    from tipwatch.jobs.run import wall_clock
    from tipwatch.progress import progress

    settings = load_settings()
    order = RestoreOrder(backup=folder, replace=replace, force=force, upgrade=to_head, folders=not without_folders)
    place = backup_place(settings)
    with progress("bytes") as advance:
        if dry_run:
            planned = plan(order, place, wall_clock(), advance)
        else:
            planned = put_back(order, place, wall_clock(), advance)
    click.echo(f"{'Dry run: would put back' if dry_run else 'Put back'} {_whole(planned)}.")
    if planned.lost:
        click.echo(f"Decisions that {'would be' if dry_run else 'were'} lost: {_deeds(planned)}.")
    if dry_run:
        return
    if end_sessions(settings.data_dir):
        click.echo("Everybody who was logged in to the review must log in again.")
    _advise(planned, upgraded=to_head)


def _tell_dry(place: Place, shelf: Path) -> None:
    from tipwatch.tables import counted

    archive = "without the archive"
    if place.archive is not None:
        sizes = [path.stat().st_size for path in place.archive.rglob("*") if path.is_file()]
        archive = f"{counted(len(sizes), 'file')} of the archive ({sum(sizes) / 1e6:.1f} MB)"
    folders = counted(len(place.folders) + len(place.others), "folder")
    click.echo(f"Dry run: the database, {archive} and {folders} of exports would be written to {shelf}.")


def _tell(made: BackupResult, *, verified: bool) -> None:
    from storage.backup.manifest import Check
    from tipwatch.tables import counted

    saved = made.manifest
    click.echo(str(made.folder))
    files = "no archive" if saved.archive is None else f"{counted(len(saved.archive), 'file')} of the archive"
    click.echo(
        f"Backed up {counted(sum(saved.database.rows.values()), 'row')} (schema {saved.database.revision}), "
        f"{files}, {counted(len(saved.folders), 'folder')} of exports: {saved.bytes / 1e6:.1f} MB, "
        f"{made.shared / 1e6:.1f} MB of them shared with the backup before."
    )
    for path in made.removed:
        click.echo(f"Removed {path}.")
    match made.check:
        case Check.RESTORED:
            click.echo("Read back, and put back into a scratch database: all of it is there.")
        case Check.READ:
            click.echo(
                "Read back, but not put back: this user may not make a database (ALTER ROLE … CREATEDB).", err=True
            )
        case Check.NONE:
            click.echo("Not looked at after writing (--no-verify).")
    if made.missing or made.short:
        click.echo(
            f"The archive lacks {counted(made.missing, 'file')} that pages point to, and {made.short} end too "
            "early; the backup cannot mend that.",
            err=True,
        )
    if made.missing or made.short or (verified and made.check is not Check.RESTORED):
        end(ExitCode.NEEDS_A_LOOK)


def _whole(planned: RestorePlan) -> str:
    from tipwatch.tables import counted

    saved = planned.manifest
    files = "no archive" if saved.archive is None else f"{counted(len(saved.archive), 'file')} of the archive"
    rows = counted(sum(saved.database.rows.values()), "row")
    folders = counted(len(planned.directories), "folder")
    return f"the backup of {saved.made:%Y-%m-%d %H:%M:%S} UTC: {rows}, {files}, {folders} of exports"


def _deeds(planned: RestorePlan) -> str:
    return ", ".join(f"{n} {action}" for action, n in planned.lost.items())


def _advise(planned: RestorePlan, *, upgraded: bool) -> None:
    """What the backup cannot know, said before anybody publishes from it."""
    from config.settings import load_settings
    from storage.schema import head
    from tipwatch.jobs.backup import differences, origin

    saved = planned.manifest
    for said in differences(saved.origin, origin(load_settings())):
        click.echo(said)
    if saved.database.revision != head() and not upgraded:
        click.echo("It is of an older version. Run: tipwatch db upgrade.")
    click.echo(
        f"Before the next export: do again what was decided after {saved.made:%Y-%m-%d %H:%M} UTC, takedowns "
        "first (letters, `tipwatch takedown`), then users and clients that were disabled, then `tipwatch prune`."
    )
