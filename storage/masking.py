"""Takes the names of everyone who is not accused out of quotes before they are stored.

Refuses a victim's or an innocent's name in evidence: a quote that proves a stage must not expose its victim.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from extraction.model import CaseReport, Role

ADULT = 18
PROTECTED_ROLES = frozenset({Role.VICTIM, Role.WITNESS})
MINOR = "minor"
LABELS: Mapping[Role, str] = {
    Role.ACCUSED: "accused",
    Role.VICTIM: "victim",
    Role.OFFICIAL: "official",
    Role.LAWYER: "lawyer",
    Role.WITNESS: "witness",
    Role.OTHER: "other person",
}


def name_key(name: str) -> str:
    """A name without case and spacing, to compare within one article only."""
    return " ".join(name.casefold().split())


def masker(report: CaseReport) -> Callable[[str], str]:
    """A function that replaces names of non-accused persons and minors by "[victim]", "[official]", "[minor]".

    Full names and aliases go for every role; single parts of a name too for victims, witnesses and minors, since
    "Maya" alone gives Maya Tamang away, unless an accused shares that part (a family name). Names of stored
    accused are left whole, the longest first.
    """
    adults = [one for one in report.accused if not is_minor(one.age)]
    kept = {key(name) for one in adults for name in (one.name, *one.aliases) for key in (name_key,)}
    shared = {part for name in kept for part in name.split()}
    labels: dict[str, str] = {}
    for person in report.others:
        _add(labels, (person.name, *person.aliases), LABELS[person.role], shared, person.role in PROTECTED_ROLES)
    for minor in report.accused:
        if is_minor(minor.age):
            _add(labels, (minor.name, *minor.aliases), MINOR, shared, True)
    victims = victim_names(report)
    for name in kept - victims:
        labels.pop(name, None)
    if not labels:
        return lambda text: text
    pattern = _pattern([*labels, *(kept - victims)])

    def replaced(match: re.Match[str]) -> str:
        label = labels.get(name_key(match.group()))
        return match.group() if label is None else f"[{label}]"

    return lambda text: pattern.sub(replaced, text)


def is_minor(age: int | None) -> bool:
    """True for a stated age below 18; an unknown age is no minor."""
    return age is not None and age < ADULT


def victim_names(report: CaseReport) -> frozenset[str]:
    """Keys of the names that the report gives to a victim: nobody of that name is stored as accused."""
    return frozenset(
        name_key(name)
        for person in report.others
        if person.role is Role.VICTIM
        for name in (person.name, *person.aliases)
    )


def _add(labels: dict[str, str], names: Iterable[str], label: str, shared: set[str], with_parts: bool) -> None:
    for name in map(name_key, names):
        if name == "":
            continue
        labels.setdefault(name, label)
        if with_parts:
            for part in name.split():
                if len(part) > 2 and part not in shared:
                    labels.setdefault(part, label)


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    ordered = sorted(set(names), key=lambda name: (-len(name), name))
    words = "|".join(r"\s+".join(re.escape(part) for part in name.split()) for name in ordered)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)
