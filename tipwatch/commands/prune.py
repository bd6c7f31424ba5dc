"""`tipwatch prune`: forget what is kept no longer.

Refuses to guess a limit: each is a setting with its reason in docs/retention.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tipwatch.tables import Row


@click.command("prune", short_help="Forget what is kept no longer.", epilog="Example: tipwatch prune --dry-run")
@click.option("--dry-run", is_flag=True, help="Count what would go; change nothing.")
def prune(dry_run: bool) -> None:
    """Forget what is kept no longer.

    Archived pages and texts that nothing was read out of, rejected and doubtful records, persons whose proceedings
    ended without conviction, tokens of disabled users, and what clients of the API asked for, each after its days
    (retain_..._days of the settings).
    There is no way back; copies that you made of the data folder are yours to prune. See docs/retention.md.
    """
    from storage.retention import RetentionPolicy
    from tipwatch.jobs.acting import console
    from tipwatch.jobs.run import wall_clock
    from tipwatch.progress import progress
    from tipwatch.tables import as_table, counted
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        settings = place.settings
        policy = RetentionPolicy(
            pages_days=settings.retain_pages_days, rejected_days=settings.retain_rejected_days,
            cleared_days=settings.retain_cleared_days, doubtful_days=settings.retain_doubtful_days,
            users_days=settings.retain_users_days, accesses_days=settings.retain_accesses_days,
            min_score=settings.min_score,
        )  # fmt: skip
        if dry_run:
            done = place.store.retention.plan(policy, wall_clock())
        else:
            with progress("records and files") as advance:
                done = place.store.retention.prune(policy, wall_clock(), by=console(), advance=advance)
    rows: list[Row] = [
        {"what": "archive files", "after_days": policy.pages_days, "number": done.page_files},
        {"what": "pages in them", "after_days": policy.pages_days, "number": done.pages},
        {"what": "texts of stories that prove nothing", "after_days": policy.pages_days, "number": done.texts},
        {"what": "rejected records", "after_days": policy.rejected_days, "number": done.rejected},
        {"what": "cleared persons", "after_days": policy.cleared_days, "number": done.cleared},
        {"what": "doubtful records, unreviewed", "after_days": policy.doubtful_days, "number": done.unreviewed},
        {"what": "disabled users", "after_days": policy.users_days, "number": done.users},
        {"what": "accesses of clients", "after_days": policy.accesses_days, "number": done.accesses},
    ]
    click.echo(as_table(rows))
    if not done.total:
        click.echo("Nothing is due.")
    elif dry_run:
        click.echo(f"Dry run: {done.bytes / 1e6:.1f} MB of archive would go; nothing was changed.")
    else:
        click.echo(f"Forgotten, with {done.bytes / 1e6:.1f} MB of archive: {counted(done.total, 'thing')}.")
