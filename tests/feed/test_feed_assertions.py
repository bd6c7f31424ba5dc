"""What a feed is refused for, and which loss is none: a table of counts, and the law that no excuse refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.errors import ExportRefused
from tipwatch.feed.assertions import Gone, Limits, judge, needs_reasons
from tipwatch.feed.tally import FIELDS, Measured


def measured(targets: int, countries: int = 3, fill: float = 1.0) -> Measured:
    return Measured(targets=targets, countries=countries, fill={**dict.fromkeys(FIELDS, fill), "sourceUrl": 1.0})


@pytest.mark.parametrize(
    ("before", "found", "gone", "excused", "said"),
    [
        (100, 100, 0, 0, None),
        (100, 75, 25, 0, None),  # a quarter: no reasons are asked for
        (100, 60, 40, 0, "60 targets, the last one has 100"),
        (100, 60, 40, 40, None),
        (100, 60, 40, 20, None),  # twenty are lost, which is less than is asked about
        (100, 40, 60, 20, r"40 targets, the last one has 100 \(20 of them taken off on purpose\)"),
        (100, 0, 100, 100, None),  # a court may clear them all
        (100, 100, 60, 0, "60 would be gone"),  # new ids for sixty
        (100, 100, 60, 10, r"60 would be gone \(10 of them"),
        (100, 100, 60, 40, None),
        (30, 4, 26, 0, "4 targets"),
        (30, 4, 26, 2, None),  # fewer than 25 are lost
    ],
)
def test_what_counts_as_lost(before: int, found: int, gone: int, excused: int, said: str | None) -> None:
    arguments = measured(found), measured(before), Gone(targets=gone, excused=excused), Limits()
    if said is not None:
        with pytest.raises(ExportRefused, match=said):
            judge(*arguments, force=False)
        assert "forced" in judge(*arguments, force=True)[0]
        return
    warnings = judge(*arguments, force=False)
    needed = needs_reasons(measured(found), measured(before), gone, Limits())
    assert len(warnings) == needed
    assert all(f"{excused} of them acquitted, taken down" in one for one in warnings)


@pytest.mark.parametrize(
    ("limits", "gone", "refused"),
    [
        (Limits(min_targets=10), Gone(targets=1), True),
        (Limits(min_targets=10), Gone(targets=1, excused=1), False),  # the tenth was acquitted today
        (Limits(min_targets=10), Gone(), True),
        (Limits(min_targets=11), Gone(targets=1, excused=1), True),
        (Limits(min_countries=4), Gone(targets=1, excused=1), False),
        (Limits(min_countries=4), Gone(targets=2, excused=1), True),
        (Limits(min_countries=4), Gone(), True),
    ],
)
def test_a_minimum_does_not_keep_a_cleared_person_on_the_list(limits: Limits, gone: Gone, refused: bool) -> None:
    if refused:
        with pytest.raises(ExportRefused):
            judge(measured(9), measured(10), gone, limits, force=False)
    else:
        (warning,) = judge(measured(9), measured(10), gone, limits, force=False)
        assert "1 of them acquitted" in warning


COUNTS = st.integers(0, 400)


@given(before=COUNTS, kept=COUNTS, new=COUNTS, excused=st.lists(COUNTS, min_size=2, max_size=2), least=COUNTS)
def test_a_further_excuse_never_refuses_what_was_let_pass(
    before: int, kept: int, new: int, excused: list[int], least: int
) -> None:
    gone = max(0, before - kept)
    fewer, more = sorted(min(one, gone) for one in excused)
    found, last, limits = measured(before - gone + new), measured(before), Limits(min_targets=least)
    passed = []
    for reasons in (fewer, more):
        try:
            judge(found, last, Gone(targets=gone, excused=reasons), limits, force=False)
            passed.append(True)
        except ExportRefused:
            passed.append(False)
    assert passed in ([False, False], [False, True], [True, True])
