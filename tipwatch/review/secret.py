"""The secret that signs sessions: made on the first start, kept beside the data, for its owner's eyes only.

Refuses a file that others may read or own, and one that is a link: whoever made it may know the secret.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

from tipwatch.errors import CommandError, ExitCode

FILE = "review.secret"
LENGTH = 32  # bytes
MOST = 4096  # bytes that are read of it


def kept(data_dir: Path) -> bytes:
    """The secret of this installation. Raises CommandError for a file that is not its owner's alone."""
    data_dir.mkdir(parents=True, exist_ok=True)
    path = data_dir / FILE
    _make(path)
    with os.fdopen(guarded(path, os.O_RDONLY), "rb") as file:
        secret = file.read(MOST)
    if len(secret) < LENGTH:
        raise CommandError(
            f"{path}: too short for a secret.", "Remove it: a new one is made.", ExitCode.ENVIRONMENT
        )
    return secret


def guarded(path: Path, flags: int) -> int:
    """A descriptor of a file that is this user's alone; with O_CREAT in `flags` it is made, for its owner only.

    Raises CommandError for a link, what is no file, a file of somebody else, and one that others may read.
    """
    try:
        handle = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    except OSError as error:
        what = "it is a link" if error.errno == errno.ELOOP else str(error.strerror)
        raise _refused(path, what, "Remove it, or give it to the user who runs the review.") from error
    held = os.fstat(handle)
    wrong = None
    if not stat.S_ISREG(held.st_mode):
        wrong = "it is no file", "Move it away."
    elif held.st_uid != os.geteuid():
        wrong = (
            "it belongs to another user",
            f"Move it away, or: chown {os.geteuid()} {path}",
        )
    elif held.st_mode & 0o077:
        wrong = "others than its owner may read it", f"Move it away, or: chmod 600 {path}"
    if wrong is not None:
        os.close(handle)
        raise _refused(path, *wrong)
    return handle


def _refused(path: Path, what: str, remedy: str) -> CommandError:
    return CommandError(f"{path}: {what}, and the review's sessions hang on it.", remedy, ExitCode.ENVIRONMENT)


def _make(path: Path) -> None:
    """Write a new secret where there is none; of two who start at once, the first wins."""
    if os.path.lexists(path):
        return
    draft = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(LENGTH))
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
