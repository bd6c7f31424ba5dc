"""Writes a page whole: a reader finds the old one or the new one.

Refuses a folder that is not there or cannot be written, with the remedy.
"""

from __future__ import annotations

import os
from pathlib import Path

from tipwatch.errors import CommandError, ExitCode


def write_whole(path: Path, text: str) -> None:
    """Write to a neighbour, then put it in place in one step. Raises CommandError."""
    fresh = path.with_name(f".{path.name}.new-{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise CommandError(
            f"The page {path} cannot be written ({error.strerror or type(error).__name__}).",
            "Name a file in a folder that is there and that this user may write, with --output.",
            ExitCode.ENVIRONMENT,
        ) from error
