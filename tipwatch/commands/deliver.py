"""`tipwatch deliver`: bring a finished folder to those who take it, signed, the manifest last.

Refuses a folder that is not what its manifest says, a host that is not known, an older feed over a newer one, and
a feed that names somebody whom the database would not name any more.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.errors import CommandError, ExitCode

if TYPE_CHECKING:
    from tipwatch.deliver.parcel import Parcel
    from tipwatch.deliver.plan import Plan
    from tipwatch.jobs.deliver import Prepared

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(
    "deliver",
    short_help="Deliver a feed or an export to a folder, SFTP or S3, signed.",
    epilog="Example: tipwatch deliver feed --to sftp://tip@taker.example/feed --key feed.key --dry-run",
)
@click.argument("folder", required=False, type=click.Path(file_okay=False, path_type=Path))
@click.option("--to", metavar="TARGET", help="file:///path, sftp://user@host:port/path or s3://bucket/prefix.")
@click.option("--key", type=FILE, metavar="FILE", help="Sign the manifest with this key (minisign's format).")
@click.option("--new-key", type=FILE, metavar="FILE", help="Make a key pair, FILE and FILE.pub; nothing else.")
@click.option("--identity", type=FILE, metavar="FILE", help="SSH key. Default: the agent and ~/.ssh.")
@click.option(
    "--known-hosts", type=FILE, default=Path("~/.ssh/known_hosts"), show_default=True, metavar="FILE",
    help="Keys of hosts; an unknown or changed one is refused.",
)  # fmt: skip
@click.option(
    "--endpoint", metavar="URL", help="Of an S3-compatible server; credentials come from AWS_* or ~/.aws."
)
@click.option(
    "--webhook", metavar="URL", help="Tell this address when it is there; signed with --key or the secret."
)
@click.option("--webhook-secret", type=FILE, metavar="FILE", help="A file with whsec_… for HMAC-SHA256.")
@click.option("--tries", type=click.IntRange(1, 20), default=5, show_default=True, help="Of each step, in all.")
@click.option(
    "--timeout", type=click.FloatRange(1, 3600), default=60.0, show_default=True, help="Seconds of silence."
)
@click.option(
    "--force",
    is_flag=True,
    help="Send every file again; also an older list, or one that names whom a court cleared.",
)
@click.option("--dry-run", is_flag=True, help="Look at the target and say what would be sent; change nothing.")
def deliver(
    *,
    folder: Path | None,
    to: str | None,
    key: Path | None,
    new_key: Path | None,
    identity: Path | None,
    known_hosts: Path,
    endpoint: str | None,
    webhook: str | None,
    webhook_secret: Path | None,
    tries: int,
    timeout: float,
    force: bool,
    dry_run: bool,
) -> None:
    """Deliver a feed or an export to a folder, SFTP or S3, signed.

    FOLDER is what `tipwatch export` wrote. Files arrive first, its index.json (or manifest.json) last; what the
    target already has is not sent again. docs/deliver.md says what takers see meanwhile and how they check it.
    """
    if new_key is not None:
        if folder is not None or to is not None:
            raise CommandError("--new-key makes a key, and delivers nothing.", "Leave FOLDER and --to away.")
        _new_key(new_key, dry_run)
        return
    if folder is None or to is None:
        raise CommandError("Say which FOLDER, and --to where.", "`tipwatch deliver --help` shows an example.")
    from tipwatch.jobs.deliver import DeliveryOrder, bring, prepare, tell
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.still_named import is_feed

    order = DeliveryOrder(
        folder=folder, to=to, key=key, identity=identity, known_hosts=known_hosts, endpoint=endpoint,
        webhook=webhook, webhook_secret=webhook_secret, tries=tries, timeout=timeout, force=force, dry_run=dry_run,
    )  # fmt: skip
    prepared = prepare(order)
    parcel = prepared.parcel
    for name in parcel.unlisted[:5]:
        click.echo(f"Not in {parcel.manifest.name}, not sent: {name}", err=True)
    if len(parcel.unlisted) > 5:
        click.echo(f"Not sent: {len(parcel.unlisted) - 5} further files.", err=True)
    if is_feed(prepared):
        _ask(prepared)
    plan, shown = bring(prepared, wall_clock)
    _say(parcel, plan, shown, dry_run)
    if prepared.hook is None:
        return
    if dry_run:
        click.echo(f"Dry run: {prepared.hook.shown} would be told.")
        return
    tell(prepared, wall_clock)
    click.echo(f"Told {prepared.hook.shown}.")


def _ask(prepared: Prepared) -> None:
    """Ask the workplace's database whom the feed may still name. Raises CommandError with REFUSED."""
    from config.settings import load_settings
    from tipwatch.jobs.run import wall_clock
    from tipwatch.jobs.still_named import still_named

    settings, order = load_settings(), prepared.order
    gone = still_named(prepared, settings.database_url, settings.archive_dir, wall_clock)
    if gone is None:
        click.echo(
            "Warning: there is no database here, so nobody was asked whether all in this feed may still be named.",
            err=True,
        )
        return
    if not gone:
        return
    what = f"{order.folder} names {gone} who may be named no more: acquitted, taken down or corrected since."
    if not order.force:
        raise CommandError(
            what,
            f"Write it again: `tipwatch export --format opensanctions --output {order.folder} …`, with "
            "the options that it was written with. --force delivers it all the same.",
            ExitCode.REFUSED,
        )
    click.echo(f"Warning: {what} --force delivers it all the same.", err=True)


def _new_key(path: Path, dry_run: bool) -> None:
    import base64
    import os

    from tipwatch.jobs.deliver import require

    require("cryptography")
    from tipwatch.deliver.keys import new_key, public_path

    if dry_run:
        click.echo(f"Dry run: {path} and {public_path(path)} would be made.")
        return
    public = new_key(path, os.urandom)
    click.echo(f"Secret key {public.shown_id}: {path} (keep a copy where nobody else reads it)")
    click.echo(f"Public key for the takers: {public_path(path)}")
    click.echo(f"  minisign -Vm index.json -P {public.text}")
    click.echo(f"  for webhooks: whpk_{base64.b64encode(public.raw).decode()}")


def _say(parcel: Parcel, plan: Plan, shown: str, dry_run: bool) -> None:
    from tipwatch.tables import counted

    if plan.nothing:
        click.echo(f"{shown} has all of {counted(len(parcel.items), 'file')} already; nothing to send.")
        return
    if dry_run:
        for item in plan.send:
            click.echo(f"would send    {item.name} ({item.size} bytes)")
        for name in plan.remove:
            click.echo(f"would remove  {name}")
    sent = "Dry run: would send" if dry_run else "Sent"
    signed = "" if plan.signature is None else ", signed"
    click.echo(
        f"{sent} {counted(len(plan.send), 'file')} ({plan.bytes} bytes) and {parcel.manifest.name}{signed} "
        f"to {shown}; "
        f"{len(plan.keep)} there already, {len(plan.remove)} removed."
    )
