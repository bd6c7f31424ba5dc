"""Who of a feed is meant by a name, as screening asks: candidates by words, then nomenklatura's `LogicV2`.

Refuses a verdict: a score says how alike names are, and a name is not an identity. Refuses a query without bounds.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import Any

import numpy as np
from anyascii import anyascii

from tipwatch.errors import CommandError, ExitCode
from tipwatch.feed.candidates import Names, Word, analysed
from tipwatch.feed.lines import Entity
from tipwatch.feed.snapshot import Snapshot

LONGEST = 160
"""Characters of a name that is searched for."""
MOST_WORDS = 16
MOST_HITS = 50
THRESHOLD = 0.7
"""From this score on a hit counts as a match; yente's, and what OpenSanctions advises for LogicV2."""
CUTOFF = 0.5
"""Hits below this score (or the threshold, if lower) are not shown."""
LEAST = 0.4
"""Candidates of whom LogicV2 may give so much by our estimate, which can be a little low."""
COMPARED = 200
"""Candidates that are compared at most."""
ORDINARY = 6
"""Words of a query up to which all of `COMPARED` are compared."""
FEWEST, WORK = 25, 8_000
"""Beyond, so many candidates at least, and no more than so many pairs of a word asked for and a word of theirs:
LogicV2's time grows with them (16 words of two letters and 200 persons of four such names: 0.7 s)."""
SHORTLIST = 4 * COMPARED
"""Of so many the dates and countries are looked at, to tell namesakes apart before they are compared."""
OTHER_YEAR, OTHER_COUNTRY = 0.15, 0.2
"""What LogicV2 takes off for another year of birth and for another country."""
SCORED = ("name", "alias", "weakAlias", "birthDate", "nationality", "country")
"""Properties that LogicV2 looks at, of those that our feeds have."""
NAMED = ("name", "alias", "weakAlias")
OWN_LETTERS = re.compile("[\\u0000-\\u058f\\u10a0-\\u10ff\\u1e00-\\u1fff]")
"""Latin, Greek, Cyrillic, Armenian, Georgian: LogicV2 writes them in Latin letters itself."""

_numbers = itertools.count()


class SearchSchema(StrEnum):
    """What is searched for; `LEGAL_ENTITY` when it may be a person or an organisation."""

    PERSON = "Person"
    ORGANIZATION = "Organization"
    COMPANY = "Company"
    LEGAL_ENTITY = "LegalEntity"


KINDS: Mapping[SearchSchema, str] = {
    SearchSchema.PERSON: "PER",
    SearchSchema.ORGANIZATION: "ORG",
    SearchSchema.COMPANY: "ORG",
    SearchSchema.LEGAL_ENTITY: "ENT",
}


class QueryError(ValueError):
    """A query that is not answered; the sentence says which field and why, and never the name."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchQuery:
    """Whom to search for.

    `birth_date` is YYYY, YYYY-MM or YYYY-MM-DD; `nationality` a country's code of two letters, for an organisation
    its country. Raises QueryError.
    """

    name: str
    schema: str = SearchSchema.PERSON
    birth_date: str | None = None
    nationality: str | None = None
    limit: int = 10
    threshold: float = THRESHOLD

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise QueryError("name", "is empty")
        if len(self.name) > LONGEST:
            raise QueryError("name", f"is longer than {LONGEST} characters")
        if self.schema not in set(SearchSchema):
            raise QueryError("schema", f"is none of {', '.join(SearchSchema)}")
        if not 1 <= self.limit <= MOST_HITS:
            raise QueryError("limit", f"is not from 1 to {MOST_HITS}")
        if not 0 <= self.threshold <= 1:
            raise QueryError("threshold", "is not from 0 to 1")


@dataclass(frozen=True, kw_only=True, slots=True)
class Hit:
    """An entity that a query may mean. `features` are LogicV2's by name, those that count."""

    id: str
    caption: str
    schema: str
    score: float  # 0 to 1
    match: bool  # the threshold of the query, or more
    features: Mapping[str, float]


class Search:
    """The names of a snapshot, made to be searched. Threads may share it.

    100,000 persons: made in 7 s of the processor, 27 MiB; a query takes 0.1 s, one of twenty 0.2 s
    (`benchmarks.search`, 2026-11-23). Raises CommandError where the extra is missing.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._library = _library()
        self.snapshot = snapshot
        self._tag = f"@{next(_numbers)}"  # the library keeps names by id: those of another snapshot are not ours
        self._ids: list[str] = []
        self._years: list[frozenset[str]] = []
        self._countries: list[frozenset[str]] = []
        self._names = Names(self._read())

    def find(self, query: SearchQuery) -> list[Hit]:
        """The entities that a query may mean, best first, then by id; the same question, the same answer.

        With a score of the threshold or of `CUTOFF`, whichever is less. Raises QueryError.
        """
        asked = self._asked(query)
        least = min(query.threshold, CUTOFF)
        hits = []
        for number in self._candidates(query, asked):
            found = self.snapshot.entity(self._ids[number])
            if found is None:
                continue
            result = self._library.compare(asked, self._proxy(found))
            if result.score >= least and result.score > 0:
                hits.append(_hit(found, result, query.threshold))
        hits.sort(key=lambda one: (-one.score, one.id))
        return hits[: query.limit]

    def score(self, query: SearchQuery, entity_id: str) -> float:
        """What LogicV2 gives one entity, whether it is a candidate or not; 0 for one that is not there."""
        found = self.snapshot.entity(entity_id)
        return 0.0 if found is None else float(self._library.compare(self._asked(query), self._proxy(found)).score)

    def _asked(self, query: SearchQuery) -> Any:
        """The query as an entity of FollowTheMoney."""
        place = "nationality" if query.schema == SearchSchema.PERSON else "country"
        values = {"name": [query.name, *other_scripts(query.name)]}
        if query.schema == SearchSchema.PERSON:
            values["firstName"] = words(values["name"])
        if query.birth_date is not None and query.schema == SearchSchema.PERSON:
            values["birthDate"] = [query.birth_date]
        if query.nationality is not None:
            values[place] = [query.nationality.lower()]
        asked = self._library.proxy(f"query{next(_numbers)}", query.schema, values, cleaned=False)
        for field, name in (("name", "name"), ("birth_date", "birthDate"), ("nationality", place)):
            if name in values and not asked.get(name, quiet=True):
                raise QueryError(field, "is not one that FollowTheMoney takes")
        return asked

    def _candidates(self, query: SearchQuery, asked: Any) -> list[int]:
        """Numbers of the entities to compare, the likeliest first; of equals the first by id."""
        estimates: dict[int, float] = {}
        longest = len(query.name.split())  # analysed, words may fall away that LogicV2 compares
        for name in analysed(asked.get("name"), KINDS[SearchSchema(query.schema)], query=True):
            if len(name) > MOST_WORDS:
                raise QueryError("name", f"has more than {MOST_WORDS} words")
            longest = max(longest, len(name))
            numbers, shares = self._names.estimates(name)
            likely = np.flatnonzero(shares >= LEAST)
            order = likely[np.lexsort((numbers[likely], -shares[likely]))][:SHORTLIST]
            for number, share in zip(numbers[order].tolist(), shares[order].tolist(), strict=True):
                estimates[number] = max(share, estimates.get(number, 0.0))
        years = {one[:4] for one in asked.get("birthDate", quiet=True)}
        countries = set(asked.countries)

        def rank(number: int) -> tuple[float, int]:
            less = OTHER_YEAR * _apart(years, self._years[number])
            return less + OTHER_COUNTRY * _apart(countries, self._countries[number]) - estimates[number], number

        ranked = sorted(estimates, key=rank)[:COMPARED]
        if longest <= ORDINARY:
            return ranked
        work = np.cumsum(longest * self._names.sizes[ranked])
        return ranked[: max(FEWEST, int(np.searchsorted(work, WORK, side="right")))]

    def _read(self) -> Iterator[list[tuple[Word, ...]]]:
        """The names of every target, once through the file; ids, years and countries are kept."""
        seen: dict[frozenset[str], frozenset[str]] = {}

        def shared(values: Iterable[str]) -> frozenset[str]:
            made = frozenset(values)
            return seen.setdefault(made, made)

        for beginning, kind in (("tw-o-", "ORG"), ("tw-p-", "PER")):
            for one in self.snapshot.entities.lines(beginning):
                entity = json.loads(one)
                values = entity["properties"]
                self._ids.append(entity["id"])
                self._years.append(shared(year[:4] for year in values.get("birthDate", ())))
                self._countries.append(shared((*values.get("country", ()), *values.get("nationality", ()))))
                yield list(analysed(_names(values), kind))

    def _proxy(self, entity: Entity) -> Any:
        """What LogicV2 sees of an entity: names also in Latin letters, under an id of this snapshot."""
        held = entity["properties"]
        values = {name: held[name] for name in SCORED if name in held}
        latin = [other for name in held.get("name", ()) for other in other_scripts(name)]
        if latin:
            values["alias"] = [*values.get("alias", ()), *latin]
        if entity["schema"] == SearchSchema.PERSON:
            values["firstName"] = words([*values.get("name", ()), *values.get("alias", ())])
        return self._library.proxy(entity["id"] + self._tag, entity["schema"], values, cleaned=True)


def other_scripts(name: str) -> tuple[str, ...]:
    """The name in Latin letters, where it is of a script that LogicV2 has no letters for, only known names.

    >>> other_scripts("王小明"), other_scripts("Ольга Тест")
    (('Wang Xiao Ming',), ())
    """
    if not any(letter.isalpha() and OWN_LETTERS.fullmatch(letter) is None for letter in name):
        return ()
    spread = "".join(
        " " + latin if latin[:1].isupper() and not letter.isupper() else latin
        for letter, latin in ((letter, anyascii(letter)) for letter in name)
    )
    latin = " ".join(spread.split())
    return (latin,) if latin else ()


@dataclass(frozen=True, kw_only=True, slots=True)
class _Library:
    """What we use of FollowTheMoney and nomenklatura."""

    entity: Any
    algorithm: Any
    config: Any

    def proxy(self, key: str, schema: str, values: Mapping[str, Sequence[str]], *, cleaned: bool) -> Any:
        """An entity; values that the library refuses are left out, unless they are `cleaned` already."""
        return self.entity.from_dict({"id": key, "schema": schema, "properties": dict(values)}, cleaned=cleaned)

    def compare(self, query: Any, result: Any) -> Any:
        """Score and features."""
        return self.algorithm.compare(query, result, self.config)


def _library() -> _Library:
    try:
        entity = import_module("followthemoney").EntityProxy
        algorithm = import_module("nomenklatura.matching").LogicV2
    except ImportError as error:
        raise CommandError(
            f"The search needs nomenklatura, which is not installed ({error}).",
            "pip install 'tipwatch[feed]' (PyICU compiles: it needs Debian's libicu-dev, pkg-config and g++).",
            ExitCode.ENVIRONMENT,
        ) from error
    return _Library(entity=entity, algorithm=algorithm, config=algorithm.default_config())


def words(names: Iterable[str]) -> list[str]:
    """The words of names, for LogicV2 to try initials on; it does so with given names only.

    Which word is one differs by culture, so all are said to be: then an initial may stand for any word, and no
    other score changes (tried pair by pair, 2026-11-23). Names of initials alone stay out: they are anybody's.

    >>> words(["Ravi K. Testman", "J. S."])
    ['K.', 'Ravi', 'Testman']
    """
    split = (name.split() for name in names)
    return sorted({word for name in split if any(len(word.strip(".")) > 1 for word in name) for word in name})


def _names(values: Mapping[str, Sequence[str]]) -> list[str]:
    given = [one for kind in NAMED for one in values.get(kind, ())]
    return [*given, *(other for one in given for other in other_scripts(one))]


def _apart(one: set[str], other: frozenset[str]) -> bool:
    """True when both are known and have nothing in common."""
    return bool(one) and bool(other) and one.isdisjoint(other)


def _hit(entity: Entity, result: Any, threshold: float) -> Hit:
    score = round(min(1.0, float(result.score)), 6)
    return Hit(
        id=entity["id"],
        caption=entity["caption"],
        schema=entity["schema"],
        score=score,
        match=score >= threshold,
        features={name: float(one.score) for name, one in sorted(result.explanations.items()) if one.score},
    )
