"""Which stage stands: a table of histories, and the laws that hold for any."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.model import Stage
from extraction.model.terms import STAGE_ORDER
from storage.resolution.timeline import Entry, Line, span, standing, standings, timeline

SEEN = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def entry(told: str, mention_id: str = "m") -> Entry:
    """`"sentenced@2024-03 in 2024-04-02"`: stage, its date, the story's date; the last two may be left out.

    `acquitted!` is held back until a human looks, `@=2024-03` a date that a human wrote.
    """
    said, _, published = told.partition(" in ")
    stage, _, date = said.partition("@")
    return Entry(
        stage=Stage(stage.strip().removesuffix("!")), stage_date=date.strip().removeprefix("=") or None,
        published=published.strip() or None, first_seen=SEEN, mention_id=mention_id,
        held=stage.strip().endswith("!"), dated_by_human=date.startswith("="),
    )  # fmt: skip


def entries(history: str) -> list[Entry]:
    """Entries of `history`, with the mentions "0", "1", …"""
    return [entry(told, str(n)) for n, told in enumerate(history.split(";"))]


# history, stage that stands, its date, "c" cleared and "d" doubtful, mentions overruled
TABLE = [
    # nobody was ever cleared: the furthest stands
    ("arrested@2024-01-05", "arrested", "2024-01-05", "-", ""),
    ("arrested in 2024-01-05", "arrested", None, "-", ""),
    ("wanted in 2023-01-01; arrested in 2024-01-05", "arrested", None, "-", ""),
    ("arrested in 2024-01-05; charged in 2024-01-09; sentenced in 2025-02-01", "sentenced", None, "-", ""),
    ("sentenced@2024-03-01; charged in 2025-06-01", "sentenced", "2024-03-01", "-", ""),
    ("sentenced@2024-03-01; charged@2023-06-01 in 2025-06-01", "sentenced", "2024-03-01", "-", ""),
    ("convicted@2024-03-01; sentenced@2024-05-01", "sentenced", "2024-05-01", "-", ""),
    ("pleaded_guilty@2024-03-01; on_trial in 2024-05-01", "pleaded_guilty", "2024-03-01", "-", ""),
    ("sentenced; arrested", "sentenced", None, "-", ""),
    # the date of the stage: fullest, most frequent, earliest
    ("sentenced@2024; sentenced@2024-03; sentenced@2024-03-01", "sentenced", "2024-03-01", "-", ""),
    ("sentenced@2024-03-02; sentenced@2024-03-01; sentenced@2024-03-02", "sentenced", "2024-03-02", "-", ""),
    ("sentenced@2024-03-02; sentenced@2024-03-01", "sentenced", "2024-03-01", "-", ""),
    ("sentenced@2024-13-02; sentenced@2024", "sentenced", "2024", "-", ""),
    ("sentenced@2024-03-02T10:00:00Z", "sentenced", "2024-03-02", "-", ""),
    # cleared after a charge or conviction
    ("charged@2023-01-01; dismissed@2023-05-01", "dismissed", "2023-05-01", "c", "0"),
    ("charged in 2023-01-01; acquitted in 2023-05-01", "acquitted", None, "c", "0"),
    ("sentenced@2024-03; acquitted in 2025-01-09", "acquitted", None, "c", "0"),
    ("sentenced@2024-03-01; overturned@2025-01-09", "overturned", "2025-01-09", "c", "0"),
    ("arrested in 2023-01-01; sentenced@2024-03-01; overturned@2025-01", "overturned", "2025-01", "c", "01"),
    ("convicted in 2024-03-01; acquitted@2024-03-02", "acquitted", "2024-03-02", "c", "0"),
    ("convicted@2024-05 in 2024-05-10; acquitted@2024-05-20", "acquitted", "2024-05-20", "c", "0"),
    ("acquitted@2024-05-20", "acquitted", "2024-05-20", "c", ""),
    ("sentenced@2022; overturned@2023-02-01; acquitted@2024-01-01", "acquitted", "2024-01-01", "c", "0"),
    ("dismissed@2023-01-01; acquitted@2022-01-01", "dismissed", "2023-01-01", "c", ""),
    # recalls after the end change nothing
    ("sentenced@2024-03-01; overturned@2025-01-09; sentenced@2024-03-01 in 2026-01-01",
     "overturned", "2025-01-09", "c", "02"),
    ("charged@2023-01-01; acquitted@2023-05-01; arrested in 2023-09-01", "acquitted", "2023-05-01", "c", "02"),
    # but one that comes long after the end may tell of a new case: a human looks
    ("charged@2023-01-01; acquitted@2023-05-01; arrested in 2024-01-01", "acquitted", "2023-05-01", "cd", "02"),
    ("acquitted@2021-01-01; charged@2022-01-01; on_trial in 2023-01-01", "charged", "2022-01-01", "-", "02"),
    # a story can not tell of a day after its own
    ("convicted@2025 in 2024-06-10; acquitted@2024-09-09 in 2024-09-10", "acquitted", "2024-09-09", "c", "0"),
    ("convicted@2025-01-02 in 2024-06-10", "convicted", None, "-", ""),
    ("convicted@2027-01-02; acquitted@2026-05-01", "acquitted", "2026-05-01", "cd", "0"),
    ("convicted@2024 in 2024-06-10; acquitted@2024-06-11 in 2024-06-12", "acquitted", "2024-06-11", "c", "0"),
    # what the machine reads as an end where a human accepted an accusation
    ("sentenced in 2025-01-10; acquitted! in 2025-03-12", "acquitted", None, "cd", "0"),
    ("acquitted! in 2025-03-12", "acquitted", None, "cd", ""),
    ("sentenced in 2025-01-10; acquitted! in 2025-03-12; acquitted in 2025-04-01", "acquitted", None, "c", "0"),
    ("acquitted!@2023-02-01; convicted@2024-06-30", "convicted", "2024-06-30", "-", "0"),
    # a human's date is taken as it is
    ("convicted@2024-06-10; acquitted@=2024-06-11 in 2024-06-10", "acquitted", "2024-06-11", "c", "0"),
    ("convicted@=2024-06-11; acquitted@2024-06-10", "convicted", "2024-06-11", "-", "1"),
    ("dismissed@2023-05-01; charged in 2023-05-01", "dismissed", "2023-05-01", "c", "1"),
    # stands again
    ("acquitted@2023-02-01; convicted@2024-06-30", "convicted", "2024-06-30", "-", "0"),
    ("acquitted in 2023-02-01; sentenced@2024-06-30", "sentenced", "2024-06-30", "-", "0"),
    ("acquitted@2023; convicted@2024", "convicted", "2024", "-", "0"),
    ("sentenced@2021-01-01; overturned@2022-01-01; on_trial@2023-01-01", "on_trial", "2023-01-01", "-", "01"),
    ("sentenced@2021-01-01; overturned@2022-01-01; convicted@2023-01-01; sentenced@2023-02-01",
     "sentenced", "2023-02-01", "-", "01"),
    ("dismissed@2022-01-01; charged@2022-09-01", "charged", "2022-09-01", "-", "0"),
    ("convicted@2021-01-01; acquitted@2022-01-01; convicted@2023-01-01; acquitted@2024-01-01",
     "acquitted", "2024-01-01", "c", "02"),
    ("acquitted@2022-01-01; sentenced@2023-01-01; convicted in 2024-01-01", "sentenced", "2023-01-01", "-", "0"),
    # the order is not known
    ("convicted; acquitted", "acquitted", None, "cd", "0"),
    ("convicted@2024-05-01; acquitted@2024-05-01", "acquitted", "2024-05-01", "cd", "0"),
    ("convicted in 2024-05-01; acquitted in 2024-05-01", "acquitted", None, "cd", "0"),
    ("convicted@2024-05-14; acquitted@2024-05", "acquitted", "2024-05", "cd", "0"),
    ("convicted@2024; acquitted@2024-05-14", "acquitted", "2024-05-14", "cd", "0"),
    ("sentenced in 2024-08-01; acquitted@2023-05-14", "acquitted", "2023-05-14", "cd", "0"),
    ("sentenced in 2024-08-01; acquitted in 2023-05-14", "acquitted", None, "cd", "0"),
    ("sentenced; acquitted@2023-05-14", "acquitted", "2023-05-14", "cd", "0"),
    ("sentenced@2020-01-01; acquitted", "acquitted", None, "cd", "0"),
    ("pleaded_guilty in 2024-08-01; dismissed@2024-08", "dismissed", "2024-08", "cd", "0"),
    ("charged@2024-08-01; acquitted@2024-08-01", "acquitted", "2024-08-01", "c", "0"),
    ("charged; acquitted", "acquitted", None, "c", "0"),
    ("convicted@2020-01-01; acquitted@2021-01-01; convicted in 2022-01-01", "acquitted", "2021-01-01", "cd", "02"),
    ("acquitted@2021-01-01; convicted@2022-01-01; sentenced in 2022-03-01", "convicted", "2022-01-01", "-", "0"),
    ("acquitted@2021-01-01; charged@2022-01-01; convicted in 2023-01-01", "charged", "2022-01-01", "d", "02"),
    ("convicted@2024-06-01; acquitted@2023-01-01; acquitted@2024", "acquitted", "2024", "cd", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("history", "stage", "date", "flags", "overruled"), TABLE)
def test_what_stands(history: str, stage: str, date: str | None, flags: str, overruled: str) -> None:
    found = standing(entries(history))
    assert (found.stage, found.stage_date) == (Stage(stage), date)
    assert (found.cleared, found.doubtful) == ("c" in flags, "d" in flags)
    assert found.overruled == set(overruled)


# proceedings of one person, each with its stage and flags as above
PROCEEDINGS = [
    (["sentenced@2024-01-10"], "sentenced -"),
    (["sentenced@2024-01-10; acquitted@2025-03-10"], "acquitted c"),
    # told in another one: both may be meant
    (["sentenced@2024-01-10", "charged@2024-08-10; acquitted@2025-03-10"], "acquitted cd, acquitted cd"),
    (["sentenced@2024-01-10", "charged@2024-08-10; overturned in 2025-03-10"], "overturned cd, overturned cd"),
    (["sentenced@2024-01-10", "charged@2024-08-10; acquitted"], "acquitted cd, acquitted cd"),
    # told with another country alone
    (["sentenced@2024-01-10", "acquitted@2025-03-10"], "acquitted cd, acquitted c"),
    (["charged@2024-01-10", "sentenced@2024-02-10", "acquitted@2025-03-10"],
     "acquitted cd, acquitted cd, acquitted c"),
    # an end clears nothing that came after it, and nothing that has an end of its own
    (["charged@2014-01-10; acquitted@2015-03-10", "sentenced in 2024-01-10"], "acquitted c, sentenced -"),
    (["sentenced@2014-01-10; overturned@2015-03-10", "charged@2024-01-10; dismissed@2024-05-01"],
     "overturned c, dismissed c"),
    (["charged@2014-01-10", "acquitted@2015-03-10; convicted@2016-01-01"], "acquitted cd, convicted -"),
    (["acquitted@2015-03-10", "arrested@2014-01-01; sentenced@2016-01-10"], "acquitted c, sentenced -"),
    # a human wrote when the later one began, so the end is its own
    (["sentenced@2024-01-10", "charged@=2024-08-10; acquitted@2025-03-10"], "sentenced -, acquitted c"),
    (["sentenced@2024-01-10", "charged@=2024-01-10; acquitted@2025-03-10"], "acquitted cd, acquitted cd"),
    (["sentenced@2024-01-10", "charged@=2024-08-10; acquitted@2024-05-10"], "acquitted cd, charged -"),
]  # fmt: skip


@pytest.mark.parametrize(("proceedings", "wanted"), PROCEEDINGS)
def test_what_stands_in_several_proceedings(proceedings: list[str], wanted: str) -> None:
    told = {
        str(n): [replace(one, mention_id=f"{n}.{one.mention_id}") for one in entries(history)]
        for n, history in enumerate(proceedings)
    }
    found = standings(told)
    shown = [
        f"{one.stage.value} {'c' * one.cleared}{'d' * one.doubtful or '-' * (not one.cleared)}"
        for _, one in sorted(found.items())
    ]
    assert ", ".join(shown) == wanted
    for key, one in found.items():
        assert one.overruled <= {entry.mention_id for entry in told[key]}


def test_nobody_stands_for_nothing() -> None:
    with pytest.raises(ValueError, match="at least one mention"):
        standing([])
    assert timeline([]) == ()


@pytest.mark.parametrize(
    ("partial", "first", "last"),
    [
        ("2024", "2024-01-01", "2024-12-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02-28", "2023-02-28", "2023-02-28"),
        ("2023-02-28T23:59:00+01:00", "2023-02-28", "2023-02-28"),
        ("2023-02-29", None, None),
        ("2023-00", None, None),
        ("2023-05-00", None, None),
        ("0000", None, None),
        ("May 2023", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_spans_of_partial_dates(partial: str | None, first: str | None, last: str | None) -> None:
    found = span(partial)
    assert found == (
        None if first is None or last is None else (dt.date.fromisoformat(first), dt.date.fromisoformat(last))
    )


@pytest.mark.parametrize(
    ("history", "lines"),
    [
        (
            "arrested@2024-01-05; sentenced@2024-05-14; sentenced@2024-05; sentenced in 2024-06-01",
            [("2024-01-05", "arrested", True, "0"), ("2024-05-14", "sentenced", True, "123")],
        ),
        (
            "sentenced@2024-05-14; acquitted in 2025-01-02; sentenced@2024 in 2025-02-01",
            [("2024-05-14", "sentenced", False, "02"), ("2025-01-02", "acquitted", True, "1")],
        ),
        (
            "charged@2023-01-01; charged@2024-02-02; charged in 2025-01-01",
            [("2023-01-01", "charged", True, "0"), ("2024-02-02", "charged", True, "1"),
             ("2025-01-01", "charged", True, "2")],
        ),
        ("sentenced@2024-05-14; sentenced in 2024-01-01", [("2024-01-01", "sentenced", True, "1"),
                                                        ("2024-05-14", "sentenced", True, "0")]),
        ("wanted; arrested", [(None, "wanted", True, "0"), (None, "arrested", True, "1")]),
        (
            "acquitted@2023-02-01; convicted@2024-06-30; charged@2022-01-01",
            [("2022-01-01", "charged", False, "2"), ("2023-02-01", "acquitted", False, "0"),
             ("2024-06-30", "convicted", True, "1")],
        ),
    ],
)  # fmt: skip
def test_lines(history: str, lines: list[tuple[str | None, str, bool, str]]) -> None:
    expected = tuple(Line(date, Stage(stage), stands, tuple(ids)) for date, stage, stands, ids in lines)
    assert timeline(entries(history)) == expected


DAYS = st.dates(dt.date(2018, 1, 1), dt.date(2025, 12, 31))
PARTIALS = st.builds(lambda day, cut: day.isoformat()[:cut], DAYS, st.sampled_from([4, 7, 10]))
STORIES = st.builds(
    Entry,
    stage=st.sampled_from(Stage),
    stage_date=st.none() | PARTIALS,
    published=st.none() | DAYS.map(dt.date.isoformat),
    first_seen=st.just(SEEN),
    mention_id=st.sampled_from([str(n) for n in range(20)]),
)
HISTORIES = st.lists(STORIES, min_size=1, max_size=8, unique_by=lambda one: one.mention_id)


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.randoms(use_true_random=False))
def test_order_does_not_matter(history: list[Entry], rng: object) -> None:
    shuffled = list(history)
    rng.shuffle(shuffled)  # type: ignore[attr-defined]
    assert standing(shuffled) == standing(history)
    assert timeline(shuffled) == timeline(history)


@settings(max_examples=150, deadline=None)
@given(HISTORIES, st.sampled_from(STAGE_ORDER), st.integers(1990, 2016), st.none() | DAYS.map(dt.date.isoformat))
def test_a_recall_of_earlier_days_changes_nothing(
    history: list[Entry], stage: Stage, year: int, published: str | None
) -> None:
    before = standing(history)
    if not before.cleared and STAGE_ORDER.index(stage) >= STAGE_ORDER.index(before.stage):
        return  # further than what stands, or another date for it: news
    recall = Entry(stage=stage, stage_date=str(year), published=published, first_seen=SEEN, mention_id="recall")
    after = standing([*history, recall])
    ends = [one for one in history if one.stage.is_cleared]
    told = any(one.published is not None or one.stage_date is not None for one in ends)
    assert (after.stage, after.stage_date, after.cleared) == (before.stage, before.stage_date, before.cleared)
    assert after.overruled - {"recall"} == before.overruled
    if told or not ends:
        assert after.doubtful == before.doubtful


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_whoever_was_cleared_last_is_cleared(history: list[Entry]) -> None:
    end = Entry(
        stage=Stage.ACQUITTED, stage_date="2027-01-01", published="2027-01-02", first_seen=SEEN, mention_id="end"
    )
    found = standing([*history, end])
    assert found.cleared
    assert not found.doubtful
    assert found.overruled == {one.mention_id for one in history if not one.stage.is_cleared}


@settings(max_examples=150, deadline=None)
@given(HISTORIES)
def test_what_is_doubtful_is_on_no_list_of_perpetrators(history: list[Entry]) -> None:
    found = standing(history)
    assert found.cleared == found.stage.is_cleared
    if found.doubtful:
        assert not found.stage.is_perpetrator
        assert found.overruled


@settings(max_examples=150, deadline=None)
@given(HISTORIES, HISTORIES, HISTORIES)
def test_an_end_of_another_proceeding_never_lets_more_stand(
    one_history: list[Entry], second: list[Entry], third: list[Entry]
) -> None:
    told = {"0": one_history, "1": second, "2": third}
    found = standings(told)
    for key, one in found.items():
        alone = standing(told[key])
        assert one == alone or (one.doubtful and not one.stage.is_perpetrator) or (one.doubtful and alone.cleared)
    assert standings({"0": one_history}) == {"0": standing(one_history)}
    last = Entry(
        stage=Stage.ACQUITTED, stage_date="2027-01-01", published="2027-01-02", first_seen=SEEN, mention_id="end"
    )
    after = standings(told | {"end": [last]})
    assert all(one.cleared or one.doubtful for one in after.values())


@settings(max_examples=100, deadline=None)
@given(HISTORIES)
def test_every_mention_is_on_one_line(history: list[Entry]) -> None:
    told = [one for line in timeline(history) for one in line.mention_ids]
    assert sorted(told) == sorted(one.mention_id for one in history)
