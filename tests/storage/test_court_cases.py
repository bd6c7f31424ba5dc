"""Which stories report one case, and what they say of it together."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.model import Offence, Stage
from storage.resolution.cases import Count, Part, Story, Victims, cases, distinct, summary

SEEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def part(told: str, n: int = 0) -> Part:
    """`"anna s1 charged 2024-01-05 np @2024-01"`: person, story, stage, day; country and stage date, if any."""
    person, story, stage, day, *more = told.split()
    date = None if day == "-" else dt.date.fromisoformat(day)
    return Part(
        mention_id=f"{person}-{story}", person_id=person, article_id=story, group=story.split(".")[0],
        country=next((one for one in more if not one.startswith("@")), None), date=date, stage=Stage(stage),
        stage_date=next((one[1:] for one in more if one.startswith("@")), None),
        first_seen=SEEN + dt.timedelta(hours=n),
    )  # fmt: skip


def told(*parts: str) -> set[frozenset[str]]:
    """The cases of these parts, each as the set of its mentions."""
    return {frozenset(case.mention_ids) for case in cases([part(one, n) for n, one in enumerate(parts)])}


def sets(*wanted: str) -> set[frozenset[str]]:
    return {frozenset(one.split()) for one in wanted}


@pytest.mark.parametrize(
    ("parts", "wanted"),
    [
        # one person
        (["anna s1 charged 2024-01-05 np", "anna s2 sentenced 2025-03-01 np"], ["anna-s1 anna-s2"]),
        (["anna s1 charged 2024-01-05 np", "anna s2 charged 2024-01-05 in"], ["anna-s1", "anna-s2"]),
        (["anna s1 charged 2024-01-05 np", "anna s2 charged 2024-01-09"], ["anna-s1 anna-s2"]),
        (["anna s1 charged 2014-01-05 np", "anna s2 charged 2024-01-05 np"], ["anna-s1", "anna-s2"]),
        (["anna s1 charged 2014-01-05 np", "anna s2 on_trial 2018-01-05 np", "anna s3 sentenced 2022-01-01 np"],
         ["anna-s1 anna-s2 anna-s3"]),
        (["anna s1 charged - np", "anna s2 sentenced - np"], ["anna-s1 anna-s2"]),
        (["anna s1 charged 2014-01-05 np", "anna s2 charged 2024-01-05 np", "anna s3 convicted - np"],
         ["anna-s1", "anna-s2 anna-s3"]),
        # a new proceeding
        (["anna s1 sentenced 2022-01-05 np", "anna s2 arrested 2023-05-02 np @2023-05"], ["anna-s1", "anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np", "anna s2 arrested 2023-05-02 np @2021-05-01"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np", "anna s2 charged 2022-03-05 np"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np", "anna s2 charged 2023-03-05 np"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np", "anna s2 charged 2023-03-05 np @2023-03"], ["anna-s1", "anna-s2"]),
        # a recall between a sentence and its end begins nothing, and no end begins anything
        (["anna s1 sentenced 2024-01-10 np", "anna s2 charged 2024-12-10 np", "anna s3 acquitted 2025-03-10 np"],
         ["anna-s1 anna-s2 anna-s3"]),
        (["anna s1 acquitted 2024-01-10 np", "anna s2 arrested 2024-12-10 np"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2014-01-10 np", "anna s2 acquitted 2025-03-10 np"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2014-01-10 np", "anna s2 overturned 2025-03-10 np @2025",
          "anna s3 charged 2025-06-10 np @2025-06-09"], ["anna-s1 anna-s2", "anna-s3"]),
        (["anna s1 sentenced 2014-01-10 np", "anna s2 arrested 2020-03-10 np", "anna s3 dismissed 2027-03-10 np"],
         ["anna-s1", "anna-s2 anna-s3"]),
        (["anna s1 dismissed 2022-01-05 np", "anna s2 charged 2022-03-05 np @2022-03"], ["anna-s1", "anna-s2"]),
        (["anna s1 convicted 2022-01-05 np", "anna s2 charged 2022-03-05 np @2022-03"], ["anna-s1 anna-s2"]),
        (["anna s1 overturned 2022-01-05 np", "anna s2 on_trial 2022-03-05 np @2022-03"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np", "anna s2 overturned 2023-01-05 np"], ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np @2022", "anna s2 arrested 2022-09-02 np @2022-09-01"],
         ["anna-s1 anna-s2"]),
        (["anna s1 sentenced 2022-01-05 np", "anna s2 charged 2023-05-02 np @2023-05-01",
          "anna s3 sentenced 2024-05-02 np", "anna s4 arrested 2025-05-02 np @2020-02-02"],
         ["anna-s1 anna-s4", "anna-s2 anna-s3"]),
        # co-accused
        (["anna s1 charged 2024-01-05 np", "ben s1 charged 2024-01-05 np"], ["anna-s1 ben-s1"]),
        (["anna s1 charged 2024-01-05 np", "ben s1 charged 2024-01-05 np", "anna s2 sentenced 2025-01-05 np",
          "cleo s2 sentenced 2025-01-05 np"], ["anna-s1 anna-s2 ben-s1 cleo-s2"]),
        (["anna s1 charged 2024-01-05 np", "ben s2 charged 2024-01-05 np"], ["anna-s1", "ben-s2"]),
        # copies of one story are one story
        (["anna s1.a charged 2024-01-05 np", "ben s1.b charged 2024-01-05 np"], ["anna-s1.a ben-s1.b"]),
        # a round-up does not link those who have stories of their own, and whoever is only there links nobody
        ([f"anna a{n} charged 2024-01-0{n} np" for n in range(1, 6)]
         + [f"ben b{n} charged 2024-01-0{n} np" for n in range(1, 5)]
         + [f"{who} r charged 2024-01-06 np" for who in ("anna", "ben", "cleo")],
         ["anna-a1 anna-a2 anna-a3 anna-a4 anna-a5 anna-r cleo-r", "ben-b1 ben-b2 ben-b3 ben-b4 ben-r"]),
        # a repeat offender's second case takes nobody of the first
        (["anna s1 sentenced 2020-01-05 np", "ben s1 sentenced 2020-01-05 np",
          "anna s2 arrested 2022-05-05 np @2022-05-04", "cleo s2 arrested 2022-05-05 np @2022-05-04"],
         ["anna-s1 ben-s1", "anna-s2 cleo-s2"]),
        # what no resolution has joined yet
        (["anna s1 charged 2024-01-05 np", "anna s2 charged 2024-01-05 np"], ["anna-s1 anna-s2"]),
    ],
)  # fmt: skip
def test_which_stories_are_one_case(parts: list[str], wanted: list[str]) -> None:
    assert told(*parts) == sets(*wanted)


def test_without_a_person_a_mention_is_its_own() -> None:
    loose = [
        Part(mention_id=one, person_id=None, article_id=one, group=one, country="np", date=None,
             stage=Stage.CHARGED, first_seen=SEEN)
        for one in ("m1", "m2")
    ]  # fmt: skip
    assert [case.person_ids for case in cases(loose)] == [("m1",), ("m2",)]
    assert cases([]) == ()


def test_a_case_is_named_after_its_earliest_mention() -> None:
    parts = [part("anna s9 charged 2024-01-05 np", 0), part("anna s1 sentenced 2023-01-05 in", 5)]
    same = [part("ben s2 charged 2024-01-05 np", 3), part("ben s1 charged 2024-02-05", 4)]
    found = {case.id: case for case in cases([*parts, *same])}
    assert set(found) == {"c-anna-s9", "c-anna-s1", "c-ben-s2"}
    assert found["c-ben-s2"].country == "np"
    assert (found["c-ben-s2"].first, found["c-ben-s2"].last) == (dt.date(2024, 1, 5), dt.date(2024, 2, 5))
    assert found["c-ben-s2"].person_ids == ("ben",)


def test_a_chain_of_shared_stories_is_no_giant_case() -> None:
    chain = [f"p{n:03} s{n + side:03} charged 2024-01-05 np" for n in range(100) for side in (0, 1)]
    found = cases([part(one, n) for n, one in enumerate(chain)])
    assert max(len(case.person_ids) for case in found) <= 5
    assert sum(len(case.mention_ids) for case in found) == 200


def test_one_wrong_person_joins_two_cases_and_not_a_third() -> None:
    """`x` is two people whom somebody joined, and so is `y`: of three rings two become one case."""
    rings = [f"{who}{ring} {ring}s{n} charged 2024-01-0{n + 1} np"
             for ring in "abc" for who in ("k", "l") for n in range(3)]  # fmt: skip
    wrong = [f"x {ring}s{n} charged 2024-01-0{n + 1} np" for ring in "ab" for n in range(3)]
    wrong += [f"y {ring}s{n} charged 2024-01-0{n + 1} np" for ring in "bc" for n in range(3)]
    found = cases([part(one, n) for n, one in enumerate([*rings, *wrong])])
    assert not any({"ka", "kc"} <= set(case.person_ids) for case in found)


PARTS = st.lists(
    st.builds(
        lambda who, story, stage, day, country, date: f"p{who} s{story} {stage.value} {day} {country} {date}",
        st.integers(0, 5),
        st.integers(0, 6),
        st.sampled_from(Stage),
        st.just("-") | st.dates(dt.date(2010, 1, 1), dt.date(2025, 1, 1)).map(dt.date.isoformat),
        st.sampled_from(["", "np", "in"]),
        st.sampled_from(["", "@2012-05", "@2019", "@2023-02-03"]),
    ),
    max_size=14,
    unique_by=lambda told: told.split()[:2].__repr__(),
)


@settings(max_examples=150, deadline=None)
@given(PARTS, st.randoms(use_true_random=False))
def test_order_does_not_matter_and_no_mention_is_lost(told_parts: list[str], rng: object) -> None:
    parts = [part(one, n) for n, one in enumerate(told_parts)]
    shuffled = list(parts)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    found = cases(parts)
    assert cases(shuffled) == found
    assert sorted(one for case in found for one in case.mention_ids) == sorted(one.mention_id for one in parts)
    assert len({case.id for case in found}) == len(found)


@pytest.mark.parametrize(
    ("worded", "wanted"),
    [
        (["sex trafficking of a minor", "Sex trafficking of minors", "sex trafficking of minors"],
         ["sex trafficking of a minor"]),
        (["trafficking of a woman", "trafficking of a man"], ["trafficking of a woman", "trafficking of a man"]),
        (["Section 370", "Section 372"], ["Section 370", "Section 372"]),
        (["organised crime", "organized crime"], ["organised crime"]),
        (["attempted trafficking in persons", "trafficking in persons"],
         ["attempted trafficking in persons", "trafficking in persons"]),
        (["Kathmandu District Court", "the Kathmandu  district court"],
         ["the Kathmandu district court", "Kathmandu District Court"]),
        (["High Court", "Court, High"], ["Court, High"]),
        (["male brothel", "female brothel"], ["female brothel", "male brothel"]),
        (["", "  "], []),
    ],
)  # fmt: skip
def test_wordings_that_say_one_thing(worded: list[str], wanted: list[str]) -> None:
    assert list(distinct((str(n), one) for n, one in enumerate(worded))) == wanted


def test_what_most_stories_word_so_comes_first() -> None:
    pairs = [("1", "people smuggling"), ("2", "human trafficking"), ("3", "human trafficking"), ("3", "theft")]
    assert distinct(pairs) == ("human trafficking", "people smuggling", "theft")


WOMEN, GIRLS, ALL, FEMALE = (
    ("female", "adult"), ("female", "child"), ("unknown", "unknown"), ("female", "unknown"),
)  # fmt: skip


@pytest.mark.parametrize(
    ("stories", "wanted"),
    [
        ({"a": [(12, *WOMEN)], "b": [(12, *WOMEN)]}, [(*WOMEN, 12, "a")]),
        ({"a": [(11, *WOMEN)], "b": [(12, *WOMEN)]}, [(*WOMEN, 12, "b")]),
        ({"a": [(3, *GIRLS), (5, *WOMEN)], "b": [(4, *GIRLS)]}, [(*WOMEN, 5, "a"), (*GIRLS, 4, "b")]),
        ({"a": [(12, *ALL)], "b": [(12, *WOMEN)]}, [(*WOMEN, 12, "b")]),
        ({"a": [(15, *ALL)], "b": [(12, *WOMEN)]}, [(*WOMEN, 12, "b"), (*ALL, 15, "a")]),
        ({"a": [(8, *FEMALE)], "b": [(5, *WOMEN), (3, *GIRLS)]}, [(*WOMEN, 5, "b"), (*GIRLS, 3, "b")]),
        ({"a": [(0, *WOMEN)]}, []),
    ],
)
def test_victims_are_the_most_that_one_story_says(
    stories: dict[str, list[tuple[int, str, str]]], wanted: list[tuple[str, str, int, str]]
) -> None:
    read = [
        Story(article_id=one, group=one, victims=tuple(Count(*count) for count in counts))
        for one, counts in stories.items()
    ]
    assert list(summary(read).victims) == [Victims(*one) for one in wanted]
    assert summary(list(reversed(read))) == summary(read)


def test_a_summary_has_courts_offences_and_charges_once() -> None:
    offences = list(Offence)[:2]
    found = summary(
        [
            Story(article_id="b", group="g", courts=("High Court",), charges=("trafficking",),
                  offences=frozenset(offences)),
            Story(article_id="a", group="h", courts=("high court",), offences=frozenset(offences[:1])),
        ]
    )  # fmt: skip
    assert (found.courts, found.charges) == (("High Court",), ("trafficking",))
    assert found.offences == tuple(sorted(offences))
