"""Doubt is a value: who is neither surely accused nor surely not waits for review, and what spares a person.

Refuses a name on both sides: accused and doubtful never share a person.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.components.case import Case
from extraction.components.lexis import compile_lexicon
from extraction.components.opinion import is_spared
from extraction.components.topic import TopicReader
from extraction.model import Article
from extraction.model.terms import SURE
from extraction.pipeline import build
from extraction.predictions import prediction
from extraction.reader import Reader, ReadFailure
from storage import schema
from storage.database import Database
from storage.facts import FactRows
from storage.mentions import Readings
from tipwatch.evaluation.outcomes import compare
from tipwatch.evaluation.records import article_record
from tipwatch.evaluation.reliability import claims

NOW = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
GOLD = Path(__file__).resolve().parents[2] / "benchmarks" / "gold"
SPARED = (
    ("Owner Tom Reed, who rented out the flat, has not been charged with trafficking.", True),
    ("Police said that Tom Reed is not a suspect.", True),
    ("Prosecutors declined to charge landlord Tom Reed.", True),
    ("Tom Reed was questioned and let go.", True),
    ("If Tom Reed is charged, he will resign, his party said.", True),
    ("Tom Reed has not been charged with rape but with trafficking in persons.", False),
    ("Tom Reed was charged with trafficking in persons.", False),
    ("Tom Reed was charged with trafficking.\n\nTom Reed has not been charged in the older case.", False),
)
PLAIN = "Six kilos of cocaine were found. Two men of a trafficking organization were charged."
FOOT = " Anyone who suspects human trafficking may call the hotline at 1-888-373-7888."


@pytest.fixture(scope="module")
def stories() -> list[Article]:
    rows = (GOLD / "open2_en.articles.jsonl").read_text(encoding="utf-8").splitlines()
    keys = ("id", "url", "title", "text", "language", "country")
    return [Article(**{k: row[k] for k in keys}) for row in map(json.loads, rows)]


def test_the_accused_are_sure_and_the_doubtful_are_not(stories: list[Article], sqlite_url: str) -> None:
    database = Database(sqlite_url)
    schema.ensure(database)
    doubtful = 0
    for report in Reader(load_reading_lexicons(), {}).read_many(stories):
        assert not isinstance(report, ReadFailure)
        assert all(one.score >= SURE for one in report.accused)
        assert all(0.5 <= one.score < SURE for one in report.doubtful)
        assert not {one.name for one in report.accused} & {one.name for one in report.doubtful}
        named = {one.name for one in report.named}
        assert not named & {one.name for one in report.others}
        doubtful += len(report.doubtful)
        if report.doubtful:
            said = prediction(report)
            assert [p["name"] for p in said["doubtful"]] == [one.name for one in report.doubtful]
            facts = FactRows()
            with database.read() as session:
                facts.add(report, None, Readings(session, [report], {report.article_id: NOW}), NOW)
            assert len(facts.accused) + facts.report[0]["minors_withheld"] >= len(report.named) - (
                facts.report[0]["victims_withheld"] + facts.report[0]["unproven_withheld"]
            )
    database.close()
    assert doubtful > 0


@pytest.mark.parametrize(("text", "spared"), SPARED)
def test_who_is_spared(text: str, spared: bool) -> None:
    case: Case = build(load_reading_lexicons()["en"])(text)._.tip_case
    (known,) = case.people
    assert is_spared(case.decisions[known.index]) is spared


def test_a_hotline_is_no_word_of_the_topic() -> None:
    reader = TopicReader(compile_lexicon(load_reading_lexicons()["en"]))
    assert reader.without_boilerplate(PLAIN + FOOT).rstrip(". ") == PLAIN.rstrip(". ")
    assert reader.without_boilerplate(f"{FOOT.strip()}\n{PLAIN}").strip() == PLAIN
    assert reader.without_boilerplate(PLAIN) == PLAIN
    assert reader.without_boilerplate("") == ""


def test_scores_of_those_who_wait_are_counted() -> None:
    gold = {
        "id": "a",
        "relevant": True,
        "persons": [{"name": n, "role": "accused"} for n in ("Arlo Quince", "Dina Vale")],
    }
    said = {
        "id": "a",
        "relevant": True,
        "persons": [{"name": "Arlo Quince", "score": 0.9}],
        "doubtful": [{"name": "Dina Vale", "score": 0.6}, {"name": "Ned Farrow", "score": 0.55}],
    }
    outcome = compare(article_record(gold), article_record(said))
    assert [one.name for one in outcome.missed] == ["Dina Vale"]
    found, without = claims([outcome])
    assert sorted((one.score, one.right) for one in found) == [(0.55, False), (0.6, True), (0.9, True)]
    assert without == 0
