"""The feed as its takers load it: yente's manifest, its deltas, FollowTheMoney's catalogue, nomenklatura.

Refuses our own reading of our own files: the loader below is written from yente's documentation, and knows nothing
of tipwatch.
"""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from storage.records.coverage import CountryCoverage, CoverageCounts
from tests.feed.feed_samples import accused, organisation, person, record
from tests.feed.test_feed_files import crowd, feed

pytest.importorskip("followthemoney")


class Yente:
    """Loads a data set as yente does: `catalogs` of its manifest with `url` and `resource_name`, then deltas.

    See https://www.opensanctions.org/docs/yente/datasets/ and its delta updates: `delta_url` maps versions to
    addresses; those greater than the version held are loaded in order; a version older than all of them, or an
    index without any, means the full file. ADD and MOD write, DEL removes.
    """

    def __init__(self, manifest: dict[str, Any]) -> None:
        (self.catalog,) = manifest["catalogs"]
        self.entities: dict[str, dict[str, Any]] = {}
        self.version: str | None = None
        self.loaded_full = 0

    def update(self) -> None:
        from followthemoney.dataset import DataCatalog, Dataset

        (data,) = json.loads(_get(self.catalog["url"]))["datasets"]
        dataset = DataCatalog(Dataset, {}).make_dataset(data)
        resource = dataset.get_resource(self.catalog["resource_name"])
        target = dataset.model.version
        assert target is not None
        if target == self.version:
            return
        versions: dict[str, str] = json.loads(_get(data["delta_url"]))["versions"]
        if self.version is None or not versions or self.version < min(versions):
            self.loaded_full += 1
            assert resource.url is not None
            self.entities = {entity["id"]: entity for entity in _lines(resource.url)}
        else:
            for version in sorted(versions):
                if self.version < version <= target:
                    for change in _lines(versions[version]):
                        self._apply(change)
        self.version = target

    def _apply(self, change: dict[str, Any]) -> None:
        entity = change["entity"]
        if change["op"] == "DEL":
            self.entities.pop(entity["id"], None)
        else:
            assert change["op"] in {"ADD", "MOD"}
            self.entities[entity["id"]] = entity


def _get(url: str) -> bytes:
    with urllib.request.urlopen(url) as answer:
        return bytes(answer.read())


def _lines(url: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in _get(url).splitlines())


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The folder over HTTP on loopback: FollowTheMoney takes no other addresses."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def on_disk(folder: Path) -> dict[str, dict[str, Any]]:
    entities = map(json.loads, (folder / "entities.ftm.json").read_bytes().splitlines())
    return {entity["id"]: entity for entity in entities}


def test_yente_loads_the_feed_once_and_then_its_deltas(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    days = [[person(1)], [person(1), accused(2)], [person(1), accused(2)], [person(3), accused(2)], [person(3)]]
    with served(tmp_path) as root:
        url = f"{root}/feed"
        manifest = {"catalogs": [{"url": f"{url}/catalog.json", "resource_name": "entities.ftm.json"}]}
        taker, late = Yente(manifest), Yente(manifest)
        for day, people in enumerate(days):
            feed(folder, people, day=day, base_url=url)
            taker.update()
            assert taker.entities == on_disk(folder)
            if day in {1, 4}:
                late.update()
                assert late.entities == on_disk(folder)
        assert (taker.loaded_full, late.loaded_full) == (1, 1)
        (folder / "names.txt").write_text("edited by hand", encoding="utf-8")
        feed(folder, [person(5)], day=9, base_url=url, force=True)
        taker.update()
        assert taker.entities == on_disk(folder)
        assert taker.loaded_full == 2


def test_the_index_is_a_data_set_of_followthemoney(tmp_path: Path) -> None:
    from followthemoney.dataset import DataCatalog, Dataset

    coverage = [
        CountryCoverage(
            country=code, sources=1, sources_by_state={}, sources_by_level={}, sources_by_language={},
            sources_watched=watched, counts=CoverageCounts(), prosecuted_here=0, zeros={},
        )
        for code, watched in (("in", 1), ("np", 1), ("gb", 0))
    ]  # fmt: skip
    folder = tmp_path / "feed"
    feed(folder, [person()], coverage=coverage, base_url="https://feeds.example/tw")
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    wanted = {
        "name", "title", "summary", "description", "version", "updated_at", "last_export", "last_change",
        "entity_count", "thing_count", "target_count", "coverage", "publisher", "resources", "issue_count",
        "delta_url", "result",
    }  # fmt: skip
    assert wanted <= index.keys()
    dataset = DataCatalog(Dataset, {}).make_dataset(index)
    assert dataset.model.version == "20260301120000"
    assert dataset.model.coverage is not None
    assert dataset.model.coverage.countries == ["in", "np"]
    assert dataset.model.publisher is not None
    for one in dataset.model.resources:
        assert str(one.url) == f"https://feeds.example/tw/{urllib.parse.quote(one.name)}"
        assert one.mime_type
        assert one.checksum


def test_without_an_address_the_index_still_is_one(tmp_path: Path) -> None:
    from followthemoney.dataset import Dataset

    feed(tmp_path / "feed", [person()])
    index = json.loads((tmp_path / "feed" / "index.json").read_text(encoding="utf-8"))
    assert Dataset.make(index).get_resource("entities.ftm.json").url is None
    assert index["delta_url"] is None


def test_ftm_validate_takes_a_whole_feed(tmp_path: Path) -> None:
    folder, told = tmp_path / "feed", tmp_path / "validated.json"
    feed(folder, [*crowd(50), accused(99)], organisations=[organisation()])
    command = [Path(sys.executable).parent / "ftm", "validate", "-i", folder / "entities.ftm.json", "-o", told]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    validated = {one["id"]: one for one in map(json.loads, told.read_bytes().splitlines())}
    held = on_disk(folder)
    assert validated.keys() == held.keys()
    for key, one in validated.items():
        assert {name: sorted(values) for name, values in one["properties"].items()} == held[key]["properties"]


@pytest.mark.slow
def test_nomenklatura_loads_it_and_finds_a_planted_duplicate(tmp_path: Path) -> None:
    pytest.importorskip("nomenklatura")
    folder = tmp_path / "feed"
    people = [
        person(k, name=name, aliases=(), records=(record(k),))
        for k, name in enumerate(
            ["Okwudili Branimir Testarossa", "Zsofia Thandeka Exampler", "Ilmari Kvetoslav Sampaio",
             "Branimir Okwudili Testarosa", "Perpetua Samplewicz"], start=1,
        )
    ]  # fmt: skip
    feed(folder, people)
    pairs = _candidates(folder / "entities.ftm.json", tmp_path)
    assert {f"tw-{people[0].id}", f"tw-{people[3].id}"} == set(pairs[0])


def _candidates(entities: Path, folder: Path) -> list[tuple[str, str]]:
    """Pairs of persons that `nomenklatura xref` holds for one, the most likely first."""
    database = folder / "nk.db"
    command = [Path(sys.executable).parent / "nomenklatura", "xref", entities, "-p", folder / "nk"]
    env = {**os.environ, "NOMENKLATURA_DB_URL": f"sqlite:///{database}"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd=folder)
    assert done.returncode == 0, done.stderr
    with closing(sqlite3.connect(database)) as opened:
        query = "SELECT source, target FROM resolver WHERE judgement = 'no_judgement' ORDER BY score DESC"
        return [(one, other) for one, other in opened.execute(query) if "-p-" in one and "-p-" in other]
