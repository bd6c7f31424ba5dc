"""Writes two years of made-up watching: the database and the catalogue on which coverage and report are tried.

Refuses to touch what is there: the folder must hold no database yet. What was planted comes back as `Planted`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

from benchmarks.planted import Planted, PlantedEvent
from benchmarks.stories import StoryWriter
from benchmarks.tables import Tables
from benchmarks.watching import Watching
from benchmarks.world import (
    EMPTY,
    LEAST_COUNTRIES,
    LEAST_SOURCES,
    START,
    Outlet,
    Telling,
    World,
    day_of,
    make_world,
    tellings,
    true_cases,
)
from config.catalogue import load_catalogue
from extraction.version import EXTRACTOR_VERSION
from storage.records.series import EventKind
from storage.records.sources import SourceFacts
from storage.store import Store

DATABASE, SOURCES = "tipwatch.db", "sources"
STORIES = 854_100
"""With 145,947 source-days of 200 sources a million."""
SYNDICATED = 0.12
OLD_VERSION = "text-1.read-3"
READER_CHANGED = day_of(18)


def write_history(
    directory: Path,
    *,
    seed: int,
    sources: int = 200,
    countries: int = 30,
    months: int = 24,
    stories: int = STORIES,
    scale: float = 1.0,
) -> Planted:
    """Write `directory/tipwatch.db` and `directory/sources/<iso2>/<name>.yml`; every event is there at any scale.

    `scale` shrinks sources, countries (to the least that holds every event) and stories, never months or cases a
    year. The same arguments write the same rows. Raises FileExistsError where a database is, ValueError for a
    world too small.
    """
    path = directory / DATABASE
    if path.exists():
        raise FileExistsError(f"{path} exists; choose an empty folder")
    random = Random(seed)
    world = make_world(
        random,
        sources=max(LEAST_SOURCES, round(sources * scale)) if scale < 1 else sources,
        countries=max(LEAST_COUNTRIES, round(countries * scale)) if scale < 1 else countries,
        months=months,
    )
    directory.mkdir(parents=True, exist_ok=True)
    _write_catalogue(directory / SOURCES, world)
    _sync(directory, world)
    with Tables(path) as tables:
        return _History(random, world, tables).write(round(stories * scale))


class _History:
    def __init__(self, random: Random, world: World, tables: Tables) -> None:
        self._random = random
        self._world = world
        self._tables = tables
        self._days = [(START + dt.timedelta(days=n)).isoformat() for n in range(world.days)]
        self._flat = tuple(code for code in world.ordinary if code not in world.changed)
        self._watching = Watching(random, world, tables, self._days)

    def write(self, stories: int) -> Planted:
        """Stories first, since the days count them."""
        told = [one for one in tellings(self._random, self._world) if self._is_told(one)]
        writer = StoryWriter(self._random, self._world, self._tables, self._days, READER_CHANGED, OLD_VERSION)
        texts = 0
        syndicated: Counter[str] = Counter()
        for telling in told:
            copies = [self._watching.keep(one, telling.day) for one in telling.outlets]
            writer.tell(telling, copies)
            texts += 1
            if len(copies) > 1:
                syndicated[copies[0].outlet.country] += len(copies)
        on_topic = sum(self._watching.kept.values())
        for papers in self._wire(round(SYNDICATED * stories) - syndicated.total()):
            writer.other([self._watching.keep(one, day) for one, day in papers])
            texts += 1
            syndicated[papers[0][0].country] += len(papers)
        backfilled = self._world.outlets[self._flat[1]][0]
        for outlet, day in self._others(stories - sum(self._watching.kept.values())):
            writer.other([self._watching.keep(outlet, day)], is_backfill=outlet is backfilled and day < 3)
            texts += 1
        writer.finish()
        source_days = sum(self._watching.write(one) for one in self._world.every_outlet)
        self._write_events()
        self._tables.mark_stale()
        return self._planted(
            source_days=source_days,
            stories=sum(self._watching.kept.values()),
            texts=texts,
            syndicated=syndicated,
            on_topic=on_topic,
            backfilled=backfilled.id,
        )

    def _is_told(self, telling: Telling) -> bool:
        reason = EMPTY.get(telling.outlets[0].country) if telling.outlets else "nobody"
        return bool(telling.outlets) and reason != "nothing_on_topic"

    def _wire(self, copies: int) -> list[list[tuple[Outlet, int]]]:
        """Agency texts on other matters, evenly over agencies and days; a paper prints it that day or the next."""
        made: list[list[tuple[Outlet, int]]] = []
        agencies = itertools.cycle(self._world.agencies.values())
        while copies > 0:
            day = self._random.randrange(self._world.days)
            papers = [one for one in next(agencies) if one.is_alive(day)]
            last = self._world.days - 1
            made.append([(one, min(last, day + (self._random.random() < 0.1))) for one in papers])
            copies -= len(papers)
        return made

    def _others(self, stories: int) -> list[tuple[Outlet, int]]:
        """The rest, off the topic: exactly so many, by the outlets' weights; halved where half is seen."""
        weights = []
        for outlet in self._world.every_outlet:
            up = self._watching.up[outlet.id]
            halved = outlet.halved_from
            weights.append([
                outlet.weight * is_up * (0.5 if halved is not None and n >= halved else 1.0)
                for n, is_up in enumerate(up)
            ])  # fmt: skip
        sums = [sum(one) for one in weights]
        per_outlet = Counter(self._random.choices(range(len(sums)), sums, k=max(0, stories)))
        made: list[tuple[Outlet, int]] = []
        for k, outlet in enumerate(self._world.every_outlet):
            if per_outlet[k]:
                days = self._random.choices(range(self._world.days), weights[k], k=per_outlet[k])
                made += [(outlet, day) for day in sorted(days)]
        return made

    def _write_events(self) -> None:
        """What the write path records: new selectors, a new reader. All else is measured from the polls."""
        reader = f"The reader changed from {OLD_VERSION} to {EXTRACTOR_VERSION}."
        rows: list[tuple[int, EventKind, str | None, str, str, str, str]] = [
            (READER_CHANGED, EventKind.READER_CHANGED, None, "[]", OLD_VERSION, EXTRACTOR_VERSION, reader)
        ]
        for one in self._world.every_outlet:
            if one.halved_from is not None:
                detail = f"{one.title}: discovery addresses, selectors or filters changed."
                kind, places = EventKind.SELECTORS_CHANGED, json.dumps([one.country])
                rows.append(
                    (one.halved_from, kind, one.id, places, "0123456789abcdef", "fedcba9876543210", detail)
                )
        self._tables.add(
            "coverage_event",
            [(f"{self._days[day]} 00:30:00.000000", kind.value, *rest) for day, kind, *rest in sorted(rows)],
        )

    def _planted(
        self,
        *,
        source_days: int,
        stories: int,
        texts: int,
        syndicated: Mapping[str, int],
        on_topic: int,
        backfilled: str,
    ) -> Planted:
        world = self._world
        added, dead, halved = world.changed
        return Planted(
            first=START,
            last=START + dt.timedelta(days=world.days - 1),
            countries=tuple(sorted(world.outlets)),
            sources=tuple(sorted(one.id for one in world.every_outlet)),
            source_days=source_days,
            stories=stories,
            texts=texts,
            syndicated=sum(syndicated.values()),
            syndicated_by_country=dict(sorted(syndicated.items())),
            on_topic=on_topic,
            added=_event(EventKind.SOURCE_ADDED, added, world, lambda one: one.first or None),
            dead=_event(EventKind.SOURCE_SILENT, dead, world, lambda one: one.dead_from),
            reader=PlantedEvent(kind=EventKind.READER_CHANGED, day=START + dt.timedelta(days=READER_CHANGED)),
            selectors=_event(EventKind.SELECTORS_CHANGED, halved, world, lambda one: one.halved_from),
            agency_country=world.ordinary[0],
            papers=tuple(one.id for one in world.agencies[world.ordinary[0]]),
            true_cases=true_cases(world),
            flat=self._flat,
            empty=EMPTY,
            gaps={
                one: tuple(START + dt.timedelta(days=day) for day in days)
                for one, days in sorted(self._watching.gaps.items())
            },
            missed={
                one.id: sum(self._watching.missed(one, day) for day in self._watching.gaps[one.id])
                for one in world.every_outlet
                if self._watching.gaps[one.id]
            },
            backfilled=backfilled,
        )


def _event(kind: EventKind, country: str, world: World, day: Callable[[Outlet], int | None]) -> PlantedEvent:
    found = [(at, one) for one in world.outlets[country] if (at := day(one)) is not None]
    (at, outlet), *_ = found
    return PlantedEvent(kind=kind, day=START + dt.timedelta(days=at), source_id=outlet.id, country=country)


def _write_catalogue(directory: Path, world: World) -> None:
    for one in world.every_outlet:
        country, _, name = one.id.partition("_")
        host = f"{name}.{country}.example"
        path = directory / country / f"{name}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            f"""# Made up by benchmarks/history.py: no such paper exists.
title: {one.title}
homepage: https://{host}/
publisher:
  name: {one.publisher}
  kind: {one.kind}
  ownership: {one.ownership}
  official: {"true" if one.kind == "government" else "false"}
countries: [{country}]
languages: [{", ".join(one.languages)}]
level: {one.level}
discover:
  - feed: https://{host}/feed
politeness: {{delay: 10, pages_per_run: 100}}
expected: {{min: 50, max: 30000}}
status:
  state: active
  reason: invented for a benchmark
  date: {START.isoformat()}
""",
            encoding="utf-8",
        )


def _sync(directory: Path, world: World) -> None:
    """Make the tables; the catalogue as it stood on the first day, then on that of the source that was added."""
    url = f"sqlite:///{directory / DATABASE}"
    facts = [SourceFacts.of(one) for one in load_catalogue(directory / SOURCES).sources.values()]
    first = {one.id: one.first for one in world.every_outlet}
    with Store.open(url, directory / "archive") as store:
        for day in sorted(set(first.values())):
            now = dt.datetime.combine(START, dt.time.min, tzinfo=dt.UTC) + dt.timedelta(days=day)
            store.coverage.sync_sources([one for one in facts if first[one.id] <= day], now)


def main() -> int:
    """Write one and say what was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, help="an empty folder, or one to be made")
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="1.0: a million source-days and stories")
    asked = parser.parse_args()
    start = time.perf_counter()
    planted = write_history(asked.directory, seed=asked.seed, scale=asked.scale)
    seconds = time.perf_counter() - start
    size = (asked.directory / DATABASE).stat().st_size / 1e6
    print(
        f"{planted.source_days:,} source-days of {len(planted.sources)} sources in "
        f"{len(planted.countries)} countries and {planted.stories:,} stories ({planted.texts:,} texts, "
        f"{planted.on_topic:,} on the topic, {planted.syndicated / planted.stories:.1%} syndicated), "
        f"{planted.first} to {planted.last}: {size:,.0f} MB in {seconds:.0f} s"
    )
    for event in planted.events:
        print(f"{event.day} {event.kind.value} {event.source_id or 'every source'} {event.country or ''}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
