"""What a remote target must be able to do; SFTP and S3 do it each in their way.

Refuses decisions: what is sent, kept or removed, and in which order, is `send`'s.
"""

from __future__ import annotations

from typing import BinaryIO, Protocol


class Reader(Protocol):
    """The look at what a target has. Names are relative, with `/`. All raise UnreachedError, CommandError."""

    def read(self, name: str, most: int) -> bytes | None:
        """A small file's bytes, None when there is none; CommandError when it has more than `most`."""

    def size(self, name: str) -> int | None:
        """Bytes of a file, None when there is none. Raises UnreachedError, CommandError."""


class Place(Reader, Protocol):
    """A target whose files are first staged, then released. Each verb may be tried again."""

    shown: str

    def staged(self, token: str) -> int | None:
        """Bytes of what was staged whole under this token, None when it was not."""

    def stage(self, token: str, source: BinaryIO, size: int) -> None:
        """Upload beside the feed, where no taker looks; the token exists only when all of it is there."""

    def release(self, token: str, name: str) -> None:
        """Put what was staged in the place of `name`, in one step where the target can."""

    def remove(self, name: str) -> None:
        """Remove a released file; one that is not there is fine."""

    def unstage(self, token: str) -> None:
        """Remove what was staged; nothing there is fine."""

    def tokens(self) -> list[str]:
        """Everything in the staging folder, half uploads too."""

    def reconnect(self) -> None:
        """Drop the connection, if there is one, and make a new one."""

    def close(self) -> None:
        """Hang up. Raises nothing."""
