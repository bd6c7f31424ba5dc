"""A made-up world for `benchmarks.history`: outlets, cases and who tells of them, flat by construction.

Refuses real people: every name is joined from made-up syllables. Countries are real codes with invented figures.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

START = dt.date(2024, 1, 1)
LANGUAGES: Mapping[str, str] = {
    "in": "en", "br": "pt", "ng": "en", "ph": "en", "us": "en", "mx": "es", "za": "en", "ke": "en", "gb": "en",
    "id": "id", "co": "es", "ar": "es", "es": "es", "it": "it", "fr": "fr", "pk": "en", "np": "en", "gh": "en",
    "ug": "en", "tz": "en", "pe": "es", "cl": "es", "bd": "en", "lk": "en", "zm": "en", "mw": "en", "au": "en",
    "ca": "en", "ie": "en", "nz": "en", "ec": "es", "bo": "es", "sn": "fr", "ci": "fr", "pt": "pt", "ao": "pt",
}  # fmt: skip
EMPTY: Mapping[str, str] = {
    "er": "no_source", "ss": "source_down", "et": "language_not_read", "is": "nothing_on_topic",
    "uy": "nobody_named", "jo": "below_stage",
}  # fmt: skip
"""Countries whose matrix is empty, and why; `below_stage` names arrested persons only."""
EMPTY_LANGUAGES = {"er": "en", "ss": "en", "et": "am", "is": "is", "uy": "es", "jo": "ar"}
PAPERS = 9
"""How many papers print one agency text."""
CHANGED_SOURCES = 5
"""About so many sources has a country in which one changes: among twenty a single one bends nothing."""
LEAST_SOURCES, LEAST_COUNTRIES = 40, 12
KINDS = ("newspaper", "newspaper", "digital", "broadcaster", "newspaper", "government")
OWNERS = ("private", "private", "public_service", "state", "community", "unknown")
LEVELS = ("national", "regional", "local", "national", "local", "regional")
AGENCY_FOLLOWS = 0.1
FOREIGN_FOLLOWS = 0.03
VERDICT_SHARE, VERDICT_DAYS = 0.6, (20, 120)
ONSETS = ("b", "br", "d", "dr", "f", "g", "k", "kr", "l", "m", "n", "p", "r", "s", "t", "tr", "v", "z")
NUCLEI = ("a", "e", "i", "o", "u", "ai", "ou")
CODAS = ("", "", "n", "l", "s", "m", "x")


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlet:
    """One invented source. Days are counted from `START`; `follows` is the probability that its newsroom tells of
    a case; `volume` new entries a day; `weight` its share of stories off the topic, in any unit.
    """

    id: str
    country: str
    title: str
    publisher: str
    kind: str
    ownership: str
    level: str
    languages: tuple[str, ...]
    follows: float
    volume: float
    weight: float
    first: int = 0
    dead_from: int | None = None
    halved_from: int | None = None
    down: bool = False
    is_paper: bool = True

    def is_alive(self, day: int) -> bool:
        """Whether its discovery answers at all on that day."""
        return not self.down and self.first <= day and (self.dead_from is None or day < self.dead_from)


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One prosecution. `events` are days (some before 0) with stages, `accused` names with nationality."""

    country: str
    events: tuple[tuple[int, str], ...]
    accused: tuple[tuple[str, str | None], ...]
    victims_from: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """Everything that is true: outlets by country, cases, and the agency's nine papers by country.

    `changed` are the countries in which a source was added, died, and got other selectors, in this order.
    """

    days: int
    outlets: Mapping[str, tuple[Outlet, ...]]
    cases: tuple[Case, ...]
    agencies: Mapping[str, tuple[Outlet, ...]]
    ordinary: tuple[str, ...]
    changed: tuple[str, str, str]

    @property
    def every_outlet(self) -> tuple[Outlet, ...]:
        """All of them, by country."""
        return tuple(one for group in self.outlets.values() for one in group)


@dataclass(frozen=True, kw_only=True, slots=True)
class Telling:
    """One text about one event of a case: in one outlet's words, or an agency's in nine papers."""

    case: int
    event: int
    day: int
    outlets: tuple[Outlet, ...]


def day_of(month: int, day: int = 10) -> int:
    """The day from `START` of a day in the `month`-th month (1 is the first)."""
    return (dt.date(START.year + (month - 1) // 12, (month - 1) % 12 + 1, day) - START).days


def make_world(random: Random, *, sources: int, countries: int, months: int) -> World:
    """`countries` with the empty ones, `sources` in all. Raises ValueError for too few to hold every event."""
    if sources < LEAST_SOURCES or not LEAST_COUNTRIES <= countries <= len(LANGUAGES) + len(EMPTY) or months < 20:
        raise ValueError(
            f"{sources} sources, {countries} countries, {months} months: wants at least {LEAST_SOURCES} sources, "
            f"{LEAST_COUNTRIES} to {len(LANGUAGES) + len(EMPTY)} countries, 20 months"
        )
    names = _Names(random)
    ordinary = tuple(LANGUAGES)[: countries - len(EMPTY)]
    days = (dt.date(START.year + months // 12, months % 12 + 1, 1) - START).days
    in_empty = 2
    sizes = _sizes(sources - in_empty * (len(EMPTY) - 1), len(ordinary))
    outlets = {
        code: _outlets(random, names, code, LANGUAGES[code], n) for code, n in zip(ordinary, sizes, strict=True)
    }
    for code, reason in EMPTY.items():
        made = [] if reason == "no_source" else _outlets(random, names, code, EMPTY_LANGUAGES[code], in_empty)
        outlets[code] = [replace(one, down=reason == "source_down") for one in made]
    by_size = sorted(ordinary[1:], key=lambda code: abs(len(outlets[code]) - CHANGED_SOURCES))
    changed = (by_size[0], by_size[1], by_size[2])
    _plant(outlets, changed)
    agencies = {
        code: tuple(one for one in outlets[code] if one.is_paper)[:PAPERS]
        for code in ordinary
        if sum(one.is_paper for one in outlets[code]) >= PAPERS
    }
    cases: list[Case] = []
    for k, code in enumerate((*ordinary, *EMPTY)):
        a_year = 60.0 if code in EMPTY else random.uniform(300, 600)
        origins = ((*ordinary[k:], *ordinary)[1:4]) if code not in EMPTY else ordinary[:3]
        cases += _cases(random, names, code, a_year / 365.25, days, origins)
    return World(
        days=days,
        outlets={code: tuple(group) for code, group in outlets.items()},
        cases=tuple(cases),
        agencies=agencies,
        ordinary=ordinary,
        changed=changed,
    )


def tellings(random: Random, world: World) -> list[Telling]:
    """Who tells of what: newsrooms decide a case at a time, independently of each other; one publisher's papers
    decide together. Some foreign newsrooms tell of it too.
    """
    foreign = {
        code: [one for other in _neighbours(world, code) for one in world.outlets[other][:2]]
        for code in world.outlets
    }
    made: list[Telling] = []
    for number, case in enumerate(world.cases):
        told = [one for room in _newsrooms(world.outlets[case.country]) for one in _follow(random, room)]
        told += [one for one in foreign[case.country] if random.random() < FOREIGN_FOLLOWS]
        wired = case.country in world.agencies and random.random() < AGENCY_FOLLOWS
        for event, (day, _) in enumerate(case.events):
            if not 0 <= day < world.days:
                continue
            for outlet in told:
                is_seen = outlet.halved_from is None or day < outlet.halved_from or random.random() < 0.5
                if outlet.is_alive(day) and is_seen:
                    made.append(Telling(case=number, event=event, day=day, outlets=(outlet,)))
            if wired:
                papers = tuple(one for one in world.agencies[case.country] if one.is_alive(day))
                made.append(Telling(case=number, event=event, day=day, outlets=papers))
    return made


def true_cases(world: World) -> dict[tuple[str, int], int]:
    """Cases told or not, by country and year of their first event within the history."""
    counted: dict[tuple[str, int], int] = {}
    for case in world.cases:
        days = [day for day, _ in case.events if 0 <= day < world.days]
        if days:
            key = (case.country, (START + dt.timedelta(days=min(days))).year)
            counted[key] = counted.get(key, 0) + 1
    return counted


def poisson(random: Random, mean: float) -> int:
    """A Poisson number (Knuth's product below 30, the rounded normal above)."""
    if mean > 30:
        return max(0, round(random.gauss(mean, math.sqrt(mean))))
    limit, product, n = math.exp(-mean), random.random(), 0
    while product > limit:
        product *= random.random()
        n += 1
    return n


class _Names:
    """Names of nobody, each given once."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._given: set[str] = set()

    def word(self, syllables: int) -> str:
        pick = self._random.choice
        return "".join(pick(ONSETS) + pick(NUCLEI) + pick(CODAS) for _ in range(syllables)).capitalize()

    def fresh(self, *syllables: int) -> str:
        while True:
            name = " ".join(self.word(n) for n in syllables)
            if name not in self._given:
                self._given.add(name)
                return name


def _sizes(total: int, groups: int) -> list[int]:
    """Uneven sizes that sum to `total`: the first holds an agency's nine papers, none has fewer than three."""
    first = max(PAPERS + 2, total // 8)
    rest = groups - 1
    weights = [0.85**k for k in range(rest)]
    spare = total - first - 3 * rest
    sizes = [3 + int(spare * one / sum(weights)) for one in weights]
    for k in range(total - first - sum(sizes)):
        sizes[k % rest] += 1
    return [first, *sizes]


def _outlets(random: Random, names: _Names, country: str, language: str, n: int) -> list[Outlet]:
    """Outlets of one country; the second and third belong to one publisher. Broadcasters carry no agency text."""
    made: list[Outlet] = []
    house = names.fresh(2) + " Media House"
    for k in range(n):
        place = names.fresh(3)
        title = f"The {place} {('Herald', 'Courier', 'Post', 'Ledger')[k % 4]}"
        kind = KINDS[k % len(KINDS)] if k >= PAPERS else ("newspaper", "digital")[k % 5 == 4]
        volume = random.uniform(20, 60)
        made.append(
            Outlet(
                id=f"{country}_{place.casefold()}",
                country=country,
                title=title,
                publisher=house if k in {1, 2} and n > 3 else title,
                kind=kind,
                ownership=OWNERS[k % len(OWNERS)],
                level=LEVELS[k % len(LEVELS)],
                languages=(language,),
                follows=random.uniform(0.15, 0.3),
                volume=volume,
                weight=volume,
                is_paper=kind in {"newspaper", "digital"},
            )
        )
    return made


def _plant(outlets: dict[str, list[Outlet]], changed: Sequence[str]) -> None:
    """The events of single sources, each in a country of its own."""
    added, dead, halved = (outlets[code] for code in changed)
    others = sum(one.weight for one in added[:-1])
    added[-1] = replace(
        added[-1],
        first=day_of(9),
        publisher=added[-1].title,
        follows=0.6,
        volume=150.0,
        weight=others,
        level="national",
    )
    dead[-1] = replace(dead[-1], dead_from=day_of(15))
    halved[-1] = replace(halved[-1], halved_from=day_of(12, 5), follows=0.6)


def _cases(
    random: Random, names: _Names, country: str, a_day: float, days: int, origins: Sequence[str]
) -> list[Case]:
    """Charges at a constant rate, from before `START` on so that verdicts do not have to warm up."""
    made: list[Case] = []
    charged = -float(VERDICT_DAYS[1])
    while (charged := charged + random.expovariate(a_day)) < days:
        events = [(math.floor(charged), "arrested" if EMPTY.get(country) == "below_stage" else "charged")]
        if random.random() < VERDICT_SHARE and events[0][1] == "charged":
            verdict = random.choices(("convicted", "sentenced", "acquitted"), (0.6, 0.3, 0.1))[0]
            events.append((events[0][0] + random.randint(*VERDICT_DAYS), verdict))
        accused = tuple(
            (names.fresh(2, 3), random.choices((country, None, *origins), (75, 10, 9, 5, 1))[0])
            for _ in range(random.choices((1, 2, 3), (60, 28, 12))[0])
        )
        victims = random.choices((None, country, *origins), (50, 30, 14, 5, 1))[0]
        made.append(Case(country=country, events=tuple(events), accused=accused, victims_from=victims))
    return made


def _neighbours(world: World, code: str) -> tuple[str, ...]:
    if code not in world.ordinary:
        return world.ordinary[-2:]
    k = world.ordinary.index(code)
    return tuple(world.ordinary[(k + step) % len(world.ordinary)] for step in (1, 2))


def _newsrooms(outlets: Sequence[Outlet]) -> list[list[Outlet]]:
    rooms: dict[str, list[Outlet]] = {}
    for one in outlets:
        rooms.setdefault(one.publisher, []).append(one)
    return list(rooms.values())


def _follow(random: Random, room: Sequence[Outlet]) -> list[Outlet]:
    """Each of one publisher's papers tells of most that their newsroom follows."""
    if random.random() >= room[0].follows:
        return []
    return [room[0]] if len(room) == 1 else [one for one in room if random.random() < 0.8] or [room[0]]
