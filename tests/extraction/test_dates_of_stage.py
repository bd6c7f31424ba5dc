"""When a stage happened: relative dates, whose verb a date belongs to, and what is never a stage's date."""

# ruff: noqa: E501 - a table's sentence stands on one line

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.components.stage_dates import StageDateReader, full_date
from extraction.components.stages import decide_stage
from extraction.components.stated import Stated
from tests.extraction.reading_of_details import LEXIS, reading

READER = StageDateReader(LEXIS)
WRITTEN = "2024-05-16"  # a Thursday

DATED = [
    ("Tunde Falanaro, 34, was sentenced to ten years for trafficking on Tuesday.", "2024-05-14"),
    ("Tunde Falanaro, 34, was yesterday sentenced to ten years for human trafficking.", "2024-05-15"),
    ("Tunde Falanaro, 34, was jailed for human trafficking today.", "2024-05-16"),
    ("On Thursday, Tunde Falanaro, 34, was jailed for human trafficking.", "2024-05-16"),
    ("Tunde Falanaro, 34, was jailed last Thursday for human trafficking.", "2024-05-09"),
    ("Tunde Falanaro, 34, was arrested on Friday last week for human trafficking.", "2024-05-10"),
    ("Police on Monday arrested Tunde Falanaro, 34, for human trafficking.", "2024-05-13"),
    ("Tunde Falanaro, 34, was charged with human trafficking on Feb. 21.", "2024-02-21"),
    ("Tunde Falanaro, 34, was charged with human trafficking on 3 June last year.", "2023-06-03"),
    ("Tunde Falanaro, 34, was convicted of human trafficking on March 5, 2022.", "2022-03-05"),
    ("Tunde Falanaro, 34, was convicted of human trafficking in March 2023.", "2023-03"),
    ("Tunde Falanaro, 34, was convicted of human trafficking in March.", "2024-03"),
    ("Tunde Falanaro, 34, was convicted in December of human trafficking.", "2023-12"),
    ("Tunde Falanaro, 34, was convicted of human trafficking in 2021.", "2021"),
    ("Tunde Falanaro, 34, was arrested two days ago for human trafficking.", "2024-05-14"),
    ("Tunde Falanaro, 34, was jailed last month for human trafficking.", "2024-04"),
    ("Tunde Falanaro, 34, pleaded guilty Tuesday to human trafficking.", "2024-05-14"),
    ("Tunde Falanaro, 34, was found guilty of trafficking at Lagos High Court on Tuesday (14 May).", "2024-05-14"),
    ("On Tuesday, Tunde Falanaro, 34, who was arrested in March, was sentenced for trafficking.", "2024-05-14"),
    ("Tunde Falanaro was arrested in March and was sentenced to ten years for trafficking on Tuesday.", "2024-05-14"),
    ("Tunde Falanaro, 34, was sentenced on Tuesday after pleading guilty in March to human trafficking.", "2024-05-14"),
    ("Tunde Falanaro, 34, was sentenced to ten years for human trafficking. He was sentenced on Tuesday.", "2024-05-14"),
    ("Two men were jailed for human trafficking on Tuesday.\n\nTunde Falanaro, 34, and Emeka Udorji, 29, were sentenced to "
     "ten years each for human trafficking.", "2024-05-14"),
]  # fmt: skip
UNDATED = [
    # the crime's date
    "Tunde Falanaro, 34, was jailed for trafficking a woman in March 2019.",
    "Tunde Falanaro, 34, was jailed for recruiting two women between January 2019 and March 2020 for trafficking.",
    # a hearing to come
    "Tunde Falanaro, 34, was charged with human trafficking and will appear in court on May 30.",
    "Tunde Falanaro, 34, was charged with human trafficking. The case was adjourned to June 3.",
    "Tunde Falanaro, 34, was convicted of human trafficking and will be sentenced on August 24.",
    # birth, report, custody
    "Tunde Falanaro, who was born on March 3, 1990, was charged with human trafficking.",
    "Police said on Tuesday that Tunde Falanaro had been charged with human trafficking.",
    "Tunde Falanaro, 34, was charged with human trafficking and has been in custody since March 2023.",
    # another stage's
    "Tunde Falanaro, 34, who was arrested on Monday, has been charged with human trafficking.",
    "Tunde Falanaro, 34, was jailed for human trafficking after being arrested in March 2022.",
    # a name that is a weekday
    "Sunday Falanaro, 34, was jailed for human trafficking.",
]


def read(text: str, published: str | None = WRITTEN) -> Stated | None:
    made = reading(text)
    known = made.case.accused[0]
    stage = decide_stage(made.case.decisions[known.index].cues)
    assert stage is not None
    return READER.read(made.layout, made.case, known, stage.stage, published, (stage.cue.start, stage.cue.end))


@pytest.mark.parametrize(("text", "expected"), DATED)
def test_the_date_of_the_stage(text: str, expected: str) -> None:
    found = read(text)
    assert found is not None
    assert found.value == expected
    assert text[found.start : found.end].strip()


@pytest.mark.parametrize("text", UNDATED)
def test_no_date_of_something_else(text: str) -> None:
    assert read(text) is None


def test_without_a_day_of_publication_only_whole_dates_count() -> None:
    dated = read("Tunde Falanaro, 34, was convicted of human trafficking on March 5, 2022.", None)
    assert dated is not None
    assert dated.value == "2022-03-05"
    assert read("Tunde Falanaro, 34, was convicted of human trafficking on Tuesday.", None) is None
    assert read("Tunde Falanaro, 34, was convicted of human trafficking on Tuesday.", "2024-05") is None


WHEN = st.sampled_from(
    ["on Tuesday", "on Feb. 29", "on 31 December", "in May", "yesterday", "last week", "on May 30", "today", "in 2031",
     "three months ago", "last Friday", "on June 1 last year", "this month", "on 30 February", "last year"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(when=WHEN, day=st.dates(dt.date(1995, 1, 1), dt.date(2035, 12, 31)))
def test_no_stage_is_later_than_the_story(when: str, day: dt.date) -> None:
    found = read(f"Tunde Falanaro, 34, was sentenced for human trafficking {when}.", day.isoformat())
    if found is not None:
        assert found.value <= day.isoformat()[: len(found.value)]
        assert len(found.value) in {4, 7, 10}


@pytest.mark.parametrize(
    ("published", "expected"),
    [("2024-05-16", dt.date(2024, 5, 16)), ("2024-05", None), (None, None), ("2024-05-16T10:00:00", dt.date(2024, 5, 16))],
)  # fmt: skip
def test_the_day_of_publication(published: str | None, expected: dt.date | None) -> None:
    assert full_date(published) == expected
