"""Which stories report the same case: as the resolution says, else as far as equal names tell.

Refuses identity: these groups feed an estimate of coverage, never a list of persons.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from storage.records.series import AccusedMention

SAME_CASE = dt.timedelta(days=365)
"""Equal names further apart are two cases: a repeat offender is not one, and common names meet by chance."""

ASSUMPTION = (
    "Stories report the same case where the resolution joined them (docs/cases.md); what it has not seen yet, "
    "when they accuse somebody of the same full name in the same country within a year; two people of one name "
    "are then taken for one, and one person spelt in two ways for two."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedCase:
    """A case: the year of its first story, and the independent publishers that reported it."""

    year: int
    publishers: frozenset[str]


def reported_cases(
    mentions: Iterable[AccusedMention], home: Mapping[str, str], publisher: Mapping[str, str]
) -> dict[str, list[ReportedCase]]:
    """Cases by country of prosecution (else of publication), reported by sources published there.

    `mentions` of one day are in the order of their fetch. `home` is the country of publication and `publisher` the
    publisher by source id. The same text in several papers is one report, of the publisher that had it first.
    """
    first: dict[str, AccusedMention] = {}
    stories: dict[tuple[str, str], list[AccusedMention]] = defaultdict(list)
    resolved: dict[tuple[str, str], list[AccusedMention]] = defaultdict(list)
    for one in sorted(mentions, key=lambda one: one.day):
        if one.source_id not in home:
            continue
        country = home[one.source_id] if one.country is None else one.country
        if country != home[one.source_id]:
            continue
        first.setdefault(one.copy_group, one)
        if one.case_id is None:
            stories[country, one.key].append(one)
        else:
            resolved[country, one.case_id].append(one)
    links = _Links()
    for (country, _), same in [*stories.items(), *resolved.items()]:
        for before, after in pairwise(same):
            if after.case_id is not None or after.day - before.day <= SAME_CASE:
                links.join((country, before.copy_group), (country, after.copy_group))
        for one in same:
            links.find((country, one.copy_group))
    groups: dict[tuple[str, str], list[AccusedMention]] = defaultdict(list)
    for country, text in links.members():
        groups[links.find((country, text))].append(first[text])
    cases: dict[str, list[ReportedCase]] = defaultdict(list)
    for (country, _), reports in sorted(groups.items()):
        cases[country].append(
            ReportedCase(
                year=min(one.day for one in reports).year,
                publishers=frozenset(publisher[one.source_id] for one in reports),
            )
        )
    return dict(cases)


class _Links:
    """Union-find over texts of a country."""

    def __init__(self) -> None:
        self._parent: dict[tuple[str, str], tuple[str, str]] = {}

    def find(self, one: tuple[str, str]) -> tuple[str, str]:
        parent = self._parent
        root = one
        while parent.setdefault(root, root) != root:
            root = parent[root]
        while parent[one] != root:
            parent[one], one = root, parent[one]
        return root

    def join(self, one: tuple[str, str], other: tuple[str, str]) -> None:
        low, high = sorted((self.find(one), self.find(other)))
        self._parent[high] = low

    def members(self) -> list[tuple[str, str]]:
        return sorted(self._parent)
