"""Floors: what breaks them, what moves them, and that nothing else does."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tipwatch.errors import CommandError
from tipwatch.evaluation.floors import Measured, Move, breaches, digest, moved, read_floors, rewrite

TEXT = """\
# Why there are floors.
[one]  # the first
"accused.p" = 0.92  # a reason
status_accuracy = 0.5
"max_victims_named_as_accused" = 1
digest = "0123456789abcdef"

[two]
"accused.f1" = 0.8
"""
FLAT: dict[str, float | None] = {
    "relevance.f1": 0.9, "accused.p": 0.95, "accused.f1": 0.7777, "status_accuracy": 0.4, "offences.f1": None,
    "victims_named_as_accused": 0, "officials_named_as_accused": 2,
}  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "floors.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_a_breach_names_set_figure_value_and_floor(file: Path) -> None:
    (low,) = breaches(read_floors(file), "one", FLAT, "0123456789abcdef")
    assert low.sentence == "one: status_accuracy is 0.4, floor 0.5"
    (ceiling,) = breaches(
        read_floors(file), "one", {**FLAT, "status_accuracy": 1, "victims_named_as_accused": 3}, None
    )
    assert ceiling.sentence == "one: victims_named_as_accused is 3, ceiling 1"


def test_a_figure_without_cases_does_not_pass(file: Path) -> None:
    (one,) = breaches(read_floors(file), "two", {**FLAT, "accused.f1": None}, None)
    assert one.sentence == "two: accused.f1 is without a case, floor 0.8"


def test_other_text_than_was_pinned_does_not_pass(file: Path) -> None:
    found = breaches(read_floors(file), "one", {**FLAT, "status_accuracy": 1}, "fedcba9876543210")
    assert ["changed since the floors were pinned" in one.sentence for one in found] == [True]


def test_a_set_without_floors_passes(file: Path) -> None:
    assert breaches(read_floors(file), "three", FLAT, "x") == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[one", "not TOML"),
        ("one = 1", "no table"),
        ('[one]\n"accused.p" = "high"', "no number"),
        ('[one]\n"accused.p" = true', "no number"),
    ],
)
def test_a_faulty_file_is_refused(file: Path, text: str, words: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(CommandError, match=words):
        read_floors(file)


def test_an_unknown_figure_is_refused(file: Path) -> None:
    file.write_text('[one]\n"accused.q" = 0.5\n', encoding="utf-8")
    with pytest.raises(CommandError) as caught:
        breaches(read_floors(file), "one", FLAT, None)
    assert "accused.q: no such figure" in caught.value.what
    assert "accused.p" in str(caught.value.remedy)


MEASURED = {"one": Measured(flat=FLAT, digest="fedcba9876543210"), "two": Measured(flat=FLAT, digest="aa")}


def bounds(text: str) -> dict[str, dict[str, float | str]]:
    return tomllib.loads(text)


def test_raising_lifts_what_is_above_and_leaves_the_rest() -> None:
    text, said = rewrite(TEXT, MEASURED, Move.RAISE)
    assert bounds(text)["one"] == {
        "accused.p": 0.95,
        "status_accuracy": 0.5,
        "max_victims_named_as_accused": 0,
        "digest": "0123456789abcdef",
    }
    assert bounds(text)["two"] == {"accused.f1": 0.8, "digest": "aa"}
    assert "# Why there are floors.\n[one]  # the first\n" in text
    assert "0.95  # a reason\n" in text
    assert any("accused.p 0.92 -> 0.95" in one for one in said)


def test_lowering_lets_down_what_is_below_and_pins_the_text() -> None:
    text, _ = rewrite(TEXT, MEASURED, Move.LOWER)
    assert bounds(text)["one"] == {
        "accused.p": 0.92,
        "status_accuracy": 0.4,
        "max_victims_named_as_accused": 1,
        "digest": "fedcba9876543210",
    }
    assert bounds(text)["two"]["accused.f1"] == 0.777  # down to the thousandth, so that the figure itself passes


def test_a_new_set_gets_floors_where_its_figures_are() -> None:
    text, said = rewrite(TEXT, {"new": Measured(flat=FLAT, digest="bb")}, Move.RAISE)
    assert bounds(text)["new"] == {
        "digest": "bb",
        "relevance.f1": 0.9,
        "accused.p": 0.95,
        "accused.f1": 0.777,
        "status_accuracy": 0.4,
        "max_victims_named_as_accused": 0,
        "max_officials_named_as_accused": 2,
    }
    assert text.startswith(TEXT)
    assert said == ["new: floors set where the figures are"]


@pytest.mark.parametrize("move", list(Move))
def test_moving_twice_is_moving_once(move: Move) -> None:
    once, _ = rewrite(TEXT, MEASURED, move)
    twice, said = rewrite(once, MEASURED, move)
    assert (twice, said) == (once, [])


RATIO = st.floats(0, 1)


@given(bound=RATIO, value=RATIO, key=st.sampled_from(["accused.p", "max_share"]))
def test_raising_never_eases_and_lowering_never_tightens(bound: float, value: float, key: str) -> None:
    sign = -1 if key.startswith("max_") else 1
    assert sign * moved(key, bound, value, Move.RAISE) >= sign * bound
    assert sign * moved(key, bound, value, Move.LOWER) <= sign * bound
    assert moved(key, bound, value, Move.HOLD) == bound
    assert moved(key, bound, None, Move.LOWER) == bound


@given(bound=RATIO, value=RATIO, key=st.sampled_from(["accused.p", "max_share"]))
def test_after_lowering_the_figure_passes(bound: float, value: float, key: str) -> None:
    low = moved(key, bound, value, Move.LOWER)
    assert value <= low + 1e-9 if key.startswith("max_") else value >= low - 1e-9


def test_the_digest_is_over_the_bytes_in_order(tmp_path: Path) -> None:
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_bytes(b"a")
    two.write_bytes(b"b")
    assert digest([one, two]) != digest([two, one])
    before = digest([one, two])
    two.write_bytes(b"c")
    assert digest([one, two]) != before


def test_our_own_floors_can_be_read() -> None:
    floors = read_floors(Path(__file__).resolve().parents[2] / "benchmarks" / "floors.toml")
    assert {"dev_us", "dev_world_en", "blind_en"} <= set(floors.bounds)
    for name, kept in floors.bounds.items():
        assert kept.get("max_victims_named_as_accused") == 0, name
