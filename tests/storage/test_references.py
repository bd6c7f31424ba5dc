"""A user's own figures: stored whole, changed where they differ, taken back by file, before the shipped ones."""

from __future__ import annotations

import dataclasses
import datetime as dt

import pytest

from config.reference import ReferenceFigure
from storage.records import ImportResult
from storage.references import latest, merged
from storage.store import Store

NOW = dt.datetime(2026, 11, 23, 6, 0, tzinfo=dt.UTC)
LATER = NOW + dt.timedelta(days=1)


def figure(
    country: str = "np",
    year: int = 2022,
    indicator: str = "convicted",
    value: float | None = 7.0,
    text: str | None = None,
    source: str = "A ministry, réponse n° 3",
) -> ReferenceFigure:
    return ReferenceFigure(
        country=country, year=year, indicator=indicator, value=value, value_text=text, source=source
    )


def result(added: int = 0, changed: int = 0, unchanged: int = 0, left: int = 0) -> ImportResult:
    return ImportResult(added=added, changed=changed, unchanged=unchanged, left=left)


def test_an_import_keeps_every_part_and_the_second_changes_nothing(store: Store) -> None:
    given = [figure(), figure("in", 2024, "population", 1450935791.0), figure(year=2023, value=None, text="<5")]
    assert store.references.compare(given, "a.csv") == result(added=3)
    assert store.references.figures() == []
    assert store.references.import_figures(given, "a.csv", NOW) == result(added=3)
    stored = store.references.figures()
    assert [one.key for one in stored] == [
        ("in", 2024, "population"), ("np", 2022, "convicted"), ("np", 2023, "convicted"),
    ]  # fmt: skip
    assert {one.key: one.says for one in stored} == {one.key: one.says for one in given}
    assert {(one.file, one.imported) for one in stored} == {("a.csv", NOW)}
    assert store.references.import_figures(given, "a.csv", LATER) == result(unchanged=3)
    assert store.references.figures() == stored


def test_figures_by_country_indicator_and_file(store: Store) -> None:
    store.references.import_figures([figure(), figure("in")], "a.csv", NOW)
    store.references.import_figures([figure(indicator="newspapers")], "b.csv", NOW)
    assert [one.key for one in store.references.figures("np")] == [
        ("np", 2022, "convicted"), ("np", 2022, "newspapers"),
    ]  # fmt: skip
    assert [one.country for one in store.references.figures(indicator="convicted")] == ["in", "np"]
    assert [one.indicator for one in store.references.figures(file="b.csv")] == ["newspapers"]
    assert store.references.figures("np", "population") == []
    assert store.references.files() == {"a.csv": 2, "b.csv": 1}


@pytest.mark.parametrize(
    "other", [figure(value=8.0), figure(value=None, text="<5"), figure(source="Another"), figure(value=0.0)]
)
def test_the_last_import_stands(store: Store, other: ReferenceFigure) -> None:
    store.references.import_figures([figure(), figure(year=2021)], "a.csv", NOW)
    assert store.references.import_figures([other], "b.csv", LATER) == result(changed=1)
    (one,) = store.references.figures(file="b.csv")
    assert (one.says, one.imported) == (other.says, LATER)
    assert store.references.files() == {"a.csv": 1, "b.csv": 1}


def test_lines_that_left_the_file_stay_and_are_counted(store: Store) -> None:
    store.references.import_figures([figure(), figure(year=2021)], "a.csv", NOW)
    shorter = [figure(value=9.0), figure("in")]
    assert store.references.compare(shorter, "a.csv") == result(added=1, changed=1, left=1)
    assert store.references.import_figures(shorter, "a.csv", LATER) == result(added=1, changed=1, left=1)
    assert store.references.files() == {"a.csv": 3}


def test_forgetting_takes_back_one_file_alone(store: Store) -> None:
    store.references.import_figures([figure(), figure(year=2021)], "a.csv", NOW)
    store.references.import_figures([figure("in")], "b.csv", NOW)
    assert store.references.forget("c.csv") == 0
    assert store.references.forget("a.csv") == 2
    assert [one.country for one in store.references.figures()] == ["in"]


def test_two_of_the_same_key_are_refused_whole(store: Store) -> None:
    twins = [figure("in"), figure(), figure(value=8.0)]
    with pytest.raises(ValueError, match="same country"):
        store.references.import_figures(twins, "a.csv", NOW)
    assert store.references.figures() == []


def test_a_user_s_figure_comes_before_the_shipped_one(sqlite_store: Store) -> None:
    shipped = [figure(value=1.0), figure(year=2023, value=2.0), figure("in", value=3.0)]
    sqlite_store.references.import_figures([figure(value=9.0), figure(year=2020)], "a.csv", NOW)
    best = merged(shipped, sqlite_store.references.figures())
    assert [(one.country, one.year, one.value) for one in best] == [
        ("in", 2022, 3.0), ("np", 2020, 7.0), ("np", 2022, 9.0), ("np", 2023, 2.0),
    ]  # fmt: skip
    assert merged(shipped, []) == tuple(sorted(shipped, key=lambda one: (one.country, one.year)))


@pytest.mark.parametrize(
    ("year", "found"), [(None, 2023), (2026, 2023), (2023, 2023), (2022, 2020), (2020, 2020), (2019, None)]
)
def test_the_nearest_year_that_is_not_later(year: int | None, found: int | None) -> None:
    figures = [figure(year=2023), figure(year=2020), figure("in", 2026), figure(year=2024, indicator="prosecuted")]
    for given in (figures, figures[::-1]):
        one = latest(given, "convicted", "np", year)
        assert (None if one is None else one.year) == found
    same = dataclasses.replace(figures[0], value=8.0)
    assert latest([*figures, same], "convicted", "np") is same
