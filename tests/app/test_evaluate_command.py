"""`tipwatch evaluate` as people and CI meet it: tables, JSON, floors, codes."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from tests.app.gold_samples import article, gold, lines, person, write_lines, write_set
from tipwatch.cli import cli
from tipwatch.errors import ExitCode

ROOT = Path(__file__).resolve().parents[2]
PEOPLE = [person("Arlo Quince", age=41), person("Bela Morrow"), person("Dina Vale", "victim")]


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["evaluate", *map(str, arguments)], prog_name="tipwatch")


@pytest.fixture
def stem(tmp_path: Path) -> Path:
    """Two articles, two accused each."""
    return write_set(tmp_path, "small", [article("a"), article("b")], [gold("a", *PEOPLE), gold("b", *PEOPLE)])


@pytest.fixture
def pair(stem: Path) -> list[str]:
    """`--articles … --gold …` of the set."""
    return ["--articles", f"{stem}.articles.jsonl", "--gold", f"{stem}.gold.jsonl"]


@pytest.fixture
def said(tmp_path: Path) -> Path:
    """Predictions: one accused missed, and a victim called accused."""
    rows: list[dict[str, Any]] = [
        {"id": "a", "relevant": True, "persons": PEOPLE[:2], "countries": {"prosecution": ["IN"]}},
        {
            "id": "b",
            "relevant": True,
            "persons": [PEOPLE[0] | {"score": 0.9}, person("Dina Vale")],
            "countries": {},
        },
    ]
    return write_lines(tmp_path / "said.jsonl", rows)


def test_predictions_are_scored_without_reading(pair: list[str], said: Path) -> None:
    done = run(*pair, "--predictions", said, "--format", "json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)["sets"]["small"]
    assert (found["accused"]["tp"], found["accused"]["fp"], found["accused"]["fn"]) == (3, 1, 1)
    assert found["victims_named_as_accused"] == 1
    assert found["words_per_second"] is None
    assert found["reliability"]["n"] == 1


@pytest.mark.parametrize("by", ["country", "language", "kind", "field"])
def test_breakdowns_in_both_formats(pair: list[str], said: Path, by: str) -> None:
    shown = run(*pair, "--predictions", said, "--by", by)
    assert shown.exit_code == 0, shown.stderr
    assert f"small, by {by}" in shown.stdout
    rows = json.loads(run(*pair, "--predictions", said, "--by", by, "--format", "json").stdout)["sets"]["small"]
    first = {"country": "in", "language": "en", "kind": "newspaper", "field": "relevance"}[by]
    assert rows[f"by_{by}"][0][by] == first


def test_a_set_of_two_languages_is_split_only_when_asked(tmp_path: Path, said: Path) -> None:
    articles = [article("a"), article("b") | {"language": "es"}]
    stem = write_set(tmp_path, "mixed", articles, [gold("a", *PEOPLE), gold("b", *PEOPLE)])
    files = ["--articles", f"{stem}.articles.jsonl", "--gold", f"{stem}.gold.jsonl", "--predictions", str(said)]
    assert set(json.loads(run(*files, "--format", "json").stdout)["sets"]) == {"mixed"}
    split = json.loads(run(*files, "--format", "json", "--split-languages").stdout)["sets"]
    assert {name: (of["accused"]["tp"], of["accused"]["fn"]) for name, of in split.items()} == {
        "mixed_en": (2, 0),
        "mixed_es": (1, 1),
    }


def test_no_name_is_printed(pair: list[str], said: Path) -> None:
    done = run(*pair, "--predictions", said, "--by", "field")
    assert not any(word in done.output for word in ("Quince", "Morrow", "Vale"))


def floors(folder: Path, text: str) -> Path:
    path = folder / "floors.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_figure_below_its_floor_ends_with_1(pair: list[str], said: Path, tmp_path: Path) -> None:
    file = floors(tmp_path, '[small]\n"accused.p" = 0.9\n"accused.r" = 0.5\n"max_victims_named_as_accused" = 0\n')
    before = file.read_bytes()
    done = run(*pair, "--predictions", said, "--floors", file)
    assert done.exit_code == ExitCode.NEEDS_A_LOOK
    assert "small: accused.p is 0.75, floor 0.9" in done.stderr
    assert "small: victims_named_as_accused is 1, ceiling 0" in done.stderr
    assert "accused.r" not in done.stderr
    assert file.read_bytes() == before


def test_only_the_flag_lowers(pair: list[str], said: Path, tmp_path: Path) -> None:
    file = floors(tmp_path, '[small]\n"accused.p" = 0.9  # keep\n"accused.r" = 0.5\n')
    assert run(*pair, "--predictions", said, "--floors", file, "--raise-floors").exit_code == 1
    kept = tomllib.loads(file.read_text(encoding="utf-8"))["small"]
    assert (kept["accused.p"], kept["accused.r"]) == (0.9, 0.75)
    dry = run(*pair, "--predictions", said, "--floors", file, "--lower-floors", "--dry-run")
    assert "Would change floors.toml: small: accused.p 0.9 -> 0.75" in dry.stderr
    assert dry.exit_code == ExitCode.NEEDS_A_LOOK
    lowered = run(*pair, "--predictions", said, "--floors", file, "--lower-floors")
    assert lowered.exit_code == 0, lowered.stderr
    assert "Every floor holds." in lowered.stderr
    assert '"accused.p" = 0.75  # keep' in file.read_text(encoding="utf-8")


def test_gold_that_changed_does_not_pass_unseen(stem: Path, pair: list[str], said: Path, tmp_path: Path) -> None:
    file = floors(tmp_path, '[small]\n"accused.r" = 0.5\n')
    assert run(*pair, "--predictions", said, "--floors", file, "--raise-floors").exit_code == 0
    write_set(tmp_path, "small", [article("a"), article("b")], [gold("a", *PEOPLE[:1]), gold("b", *PEOPLE[:1])])
    done = run(*pair, "--predictions", said, "--floors", file)
    assert done.exit_code == ExitCode.NEEDS_A_LOOK
    assert "changed since the floors were pinned" in done.stderr
    assert run(*pair, "--predictions", said, "--floors", file, "--raise-floors").exit_code == 1
    assert run(*pair, "--predictions", said, "--floors", file, "--lower-floors").exit_code == 0


def test_the_report_is_written_unless_dry(pair: list[str], said: Path, tmp_path: Path) -> None:
    folder = tmp_path / "report"
    assert run(*pair, "--predictions", said, "--report", folder, "--dry-run").exit_code == 0
    assert not folder.exists()
    done = run(*pair, "--predictions", said, "--report", folder)
    assert done.exit_code == 0, done.stderr
    assert sorted(path.name for path in folder.iterdir()) == ["index.html", "small.html"]


BAD = [
    ([], "Nothing to score"),
    (["--articles", "{stem}.articles.jsonl"], "go together"),
    (["--set", "{stem}", "--predictions", "{said}"], "--predictions go with one"),
    (["--set", "{stem}", "--raise-floors"], "goes with --floors"),
    (["--set", "{stem}", "--floors", "{floors}", "--raise-floors", "--lower-floors"], "one of them"),
    (["--set", "{stem}x"], "no such file"),
    (["--set", "{stem}", "--set", "{stem}"], "Two sets or pools are called 'small'"),
    (["--set", "{stem}", "--pool", "both"], "NAME=SET,SET"),
    (["--set", "{stem}", "--floors", "{said}"], "not TOML"),
]


@pytest.mark.parametrize(("arguments", "words"), BAD, ids=[row[1] for row in BAD])
def test_bad_arguments_end_with_2(
    stem: Path, said: Path, tmp_path: Path, arguments: list[str], words: str
) -> None:
    file = floors(tmp_path, "")
    done = run(*(one.format(stem=stem, said=said, floors=file) for one in arguments))
    assert done.exit_code == ExitCode.BAD_INPUT, done.output
    assert words in done.stderr


def test_a_set_with_half_its_gold_is_refused(stem: Path, said: Path) -> None:
    truth = Path(f"{stem}.gold.jsonl")
    write_lines(truth, lines(truth)[:1])
    done = run("--set", stem)
    assert done.exit_code == ExitCode.BAD_INPUT
    assert "lacks 1 of the ids" in done.stderr


def test_reading_now_scores_pools_and_marks_proofs(stem: Path, tmp_path: Path) -> None:
    """The only test here that loads the model: sets are read, pooled, held to floors and shown with evidence."""
    other = write_set(tmp_path, "other", [article("c")], [gold("c", *PEOPLE)])
    file = floors(tmp_path, '[both]\n"accused.r" = 0.99\n')
    done = run(
        "--set", stem, "--set", other, "--pool", "both=small,other", "--pool", "half=small,absent",
        "--floors", file, "--report", tmp_path / "report", "--format", "json",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["pools"]["both"]["articles"] == 3
    assert "half" not in found["pools"]
    assert "Pool half is left out" in done.stderr
    assert found["sets"]["small"]["words_per_second"] > 0
    assert found["pools"]["both"]["reliability"]["n"] == 6
    assert "<small>stage</small>" in (tmp_path / "report" / "small.html").read_text(encoding="utf-8")


def test_a_closed_set_is_scored_and_not_shown(stem: Path, tmp_path: Path) -> None:
    other = write_set(
        tmp_path, "other", [article("c", text="Nothing of note happened.")], [gold("c", relevant=False)]
    )
    done = run("--closed", stem, "--set", other, "--report", tmp_path / "report", "--format", "json")
    assert done.exit_code == 0, done.output
    assert set(json.loads(done.stdout)["sets"]) == {"small", "other"}
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["index.html", "other.html"]
    index = (tmp_path / "report" / "index.html").read_text(encoding="utf-8")
    assert "small" in index
    assert not any(word in index for word in ("Quince", "Morrow", "Court charges three"))


def test_make_eval_scores_every_set_of_the_house() -> None:
    from benchmarks.quality import CLOSED, SETS, arguments

    words = arguments(["--by", "field"])
    for stem in (*SETS, *CLOSED):
        there = stem.with_name(f"{stem.name}.gold.jsonl").is_file()
        assert (str(stem) in words) == there
        assert there or stem.parent.parent.name == "shared"
    assert words[-2:] == ["--by", "field"]
