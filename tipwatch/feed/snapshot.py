"""A feed's folder as it was at one moment: its index, entities, deltas, coverage and files, for whoever serves it.

Refuses a folder that is no whole feed, a file that the index does not list, and a look at two versions at once:
every file is opened at the start, so a folder that is exchanged meanwhile changes nothing.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from storage.records.feed import FeedStage
from tipwatch.errors import CommandError, ExitCode
from tipwatch.feed import history
from tipwatch.feed.files import DELTAS, ENTITIES, FORMAT, INDEX
from tipwatch.feed.lines import Entity
from tipwatch.feed.lookup import REVERSE, EntityFile

log = logging.getLogger(__name__)

COVERAGE = "coverage.json"
BLOCK = 1 << 16
"""Bytes that are read of a file at a time."""
TRIES = 3
"""A folder that is exchanged while it is opened is opened again."""
EVERY = 1.0
"""Seconds between two looks at `index.json`."""
REMEDY = "Write the feed: tipwatch export --format opensanctions --output {}"

Stamp = tuple[int, int, int]


class FeedError(CommandError):
    """A folder cannot be served."""

    def __init__(self, folder: Path, what: str) -> None:
        super().__init__(f"{folder} {what}.", REMEDY.format(folder), ExitCode.ENVIRONMENT)


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """Who is let into the feed, as `store.feed` asks for it."""

    stage: FeedStage
    include_unreviewed: bool
    min_score: float


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedFile:
    """A file that the index lists. `sha256` is hex."""

    path: str
    size: int
    sha256: str
    media_type: str


class Snapshot:
    """One version of a feed. Threads may share it; whoever holds it keeps its files open, until `close`."""

    def __init__(self, folder: Path, index: Mapping[str, Any], stamp: Stamp, opened: _Opened) -> None:
        """`open` makes one; `stamp` tells its `index.json` from the next."""
        gate = index["gate"]
        self.folder = folder
        self.index = index
        self.version: str = index["version"]
        self.gate = Gate(
            stage=FeedStage(gate["stage"]),
            include_unreviewed=gate["include_unreviewed"],
            min_score=gate["min_score"],
        )
        self.files: Mapping[str, FeedFile] = opened.files
        self.stamp = stamp
        self._numbers = opened.numbers
        self._coverage = {one["country"]: one for one in json.loads(b"".join(self.blocks(COVERAGE)))}
        self.entities = EntityFile(self._numbers[ENTITIES], self.files[ENTITIES].size)
        self._closing: Callable[[], object] = self.entities.close

    @classmethod
    def open(cls, folder: Path) -> Snapshot:
        """The feed of a folder as it stands. Raises FeedError, naming the folder and what to do."""
        for _ in range(TRIES - 1):
            before = _stamp(folder)
            try:
                return cls._open(folder)
            except FeedError:
                if _stamp(folder) == before:
                    raise
        return cls._open(folder)

    @classmethod
    def _open(cls, folder: Path) -> Snapshot:
        with ExitStack() as stack:
            index, stamp, root = _read_index(folder, stack)
            try:
                snapshot = cls(folder, index, stamp, _opened(folder, index, root, stack))
            except (KeyError, TypeError, ValueError) as error:
                raise FeedError(folder, f"holds a feed that cannot be read ({type(error).__name__})") from error
            stack.callback(snapshot.entities.close)
            snapshot._closing = weakref.finalize(snapshot, stack.pop_all().close)
            return snapshot

    def close(self) -> None:
        """Give the files back; also done when nobody holds the snapshot any more."""
        self._closing()

    def entity(self, entity_id: str) -> Entity | None:
        """The entity of an id, as its line has it."""
        return self.entities.get(entity_id)

    def current(self, entity_id: str) -> str | None:
        """The id that stands for an older one, which was joined into another person; None when none does."""
        return self.entities.current(entity_id)

    def targets_of(self, entity_id: str) -> frozenset[str]:
        """The persons and organisations that an entity tells of, by id: itself, its party, those of its links."""
        found = self.entity(entity_id)
        if found is None:
            return frozenset()
        if found["target"]:
            return frozenset({entity_id})
        return frozenset(_ends(found) or (one for link in self.entities.links(entity_id) for one in _ends(link)))

    def falls_with(self, entity_id: str, withdrawn: Collection[str]) -> bool:
        """True when an entity may not be shown once these persons or organisations are withdrawn.

        They themselves, their parts in cases, and the stories and documentations that tell of one of them: a title
        or an address may name them. A case names nobody, and falls with the last of its parties.
        """
        told = self.targets_of(entity_id) if withdrawn else frozenset()
        gone = told.intersection(withdrawn)
        if len(gone) == len(told):
            return bool(gone)
        found = self.entity(entity_id)
        return bool(gone) and found is not None and found["schema"] != "CourtCase"

    def around(self, entity_id: str) -> frozenset[str]:
        """All persons and organisations of whom `nested` tells: also those of whom a story shown tells too."""
        told = set(self.targets_of(entity_id))
        for link in self.entities.links(entity_id):
            told.update(_ends(link))
            for article in link["properties"].get("document", ()):
                told |= self.targets_of(article)
        return frozenset(told)

    def nested(self, entity_id: str, *, without: Collection[str] = ()) -> dict[str, Any] | None:
        """The entity with entities in the place of ids, as yente nests them; links stand by the other end's name.

        A person has `courtCase` (parties, each with its `case`) and `documentedBy` (documentations, each with its
        `document`); whoever stands above is not repeated below. `without` are persons who were withdrawn since: no
        link to one is shown, and a story that tells of one stays an id. None for what is not there, or falls with
        them.
        """
        found = self.entity(entity_id)
        if found is None or self.falls_with(entity_id, without):
            return None
        inward: dict[str, list[Any]] = {}
        for link in self.entities.links(entity_id):
            if not _ends(link).isdisjoint(without):
                continue
            for name in REVERSE:
                if entity_id in link["properties"].get(name, ()):
                    inward.setdefault(REVERSE[name], []).append(self._with_ends(link, {entity_id}, without))
        made = self._with_ends(found, set(), without)
        return {**made, "properties": {**made["properties"], **inward}}

    def _with_ends(self, entity: Entity, above: set[str], without: Collection[str]) -> dict[str, Any]:
        """A link with the entities at its ends; those above are left out, those that may not be shown stay ids."""
        properties = dict(entity["properties"])
        for name in REVERSE:
            ends = [self._shown(one, without) for one in properties.pop(name, ()) if one not in above]
            if ends:
                properties[name] = ends
        return {**entity, "properties": properties}

    def _shown(self, entity_id: str, without: Collection[str]) -> Entity | str:
        found = None if self.falls_with(entity_id, without) else self.entity(entity_id)
        return entity_id if found is None else found

    def since(self, version: str) -> Iterator[bytes] | None:
        """The operations from a version to this one, as `history.since`; None: load the full file.

        Also None for what is no version, and for one that is yet to come (of another server, or before a backup).
        """
        kept = sorted(
            path.removeprefix(f"{DELTAS}/").removesuffix(".json")
            for path in self.files
            if path.startswith(f"{DELTAS}/") and not path.endswith(f"/{INDEX}")
        )
        if version == self.version:
            return iter(())
        if not version.isdigit() or version > self.version or not kept or version < kept[0]:
            return None
        return self._lines([history.path(one) for one in kept if one > version])

    def coverage(self, country: str) -> dict[str, Any] | None:
        """The record of a country, by its ISO code of two letters in any case."""
        return self._coverage.get(country.lower())

    def path(self, file: str) -> Path:
        """Where a file lies; with the next feed another may lie there. Raises KeyError for a file not listed."""
        return self.folder / self.files[file].path

    def blocks(self, file: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """The bytes of a file of this version, from `start` to before `stop`, in blocks of `BLOCK`.

        Raises KeyError for a file that is not listed.
        """
        of, number = self.files[file], self._numbers[file]
        return self._read(number, start, of.size if stop is None else min(stop, of.size))

    def _read(self, number: int, start: int, stop: int) -> Iterator[bytes]:
        while start < stop:
            block = os.pread(number, min(BLOCK, stop - start), start)
            if not block:
                raise FeedError(self.folder, "was cut off under our hands")
            yield block
            start += len(block)

    def _lines(self, files: list[str]) -> Iterator[bytes]:
        for file in files:
            rest = b""
            for block in self.blocks(file):
                *whole, rest = (rest + block).split(b"\n")
                yield from (one + b"\n" for one in whole)


class Snapshots:
    """The newest snapshot of a folder; `index.json` is looked at when asked, once in `every` seconds at most.

    `ready` is called with a new snapshot before others get it (an index of names to build, say); they are given
    the one before until then. A feed that cannot be opened leaves the one before in place, and is told in the log.
    Raises FeedError when there is none to begin with.
    """

    def __init__(
        self,
        folder: Path,
        *,
        ready: Callable[[Snapshot], object] | None = None,
        every: float = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder, self._ready, self._every, self._clock = folder, ready, every, clock
        self._lock = threading.Lock()
        self._told: Stamp | None = None
        self._looked = clock()
        self._held = self._opened()

    def current(self) -> Snapshot:
        """The newest snapshot. Whoever holds an older one may go on with it."""
        if self._clock() - self._looked >= self._every and self._lock.acquire(blocking=False):
            try:
                self._look()
                self._looked = self._clock()
            finally:
                self._lock.release()
        return self._held

    def _look(self) -> None:
        stamp = _stamp(self._folder)
        if stamp is None or stamp == self._held.stamp:
            return
        try:
            self._held = self._opened()
        except FeedError as error:
            if self._told != stamp:
                log.warning("feed.unreadable directory=%s reason=%s", self._folder, error.what)
            self._told = stamp
        else:
            log.info("feed.opened directory=%s version=%s", self._folder, self._held.version)

    def _opened(self) -> Snapshot:
        snapshot = Snapshot.open(self._folder)
        if self._ready is not None:
            self._ready(snapshot)
        return snapshot


@dataclass(frozen=True, kw_only=True, slots=True)
class _Opened:
    """The files of a feed and the numbers under which they are open."""

    files: Mapping[str, FeedFile]
    numbers: Mapping[str, int]


def _ends(link: Entity) -> frozenset[str]:
    """The persons and organisations at the ends of a link; none for what is no link."""
    return frozenset(one for name in ("party", "entity") for one in link["properties"].get(name, ()))


def _stamp(folder: Path) -> Stamp | None:
    """What tells one `index.json` from the next; None where there is none."""
    try:
        return _stamp_of(os.stat(folder / INDEX))
    except (FileNotFoundError, NotADirectoryError):
        return None


def _stamp_of(found: os.stat_result) -> Stamp:
    return found.st_ino, found.st_mtime_ns, found.st_size


def _read_index(folder: Path, stack: ExitStack) -> tuple[Mapping[str, Any], Stamp, int]:
    """The index, what tells it from the next, and the number of the open folder."""
    try:
        root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        stack.callback(os.close, root)
        number = os.open(INDEX, os.O_RDONLY, dir_fd=root)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise FeedError(folder, "holds no feed") from error
    with open(number, "rb") as file:
        stamp = _stamp_of(os.fstat(number))
        try:
            index = json.loads(file.read())
        except ValueError as error:
            raise FeedError(folder, f"holds an {INDEX} that is no JSON") from error
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise FeedError(folder, f"holds no feed of format {FORMAT}")
    return index, stamp, root


def _opened(folder: Path, index: Mapping[str, Any], root: int, stack: ExitStack) -> _Opened:
    """Open every file that the index lists, below the open folder, links followed nowhere."""
    files, numbers = {}, {}
    for row in index["resources"]:
        one = FeedFile(path=row["path"], size=row["size"], sha256=row["sha256"], media_type=row["mime_type"])
        try:
            number = _open_below(root, one.path)
        except OSError as error:
            raise FeedError(folder, f"lacks {one.path}, which its {INDEX} lists") from error
        stack.callback(os.close, number)
        if os.fstat(number).st_size != one.size:
            raise FeedError(folder, f"holds another {one.path} than its {INDEX} lists ({one.size} bytes)")
        files[one.path], numbers[one.path] = one, number
    return _Opened(files=files, numbers=numbers)


def _open_below(root: int, path: str) -> int:
    """Open a file below a folder. Raises ValueError for a path that leaves it, OSError for a link on the way."""
    *parents, name = PurePosixPath(path).parts
    if PurePosixPath(path).is_absolute() or ".." in (*parents, name):
        raise ValueError(f"{path} leaves the folder")
    with ExitStack() as passing:
        for parent in parents:
            root = os.open(parent, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=root)
            passing.callback(os.close, root)
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=root)
