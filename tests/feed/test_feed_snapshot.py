"""A feed as it is served: found by id, nested, followed, and steady while the folder is exchanged.

Refuses a folder that is not whole, and any file that the index does not list.
"""

from __future__ import annotations

import gc
import hashlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.records.feed import FeedStage
from tests.feed.feed_samples import accused, case, organisation, person, record
from tests.feed.test_feed_files import crowd, feed
from tipwatch.feed.delta import apply
from tipwatch.feed.files import ENTITIES, INDEX
from tipwatch.feed.lines import line
from tipwatch.feed.lookup import REVERSE, EntityFile
from tipwatch.feed.snapshot import FeedError, Snapshot, Snapshots

pytest.importorskip("followthemoney")

COVERAGE = ({"country": "in", "sources": 3}, {"country": "np", "sources": 0})
RAVI, OLGA, AGENCY, CASE = f"tw-{person(1).id}", f"tw-{accused(2).id}", "tw-o-00aa", "tw-c-0001"


def article(n: int) -> str:
    return f"tw-a-{n:064x}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A convict and an accused of one case, who share a story, and an agency."""
    shared = accused(2, records=(accused(2).records[0], record(1, mention_id="f" * 20, name="Olga Sampleson")))
    feed(
        tmp_path / "feed", [person(1, former_ids=("p-old1", "p-old2")), shared], organisations=[organisation()],
        coverage_json=COVERAGE,
    )  # fmt: skip
    return tmp_path / "feed"


def test_every_entity_is_found_by_its_id_and_nothing_else(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    held = [json.loads(one) for one in (folder / ENTITIES).read_bytes().splitlines()]
    assert [snapshot.entity(one["id"]) for one in held] == held
    for unknown in (
        "",
        "tw-",
        "tw-p-",
        "a",
        "zz",
        held[0]["id"][:-1],
        held[-1]["id"] + "0",
        "\udc80",
        "tw-p-\n",
        "é",
    ):
        assert snapshot.entity(unknown) is None
    assert (snapshot.version, snapshot.gate.stage) == ("20260301120000", FeedStage.CHARGED)
    assert (snapshot.gate.include_unreviewed, snapshot.gate.min_score) == (True, 0.75)


@settings(max_examples=60, deadline=None)
@given(st.sets(st.text("abc019.-_", min_size=1, max_size=6), max_size=30), st.text("abc019.-_", max_size=6))
def test_a_line_is_found_wherever_it_stands(tmp_path_factory: Any, ids: set[str], other: str) -> None:
    def made(one: str) -> dict[str, Any]:
        return {
            "id": one, "caption": "é" * len(one), "schema": "Person", "properties": {}, "referents": [],
            "datasets": [], "first_seen": "", "last_seen": "", "last_change": "", "target": True,
        }  # fmt: skip

    path = tmp_path_factory.mktemp("lookup") / "full.json"
    path.write_bytes(b"".join(sorted(line(made(one)) for one in ids)))
    ordered = sorted(path.read_bytes().splitlines(), key=lambda one: json.loads(one)["id"])
    path.write_bytes(b"".join(one + b"\n" for one in ordered))
    with path.open("rb") as file:
        entities = EntityFile(file.fileno(), path.stat().st_size)
        for one in ids:
            assert entities.get(one) == made(one)
        assert (entities.get(other) is None) is (other not in ids)
        entities.close()


def test_links_have_the_names_of_the_library() -> None:
    from followthemoney import model

    found = {
        name: model.get(schema).properties[name].reverse.name
        for schema, names in {"CourtCaseParty": ("party", "case"), "Documentation": ("document", "entity")}.items()
        for name in names
    }
    assert found == REVERSE


def test_a_person_comes_with_cases_and_stories(folder: Path) -> None:
    nested = Snapshot.open(folder).nested(RAVI)
    assert nested is not None
    values = nested["properties"]
    assert [one["properties"]["case"][0]["schema"] for one in values["courtCase"]] == ["CourtCase"]
    assert [one["properties"]["document"][0]["id"] for one in values["documentedBy"]] == [article(1)]
    for one in (*values["courtCase"], *values["documentedBy"]):
        assert {"party", "entity"}.isdisjoint(one["properties"])  # whoever stands above
    assert values["name"] == ["Ravi Testman"]
    assert OLGA not in json.dumps(nested)
    assert Snapshot.open(folder).nested("tw-p-unknown") is None


@pytest.mark.parametrize(
    ("entity_id", "name", "other", "found"),
    [
        (CASE, "parties", "party", {RAVI, OLGA}),
        (article(1), "relatedEntities", "entity", {RAVI, OLGA}),
        (article(7), "relatedEntities", "entity", {AGENCY}),
        (AGENCY, "documentedBy", "document", {article(7)}),
    ],
)
def test_links_lead_both_ways(folder: Path, entity_id: str, name: str, other: str, found: set[str]) -> None:
    nested = Snapshot.open(folder).nested(entity_id)
    assert nested is not None
    assert {one["properties"][other][0]["id"] for one in nested["properties"][name]} == found


def test_whoever_was_withdrawn_takes_along_what_tells_of_them(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    assert snapshot.targets_of(CASE) == snapshot.targets_of(article(1)) == snapshot.around(RAVI) == {RAVI, OLGA}
    assert snapshot.targets_of(RAVI) == {RAVI}
    assert snapshot.targets_of("tw-p-unknown") == frozenset()
    told = [json.loads(one) for one in (folder / ENTITIES).read_bytes().splitlines()]
    fallen = {one["id"] for one in told if snapshot.falls_with(one["id"], {OLGA})}
    kept = {one["id"]: one for one in told if one["id"] not in fallen}
    assert {one["schema"] for one in told if one["id"] in fallen} == {
        "Person", "CourtCaseParty", "Article", "Documentation"
    }  # fmt: skip
    assert OLGA not in json.dumps(list(kept.values()))
    assert {RAVI, CASE, AGENCY, article(7)} < kept.keys()
    for one in told:
        nested = snapshot.nested(one["id"], without={OLGA})
        assert (nested is None) is (one["id"] in fallen)
        assert "Sampleson" not in json.dumps(nested)
    ravi = snapshot.nested(RAVI, without={OLGA})
    assert ravi is not None
    assert ravi["properties"]["documentedBy"][0]["properties"]["document"] == [article(1)]  # a title may name her
    assert snapshot.falls_with(CASE, {OLGA, RAVI})
    assert not snapshot.falls_with(CASE, ())


def test_an_older_id_leads_to_the_person_of_today(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    assert (snapshot.current("tw-p-old1"), snapshot.current("tw-p-old2")) == (RAVI, RAVI)
    assert snapshot.current(RAVI) is None
    assert snapshot.entity("tw-p-old1") is None


def test_deltas_lead_from_any_version_kept_to_this_one(tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    fulls, versions = [], []
    for day, people in enumerate([[person(1)], [person(1), accused(2)], [accused(2)], [accused(2), person(3)]]):
        versions.append(feed(folder, people, day=day).version)
        fulls.append((folder / ENTITIES).read_bytes())
    snapshot = Snapshot.open(folder)
    for full, version in zip(fulls, versions, strict=True):
        operations = snapshot.since(version)
        assert operations is not None
        held = {json.loads(one)["id"]: one for one in full.splitlines(keepends=True)}
        for one in operations:
            entity_id = json.loads(one)["entity"]["id"]
            made = b"".join(apply([held[entity_id]] if entity_id in held else [], [one], strict=False))
            held.pop(entity_id, None)
            held.update({entity_id: made} if made else {})
        assert b"".join(held[key] for key in sorted(held)) == fulls[-1]
    nothing = snapshot.since(versions[-1])
    assert nothing is not None
    assert list(nothing) == []
    for unknown in ("", "x", "20250101000000", "20990101000000", "../../etc"):
        assert snapshot.since(unknown) is None


def test_coverage_is_by_country(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    assert [snapshot.coverage(code) for code in ("in", "NP", "de")] == [COVERAGE[0], COVERAGE[1], None]


def test_files_are_those_of_the_index(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    for one in snapshot.files.values():
        whole = b"".join(snapshot.blocks(one.path))
        assert whole == snapshot.path(one.path).read_bytes()
        assert (len(whole), hashlib.sha256(whole).hexdigest()) == (one.size, one.sha256)
        assert b"".join(snapshot.blocks(one.path, 3, 9)) == whole[3:9]
        assert b"".join(snapshot.blocks(one.path, one.size - 1, one.size + 99)) == whole[-1:]
    for stranger in ("", ".", INDEX, "../feed/names.txt", "deltas", "/etc/passwd", "deltas/../names.txt"):
        with pytest.raises(KeyError):
            snapshot.path(stranger)
        with pytest.raises(KeyError):
            snapshot.blocks(stranger)


def _edit_index(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
    change(index)
    (folder / INDEX).write_text(json.dumps(index), encoding="utf-8")


def _outside(folder: Path) -> None:
    (folder.parent / "secret").write_bytes(b"0")
    row = {"path": "../secret", "size": 1, "sha256": "", "mime_type": ""}
    _edit_index(folder, lambda index: index["resources"].append(row))


def _linked(folder: Path) -> None:
    (folder.parent / "secret").write_bytes((folder / "names.txt").read_bytes())
    (folder / "names.txt").unlink()
    (folder / "names.txt").symlink_to(folder.parent / "secret")


def _cut(folder: Path) -> None:
    whole = (folder / ENTITIES).read_bytes()
    (folder / ENTITIES).write_bytes(whole[:-1] + b" ")


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda folder: [one.unlink() for one in folder.rglob("*.*") if one.is_file()], "holds no feed"),
    "no JSON": (lambda folder: (folder / INDEX).write_text("{"), "no JSON"),
    "another format": (lambda folder: _edit_index(folder, lambda index: index.pop("format")), "no feed of format"),
    "no gate": (lambda folder: _edit_index(folder, lambda index: index.pop("gate")), "cannot be read"),
    "a stage of tomorrow": (
        lambda folder: _edit_index(folder, lambda index: index["gate"].update(stage="x")), "cannot be read",
    ),
    "a file less": (lambda folder: (folder / "names.txt").unlink(), "lacks names.txt"),
    "a file longer": (lambda folder: (folder / "names.txt").write_text("more " * 99), "another names.txt"),
    "a path outside": (_outside, "cannot be read"),
    "a link": (_linked, "lacks names.txt"),
    "cut off": (_cut, "cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_feed_is_refused_by_its_folder_and_a_remedy(folder: Path, how: str) -> None:
    change, said = BROKEN[how]
    change(folder)
    gc.collect()
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    with pytest.raises(FeedError) as told:
        Snapshot.open(folder)
    assert said in told.value.what
    assert str(folder) in told.value.what
    assert told.value.remedy == f"Write the feed: tipwatch export --format opensanctions --output {folder}"
    if before:
        assert len(os.listdir("/proc/self/fd")) == before


def test_no_folder_is_no_feed(tmp_path: Path) -> None:
    with pytest.raises(FeedError, match="holds no feed"):
        Snapshot.open(tmp_path / "none")
    with pytest.raises(FeedError, match="holds no feed"):
        Snapshots(tmp_path / "none")


def test_an_empty_feed_is_served(tmp_path: Path) -> None:
    feed(tmp_path / "feed", [])
    snapshot = Snapshot.open(tmp_path / "feed")
    assert snapshot.entity(RAVI) is None
    assert snapshot.nested(RAVI) is None
    operations = snapshot.since(snapshot.version)
    assert operations is not None
    assert list(operations) == []


def test_an_exchanged_folder_changes_nothing_for_whoever_has_it_open(folder: Path) -> None:
    snapshot = Snapshot.open(folder)
    whole = {path: b"".join(snapshot.blocks(path)) for path in snapshot.files}
    ravi = snapshot.nested(RAVI)
    feed(folder, [accused(2)], day=1)
    assert {path: b"".join(snapshot.blocks(path)) for path in snapshot.files} == whole
    assert snapshot.nested(RAVI) == ravi
    assert Snapshot.open(folder).nested(RAVI) is None


def test_files_are_given_back(folder: Path) -> None:
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("open files cannot be counted here")
    gc.collect()
    before = len(os.listdir("/proc/self/fd"))
    snapshot = Snapshot.open(folder)
    assert len(os.listdir("/proc/self/fd")) > before
    snapshot.close()
    snapshot.close()
    assert len(os.listdir("/proc/self/fd")) == before
    snapshot = Snapshot.open(folder)
    operations = snapshot.since("20260301120000")
    del snapshot, operations
    gc.collect()
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_newest_is_opened_once_a_second_and_a_broken_one_is_not(folder: Path) -> None:
    at = 0.0
    ready: list[str] = []
    snapshots = Snapshots(folder, ready=lambda one: ready.append(one.version), clock=lambda: at)
    first = snapshots.current()
    feed(folder, [accused(2)], day=1)
    at = 0.9
    assert snapshots.current() is first
    at = 1.0
    second = snapshots.current()
    assert (first.version, second.version) == ("20260301120000", "20260302120000")
    assert first.nested(RAVI) is not None
    assert second.nested(RAVI) is None
    (folder / "names.txt").write_text("edited by hand", encoding="utf-8")
    _edit_index(folder, lambda index: index.update(version="20260309000000"))
    at = 2.0
    assert snapshots.current() is second
    feed(folder, [person(3)], day=9, force=True)
    at = 3.0
    assert snapshots.current().version > second.version
    at = 4.0
    (folder / INDEX).unlink()
    assert snapshots.current().version == ready[-1]
    assert len(ready) == 3


def test_others_are_served_the_one_before_while_a_new_one_is_made_ready(folder: Path) -> None:
    at = 0.0
    begun, done = threading.Event(), threading.Event()

    def ready(snapshot: Snapshot) -> None:
        if snapshot.version > "20260301120000":
            begun.set()
            assert done.wait(10)

    snapshots = Snapshots(folder, ready=ready, clock=lambda: at)
    feed(folder, [accused(2)], day=1)
    at = 5.0
    opening = threading.Thread(target=snapshots.current)
    opening.start()
    assert begun.wait(10)
    assert snapshots.current().version == "20260301120000"
    done.set()
    opening.join(10)
    assert snapshots.current().version == "20260302120000"


def test_readers_and_a_writer_at_once_see_whole_versions(folder: Path) -> None:
    snapshots = Snapshots(folder, every=0.0)
    wrong: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set():
            snapshot = snapshots.current()
            full = b"".join(snapshot.blocks(ENTITIES))
            if hashlib.sha256(full).hexdigest() != snapshot.files[ENTITIES].sha256:
                wrong.append("another version's bytes")
            held = [json.loads(one) for one in full.splitlines()]
            wrong.extend("another entity" for one in held if snapshot.entity(one["id"]) != one)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for day in range(1, 9):
        feed(folder, crowd(day), day=day)
    stop.set()
    for reader in readers:
        reader.join(20)
    assert wrong == []
    assert snapshots.current().version == json.loads((folder / INDEX).read_text(encoding="utf-8"))["version"]


def test_a_case_of_two_countries_has_one_entity(folder: Path) -> None:
    """The sample's case is the person's and the accused's; nested from either it is the same."""
    snapshot = Snapshot.open(folder)
    found = [snapshot.nested(one) for one in (RAVI, OLGA)]
    cases = [one["properties"]["courtCase"][0]["properties"]["case"][0] for one in found if one is not None]
    assert cases[0] == cases[1] == snapshot.entity(f"tw-{case().id}")
