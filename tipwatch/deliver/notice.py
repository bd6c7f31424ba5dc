"""A notice to the taker's webhook that a feed has arrived, signed as standardwebhooks.com describes it.

Refuses redirects, plain HTTP to other machines, and an unsigned notice; its address is never shown whole.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import urllib3

from tipwatch.deliver.keys import read_secret
from tipwatch.deliver.manifest import SIGNATURE_SUFFIX
from tipwatch.deliver.parcel import Parcel
from tipwatch.deliver.patience import Patience, UnreachedError
from tipwatch.deliver.signature import SigningKey
from tipwatch.errors import CommandError, ExitCode

SECRET_PREFIX = "whsec_"  # noqa: S105 (what a secret begins with)
SECRET_BYTES = (24, 512)  # the standard's bounds
TIMEOUT = 30.0  # seconds; the standard asks for 15 to 30
MOST_ANSWER_BYTES = 64 * 1024
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
COME_BACK = frozenset({408, 425, 429})
MAKE_SECRET = 'Make one: (umask 077; echo "whsec_$(openssl rand -base64 32)" > FILE)'  # noqa: S105


@dataclass(frozen=True, kw_only=True)
class Hook:
    """A taker's address and what its notices are signed with: one, or both."""

    url: str = field(repr=False)
    secret: bytes | None = field(repr=False)
    key: SigningKey | None

    @property
    def shown(self) -> str:
        """Host only: paths and queries of webhooks are often secrets."""
        return f"webhook at {urlsplit(self.url).hostname}"


def read_hook(url: str, secret_file: Path | None, key: SigningKey | None) -> Hook:
    """Check the address and read the secret. Raises CommandError, which never repeats them."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme not in ("http", "https"):
        raise CommandError("--webhook is no address.", "Write https://taker.example/hooks/feed")
    if parts.username is not None:
        raise CommandError("--webhook holds a user or password.", "Leave it out: notices are signed.")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise CommandError("--webhook is plain HTTP.", "Write https://")
    if secret_file is None and key is None:
        raise CommandError("--webhook has nothing to sign with.", "Give --key FILE, or --webhook-secret FILE.")
    return Hook(url=url, secret=None if secret_file is None else _secret(secret_file), key=key)


def body_of(parcel: Parcel, now: dt.datetime, *, signed: bool) -> bytes:
    """What the notice says: which manifest, its digest, how much; no name and no address."""
    data = {
        "manifest": parcel.manifest.name,
        "sha256": parcel.sha256,
        "signature": parcel.manifest.name + SIGNATURE_SUFFIX if signed else None,
        "written": None if parcel.manifest.written is None else _time(parcel.manifest.written),
        "files": len(parcel.items),
        "bytes": sum(item.size for item in parcel.items),
    }
    return json.dumps(
        {"type": "feed.delivered", "timestamp": _time(now), "data": data}, separators=(",", ":")
    ).encode()


def headers_of(hook: Hook, id_: str, at: int, body: bytes) -> dict[str, str]:
    """The standard's three headers. `at`: seconds since 1970 of this try."""
    said = f"{id_}.{at}.".encode() + body
    marks = []
    if hook.secret is not None:
        marks.append("v1," + base64.b64encode(hmac.new(hook.secret, said, hashlib.sha256).digest()).decode())
    if hook.key is not None:
        marks.append("v1a," + base64.b64encode(hook.key.sign_bytes(said)).decode())
    return {"webhook-id": id_, "webhook-timestamp": str(at), "webhook-signature": " ".join(marks)}


def notify(hook: Hook, parcel: Parcel, clock: Callable[[], dt.datetime], patience: Patience) -> None:
    """Post the notice until it is taken. The same feed has the same `webhook-id`, so that a taker knows a repeat.

    Raises CommandError when it was refused, or not taken in all tries.
    """
    body = body_of(parcel, clock(), signed=hook.key is not None)
    id_ = f"feed_{parcel.sha256[:32]}"
    with urllib3.PoolManager(retries=False, timeout=urllib3.Timeout(total=TIMEOUT)) as pool:

        def post() -> None:
            headers = headers_of(hook, id_, int(clock().timestamp()), body)
            headers |= {"content-type": "application/json", "user-agent": "tipwatch-deliver"}
            try:
                answer = pool.request(
                    "POST", hook.url, body=body, headers=headers, redirect=False, preload_content=False
                )
                answer.read(MOST_ANSWER_BYTES)
                answer.close()
            except urllib3.exceptions.HTTPError as error:
                raise UnreachedError(f"no answer ({type(error).__name__})") from error
            if answer.status >= 500 or answer.status in COME_BACK:
                raise UnreachedError(f"answered {answer.status}")
            if not 200 <= answer.status < 300:
                raise CommandError(
                    f"{hook.shown}: answered {answer.status}.", "Ask the taker; redirects are not followed.",
                    ExitCode.ENVIRONMENT,
                )  # fmt: skip

        patience.persist(hook.shown, post, remedy="Run the same command again: only the notice is sent again.")


def _secret(path: Path) -> bytes:
    text = read_secret(path, MAKE_SECRET).strip()
    try:
        raw = base64.b64decode(text.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if not text.startswith(SECRET_PREFIX) or not SECRET_BYTES[0] <= len(raw) <= SECRET_BYTES[1]:
        raise CommandError(f"{path}: not {SECRET_PREFIX} and base64 of 24 to 512 bytes.", MAKE_SECRET)
    return raw


def _time(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
