"""The outlets of a database that has grown, as a catalogue, and how they were watched day by day.

Refuses real papers: every address ends in .example.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random

from benchmarks.grown_stories import Outlet, Row
from config.catalogue import load_catalogue
from storage.records.coverage import Measure
from storage.records.runs import PollKind, RunKind, RunOutcome
from storage.records.sources import SourceFacts
from storage.tables.base import address_key

LANGUAGES: Mapping[str, str] = {"mx": "es", "co": "es", "es": "es", "pe": "es", "br": "pt"}
CRAWLS_A_DAY = 4
RECENT = 60  # days of which every run is held


def catalogue(folder: Path, named: Sequence[str], places: int, now: dt.datetime) -> dict[str, Outlet]:
    """Write a YAML a source: of each country so many; returns the source that each of `named` stands for."""
    outlets: dict[str, Outlet] = {}
    for one in named:
        country, _, number = one.partition("_")
        name = f"paper{int(number) % places}"
        outlets[one] = Outlet(id=f"{country}_{name}", country=country, language=LANGUAGES.get(country, "en"))
        path = folder / country / f"{name}.yml"
        if path.exists():
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        host = f"{country}.{name}.example"
        path.write_text(
            f"""# Made up by benchmarks/grown_watching.py: no such paper exists.
title: The {country.upper()} {name}
homepage: https://{host}/
publisher:
  name: {name} of {country}
  kind: newspaper
  ownership: private
  official: false
countries: [{country}]
languages: [{LANGUAGES.get(country, "en")}]
level: regional
discover:
  - feed: https://{host}/feed
politeness: {{delay: 10, pages_per_run: 100}}
expected: {{min: 50, max: 30000}}
status:
  state: active
  reason: invented for a benchmark
  date: {(now - dt.timedelta(days=800)).date().isoformat()}
""",
            encoding="utf-8",
        )
    return outlets


def watching(
    random: Random,
    outlets: Mapping[str, Outlet],
    kept: Mapping[tuple[str, int], int],
    start: dt.datetime,
    now: dt.datetime,
) -> Iterator[list[Row]]:
    """Counts of every day, a poll a day and hourly ones of late, runs of the last weeks; one list a source."""
    days = (now - start).days + 1
    for source_id in sorted({one.id for one in outlets.values()}):
        rows: list[Row] = []
        url = f"https://{source_id.replace('_', '.')}.example/feed"
        for n in range(days):
            day = (start + dt.timedelta(days=n)).date()
            found = kept.get((source_id, n), 0)
            dropped = random.randrange(40, 90)
            for measure, reason, count in (
                (Measure.POLL_OK, "", 24), (Measure.ENTRIES, "", 240), (Measure.NEW_ENTRIES, "", found + dropped),
                (Measure.FETCHED, "", found + dropped), (Measure.KEPT, "", found),
                (Measure.DROPPED, "no_gate_word", dropped), (Measure.FETCH_FAILED, "http_5xx", n % 7 == 0),
            ):  # fmt: skip
                if count:
                    counted = {"measure": measure, "reason": reason, "n": int(count)}
                    rows.append(("coverage_day", {"source_id": source_id, "day": day, **counted}))
            hours = range(24) if n >= days - 30 else (6,)
            for hour in hours:
                at = dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)
                if at < now:
                    rows.append(("poll", _poll(source_id, url, at)))
            if n >= days - RECENT:
                for hour in range(0, 24, 24 // CRAWLS_A_DAY):
                    at = dt.datetime.combine(day, dt.time(hour), tzinfo=dt.UTC)
                    if at < now:
                        rows.append(("crawl_run", _run(RunKind.CRAWL, source_id, at, found // CRAWLS_A_DAY)))
        yield rows
    yield [
        ("crawl_run", _run(kind, None, at, 100))
        for n in range(days)
        for kind in (RunKind.EXTRACT, RunKind.RESOLVE, RunKind.EXPORT)
        if (at := start + dt.timedelta(days=n, hours=5)) < now
    ]


def sync(folder: Path) -> list[SourceFacts]:
    """What coverage must know of the catalogue in `folder`."""
    return [SourceFacts.of(one) for one in load_catalogue(folder).sources.values()]


def _poll(source_id: str, url: str, at: dt.datetime) -> dict[str, object]:
    return {
        "source_id": source_id, "address_key": address_key(url), "url": url, "at": at, "kind": PollKind.FEED,
        "ok": True, "run_id": None, "failure": None, "status": 200, "entries": 10, "new": 2,
        "oldest": at - dt.timedelta(hours=20), "newest": at - dt.timedelta(minutes=20), "overlapped": True,
        "not_modified": False, "etag": None, "last_modified": None,
    }  # fmt: skip


def _run(kind: RunKind, source_id: str | None, at: dt.datetime, kept: int) -> dict[str, object]:
    end = at + dt.timedelta(minutes=3)
    return {
        "kind": kind, "source_id": source_id, "worker": "host:1:0", "started": at, "heartbeat": end,
        "finished": end, "outcome": RunOutcome.DONE, "counts": {"kept": kept, "pending": 0}, "detail": None,
    }  # fmt: skip
