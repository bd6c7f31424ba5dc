"""A slice of a WARC file to the pages that the gate keeps and counts of what it drops: a pure function of both.

Refuses state: it writes nothing, so any worker may do any slice, twice if need be; dropped pages never travel.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from extraction.addresses import canonical_url
from extraction.model import DropReason
from extraction.relevance import Gate
from storage.records import FetchedPage
from storage.records.ingests import Dropped
from tipwatch.jobs.hosts import INGESTED, Hosts
from tipwatch.jobs.warc import Captured, DamagedError, PassedOver, read_records

if TYPE_CHECKING:
    from tipwatch.jobs.task import Tool

SIFT = "sift"
SIFT_TOOLS = "tipwatch.jobs.sift:sift_tools"

SLICE_RECORDS = 4_000
"""About two seconds of work: little to lose, and a start of a reader and a transaction cost nothing beside it."""
SLICE_BYTES = 32 * 1024**2
"""Bodies kept in one answer; it ends the slice early, so that a worker's memory is bounded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """Records of `file` from byte `offset` on, at most `records` of them.

    `now` stands for the time of pages that tell none or a later one. `passes_first`: the first record has cost
    workers their lives; it is stepped over and counted as undecodable.
    """

    file: str
    offset: int
    max_body: int
    now: dt.datetime
    records: int = SLICE_RECORDS
    source_id: str | None = None
    passes_first: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Damage:
    """Why a file cannot be read on, as DamagedError has it."""

    offset: int
    problem: str
    remedy: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sifted:
    """What became of a slice. `next_offset` None: the file ended. With `damage` it is where that begins."""

    next_offset: int | None
    records: int = 0
    kept: tuple[FetchedPage, ...] = ()
    dropped: Mapping[Dropped, int]
    passed_over: Mapping[str, int]
    damage: Damage | None = None


def sift(part: Slice, gate: Gate, hosts: Hosts) -> Sifted:
    """Read the slice through the gate. Raises OSError when the file cannot be opened."""
    kept: list[FetchedPage] = []
    dropped: Counter[Dropped] = Counter()
    passed: Counter[str] = Counter()
    records = size = 0
    last = -1
    next_offset: int | None = None
    damage: Damage | None = None
    try:
        for found in read_records(Path(part.file), max_body=part.max_body, start=part.offset):
            if records >= part.records or size >= SLICE_BYTES:
                next_offset = found.offset
                break
            record = found.record
            if records == 0 and part.passes_first:
                record = PassedOver.UNDECODABLE
            match record:
                case Captured():
                    outcome = _judged(record, part, gate, hosts)
                    if isinstance(outcome, FetchedPage):
                        kept.append(outcome)
                        size += len(outcome.body)
                    else:
                        dropped[outcome] += 1
                case PassedOver():
                    passed[record.value] += 1
            records += 1
            last = found.offset
    except DamagedError as error:
        damage = Damage(offset=error.offset, problem=error.problem, remedy=error.remedy or "")
        if error.offset <= last:  # offsets are of no use in this file, so nothing of it can be taken once only
            return Sifted(next_offset=part.offset, dropped={}, passed_over={}, damage=damage)
        next_offset = error.offset
    return Sifted(
        next_offset=next_offset,
        records=records,
        kept=tuple(kept),
        dropped=dict(dropped),
        passed_over=dict(passed),
        damage=damage,
    )


def _judged(captured: Captured, part: Slice, gate: Gate, hosts: Hosts) -> FetchedPage | Dropped:
    source_id = part.source_id or hosts.source_of(captured.url) or INGESTED
    decision = gate.admit(captured.body, captured.content_type)
    fetched_at = part.now if captured.at is None else min(captured.at, part.now)
    if not decision.keep:
        return source_id, fetched_at.astimezone(dt.UTC).date(), decision.reason or DropReason.NO_GATE_WORD
    return FetchedPage(
        source_id=source_id,
        url=captured.url,
        final_url=captured.url,
        canonical_url=canonical_url(captured.url),
        status=200,
        headers=captured.headers,
        body=captured.body,
        fetched_at=fetched_at,
        gate_words=decision.words,
    )


def sift_tools() -> Mapping[str, Tool]:
    """`sift`: Slice -> Sifted, with the gate and the catalogue's hosts of this worker's own environment."""
    from config.gate_lexicons import load_gate_lexicons
    from tipwatch.workplace import read_catalogue

    _, catalogue = read_catalogue()
    return {
        SIFT: sifter(Gate(list(load_gate_lexicons().values()), foresearch=True), Hosts(catalogue.sources.values()))
    }


def sifter(gate: Gate, hosts: Hosts) -> Callable[[Slice], Sifted]:
    """`sift` with its tools in hand."""

    def sifted(part: Slice) -> Sifted:
        return sift(part, gate, hosts)

    return sifted
