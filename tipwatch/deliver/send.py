"""The order of a delivery: everything is staged, then exchanged, the manifest last; what is gone is removed after.

Refuses to touch what takers see before all of the new files are at the target.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from tipwatch.deliver.manifest import MOST_BYTES, SIGNATURE_SUFFIX
from tipwatch.deliver.parcel import Item, Parcel
from tipwatch.deliver.patience import Patience
from tipwatch.deliver.place import Place
from tipwatch.deliver.plan import MARKER, Plan
from tipwatch.errors import CommandError, ExitCode
from tipwatch.progress import Advance

log = logging.getLogger(__name__)

T = TypeVar("T")


def send(parcel: Parcel, plan: Plan, place: Place, patience: Patience, progress: Advance) -> None:
    """Do what the plan says, each step tried again as `patience` has it. Raises CommandError.

    1. Stage what is new, under a digest of name and bytes: a delivery run again finds what already arrived.
    2. Leave a marker, then exchange: files, signature, manifest. These are renames (S3: copies on its side).
    3. Read the manifest back; then remove what only the old manifest named, the staging folder, and the marker.

    Killed in 1, nothing has changed for takers. Killed in 2 or 3, whoever compares digests sees files that are not
    their manifest's and waits; the next delivery finds the marker and sends everything.
    """
    if plan.nothing:
        return
    steps = _Steps(place, patience)
    released: list[tuple[str, str, int]] = []
    for item in plan.send:
        released.append((steps.stage_item(item), item.name, item.size))
        progress(item.size)
    if plan.signature is not None:
        released.append(steps.stage_bytes(plan.signature.encode(), parcel.manifest.name + SIGNATURE_SUFFIX))
    if plan.manifest:
        released.append(steps.stage_bytes(parcel.manifest.body, parcel.manifest.name))
    marker = {"remove": list(plan.remove), "put": [name for _, name, _ in released]}
    steps.stage_bytes(json.dumps(marker).encode(), MARKER, MARKER)
    for token, name, size in released:
        steps.release(token, name, size)
    steps.confirm(parcel)
    for name in plan.remove:
        steps.remove(name)
    steps.sweep()
    log.info("deliver.sent files=%d bytes=%d removed=%d", len(plan.send), plan.bytes, len(plan.remove))


class _Steps:
    """The steps, each with its retries."""

    def __init__(self, place: Place, patience: Patience) -> None:
        self._place = place
        self._patience = patience

    def stage_item(self, item: Item) -> str:
        """The token."""
        token = _token(item.name, item.sha256)

        def stage() -> None:
            if self._place.staged(token) != item.size:
                with item.opened() as file:
                    self._place.stage(token, file, item.size)

        self._try(f"sending {item.name}", stage)
        return token

    def stage_bytes(self, body: bytes, name: str, token: str | None = None) -> tuple[str, str, int]:
        """Token, name and size."""
        token = token or _token(name, hashlib.sha256(body).hexdigest())
        self._try(f"sending {name}", lambda: self._place.stage(token, io.BytesIO(body), len(body)))
        return token, name, len(body)

    def release(self, token: str, name: str, size: int) -> None:
        tried = False

        def release() -> None:
            nonlocal tried
            if self._place.staged(token) is None:
                if tried and self._place.size(name) == size:
                    return  # done just before the connection broke
                raise CommandError(
                    f"{self._place.shown}: what was sent is gone; is another delivery running?",
                    "Let one delivery at a time go to a place, and run the same command again.",
                    ExitCode.ENVIRONMENT,
                )
            tried = True
            self._place.release(token, name)

        self._try(f"putting {name} in place", release)

    def confirm(self, parcel: Parcel) -> None:
        body = self._try("reading back", lambda: self._place.read(parcel.manifest.name, MOST_BYTES))
        if body != parcel.manifest.body:
            raise CommandError(
                f"{self._place.shown}: has another {parcel.manifest.name} than was just sent.",
                "Let one delivery at a time go to a place, and run the same command again.",
                ExitCode.ENVIRONMENT,
            )

    def remove(self, name: str) -> None:
        self._try(f"removing {name}", partial(self._place.remove, name))

    def sweep(self) -> None:
        """Empty the staging folder, the marker last."""
        tokens = self._try("tidying", self._place.tokens)
        for token in [*(one for one in tokens if one != MARKER), MARKER]:
            self._try("tidying", partial(self._place.unstage, token))

    def _try(self, what: str, action: Callable[[], T]) -> T:
        return self._patience.persist(f"{self._place.shown}: {what}", action, self._place.reconnect)


def _token(name: str, sha256: str) -> str:
    """One for each name and content: files may be equal, and each is moved away when it is released."""
    return hashlib.sha256(f"{sha256} {name}".encode()).hexdigest()
