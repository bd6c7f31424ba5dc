"""What a delivery would do: the files to send, to keep and to remove, told from what the target has.

Refuses to bring back an older feed, and to follow a signed one with an unsigned one.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from tipwatch.deliver.manifest import (
    MANIFESTS,
    MOST_BYTES,
    SIGNATURE_SUFFIX,
    STAGING,
    Manifest,
    ManifestError,
    is_safe,
    read_manifest,
)
from tipwatch.deliver.parcel import Item, Parcel
from tipwatch.deliver.place import Reader
from tipwatch.deliver.signature import SignatureError, SigningKey
from tipwatch.errors import CommandError, ExitCode

MARKER = "releasing.json"
"""In the staging folder while files are exchanged: what a delivery that was cut short left is not trusted."""
MOST_SIGNATURE_BYTES = 64 * 1024
INDICES = frozenset({"index.json", "catalog.json", "manifest.json"})
"""Files that name other files, in any folder of a feed (`deltas/index.json`): they follow what they name."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is to be done. `signature` is the text to put beside the manifest; None: what is there stays."""

    send: tuple[Item, ...]
    keep: tuple[Item, ...]
    remove: tuple[str, ...]
    signature: str | None
    manifest: bool

    @property
    def nothing(self) -> bool:
        """True when the target has all of it."""
        return not (self.send or self.remove or self.manifest or self.signature is not None)

    @property
    def bytes(self) -> int:
        """Bytes of the files to send, without manifest and signature."""
        return sum(item.size for item in self.send)


def plan(
    parcel: Parcel, there: Reader, shown: str, key: SigningKey | None, now: dt.datetime, *, force: bool
) -> Plan:
    """Compare the parcel with what the target has. Raises CommandError (refused), UnreachedError.

    A file is kept when the standing manifest gives it the same digest, its size is right, and no delivery was cut
    short while it exchanged files. `force` sends everything, also over a newer feed.
    """
    name = parcel.manifest.name
    for other in MANIFESTS:
        if other not in (name, *parcel.manifest.entries) and there.size(other) is not None:
            raise CommandError(
                f"{shown}: holds another list ({other}).", "Give each list a place of its own.", ExitCode.REFUSED
            )
    standing = _standing(there, name, shown)
    marker = there.read(f"{STAGING}/{MARKER}", MOST_BYTES)
    if standing is not None and not force:
        _refuse_older(parcel, standing, shown)
    kept = (
        []
        if force or marker is not None
        else [one for one in parcel.items if _is_there(one, standing, parcel, there)]
    )
    changed = force or marker is not None or standing is None or standing.body != parcel.manifest.body
    gone = set() if standing is None else set(standing.entries)
    gone |= set(left_over(marker))
    return Plan(
        send=tuple(sorted((item for item in parcel.items if item not in kept), key=_after_what_it_names)),
        keep=tuple(kept),
        remove=tuple(sorted(gone - set(parcel.manifest.entries) - {name, name + SIGNATURE_SUFFIX})),
        signature=_signature(parcel, there, shown, key, now),
        manifest=changed,
    )


def _after_what_it_names(item: Item) -> tuple[bool, int, str]:
    """Files before the indices that name them, and an index of a folder before one that names the folder's."""
    *folders, name = item.name.split("/")
    return name in INDICES, -len(folders), item.name


def left_over(marker: bytes | None) -> list[str]:
    """Names that a delivery which was cut short had to remove, or may have put there."""
    try:
        content = json.loads(marker or b"{}")
    except ValueError:
        return []
    if not isinstance(content, dict):
        return []
    lists = [content[one] for one in ("remove", "put") if isinstance(content.get(one), list)]
    return [name for names in lists for name in names if isinstance(name, str) and is_safe(name)]


def _standing(there: Reader, name: str, shown: str) -> Manifest | None:
    body = there.read(name, MOST_BYTES)
    if body is None:
        return None
    try:
        return read_manifest(name, body)
    except ManifestError as error:
        raise CommandError(
            f"{shown}: {name} there is no list of ours ({error.reason}).",
            "Choose another place, or remove that file by hand.",
            ExitCode.REFUSED,
        ) from error


def _refuse_older(parcel: Parcel, standing: Manifest, shown: str) -> None:
    ours = parcel.manifest.written
    if ours is None or standing.written is None or ours >= standing.written:
        return
    theirs, own = (f"{at:%Y-%m-%d %H:%M:%S}" for at in (standing.written, ours))
    raise CommandError(
        f"{shown}: has a newer list (of {theirs} UTC; this one is of {own}).",
        "An older one could bring back a name that was taken off. Export again; --force sends it all the same.",
        ExitCode.REFUSED,
    )


def _is_there(item: Item, standing: Manifest | None, parcel: Parcel, there: Reader) -> bool:
    said = None if standing is None else standing.entries.get(item.name)
    return (
        said is not None
        and said.same_as(parcel.manifest.entries[item.name])
        and there.size(item.name) == item.size
    )


def _signature(parcel: Parcel, there: Reader, shown: str, key: SigningKey | None, now: dt.datetime) -> str | None:
    name = parcel.manifest.name + SIGNATURE_SUFFIX
    held = there.read(name, MOST_SIGNATURE_BYTES)
    if key is None:
        if held is not None:
            raise CommandError(
                f"{shown}: was signed until now, and its takers check that.",
                f"Give --key; or remove {name} there, and tell the takers.",
                ExitCode.REFUSED,
            )
        return None
    try:
        key.public.verify(parcel.manifest.body, (held or b"").decode("utf-8", "replace"))
    except SignatureError:
        stamp = int(now.timestamp())
        return key.sign(parcel.manifest.body, f"timestamp:{stamp}\tfile:{parcel.manifest.name}\thashed")
    return None
