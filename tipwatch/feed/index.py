"""`index.json`: what the feed is, where its files are, and the checksums that bind delta and full file together.

Refuses nothing by itself: it is written last, of a feed that has passed its assertions.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from storage.records.coverage import CountryCoverage
from storage.records.feed import FeedStage
from tipwatch.feed.dataset import NAMES, SUMMARY, TITLES, moment
from tipwatch.feed.files import CATALOG, DELTA, DELTA_INDEX, ENTITIES, FILES, FORMAT, JSON, LINES, Written
from tipwatch.feed.tally import Tally

PUBLISHER: Mapping[str, Any] = {
    "name": "tipwatch",
    "acronym": None,
    "description": "Watches local news for prosecutions of trafficking in persons, with evidence for every fact.",
    "url": "https://github.com/tipwatch/tipwatch",
    "country": None,
    "official": False,
}
DESCRIPTION = (
    "Read by a machine from the press, with quotes in evidence.jsonl. A name is not an identity. Whoever is "
    "cleared or taken down leaves with the next delta. See README.md."
)

INDICES = {DELTA_INDEX: "Changes by version", CATALOG: "Catalogue for yente"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Version:
    """A version of the feed and the one before it; None where there is none to build on."""

    id: str
    before: str | None
    before_sha1: str | None  # of its entities.ftm.json


def next_version(now: dt.datetime, before: str | None) -> str:
    """Fourteen digits of UTC, greater than the version before even where the clock went back.

    >>> next_version(dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "20260301000000")
    '20260301000001'
    """
    at = now.astimezone(dt.UTC)
    if before is not None:
        last = dt.datetime.strptime(before, "%Y%m%d%H%M%S").replace(tzinfo=dt.UTC)
        at = max(at, last + dt.timedelta(seconds=1))
    return at.strftime("%Y%m%d%H%M%S")


def catalog(made: Mapping[str, Any]) -> dict[str, Any]:
    """`catalog.json`: the index as the one data set of a catalogue, which is how yente learns of a new version."""
    return {"datasets": [made], "updated_at": made["updated_at"]}


def index(
    *,
    stage: FeedStage,
    gate: Mapping[str, Any],
    version: Version,
    now: dt.datetime,
    tally: Tally,
    files: Sequence[Written],
    coverage: Sequence[CountryCoverage],
    changes: Mapping[str, int],
    issues: Sequence[str],
    base_url: str | None,
) -> dict[str, Any]:
    """The index as plain values. The last rows are ours; loaders of OpenSanctions' format pass over them."""
    found = tally.measured
    full = next(one for one in files if one.path == ENTITIES)
    return {
        "name": NAMES[stage],
        "title": TITLES[stage],
        "summary": SUMMARY[stage],
        "description": DESCRIPTION,
        "version": version.id,
        "updated_at": moment(now),
        "last_export": moment(now),
        "last_change": tally.last_change or None,
        "entity_count": tally.entities,
        "thing_count": tally.things,
        "target_count": found.targets,
        "coverage": _coverage(coverage),
        "publisher": PUBLISHER,
        "resources": [_resource(one, base_url) for one in files],
        "issue_count": len(issues),
        "delta_url": None if base_url is None else f"{base_url}/{DELTA_INDEX}",
        "result": "success",
        "format": FORMAT,
        "gate": dict(gate),
        "issues": list(issues),
        "target_countries": found.countries,
        "fill": dict(found.fill),
        "schemata": dict(sorted(tally.schemata.items())),
        "programs": dict(sorted(tally.programs.items())),
        "delta": {
            "path": DELTA,
            "index": DELTA_INDEX,
            "from_version": version.before,
            "from_checksum": version.before_sha1,
            "to_version": version.id,
            "to_checksum": full.sha1,
            "operations": {op: changes.get(op, 0) for op in ("ADD", "MOD", "DEL")},
        },
    }


def _coverage(coverage: Sequence[CountryCoverage]) -> dict[str, Any]:
    days = [day for one in coverage for day in (one.counts.first_day, one.counts.last_day) if day is not None]
    return {
        "start": min(days).isoformat() if days else None,
        "end": None,
        "countries": sorted(one.country for one in coverage if one.sources_watched),
        "frequency": "daily",
        "schedule": None,
    }


def _resource(one: Written, base_url: str | None) -> dict[str, Any]:
    kind, title = FILES.get(one.path, (LINES, "Changes of one version"))
    if one.path in INDICES:
        kind, title = JSON, INDICES[one.path]
    return {
        "name": one.path,
        "path": one.path,
        "url": None if base_url is None else f"{base_url}/{one.path}",
        "checksum": one.sha1,
        "sha256": one.sha256,
        "mime_type": kind,
        "title": title,
        "size": one.size,
    }
