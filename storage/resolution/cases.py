"""Tells which stories report one case, and what they say of it together: courts, offences, charges, victims.

Refuses chains: whoever belongs to a case is at most two stories away from the accused it is built around.
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from rapidfuzz import fuzz

from extraction.model import Offence, Stage
from storage.resolution.timeline import span

GAP: Final = dt.timedelta(days=5 * 365)
"""Silence after which a person's next story is of another case. Ours: appeals rarely take longer."""
SHARED: Final = 1 / 3
"""Two accused are of one case when they share this part of the stories of whoever has fewer, or `STORIES`."""
STORIES: Final = 2

ENDS: Final = frozenset({Stage.SENTENCED, Stage.ACQUITTED, Stage.DISMISSED})
"""After these a new arrest or charge begins a new case; after a conviction or an overturned one it does not."""
STARTS: Final = frozenset({Stage.WANTED, Stage.ARRESTED, Stage.CHARGED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A mention's part in a case.

    `person_id` None: a person of its own. `group` is the story's syndication group, `date` the day it was
    published (None where not known), `stage_date` an ISO date, possibly partial, `country` that of prosecution.
    """

    mention_id: str
    person_id: str | None
    article_id: str
    group: str
    country: str | None
    date: dt.date | None
    stage: Stage
    stage_date: str | None = None
    first_seen: dt.datetime
    offences: frozenset[Offence] = frozenset()
    courts: frozenset[str] = frozenset()

    @property
    def order(self) -> tuple[dt.datetime, str]:
        """Earliest first."""
        return self.first_seen, self.mention_id


@dataclass(frozen=True, kw_only=True, slots=True)
class CaseGroup:
    """A case. `id` is "c-" and the id of its earliest mention (first seen, then id); ids are sorted.

    `first` and `last` are the days of the first and last thing told of it, None where no story is dated.
    """

    id: str
    mention_ids: tuple[str, ...]
    person_ids: tuple[str, ...]
    country: str | None
    first: dt.date | None
    last: dt.date | None


@dataclass(frozen=True, slots=True)
class _Proceedings:
    """One person's stories of one case."""

    person: str
    country: str | None
    parts: tuple[Part, ...]
    groups: frozenset[str]

    @property
    def rank(self) -> tuple[int, tuple[dt.datetime, str]]:
        """Most stories first, then the earliest."""
        return -len(self.groups), min(part.order for part in self.parts)


def cases(parts: Sequence[Part]) -> tuple[CaseGroup, ...]:
    """The cases that these mentions speak of, each mention in one; deterministic, whatever the order.

    1. A person's stories of one country are one proceeding, until one begins anew or nothing was told for `GAP`.
       It begins anew after a sentence, acquittal or dismissal (`ENDS`) with an arrest or charge of a later day;
       one without a date of its own begins none, however young its story (papers recall). Acquitted, dismissed,
       overturned begins none either, however late it comes: it ends what was told before it.
    2. Two persons' proceedings are linked when they share enough stories (`SHARED`, `STORIES`; copies are one
       story). A round-up alone does not link two who have stories of their own.
    3. The proceeding with the most stories (ties: the earliest) takes everybody linked to it. Those of them who
       share most of their stories with it, or have few, bring in whoever is linked to them, unless that one shares
       a story with it and is not linked by it. Then the next of what is left. So two cases that a wrong person
       joins become one, but never a chain of cases.
    """
    proceedings = sorted(_all(parts), key=lambda one: one.rank)
    told: dict[str, list[int]] = defaultdict(list)
    for n, one in enumerate(proceedings):
        for group in one.groups:
            told[group].append(n)
    free = set(range(len(proceedings)))
    found = []
    for hub in range(len(proceedings)):
        if hub not in free:
            continue
        first = _linked(hub, proceedings, told) & free
        near = {n for group in proceedings[hub].groups for n in told[group]}
        second: set[int] = set()
        for n in first - {hub}:
            if not _close(proceedings[n], proceedings[hub]):
                continue
            second |= _linked(n, proceedings, told) & free
        members = first | (second - near) | {hub}
        free -= members
        found.append(_case([proceedings[n] for n in members]))
    return tuple(sorted(found, key=lambda case: case.id))


def _all(parts: Sequence[Part]) -> Iterable[_Proceedings]:
    by_person: dict[str, list[Part]] = defaultdict(list)
    for part in parts:
        by_person[part.person_id or part.mention_id].append(part)
    for person, own in by_person.items():
        countries = {part.country for part in own if part.country is not None}
        only = next(iter(countries)) if len(countries) == 1 else None
        by_country: dict[str | None, list[Part]] = defaultdict(list)
        for part in own:
            by_country[part.country or only].append(part)
        for country, there in by_country.items():
            for some in _split(there):
                yield _Proceedings(person, country, tuple(some), frozenset(part.group for part in some))


def _when(part: Part) -> tuple[dt.date, dt.date] | None:
    """The days between which the part's stage was reached: its own date, else its story's."""
    return span(part.stage_date) or (None if part.date is None else (part.date, part.date))


def _split(parts: Sequence[Part]) -> list[list[Part]]:
    """One person's stories in one country, by proceeding; those without any date go to the last one."""
    dated = sorted(
        ((when, part) for part in parts if (when := _when(part)) is not None),
        key=lambda one: (one[0], one[1].stage in STARTS, one[1].mention_id),
    )
    found: list[list[Part]] = []
    ended: dt.date | None = None
    last = dt.date.min
    for (first, until), part in dated:
        silent = first - last > GAP and not part.stage.is_cleared
        if not found or silent or (ended is not None and _begins(part, first, ended)):
            found.append([])
            ended = None
        found[-1].append(part)
        last = max(last, until)
        if part.stage in ENDS:
            ended = until if ended is None else max(ended, until)
    undated = [part for part in parts if _when(part) is None]
    return [*found[:-1], [*found[-1], *undated]] if found else [undated]


def _begins(part: Part, first: dt.date, ended: dt.date) -> bool:
    """True when a story opens a new case after one that ended."""
    return part.stage in STARTS and span(part.stage_date) is not None and first > ended


def _close(one: _Proceedings, hub: _Proceedings) -> bool:
    """True when most of one's stories are told with the hub, or one has few."""
    return len(one.groups) <= STORIES or 2 * len(one.groups & hub.groups) > len(one.groups)


def _linked(n: int, proceedings: Sequence[_Proceedings], told: Mapping[str, Sequence[int]]) -> set[int]:
    one = proceedings[n]
    shared = Counter(other for group in one.groups for other in told[group])
    return {
        other
        for other, count in shared.items()
        if (count >= STORIES or count >= SHARED * min(len(one.groups), len(proceedings[other].groups)))
        and (one.country == proceedings[other].country or None in (one.country, proceedings[other].country))
    }


def _case(members: Sequence[_Proceedings]) -> CaseGroup:
    parts = sorted((part for one in members for part in one.parts), key=lambda part: part.order)
    countries = Counter(part.country for part in parts if part.country is not None)
    days = [day for part in parts if (when := _when(part)) is not None for day in when]
    return CaseGroup(
        id=f"c-{parts[0].mention_id}",
        mention_ids=tuple(sorted(part.mention_id for part in parts)),
        person_ids=tuple(sorted({one.person for one in members})),
        country=min(countries, key=lambda country: (-countries[country], country), default=None),
        first=min(days, default=None),
        last=max(days, default=None),
    )


class Count(NamedTuple):
    """How many victims a story states: sex "female", "male", "unknown"; age band "child", "adult", "unknown"."""

    n: int
    sex: str
    age_band: str


class Victims(NamedTuple):
    """Victims of a case by sex and age band: the most that one story says, and the text that says so."""

    sex: str
    age_band: str
    n: int
    article_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Story:
    """What one text of a case says of it, as worded."""

    article_id: str
    group: str
    courts: tuple[str, ...] = ()
    offences: frozenset[Offence] = frozenset()
    charges: tuple[str, ...] = ()
    victims: tuple[Count, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Summary:
    """What the stories of a case say together."""

    courts: tuple[str, ...]
    offences: tuple[Offence, ...]
    charges: tuple[str, ...]
    victims: tuple[Victims, ...]


def summary(stories: Collection[Story]) -> Summary:
    """What the stories of a case say together; order does not matter.

    Courts and charges once each (`distinct`), the one that most stories word so first. Victims are never added up
    over stories: of each sex and age band the most that one story states; a number without sex or age is left out
    where those with it already reach it ("12 victims" beside "12 women").
    """
    ordered = sorted(stories, key=lambda story: story.article_id)
    most: dict[tuple[str, str], Victims] = {}
    for story in ordered:
        for count in story.victims:
            key = (count.sex, count.age_band)
            if count.n > 0 and (key not in most or count.n > most[key].n):
                most[key] = Victims(count.sex, count.age_band, count.n, story.article_id)
    return Summary(
        courts=distinct({(story.group, text) for story in ordered for text in story.courts}),
        offences=tuple(sorted({offence for story in ordered for offence in story.offences})),
        charges=distinct({(story.group, text) for story in ordered for text in story.charges}),
        victims=tuple(sorted(one for one in most.values() if not _contained(one, most.values()))),
    )


def _contained(one: Victims, others: Iterable[Victims]) -> bool:
    """True when more exact counts already reach this one."""
    finer = [
        other
        for other in others
        if other is not one and one.sex in ("unknown", other.sex) and one.age_band in ("unknown", other.age_band)
    ]
    return sum(other.n for other in finer) >= one.n if finer else False


def distinct(worded: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Wordings that say one thing once: (story, wording) pairs in, most told first, then longest, then by letter.

    Two say one thing when their figures are equal and each word of three letters or more has a partner in the
    other at least 85 % alike (`rapidfuzz.fuzz.ratio`): "organised", "organized"; "minor", "minors". Not "woman",
    "man", not "Section 370" and "Section 372", and never where one says more than the other ("attempted").
    """
    pairs = {(story, " ".join(text.split())) for story, text in worded}
    counts = Counter(text for _, text in pairs if text)
    if len(counts) < 2:
        return tuple(counts)
    kept: list[tuple[str, list[str]]] = []
    for text in sorted(counts, key=lambda text: (-counts[text], -len(text), text)):
        words = sorted(word for word in re.findall(r"\w+", text.casefold()) if len(word) > 2 or word.isdecimal())
        if not any(_alike(words, other) for _, other in kept):
            kept.append((text, words))
    return tuple(text for text, _ in kept)


def _alike(left: Sequence[str], right: Sequence[str]) -> bool:
    rest = list(right)
    for word in left:
        partner = next((other for other in rest if _near(word, other)), None)
        if partner is None:
            return False
        rest.remove(partner)
    return not rest


def _near(one: str, other: str) -> bool:
    if any(letter.isdigit() for letter in one + other):
        return one == other
    return fuzz.ratio(one, other) >= 85
