"""Where a target is: `file:///path`, `sftp://user@host:port/path`, `s3://bucket/prefix`.

Refuses a password in an address: it would stand in shell histories, process lists and logs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, unquote, urlsplit

from tipwatch.deliver.manifest import STAGING
from tipwatch.errors import CommandError

EXAMPLES = "Write file:///srv/feed, sftp://user@host:22/feed or s3://bucket/prefix."


class Scheme(StrEnum):
    """Kinds of targets."""

    FILE = "file"
    SFTP = "sftp"
    S3 = "s3"


@dataclass(frozen=True, kw_only=True)
class Address:
    """A target. `host` is the bucket of S3; `path` has no slash at its end, and for S3 none at its beginning."""

    scheme: Scheme
    host: str
    path: str
    user: str | None = None
    port: int | None = None

    @property
    def shown(self) -> str:
        """The address without the user, for messages."""
        port = "" if self.port is None else f":{self.port}"
        slash = "" if self.path.startswith("/") or not self.path else "/"
        return f"{self.scheme}://{self.host}{port}{slash}{self.path}"


def read_address(text: str) -> Address:
    """Read a target's address. Raises CommandError, which never repeats the text: it may hold a password."""
    try:
        parts = urlsplit(text)
        port, password = parts.port, parts.password
    except ValueError:
        raise CommandError("--to is no address.", EXAMPLES) from None
    if parts.scheme not in list(Scheme):
        raise CommandError("--to is none of file:, sftp: and s3:.", EXAMPLES)
    scheme = Scheme(parts.scheme)
    if password is not None:
        remedy = "Use a key (--identity or the agent) for SFTP, AWS_* variables or ~/.aws for S3."
        raise CommandError("--to holds a password.", remedy)
    if (
        parts.query
        or parts.fragment
        or (scheme is not Scheme.SFTP and (parts.username is not None or port is not None))
    ):
        raise CommandError("--to holds more than a place (a query, a user, a port).", EXAMPLES)
    return Address(
        scheme=scheme,
        host=_host(scheme, parts),
        path=_path(scheme, unquote(parts.path)),
        user=None if parts.username is None else unquote(parts.username),
        port=port,
    )


def _host(scheme: Scheme, parts: SplitResult) -> str:
    host = (parts.netloc if scheme is Scheme.S3 else parts.hostname) or ""
    match scheme:
        case Scheme.FILE if host not in ("", "localhost"):
            raise CommandError("--to names a folder of another machine.", "Write three slashes: file:///srv/feed")
        case Scheme.S3 if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}", host) is None:
            raise CommandError("--to names no bucket.", EXAMPLES)
        case Scheme.SFTP if not host:
            raise CommandError("--to names no host.", EXAMPLES)
    return host


def _path(scheme: Scheme, path: str) -> str:
    if "\x00" in path or any(part in ("..", STAGING) for part in path.split("/")):
        raise CommandError(f"--to has a path with .. or {STAGING} in it.", EXAMPLES)
    if scheme is Scheme.S3:
        return path.strip("/")
    if not path.strip("/"):
        raise CommandError("--to names no folder.", EXAMPLES)
    if scheme is Scheme.SFTP and path.startswith("/~/"):
        path = path.removeprefix("/~/")  # from the user's home, as OpenSSH's sftp:// has it
    return path.rstrip("/")
