"""Records of how far other people's files were taken.

Refuses names of files: a file is what it holds, whatever it is called.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from extraction.model import DropReason
from storage.records.pages import FetchedPage

Dropped = tuple[str, dt.date, DropReason]
"""Of which source, on which UTC day, for what."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FileProgress:
    """How far a file was taken. `next_offset` (bytes) is where the next slice begins; `counts` are of all slices:
    `records`, `pages`, `kept`, `known`, `dropped`, and `passed:<reason>`.
    """

    digest: str
    next_offset: int = 0
    is_done: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class SiftedSlice:
    """What a slice of the file with `digest` gave. `next_offset` None: the file ends with it."""

    digest: str
    offset: int
    next_offset: int | None
    records: int
    kept: tuple[FetchedPage, ...]
    dropped: Mapping[Dropped, int]
    passed_over: Mapping[str, int]

    def after(self, before: FileProgress, known: int = 0) -> FileProgress:
        """How far the file is when this slice is added to what was; `known` of its pages we had already."""
        dropped = sum(self.dropped.values())
        counts = Counter(before.counts)
        counts.update(
            {
                "records": self.records,
                "pages": len(self.kept) + dropped,
                "kept": len(self.kept) - known,
                "known": known,
                "dropped": dropped,
                **{f"passed:{name}": n for name, n in self.passed_over.items()},
            }
        )
        return FileProgress(
            digest=self.digest,
            next_offset=before.next_offset if self.next_offset is None else self.next_offset,
            is_done=self.next_offset is None,
            counts={name: n for name, n in counts.items() if n},
        )
