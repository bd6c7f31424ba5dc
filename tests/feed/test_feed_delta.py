"""The law of the delta: yesterday's full file plus today's delta is today's full file, byte for byte.

Refuses chosen examples alone: histories of adds, merges, splits, downgrades, takedowns and corrections are drawn.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from extraction.model import Offence, Stage
from storage.records.feed import FeedPerson, FeedStage
from tests.feed.feed_samples import case, person, record
from tipwatch.feed.delta import DeltaError, apply, diff, without
from tipwatch.feed.entities import Entities
from tipwatch.feed.lines import joined, line
from tipwatch.feed.ontology import ontology
from tipwatch.feed.sorting import Sorted

pytest.importorskip("followthemoney")

People = dict[str, FeedPerson]
NAMES = (
    "Ravi Testman",
    "Olga Sampleson",
    'Quote "Comma, Testson',
    "सीता टेस्ट",
    "Line\u2028Break Testova",
    "=Sum Tester",
)
GUILTY = st.sampled_from([Stage.PLEADED_GUILTY, Stage.CONVICTED, Stage.SENTENCED])
ANY = st.sampled_from([Stage.CHARGED, Stage.ON_TRIAL, Stage.CONVICTED, Stage.SENTENCED])


@st.composite
def a_person(draw: st.DrawFn, n: int) -> FeedPerson:
    """Somebody new; cases and stories are few, so that several persons share them."""
    stage = draw(ANY)
    numbers = draw(st.lists(st.integers(1, 4), min_size=1, max_size=3, unique=True))
    offences = tuple(sorted(draw(st.sets(st.sampled_from(Offence), min_size=1, max_size=2))))
    cases = tuple(case(id=f"c-{k % 2}", stage=stage, offences=offences) for k in sorted({k % 2 for k in numbers}))
    records = tuple(
        record(k, mention_id=f"{n:010x}{k:010x}", case_id=f"c-{k % 2}", stage=stage, offences=offences,
               title=draw(st.sampled_from([None, "A [victim]", "B"])))
        for k in numbers
    )  # fmt: skip
    return person(n, name=draw(st.sampled_from(NAMES)), stage=stage, perpetrator=stage.is_perpetrator, cases=cases,
                  records=records, reviewed=draw(st.booleans()))  # fmt: skip


def _joined(one: FeedPerson, other: FeedPerson) -> FeedPerson:
    cases = {each.id: each for each in (*other.cases, *one.cases)}
    former = {other.id, *other.former_ids, *one.former_ids} - {one.id}
    return replace(
        one, former_ids=tuple(sorted(former)), aliases=tuple(sorted({other.name, *one.aliases} - {one.name})),
        cases=tuple(cases[each] for each in sorted(cases)), records=(*one.records, *other.records),
        perpetrator=one.perpetrator or other.perpetrator,
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn) -> list[People]:
    """Some days of a feed: who was in it at the end of each."""
    days: list[People] = [{}]
    number = 0
    for _ in range(draw(st.integers(1, 4))):
        people = dict(days[-1])
        for _ in range(draw(st.integers(0, 4))):
            change = draw(
                st.sampled_from(["add", "add", "merge", "split", "downgrade", "takedown", "correct", "return"])
            )
            ids = sorted(people)
            if change == "add" or not ids:
                number += 1
                made = draw(a_person(number))
                people[made.id] = made
                continue
            one = people[draw(st.sampled_from(ids))]
            match change:
                case "merge" if len(ids) > 1:
                    other = people[draw(st.sampled_from([each for each in ids if each != one.id]))]
                    del people[other.id]
                    people[one.id] = _joined(one, other)
                case "split" if len(one.records) > 1:
                    number += 1
                    gone = one.records[-1]
                    made = replace(draw(a_person(number)), records=(gone,), cases=one.cases[:1])
                    people[one.id] = replace(one, records=one.records[:-1])
                    people[made.id] = made
                case "downgrade" | "takedown":
                    del people[one.id]  # a quashed verdict, an acquittal, a request: gone from the list
                case "correct":
                    name = draw(st.sampled_from(NAMES))
                    stage = draw(GUILTY)
                    people[one.id] = replace(one, name=name, stage=stage, birth_years=draw(
                        st.sampled_from([None, (1980, 1980), (1980, 1981)])))  # fmt: skip
                case "return":
                    earlier = draw(st.sampled_from(days))
                    people |= {each: earlier[each] for each in earlier.keys() - people.keys()}
                case _:
                    pass
        days.append(people)
    return days


def full(people: People) -> list[bytes]:
    """The lines of entities.ftm.json, as they are written: spilt to the disk, merged, joined."""
    maker = Entities(ontology(), FeedStage.CHARGED)
    with Sorted(Path("/tmp"), room=2000) as lines:
        for key in sorted(people):
            for entity in maker.of_person(people[key]):
                lines.add(line(entity))
        return [each for each, _ in joined(lines)]


def _law(days: list[People]) -> None:
    files = [full(people) for people in days]
    deltas = [list(diff(before, after)) for before, after in pairwise(files)]
    for (before, after), delta in zip(pairwise(files), deltas, strict=True):
        assert b"".join(apply(before, delta)) == b"".join(after)
        assert b"".join(_by_client(before, delta)) == b"".join(after)
        assert not delta or before != after
    kept: list[list[bytes]] = []  # as `deltas/` keeps them
    for delta in deltas:
        kept = [*(list(without(older, delta)) for older in kept), delta]
    for k, start in enumerate(files):
        made = iter(start)
        for delta in kept[k:]:
            made = apply(made, delta, strict=False)
        assert b"".join(made) == b"".join(files[-1])
    today = {json.loads(each)["id"] for each in files[-1]}
    told = [json.loads(each) for delta in kept for each in delta]
    assert len({each["entity"]["id"] for each in told}) == len(told)
    assert {each["entity"]["id"] for each in told if each["op"] != "DEL"} <= today


def _by_client(before: list[bytes], delta: list[bytes]) -> list[bytes]:
    """What a taker does who knows nothing of our code: a dictionary of entities by id."""
    held = {json.loads(each)["id"]: json.loads(each) for each in before}
    for each in delta:
        change: dict[str, Any] = json.loads(each)
        entity = change["entity"]
        if change["op"] == "DEL":
            assert entity.keys() == {"id"}
            del held[entity["id"]]
        else:
            assert (entity["id"] in held) is (change["op"] == "MOD")
            held[entity["id"]] = entity
    ordered = [held[key] for key in sorted(held)]
    return [json.dumps(each, ensure_ascii=False, separators=(",", ":")).encode() + b"\n" for each in ordered]


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(histories())
def test_yesterday_and_the_delta_are_today(days: list[People]) -> None:
    _law(days)


@pytest.mark.slow
@settings(
    max_examples=int(os.environ.get("TIPWATCH_HISTORIES", "1000")), deadline=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(histories())
def test_the_law_over_a_thousand_histories(days: list[People]) -> None:
    _law(days)


def test_a_merge_deletes_the_former_id_and_names_it_as_a_referent() -> None:
    one, other = person(1), person(2)
    after = _joined(one, other)
    delta = [json.loads(each) for each in diff(full({one.id: one, other.id: other}), full({one.id: after}))]
    told = {(each["op"], each["entity"]["id"]) for each in delta if "-p-" in each["entity"]["id"][:5]}
    assert told == {("MOD", f"tw-{one.id}"), ("DEL", f"tw-{other.id}")}
    assert next(each["entity"]["referents"] for each in delta if each["op"] == "MOD") == [f"tw-{other.id}"]


def test_who_is_cleared_is_a_deletion_with_the_id_alone() -> None:
    one = person(1)
    delta = list(diff(full({one.id: one}), []))
    assert b'{"op":"DEL","entity":{"id":"tw-%s"}}\n' % one.id.encode() in delta
    assert all(each.startswith(b'{"op":"DEL"') for each in delta)
    assert not any(b"Testman" in each for each in delta)


@pytest.mark.parametrize(
    ("before", "delta", "said"),
    [
        ([b'{"id":"a"}\n'], [b'{"op":"ADD","entity":{"id":"a"}}\n'], "ADD of a, which is there already"),
        ([], [b'{"op":"MOD","entity":{"id":"a"}}\n'], "MOD of a, which is not there"),
        ([b'{"id":"b"}\n'], [b'{"op":"DEL","entity":{"id":"a"}}\n'], "DEL of a, which is not there"),
        ([b'{"id":"b"}\n', b'{"id":"a"}\n'], [], "not sorted by id"),
        ([b'{"id":"a"}\n', b'{"id":"b"}'], [], "cut off"),
        ([b"<html>\n"], [], "does not begin with the id"),
        ([], [b'{"op":"ADD","entity":{"id":"a"'], "was cut off"),
        ([], [b'{"op":"PUT","entity":{"id":"a"}}\n'], "no operation"),
        ([], [b'{"op":"ADD","entity":{"id":"b"}}\n', b'{"op":"ADD","entity":{"id":"a"}}\n'], "not sorted"),
    ],
)
def test_a_delta_that_does_not_fit_is_refused(before: list[bytes], delta: list[bytes], said: str) -> None:
    with pytest.raises(DeltaError, match=said):
        list(apply(before, delta))


@given(st.lists(st.binary(max_size=20).map(lambda each: each.replace(b"\n", b"") + b"\n")))
def test_sorting_on_the_disk_is_sorting(lines: list[bytes]) -> None:
    with Sorted(Path("/tmp"), room=200) as found:
        for each in lines:
            found.add(each)
        assert list(found) == sorted(lines)
