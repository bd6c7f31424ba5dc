"""The accuracy card: what it counts, what it refuses, and that the one that ships is the shipped reader's."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from extraction.accuracy import FILE, parse, shipped_card
from extraction.version import EXTRACTOR_VERSION
from tests.app.gold_samples import article, gold, person, write_lines, write_set
from tipwatch.cli import cli
from tipwatch.evaluation.accuracy import wilson
from tipwatch.evaluation.floors import digest

GOLD = Path(__file__).resolve().parents[1] / "gold"
PEOPLE = [person("Arlo Quince", age=41), person("Bela Morrow"), person("Dina Vale", "victim")]


@pytest.mark.parametrize(
    ("right", "cases", "low", "high"),
    [(0, 10, 0.0, 0.278), (10, 10, 0.722, 1.0), (8, 10, 0.490, 0.943), (81, 263, 0.255, 0.366)],
)  # the first three by hand; the last is the published example of Newcombe 1998 (Stat. Med. 17: 857-872), table I
def test_wilson(right: int, cases: int, low: float, high: float) -> None:
    found = wilson(right, cases)
    assert found == pytest.approx((low, high), abs=0.0006)


def test_a_card_of_closed_sets_is_written_and_read_again(tmp_path: Path) -> None:
    stem = write_set(tmp_path, "hidden", [article("a")], [gold("a", *PEOPLE)])
    done = CliRunner().invoke(cli, ["evaluate", "--closed", str(stem), "--card", str(tmp_path / "card.json")])
    assert done.exit_code == 0, done.stderr
    card = parse((tmp_path / "card.json").read_text(encoding="utf-8"), "card.json")
    (one,) = card.languages
    assert (one.language, one.gold, one.articles, card.extractor_version) == ("en", "hidden", 1, EXTRACTOR_VERSION)
    recall = next(m for m in one.measures if (m.field, m.measure) == ("accused", "recall"))
    assert recall.cases == 2
    assert 0 <= recall.low <= recall.value <= recall.high <= 1
    assert parse(card.as_json(), "again") == card


def test_open_sets_make_no_card(tmp_path: Path) -> None:
    stem = write_set(tmp_path, "small", [article("a")], [gold("a", *PEOPLE)])
    said = write_lines(tmp_path / "said.jsonl", [{"id": "a", "relevant": False, "persons": [], "countries": {}}])
    files = ["--articles", f"{stem}.articles.jsonl", "--gold", f"{stem}.gold.jsonl", "--predictions", str(said)]
    done = CliRunner().invoke(cli, ["evaluate", *files, "--card", str(tmp_path / "card.json")])
    assert done.exit_code == 2
    assert "--closed" in done.stderr
    assert not (tmp_path / "card.json").exists()


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "else"}'])
def test_a_broken_card_is_named_with_its_remedy(text: str) -> None:
    with pytest.raises(ValueError, match=r"card\.json: no accuracy card.*make eval EVAL=--card"):
        parse(text, "card.json")


def test_the_shipped_card_is_of_the_shipped_reader_and_of_gold_that_is_here() -> None:
    card = shipped_card()
    assert card.extractor_version == EXTRACTOR_VERSION
    assert {"en", "es", "pt", "fr", "id"} <= {one.language for one in card.languages}
    for one in card.languages:
        files = [GOLD / f"{one.gold}.{kind}.jsonl" for kind in ("articles", "gold")]
        assert one.digest == digest(files), f"{one.gold} changed: write the card anew, `make eval EVAL=--card`"
    assert json.loads(FILE.read_text(encoding="utf-8"))["format"] == "tipwatch-accuracy/1"
