"""The command `tipwatch`: which commands there are, how errors read, and which code each ends with.

Refuses work: a command's module is imported only when that command runs.
"""

from __future__ import annotations

import os
import secrets
import signal
import sys
from importlib import import_module
from typing import IO, Any, NoReturn

import click

from tipwatch.errors import EXIT_CODES, ExitCode, explain

COMMANDS: dict[str, tuple[str, str, str]] = {
    "source": ("tipwatch.commands.source", "source", "List, check, try and write the catalogue's sources."),
    "crawl": ("tipwatch.commands.crawl", "crawl", "Fetch new stories of the catalogue's sources, politely."),
    "ingest": ("tipwatch.commands.ingest", "ingest", "Take the pages of WARC files that others crawled."),
    "extract": (
        "tipwatch.commands.extract",
        "extract",
        "Read the accused out of archived pages, or of a JSONL file.",
    ),
    "resolve": ("tipwatch.commands.resolve", "resolve", "Join mentions to persons, and stories to cases."),
    "review": (
        "tipwatch.commands.review",
        "review",
        "Serve the pages on which people check, correct and decide.",
    ),
    "user": ("tipwatch.commands.user", "user", "Add, list and disable those who may review."),
    "takedown": (
        "tipwatch.commands.takedown",
        "takedown",
        "Take a person or an organisation off every list, or put it back.",
    ),
    "audit": ("tipwatch.commands.audit", "audit", "Show who decided what, and whether the log is whole."),
    "prune": ("tipwatch.commands.prune", "prune", "Forget what is kept no longer."),
    "coverage": ("tipwatch.commands.coverage", "coverage", "Show how well we looked, by country or by source."),
    "report": (
        "tipwatch.commands.report",
        "report",
        "Write one page that sets every number beside how well we looked.",
    ),
    "reference": (
        "tipwatch.commands.reference",
        "reference",
        "Import, list and take back figures that are not ours, such as convictions.",
    ),
    "export": ("tipwatch.commands.export", "export", "Write the list of persons, never without its coverage."),
    "deliver": (
        "tipwatch.commands.deliver",
        "deliver",
        "Deliver a feed or an export to a folder, SFTP or S3, signed.",
    ),
    "client": (
        "tipwatch.commands.client",
        "client",
        "Add, list and disable those who may ask the API, and show what they asked.",
    ),
    "serve": (
        "tipwatch.commands.serve",
        "serve",
        "Serve a feed over HTTP: entities, name search, deltas, files.",
    ),
    "evaluate": (
        "tipwatch.commands.evaluate",
        "evaluate",
        "Score a reading against gold, and hold the figures to their floors.",
    ),
    "schedule": ("tipwatch.commands.schedule", "schedule", "Crawl and read whatever is due, again and again."),
    "status": ("tipwatch.commands.status", "status", "Show what ran, what is due and what is broken."),
    "health": ("tipwatch.commands.health", "health", "Say in one word whether all is well, for a monitor."),
    "metrics": ("tipwatch.commands.metrics", "metrics", "Print or write figures for Prometheus."),
    "db": ("tipwatch.commands.database", "database", "Check, upgrade, back up or restore the database."),
}
"""Name -> module, attribute, the line of help (a test compares it with the command's own)."""


class CommandGroup(click.Group):
    """A group that imports a command when it is called, and turns every known error into a sentence and a code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order of the work, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of one command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, attribute, _ = entry
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(int(code)), meaning) for code, meaning in EXIT_CODES])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click's, with the nearest name for a misspelt one."""
        if args and not args[0].startswith("-") and args[0] not in COMMANDS:
            raise click.UsageError(f"No such command {args[0]!r}.{did_you_mean(args[0], COMMANDS)}", ctx)
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; errors that we know end in a sentence on stderr."""
        try:
            try:
                return super().invoke(ctx)
            finally:
                sys.stdout.flush()
        except (click.exceptions.Exit, click.ClickException):
            raise
        except BrokenPipeError:
            _forget(sys.stdout)
            ctx.exit(ExitCode.BROKEN_PIPE)
        except (KeyboardInterrupt, click.Abort):
            click.echo("Interrupted. What was finished is kept; run the command again to go on.", err=True)
            ctx.exit(ExitCode.INTERRUPTED)
        except Exception as error:
            if ctx.params.get("debug"):
                from tipwatch.tracebacks import stack

                click.echo(stack(error), err=True)
            _refuse(ctx, error)


def end(code: ExitCode) -> NoReturn:
    """End the running command with `code`."""
    click.get_current_context().exit(int(code))


def did_you_mean(name: str, known: Any) -> str:
    """` Did you mean 'x'?`, or nothing when no known name is near."""
    from difflib import get_close_matches

    near = get_close_matches(name, list(known), n=3, cutoff=0.6)
    return f" Did you mean {' or '.join(repr(word) for word in near)}?" if near else ""


def _refuse(ctx: click.Context, error: Exception) -> NoReturn:
    known = explain(error)
    if known is None:
        from tipwatch.tracebacks import place

        click.echo(f"Error: a fault in tipwatch itself: {place(error)}", err=True)  # its message may hold a name
        click.echo("  Run it again as `tipwatch --debug …` to see where, and report that, please.", err=True)
        ctx.exit(ExitCode.FAULT)
    first, *rest = known.lines
    click.echo(f"Error: {first}", err=True)
    for line in rest:
        click.echo(line, err=True)
    ctx.exit(known.code)


def _forget(stream: IO[str]) -> None:
    """Send what is left in a closed pipe's buffer nowhere, so that the interpreter's exit stays quiet."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):  # a test's stream has no descriptor
        return


@click.group(
    cls=CommandGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog="Settings come from TIPWATCH_* variables or tipwatch.yml; TIPWATCH_CONTACT is needed to crawl.",
)
@click.version_option(package_name="tipwatch", message="tipwatch %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error, and every event of the log.")
@click.option(
    "--log-format", type=click.Choice(["text", "json"]), default="text", show_default=True,
    envvar="TIPWATCH_LOG_FORMAT", show_envvar=True,
    help="The log on stderr: text for people (warnings), or JSON lines for collectors (also what was done).",
)  # fmt: skip
@click.pass_context
def cli(ctx: click.Context, debug: bool, log_format: str) -> None:
    """Watch local news for prosecutions of trafficking in persons: who is accused, with evidence and coverage."""
    from tipwatch.events import LogFormat, configure_log

    bound = {"command": ctx.invoked_subcommand or "", "job": secrets.token_hex(4)}
    configure_log(debug=debug, format=LogFormat(log_format), bound=bound)


def main() -> None:
    """The console script. SIGTERM ends a command as Ctrl-C does: what is held is given back."""
    from tipwatch.events import guard

    signal.signal(signal.SIGTERM, _interrupt)
    guard()
    cli(prog_name="tipwatch")


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
