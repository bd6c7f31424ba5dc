"""`tipwatch health`: one word and one code, for a monitor, a container or a person in a hurry.

Refuses to repair, and to make what is not there.
"""

from __future__ import annotations

import click

from tipwatch.cli import end


@click.command(
    "health",
    short_help="Say in one word whether all is well, for a monitor.",
    epilog="Example: tipwatch health --json",
)
@click.option("--json", "as_json_", is_flag=True, help="Every check as JSON.")
def health(*, as_json_: bool) -> None:
    """Say in one word whether all is well, for a monitor. Changes nothing.

    Ends with 0: well. 1: it works, and something needs a look. 2: settings or catalogue are faulty, so nothing
    begins. 3: it does not work: the database does not answer or is of another version, the archive is shut.
    """
    import dataclasses

    from tipwatch.jobs.health import Verdict
    from tipwatch.jobs.health import health as look
    from tipwatch.jobs.run import wall_clock
    from tipwatch.tables import as_json

    found = look(wall_clock)
    if as_json_:
        click.echo(as_json({**dataclasses.asdict(found), "code": int(found.code)}))
    else:
        click.echo(found.verdict.value)
        for one in found.checks:
            if one.verdict is not Verdict.WELL:
                click.echo(f"  {one.name}: {one.says.rstrip('.')}." + (f" {one.remedy}" if one.remedy else ""))
    end(found.code)
