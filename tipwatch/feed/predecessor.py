"""The feed that lies in the folder already: whether it is ours, whole, and what the next one builds on.

Refuses to write over somebody's notes, or over another feed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from storage.errors import ExportRefused, ExportUnwritable
from tipwatch.feed.files import DELTAS, ENTITIES, INDEX, written
from tipwatch.feed.index import Version, next_version


def refuse_strangers(directory: Path, last: Mapping[str, Any] | None, name: str) -> None:
    """The whole folder is exchanged: nothing that is not this feed's may be in it, save the index's signature."""
    if not directory.exists():
        return
    remedy = "Give each stage and format of an export a folder of its own."
    if not directory.is_dir():
        raise ExportUnwritable(f"{directory} is a file, not a folder.", remedy)
    ours = set() if last is None else {INDEX, DELTAS, *(one["path"] for one in last["resources"])}
    inside = [path.relative_to(directory).as_posix() for path in directory.rglob("*")]
    strangers = sorted(path for path in inside if path not in ours and not path.startswith(f"{INDEX}."))
    if strangers:
        named = ", ".join(strangers[:3])
        raise ExportUnwritable(f"{directory} holds files that are not a feed's ({named}).", remedy)
    if last is not None and last["name"] != name:
        raise ExportUnwritable(f"{directory} holds another feed ({last['name']}).", remedy)


def is_whole(directory: Path, last: Mapping[str, Any], *, force: bool) -> bool:
    """True when every file is what the index says. Raises ExportRefused for an edited one, unless forced."""
    edited = [
        one["path"]
        for one in last["resources"]
        if not (directory / one["path"]).is_file() or written(directory, one["path"]).sha256 != one["sha256"]
    ]
    if edited and not force:
        raise ExportRefused(
            f"{directory} holds files that were changed since the last feed ({', '.join(edited[:3])}).",
            "Save your copy elsewhere, or give --force: takers must then load the full file once.",
        )
    return not edited


def version_after(now: dt.datetime, last: Mapping[str, Any] | None, *, builds_on_it: bool) -> Version:
    """The version of today's feed; without a delta to build on, takers load the full file."""
    if last is None:
        return Version(id=next_version(now, None), before=None, before_sha1=None)
    made = next_version(now, last["version"])
    if not builds_on_it:
        return Version(id=made, before=None, before_sha1=None)
    full = next(one["checksum"] for one in last["resources"] if one["path"] == ENTITIES)
    return Version(id=made, before=last["version"], before_sha1=full)
