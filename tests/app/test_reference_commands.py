"""`tipwatch reference` as an analyst uses it: import, look, import again, take back; and bad files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tipwatch.cli import cli

HEADER = "country,year,indicator,value,value_text,source"
SHIPPED = "np,2021,prosecuted"  # UNODC: 291
OWN = (HEADER, f"{SHIPPED},300,,A ministry", "np,2024,newspapers,120,,A register", "np,2023,raids,,<5,A ministry")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("TIPWATCH_SETTINGS", "TIPWATCH_SOURCES_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TIPWATCH_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TIPWATCH_DATABASE_URL", f"sqlite:///{tmp_path / 'data' / 'tipwatch.db'}")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(desk: Path, *lines: str, name: str = "own.csv") -> str:
    (desk / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return name


def call(*arguments: str, code: int = 0) -> Result:
    done = CliRunner().invoke(cli, ["reference", *arguments])
    assert done.exit_code == code, done.output
    return done


def listed(*arguments: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(call("list", *arguments, "--format", "json").stdout)
    return found


def test_a_dry_import_leaves_no_trace(desk: Path) -> None:
    told = call("import", write(desk, *OWN), "--dry-run").stdout
    assert "3 figures would be added, 0 changed, 0 would stay unchanged; nothing was stored" in told
    assert "np 2021 prosecuted: yours 300, shipped 291" in told
    assert not (desk / "data").exists()
    assert len(listed("--country", "np")) > 50
    assert not (desk / "data").exists()


def test_import_look_correct_and_take_back(desk: Path) -> None:
    told = call("import", write(desk, *OWN)).stdout
    assert "own.csv: 3 figures added, 0 changed, 0 unchanged." in told
    assert "raids is a name of your own (1 figure)" in told
    assert "0 figures added, 0 changed, 3 unchanged." in call("import", "own.csv").stdout

    used = {
        (one["year"], one["value"], one["file"]) for one in listed("--country", "np", "--indicator", "prosecuted")
    }
    assert (2021, 300, "own.csv") in used
    assert (2021, 291, None) not in used
    both = [
        one
        for one in listed("--country", "np", "--all")
        if (one["year"], one["indicator"]) == (2021, "prosecuted")
    ]
    assert {(one["value"], one["used"]) for one in both} == {(300, True), (291, False)}

    write(desk, HEADER, f"{SHIPPED},310,,A ministry")
    dry = call("import", "own.csv", "--dry-run").stdout
    assert "0 figures would be added, 1 changed" in dry
    told = call("import", "own.csv").stdout
    assert "np 2021 prosecuted: 300 -> 310" in told
    assert "2 figures of earlier imports of own.csv not in it now: kept." in told

    assert "3 figures of own.csv would go; nothing was deleted" in call("forget", "own.csv", "--dry-run").stdout
    assert "3 figures of own.csv taken back." in call("forget", "elsewhere/own.csv").stdout
    assert {one["file"] for one in listed()} == {None}
    gone = call("forget", "own.csv", code=2)
    assert "Nothing has been imported" in gone.stderr


def test_a_bad_file_is_named_line_by_line_and_leaves_nothing(desk: Path) -> None:
    bad = write(desk, *OWN, "npl,2020,convicted,1,,s", "np,2020,convicted,-1,,s", f"{SHIPPED},1,,s")
    done = call("import", bad, code=2)
    assert done.stdout == ""
    assert "own.csv: 3 faults; nothing was imported." in done.stderr
    for words in (
        'own.csv:5: country: "npl" is no country code\n  did you mean np (Nepal)?',
        'own.csv:6: value: "-1" is negative',
        "own.csv:7: np 2021 prosecuted stands there twice: lines 2 and 7",
    ):
        assert words in done.stderr
    assert not (desk / "data").exists()
    call("import", write(desk, *OWN, name="good.csv"))
    call("import", bad, code=2)
    assert {one["file"] for one in listed()} == {None, "good.csv"}


def test_the_table_of_everything_is_a_line_an_indicator(desk: Path) -> None:
    call("import", write(desk, *OWN))
    lines = {line.split()[0]: line.split()[1:6] for line in call("list").stdout.splitlines() if line.strip()}
    assert lines["population"] == ["217", "0", "217", "2024", "2024"]
    assert lines["newspapers"] == ["1", "1", "1", "2024", "2024"]
    assert lines["raids"][:2] == ["1", "1"]
    assert len(call("list").stdout.splitlines()) < 20


def test_the_table_of_a_country_says_what_a_text_means(desk: Path) -> None:
    told = call("list", "--country", "ad").stdout
    assert "it is not zero" in told
    assert "it may be 0" in told
    assert "0 figures. What is not listed is not known" in call("list", "--indicator", "newspapers").stdout


def test_the_csv_list_has_the_columns_of_an_import(desk: Path) -> None:
    text = call("list", "--country", "NP", "--indicator", "convicted", "--format", "csv").stdout
    rows = list(csv.DictReader(text.splitlines()))
    assert ",".join(rows[0]) == f"{HEADER},file"
    write(
        desk,
        HEADER,
        *(",".join((r["country"], r["year"], "convicted", r["value"], "", "A register")) for r in rows),
    )
    assert f"{len(rows)} figures added" in call("import", "own.csv").stdout
    assert call("list", "--indicator", "newspapers", "--format", "csv").stdout.strip() == f"{HEADER},file"
    assert listed("--indicator", "newspapers") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list", "--country", "npl"), "did you mean np"),
        (("list", "--indicator", "convcted"), "Did you mean 'convicted'?"),
        (("import", "absent.csv"), "cannot be read"),
        (("forget", "absent.csv"), "Nothing has been imported"),
    ],
)
def test_a_slip_is_met_with_the_likely_word(desk: Path, arguments: tuple[str, ...], words: str) -> None:
    assert words in call(*arguments, code=2).stderr


def test_a_long_change_is_cut(desk: Path) -> None:
    def lines(n: int) -> list[str]:
        return [f"np,{year},newspapers,{n},,A register" for year in range(1995, 2025)]

    call("import", write(desk, HEADER, *lines(1)))
    told = call("import", write(desk, HEADER, *lines(2))).stdout
    assert "np 1995 newspapers: 1 -> 2" in told
    assert "and 10 more" in told
    assert "np 2024" not in told
