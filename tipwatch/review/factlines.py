"""A record as lines: what stands, the machine's original where a human said otherwise, and the evidence of each.

Refuses to hide evidence: a span of a fact that no line shows gets a line of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage.records.people import FACT_FIELDS, Facts, RecordView
from tipwatch.review.words import ELEMENTS, FIELDS, country, text


@dataclass(frozen=True, kw_only=True, slots=True)
class FactLine:
    """A fact. `key` is the evidence's ("charge/0"), `spans` indices into `RecordView.evidence`.

    `machine` is the machine's original in words where a human said otherwise, else None.
    """

    key: str
    label: str
    value: str
    spans: tuple[int, ...]
    machine: str | None = None

    @property
    def anchor(self) -> str:
        """Its id on the page."""
        return "f-" + self.key.replace("/", "-")


def lines(view: RecordView) -> tuple[FactLine, ...]:
    """Every fact of a record, in the order of reading."""
    found = _places(view)
    made = []

    def line(key: str, label: str, value: str, machine: str | None = None) -> None:
        made.append(FactLine(key=key, label=label, value=value, machine=machine, spans=tuple(found.pop(key, ()))))

    for field in FACT_FIELDS:
        stands, original = shown(view.stands, field), shown(view.machine, field)
        changed = field in view.human and original != stands
        line(field, FIELDS[field], stands, (original or "nothing") if changed else None)
    for kind, values in (("charge", view.charges), ("penalty", view.penalties)):
        proven = sum(key.startswith(f"{kind}/") for key in found)
        for k, value in enumerate(values):  # equal ones are shown once: then no number says whose a span is
            line(f"{kind}/{k}" if proven == len(values) else f"{kind}-{k}", FIELDS[kind], value)
    for key in list(found):
        kind = key.partition("/")[0]
        if kind == "element":
            continue  # not of the person: `elements` has its line
        line(key, FIELDS.get(kind, text(kind).capitalize()), "")
    return tuple(made)


def elements(view: RecordView) -> tuple[FactLine, ...]:
    """What the story says of the crime, a line an element, with those of its spans that are in `view.evidence`."""
    found = _places(view)
    keys = [(one, f"element/{one.kind.value}/{one.value}") for one in view.elements]
    return tuple(
        FactLine(key=key, label=ELEMENTS[one.kind], value=text(one.value), spans=tuple(found.get(key, ())))
        for one, key in keys
    )


def _places(view: RecordView) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for i, one in enumerate(view.evidence):
        found.setdefault(one.fact, []).append(i)
    return found


def shown(facts: Facts | None, field: str) -> str:
    """A field in words; nothing where nothing is said."""
    if facts is None:
        return ""
    value = getattr(facts, field)
    return country(value) if field == "nationality" else value if field == "name" else text(value)
