"""A folder behind SFTP, through paramiko: a known host, a key or the agent, and nothing else.

Refuses a host whose key is not in known_hosts, or differs: keys are never added by themselves.
"""

from __future__ import annotations

import logging
import posixpath
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import paramiko  # type: ignore[import-untyped]

from tipwatch.deliver.address import Address
from tipwatch.deliver.manifest import STAGING
from tipwatch.deliver.patience import UnreachedError
from tipwatch.errors import CommandError, ExitCode

log = logging.getLogger(__name__)

PORT = 22
HALF = ".part"
FULL = "is its disk full, or a quota used up?"


@dataclass(frozen=True, kw_only=True)
class Access:
    """How a host is told, and how we are: `identity` None means the agent and ~/.ssh. Seconds of silence."""

    known_hosts: Path
    identity: Path | None
    timeout: float


class _Strict(paramiko.MissingHostKeyPolicy):
    """Nobody is trusted at first sight."""

    def __init__(self, known_hosts: Path) -> None:
        self._known_hosts = known_hosts

    def missing_host_key(self, client: Any, hostname: str, key: Any) -> None:
        raise CommandError(
            f"{hostname}: its key ({key.get_name()} {key.fingerprint}) is not in {self._known_hosts}.",
            "Ask the taker for the fingerprint; when it is this one, add the line of `ssh-keyscan` to that file.",
            ExitCode.REFUSED,
        )


class SftpPlace:
    """A folder at `address`, connected by the first verb."""

    def __init__(self, address: Address, access: Access) -> None:
        self.shown = address.shown
        self._address = address
        self._access = access
        self._client: Any = None
        self._sftp: Any = None

    def read(self, name: str, most: int) -> bytes | None:
        """See Reader."""
        with self._faults(f"{name} cannot be read"):
            try:
                with self._connected().open(self._at(name), "rb") as file:
                    body: bytes = file.read(most + 1)
            except FileNotFoundError:
                return None
        if len(body) > most:
            raise CommandError(f"{self.shown}: {name} has more than {most} bytes.", "Look at it by hand.")
        return body

    def size(self, name: str) -> int | None:
        """See Reader."""
        with self._faults(f"{name} cannot be looked at"):
            try:
                return int(self._connected().stat(self._at(name)).st_size)
            except FileNotFoundError:
                return None

    def staged(self, token: str) -> int | None:
        """See Place."""
        return self.size(f"{STAGING}/{token}")

    def stage(self, token: str, source: BinaryIO, size: int) -> None:
        """See Place. Half uploads end in `.part`."""
        with self._faults(f"the upload was refused ({FULL})"):
            sftp, whole = self._connected(), self._at(f"{STAGING}/{token}")
            self._make(posixpath.dirname(whole))
            arrived = 0
            try:
                sftp.putfo(source, whole + HALF, file_size=size, confirm=False)
                arrived = sftp.stat(whole + HALF).st_size
            finally:
                if arrived != size:
                    with suppress(OSError, paramiko.SSHException, EOFError):
                        sftp.remove(whole + HALF)  # the target may be full
            if arrived != size:
                raise UnreachedError(f"{arrived} of {size} bytes arrived ({FULL})")
            self._exchange(whole + HALF, whole)

    def release(self, token: str, name: str) -> None:
        """See Place."""
        with self._faults(f"{name} cannot be put in place"):
            self._make(posixpath.dirname(self._at(name)))
            self._exchange(self._at(f"{STAGING}/{token}"), self._at(name))

    def remove(self, name: str) -> None:
        """See Place."""
        with self._faults(f"{name} cannot be removed"), suppress(FileNotFoundError):
            self._connected().remove(self._at(name))

    def unstage(self, token: str) -> None:
        """See Place."""
        self.remove(f"{STAGING}/{token}")

    def tokens(self) -> list[str]:
        """See Place."""
        with self._faults("cannot be listed"):
            try:
                return sorted(self._connected().listdir(self._at(STAGING)))
            except FileNotFoundError:
                return []

    def reconnect(self) -> None:
        """See Place."""
        self.close()
        with self._faults("no connection"):
            self._connected()

    def close(self) -> None:
        """See Place."""
        client, self._client, self._sftp = self._client, None, None
        if client is not None:
            with suppress(OSError, paramiko.SSHException, EOFError):
                client.close()

    def _at(self, name: str) -> str:
        return posixpath.join(self._address.path, name)

    def _make(self, folder: str) -> None:
        """Make a folder and those above it; who is there already is fine."""
        sftp = self._connected()
        try:
            sftp.stat(folder)
        except FileNotFoundError:
            if posixpath.dirname(folder) not in ("", "/", folder):
                self._make(posixpath.dirname(folder))
            try:
                sftp.mkdir(folder)
            except OSError:
                sftp.stat(folder)  # another made it meanwhile; else this says why not

    def _exchange(self, old: str, new: str) -> None:
        """Rename over what is there. Servers without OpenSSH's extension need a moment without the old file."""
        sftp = self._connected()
        try:
            sftp.posix_rename(old, new)
        except (FileNotFoundError, PermissionError):
            raise
        except OSError as error:
            if error.errno is not None or "unsupported" not in str(error).lower():
                raise
            log.info("deliver.sftp_rename_not_atomic")
            with suppress(FileNotFoundError):
                sftp.remove(new)
            sftp.rename(old, new)

    def _connected(self) -> Any:
        if self._sftp is None:
            self._client = paramiko.SSHClient()
            try:
                self._sftp = self._open(self._client)
            except BaseException:
                self.close()
                raise
        return self._sftp

    def _open(self, client: Any) -> Any:
        seconds, identity = self._access.timeout, self._access.identity
        known_hosts = self._access.known_hosts
        if not known_hosts.is_file():
            raise CommandError(
                f"{known_hosts}: no such file, so no host is known.",
                "Make it with the line that the taker gave you, or name another with --known-hosts.",
            )
        client.load_host_keys(str(known_hosts))
        client.set_missing_host_key_policy(_Strict(known_hosts))
        if identity is not None and identity.is_file() and identity.stat().st_mode & 0o077:
            raise CommandError(f"{identity}: others than its owner may read this key.", f"chmod 600 {identity}")
        try:
            self._connect(client)
        except paramiko.BadHostKeyException:
            raise
        except paramiko.SSHException as error:
            if _turned_away(client):
                raise paramiko.AuthenticationException from error  # it names the last key that it cannot read
            raise
        sftp = client.open_sftp()
        sftp.get_channel().settimeout(seconds)
        return sftp

    def _connect(self, client: Any) -> None:
        seconds, identity = self._access.timeout, self._access.identity
        client.connect(
            self._address.host, self._address.port or PORT, self._address.user,
            key_filename=None if identity is None else str(identity),
            allow_agent=identity is None, look_for_keys=identity is None,
            timeout=seconds, banner_timeout=seconds, auth_timeout=seconds, channel_timeout=seconds,
        )  # fmt: skip

    @contextmanager
    def _faults(self, what: str) -> Iterator[None]:
        """Paramiko's errors as ours. The order matters: most are subclasses of SSHException or OSError."""
        try:
            yield
        except paramiko.BadHostKeyException as error:
            raise CommandError(
                f"{self.shown}: its key is not the one in {self._access.known_hosts}.",
                "Somebody may be in between, or the taker has a new key: ask them before you change the file.",
                ExitCode.REFUSED,
            ) from error
        except paramiko.PasswordRequiredException as error:
            raise CommandError(
                f"{self._access.identity}: the key has a password.", "Add it to the agent: ssh-add FILE"
            ) from error
        except paramiko.AuthenticationException as error:
            raise CommandError(
                f"{self.shown}: we were not let in.",
                "Check the user in --to, and give the taker your public key; --identity names the secret one.",
                ExitCode.ENVIRONMENT,
            ) from error
        except (FileNotFoundError, PermissionError) as error:
            named = getattr(error, "filename", None) or ""
            raise CommandError(
                f"{self.shown}: {what} ({error.strerror}{f': {named}' if named else ''}).",
                "Check the path in --to and --identity, and the user's rights there.",
                ExitCode.ENVIRONMENT,
            ) from error
        except socket.gaierror as error:
            raise UnreachedError("its name is not known") from error
        except TimeoutError as error:
            raise UnreachedError(f"no answer for {self._access.timeout:g} s") from error
        except (paramiko.SSHException, EOFError) as error:
            raise UnreachedError("the connection broke, or none could be made") from error
        except OSError as error:
            raise UnreachedError(f"{what} ({error.strerror or str(error) or type(error).__name__})") from error


def _turned_away(client: Any) -> bool:
    """True when the server showed its key, and is still there, but we are not in."""
    transport = client.get_transport()
    if transport is None:
        return False
    try:
        transport.get_remote_server_key()
    except paramiko.SSHException:
        return False
    return not transport.is_authenticated()
