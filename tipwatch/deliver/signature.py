"""Signatures as minisign reads and writes them: Ed25519 over the BLAKE2b-512 of a file, and a signed comment.

Refuses the legacy kind, which signs the file itself. Format: https://jedisct1.github.io/minisign/#signature-format
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

KEY_ALGORITHM = b"Ed"
PREHASHED = b"ED"
UNTRUSTED = "untrusted comment: "
TRUSTED = "trusted comment: "
ID_BYTES = 8
SEED_BYTES = 32
SIGNATURE_BYTES = 64


class SignatureError(Exception):
    """A signature or key that is none, or is not of this file or key; `reason` is a clause."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class PublicKey:
    """What a taker holds: id (8 bytes) and Ed25519 public key (32 bytes)."""

    id: bytes
    raw: bytes

    @property
    def shown_id(self) -> str:
        """The id as minisign shows it: hex digits of a little-endian number."""
        return self.id[::-1].hex().upper()

    @property
    def text(self) -> str:
        """The key in one line, as `minisign -P` takes it."""
        return base64.b64encode(KEY_ALGORITHM + self.id + self.raw).decode()

    @classmethod
    def from_text(cls, text: str) -> PublicKey:
        """Read that line, or a `.pub` file whose second line it is. Raises SignatureError."""
        raw = decoded(text.strip().splitlines()[-1] if text.strip() else "", 2 + ID_BYTES + 32)
        if raw[:2] != KEY_ALGORITHM:
            raise SignatureError("not an Ed25519 key")
        return cls(id=raw[2 : 2 + ID_BYTES], raw=raw[2 + ID_BYTES :])

    def verify(self, body: bytes, signature: str) -> str:
        """The trusted comment of a valid signature. Raises SignatureError."""
        lines = signature.splitlines()
        if len(lines) < 4 or not lines[0].startswith(UNTRUSTED) or not lines[2].startswith(TRUSTED):
            raise SignatureError("not four lines of a minisign signature")
        head, overall = decoded(lines[1], 2 + ID_BYTES + SIGNATURE_BYTES), decoded(lines[3], SIGNATURE_BYTES)
        if head[:2] != PREHASHED:
            raise SignatureError("another algorithm than prehashed Ed25519")
        if head[2 : 2 + ID_BYTES] != self.id:
            raise SignatureError("made with another key")
        own, comment = head[2 + ID_BYTES :], lines[2].removeprefix(TRUSTED)
        key = Ed25519PublicKey.from_public_bytes(self.raw)
        try:
            key.verify(own, hashlib.blake2b(body).digest())
            key.verify(overall, own + comment.encode())
        except InvalidSignature:
            raise SignatureError("not a signature of these bytes") from None
        return comment


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """What the sender holds: id (8 bytes) and Ed25519 seed (32 bytes), which no `repr` shows."""

    id: bytes
    seed: bytes = field(repr=False)

    @property
    def public(self) -> PublicKey:
        """The other half."""
        raw = Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()
        return PublicKey(id=self.id, raw=raw)

    def sign_bytes(self, message: bytes) -> bytes:
        """A plain Ed25519 signature (64 bytes)."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)

    def sign(self, body: bytes, comment: str) -> str:
        """The text of a `.minisig` file. `comment`: one line, which is signed too."""
        if not comment.isprintable() and not comment.replace("\t", "").isprintable():
            raise SignatureError("a comment is one line of printable signs")
        own = self.sign_bytes(hashlib.blake2b(body).digest())
        overall = self.sign_bytes(own + comment.encode())
        head = base64.b64encode(PREHASHED + self.id + own).decode()
        return (
            f"{UNTRUSTED}signature from tipwatch, key {self.public.shown_id}\n{head}\n"
            f"{TRUSTED}{comment}\n{base64.b64encode(overall).decode()}\n"
        )


def decoded(text: str, length: int) -> bytes:
    """Base64 of exactly so many bytes. Raises SignatureError."""
    try:
        raw = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureError("not base64") from None
    if len(raw) != length:
        raise SignatureError(f"{len(raw)} bytes, not {length}")
    return raw
