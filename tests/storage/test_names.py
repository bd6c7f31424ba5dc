"""Nobody but adult accused is stored: the whole database is searched for the names of all others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from extraction.model import Accused, CaseReport, Person, Role, Stage
from storage.database import Database
from storage.masking import masker
from storage.records import ExportFormat, ExportStage
from storage.store import Store
from tests.storage.samples import NOW, V1, accused, article, dump, page, report

OTHERS = ("Maya Sampleson", "Olga Benchly", "Peter Lookson")
# The text itself holds the names: it is the source's, and facts are read from it again.
TEXTS = frozenset({"text", "title"})


def stored(store: Store, url: str, one: CaseReport) -> str:
    """Everything in the database after the report, but the article's own text and title."""
    store.articles.save(article(), store.pages.keep(page(), None, None, NOW).page_id, V1, NOW)
    store.articles.save_report(one, NOW)
    tables = dump(url, TEXTS - {"title"})
    tables["article_copy"] = dump(url, TEXTS)["article_copy"]
    return repr(tables)


def test_victims_officials_and_witnesses_are_nowhere(store: Store, migrated_url: str) -> None:
    everything = stored(store, migrated_url, report())
    assert "Ravi Testman0" in everything
    for name in OTHERS:
        assert name not in everything
        assert name.split()[0] not in everything or name == "Olga Benchly"  # an official's first name may be left
    assert "[victim]" in everything


def test_an_error_of_the_database_names_nobody(migrated_url: str) -> None:
    """Its message goes to the terminal and to logs."""
    database = Database(migrated_url)
    again = text("INSERT INTO schema_info (key, value) VALUES ('k', :value)")
    row = {"value": "Peter Lookson"}
    with database.write() as session:
        session.execute(again, row)
    with pytest.raises(IntegrityError) as caught, database.write() as session:
        session.execute(again, row)
    database.close()
    assert "Lookson" not in str(caught.value)


def test_a_minor_is_a_count(store: Store, migrated_url: str, tmp_path: Path) -> None:
    minor = accused(article(), "Peter Lookson", Stage.CHARGED, age=17)
    one = report(accused=(*report().accused, minor), others=())
    everything = stored(store, migrated_url, one)
    assert "Lookson" not in everything
    assert "minors_withheld=1" in everything
    assert [row.name for row in store.exports.rows(Stage)] == ["Ravi Testman0"]
    store.exports.write(tmp_path / "out", ExportStage.CHARGED, ExportFormat.JSONL, [], NOW)
    assert all("Lookson" not in path.read_text() for path in (tmp_path / "out").iterdir())


def test_a_name_that_is_a_victims_too_is_withheld(store: Store, migrated_url: str) -> None:
    doubtful = accused(article(), "Maya Sampleson", Stage.CHARGED)
    everything = stored(store, migrated_url, report(accused=(doubtful,)))
    assert "Sampleson" not in everything
    assert "victims_withheld=1" in everything


def test_a_stage_without_evidence_is_withheld(store: Store, migrated_url: str) -> None:
    unproven = accused(article(), "Ravi Testman0")
    unproven = replace(unproven, evidence={"name": unproven.evidence["name"]})
    everything = stored(store, migrated_url, report(accused=(unproven,), others=()))
    assert "unproven_withheld=1" in everything
    assert list(store.exports.rows(Stage)) == []


MASKS = [
    ("Judge Olga Benchly jailed Ravi Testman0", "Judge [official] jailed Ravi Testman0"),
    ("Maya told the court", "[victim] told the court"),
    ("maya  sampleson, 19", "[victim], 19"),
    ("Mayabazar is a market", "Mayabazar is a market"),
    ("Ms Sampleson wept", "Ms [victim] wept"),
    ("Benchly spoke", "Benchly spoke"),
    ("nobody here", "nobody here"),
]


@pytest.mark.parametrize(("text", "expected"), MASKS)
def test_masks(text: str, expected: str) -> None:
    assert masker(report())(text) == expected


def test_a_shared_family_name_keeps_the_accused_whole() -> None:
    one = report(others=(Person(name="Sita Testman0", role=Role.VICTIM, score=0.9),))
    mask = masker(one)
    assert (
        mask("Ravi Testman0 sold Sita Testman0, and Sita spoke")
        == "Ravi Testman0 sold [victim], and [victim] spoke"
    )


def test_an_official_inside_a_longer_accused_name() -> None:
    one = report(
        accused=(accused(article(), "Ravi Testman0"),),
        others=(Person(name="Testman0", role=Role.OFFICIAL, score=0.5),),
    )
    assert masker(one)("Ravi Testman0 and Testman0") == "Ravi Testman0 and [official]"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Maria Sampledez was freed", "[victim] was freed"),
        ("MARÍA SAMPLEDEZ was freed", "[victim] was freed"),
        ("María Sampledezová was freed", "[victim] was freed"),
        ("the Sampledezes were freed", "the [victim] were freed"),
        ("Mar\u00adía Sam\u200bpledez was freed", "[victim] was freed"),
        ("Mari\u0301a Sampledez was freed", "[victim] was freed"),
        ("Mariana Testperson stood by", "Mariana Testperson stood by"),
        ("Mariana stood by", "Mariana stood by"),
        ("a sampled text", "a sampled text"),
        ("sampledezish words", "sampledezish words"),
    ],
)
def test_a_victims_name_is_masked_however_it_is_spelt(text: str, masked: str) -> None:
    report = CaseReport(
        article_id="a", relevant=True, relevance_score=1.0, extractor_version="text-1.read-1",
        accused=(Accused(name="Mariana Testperson", stage=Stage.CHARGED, evidence={}, score=0.9),),
        others=(Person(name="María Sampledez", role=Role.VICTIM, score=0.9),),
    )  # fmt: skip
    assert masker(report)(text) == masked
