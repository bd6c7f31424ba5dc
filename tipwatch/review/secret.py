"""The secret that signs sessions: made on the first start, kept beside the data, for its owner's eyes only.

Refuses a file that others may read.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from tipwatch.errors import CommandError, ExitCode

FILE = "review.secret"
LENGTH = 32  # bytes


def kept(data_dir: Path) -> bytes:
    """The secret of this installation. Raises CommandError for a file that others can read or that is none."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE
    _make(path)
    if path.stat().st_mode & 0o077:
        raise CommandError(
            f"{path}: others than its owner may read the secret that signs the review's sessions.",
            f"Remove it (everybody logs in again), or: chmod 600 {path}",
            ExitCode.ENVIRONMENT,
        )
    secret = path.read_bytes()
    if len(secret) < LENGTH:
        raise CommandError(
            f"{path}: too short for a secret.", "Remove it: a new one is made.", ExitCode.ENVIRONMENT
        )
    return secret


def _make(path: Path) -> None:
    """Write a new secret where there is none; of two who start at once, the first wins."""
    draft = path.with_name(f"{FILE}.{os.getpid()}")
    if path.exists():
        return
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
