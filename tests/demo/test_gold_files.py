"""Our own gold: well-formed, and every name, alias and quoted charge stands in the text it annotates."""

from __future__ import annotations

import json
import re
from itertools import combinations
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from extraction.model import Offence, Role, Stage

ROOT = Path(__file__).parents[2]
FOLDERS = (ROOT / "benchmarks" / "gold", ROOT / "tests" / "gold")
TRAIN = {
    "train_a_en": 84,
    "train_b_en": 88,
    "train_c_en": 104,
    "train_d_en": 89,
    "train_e_en": 82,
    "train_f_en": 118,
    "train_g_en": 110,
    "train_h_en": 112,
    "train_i_en": 130,
    "train_j_en": 129,
    "train_q_en": 117,
    "train_r_en": 123,
    "train_s_en": 119,
    "train_t_en": 148,
}
SPECIAL = {  # near misses; named victims and bystanders; near misses again; briefs; role traps; minimal pairs
    "train_k_en": 90,
    "train_l_en": 81,
    "train_m_en": 113,
    "train_n_en": 119,
    "train_o_en": 377,
    "train_p_en": 176,
    "train_u_en": 407,
    "train_v_en": 223,
    "train_w_en": 284,
    "train_x_en": 176,
    "train_y_en": 389,
}
OTHER = {
    "train_a_es": 266,
    "train_a_pt": 214,
    "train_a_fr": 253,
    "train_a_id": 190,
    "train_b_es": 270,
    "train_b_pt": 200,
    "train_b_fr": 194,
    "train_b_id": 180,
    "train_a_it": 50,
}
BLIND = {"blind_en": 40, "blind_es": 30, "blind_pt": 30, "blind_fr": 30, "blind_id": 30, "blind_it": 16}
SETS = {"open_en": 24, "open2_en": 84, "open3_en": 50, **TRAIN, **SPECIAL, **OTHER, **BLIND}
ARTICLE_KEYS = {"id", "url", "source", "country", "language", "date", "title", "text"}
GOLD_KEYS = {"id", "relevant", "why", "persons", "organisations_accused", "countries"}
NICKNAME_BETWEEN = r"\s+(?:[\"“'(][^\"”')]*[\"”')],?\s+)?"


def rows(name: str, kind: str) -> list[dict[str, Any]]:
    (path,) = [folder / f"{name}.{kind}.jsonl" for folder in FOLDERS if (folder / f"{name}.{kind}.jsonl").exists()]
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def pairs(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    return list(zip(rows(name, "articles"), rows(name, "gold"), strict=True))


@pytest.mark.parametrize(("name", "count"), SETS.items())
def test_sets_are_complete_and_ids_agree(name: str, count: int) -> None:
    both = pairs(name)
    assert len(both) == count
    assert len({article["id"] for article, _ in both}) == count
    for article, gold in both:
        assert article["id"] == gold["id"]
        assert set(article) == ARTICLE_KEYS
        assert set(gold) == GOLD_KEYS
        assert urlsplit(article["url"]).hostname.endswith(".example")
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", article["date"])
        assert re.fullmatch(r"[a-z]{2}", article["country"])
        assert article["language"] == name.rsplit("_", 1)[1]


@pytest.mark.parametrize("name", [name for name in SETS if name not in SPECIAL])
def test_a_quarter_to_a_third_is_not_relevant(name: str) -> None:
    irrelevant = sum(not gold["relevant"] for gold in rows(name, "gold"))
    assert 0.25 <= irrelevant / SETS[name] <= 0.33


@pytest.mark.parametrize("name", SETS)
def test_every_annotation_uses_the_closed_lists_and_stands_in_the_text(name: str) -> None:
    faults: list[str] = []
    for article, gold in pairs(name):
        text = " ".join(article["text"].split())
        countries = (*gold["countries"]["prosecution"], *gold["countries"]["victim_origin"])
        faults += [
            f"{article['id']}: {country}" for country in countries if not re.fullmatch(r"[A-Z]{2}", country)
        ]
        faults += [f"{article['id']}: {org}" for org in gold["organisations_accused"] if org not in text]
        for person in gold["persons"]:
            Role(person["role"])
            for called in (person["name"], *person["aliases"]):
                pattern = NICKNAME_BETWEEN.join(re.escape(word) for word in called.split())
                if not re.search(rf"(?<!\w){pattern}(?!\w)", text):
                    faults.append(f"{article['id']}: {called}")
            if person["role"] != "accused":
                assert set(person) == {"name", "role", "aliases"}
                continue
            Stage(person["status"])
            assert [Offence(offence) for offence in person["offences"]], article["id"]
            assert person["age"] is None or str(person["age"]) in text
            faults += [f"{article['id']}: {quote}" for quote in person["charge_text"] if quote not in text]
    assert faults == []


@pytest.mark.parametrize("name", SETS)
def test_a_story_that_is_not_relevant_accuses_nobody(name: str) -> None:
    for gold in rows(name, "gold"):
        named = [person["name"] for person in gold["persons"]]
        assert len(named) == len(set(named)), gold["id"]
        if not gold["relevant"]:
            assert not any(person["role"] == "accused" for person in gold["persons"]), gold["id"]
            assert gold["organisations_accused"] == []


def test_the_sets_share_no_accused_and_no_outlet() -> None:
    def accused(name: str) -> set[str]:
        return {p["name"] for gold in rows(name, "gold") for p in gold["persons"] if p["role"] == "accused"}

    def outlets(name: str) -> set[str]:
        return {article["source"] for article in rows(name, "articles")}

    for one, other in combinations(SETS, 2):
        assert not accused(one) & accused(other)
        assert not outlets(one) & outlets(other)
