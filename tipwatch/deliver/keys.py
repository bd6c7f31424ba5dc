"""Secret keys in files: made once, for their owner's eyes only, in minisign's format without a password.

Refuses to write over a key, and to use one that others may read.
"""

from __future__ import annotations

import base64
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from tipwatch.deliver.signature import (
    ID_BYTES,
    KEY_ALGORITHM,
    SEED_BYTES,
    UNTRUSTED,
    PublicKey,
    SignatureError,
    SigningKey,
    decoded,
)
from tipwatch.errors import CommandError, ExitCode

NO_PASSWORD = b"\x00\x00"
SCRYPT = b"Sc"
CHECKSUM = b"B2"
FILE_BYTES = 2 + 2 + 2 + 32 + 8 + 8 + ID_BYTES + 64 + 32
"""Algorithms of signature, password, checksum; salt and two limits of scrypt; id, seed, public key, checksum."""
MOST_BYTES = 64 * 1024


def public_path(path: Path) -> Path:
    """Where the public half lies: `feed.key` -> `feed.key.pub`."""
    return path.with_name(f"{path.name}.pub")


def new_key(path: Path, random: Callable[[int], bytes]) -> PublicKey:
    """Write a key pair: `path` with mode 0600, and `path`.pub for the takers. Raises CommandError, OSError."""
    for one in (path, public_path(path)):
        if one.exists():
            raise CommandError(f"{one}: is there already.", "Name another file; a lost key cannot be made again.")
    key = SigningKey(id=random(ID_BYTES), seed=random(SEED_BYTES))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(f"{UNTRUSTED}tipwatch secret key {key.public.shown_id}\n{_secret_text(key)}\n")
        file.flush()
        os.fsync(file.fileno())
    text = f"{UNTRUSTED}minisign public key {key.public.shown_id}\n{key.public.text}\n"
    public_path(path).write_text(text, encoding="ascii")
    return key.public


def read_key(path: Path) -> SigningKey:
    """The key of a file that tipwatch or `minisign -G -W` wrote. Raises CommandError."""
    text = read_secret(path, "tipwatch deliver --new-key FILE makes a key.")
    lines = text.splitlines()
    try:
        return _from_secret(decoded(lines[1] if len(lines) > 1 else "", FILE_BYTES))
    except SignatureError as error:
        raise CommandError(
            f"{path}: not a secret key that can be used ({error.reason}).",
            "tipwatch deliver --new-key FILE makes one; minisign -C -W -s FILE takes a password off.",
        ) from error


def read_secret(path: Path, remedy: str) -> str:
    """Text of a file that only its owner may read. Raises CommandError; never shows what is in it."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            raw = file.read(MOST_BYTES)
    except OSError as error:
        raise CommandError(f"{path}: cannot be read ({error.strerror}).", remedy) from error
    if mode & 0o077:
        raise CommandError(
            f"{path}: others than its owner may read this secret.", f"chmod 600 {path}", ExitCode.ENVIRONMENT
        )
    try:
        return raw.decode("ascii")
    except UnicodeDecodeError:
        raise CommandError(f"{path}: not the text of a secret.", remedy) from None


def _secret_text(key: SigningKey) -> str:
    held = key.id + key.seed + key.public.raw
    head = KEY_ALGORITHM + NO_PASSWORD + CHECKSUM + bytes(32 + 8 + 8)
    return base64.b64encode(head + held + _checksum(held)).decode()


def _from_secret(raw: bytes) -> SigningKey:
    if raw[:2] != KEY_ALGORITHM or raw[4:6] != CHECKSUM:
        raise SignatureError("other algorithms than minisign's")
    if raw[2:4] != NO_PASSWORD:
        raise SignatureError("it has a password" if raw[2:4] == SCRYPT else "its password's algorithm is unknown")
    held, checksum = raw[54:-32], raw[-32:]
    key = SigningKey(id=held[:ID_BYTES], seed=held[ID_BYTES : ID_BYTES + SEED_BYTES])
    # minisign checks this sum as the password's; releases differ in whether they fill it without one.
    if checksum not in (_checksum(held), bytes(32)) or key.public.raw != held[ID_BYTES + SEED_BYTES :]:
        raise SignatureError("it is damaged")
    return key


def _checksum(held: bytes) -> bytes:
    return hashlib.blake2b(KEY_ALGORITHM + held, digest_size=32).digest()
