"""Writes a feed: every file into a fresh folder, which then takes the place of the last one, whole.

Refuses a feed that fails its assertions, a folder that holds anything else, and one that was edited by hand; the
old feed stays in each case.
"""

from __future__ import annotations

import csv
import datetime as dt
import gc
import logging
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import IO, Any

from extraction.accuracy import shipped_card
from storage.coverage_sheet import HEADER, sheet_rows
from storage.records.coverage import CountryCoverage
from storage.records.feed import FeedOrganisation, FeedPerson, FeedStage
from storage.spreadsheets import ENCODING, write_rows
from storage.swap import replacing, sync_file
from tipwatch.feed import history, htcds, offences
from tipwatch.feed.assertions import Gone, Limits, judge, needs_reasons
from tipwatch.feed.dataset import ACCUSED, NAMES, TITLES
from tipwatch.feed.delta import OPENINGS, Op, diff
from tipwatch.feed.entities import Entities
from tipwatch.feed.evidence import evidence_lines
from tipwatch.feed.files import (
    CATALOG,
    DELTA,
    DELTA_INDEX,
    DELTAS,
    ENTITIES,
    FILES,
    INDEX,
    read_index,
    write_json,
    write_lines,
    written,
)
from tipwatch.feed.index import catalog, index
from tipwatch.feed.lines import Entity, joined, line
from tipwatch.feed.names import keyed_names, names
from tipwatch.feed.ontology import Ontology
from tipwatch.feed.predecessor import is_whole, refuse_strangers, version_after
from tipwatch.feed.readme import readme
from tipwatch.feed.sorting import Sorted
from tipwatch.feed.statements import Statements
from tipwatch.feed.tally import Measured, Tally, measured_before
from tipwatch.feed.targets import Targets

log = logging.getLogger(__name__)

COLLECT_AFTER = 50_000
"""Objects made before the collector looks for cycles."""
BUFFER = 1 << 18
"""Bytes of a large file that are written at once."""
GONE = OPENINGS[Op.DEL]
GONE_TARGET = re.compile(re.escape(GONE + b'{"id":"tw-') + rb'([po]-[^"]+)"')

Excuses = Callable[[Collection[str], dt.datetime], Collection[str]]
"""Of ids of persons ("p-…") and organisations ("o-…") that a feed had, those that left it on purpose since."""


def nobody(ids: Collection[str], since: dt.datetime) -> Collection[str]:
    """No excuse at all: every target that is gone counts as lost."""
    return ()


@dataclass(frozen=True, kw_only=True)
class FeedFiles:
    """What to write where. `coverage_json` are the records of `coverage`, as `tipwatch coverage` shows them.

    `base_url` is where the folder will be found (no slash at its end); without it the index has paths only.
    """

    directory: Path
    stage: FeedStage
    include_unreviewed: bool
    min_score: float
    coverage: Sequence[CountryCoverage]
    coverage_json: Sequence[Mapping[str, Any]]
    now: dt.datetime
    base_url: str | None = None
    limits: Limits = field(default_factory=Limits)
    excused: Excuses = nobody
    force: bool = False

    @property
    def gate(self) -> dict[str, Any]:
        """Who is let in; feeds of different gates are not compared."""
        return {
            "stage": self.stage.value, "include_unreviewed": self.include_unreviewed, "min_score": self.min_score,
        }  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class FeedResult:
    """What was written. `changes` counts operations of the delta."""

    directory: Path
    files: tuple[Path, ...]
    version: str
    version_before: str | None
    targets: int
    accused: int
    entities: int
    changes: Mapping[str, int]
    warnings: tuple[str, ...]


def write(
    order: FeedFiles,
    persons: Iterable[FeedPerson],
    organisations: Iterable[FeedOrganisation],
    ontology: Ontology,
) -> FeedResult:
    """Write a feed in the place of the last one; persons come sorted by id. Constant memory.

    Raises ExportRefused, ExportUnwritable, OSError: the last feed stays.
    """
    directory = order.directory.expanduser().resolve()  # a link's target is exchanged, not the link
    with replacing(directory) as folder:
        last = read_index(directory)
        refuse_strangers(directory, last, NAMES[order.stage])
        whole = last is not None and is_whole(directory, last, force=order.force)
        base = directory if whole else None  # what the delta builds on
        tally = Tally(ontology=ontology)
        _write_entities(folder, order, persons, organisations, tally)
        changes, left = _write_delta(folder, base)
        comparable = last is not None and last["gate"] == order.gate
        before = measured_before(last) if last is not None and comparable else None
        gone = Gone() if last is None or before is None else _gone(left, before, last, tally, order)
        issues = [*judge(tally.measured, before, gone, order.limits, force=order.force), *_refusals(ontology)]
        version = version_after(order.now, last, builds_on_it=whole)
        kept = history.carry(base, folder, folder / DELTA, version.id)
        history.write_index(folder, kept, order.base_url)
        _write_sides(folder, order, tally)
        paths = [*FILES, DELTA_INDEX, *map(history.path, kept), CATALOG]
        tell = partial(
            index, stage=order.stage, gate=order.gate, version=version, now=order.now, tally=tally,
            coverage=order.coverage, changes=changes, issues=issues, base_url=order.base_url,
        )  # fmt: skip
        today = history.path(version.id)
        digests = {path: written(folder, path) for path in paths if path not in {CATALOG, today}}
        digests[today] = replace(digests[DELTA], path=today)  # a copy
        files = [digests[path] for path in paths if path != CATALOG]
        write_json(folder / CATALOG, catalog(tell(files=files)))
        write_json(folder / INDEX, tell(files=[*files, written(folder, CATALOG)]))
        for path in [*paths, INDEX]:
            sync_file(folder / path)
        sync_file(folder / DELTAS)
    log.info(
        "feed.written stage=%s targets=%d entities=%d version=%s",
        order.stage.value, tally.targets, tally.entities, version.id,
    )  # fmt: skip
    return FeedResult(
        directory=directory,
        files=tuple(directory / path for path in [*paths, INDEX]),
        version=version.id,
        version_before=version.before,
        targets=tally.targets,
        accused=tally.programs[ACCUSED],
        entities=tally.entities,
        changes=changes,
        warnings=tuple(issues),
    )


def _write_entities(
    folder: Path,
    order: FeedFiles,
    persons: Iterable[FeedPerson],
    organisations: Iterable[FeedOrganisation],
    tally: Tally,
) -> None:
    """Everything that is made of persons, in one pass over them and one over their sorted entities."""
    maker = Entities(tally.ontology, order.stage)
    with ExitStack() as files:
        files.enter_context(_rare_collections())
        lines = files.enter_context(Sorted(folder))
        listed = files.enter_context(Sorted(folder))
        targets = Targets(files.enter_context(_text(folder / "targets.simple.csv")), TITLES[order.stage])

        def keep(entities: Iterator[Entity]) -> None:
            for entity in entities:
                lines.add(line(entity))
                if entity["target"]:
                    targets.write(entity)
                    for name in keyed_names(entity):
                        listed.add(name)

        for organisation in organisations:  # "tw-o-" comes before "tw-p-"
            keep(maker.of_organisation(organisation))
        with _sheets(folder) as sheets:
            for person in persons:
                keep(maker.of_person(person))
                sheets.write(person)
        write_lines(folder / "names.txt", names(listed))
        statements = Statements(files.enter_context(_bytes(folder / "statements.csv")), tally.ontology)
        full = files.enter_context(_bytes(folder / ENTITIES))
        for one, entity in joined(lines):
            full.write(one)
            statements.write(entity)
            tally.count(entity)


@dataclass(kw_only=True)
class _Sheets:
    """The files that are made of persons, not of entities."""

    evidence: IO[bytes]
    offences: Any  # a csv.writer
    htcds: Any

    def write(self, person: FeedPerson) -> None:
        self.evidence.writelines(evidence_lines(person.id, person.records))
        self.offences.writerows(offences.offence_rows(person))
        self.htcds.writerows(htcds.htcds_rows(person))


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Millions of values without a cycle come and go here; looking through them so often costs a tenth.

    What was there before, modules and tables of words, is not looked through at all meanwhile.
    """
    before, is_ours = gc.get_threshold(), not gc.get_freeze_count()
    gc.set_threshold(COLLECT_AFTER, *before[1:])
    if is_ours:
        gc.freeze()
    try:
        yield
    finally:
        gc.set_threshold(*before)
        if is_ours:
            gc.unfreeze()


@contextmanager
def _sheets(folder: Path) -> Iterator[_Sheets]:
    with (
        _bytes(folder / "evidence.jsonl") as evidence,
        _text(folder / "offences.csv", ENCODING) as charges,
        _text(folder / "perpetrators.htcds.csv", ENCODING) as perpetrators,
    ):
        made = _Sheets(
            evidence=evidence,
            offences=csv.writer(charges, lineterminator="\r\n"),
            htcds=csv.writer(perpetrators, lineterminator="\r\n"),
        )
        made.offences.writerow(offences.COLUMNS)
        made.htcds.writerow(htcds.COLUMNS)
        yield made


def _write_delta(folder: Path, base: Path | None) -> tuple[Counter[str], list[str]]:
    """`entities.delta.json`; returns its operations, and the ids of storage of the targets that it deletes."""
    changes: Counter[str] = Counter()
    gone: list[str] = []

    def passing(lines: Iterable[bytes]) -> Iterator[bytes]:
        for one in lines:
            if one.startswith(GONE) and (target := GONE_TARGET.match(one)) is not None:
                gone.append(target[1].decode())
            yield one

    with ExitStack() as files:
        before: Iterable[bytes] = [] if base is None else files.enter_context((base / ENTITIES).open("rb"))
        after = files.enter_context((folder / ENTITIES).open("rb"))
        write_lines(folder / DELTA, passing(diff(before, after, changes)))
    return changes, gone


def _gone(
    left: Collection[str], before: Measured, last: Mapping[str, Any], tally: Tally, order: FeedFiles
) -> Gone:
    """Why they left is asked for only where it matters. Organisations leave with the persons they stand beside."""
    if not needs_reasons(tally.measured, before, len(left), order.limits):
        return Gone(targets=len(left))
    since = dt.datetime.fromisoformat(last["updated_at"]).replace(tzinfo=dt.UTC)
    excused = set(order.excused(left, since))
    persons = {one for one in left if one.startswith("p-")}
    return Gone(targets=len(left), excused=len(left) if persons and persons <= excused else len(excused))


def _write_sides(folder: Path, order: FeedFiles, tally: Tally) -> None:
    with _text(folder / "coverage.csv", ENCODING) as file:
        write_rows(file, HEADER, sheet_rows(order.coverage))
    write_json(folder / "coverage.json", list(order.coverage_json))
    (folder / "accuracy.json").write_text(shipped_card().as_json(), encoding="utf-8")
    (folder / "README.md").write_text(readme(order.stage, order.gate, tally), encoding="utf-8")


def _bytes(path: Path) -> IO[bytes]:
    return path.open("wb", buffering=BUFFER)


def _text(path: Path, encoding: str = "utf-8") -> IO[str]:
    return path.open("w", encoding=encoding, newline="")


def _refusals(ontology: Ontology) -> list[str]:
    return [
        f"{n} values of {name} were left out: FollowTheMoney does not take them."
        for name, n in sorted(ontology.refused.items())
    ]
