# ruff: noqa: E501 - tables of sentences and markup
"""The score on text: a prosecution above a near-miss, a near-miss above a story of something else."""

import json
from pathlib import Path

import pytest

from config.gate_lexicons import load_gate_lexicons
from extraction.relevance import Gate, score_text

LEXICONS = load_gate_lexicons()
GOLD = Path(__file__).resolve().parents[3] / "shared" / "gold"

PROSECUTIONS = {
    "en": (
        "Two jailed for human trafficking",
        "A court sentenced two brothers to twelve years in prison for trafficking nine women. Police had rescued the victims.",
    ),
    "es": (
        "Condenan a dos hermanos por trata de personas",
        "El tribunal los condenó a doce años de prisión por trata de personas. La fiscalía acusó a los dos de explotación sexual.",
    ),
    "fr": (
        "Deux frères condamnés pour traite des êtres humains",
        "Le tribunal les a condamnés à douze ans de prison pour proxénétisme aggravé. Le procureur avait requis la même peine.",
    ),
    "pt": (
        "Irmãos condenados por tráfico de pessoas",
        "A justiça condenou os dois a doze anos de prisão por tráfico de pessoas e exploração sexual, segundo a polícia.",
    ),
    "id": (
        "Dua bersaudara divonis kasus TPPO",
        "Hakim menjatuhkan vonis penjara dua belas tahun kepada terdakwa perdagangan orang. Polisi menyelamatkan korban.",
    ),
}


@pytest.mark.parametrize("language", PROSECUTIONS)
def test_prosecutions_pass_one_half(language: str) -> None:
    title, text = PROSECUTIONS[language]
    assert score_text(text, title, LEXICONS[language]) > 0.5


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Harbour festival opens", "The harbour festival opened on Sunday with music and food from the region."),
        (
            "Driver jailed",
            "A court sentenced the driver to two years in prison. Police had arrested him at the scene.",
        ),
        (None, ""),
    ],
)
def test_no_word_no_score(title: str | None, text: str) -> None:
    assert score_text(text, title, LEXICONS["en"]) == 0.0


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (
            "Drug trafficking ring broken",
            "Police seized cocaine; drug trafficking and the trafficking of heroin rose, statistics say.",
        ),
        (
            "A film about slavery opens",
            "The film, a documentary, won an award. The actress said that the movie was about a plantation.",
        ),
        (
            "Workshop held",
            "A training workshop and awareness campaign on trafficking was a part of the conference on policy.",
        ),
    ],
)
def test_near_misses_stay_below(title: str, text: str) -> None:
    score = score_text(text, title, LEXICONS["en"])
    assert 0 < score < 0.5


def test_the_score_is_in_its_range_and_the_same_twice() -> None:
    for language, (title, text) in PROSECUTIONS.items():
        for repeat in (1, 50):
            one = score_text(text * repeat, title, LEXICONS[language])
            assert 0 <= one <= 1
            assert one == score_text(text * repeat, title, LEXICONS[language])


@pytest.mark.shared
@pytest.mark.skipif(not GOLD.exists(), reason="needs ../shared/gold")
@pytest.mark.parametrize("name", ["dev_us", "dev_world_en", "dev_world_other"])
def test_no_relevant_gold_article_is_lost(name: str) -> None:
    gate = Gate(list(LEXICONS.values()))
    gold = {
        (entry := json.loads(line))["id"]: entry
        for line in (GOLD / f"{name}.gold.jsonl").read_text("utf-8").splitlines()
    }
    articles = [json.loads(line) for line in (GOLD / f"{name}.articles.jsonl").read_text("utf-8").splitlines()]
    relevant = [article for article in articles if gold[article["id"]]["relevant"]]
    lost = [a["id"] for a in relevant if not gate.admit(f"<html><p>{a['text']}".encode(), "text/html").keep]
    assert len(relevant) >= 30
    assert lost == []
    # Alone, without its words of other languages, a language's own lexicon must do too.
    own = {language: Gate([LEXICONS[language]]) for language in {a["language"] for a in relevant}}
    assert [
        a["id"] for a in relevant if not own[a["language"]].admit(f"<p>{a['text']}".encode(), "text/html").keep
    ] == []
