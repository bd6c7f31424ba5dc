"""A human's correction, checked field by field before it may stand.

Refuses what no record can hold, each with its field and the remedy; a person under 18 is rejected, not corrected.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

from config.codes import countries
from extraction.model import Offence, Stage
from extraction.model.terms import ADULT
from storage.errors import ReviewInvalid
from storage.records.people import FACT_FIELDS

LONGEST_NAME = 200
MOST_ALIASES = 20
OLDEST = 120
EARLIEST = 1900
"""The year before which no stage of a case in today's news lies."""
JOINERS = "\u200c\u200d"
"""Signs without a width that names in Indic scripts and Persian need; every other one may hide something."""
BLANKS = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0000-\U000e0fff]")
"""Letters, marks and signs that Unicode does not call invisible, yet nobody sees: fillers, joiners, selectors."""
PARTIAL_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def checked(changes: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    """The changes ready for JSON, by field. Raises `ReviewInvalid` naming the first field that cannot stand.

    >>> checked({"name": " Ravi  Testman ", "stage": "charged"}, dt.date(2026, 3, 1))
    {'name': 'Ravi Testman', 'stage': 'charged'}
    """
    unknown = sorted(changes.keys() - set(FACT_FIELDS))
    if unknown:
        raise ReviewInvalid(
            f"A record has no field {unknown[0][:40]!r} that could be corrected.",
            f"Correct one of {', '.join(FACT_FIELDS)}.",
        )
    checks: Mapping[str, Callable[[Any], Any]] = {
        "name": lambda value: _name(value, "name"),
        "aliases": _aliases,
        "stage": _stage,
        "stage_date": lambda value: _date(value, today),
        "age": _age,
        "nationality": _nationality,
        "offences": _offences,
    }
    return {field: checks[field](changes[field]) for field in FACT_FIELDS if field in changes}


def _name(value: Any, field: str) -> str:
    if not isinstance(value, str):
        raise ReviewInvalid(f"{field}: a name is a text.", "Write the name as the story has it.")
    if BLANKS.search(value) or any(_is_unseen(sign) for sign in value):
        raise ReviewInvalid(f"{field}: it has signs that cannot be seen.", "Type the name instead of pasting it.")
    name = " ".join(value.split())
    if not any(sign.isalpha() for sign in name):
        raise ReviewInvalid(f"{field}: it is empty.", "Write the name as the story has it, or reject the record.")
    if len(name) > LONGEST_NAME:
        raise ReviewInvalid(
            f"{field}: it has {len(name)} characters, {LONGEST_NAME} are the most.", "Write the name alone."
        )
    return name


def _is_unseen(sign: str) -> bool:
    return unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Co", "Cn"} and sign not in JOINERS


def _aliases(value: Any) -> list[str]:
    if not isinstance(value, list | tuple):
        raise ReviewInvalid("aliases: they are a list of names.", "Write each on a line of its own.")
    names = list(dict.fromkeys(_name(one, "aliases") for one in value))
    if len(names) > MOST_ALIASES:
        raise ReviewInvalid(
            f"aliases: there are {len(names)}, {MOST_ALIASES} are the most.", "Keep the important."
        )
    return names


def _stage(value: Any) -> str:
    try:
        return Stage(value).value
    except ValueError as error:
        raise ReviewInvalid("stage: there is no such stage.", f"Choose one of {', '.join(Stage)}.") from error


def _date(value: Any, today: dt.date) -> str | None:
    if value is None or value == "":
        return None
    remedy = "Write it as 2026, 2026-03 or 2026-03-01, or leave it empty."
    match = PARTIAL_DATE.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    if match is None:
        raise ReviewInvalid("stage_date: it is no date.", remedy)
    year, month, day = (int(part) if part else 1 for part in match.groups())
    try:
        first = dt.date(year, month, day)
    except ValueError as error:
        raise ReviewInvalid("stage_date: there is no such day.", remedy) from error
    if year < EARLIEST or first > today + dt.timedelta(days=1):  # it may be tomorrow already where the court is
        raise ReviewInvalid("stage_date: it lies in the future, or too far back.", remedy)
    return match.group()


def _age(value: Any) -> int | None:
    if value is None or value == "":
        return None
    remedy = f"Write a whole number from {ADULT} to {OLDEST}, or leave it empty."
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 3:
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= OLDEST:
        raise ReviewInvalid("age: it is no age of a person.", remedy)
    if value < ADULT:
        raise ReviewInvalid(
            f"age: who is under {ADULT} may not be stored by name.", "Reject the record with the reason: minor."
        )
    return value


def _nationality(value: Any) -> str | None:
    if value is None or value == "":
        return None
    code = value.strip().lower() if isinstance(value, str) else ""
    if code not in countries():
        raise ReviewInvalid(
            "nationality: it is no country's code.",
            "Write two letters of ISO 3166-1, such as np, or leave it empty.",
        )
    return code


def _offences(value: Any) -> list[str]:
    if not isinstance(value, list | tuple | set | frozenset):
        raise ReviewInvalid("offences: they are a list.", f"Choose from {', '.join(Offence)}.")
    try:
        return sorted({Offence(one).value for one in value})
    except ValueError as error:
        raise ReviewInvalid("offences: one of them is none.", f"Choose from {', '.join(Offence)}.") from error
