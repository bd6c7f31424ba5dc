"""`tipwatch resolve`: join mentions to persons, and stories to cases.

Refuses to go against an analyst: what a human judged stands, whatever the machine finds.
"""

from __future__ import annotations

import click


@click.command(
    "resolve",
    short_help="Join mentions to persons, and stories to cases.",
    epilog="Example: tipwatch resolve --all",
)
@click.option("--all", "everything", is_flag=True, help="Judge everything anew, not only what is new or changed.")
@click.option("--dry-run", is_flag=True, help="Count what waits; write nothing.")
def resolve(*, everything: bool, dry_run: bool) -> None:
    """Join mentions to persons, and stories to cases.

    Near-equal texts become one report with its copies; mentions of one person become a person, where the evidence
    suffices (doubt keeps two, and asks in `tipwatch review`); stories on the same proceedings become a case.
    `extract`, `schedule` and `export` do this by themselves; --all is for after an upgrade, or once a month.
    """
    from tipwatch.jobs.resolve import resolve as run_resolve
    from tipwatch.jobs.run import close_stale, wall_clock
    from tipwatch.progress import progress
    from tipwatch.tables import counted
    from tipwatch.workplace import workplace

    with workplace(sync=not dry_run) as place:
        if dry_run:
            waiting = counted(place.store.resolution.waiting(), "mention")
            click.echo(f"Dry run: {waiting} to resolve; nothing was written.")
            return
        close_stale(place.store, wall_clock())
        with progress("texts and mentions") as advance:
            done = run_resolve(place.store, wall_clock, everything=everything, advance=advance)
    if done.mentions + done.texts == 0:
        click.echo("Nothing to resolve.")
    else:
        click.echo(
            f"Resolved {counted(done.mentions, 'mention')} of {counted(done.texts, 'new text')}: "
            f"{counted(done.new_persons, 'new person')}, {counted(done.merged, 'id')} joined to others."
        )
    click.echo(
        f"There are {counted(done.persons, 'person')} in {counted(done.cases, 'case')}; "
        f"{counted(done.doubtful, 'pair')} wait for a human."
    )
