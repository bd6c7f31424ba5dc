"""Gold and predictions as records: one article a line, persons with their fields.

Refuses a line that it would have to guess about: file, line and key are named, and an id may stand once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from extraction.model import Role
from tipwatch.errors import CommandError

OPTIONAL = ("stage_date", "penalty", "statutes")
"""Keys that gold may give for an accused; where it does not, the field is not scored."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PersonRecord:
    """A person as gold or a prediction has them. Country codes are capitals; `given` are the optional keys there.

    `status`, `age`, `nationality` and `offences` are as written; `penalties` and `statutes` are quotes.
    `score` is a prediction's, in [0, 1], None where nobody said one.
    """

    name: str
    role: str
    aliases: tuple[str, ...] = ()
    status: str | None = None
    age: int | None = None
    nationality: str | None = None
    offences: frozenset[str] = frozenset()
    stage_date: str | None = None
    penalties: tuple[str, ...] = ()
    statutes: tuple[str, ...] = ()
    score: float | None = None
    given: frozenset[str] = frozenset()

    @property
    def forms(self) -> tuple[str, ...]:
        """Every name that this person is called by."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, kw_only=True, slots=True)
class ArticleRecord:
    """What somebody says of one article; `prosecution`: country codes in capitals, `why`: the annotator's note.

    `doubtful` are persons of a prediction who wait for review: no figure counts them but those on scores.
    """

    id: str
    relevant: bool
    persons: tuple[PersonRecord, ...] = ()
    doubtful: tuple[PersonRecord, ...] = ()
    prosecution: frozenset[str] = frozenset()
    why: str | None = None

    @property
    def accused(self) -> tuple[PersonRecord, ...]:
        """Persons with the role accused, in the order of the line."""
        return tuple(person for person in self.persons if person.role == Role.ACCUSED)


def person_record(data: Mapping[str, Any]) -> PersonRecord:
    """A person of a line. Raises KeyError, TypeError or ValueError where a key is missing or of another kind."""
    age = data.get("age")
    if age is not None and (isinstance(age, bool) or not isinstance(age, int)):
        raise TypeError("age is no whole number")
    penalty = data.get("penalty")
    penalties = data.get("penalties") or ([penalty] if penalty else [])
    score = data.get("score")
    return PersonRecord(
        name=str(data["name"]),
        role=str(data.get("role", Role.ACCUSED.value)),
        aliases=tuple(map(str, _listed(data, "aliases"))),
        status=data.get("status"),
        age=age,
        nationality=(data.get("nationality") or "").upper() or None,
        offences=frozenset(map(str, _listed(data, "offences"))),
        stage_date=data.get("stage_date"),
        penalties=tuple(str(one["text"] if isinstance(one, dict) else one) for one in penalties),
        statutes=tuple(map(str, _listed(data, "statutes"))),
        score=None if score is None else float(score),
        given=frozenset(key for key in OPTIONAL if key in data),
    )


def article_record(data: Mapping[str, Any]) -> ArticleRecord:
    """A line as a record; errors as `person_record`."""
    countries = data.get("countries") or {}
    return ArticleRecord(
        id=str(data["id"]),
        relevant=bool(data["relevant"]),
        persons=tuple(person_record(person) for person in _listed(data, "persons")),
        doubtful=tuple(person_record(person) for person in _listed(data, "doubtful")),
        prosecution=frozenset(str(code).upper() for code in _listed(countries, "prosecution")),
        why=data.get("why"),
    )


def _listed(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise TypeError(f"{key} is no list")
    return value


def records(lines: Iterable[str], file: str) -> Iterator[ArticleRecord]:
    """Records of JSON lines; blank lines are passed over. Raises CommandError with file, line and remedy."""
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = article_record(json.loads(line))
        except json.JSONDecodeError as error:
            raise CommandError(
                f"{file}:{number}: not JSON: {error.msg}", "Write one JSON object a line."
            ) from error
        except KeyError as error:
            raise CommandError(
                f"{file}:{number}: {error.args[0]}: missing", "An article needs id and relevant, a person a name."
            ) from error
        except (TypeError, ValueError, AttributeError) as error:
            raise CommandError(f"{file}:{number}: {error}", "docs/evaluation.md has the format.") from error
        if found.id in seen:
            raise CommandError(f"{file}:{number}: id {found.id!r} stands twice", "Keep one line an article.")
        seen.add(found.id)
        yield found


def read_records(path: Path) -> tuple[ArticleRecord, ...]:
    """Records of a file, in order. Raises CommandError, OSError."""
    try:
        with path.open(encoding="utf-8") as lines:
            return tuple(records(lines, str(path)))
    except UnicodeDecodeError as error:
        raise CommandError(f"{path}: not UTF-8 at byte {error.start}", "Convert the file to UTF-8.") from error
