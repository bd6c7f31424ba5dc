"""The frozen panel, events measured from polls, cases by equal names, and small cells: tables."""

from __future__ import annotations

import datetime as dt

import pytest

from config.reference import ReferenceFigure
from extraction.model import Stage
from storage.records.series import AccusedMention, EventKind, SourceDays
from tipwatch.analysis.cases import ReportedCase, reported_cases
from tipwatch.analysis.panel import measured_events, panel
from tipwatch.report.assemble import suppressed
from tipwatch.report.estimates import WatchedYear, comparisons, estimates, persons_by_year

FIRST = dt.date(2025, 1, 1)
SPAN = (FIRST, FIRST + dt.timedelta(days=99))
DAY = dt.timedelta(days=1)


def days(name: str, entries: list[int | None], first: dt.date = FIRST) -> SourceDays:
    return SourceDays(source_id=name, first=first, entries=tuple(entries))


STEADY: list[int | None] = [5] * 100
PANELS = [
    ("watched throughout", STEADY, FIRST, True),
    ("one day in twelve failed", [None if n % 12 == 0 else 5 for n in range(1, 101)], FIRST, True),
    ("one day in eight failed", [None if n % 8 == 0 else 5 for n in range(1, 101)], FIRST, False),
    ("began a week later", STEADY[:93], FIRST + 7 * DAY, True),
    ("began a month later", STEADY[:70], FIRST + 30 * DAY, False),
    ("polls worked, nothing came any more", [5] * 60 + [0] * 40, FIRST, False),
    ("a quiet fortnight in the middle", [5] * 40 + [0] * 14 + [5] * 46, FIRST, True),
    ("watched long before", STEADY * 3, FIRST - 200 * DAY, True),
]


@pytest.mark.parametrize(("why", "entries", "first", "inside"), PANELS, ids=[row[0] for row in PANELS])
def test_the_panel_holds_who_was_watched_throughout(
    why: str, entries: list[int | None], first: dt.date, inside: bool
) -> None:
    assert panel([days("a", entries, first)], SPAN) == (("a",) if inside else ()), why


def test_a_source_that_was_itself_changed_is_no_part_of_the_panel() -> None:
    assert panel([days("a", STEADY), days("b", STEADY)], SPAN, ["a"]) == ("b",)


EVENTS = [
    (STEADY, FIRST, []),
    (STEADY[:80], FIRST + 20 * DAY, [(EventKind.SOURCE_ADDED, FIRST + 20 * DAY, "watched since")]),
    ([5] * 60 + [None] * 40, FIRST, [(EventKind.SOURCE_SILENT, FIRST + 60 * DAY, "no poll worked")]),
    ([5] * 60 + [0] * 40, FIRST, [(EventKind.SOURCE_SILENT, FIRST + 60 * DAY, "brought nothing new")]),
    ([5] * 90 + [0] * 10, FIRST, []),
    (
        [5] * 40 + [None] * 20 + [5] * 40,
        FIRST,
        [(EventKind.SOURCE_SILENT, FIRST + 40 * DAY, "no poll"), (EventKind.SOURCE_BACK, FIRST + 60 * DAY, "20")],
    ),
]


@pytest.mark.parametrize(("entries", "first", "expected"), EVENTS)
def test_events_are_measured_from_the_polls(
    entries: list[int | None], first: dt.date, expected: list[tuple[EventKind, dt.date, str]]
) -> None:
    found = measured_events([days("in_a", entries, first)], {"in_a": "in"}, SPAN)
    assert [(one.kind, one.day) for one in found] == [(kind, day) for kind, day, _ in expected]
    for one, (_, _, words) in zip(found, expected, strict=True):
        assert words in one.detail
        assert one.countries == ("in",)


HOME = {"in_a": "in", "in_b": "in", "in_c": "in", "np_a": "np"}
PUBLISHER = {"in_a": "a", "in_b": "b", "in_c": "b", "np_a": "n"}


def mention(key: str, text: str, source_id: str, day: int = 0, country: str | None = "in") -> AccusedMention:
    return AccusedMention(
        key=key, copy_group=text, source_id=source_id, day=FIRST + day * DAY, country=country, stage="charged"
    )


CASES = [
    ("one paper", [mention("x", "1", "in_a")], [{"a"}]),
    ("two papers", [mention("x", "1", "in_a"), mention("x", "2", "in_b", 3)], [{"a", "b"}]),
    (
        "the same text in two papers is one report",
        [mention("x", "1", "in_a"), mention("x", "1", "in_b", 1)],
        [{"a"}],
    ),
    ("one publisher", [mention("x", "1", "in_b"), mention("x", "2", "in_c")], [{"b"}]),
    (
        "two accused of one story make one case",
        [mention("x", "1", "in_a"), mention("y", "1", "in_a"), mention("y", "2", "in_b")],
        [{"a", "b"}],
    ),
    ("a year later it is another", [mention("x", "1", "in_a"), mention("x", "2", "in_b", 400)], [{"a"}, {"b"}]),
    ("another country", [mention("x", "1", "in_a"), mention("x", "2", "in_b", country="np")], [{"a"}]),
    ("a paper of another country", [mention("x", "1", "in_a"), mention("x", "2", "np_a")], [{"a"}]),
    ("no country said: that of publication", [mention("x", "1", "in_a", country=None)], [{"a"}]),
]


@pytest.mark.parametrize(("why", "mentions", "expected"), CASES, ids=[row[0] for row in CASES])
def test_cases(why: str, mentions: list[AccusedMention], expected: list[set[str]]) -> None:
    found = reported_cases(mentions, HOME, PUBLISHER).get("in", [])
    assert sorted(sorted(one.publishers) for one in found) == sorted(sorted(one) for one in expected), why


def test_what_nobody_polled_is_no_silence_of_the_source_and_a_return_is_no_beginning() -> None:
    late = dt.date(2025, 3, 1)
    one = SourceDays(source_id="in_a", first=late, entries=(5,) * 40, earlier=True)
    found = measured_events([one], {"in_a": "in"}, (FIRST, late + 39 * DAY))
    assert [(event.kind, event.day) for event in found] == [(EventKind.SOURCE_BACK, late)]
    beyond = measured_events([days("in_a", STEADY)], {"in_a": "in"}, (FIRST, FIRST + 200 * DAY))
    assert [event.detail for event in beyond] == ["in_a is silent since 2025-04-11: nobody polled it."]


def test_small_cells_of_victims_are_suppressed_and_zeros_are_left_out() -> None:
    assert suppressed({"np": 10, "bd": 11, "in": 0, "mm": 1}, 11) == {"np": None, "bd": 11, "mm": None}
    assert suppressed({"np": 1}, 1) == {"np": 1}


def test_the_press_of_two_languages_is_a_second_estimate() -> None:
    """40 cases of which each language's press saw half: about 40 are estimated."""
    seen = [{"a", "b"}] * 10 + [{"a"}] * 10 + [{"b"}] * 10
    cases = [ReportedCase(year=2025, publishers=frozenset(one)) for one in seen]
    year = {2025: watched()}
    chao, languages = estimates(cases, year, {"a": "en", "b": "hi"})
    assert (chao.method.split()[0], languages.method.split()[0]) == ("overlap", "two")
    assert languages.estimate is not None
    assert 36 <= languages.estimate <= 42
    assert "English" in languages.sentence
    assert "Hindi" in languages.sentence
    assert len(estimates(cases, year, {"a": "en", "b": "en"})) == 1
    [part, _] = estimates(cases, {2025: watched(dt.date(2025, 6, 1))}, {"a": "en", "b": "hi"})
    assert part.sentence.startswith("Only 2025-06-01 to 2025-12-31 was watched.")
    [none] = estimates([], year, {}, "language not read")
    assert (none.estimate, none.sentence) == (None, "Nothing can be said: language not read.")


def watched(first: dt.date = FIRST, last: dt.date = dt.date(2025, 12, 31)) -> WatchedYear:
    return WatchedYear(publishers=frozenset({"a", "b"}), first=first, last=last)


def figure(value: float | None, text: str | None = None, indicator: str = "convicted") -> ReferenceFigure:
    return ReferenceFigure(
        country="in", year=2025, indicator=indicator, value=value, value_text=text, source="Ministry, 2026"
    )


def test_persons_beside_an_official_figure() -> None:
    mentions = [mention("x", "1", "in_a"), mention("x", "2", "in_b"), mention("y", "3", "in_a")]
    mentions += [
        AccusedMention(
            key="z", copy_group="4", source_id="in_a", day=FIRST, country="in", stage=Stage.SENTENCED.value
        )
    ]
    persons = persons_by_year(mentions, {Stage.CHARGED, Stage.SENTENCED})
    assert persons == {("in", 2025, "prosecuted"): 3, ("in", 2025, "convicted"): 1}
    figures = [figure(10.0), figure(30.0, indicator="prosecuted"), figure(9.0, indicator="victims_identified")]
    convicted, prosecuted = comparisons("in", {2025: watched()}, persons, figures)
    assert (convicted.observed, convicted.official, convicted.ratio) == (1, 10, pytest.approx(0.1))
    assert convicted.low is not None
    assert convicted.high is not None
    assert convicted.low < 0.1 < convicted.high
    assert prosecuted.ratio == pytest.approx(0.1)
    assert "not a rate of detection" in convicted.sentence
    assert comparisons("in", {2024: watched()}, {}, figures) == ()


def test_no_ratio_where_a_year_was_watched_in_part_or_from_abroad_alone() -> None:
    persons = {("in", 2025, "convicted"): 5}
    [half] = comparisons("in", {2025: watched(dt.date(2025, 6, 1))}, persons, [figure(10.0)])
    [abroad] = comparisons("in", {}, persons, [figure(10.0)])
    assert (half.observed, half.ratio, abroad.observed, abroad.ratio) == (5, None, 5, None)
    assert "Only 2025-06-01 to 2025-12-31 was watched there" in half.sentence
    assert "No source of the country was watched" in abroad.sentence


@pytest.mark.parametrize(("value", "text"), [(None, "<5"), (0.0, None)])
def test_no_ratio_to_a_figure_that_is_no_number_or_nothing(value: float | None, text: str | None) -> None:
    [one] = comparisons("in", {2025: watched()}, {("in", 2025, "convicted"): 2}, [figure(value, text)])
    assert (one.observed, one.ratio, one.low, one.high) == (2, None, None, None)
    assert one.official_text in {"<5", "0"}
