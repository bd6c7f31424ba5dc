"""From an article's text to the delta: who is convicted comes in, who is acquitted or taken down is a deletion.

Refuses real names: the outlet and everybody in it are invented.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from extraction.model import Stage
from storage.records.feed import FeedStage
from storage.store import Store
from tests.app.outlet import Installation, Outlet, page
from tests.app.test_commands import in_process
from tests.storage.samples import NOW
from tests.storage.test_people import RARE, tell
from tipwatch.cli import cli
from tipwatch.errors import ExitCode
from tipwatch.jobs.feed import FeedOrder, count, feed

pytest.importorskip("followthemoney")


OTHER = "Ilmari Kvetoslav Sampaio"

CONVICTED = (
    "<p>A court in Rivertown convicted Arlo Quince, 41, of human trafficking on Monday, prosecutors said.</p>"
    "<p>Quince was sentenced to nine years in prison for human trafficking. He had recruited women with false "
    "promises of work in a hotel and forced them into prostitution.</p>"
    "<p>Police said that the investigation began after a neighbour called.</p>"
)
ACQUITTED = (
    "<p>The Court of Appeal in Rivertown acquitted Arlo Quince, 41, of human trafficking on Friday.</p>"
    "<p>Quince was acquitted of all charges of human trafficking; the judges found that the women had not been "
    "forced into prostitution in the hotel in Rivertown.</p><p>Prosecutors said that they will not appeal.</p>"
)


def operations(folder: Path) -> dict[str, str]:
    """What today's delta does, by entity."""
    lines = (folder / "entities.delta.json").read_bytes().splitlines()
    return {json.loads(line)["entity"]["id"]: json.loads(line)["op"] for line in lines}


def files_with(folder: Path, name: str) -> list[str]:
    """Files of the feed that hold a name, whatever its case."""
    wanted = re.compile(re.escape(name).encode(), re.IGNORECASE)
    return sorted(path.name for path in folder.rglob("*") if path.is_file() and wanted.search(path.read_bytes()))


def written(store: Store, folder: Path, **changes: object) -> dict[str, str]:
    order = FeedOrder(directory=folder, include_unreviewed=True, min_score=0.75, **changes)  # type: ignore[arg-type]
    feed(store, [], order, lambda: NOW)
    return operations(folder)


def test_an_acquittal_is_a_deletion_and_gone_from_every_file(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    people = [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 33)]
    first, _ = tell(store, people, "2025-05-20", source="in_herald", words="Mirpur one")
    assert written(store, folder)[f"tw-p-{first}"] == "ADD"
    assert "entities.ftm.json" in files_with(folder, RARE.split()[-1])
    tell(store, [(RARE, Stage.ACQUITTED, 41)], "2025-09-01", source="in_herald", words="Mirpur two")
    told = written(store, folder)
    assert told[f"tw-p-{first}"] == "DEL"
    assert files_with(folder, RARE.split()[-1]) == []
    assert "entities.ftm.json" in files_with(folder, OTHER.rsplit(maxsplit=1)[-1])


def test_a_takedown_is_a_deletion_and_gone_from_every_file(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "feed"
    people = [(RARE, Stage.SENTENCED, 41), (OTHER, Stage.SENTENCED, 33)]
    first, _ = tell(store, people, "2025-05-20", source="in_herald", words="Mirpur one")
    written(store, folder)
    store.takedowns.take_down(f"p-{first}", "letter 17", "mira", NOW)
    told = written(store, folder)
    assert told[f"tw-p-{first}"] == "DEL"
    assert files_with(folder, RARE.split()[-1]) == []
    assert "entities.ftm.json" in files_with(folder, OTHER.rsplit(maxsplit=1)[-1])


def test_the_accused_come_when_asked_for_and_unreviewed_records_too(store: Store, tmp_path: Path) -> None:
    tell(store, [(RARE, Stage.CHARGED, 41)], "2025-01-10", source="in_herald", words="Mirpur one")
    store.resolution.resolve(NOW)
    assert written(store, tmp_path / "convicted") == {}
    assert "ADD" in written(store, tmp_path / "charged", stage=FeedStage.CHARGED).values()
    asked = FeedOrder(directory=tmp_path, stage=FeedStage.CHARGED, include_unreviewed=True, min_score=0.75)
    assert count(store, asked) == (1, 1)
    assert count(store, FeedOrder(directory=tmp_path, stage=FeedStage.CHARGED, min_score=0.75)) == (0, 0)


@pytest.mark.slow
def test_from_the_text_of_a_story_to_the_delta(tmp_path: Path) -> None:
    """Conviction read on one day, acquittal on the next: by the commands alone, in real processes."""
    desk = Installation(tmp_path)
    folder = tmp_path / "feed"
    export = (
        "export",
        "--format",
        "opensanctions",
        "--include-unreviewed",
        "--min-score",
        "0.75",
        "--output",
        "feed",
    )
    with Outlet({"/news/convicted": page("Man convicted of human trafficking in Rivertown", CONVICTED)}) as outlet:
        desk.watch(outlet, "daily")
        for command in (("crawl",), ("extract",), export):
            done = desk.run(*command)
            assert done.returncode == 0, (command, done.stderr.decode(), done.stdout.decode())
        assert b"Feed of 1 target (0 accused only)" in done.stdout
        before = operations(folder)
        (person,) = (key for key in before if key.startswith("tw-p-"))
        assert "entities.ftm.json" in files_with(folder, "Quince")
        outlet.stories["/news/acquitted"] = page("Man acquitted of human trafficking in Rivertown", ACQUITTED)
        for command in (("crawl",), ("extract",), export):
            done = desk.run(*command)
            assert done.returncode == 0, (command, done.stderr.decode(), done.stdout.decode())
    assert b"Feed of 0 targets" in done.stdout
    assert operations(folder)[person] == "DEL"
    assert files_with(folder, "Quince") == []


@pytest.fixture
def desk(tmp_path: Path) -> Installation:
    made = Installation(tmp_path)
    made.watch(None, "daily")
    return made


def test_convicted_is_the_default_stage_of_this_format_alone(desk: Installation) -> None:
    done = in_process(desk, "export", "--format", "opensanctions", "--output", "feed")
    assert done.exit_code == 0, done.output
    assert "Feed of 0 targets (0 accused only), 0 entities" in done.stdout
    index = json.loads((desk.folder / "feed" / "index.json").read_text(encoding="utf-8"))
    assert index["gate"] == {"stage": "convicted", "include_unreviewed": False, "min_score": 0.75}
    assert in_process(desk, "export", "--output", "x").exit_code == ExitCode.BAD_INPUT


def test_a_dry_run_writes_nothing(desk: Installation) -> None:
    done = in_process(desk, "export", "--format", "opensanctions", "--output", "feed", "--dry-run")
    assert "0 persons" in done.stdout
    assert not (desk.folder / "feed").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "opensanctions", "--since", "2026-01-01"], "--since"),
        (["--stage", "charged", "--include-unreviewed"], "goes with --format opensanctions only"),
        (["--stage", "charged", "--base-url", "https://x.example"], "--base-url"),
        (["--format", "opensanctions", "--base-url", "/srv/feed"], "begins with https://"),
        (["--format", "opensanctions", "--min-persons", "-1"], "--min-persons"),
    ],
)
def test_options_that_do_not_go_together(desk: Installation, arguments: list[str], words: str) -> None:
    done = in_process(desk, "export", "--output", "x", *arguments)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert words in done.stderr


def test_fewer_than_asserted_is_refused_with_code_4(desk: Installation) -> None:
    done = in_process(desk, "export", "--format", "opensanctions", "--output", "feed", "--min-persons", "1")
    assert done.exit_code == ExitCode.REFUSED
    assert "fewer than the 1 asserted" in done.stderr
    assert not (desk.folder / "feed").exists()


def test_a_doubt_of_the_reader_is_not_published_unseen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIPWATCH_DATA_DIR", str(tmp_path / "data"))
    asked = ["export", "--format", "opensanctions", "--output", str(tmp_path / "feed"), "--include-unreviewed"]
    done = CliRunner().invoke(cli, [*asked, "--min-score", "0.5"])
    assert done.exit_code == ExitCode.REFUSED
    assert "doubt of the reader" in done.output
    assert CliRunner().invoke(cli, [*asked, "--min-score", "0.75", "--dry-run"]).exit_code == 0
