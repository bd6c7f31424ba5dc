"""Names fold, are spelled alike and answer each other as their cultures write them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.resolution.likeness import likeness
from storage.resolution.names import NameCounts, digest, fold, tokens

WORDS = st.sampled_from(
    [
        "Ram",
        "Bahadur",
        "Tamang",
        "José",
        "O’Neill",
        "al-Rashid",
        "J.",
        "Jr.",
        "Dr.",
        "王小明",
        "김민수",
        "Md",
        "dela",
        "Cruz",
    ]
)
NAMES = st.lists(WORDS, min_size=1, max_size=5).map(" ".join)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Dr. José O’Neill-Díaz, Jr.", "jose oneill diaz"),
        ("  RAM   BAHADUR\tTAMANG ", "ram bahadur tamang"),
        ("王小明", "wang xiao ming"),
        ("김민수", "gim min su"),
        ("Олександр Гримайленко", "oleksandr grimailenko"),
        ("Nguyễn Văn Hùng", "nguyen van hung"),
        ("Walter Ashgrove III", "walter ashgrove"),
        ("Mr", "mr"),
        ("", ""),
        ("—", ""),
    ],
)
def test_fold(written: str, folded: str) -> None:
    found = fold(written)
    assert found.replace("y", "i") == folded.replace("y", "i")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Md. Rahim", "Mohammad Rahim"),
        ("Abdulrahman Sorkhabi", "Abdul Rahman Sorkhabi"),
        ("Juan dela Cruz", "Juan de la Cruz"),
        ("Siti binti Zulkifli", "Siti Zulkifli"),
        ("Ravi a/l Muniandyappan", "Ravi Muniandyappan"),
    ],
)
def test_words_in_standard_spelling(one: str, other: str) -> None:
    assert tokens(one) == tokens(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Wang Wei", "Wei Wang"),
        ("Kim Min-soo", "Minsoo Kim"),
        ("김민수", "Kim Min-soo"),
        ("欧阳振奎", "Zhenkui Ouyang"),
        ("Csonkaréti Barnabás", "Barnabás Csonkaréti"),
        ("Robert J. Smith", "Robert James Smith"),
        ("Bob Quillfeather", "Robert Quillfeather"),
        ("Juan Pérez", "Juan Pérez García"),
        ("Juan Carlos Pérez", "Juan Pérez García"),
        ("Florentina Delacruz", "Florentina de la Cruz"),
        ("Mohammed Nasiruddin", "Muhammad Nasirudin"),
        ("Oleksandr Hrymailenko", "Aleksandr Grimaylenko"),
        ("Jürgen Mützelbacher", "Juergen Muetzelbacher"),
        ("Cortez Vandermolen", "Cortez Vandermollen"),
        ("Leon Brackwater Jr.", "Leon Brackwater"),
        ("Mahmoud Abdel-Fattah el-Qabbani", "Mahmud Abdelfattah al-Kabbani"),
    ],
)
def test_may_be_one_person(one: str, other: str) -> None:
    found = likeness(one, other)
    assert not found.apart
    assert found.whole >= 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Juan Pérez García", "Pedro Pérez García"),
        ("Robert James Smith", "Robert Michael Smith"),
        ("Robert J. Smith", "Robert M. Smith"),
        ("Rajesh Kumar Vishwasrao", "Rakesh Kumar Vishwasrao"),
        ("Suresh Pahari", "Naresh Pahari"),
        ("Ram Bahadur Tamang", "Ram Kumar Tamang"),
        ("Leon Brackwater Jr.", "Leon Brackwater Sr."),
        ("Walter Ashgrove II", "Walter Ashgrove III"),
        ("Siti binti Zulkifli", "Siti bin Zulkifli"),
        ("Nguyễn Văn Hùng", "Nguyễn Thị Hùng"),
        ("Balwinder Singh Dhadwalia", "Balwinder Kaur Dhadwalia"),
        ("Daniel Hargitay Moss", "Daniela Hargitay Moss"),
        ("Roberto Zamarripa", "Roberta Zamarripa"),
        ("Ivan Zvonareyev", "Irina Zvonareyeva"),
        ("Wang Wei", "Wang Weiming"),
        ("Mary Grace Bautistahan", "Mary Jane Bautistahan"),
        ("Adeola Fashinro", "Petru Olteanescu"),
        ("", "Petru Olteanescu"),
    ],
)
def test_are_two_persons(one: str, other: str) -> None:
    assert likeness(one, other).apart


@given(NAMES)
@settings(max_examples=200, deadline=None)
def test_fold_is_plain_and_idempotent(name: str) -> None:
    folded = fold(name)
    assert fold(folded) == folded
    assert re.fullmatch(r"[a-z0-9]+( [a-z0-9]+)*", folded) or folded == ""


@given(NAMES, NAMES)
@settings(max_examples=300, deadline=None)
def test_likeness_is_symmetric(one: str, other: str) -> None:
    here, there = likeness(one, other), likeness(other, one)
    assert (here.apart, here.near, here.loose, here.crossed, here.suffix, here.whole) == (
        there.apart, there.near, there.loose, there.crossed, there.suffix, there.whole
    )  # fmt: skip
    assert (here.left, here.right) == (there.right, there.left)
    assert sorted((x, y, how) for x, y, how in here.words) == sorted((y, x, how) for x, y, how in there.words)


@given(NAMES)
@settings(max_examples=100, deadline=None)
def test_a_name_is_like_itself(name: str) -> None:
    found = likeness(name, name)
    assert found.apart == (tokens(name) == ())
    assert not found.left
    assert not found.right


def test_digest_knows_neither_order_nor_signs() -> None:
    assert digest("Tamang, Ram Bahadur") == digest("ram bahadur TAMANG")
    assert digest("Ram Bahadur Tamang") != digest("Ram Kumar Tamang")
    assert re.fullmatch(r"[0-9a-f]{32}", digest("Ram Bahadur Tamang"))


def test_rarity_knows_common_names_before_it_has_read_any() -> None:
    nothing = NameCounts({})
    common = nothing.rarity(tokens("John Smith"))
    assert nothing.rarity(tokens("Ram Bahadur Tamang")) < nothing.rarity(tokens("Dorje Lopchan Waiba"))
    assert common < nothing.rarity(tokens("Delroy Tatterfield"))
    assert nothing.namesakes(tokens("John Smith")) > 1 > nothing.namesakes(tokens("Jericho Pemberlane"))


def test_rarity_learns_from_the_corpus() -> None:
    told = NameCounts({"lopchan": 900, "waiba": 2}, total=20_000)
    assert told["lopchan"] == 900
    assert told["unheard"] == 0
    assert told.share("lopchan") > 50 * told.share("waiba")
    assert NameCounts({"a": 5, "b": 5}).total == 4
