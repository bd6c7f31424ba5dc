"""Runs the real commands in the demo's folder, one process each, and keeps what they said.

Refuses to go on after a command that failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from time import monotonic

from tipwatch.demo.newsroom import LOOPBACK
from tipwatch.errors import ExitCode

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("crawl",),
    ("extract",),
    ("coverage", "--format", "json"),
    ("export", "--output", "export/csv", "--stage", "charged", "--format", "csv"),
    ("export", "--output", "export/jsonl", "--stage", "charged", "--format", "jsonl"),
    *([("report", "--output", "report.html")] if find_spec("plotly") and find_spec("ruptures") else []),
)
_LONGEST = 300  # seconds for one command; together they take well under 90


class StepFailed(Exception):  # noqa: N818 - a fact about a command
    """A command ended with a code that the demo cannot go on with."""

    def __init__(self, command: str, code: int, said: str) -> None:
        super().__init__(f"`{command}` ended with exit code {code}:\n{said.strip()}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A command that ran: what it printed to standard output, and how long it took in seconds."""

    command: str
    output: str
    seconds: float
    code: int


def run_commands(directory: Path, began: Callable[[str], None], ended: Callable[[Step], None]) -> Sequence[Step]:
    """Every command in turn. Their log goes to `demo.log`. Raises StepFailed.

    Exit code 1 means "done, but something needs a look", which is what a dead feed is for.
    """
    # Settings of the person who runs the demo must not reach it: no other database, no other contact.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIPWATCH_")}
    environment |= {"no_proxy": LOOPBACK, "NO_PROXY": LOOPBACK}  # a proxy cannot reach our loopback
    steps: list[Step] = []
    with (directory / "demo.log").open("a", encoding="utf-8") as log:
        for arguments in COMMANDS:
            command = " ".join(("tipwatch", *arguments))
            began(command)
            start = monotonic()
            done = _run(arguments, command, directory, environment)
            log.write(f"$ {command}\n{done.stdout}{done.stderr}\n")
            if done.returncode not in (ExitCode.DONE, ExitCode.NEEDS_A_LOOK):
                raise StepFailed(command, done.returncode, done.stderr or done.stdout)
            step = Step(command=command, output=done.stdout, seconds=monotonic() - start, code=done.returncode)
            steps.append(step)
            ended(step)
    return steps


def _run(
    arguments: Sequence[str], command: str, directory: Path, environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            [sys.executable, "-m", "tipwatch", *arguments],
            cwd=directory,
            env=environment,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise StepFailed(command, ExitCode.INTERRUPTED, f"it took longer than {_LONGEST} s") from error
