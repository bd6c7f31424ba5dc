"""Exports: who is in which list, with what beside it, whole or not at all."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from extraction.accuracy import shipped_card
from extraction.model import Stage
from extraction.model.facts import Element
from extraction.model.palermo import ElementKind
from storage import export_files
from storage.errors import DiskFull, ExportRefused, ExportUnwritable
from storage.records import ExportFormat, ExportStage
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, evidence, page, report, source

ROOT = Path(__file__).resolve().parents[2]
LISTED = {
    Stage.WANTED: (),
    Stage.ARRESTED: (),
    Stage.CHARGED: ("charged",),
    Stage.ON_TRIAL: ("charged",),
    Stage.PLEADED_GUILTY: ("charged", "convicted"),
    Stage.CONVICTED: ("charged", "convicted"),
    Stage.SENTENCED: ("charged", "convicted"),
    Stage.ACQUITTED: ("cleared",),
    Stage.DISMISSED: ("cleared",),
    Stage.OVERTURNED: ("cleared",),
}


def fill(store: Store, numbers: range, stage: Stage = Stage.SENTENCED) -> None:
    """Stories of one accused each."""
    store.coverage.sync_sources([source()], NOW)
    store.articles.save_many([(article(n), None) for n in numbers], V1, NOW)
    store.articles.save_reports(
        [report(n, accused=(accused(article(n), f"Ravi Testman{n}", stage),)) for n in numbers], NOW
    )


def write(store: Store, folder: Path, **choices: object) -> object:
    """A CSV export of everyone charged."""
    given: dict[str, object] = {"stage": ExportStage.CHARGED, "format": ExportFormat.CSV, **choices}
    return store.exports.write(
        folder, coverage=store.coverage.by_country(countries=["de"]), now=NOW, **given  # type: ignore[arg-type]
    )  # fmt: skip


def table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def whole(folder: Path) -> bool:
    """Every file that the manifest names is there with its digest, and nothing else."""
    manifest = json.loads((folder / "manifest.json").read_text())
    digests = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in manifest["files"]}
    names = {path.name for path in folder.iterdir()}
    return names == {*digests, "manifest.json"} and all(
        manifest["files"][name]["sha256"] == digest for name, digest in digests.items()
    )


@pytest.mark.parametrize("stage", list(Stage))
def test_each_stage_is_in_its_lists(sqlite_store: Store, tmp_path: Path, stage: Stage) -> None:
    fill(sqlite_store, range(1), stage)
    for wanted in ExportStage:
        folder = tmp_path / wanted.value
        write(sqlite_store, folder, stage=wanted)
        assert len(table(folder / f"{wanted.value}.csv")) == (wanted.value in LISTED[stage])
        assert len(table(folder / "cleared.csv")) == ("cleared" in LISTED[stage])
        for row in table(folder / f"{wanted.value}.csv"):
            assert row["perpetrator"] == ("yes" if stage.is_perpetrator else "no")


def test_a_row_says_all_that_was_read(store: Store, tmp_path: Path) -> None:
    store.coverage.sync_sources([source()], NOW)
    store.articles.save(article(), store.pages.keep(page(), None, None, NOW).page_id, V1, NOW)
    url = "https://mirror.example/0"
    copy = page(1, "np_mirror", url=url, final_url=url, canonical_url=url)
    mirrored = article(0, "np_mirror", url=url, canonical_url=url)
    store.articles.save(mirrored, store.pages.keep(copy, None, None, NOW).page_id, V1, NOW)
    proof = evidence(article(), "trafficking Maya Sampleson")
    said = [
        (ElementKind.MEANS, "force"), (ElementKind.ACT, "transfer"), (ElementKind.INDICATOR, "debt_bondage"),
        (ElementKind.MEANS, "coercion"), (ElementKind.MEANS, "force"),
    ]  # fmt: skip
    elements = tuple(Element(kind=kind, value=value, evidence=proof) for kind, value in said)
    store.articles.save_report(report(elements=elements), NOW)
    write(store, tmp_path / "out")
    [row] = table(tmp_path / "out" / "charged.csv")
    start, end = int(row["quote_start"]), int(row["quote_end"])
    assert article().text[start:end].replace("Olga Benchly", "[official]") in row["quote"].replace(
        "[victim]", "Maya Sampleson"
    ).replace("[witness]", "Peter Lookson")
    assert {key: row[key] for key in row if not key.startswith("quote") and key != "record_id"} == {
        "name": "Ravi Testman0",
        "aliases": "",
        "age": "41",
        "nationality": "in",
        "stage": "sentenced",
        "stage_date": "",
        "perpetrator": "yes",
        "offences": "trafficking_unspecified",
        "charges": "trafficking",
        "offences_iccs": "0204",
        "offences_purposes": "",
        "statutes": "Section 370, Indian Penal Code",
        "penalty": "ten years in prison",
        "penalty_parts": "months=120",
        "country_prosecution": "in",
        "country_offence": "",
        "country_accused_origin": "",
        "country_victim_origin": "",
        "country_transit": "",
        "country_destination": "",
        "country_reporting": "in",
        "source": "in_herald",
        "source_title": "The Herald",
        "source_country": "in",
        "publisher": "Herald Press",
        "official_source": "no",
        "url": "https://herald.example/news/0",
        "other_urls": url,
        "article_date": "2026-02-01",
        "title": "Ravi Testman0 sentenced, [victim] freed",
        "rule": "stage.sentenced@1",
        "score": "0.9",
        "article_id": article().id,
        "extractor_version": V1,
        "first_seen": "2026-03-01T12:00:00Z",
        "person_id": "",
        "case_ids": "",
        "reviewed": "",
        "person_stage": "",
        "corrected_fields": "",
        "palermo_acts": "transfer",
        "palermo_means": "coercion; force",
        "palermo_purposes": "",
        "ilo_indicators": "debt_bondage",
    }


def test_coverage_and_readme_are_always_there(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "charged.csv", "cleared.csv", "coverage.csv", "accuracy.json", "README.md", "manifest.json"
    }  # fmt: skip
    [germany] = table(tmp_path / "out" / "coverage.csv")
    assert (germany["country"], germany["country_name"]) == ("de", "Germany")
    assert (germany["named_accused"], germany["why_none_named"]) == ("0", "no_source")
    text = (tmp_path / "out" / "README.md").read_text()
    for sentence in ("not crime", "presumed innocent", "cleared.csv", "no_source (1)", "SHA-256", "| en | 40 |"):
        assert sentence in " ".join(text.split())
    assert (tmp_path / "out" / "accuracy.json").read_text(encoding="utf-8") == shipped_card().as_json()
    assert whole(tmp_path / "out")


@pytest.mark.parametrize("change", ["{", "[]", "{}", '{"rows": "x"}', '{"files": null}', '{"since": 3}'])
def test_a_manifest_that_somebody_changed_is_a_refusal(store: Store, tmp_path: Path, change: str) -> None:
    """The folder is no longer known for ours, so nothing in it is touched."""
    write(store, tmp_path / "out")
    path = tmp_path / "out" / "manifest.json"
    ours = json.loads(path.read_text())
    path.write_text(json.dumps(ours | json.loads(change)) if change.startswith('{"') else change)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(ExportUnwritable, match="not an export's"):
        write(store, tmp_path / "out")
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_the_same_database_gives_the_same_bytes(store: Store, tmp_path: Path) -> None:
    fill(store, range(40))
    for format in ExportFormat:
        one, other = tmp_path / f"one-{format.value}", tmp_path / f"other-{format.value}"
        write(store, one, format=format)
        write(store, other, format=format)
        assert all(path.read_bytes() == (other / path.name).read_bytes() for path in one.iterdir())


@pytest.mark.postgres
def test_both_databases_give_the_same_bytes(sqlite_store: Store, postgres_url: str, tmp_path: Path) -> None:
    with Store.open(postgres_url, tmp_path / "archive2") as postgres_store:
        for store, name in ((sqlite_store, "one"), (postgres_store, "two")):
            fill(store, range(40))
            write(store, tmp_path / name)
    assert all(
        path.read_bytes() == (tmp_path / "two" / path.name).read_bytes() for path in (tmp_path / "one").iterdir()
    )


def test_json_lines_are_exact(store: Store, tmp_path: Path) -> None:
    title = '=HYPERLINK("http://x")\t\u2028 "quoted" – नमस्ते \U0001f600'
    store.articles.save(article(title=title), None, V1, NOW)
    store.articles.save_report(report(others=()), NOW)
    write(store, tmp_path / "out", format=ExportFormat.JSONL)
    data = (tmp_path / "out" / "charged.jsonl").read_bytes()
    [row] = [json.loads(line) for line in data.decode().split("\n") if line != ""]
    assert row["title"] == title
    assert (row["name"], row["stage"], row["perpetrator"]) == ("Ravi Testman0", "sentenced", True)
    assert row["offences"] == ["trafficking_unspecified"]
    write(store, tmp_path / "csv")
    [cells] = table(tmp_path / "csv" / "charged.csv")
    assert cells["title"].startswith("'=HYPERLINK")


def test_a_shrunken_export_is_refused_and_the_old_one_stays(store: Store, tmp_path: Path) -> None:
    fill(store, range(10))
    out = tmp_path / "out"
    write(store, out)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    fill(store, range(4), Stage.ARRESTED)
    with pytest.raises(ExportRefused, match="6 rows, the last one has 10") as caught:
        write(store, out)
    assert (caught.value.rows, caught.value.previous_rows) == (6, 10)
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith(".")) == []
    forced = write(store, out, force=True)
    assert forced.rows == 6
    assert "forced" in forced.warning
    assert write(store, out).previous_rows == 6


def test_eighty_percent_is_enough_and_double_is_warned_of(store: Store, tmp_path: Path) -> None:
    fill(store, range(10))
    write(store, tmp_path / "out")
    fill(store, range(2), Stage.ARRESTED)
    assert write(store, tmp_path / "out").rows == 8
    fill(store, range(10, 18))
    assert "look for stories read twice" in write(store, tmp_path / "out").warning


def test_exactly_thirty_percent_less_is_refused(store: Store, tmp_path: Path) -> None:
    fill(store, range(10))
    write(store, tmp_path / "out")
    fill(store, range(3), Stage.ARRESTED)
    with pytest.raises(ExportRefused, match="7 rows, the last one has 10"):
        write(store, tmp_path / "out")


def test_a_removed_folder_does_not_hide_the_shrinking(store: Store, tmp_path: Path) -> None:
    fill(store, range(10))
    write(store, tmp_path / "out")
    for path in (tmp_path / "out").iterdir():
        path.unlink()
    (tmp_path / "out").rmdir()
    fill(store, range(9), Stage.ARRESTED)
    with pytest.raises(ExportRefused):
        write(store, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_other_files_are_never_touched(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.doc").write_text("ten years of work")
    with pytest.raises(ExportUnwritable, match=r"thesis\.doc"):
        write(store, out)
    assert (out / "thesis.doc").read_text() == "ten years of work"
    (out / "thesis.doc").unlink()
    write(store, out)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(ExportUnwritable, match=r"notes\.txt"):
        write(store, out)


def test_notes_in_a_list_are_not_written_over(sqlite_store: Store, tmp_path: Path) -> None:
    fill(sqlite_store, range(5))
    write(sqlite_store, tmp_path / "out")
    listed = tmp_path / "out" / "charged.csv"
    mine = listed.read_bytes().replace(b"Ravi Testman1", b"Ravi Testman1 (checked)")
    listed.write_bytes(mine)
    with pytest.raises(ExportRefused, match=r"charged\.csv.*\n?") as refused:
        write(sqlite_store, tmp_path / "out")
    assert "elsewhere" in refused.value.remedy
    assert listed.read_bytes() == mine
    write(sqlite_store, tmp_path / "out", force=True)
    assert listed.read_bytes() != mine


def test_a_link_to_a_folder_stays_a_link(sqlite_store: Store, tmp_path: Path) -> None:
    write(sqlite_store, tmp_path / "real")
    (tmp_path / "latest").symlink_to(tmp_path / "real")
    write(sqlite_store, tmp_path / "latest")
    assert (tmp_path / "latest").is_symlink()
    assert whole(tmp_path / "real")
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_another_list_wants_another_folder(store: Store, tmp_path: Path) -> None:
    write(store, tmp_path / "out")
    with pytest.raises(ExportUnwritable, match="stage charged as csv"):
        write(store, tmp_path / "out", stage=ExportStage.CONVICTED)
    assert (tmp_path / "out" / "charged.csv").exists()


def test_a_place_that_cannot_be_written(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportUnwritable, match="cannot be written"):
        write(store, tmp_path / "file" / "out")
    with pytest.raises(ExportUnwritable, match="a file, not a folder"):
        write(store, tmp_path / "file")


def test_a_full_disk_leaves_the_old_export(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(sqlite_store, range(5))
    out = tmp_path / "out"
    write(sqlite_store, out)
    before = (out / "charged.csv").read_bytes()
    fill(sqlite_store, range(5, 6))

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    with monkeypatch.context() as patched:
        patched.setattr(export_files, "sync_file", full)
        with pytest.raises(DiskFull, match="last export is untouched"):
            write(sqlite_store, out)
    assert (out / "charged.csv").read_bytes() == before
    assert whole(out)
    assert write(sqlite_store, out).rows == 6


KILLED = """
import sys
from pathlib import Path
from storage.store import Store
from tests.storage.test_exports import write
with Store.open(sys.argv[1], Path(sys.argv[2])) as store:
    print("ready", flush=True)
    while True:
        write(store, Path(sys.argv[3]))
"""


@pytest.mark.slow
def test_a_killed_export_leaves_the_old_one_or_the_new_one(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    fill(sqlite_store, range(30))
    out = tmp_path / "out"
    write(sqlite_store, out)
    pick = random.Random(7)
    for _ in range(8):
        command = [sys.executable, "-c", KILLED, sqlite_url, str(tmp_path / "archive"), str(out)]
        exporter = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert exporter.stdout is not None
        exporter.stdout.readline()
        until = time.monotonic() + pick.uniform(0.05, 0.4)
        while time.monotonic() < until:
            assert (out / "manifest.json").exists()  # there is never a moment without an export
        exporter.send_signal(signal.SIGKILL)
        exporter.communicate(timeout=30)
        assert whole(out)
    assert write(sqlite_store, out).rows == 30
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".out")] == []


def test_without_an_exchange_of_names_it_works_too(
    sqlite_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """macOS, and file systems that cannot exchange: the old folder steps aside, and comes back after a kill."""
    monkeypatch.setattr("storage.swap._exchanged", lambda one, other: False)
    fill(sqlite_store, range(5))
    out = tmp_path / "out"
    write(sqlite_store, out)
    write(sqlite_store, out)
    assert whole(out)
    out.rename(tmp_path / ".out.old")  # killed between the two renames
    fill(sqlite_store, range(3), Stage.ARRESTED)
    with pytest.raises(ExportRefused):
        write(sqlite_store, out)
    assert whole(out)


def fill_scored(store: Store, scores: dict[str, float], stage: Stage = Stage.SENTENCED) -> None:
    """A story each: the name, and how sure the reader is."""
    store.coverage.sync_sources([source()], NOW)
    store.articles.save_many([(article(n), None) for n in range(len(scores))], V1, NOW)
    found = [
        report(n, accused=(accused(article(n), f"Ravi Testman{n}", stage, score=score),))
        for n, score in enumerate(scores.values())
    ]
    store.articles.save_reports(found, NOW)


SCORES = {"sure": 1.0, "at the bound": 0.7, "rounded up to it": 0.69996, "below": 0.69994, "hardly": 0.0}


@pytest.mark.parametrize(("least", "listed"), [(0.0, 5), (0.7, 3), (0.70001, 3), (0.7001, 1), (1.0, 1)])
def test_below_the_least_score_a_person_waits(store: Store, tmp_path: Path, least: float, listed: int) -> None:
    fill_scored(store, SCORES)
    coverage = store.coverage.by_country(min_score=least)
    result = store.exports.write(
        tmp_path / "out", ExportStage.CHARGED, ExportFormat.CSV, coverage, NOW, min_score=least
    )
    assert (result.rows, result.waiting_rows) == (listed, 5 - listed)
    assert len(table(tmp_path / "out" / "charged.csv")) == listed
    assert len(list(store.exports.rows(ExportStage.CHARGED.stages, min_score=least))) == listed
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert (manifest["min_score"], manifest["waiting_rows"]) == (least, 5 - listed)
    words = " ".join((tmp_path / "out" / "README.md").read_text(encoding="utf-8").split())
    assert f"score below {least:g} are not listed: {5 - listed} rows of this stage wait" in words
    (india,) = [row for row in table(tmp_path / "out" / "coverage.csv") if row["country"] == "in"]
    assert (india["named_accused"], india["waiting_review"]) == ("5", str(5 - listed))


def test_who_waits_is_nowhere_in_the_folder(sqlite_store: Store, tmp_path: Path) -> None:
    fill_scored(sqlite_store, {"sure": 0.9, "hardly": 0.2})
    write(sqlite_store, tmp_path / "out", min_score=0.5)
    everything = "".join(path.read_text(encoding="utf-8-sig") for path in (tmp_path / "out").iterdir())
    assert "Testman0" in everything
    assert "Testman1" not in everything


def test_the_cleared_are_listed_whatever_their_score(sqlite_store: Store, tmp_path: Path) -> None:
    """That list takes people off lists: a doubt must not keep somebody on one."""
    fill_scored(sqlite_store, SCORES, Stage.ACQUITTED)
    write(sqlite_store, tmp_path / "out", min_score=1.0)
    assert len(table(tmp_path / "out" / "cleared.csv")) == 5


def test_a_higher_least_score_is_no_shrunken_run(sqlite_store: Store, tmp_path: Path) -> None:
    fill_scored(sqlite_store, SCORES)
    write(sqlite_store, tmp_path / "out", min_score=0.0)
    write(sqlite_store, tmp_path / "out", min_score=0.9)
    assert len(table(tmp_path / "out" / "charged.csv")) == 1


def test_coverage_counts_who_waits_by_source_too(store: Store) -> None:
    fill_scored(store, SCORES)
    (one,) = store.coverage.by_source(min_score=0.7)
    assert (one.counts.named_accused, one.counts.waiting_review) == (5, 2)
    (one,) = store.coverage.by_source()
    assert one.counts.waiting_review == 0
