"""What one article's prediction got right and wrong, person by person and field by field.

Refuses partial credit: a person is found or not, a field is right or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from extraction.model import Role
from tipwatch.evaluation.names import same_person, tokens
from tipwatch.evaluation.records import ArticleRecord, PersonRecord

RECORD_FIELDS = ("status", "age", "nationality")
"""Fields that, with the offences, make a whole record."""
EXTRA_FIELDS = ("stage_date", "penalty", "statutes")
"""Fields that are scored only where gold gives them, and never part of the whole record."""
NOBODY = "nobody"

Value = str | int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FieldOutcome:
    """One field of one person that was found: what gold says, what was said, and whether that is right."""

    want: Value
    said: Value
    right: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """An accused whom the prediction names. `fields` has only what is scored for this person."""

    gold: PersonRecord
    said: PersonRecord
    fields: Mapping[str, FieldOutcome]

    @property
    def missing(self) -> frozenset[str]:
        """Offences that were not said."""
        return self.gold.offences - self.said.offences

    @property
    def surplus(self) -> frozenset[str]:
        """Offences that are not there."""
        return self.said.offences - self.gold.offences

    @property
    def exact(self) -> bool:
        """The whole record: every scored field of `RECORD_FIELDS`, and the set of offences."""
        fields = all(self.fields[name].right for name in RECORD_FIELDS if name in self.fields)
        return fields and self.gold.offences == self.said.offences


@dataclass(frozen=True, kw_only=True, slots=True)
class FalseAccused:
    """A person who was called accused and is none: `role` is gold's for this name, or `nobody`."""

    said: PersonRecord
    role: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """One article compared. Countries count only where the article is relevant.

    `doubtful` are those who wait for review, and whether they are accused whom nobody else stands for.
    """

    gold: ArticleRecord
    said: ArticleRecord
    found: tuple[Found, ...] = ()
    false: tuple[FalseAccused, ...] = ()
    missed: tuple[PersonRecord, ...] = ()
    doubtful: tuple[tuple[PersonRecord, bool], ...] = ()
    countries_right: frozenset[str] = field(default=frozenset())
    countries_false: frozenset[str] = field(default=frozenset())
    countries_missed: frozenset[str] = field(default=frozenset())

    @property
    def agrees(self) -> bool:
        """Nothing at all to look at."""
        whole = all(one.exact and all(f.right for f in one.fields.values()) for one in self.found)
        countries = not self.countries_false and not self.countries_missed
        same = self.gold.relevant == self.said.relevant
        return whole and countries and same and not self.false and not self.missed


def compare(gold: ArticleRecord, said: ArticleRecord | None) -> Outcome:
    """Join persons by name in the order said; an article without a prediction counts as irrelevant."""
    if said is None:
        said = ArticleRecord(id=gold.id, relevant=False)
    accused = gold.accused if gold.relevant else ()
    left = list(accused)
    others = [person for person in gold.persons if person not in accused]
    found: list[Found] = []
    false: list[FalseAccused] = []
    for person in said.accused:
        hit = next((one for one in left if same_person(person.forms, one.forms)), None)
        if hit is None:
            role = next((one.role for one in others if same_person(person.forms, one.forms)), NOBODY)
            false.append(FalseAccused(said=person, role=role))
            continue
        left.remove(hit)
        found.append(Found(gold=hit, said=person, fields=_fields(hit, person)))
    want, got = (gold.prosecution, said.prosecution) if gold.relevant else (frozenset(), frozenset())
    return Outcome(
        gold=gold,
        said=said,
        found=tuple(found),
        false=tuple(false),
        missed=tuple(left),
        doubtful=tuple(_doubts(said, left)),
        countries_right=want & got,
        countries_false=got - want,
        countries_missed=want - got,
    )


def compare_all(gold: Sequence[ArticleRecord], said: Mapping[str, ArticleRecord]) -> tuple[Outcome, ...]:
    """Every article of gold, in its order; predictions of other articles are passed over."""
    return tuple(compare(article, said.get(article.id)) for article in gold)


def _doubts(said: ArticleRecord, left: Sequence[PersonRecord]) -> Iterator[tuple[PersonRecord, bool]]:
    open_ = list(left)
    for person in said.doubtful:
        hit = next((one for one in open_ if same_person(person.forms, one.forms)), None)
        if hit is not None:
            open_.remove(hit)
        yield person, hit is not None


def _fields(gold: PersonRecord, said: PersonRecord) -> dict[str, FieldOutcome]:
    found: dict[str, FieldOutcome] = {}
    values: dict[str, tuple[Value, Value]] = {
        "status": (gold.status, said.status),
        "age": (gold.age, said.age),
        "nationality": (gold.nationality, said.nationality),
    }
    for name, (want, got) in values.items():
        if name == "status" or want is not None or got is not None:
            found[name] = FieldOutcome(want=want, said=got, right=want == got)
    if "stage_date" in gold.given and (gold.stage_date is not None or said.stage_date is not None):
        right = gold.stage_date == said.stage_date
        found["stage_date"] = FieldOutcome(want=gold.stage_date, said=said.stage_date, right=right)
    if "penalty" in gold.given and (gold.penalties or said.penalties):
        found["penalty"] = _quotes(gold.penalties, said.penalties)
    if "statutes" in gold.given and (gold.statutes or said.statutes):
        found["statutes"] = _quotes(gold.statutes, said.statutes)
    return found


def _quotes(gold: Sequence[str], said: Sequence[str]) -> FieldOutcome:
    """Right when every quote of gold meets one that was said: one holds the other's words in a row."""
    right = bool(gold) and all(any(_overlap(want, got) for got in said) for want in gold)
    return FieldOutcome(want=_joined(gold), said=_joined(said), right=right)


def _overlap(one: str, other: str) -> bool:
    a, b = (f" {' '.join(tokens(text))} " for text in (one, other))
    return bool(a.strip() and b.strip()) and (a in b or b in a)


def _joined(quotes: Iterable[str]) -> str | None:
    return " | ".join(quotes) or None


PROTECTED = (Role.VICTIM, Role.WITNESS, Role.OFFICIAL, Role.LAWYER, Role.OTHER)
"""Whom a false accusation may hit, in the order of harm."""
