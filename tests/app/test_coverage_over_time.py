"""Coverage as the command line gives it: JSON by its schema, months, events, alarms, estimates, and the report."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from benchmarks.history import DATABASE, SOURCES, write_history
from benchmarks.planted import Planted
from storage.records import CountryCoverage, SourceCoverage
from tests.app.outlet import ROOT
from tipwatch.cli import cli
from tipwatch.coverage_record import documents, schema
from tipwatch.errors import ExitCode

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Planted]:
    """Two small years."""
    folder = tmp_path_factory.mktemp("history")
    return folder, write_history(folder, seed=3, scale=0.01)


@pytest.fixture
def run(history: tuple[Path, Planted], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    folder, _ = history
    monkeypatch.chdir(tmp_path)
    env = {
        "TIPWATCH_DATABASE_URL": f"sqlite:///{folder / DATABASE}",
        "TIPWATCH_SOURCES_DIR": str(folder / SOURCES),
        "TIPWATCH_DATA_DIR": str(folder),
    }

    def call(*arguments: str, **more: str) -> Result:
        return CliRunner(env={**env, **more}).invoke(cli, list(arguments), prog_name="tipwatch")

    return call


@pytest.mark.parametrize(("by", "of"), [("country", CountryCoverage), ("source", SourceCoverage)])
def test_json_keeps_to_its_schema(run: Run, by: str, of: type[CountryCoverage | SourceCoverage]) -> None:
    done = run("coverage", "--by", by, "--format", "json")
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert len(found) > 10
    jsonschema.Draft202012Validator(schema(of)).validate(found)
    broken = [{**found[0], "hhi": 2}]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(schema(of)).validate(broken)


def test_the_documented_schemas_are_the_commands_own() -> None:
    for name, text in documents().items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, f"write {name} anew from documents()"


def test_every_zero_of_every_country_has_its_reason(run: Run) -> None:
    for one in json.loads(run("coverage", "--format", "json").stdout):
        if one["counts"]["named_accused"] == 0:
            assert one["zeros"]["named_accused"], one["country"]


@pytest.mark.parametrize("by", ["month", "event", "alarm", "estimate", "profile"])
def test_lines_are_the_same_in_every_format(run: Run, by: str) -> None:
    as_json = json.loads(run("coverage", "--by", by, "--format", "json").stdout)
    as_csv = list(csv.DictReader(io.StringIO(run("coverage", "--by", by, "--format", "csv").stdout)))
    table = run("coverage", "--by", by)
    assert table.exit_code == 0
    assert len(as_json) == len(as_csv) > 0
    assert list(as_json[0]) == list(as_csv[0])
    assert f"{len(as_json)} {by}" in table.stdout


def test_months_name_their_breaks_and_hold_the_panel_beside_the_full_series(
    run: Run, history: tuple[Path, Planted]
) -> None:
    _, planted = history
    assert planted.added.country is not None
    found = json.loads(
        run("coverage", "--by", "month", "--country", planted.added.country, "--format", "json").stdout
    )
    assert {one["country"] for one in found} == {planted.added.country}
    assert len(found) == 24
    [broken] = [one for one in found if planted.added.source_id in (one["breaks"] or "")]
    assert broken["month"] == planted.added.day.strftime("%Y-%m")
    assert all(one["panel_on_topic"] <= one["on_topic"] for one in found)
    assert found[-1]["panel_on_topic"] < found[-1]["on_topic"]


def test_estimates_say_what_they_assume(run: Run) -> None:
    for one in json.loads(run("coverage", "--by", "estimate", "--format", "json").stdout):
        assert "independent" in one["says"]
        if one["estimate"] is not None:
            assert one["cases"] <= one["low"] <= one["estimate"] <= one["high"]


def test_a_span_that_ends_before_it_begins_is_refused(run: Run) -> None:
    for command in (["coverage", "--by", "month"], ["report", "--output", "x.html"]):
        done = run(*command, "--since", "2025-02-01", "--until", "2025-01-01")
        assert done.exit_code == ExitCode.BAD_INPUT
        assert "ends before --since begins" in done.stderr


def test_a_span_outside_the_data_is_empty_and_no_error(run: Run, tmp_path: Path) -> None:
    done = run("report", "--output", "x.html", "--until", "2001-01-01")
    assert done.exit_code == 0, done.output
    assert "0 with at least one person charged" in done.stdout
    assert "<html" in (tmp_path / "x.html").read_text(encoding="utf-8")


def test_the_report_is_written_whole_or_not_at_all(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("report", "--output", "x.html", "--dry-run").exit_code == 0
    assert not (tmp_path / "x.html").exists()
    (tmp_path / "x.html").write_text("the old page")
    monkeypatch.setattr("pathlib.Path.replace", _full)
    done = run("report", "--output", "x.html")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "x.html cannot be written" in done.stderr
    assert [one.name for one in tmp_path.iterdir()] == ["x.html"]
    assert (tmp_path / "x.html").read_text() == "the old page"


def test_a_folder_that_is_not_there_is_named_with_the_remedy(run: Run) -> None:
    done = run("report", "--output", "nowhere/x.html")
    assert done.exit_code == ExitCode.ENVIRONMENT
    assert "nowhere/x.html cannot be written" in done.stderr
    assert "--output" in done.stderr


def _full(*_: object) -> None:
    raise OSError(28, "No space left on device")
