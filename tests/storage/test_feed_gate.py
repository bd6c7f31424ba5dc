"""The gate of the feed alone: a table of histories, and the law that nobody cleared passes."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extraction.model import Stage
from storage.feed.gate import Gate, Told, passed
from storage.records.feed import FeedStage
from storage.resolution import timeline

SEEN = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)
REVIEWED = Gate(stages=FeedStage.CONVICTED.stages, include_unreviewed=False, min_score=0.75)
ALL = Gate(stages=FeedStage.CONVICTED.stages, include_unreviewed=True, min_score=0.75)
ACCUSED = Gate(stages=FeedStage.CHARGED.stages, include_unreviewed=True, min_score=0.75)


def told(history: str) -> list[Told]:
    """`"sentenced@2024-03 0.9"`: stage, its date, the score; with "!" at the end a human has looked."""
    found = []
    for n, one in enumerate(filter(None, map(str.strip, history.split(";")))):
        said, _, score = one.rstrip("!").partition(" ")
        stage, _, date = said.partition("@")
        found.append(
            Told(
                mention_id=str(n), case_id="c-1", stage=Stage(stage), stage_date=date or None,
                published=date or "2026-01-01", first_seen=SEEN, score=float(score or 0.9),
                reviewed=one.endswith("!"),
            )
        )  # fmt: skip
    return found


# history, gate, the stage that is shown, records, whether a human has seen what puts the person on the list
TABLE = [
    ("", ALL, None, "", False),
    ("sentenced@2024-03-01", ALL, "sentenced", "0", False),
    ("sentenced@2024-03-01", REVIEWED, None, "", False),
    ("sentenced@2024-03-01!", REVIEWED, "sentenced", "0", True),
    ("sentenced@2024-03-01 0.5", ALL, None, "", False),
    ("sentenced@2024-03-01 0.5!", ALL, "sentenced", "0", True),
    ("charged@2024-01-01!; sentenced@2024-03-01", ALL, "sentenced", "01", False),
    ("charged@2024-01-01!; sentenced@2024-03-01", REVIEWED, None, "", False),
    ("charged@2024-01-01!; sentenced@2024-03-01 0.5", ACCUSED, "charged", "0", True),
    ("arrested@2024-01-01; sentenced@2024-03-01", ALL, "sentenced", "01", False),
    ("sentenced@2024-03-01!; acquitted@2025-01-01", ALL, None, "", False),
    ("sentenced@2024-03-01!; acquitted@2025-01-01 0.1", REVIEWED, None, "", False),
    ("sentenced@2024-03!; acquitted@2024-03", REVIEWED, None, "", False),  # doubtful
    ("acquitted@2024-03-01; convicted@2025-01-01!", ALL, "convicted", "1", True),
    ("sentenced@2023-01-01!; acquitted@2024-03-01; charged@2025-01-01!", ALL, None, "", False),
    ("sentenced@2023-01-01!; acquitted@2024-03-01; charged@2025-01-01!", ACCUSED, "charged", "2", True),
]


@pytest.mark.parametrize(("history", "gate", "stage", "records", "reviewed"), TABLE)
def test_what_passes(history: str, gate: Gate, stage: str | None, records: str, reviewed: bool) -> None:
    found = passed(told(history), {"c-1": True}, gate)
    assert [(one.stage.value, "".join(one.records), one.reviewed) for one in found] == (
        [] if stage is None else [(stage, records, reviewed)]
    )
    assert passed(told(history), {"c-1": False}, gate) == (), "cleared when it was resolved"
    assert passed(told(history), {}, gate) == ()


stories = st.builds(
    Told,
    mention_id=st.uuids().map(str),
    case_id=st.sampled_from(["c-1", "c-2"]),
    stage=st.sampled_from(Stage),
    stage_date=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2025, 1, 1)).map(str),
    published=st.none() | st.dates(dt.date(2020, 1, 1), dt.date(2025, 1, 1)).map(str),
    first_seen=st.just(SEEN),
    score=st.floats(0, 1),
    reviewed=st.booleans(),
)


@given(st.lists(stories, max_size=6), st.sampled_from([REVIEWED, ALL, ACCUSED]))
def test_nobody_cleared_passes_and_no_stage_rests_on_what_is_not_shown(some: list[Told], gate: Gate) -> None:
    for case in passed(some, {"c-1": True, "c-2": True}, gate):
        here = [one for one in some if one.case_id == case.case_id]
        stands = timeline.standing(
            [
                timeline.Entry(
                    stage=one.stage, stage_date=one.stage_date, published=one.published, first_seen=SEEN,
                    mention_id=one.mention_id,
                )
                for one in here
            ]
        )  # fmt: skip
        assert not stands.cleared
        assert not stands.doubtful
        shown = [one for one in here if one.mention_id in case.records]
        assert case.stage in gate.stages
        assert case.stage in {one.stage for one in shown}
        assert all(one.reviewed or (gate.include_unreviewed and one.score >= gate.min_score) for one in shown)
        assert case.reviewed == any(one.reviewed and one.stage in gate.stages for one in shown)
