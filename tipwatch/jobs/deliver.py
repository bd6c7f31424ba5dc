"""A finished folder brought to one target: checked, sent, and its taker told.

Refuses to begin without the libraries that the target needs, and lets none of them log: they show headers.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, assert_never

from tipwatch.errors import CommandError, ExitCode
from tipwatch.jobs.run import Clock

if TYPE_CHECKING:
    from tipwatch.deliver.address import Address
    from tipwatch.deliver.notice import Hook
    from tipwatch.deliver.parcel import Parcel
    from tipwatch.deliver.patience import Patience
    from tipwatch.deliver.plan import Plan
    from tipwatch.deliver.s3 import S3Place
    from tipwatch.deliver.sftp import SftpPlace
    from tipwatch.deliver.signature import SigningKey


@dataclass(frozen=True, kw_only=True)
class DeliveryOrder:
    """What to bring where, and how; what of it a target does not know, it does not look at. `timeout`: seconds."""

    folder: Path
    to: str = field(repr=False)
    key: Path | None = None
    identity: Path | None = None
    known_hosts: Path = Path("~/.ssh/known_hosts")
    endpoint: str | None = None
    webhook: str | None = field(default=None, repr=False)
    webhook_secret: Path | None = None
    tries: int = 5
    timeout: float = 60.0
    force: bool = False
    dry_run: bool = False


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """An order whose address, keys and libraries are there, and whose folder is what its manifest says."""

    order: DeliveryOrder
    address: Address
    signer: SigningKey | None
    hook: Hook | None
    patience: Patience
    parcel: Parcel

    @property
    def version(self) -> str | None:
        """The version of the feed that is brought; None for an export of another kind."""
        found = json.loads(self.parcel.manifest.body).get("version")
        return found if isinstance(found, str) else None


def prepare(
    order: DeliveryOrder,
    *,
    sleep: Callable[[float], None] | None = None,
    chance: Callable[[], float] | None = None,
) -> Prepared:
    """Everything that can be found wrong without the target. Raises CommandError."""
    require("cryptography", "urllib3")
    from tipwatch.deliver.address import read_address
    from tipwatch.deliver.keys import read_key
    from tipwatch.deliver.notice import read_hook
    from tipwatch.deliver.parcel import pack
    from tipwatch.deliver.patience import Patience

    _hush()
    address = read_address(order.to)
    signer = None if order.key is None else read_key(order.key)
    return Prepared(
        order=order,
        address=address,
        signer=signer,
        hook=None if order.webhook is None else read_hook(order.webhook, order.webhook_secret, signer),
        patience=Patience(
            sleep=time.sleep if sleep is None else sleep,
            chance=random.SystemRandom().random if chance is None else chance,
            tries=order.tries,
        ),
        parcel=pack(order.folder),
    )


def bring(prepared: Prepared, clock: Clock) -> tuple[Plan, str]:
    """Send what the target lacks; what was planned, and the place as it may be shown. Raises CommandError."""
    from tipwatch.deliver.folder import FolderPlace
    from tipwatch.deliver.plan import plan
    from tipwatch.deliver.send import send
    from tipwatch.progress import progress

    order, parcel, patience = prepared.order, prepared.parcel, prepared.patience
    remote = _remote(prepared.address, order)
    if remote is None:
        folder = FolderPlace(prepared.address)
        made = plan(parcel, folder, folder.shown, prepared.signer, clock(), force=order.force)
        if not order.dry_run:
            with progress("Writing", made.bytes) as advance:
                folder.put(parcel, made, advance)
        return made, folder.shown
    try:
        made = patience.persist(
            f"{remote.shown}: looking at it",
            lambda: plan(parcel, remote, remote.shown, prepared.signer, clock(), force=order.force),
            remote.reconnect,
        )
        if not order.dry_run:
            with progress("Sending", made.bytes) as advance:
                send(parcel, made, remote, patience, advance)
    finally:
        remote.close()
    return made, remote.shown


def tell(prepared: Prepared, clock: Clock) -> None:
    """Post the notice, where the order has a webhook. Raises CommandError with NEEDS_A_LOOK: the feed is there."""
    from tipwatch.deliver.notice import notify

    if prepared.hook is None:
        return
    try:
        notify(prepared.hook, prepared.parcel, clock, prepared.patience)
    except CommandError as error:
        raise CommandError(
            f"The feed is there, but its notice is not: {error.what}", error.remedy, ExitCode.NEEDS_A_LOOK
        ) from error


def require(*libraries: str) -> None:
    """Raises CommandError naming the extra where one of them is not installed."""
    missing = [library for library in libraries if find_spec(library) is None]
    if missing:
        raise CommandError(
            f"Libraries for delivering are not installed: {', '.join(missing)}.",
            "pip install 'tipwatch[deliver]'",
            ExitCode.ENVIRONMENT,
        )


def _remote(address: Address, order: DeliveryOrder) -> SftpPlace | S3Place | None:
    """The client of a remote target, None for a folder. Raises CommandError when its library is missing."""
    from tipwatch.deliver.address import Scheme

    match address.scheme:
        case Scheme.FILE:
            return None
        case Scheme.SFTP:
            require("paramiko")
            from tipwatch.deliver.sftp import Access, SftpPlace

            identity = None if order.identity is None else order.identity.expanduser()
            known_hosts = order.known_hosts.expanduser()
            return SftpPlace(address, Access(known_hosts=known_hosts, identity=identity, timeout=order.timeout))
        case Scheme.S3:
            require("boto3")
            from tipwatch.deliver.s3 import S3Place

            return S3Place(address, order.endpoint, order.timeout)
        case other:
            assert_never(other)


def _hush() -> None:
    """Keep the libraries' own logs off, with --debug too: they show tokens, headers and addresses."""
    for name in ("boto3", "botocore", "s3transfer", "urllib3", "paramiko"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
