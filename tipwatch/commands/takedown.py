"""`tipwatch takedown`: take a person or an organisation off every list, or put it back.

Refuses to say the name, and a reason that contains it: what is printed and logged are ids.
"""

from __future__ import annotations

import click

from tipwatch.errors import CommandError


@click.command(
    "takedown",
    short_help="Take a person or an organisation off every list, or put it back.",
    epilog='Example: tipwatch takedown p-0f3a… --reason "request of 2026-11-20, letter 17" --dry-run',
)
@click.argument("person", required=False)
@click.option("--reason", metavar="TEXT", help="Who asked and on what ground, without the name.")
@click.option("--lift", type=int, metavar="ID", help="Take the takedown of this number back.")
@click.option("--list", "list_", is_flag=True, help="List takedowns, lifted ones too.")
@click.option("--by", metavar="NAME", help="The user who decides. Default: console.<your login>.")
@click.option(
    "--format", "format_", type=click.Choice(["table", "csv", "json"]), default="table", show_default=True,
    help="Of --list.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Say what would be hidden or shown; change nothing.")
def takedown(
    *,
    person: str | None,
    reason: str | None,
    lift: int | None,
    list_: bool,
    by: str | None,
    format_: str,
    dry_run: bool,
) -> None:
    """Take a person or an organisation off every list, or put it back.

    PERSON is the id of a person (p-…, in a feed tw-p-…), one that it had before a merge, or the id of a record.
    Every record of the person is hidden at once from exports, counts and reports, and stays hidden when its story
    is fetched or read again. Records of equal name in the same country are held back too, until somebody says in
    `tipwatch review` that they are not this person. The next delta lists the takedown, by id.

    PERSON may be the id of an organisation (o-…, in a feed tw-o-…): it leaves every feed at once and stays off,
    under the same name in any country of its stories, or where none is known. No acquittal of an organisation is
    read, so this is the way to take off one that was cleared. Another form of its name has another id: take that
    down too. In what a feed shows of the persons beside it, its name is masked.

    A wrong fact is no ground for this: rectify it as a correction in `tipwatch review`, and every list follows.
    """
    if sum((person is not None, lift is not None, list_)) != 1:
        raise CommandError(
            "Say one of PERSON, --lift ID and --list.", "`tipwatch takedown --help` shows an example."
        )
    if list_:
        _list(format_)
    elif lift is not None:
        _lift(lift, by, dry_run)
    elif person is not None:
        if reason is None:
            raise CommandError("A takedown needs --reason.", "Say who asked and on what ground, without the name.")
        _take_down(
            person.removeprefix("tw-"), reason, by, dry_run
        )  # a feed's ids begin so, and takers know no other


def _take_down(person: str, reason: str, by: str | None, dry_run: bool) -> None:
    from storage.organisations import is_organisation
    from storage.records.people import UserRole
    from tipwatch.jobs.acting import acting
    from tipwatch.jobs.run import wall_clock
    from tipwatch.tables import counted
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        takedowns = place.store.takedowns
        user = acting(place.store, by, UserRole.REVIEWER)
        plan = takedowns.plan(person, wall_clock(), reason)
        number = None if dry_run else takedowns.take_down(person, reason, user, wall_clock())
    hidden = counted(plan.stories, "story", "stories")
    if not is_organisation(plan.person_id):
        hidden = f"{counted(plan.mentions, 'record')} in {hidden}"
    if number is None:
        click.echo(f"Dry run: {plan.person_id} would be taken down, {hidden}; nothing was changed.")
    else:
        click.echo(f"Takedown {number}: {plan.person_id} is off every list, {hidden}.")
    if plan.also_withheld:
        held = "would be held back" if number is None else "held back"
        click.echo(
            f"{counted(plan.also_withheld, 'record')} of equal name {held} until somebody looks: tipwatch review."
        )
    if number is not None:
        click.echo(f"`tipwatch takedown --lift {number}` takes it back.")


def _lift(number: int, by: str | None, dry_run: bool) -> None:
    from storage.organisations import is_organisation
    from storage.records.people import UserRole
    from tipwatch.jobs.acting import acting
    from tipwatch.jobs.run import wall_clock
    from tipwatch.tables import counted
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        user = acting(place.store, by, UserRole.ADMIN)
        standing = [one for one in place.store.takedowns.all() if one.id == number and one.lifted_at is None]
        of_organisation = bool(standing) and is_organisation(standing[0].person_id)
        if dry_run:
            if not standing:
                raise CommandError(f"No takedown {number} stands.", "`tipwatch takedown --list` has them.")
            whose = standing[0].person_id if of_organisation else counted(standing[0].mentions, "record")
            click.echo(f"Dry run: takedown {number} ({whose}) would be lifted; nothing was changed.")
            return
        restored = place.store.takedowns.lift(number, user, wall_clock())
    if of_organisation:
        told = counted(restored, "story", "stories")
        click.echo(f"Takedown {number} lifted; {told} may list the organisation again.")
    else:
        click.echo(f"Takedown {number} lifted; {counted(restored, 'record')} seen again.")


def _list(format_: str) -> None:
    from tipwatch.tables import TableFormat, as_csv, as_json, as_table
    from tipwatch.workplace import workplace

    with workplace(sync=False) as place:
        rows = [
            {
                "id": one.id,
                "person": one.person_id,
                "at": f"{one.at:%Y-%m-%dT%H:%M:%SZ}",
                "by": one.by,
                "records": one.mentions,
                "reason": one.reason,
                "lifted_at": None if one.lifted_at is None else f"{one.lifted_at:%Y-%m-%dT%H:%M:%SZ}",
                "lifted_by": one.lifted_by,
            }
            for one in place.store.takedowns.all()
        ]
    match TableFormat(format_):
        case TableFormat.JSON:
            click.echo(as_json(rows))
        case TableFormat.CSV:
            click.echo(as_csv(rows) if rows else "id,person,at,by,records,reason,lifted_at,lifted_by")
        case TableFormat.TABLE:
            click.echo(as_table(rows) if rows else "No takedowns.")
