"""Clusters do not depend on any order, never chain over a contradiction, and never against a human."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from extraction.model import Stage
from storage.resolution.clusters import resolve
from storage.resolution.comparison import SAME
from storage.resolution.mention import Edge, HumanEdge, Mention

SEEN = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
NAME = "Dorje Lopchan Waiba"


def mention(one: str, name: str = NAME, **changes: Any) -> Mention:
    """An accused in a text of his own."""
    facts: dict[str, Any] = {
        "id": one, "name": name, "article_id": f"text-{one}", "group": f"text-{one}", "date": dt.date(2020, 1, 1),
        "stage": Stage.CHARGED, "first_seen": SEEN,
    }  # fmt: skip
    return Mention(**(facts | changes))


def edge(left: str, right: str, score: float = 0.99) -> Edge:
    return Edge(left=left, right=right, score=score)


def said(left: str, right: str, same: bool, hour: int = 0) -> HumanEdge:
    return HumanEdge(left=left, right=right, same=same, at=SEEN + dt.timedelta(hours=hour))


def together(*groups: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset(group) for group in groups)


def test_edges_join_and_doubt_keeps_two() -> None:
    three = [mention(one) for one in "abc"]
    assert resolve(three, [edge("a", "b"), edge("b", "c", SAME - 0.01)]) == together("ab", "c")
    assert resolve(three, [edge("a", "x")]) == together("a", "b", "c")
    assert resolve([], []) == ()


def test_no_chain_over_ages() -> None:
    three = [mention("a", age=30), mention("b"), mention("c", age=36)]
    assert resolve(three, [edge("a", "b", 0.999), edge("b", "c")]) == together("ab", "c")


def test_small_steps_of_age_do_not_add_up() -> None:
    ages = [mention("a", age=30), mention("b", age=32), mention("c", age=34), mention("d", age=36)]
    found = resolve(ages, [edge("a", "b"), edge("b", "c"), edge("c", "d")])
    assert found == together("ab", "cd")


def test_no_chain_over_names() -> None:
    three = [
        mention("a", "Robert James Smith"),
        mention("b", "Robert Smith"),
        mention("c", "Robert Michael Smith"),
    ]
    assert resolve(three, [edge("a", "b", 0.999), edge("b", "c")]) == together("ab", "c")


def test_an_alias_bridges_two_names() -> None:
    three = [
        mention("a", "Anna Wexcombe"),
        mention("b", "Anna Thistlewood", aliases=("Anna Wexcombe",)),
        mention("c", "Anna Thistlewood"),
    ]
    assert resolve(three, [edge("a", "b"), edge("b", "c")]) == together("abc")


def test_two_of_one_text_are_two_unless_a_human_says_so() -> None:
    two = [mention("a"), mention("b", article_id="text-a"), mention("c")]
    assert resolve(two, [edge("a", "c", 0.999), edge("b", "c")]) == together("ac", "b")
    assert resolve(two, [], [said("a", "b", True)]) == together("ab", "c")


def test_a_human_joins_what_contradicts() -> None:
    two = [mention("a", age=20), mention("b", "Adeola Fashinro", age=60)]
    assert resolve(two, [], [said("a", "b", True)]) == together("ab")


def test_a_human_keeps_apart_and_the_weakest_edge_gives_way() -> None:
    four = [mention(one) for one in "abcd"]
    edges = [edge("a", "b", 0.999), edge("b", "c", 0.985), edge("c", "d", 0.995)]
    assert resolve(four, edges, [said("a", "d", False)]) == together("ab", "cd")


def test_the_later_word_of_two_humans_stands() -> None:
    two = [mention("a"), mention("b")]
    first, second = said("a", "b", True, 1), said("b", "a", False, 2)
    assert resolve(two, [edge("a", "b")], [first, second]) == together("a", "b")
    assert resolve(two, [], [said("a", "b", False, 1), said("a", "b", True, 2)]) == together("ab")
    assert resolve(two, [], [said("a", "b", True, 1), said("a", "b", False, 1)]) == together("a", "b")


IDS = "abcdefgh"
PEOPLE = st.fixed_dictionaries(
    {
        one: st.builds(
            mention,
            st.just(one),
            st.sampled_from([NAME, "Dorje Waiba", "Dorje Pasang Waiba", "Anna Wexcombe"]),
            age=st.none() | st.sampled_from([30, 32, 33, 36]),
            article_id=st.sampled_from(["t1", "t2", f"text-{one}"]),
        )
        for one in IDS
    }
).map(lambda found: list(found.values()))
PAIRS = st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)).filter(lambda pair: pair[0] != pair[1]).map(sorted)
EDGES = st.lists(st.builds(lambda p, s: edge(p[0], p[1], s), PAIRS, st.sampled_from([0.97, 0.981, 0.99, 0.999])))
HUMANS = st.lists(
    st.builds(lambda p, s, h: said(p[0], p[1], s, h), PAIRS, st.booleans(), st.integers(0, 3)), max_size=5
)


@given(PEOPLE, EDGES, HUMANS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_order_says_nothing(
    people: list[Mention], edges: list[Edge], humans: list[HumanEdge], random: Any
) -> None:
    found = resolve(people, edges, humans)
    for some in (people, edges, humans):
        random.shuffle(some)
    assert resolve(people, edges, humans) == found


@given(PEOPLE, EDGES, HUMANS)
@settings(max_examples=200, deadline=None)
def test_everybody_once_and_humans_win(people: list[Mention], edges: list[Edge], humans: list[HumanEdge]) -> None:
    found = resolve(people, edges, humans)
    assert sorted(one for cluster in found for one in cluster) == sorted(IDS)
    last: dict[tuple[str, str], HumanEdge] = {}
    for word in humans:
        pair = (word.left, word.right)
        if pair not in last or (word.at, not word.same) > (last[pair].at, not last[pair].same):
            last[pair] = word
    where = {one: n for n, cluster in enumerate(found) for one in cluster}
    different = {pair for pair, word in last.items() if not word.same}
    assert all(where[left] != where[right] for left, right in different)
    if not different:
        assert all(where[left] == where[right] for left, right in last)


@given(PEOPLE, EDGES)
@settings(max_examples=200, deadline=None)
def test_without_humans_no_text_twice_and_no_ages_apart(people: list[Mention], edges: list[Edge]) -> None:
    by_id = {one.id: one for one in people}
    for cluster in resolve(people, edges):
        texts = [by_id[one].article_id for one in cluster]
        ages = [age for one in cluster if (age := by_id[one].age) is not None]
        assert len(texts) == len(set(texts))
        assert not ages or max(ages) - min(ages) <= 3
