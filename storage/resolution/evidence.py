"""What stands beside two names: age, origin, country, court, co-accused, outlet, date, stage; as log-odds each.

Refuses a weight without its reason. The chances below are set by judgement, and checked by `benchmarks.persons`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from extraction.model.terms import STAGE_ORDER, Stage
from storage.resolution.likeness import likeness
from storage.resolution.spelling import fold

if TYPE_CHECKING:
    from storage.resolution.mention import Mention

YEAR = 365.2425  # days
AGE_SLACK = 2.0  # years: papers repeat an old age, or the age at the deed
AGE_FITS = 2.5
"""Log of 0.92 / 0.075: two ages of one person fit a common birthday nearly always; of two strangers whose ages
spread over about 30 years in one of thirteen cases."""
AGE_A_YEAR_OFF = 0.0  # as often seen in one person's stories as among strangers of like age
AGE_OFF = -2.0  # within the slack
AGE_APART = -5.0  # beyond it: never joined; a rare name is shown to a human, for papers misprint ages
NATIONALITY = 0.6  # the same: most accused are nationals of the country anyway
NATIONALITY_ABROAD = 1.6  # the same, and not the country's own: one in five
NATIONALITY_OTHER = -2.5  # another: a reading error, or a second passport
COUNTRY = 0.7  # a common country: the name's words already said most of it
COUNTRY_OTHER = -3.0  # none in common: rarely is one person tried in two countries
PLACE = 1.8  # a common place: log of one in six of a country's stories that name a place of it
PLACE_OTHER = -0.7
COURT = 2.0  # a common court
COURT_OTHER = -0.4  # courts change with every instance
COMPANION = 5.0
"""A co-accused with the same name: strangers share one by a double coincidence only; common names are held down by
the cap on what one word can say, and by the name's own weight."""
COMPANION_MORE = 2.0
COMPANION_OTHER = -2.5  # both stories name others, and none is the same
WHERE_MOST = 3.0  # country, place, court and outlet together: a town's paper writes of its own court
SOURCE = 1.2
"""The same outlet follows its own cases up: half of all follow-ups, against one of ten of strangers of one name in
one country, since outlets are many and national ones report on everybody."""
WEEKS = ((31, 1.3), (366, 0.6), (3 * 366, 0.0), (6 * 366, -1.0))  # days apart, weight
LATER = -2.0  # farther apart than all of them
FORWARD = 0.4  # a later story has a later stage
BACKWARD = -1.2  # sentenced first and charged a season later: another case, so perhaps another person
SEASON = 120  # days within which papers may report stages in any order
OFFENCE = 0.3
OFFENCE_OTHER = -0.4
PERSONAL = frozenset({"age fits", "same co-accused"})
"""What a namesake of the same town and paper does not share; without it a common name is left to a human."""
VENUES = frozenset({"same court", "same outlet"})
SOON = "within a month"
COPIES = 11.0
"""A copy of a story speaks of the same persons: a namesake in it would have to come in by the editing."""


def birth_days(mention: Mention) -> tuple[float, float] | None:
    """Between which days a person of this age at this date was born, as ordinals; None where one is not known."""
    if mention.age is None or mention.date is None:
        return None
    day = mention.date.toordinal()
    return day - (mention.age + 1) * YEAR, day - mention.age * YEAR


def age_gap(a: Mention, b: Mention) -> float:
    """Years between the times in which the two can be born; 0 where they overlap or an age is not known."""
    one, other = birth_days(a), birth_days(b)
    if one is None or other is None:
        return 0.0
    return max(0.0, one[0] - other[1], other[0] - one[1]) / YEAR


def beside(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    """Everything but the name, each as a reason and its log-odds."""
    yield from _age(a, b)
    yield from _origin(a, b)
    yield from _where(a, b)
    yield from _companions(a, b)
    yield from _when(a, b)
    if a.offences and b.offences:
        shared = a.offences & b.offences
        yield ("same offence", OFFENCE) if shared else ("other offences", OFFENCE_OTHER)


def _age(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    if birth_days(a) is None or birth_days(b) is None:
        return
    gap = age_gap(a, b)
    if gap <= 0.05:
        yield "age fits", AGE_FITS
    elif gap <= 1:
        yield "age a year off", AGE_A_YEAR_OFF
    elif gap <= AGE_SLACK:
        yield "age two years off", AGE_OFF
    else:
        yield "ages contradict each other", AGE_APART


def _origin(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    if a.nationality is not None and b.nationality is not None:
        if a.nationality != b.nationality:
            yield "another nationality", NATIONALITY_OTHER
        elif a.nationality in a.countries & b.countries:
            yield "same nationality", NATIONALITY
        else:
            yield "same foreign nationality", NATIONALITY_ABROAD


def _where(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    """All that says where, together never more than `WHERE_MOST`."""
    room = WHERE_MOST
    for what, weight in _wheres(a, b):
        held = min(weight, room)
        room -= max(0.0, held)
        if held:
            yield what, round(held, 2)


def _wheres(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    if a.countries and b.countries:
        lands = a.countries & b.countries
        yield ("same country", COUNTRY) if lands else ("another country", COUNTRY_OTHER)
    if a.places and b.places:
        shared = {fold(p) for p in a.places} & {fold(p) for p in b.places}
        yield ("same place", PLACE) if shared else ("other places", PLACE_OTHER)
    if a.courts and b.courts:
        common = {fold(c) for c in a.courts} & {fold(c) for c in b.courts}
        yield ("same court", COURT) if common else ("other courts", COURT_OTHER)
    if a.source is not None and a.source == b.source:
        yield "same outlet", SOURCE


def _companions(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    if not a.companions or not b.companions:
        return
    shared = len(a.companions & b.companions)
    if not shared:
        shared = sum(any(_same_name(x, y) for y in b.companions) for x in a.companions)
    if shared:
        yield "same co-accused", COMPANION + COMPANION_MORE * (min(shared, 3) - 1)
    else:
        yield "other co-accused", COMPANION_OTHER


def _same_name(x: str, y: str) -> bool:
    found = likeness(x, y)
    return not found.apart and not found.near and not found.loose and found.whole >= 2


def _when(a: Mention, b: Mention) -> Iterator[tuple[str, float]]:
    if a.date is None or b.date is None:
        return
    days = abs((a.date - b.date).days)
    weight = next((w for most, w in WEEKS if days <= most), LATER)
    if weight:
        yield _span(days), weight
    if days > 0 and a.stage in STAGE_ORDER and b.stage in STAGE_ORDER:
        early, late = (a, b) if a.date < b.date else (b, a)
        step = STAGE_ORDER.index(late.stage) - STAGE_ORDER.index(early.stage)
        if step > 0 and days <= WEEKS[2][0]:
            yield "the case went on", FORWARD
        elif step < 0 and days > SEASON and early.stage is not Stage.WANTED:
            yield "an earlier stage, later", BACKWARD


def _span(days: int) -> str:
    return SOON if days <= WEEKS[0][0] else ("within a year" if days <= WEEKS[1][0] else "years apart")
