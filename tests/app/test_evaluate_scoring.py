"""Scoring against gold: our tables, and the founders' scorer where it is."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.app.gold_samples import disturbed, gold, lines, person
from tipwatch.errors import CommandError
from tipwatch.evaluation.breakdown import by_country, by_kind, field_rows
from tipwatch.evaluation.figures import Figures, figures
from tipwatch.evaluation.names import same_person, tokens
from tipwatch.evaluation.outcomes import compare, compare_all
from tipwatch.evaluation.records import article_record, records
from tipwatch.evaluation.reliability import reliability
from tipwatch.evaluation.run import outlet_kind
from tipwatch.evaluation.sets import read_set, set_files

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "gold"
OPEN = ROOT / "benchmarks" / "gold"


def score(truth: Sequence[Mapping[str, Any]], said: Mapping[str, Mapping[str, Any]]) -> Figures:
    predicted = {key: article_record(line) for key, line in said.items()}
    return figures(compare_all([article_record(line) for line in truth], predicted))


def said(
    key: str, *persons: dict[str, Any], relevant: bool = True, countries: Sequence[str] = ("IN",)
) -> dict[str, Any]:
    return {
        "id": key,
        "relevant": relevant,
        "persons": list(persons),
        "countries": {"prosecution": list(countries)},
    }


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ("Arlo Quince", "arlo quince", True),
        ("Dr. Arlo Quince Jr.", "Arlo Quince", True),
        ("José Ruiz", "Jose Ruiz", True),
        ("Arlo Ben Quince", "Arlo Quince", True),
        ("Quince, Arlo", "Arlo Quince", True),
        ("A. B.", "AB", True),
        ("Quince", "Arlo Quince", False),
        ("Quince", "Quince", True),
        ("Arlo Quinn", "Arlo Quince", False),
        ("Bela Quince", "Arlo Quince", False),
        ("Mr", "Mr", False),
        ("", "Arlo", False),
        ("राम शर्मा", "राम शर्मा", True),
    ],
)
def test_who_is_the_same_person(left: str, right: str, same: bool) -> None:
    assert same_person([left], [right]) is same
    assert same_person([right], [left]) is same
    assert same_person(["Nobody Else", left], [right, "Somebody Other"]) is same


QUINCE = person("Arlo Quince", age=41, nationality="NG", offences=["sex_trafficking", "other"])
DALE, VALE, HOLT = person("Cora Dale", "official"), person("Dina Vale", "victim"), person("Evan Holt", "lawyer")
MEG = person("Meg Ott", "witness")
TRUTH = [gold("a", QUINCE, DALE, VALE, HOLT, MEG)]

TABLE: list[tuple[str, list[dict[str, Any]], dict[str, float | None]]] = [
    (
        "all right",
        [said("a", QUINCE)],
        {"accused.p": 1, "accused.r": 1, "whole_record_exact": 1, "offences.f1": 1},
    ),
    ("nothing said", [], {"accused.p": None, "accused.r": 0, "relevance.r": 0, "prosecution_country.r": 0}),
    ("named, but called off topic", [said("a", QUINCE, relevant=False)], {"accused.r": 1, "relevance.r": 0}),
    ("twice", [said("a", QUINCE, QUINCE)], {"accused.p": 0.5, "nobodies_named_as_accused": 1}),
    (
        "a victim",
        [said("a", QUINCE, VALE | {"role": "accused"})],
        {"accused.p": 0.5, "victims_named_as_accused": 1},
    ),
    (
        "an official and a lawyer",
        [said("a", DALE | {"role": "accused"}, HOLT | {"role": "accused"})],
        {"officials_named_as_accused": 2, "victims_named_as_accused": 0, "accused.p": 0},
    ),
    ("a witness", [said("a", MEG | {"role": "accused"})], {"witnesses_named_as_accused": 1}),
    ("another role is passed over", [said("a", QUINCE, VALE)], {"accused.p": 1}),
    ("no role is accused", [said("a", {"name": "Arlo Quince"})], {"accused.p": 1, "status_accuracy": 0}),
    (
        "wrong status",
        [said("a", QUINCE | {"status": "arrested"})],
        {"status_accuracy": 0, "whole_record_exact": 0},
    ),
    ("wrong age", [said("a", QUINCE | {"age": 14})], {"age_accuracy": 0, "whole_record_exact": 0}),
    ("small letters", [said("a", QUINCE | {"nationality": "ng"}, countries=["in"])], {"whole_record_exact": 1}),
    (
        "an offence too many, one too few",
        [said("a", QUINCE | {"offences": ["sex_trafficking", "smuggling"]})],
        {"offences.p": 0.5, "offences.r": 0.5, "whole_record_exact": 0, "age_accuracy": 1},
    ),
    (
        "another country",
        [said("a", QUINCE, countries=["NP"])],
        {"prosecution_country.f1": 0, "whole_record_exact": 1},
    ),
]


@pytest.mark.parametrize(("name", "predicted", "expected"), TABLE, ids=[row[0] for row in TABLE])
def test_figures_by_hand(name: str, predicted: list[dict[str, Any]], expected: dict[str, float | None]) -> None:
    flat = score(TRUTH, {line["id"]: line for line in predicted}).flat()
    assert {key: flat[key] for key in expected} == pytest.approx(expected)


def test_in_an_article_off_topic_everybody_who_is_accused_is_false() -> None:
    truth = [gold("a", person("Arlo Quince"), relevant=False)]
    found = score(truth, {"a": said("a", person("Arlo Quince"), countries=["FR"])})
    assert (found.accused.fp, found.accused.tp, found.accused.fn) == (1, 0, 0)
    assert found.flat()["others_named_as_accused"] == 1
    assert found.countries.fp == 0


def test_an_unknown_field_on_both_sides_is_no_case() -> None:
    plain = person("Arlo Quince")
    found = score([gold("a", plain)], {"a": said("a", plain)})
    assert found.fields["age"].n == 0
    assert found.flat()["age_accuracy"] is None
    assert found.scored()["age_accuracy"] == 0.0
    assert score([gold("a", plain)], {"a": said("a", plain | {"age": 30})}).fields["age"].right == 0


@pytest.mark.parametrize(
    ("given", "said_too", "right"),
    [
        ({"stage_date": "2026-11-02"}, {"stage_date": "2026-11-02"}, 1),
        ({"stage_date": "2026-11-02"}, {"stage_date": "2026-11"}, 0),
        ({"stage_date": "2026-11-02"}, {}, 0),
        ({"penalty": "ten years in prison"}, {"penalties": ["sentenced to ten years in prison on Monday"]}, 1),
        ({"penalty": "ten years in prison"}, {"penalties": ["a fine of 500"]}, 0),
        ({"penalty": "ten years in prison"}, {}, 0),
        ({"statutes": ["Section 370", "ITPA"]}, {"statutes": ["Section 370 IPC", "the ITPA"]}, 1),
        ({"statutes": ["Section 370", "ITPA"]}, {"statutes": ["Section 370"]}, 0),
        ({"statutes": ["Section 37"]}, {"statutes": ["Section 370"]}, 0),
    ],
)
def test_optional_fields_count_where_gold_gives_them(
    given: dict[str, Any], said_too: dict[str, Any], right: int
) -> None:
    plain = person("Arlo Quince")
    found = score([gold("a", plain | given)], {"a": said("a", plain | said_too)})
    (name,) = given
    assert (found.fields[name].n, found.fields[name].right) == (1, right)
    assert found.flat()["whole_record_exact"] == 1
    assert score([gold("a", plain)], {"a": said("a", plain | said_too)}).fields[name].n == 0


@given(seed=st.integers(0, 10_000))
def test_figures_do_not_depend_on_the_order_of_articles(seed: int) -> None:
    truth = lines(OPEN / "open_en.gold.jsonl")[:12]
    predicted = disturbed(truth, seed)
    assert score(truth, predicted) == score(truth[::-1], dict(reversed(predicted.items())))


@given(seed=st.integers(0, 10_000))
def test_parts_add_up_to_the_whole(seed: int) -> None:
    truth = lines(OPEN / "open_en.gold.jsonl")
    predicted = disturbed(truth, seed)
    whole, one, other = score(truth, predicted), score(truth[:9], predicted), score(truth[9:], predicted)
    assert whole.accused.tp == one.accused.tp + other.accused.tp
    assert whole.offences.fn == one.offences.fn + other.offences.fn
    assert whole.fields["status"].right == one.fields["status"].right + other.fields["status"].right


def test_gold_agrees_with_itself() -> None:
    for name in ("open_en", "open2_en", "open3_en"):
        truth = lines(OPEN / f"{name}.gold.jsonl")
        outcomes = compare_all([article_record(r) for r in truth], {r["id"]: article_record(r) for r in truth})
        assert all(one.agrees for one in outcomes)
        flat = figures(outcomes).flat()
        assert {v for k, v in flat.items() if v is not None and not k.endswith("named_as_accused")} == {1.0}


def founders() -> ModuleType:
    spec = importlib.util.spec_from_file_location("founders_score", SHARED / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def same_figures(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> None:
    assert set(theirs) <= set(ours)
    for key, value in theirs.items():
        assert ours[key] == (pytest.approx(value) if isinstance(value, float | dict) else value), key


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: only the founders' machines have it")
@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("path", [SHARED / "dev_us", SHARED / "dev_world_en", OPEN / "open_en", OPEN / "open3_en"])
def test_the_founders_scorer_says_the_same(path: Path, seed: int) -> None:
    truth = lines(path.with_name(f"{path.name}.gold.jsonl"))
    predicted = disturbed(truth, seed)
    theirs, _ = founders().score(truth, predicted)
    same_figures(score(truth, predicted).scored(), theirs)
    assert 0.3 < theirs["accused"]["f1"] < 0.97  # a disturbance that leaves nothing, or everything, proves nothing


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared is absent: only the founders' machines have it")
def test_the_founders_scorer_joins_names_as_we_do() -> None:
    theirs = founders()
    names = [one["name"] for one in lines(SHARED / "dev_world_en.gold.jsonl")[0:48] for one in one["persons"]]
    forms = [*names[:40], *(n.split()[-1] for n in names[:40]), "Mr", "", "A. B.", "AB"]
    for left in forms:
        assert tokens(left) == theirs.tokens(left)
        for right in forms:
            assert same_person([left], [right]) == theirs.same_person([left], [right])


def test_breakdowns_have_every_article_once() -> None:
    found = read_set(*set_files(OPEN / "open2_en"))
    outcomes = compare_all(found.gold, {})
    kind = outlet_kind()
    for groups in (by_country(outcomes, found.by_id), by_kind(outcomes, found.by_id, kind)):
        assert sum(of.articles for of in groups.values()) == len(found.articles)
        assert len(groups) > 3
    rows = {row["field"]: row for row in field_rows(outcomes)}
    assert rows["accused"]["missed"] == sum(len(one.missed) for one in outcomes)
    assert rows["accused"]["P"] is None


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Rivertown County District Attorney", "authority"),
        ("Rivertown Police", "authority"),
        ("Radio Rivertown FM", "broadcaster"),
        ("Rivertown Times", "newspaper"),
        ("Rivertown Times Online", "digital"),
        ("Northern Wire", "agency"),
        ("in_thehindu", "newspaper"),
        ("Rivertown Xyz", "unknown"),
        (None, "unknown"),
    ],
)
def test_kinds_of_outlets(name: str | None, kind: str) -> None:
    assert outlet_kind()(name) == kind


BAD_LINES = [
    ("{", "not JSON"),
    ('{"relevant": true}', "id: missing"),
    ('{"id": "a"}', "relevant: missing"),
    ('{"id": "a", "relevant": true, "persons": [{"role": "accused"}]}', "name: missing"),
    ('{"id": "a", "relevant": true, "persons": {"name": "x"}}', "persons is no list"),
    ('{"id": "a", "relevant": true, "persons": [{"name": "x", "age": "41"}]}', "age is no whole number"),
    ('{"id": "a", "relevant": true}\n{"id": "a", "relevant": true}', "stands twice"),
    ("[]", "1:"),
]


@pytest.mark.parametrize(("text", "words"), BAD_LINES, ids=[row[1] for row in BAD_LINES])
def test_a_bad_line_is_named(text: str, words: str) -> None:
    with pytest.raises(CommandError) as caught:
        list(records(text.splitlines(), "gold.jsonl"))
    assert words in caught.value.what
    assert caught.value.what.startswith("gold.jsonl:")


def scored_outcomes(claims: Sequence[tuple[float | None, bool]]) -> list[Any]:
    return [
        compare(
            article_record(gold(str(i), person("Arlo Quince"))),
            article_record(said(str(i), person("Arlo Quince" if right else "Bela Morrow") | {"score": score_})),
        )
        for i, (score_, right) in enumerate(claims)
    ]


def test_reliability_by_hand() -> None:
    of = reliability(scored_outcomes([(0.95, True), (1.0, True), (0.95, False), (0.25, False), (None, True)]))
    assert (of.n, of.without_score) == (4, 1)
    last, third = of.bins[9], of.bins[2]
    assert (last.n, last.mean, last.right) == (3, pytest.approx(2.9 / 3), pytest.approx(2 / 3))
    assert (third.n, third.mean, third.right) == (1, 0.25, 0)
    assert of.error == pytest.approx((3 * 0.3 + 0.25) / 4)
    assert of.brier == pytest.approx((0.05**2 + 0 + 0.95**2 + 0.25**2) / 4)
    at = {one.score: one for one in of.thresholds}
    assert (at[0.5].kept, at[0.5].waiting, at[0.5].precision) == (3, 1, pytest.approx(2 / 3))
    assert at[0.5].recall == pytest.approx(2 / 5)


def test_reliability_of_nothing() -> None:
    of = reliability([])
    assert (of.n, of.error, of.brier) == (0, None, None)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=40))
def test_reliability_stays_in_bounds(claims: list[tuple[float, bool]]) -> None:
    of = reliability(scored_outcomes(claims))
    assert sum(one.n for one in of.bins) == len(claims)
    assert of.error is not None
    assert of.brier is not None
    assert 0 <= of.error <= 1
    assert 0 <= of.brier <= 1
    kept = [one.kept for one in of.thresholds]
    assert kept == sorted(kept, reverse=True)
