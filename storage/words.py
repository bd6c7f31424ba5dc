"""What stands of a mention: the machine's original, or a human's word over it.

Refuses to mix them up: the original is kept as it was read, the word as it was said, with what it was said of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from extraction.model import Accused, Offence, Stage
from storage.records.people import FACT_FIELDS, Facts, Verdict

Values = Mapping[str, Any]
"""Values by `FACT_FIELDS`, as JSON holds them: enums as texts, tuples as lists."""


class Said(Protocol):
    """A mention, as far as a human spoke of it."""

    @property
    def machine(self) -> dict[str, Any]: ...
    @property
    def verdict(self) -> Verdict | None: ...
    @property
    def human(self) -> dict[str, Any] | None: ...
    @property
    def reviewed_original(self) -> dict[str, Any] | None: ...


def original(one: Accused) -> dict[str, Any]:
    """The machine's original of an accused, ready for JSON."""
    return {
        "name": one.name,
        "aliases": list(one.aliases),
        "stage": one.stage.value,
        "stage_date": one.stage_date,
        "age": one.age,
        "nationality": one.nationality,
        "offences": sorted(offence.value for offence in one.offences),
    }


def standing(mention: Said) -> dict[str, Any]:
    """Who accepted a record, accepted all of it: a later original does not change it. Empty for a name that went.

    Of a corrected record the reviewed original stands where the human left it. A rejected one has the machine's
    latest, which nobody outside sees.
    """
    reviewed = mention.reviewed_original or {}
    match mention.verdict:
        case None | Verdict.REJECTED:
            return dict(mention.machine)
        case Verdict.ACCEPTED:
            return dict(reviewed or mention.machine)
        case Verdict.CORRECTED:
            return {**reviewed, **(mention.human or {})}


def is_changed(machine: Values, reviewed: Values | None) -> bool:
    """True when an original differs from the one that a human spoke of, in any of `FACT_FIELDS`."""
    return reviewed is not None and any(machine.get(name) != reviewed.get(name) for name in FACT_FIELDS)


def as_facts(values: Values) -> Facts:
    """Values of JSON as a record."""
    return Facts(
        name=values["name"],
        aliases=tuple(values["aliases"]),
        stage=Stage(values["stage"]),
        stage_date=values["stage_date"],
        age=values["age"],
        nationality=values["nationality"],
        offences=tuple(map(Offence, values["offences"])),
    )


def forms(values: Values) -> tuple[str, ...]:
    """Every form of the name in these values."""
    return (values["name"], *values["aliases"]) if values.get("name") else ()
