"""Persons out of edges: the strongest first, never across a contradiction, and never against a human.

Refuses chains: that A is like B and B like C makes no person of A and C when these two contradict each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from storage.resolution.comparison import SAME, best_likeness
from storage.resolution.evidence import AGE_SLACK, YEAR, birth_days
from storage.resolution.likeness import likeness
from storage.resolution.mention import Edge, HumanEdge, Mention


@dataclass(slots=True)
class _Cluster:
    """Who is together so far, and what a further member must not contradict."""

    members: set[str]
    articles: set[str]
    names: dict[tuple[str, tuple[str, ...]], Mention]  # one bearer of each form
    born_last: float = float("-inf")  # the latest first day, the earliest last day on which members can be born
    born_first: float = float("inf")
    apart: set[str] = field(default_factory=set)  # mentions that a human keeps away


def resolve(
    mentions: Iterable[Mention], edges: Iterable[Edge], judged: Iterable[HumanEdge] = ()
) -> tuple[frozenset[str], ...]:
    """The persons, as sets of mention ids; everybody is in exactly one, ordered by the least id.

    Deterministic and independent of the order of all three. Edges below SAME, and edges of mentions that are not
    among `mentions`, say nothing. A human's "same" joins whatever stands between, except another human's
    "different"; where humans contradict each other over three mentions, the later word goes first.
    """
    everybody = {mention.id: mention for mention in mentions}
    same, different = _standing(judged, everybody)
    clusters = {one: _alone(mention) for one, mention in everybody.items()}
    for left, right in different:
        clusters[left].apart.add(right)
        clusters[right].apart.add(left)
    for left, right in same:
        _join(clusters, left, right, human=True)
    strong = [e for e in edges if e.score >= SAME and e.left in everybody and e.right in everybody]
    for edge in sorted(strong, key=lambda e: (-e.score, min(e.left, e.right), max(e.left, e.right))):
        _join(clusters, edge.left, edge.right, human=False)
    found = {id(cluster): frozenset(cluster.members) for cluster in clusters.values()}
    return tuple(sorted(found.values(), key=min))


Pairs = list[tuple[str, str]]


def _standing(judged: Iterable[HumanEdge], everybody: Mapping[str, Mention]) -> tuple[Pairs, Pairs]:
    """Pairs that humans hold for one person, the latest word first, and pairs that they keep apart."""
    last: dict[tuple[str, str], HumanEdge] = {}
    for edge in judged:
        pair = (min(edge.left, edge.right), max(edge.left, edge.right))
        if pair[0] == pair[1] or not everybody.keys() >= set(pair):
            continue
        before = last.get(pair)
        if before is None or (edge.at, not edge.same) > (before.at, not before.same):
            last[pair] = edge
    same = sorted((-edge.at.timestamp(), pair) for pair, edge in last.items() if edge.same)
    return [pair for _, pair in same], sorted(pair for pair, edge in last.items() if not edge.same)


def _alone(mention: Mention) -> _Cluster:
    cluster = _Cluster(
        members={mention.id},
        articles={mention.article_id},
        names={(mention.name, tuple(sorted(mention.aliases))): mention},
    )
    born = birth_days(mention)
    if born is not None:
        cluster.born_last, cluster.born_first = born
    return cluster


def _join(clusters: dict[str, _Cluster], left: str, right: str, *, human: bool) -> None:
    """One cluster of two, unless something stands between."""
    a, b = clusters[left], clusters[right]
    if a is b or not a.apart.isdisjoint(b.members) or (not human and _contradict(a, b)):
        return
    if len(a.members) < len(b.members):
        a, b = b, a
    a.members |= b.members
    a.articles |= b.articles
    a.names = b.names | a.names
    a.born_last, a.born_first = max(a.born_last, b.born_last), min(a.born_first, b.born_first)
    a.apart |= b.apart
    for member in b.members:
        clusters[member] = a


def _contradict(a: _Cluster, b: _Cluster) -> bool:
    if not a.articles.isdisjoint(b.articles):
        return True
    if max(a.born_last - b.born_first, b.born_last - a.born_first) > AGE_SLACK * YEAR:
        return True
    others = [(x, y) for x in a.names.values() for y in b.names.values() if best_likeness(x, y) is None]
    if not others:
        return False
    bridges = [m for m in (*a.names.values(), *b.names.values()) if m.aliases]
    return not all(any(_bridges(z, x, y) for z in bridges) for x, y in others)


def _bridges(bearer: Mention, x: Mention, y: Mention) -> bool:
    """True where a text says that both names are one person's: it gives one as the other's alias."""
    forms = (bearer.name, *bearer.aliases)
    return any(
        likeness(one, other).apart and _fits(one, x) and _fits(other, y)
        for one in forms
        for other in forms
        if one != other
    )


def _fits(form: str, mention: Mention) -> bool:
    found = likeness(form, mention.name)
    return not found.apart and found.whole > 1
