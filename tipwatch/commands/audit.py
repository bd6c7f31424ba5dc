"""`tipwatch audit`: show who decided what, and whether the log is whole.

Refuses persons' names: the log holds ids of records and names of users, nothing else.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tipwatch.cli import end
from tipwatch.errors import ExitCode

if TYPE_CHECKING:
    from storage.records.people import AuditEntry
    from storage.store import Store
    from tipwatch.tables import Row

DAY = click.DateTime(formats=["%Y-%m-%d"])
SHOWN = 200  # newest lines of the table, where no first day is given


@click.command(
    "audit",
    short_help="Show who decided what, and whether the log is whole.",
    epilog="Example: tipwatch audit --since 2026-11-01 --format jsonl --output audit.jsonl",
)
@click.option("--since", type=DAY, metavar="DATE", help="Only lines of this day or later (UTC).")
@click.option("--until", type=DAY, metavar="DATE", help="Only lines of this day or earlier (UTC).")
@click.option("--format", "format_", type=click.Choice(["table", "jsonl"]), default="table", show_default=True)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write to this file."
)
@click.option("--verify", is_flag=True, help="Check the chain of digests; ends with 1 where it is broken.")
def audit(
    *, since: dt.datetime | None, until: dt.datetime | None, format_: str, output: Path | None, verify: bool
) -> None:
    """Show who decided what, and whether the log is whole.

    Every line has the SHA-256 of itself and of the line before, so that a changed, missing or moved line shows.
    Lines cut off at the end show only against a digest that you kept: --verify prints the last one. Without
    --since the table has the newest 200 lines; jsonl has them all.
    """
    with _opened() as store:
        if verify:
            _verify(store)
            return
        limit = SHOWN if format_ == "table" and since is None and until is None else None
        entries = store.audit.entries(
            since=None if since is None else since.date(), until=None if until is None else until.date(),
            limit=limit,
        )  # fmt: skip
    text = "\n".join(map(_line, entries)) if format_ == "jsonl" else _table(entries)
    if output is None:
        click.echo(text, nl=bool(text))
        return
    output.write_text(text + "\n" if text else "", encoding="utf-8")
    click.echo(f"Wrote {len(entries)} lines to {output}.")


def _verify(store: Store) -> None:
    broken, last = store.audit.verify(), store.audit.last()
    if broken is not None:
        click.echo(f"The log is broken: line {broken} does not fit the ones before it.", err=True)
        click.echo("  Compare with an earlier --format jsonl, or a backup; somebody changed the table.", err=True)
        end(ExitCode.NEEDS_A_LOOK)
    if last is None:
        click.echo("The log is empty.")
        return
    click.echo(f"The log is whole: {last.id} lines. Keep this, to see later that none was cut off:")
    click.echo(f"{last.id} {last.digest}")


def _line(entry: AuditEntry) -> str:
    return json.dumps(
        {
            "id": entry.id, "at": entry.at.isoformat(timespec="microseconds"), "by": entry.by,
            "action": entry.action, "subject": entry.subject, "detail": entry.detail, "digest": entry.digest,
        },
        ensure_ascii=False,
    )  # fmt: skip


def _table(entries: list[AuditEntry]) -> str:
    from tipwatch.tables import as_table

    rows: list[Row] = [
        {
            "id": entry.id,
            "at": f"{entry.at:%Y-%m-%d %H:%M:%S}",
            "by": entry.by,
            "action": entry.action,
            "subject": entry.subject,
            "detail": ", ".join(f"{key}={_shown(value)}" for key, value in sorted(entry.detail.items())),
        }
        for entry in entries
    ]
    return as_table(rows) if rows else "No lines."


def _shown(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _opened() -> Store:
    from config.settings import load_settings
    from storage.store import Store

    settings = load_settings()
    return Store.open(settings.database_url, settings.archive_dir)
