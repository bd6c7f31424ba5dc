"""Of what somebody was found guilty: a launderer's charge in a trafficking story makes no trafficker.

Refuses real names: everybody here is invented.
"""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.model import Offence, Stage
from storage.records.feed import FeedPerson, FeedRecord, FeedStage
from tests.feed.feed_samples import case, person, record
from tipwatch.feed.dataset import TRAFFICKING, guilty_offences, topics
from tipwatch.feed.htcds import htcds_rows
from tipwatch.feed.offences import COLUMNS, offence_rows

LABOUR, SEX, MONEY, PIMPING = (
    Offence.LABOUR_TRAFFICKING, Offence.SEX_TRAFFICKING, Offence.FINANCIAL_DOCUMENT, Offence.PIMPING_PROCURING,
)  # fmt: skip
TRAFFICKER = ("crime", "crime.traffick", "crime.traffick.human", "forced.labor")


def told(n: int = 1, *categories: tuple[Offence, ...], **changes: Any) -> FeedRecord:
    """A sentence in a story of labour trafficking, with a charge for each of these sets of categories."""
    values = {
        "offences": (MONEY, LABOUR), "charges": tuple((f"charge {k}", None, None) for k in range(len(categories))),
        "charge_offences": categories,
    }  # fmt: skip
    return record(n, **values | changes)


def convict(*records: FeedRecord) -> FeedPerson:
    """Whom these stories tell of, in one case of labour trafficking."""
    return person(records=records, cases=(case(offences=(MONEY, LABOUR)),))


HUMAN: dict[str, Any] = {"corrected_fields": ("offences",), "reviewed": "corrected"}


@pytest.mark.parametrize(
    ("records", "found"),
    [
        ([told(1, (MONEY,))], {MONEY}),
        ([told(1, (MONEY,), (PIMPING,))], {MONEY, PIMPING}),
        ([told(1, (MONEY,)), told(2, (PIMPING,))], {MONEY, PIMPING}),
        ([told(1, (MONEY,)), told(2, stage=Stage.CHARGED)], {MONEY}),
        ([told(1, (MONEY,)), told(2, (LABOUR,), stage=Stage.ON_TRIAL)], {MONEY}),
        ([told(1, (MONEY,)), told(2, (LABOUR,), case_id="c-0002")], {MONEY}),
        ([told(1, (MONEY,), (LABOUR,))], {MONEY, LABOUR}),
        ([told(1, (LABOUR,))], {MONEY, LABOUR}),
        ([told(1)], {MONEY, LABOUR}),
        ([told(1, charges=(("money laundering", None, None),))], {MONEY, LABOUR}),
        ([told(1, (MONEY,), ())], {MONEY, LABOUR}),
        ([told(1, (MONEY,)), told(2)], {MONEY, LABOUR}),
        ([told(1, (MONEY,)), told(2, (SEX,))], {MONEY, LABOUR}),
        ([told(1, (MONEY,), offences=(LABOUR,), **HUMAN)], {LABOUR}),
        ([told(1, (LABOUR,), offences=(MONEY,), **HUMAN)], {MONEY}),
        ([told(1, offences=(MONEY,), **HUMAN), told(2, (PIMPING,))], {MONEY, PIMPING}),
        ([told(1, offences=(LABOUR,), **HUMAN), told(2, (MONEY,))], {MONEY, LABOUR}),
        ([told(1, (MONEY,), corrected_fields=("age",), reviewed="corrected")], {MONEY}),
        ([told(1, (MONEY,), offences=(), **HUMAN)], {MONEY, LABOUR}),
    ],
    ids=[
        "laundering alone", "two charges", "two stories", "a charge before it", "a trial before it",
        "another case", "trafficking beside it", "trafficking alone", "no charge",
        "read before categories were carried", "an unknown category", "a story without charges",
        "another story names trafficking", "a human says trafficking", "a human says laundering",
        "a human beside charges",
        "a human's trafficking beside charges", "a human corrected another field", "a human says none: the case's",
    ],
)  # fmt: skip
def test_the_offences_of_which_somebody_was_found_guilty(records: list[FeedRecord], found: set[Offence]) -> None:
    for ordered in permutations(records):
        one = convict(*ordered)
        assert guilty_offences(one, one.cases[0]) == found


def test_a_launderer_in_a_story_of_forced_labour_has_no_topic_and_no_role_of_it() -> None:
    pytest.importorskip("followthemoney")
    from tipwatch.feed.entities import Entities
    from tipwatch.feed.ontology import ontology

    for charged, found, exploits in (((MONEY,), ("crime",), ""), ((LABOUR,), TRAFFICKER, "ForcedLabour")):
        one = convict(told(1, charged))
        (row,) = htcds_rows(one)
        assert (row[2], row[3]) == ("Other", exploits)
        made = next(iter(Entities(ontology(), FeedStage.CONVICTED).of_person(one)))
        assert tuple(made["properties"]["topics"]) == found


CATEGORIES = st.lists(st.sampled_from(Offence), max_size=3, unique=True).map(tuple)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.builds(
            lambda charged, offences, stage: told(1, *charged, offences=offences, stage=stage),
            st.lists(CATEGORIES, max_size=3), CATEGORIES, st.sampled_from([Stage.CHARGED, Stage.SENTENCED]),
        ),
        max_size=4,
    )
)  # fmt: skip
def test_nobody_whose_charges_name_no_trafficking_is_a_trafficker(records: list[FeedRecord]) -> None:
    one = convict(*records)
    guilt = [told for told in records if told.stage.is_perpetrator]
    charged = [categories for told in guilt for categories in told.charge_offences]
    found = guilty_offences(one, one.cases[0])
    if guilt and all(told.charges for told in guilt) and all(charged):
        named = {offence for categories in charged for offence in categories}
        if TRAFFICKING.isdisjoint(named):
            assert found == named
            assert topics(found) == ("crime",)
            return
    today = {offence for told in guilt for offence in told.offences}
    assert found == (today or {MONEY, LABOUR})


def test_no_file_calls_a_launderer_a_trafficker() -> None:
    """`offences.csv` says "found guilty" in the same row, and a summary speaks of the person's part."""
    launderer = convict(told(1, (MONEY,)), told(2, (LABOUR,), stage=Stage.CHARGED))
    offences = COLUMNS.index("offences")
    rows = [(row[COLUMNS.index("found_guilty")], row[offences]) for row in offence_rows(launderer)]
    assert rows == [("yes", MONEY.value), ("no", f"{MONEY.value}; {LABOUR.value}")]
    pytest.importorskip("followthemoney")
    from tipwatch.feed.entities import Entities
    from tipwatch.feed.ontology import ontology

    made = list(Entities(ontology(), FeedStage.CONVICTED).of_person(launderer))
    (part,) = [one for one in made if one["schema"] == "CourtCaseParty"]
    assert LABOUR.value not in part["properties"]["summary"][0]
    assert MONEY.value in part["properties"]["summary"][0]
