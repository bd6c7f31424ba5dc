"""The learnt weights: what they may add, what they must leave alone, and that they hold no names.

Refuses figures; `make eval` has those.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from config.reading_lexicons import load_reading_lexicons
from extraction.components.opinion import ADD, KEEP
from extraction.components.weights import ROLE, STAGE, TOPIC, load_weights
from extraction.model import Article, Role, Stage
from extraction.reader import Reader

ROOT = Path(__file__).resolve().parents[2]
GOLD = ROOT / "benchmarks" / "gold"
SCORING_GOLD = ROOT / "tests" / "gold"


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(load_reading_lexicons(), {})


def article(text: str) -> Article:
    return Article(id="t", url="https://daily.example/t", text=text, language="en", country="ke")


def test_three_models_with_their_classes() -> None:
    weights = load_weights("en")
    assert weights is not None
    assert set(weights[ROLE].classes) == {r.value for r in Role}
    assert set(weights[STAGE].classes) <= {s.value for s in Stage}
    assert weights[TOPIC].classes == ("no", "yes")


def test_a_language_without_weights_has_none() -> None:
    assert load_weights("xx") is None


def test_probabilities_sum_to_one_and_unknown_traits_say_nothing() -> None:
    weights = load_weights("en")
    assert weights is not None
    nothing = weights[ROLE].weigh(frozenset())
    assert sum(nothing.values()) == pytest.approx(1.0)
    assert weights[ROLE].weigh(frozenset({"never seen", "nor this"})) == nothing


def test_no_trait_holds_the_name_of_an_accused() -> None:
    """A name of two words side by side would be a memory of a person; masks must have prevented it."""
    weights = load_weights("en")
    assert weights is not None
    names = {
        person["name"].lower()
        for path in (*GOLD.glob("*.gold.jsonl"), *SCORING_GOLD.glob("*.gold.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        for person in json.loads(line)["persons"]
        if person["role"] in {"accused", "victim"} and len(person["name"].split()) == 2
    }
    assert len(names) > 500
    pairs = {t.split(":", 1)[1] for model in weights.values() for t in model.weights if " " in t}
    assert len(pairs) > 1000
    assert names & pairs == set()


@pytest.mark.parametrize(
    ("text", "accused"),
    [
        # No rule speaks of these forms; the weights do.
        (
            "Three arraigned over human trafficking\n"
            "In the dock: Wanjala Barasa, 41, a bar owner, and with him Nekesa Auma, 38, both of Busia.\n"
            "The charge is trafficking in persons for sexual exploitation. Magistrate Ruth Langat adjourned the "
            "case. Inspector Juma Okumu said four girls had been rescued from prostitution.",
            {"Wanjala Barasa", "Nekesa Auma"},
        ),
        # Offices are never added, however near they stand.
        (
            "Inspector Juma Wekesa Okumu arrested the man who trafficked the girls for prostitution.\n"
            "Magistrate Ruth Chebet Langat sentenced the trafficker to ten years in prison. He was not named.",
            set(),
        ),
    ],
)
def test_what_the_weights_add_and_what_not(reader: Reader, text: str, accused: set[str]) -> None:
    assert {a.name for a in reader.read(article(text)).accused} == accused


def test_every_fact_by_weights_quotes_the_text() -> None:
    reader = Reader(load_reading_lexicons(), {})
    cited = 0
    for line in (GOLD / "open3_en.articles.jsonl").read_text(encoding="utf-8").splitlines():
        story = json.loads(line)
        report = reader.read(
            Article(id=story["id"], url=story["url"], text=story["text"], title=story["title"], language="en")
        )
        for person in report.accused:
            assert {"name", "role", "stage"} <= set(person.evidence)
            for proofs in person.evidence.values():
                for proof in proofs:
                    assert story["text"][proof.start : proof.end] == proof.quote
                    assert 0.0 <= proof.score <= 1.0
                    cited += proof.rule.startswith("weights.")
    assert cited > 10


def test_margins_are_on_the_careful_side() -> None:
    assert ADD >= 0.75
    assert KEEP >= 0.2
