"""What a court imposed: every part of a sentence, and nothing that was only possible or another's."""

# ruff: noqa: E501 - a table's sentence stands on one line

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.components.money import MoneyReader
from extraction.components.penalties import PenaltyReader
from extraction.model import Evidence, Penalty
from extraction.penalty_parts import penalty_parts
from tests.extraction.reading_of_details import LEXIS, reading

READER = PenaltyReader(LEXIS)
MONEY = MoneyReader(LEXIS)
WHO = "Tunde Falanaro, 34, "


def parts(text: str, last: str = "Falanaro", country: str | None = "in") -> dict[str, Any]:
    """All parts of all penalties of one person, as one mapping."""
    made = reading(text)
    found: dict[str, Any] = {}
    for one in READER.read(made.layout, made.case, made.named(last), country, None):
        proof = Evidence(start=one.start, end=one.end, quote=text[one.start : one.end], rule="r@1", score=1.0)
        penalty = one.fact(proof, text)
        assert penalty.text == text[one.start : one.end]
        for name, value in (("months", penalty.months), ("life", penalty.life), ("suspended", penalty.suspended)):
            if value is not None and value is not False:
                found.setdefault(name, value)
        for name, value in penalty_parts(penalty).items():
            found.setdefault(name, value)
    return found


TERMS = [
    ("was jailed for 12 years for human trafficking.", {"months": 144}),
    ("was sentenced to three years and six months in prison for trafficking.", {"months": 42}),
    ("was sentenced to 18 and a half years in prison for human trafficking.", {"months": 222}),
    ("was sentenced to 324 months in federal prison for sex trafficking.", {"months": 324}),
    ("was handed a twenty-five-year prison sentence for human trafficking.", {"months": 300}),
    ("was sentenced to life imprisonment for human trafficking.", {"life": True}),
    ("was sentenced to death for human trafficking.", {"death": True}),
    ("was sentenced to 90 days in jail for pimping.", {"days": 90}),
    ("was sentenced to ten years' rigorous imprisonment for trafficking.", {"months": 120, "regime": "rigorous"}),
    ("was sentenced to 10 years RI for human trafficking.", {"months": 120, "regime": "rigorous"}),
    ("was sentenced to six months' simple imprisonment for pimping.", {"months": 6, "regime": "simple"}),
    ("was sentenced to 14 years imprisonment with hard labour for trafficking.",
     {"months": 168, "regime": "hard_labour"}),
    ("was given a two-year prison sentence, suspended for three years, for pimping.",
     {"months": 24, "suspended": True}),
    ("was jailed for four years with the final 12 months suspended for human trafficking.",
     {"months": 48, "suspended": True, "suspended_months": 12}),
    ("was sentenced to eight years in prison with a non-parole period of five years for trafficking.",
     {"months": 96, "minimum_months": 60}),
    ("was sentenced to 10 years for trafficking and five years for rape, to run concurrently.",
     {"months": 120, "running": "concurrent"}),
    ("was sentenced to 10 years for trafficking and five years for rape, to run consecutively.",
     {"months": 180, "running": "consecutive"}),
    ("was sentenced to five years of probation for pimping.", {"probation_months": 60}),
    ("was sentenced to 10 years in prison, followed by five years of supervised release, for sex trafficking.",
     {"months": 120, "supervision_months": 60}),
    ("was sentenced to 200 hours of community service for pimping.", {"community_hours": 200}),
    ("was sentenced to seven years in prison, less 19 months for time served, for trafficking.",
     {"months": 84, "time_served": True}),
    ("was sentenced to eight years in jail and ordered to be given six strokes of the cane for trafficking.",
     {"months": 96, "strokes": 6}),
]  # fmt: skip
MONIES = [
    ("was sentenced to 10 years in prison and a fine of Rs 1 lakh for trafficking.",
     {"months": 120, "fine_amount": 100_000.0, "fine_currency": "INR"}),
    ("was jailed for two years and fined Rs 50,000 for human trafficking.",
     {"months": 24, "fine_amount": 50_000.0, "fine_currency": "INR"}),
    ("was sentenced to seven years imprisonment with an option of N1 million fine for trafficking.",
     {"months": 84, "fine_amount": 1_000_000.0, "fine_currency": "NGN", "option_of_fine": True}),
    ("was sentenced to seven years imprisonment without an option of fine for trafficking.", {"months": 84}),
    ("was jailed for two years and fined Rs 5,000, in default of which six months in jail, for trafficking.",
     {"months": 24, "fine_amount": 5_000.0, "fine_currency": "INR", "default_months": 6}),
    ("was jailed for nine years and ordered to pay €96,000 in compensation to the victims of trafficking.",
     {"months": 108, "restitution_amount": 96_000.0, "restitution_currency": "EUR"}),
]  # fmt: skip
NOTHING = [
    "faces up to 20 years in prison after he was charged with human trafficking.",
    "was charged with human trafficking, which carries a maximum of 15 years in prison.",
    "was charged with trafficking. Prosecutors asked for ten years.",
    "was charged with trafficking a 12-year-old girl.",
    "could be jailed for 15 years if convicted of human trafficking.",
    "was charged with human trafficking and released on Rs 50,000 bail.",
]


@pytest.mark.parametrize(("rest", "expected"), [*TERMS, *MONIES])
def test_parts(rest: str, expected: dict[str, Any]) -> None:
    assert parts(WHO + rest) == expected


@pytest.mark.parametrize("rest", NOTHING)
def test_nothing_was_imposed(rest: str) -> None:
    made = reading(WHO + rest)
    for known in made.case.accused:
        assert READER.read(made.layout, made.case, known, "in", None) == []


SEVERAL = [
    ("Tunde Falanaro, 34, was jailed for ten years for trafficking, while Emeka Udorji, 29, was jailed for three years.",
     {"Falanaro": 120, "Udorji": 36}),
    ("Tunde Falanaro and Emeka Udorji were jailed for 12 years each for human trafficking.",
     {"Falanaro": 144, "Udorji": 144}),
    ("Tunde Falanaro and Emeka Udorji were sentenced to ten and three years' imprisonment respectively for trafficking.",
     {"Falanaro": 120, "Udorji": 36}),
    ("Tunde Falanaro and Emeka Udorji were sentenced to ten years and three years respectively for trafficking.",
     {"Falanaro": 120, "Udorji": 36}),
    ("A judge sentenced Tunde Falanaro, 34, to ten years; Emeka Udorji, 29, to three years for human trafficking.",
     {"Falanaro": 120, "Udorji": 36}),
    ("Tunde Falanaro, 34, was sentenced to ten years for human trafficking. The maximum sentence is 20 years.",
     {"Falanaro": 120}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), SEVERAL)
def test_each_gets_their_own(text: str, expected: dict[str, int]) -> None:
    for last, months in expected.items():
        assert parts(text, last).get("months") == months


SUMS = [
    ("₦500,000", "ng", 500_000.0, "NGN"),
    ("$96,000", "nz", 96_000.0, "NZD"),
    ("$96,000", None, 96_000.0, None),
    ("Rs 5,00,000", "in", 500_000.0, "INR"),
    ("Rs. 100,000", "lk", 100_000.0, "LKR"),
    ("Rs 1.5 crore", "in", 15_000_000.0, "INR"),
    ("Sh30 million", "ke", 30_000_000.0, "KES"),
    ("GH¢12,000", "gh", 12_000.0, "GHS"),
    ("200,000 Birr", "et", 200_000.0, "ETB"),
    ("BD5,000", "bh", 5_000.0, "BHD"),
    ("two million baht", "th", 2_000_000.0, "THB"),
    ("RM30,000", "my", 30_000.0, "MYR"),
]


@pytest.mark.parametrize(("text", "country", "amount", "currency"), SUMS)
def test_sums(text: str, country: str | None, amount: float, currency: str | None) -> None:
    [found] = MONEY.find(f"a fine of {text} today", country)
    assert (found.amount, found.currency) == (amount, currency)


@given(years=st.integers(1, 120), months=st.integers(0, 11))
def test_years_and_months_add_up(years: int, months: int) -> None:
    rest = f" and {months} months" if months else ""
    [one] = READER.terms(f"sentenced to {years} years{rest} in prison for trafficking")
    assert one.months == years * 12 + months


@given(number=st.integers(1, 99))
def test_numbers_in_words_are_numbers(number: int) -> None:
    ones = LEXIS.lexicon.words["words.numbers"]
    tens = LEXIS.lexicon.words["penalty.tens"]
    words = (
        ones[number] if number <= 20 else tens[number // 10 - 2] + (f"-{ones[number % 10]}" if number % 10 else "")
    )
    assert READER.number(words) == number


def test_a_penalty_says_only_what_was_said() -> None:
    proof = Evidence(start=0, end=1, quote="x", rule="r@1", score=1.0)
    assert penalty_parts(Penalty(text="x", evidence=proof, months=12)) == {}
